// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "line.h"

#include <math.h>

// Between the windings of an input transformer, each leg; Whitlock gives it about a thousand times
// the common-mode impedance of an electronic input.
#define WINDING_FARAD 50e-12

struct leg {
    const char *emf, *node, *source_ohm, *farad, *ohm;
    double emf_share;   // of the differential signal
    double source_part; // of source_ohm
};

static int add_leg(struct circuit *circuit, const struct line_params *line, const struct leg *leg,
                   int common, double drive) {
    const int emf = circuit_node(circuit, leg->node, false);
    const int source =
        circuit_add(circuit, CIRCUIT_SOURCE, leg->emf, emf, common, leg->emf_share * drive);
    if (leg->emf_share > 0.0) {
        circuit->output[0].leg = source;
    }
    const double ohm = fmax(line->source_ohm * leg->source_part, CIRCUIT_WIRE_OHM);
    const int end = circuit_series(circuit, CIRCUIT_RESISTOR, leg->source_ohm, emf, ohm, false);
    const bool transformer = (int)line->type == LINE_TRANSFORMER;
    const double farad = line->farad_per_m * line->length_m + (transformer ? WINDING_FARAD : 0.0);
    if (farad > 0.0) {
        circuit_add(circuit, CIRCUIT_CAPACITOR, leg->farad, end, CIRCUIT_GROUND, farad);
    }
    if (!transformer) {
        circuit_add(circuit, CIRCUIT_RESISTOR, leg->ohm, end, CIRCUIT_GROUND, line->receiver_ohm);
    }
    return end;
}

// What the receiver makes of its common-mode voltage has the sign of what the legs make of it, so
// that amplitudes add: v = v_hot - v_cold - (v_hot + v_cold) / (2 CMRR).
static void observe(struct circuit *circuit, const struct line_params *line, int hot, int cold) {
    const bool electronic =
        (int)line->type == LINE_BALANCED || (int)line->type == LINE_IMPEDANCE_BALANCED;
    const double error = electronic ? pow(10.0, -line->receiver_cmrr_db / 20.0) : 0.0;
    struct circuit_output *output = &circuit->output[0];
    output->driver_plus = hot;
    output->driver_minus = cold;
    output->plus_gain = 1.0 - error / 2.0;
    output->minus_gain = 1.0 + error / 2.0;
}

void line_build(const struct line_params *line, enum line_drive drive, struct circuit *circuit) {
    const enum line_type type = (enum line_type)(int)line->type;
    const double signal = drive == LINE_SIGNAL ? 1.0 : 0.0;
    const double half = line->source_imbalance / 2.0;
    const bool unbalanced = type == LINE_UNBALANCED;
    const struct leg hot = {"Vhot",
                            "source_hot",
                            "Rsource_hot",
                            "Cline_hot",
                            "Rin_hot",
                            unbalanced ? 1.0 : 0.5,
                            unbalanced ? 1.0 : 1.0 + half};
    const struct leg cold = {"Vcold",        "source_cold",
                             "Rsource_cold", "Cline_cold",
                             "Rin_cold",     type == LINE_IMPEDANCE_BALANCED ? 0.0 : -0.5,
                             1.0 - half};
    circuit_init(circuit);
    const int common = circuit_node(circuit, "cm", false);
    circuit_add(circuit, CIRCUIT_SOURCE, LINE_COMMON_SOURCE, common, CIRCUIT_GROUND, 1.0 - signal);
    const int hot_end = add_leg(circuit, line, &hot, common, signal);
    int cold_end = CIRCUIT_GROUND;
    if (type != LINE_UNBALANCED) {
        cold_end = add_leg(circuit, line, &cold, common, signal);
    }
    if (type == LINE_TRANSFORMER) {
        circuit_add(circuit, CIRCUIT_RESISTOR, "Rin", hot_end, cold_end, 2.0 * line->receiver_ohm);
    }
    observe(circuit, line, hot_end, cold_end);
}

bool line_is_wire(const struct line_params *line) {
    return (int)line->type == LINE_UNBALANCED && line->length_m == 0.0 && line->source_ohm == 0.0;
}

void line_common_v(const struct line_params *line, double v_rms[INTERFERENCE_KINDS]) {
    const struct line_noise *noise = &line->noise;
    const double shield_ohm = line->shield_ohm_per_m * line->length_m;
    const double chassis = shield_ohm > 0.0 ? shield_ohm / (shield_ohm + line->loop_ohm) : 0.0;
    v_rms[INTERFERENCE_GROUND_LOOP] = noise->ground_loop_v * chassis;
    v_rms[INTERFERENCE_USB] = noise->usb_v * chassis;
    v_rms[INTERFERENCE_HUM] = noise->hum_v_per_m * line->length_m;
    v_rms[INTERFERENCE_DIMMER] = noise->dimmer_v_per_m * line->length_m;
    v_rms[INTERFERENCE_FLUORESCENT] = noise->fluorescent_v_per_m * line->length_m;
    v_rms[INTERFERENCE_MOTOR] = noise->motor_v_per_m * line->length_m;
    v_rms[INTERFERENCE_GSM] = noise->gsm_v_per_m * line->length_m;
    v_rms[INTERFERENCE_RADIO] = noise->radio_v_per_m * line->length_m;
}
