// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "advice.h"

#include "figures.h"
#include "network.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RATE_HZ 96000.0 // any that an engine can have: only the figures are wanted

static bool is_known(const struct device *device, enum port_id id) {
    return !isnan(device->value[id]);
}

static double known(const struct device *device, enum port_id id, double figure) {
    return is_known(device, id) ? figure : (double)NAN;
}

static struct chain_params params_of(const struct question *question,
                                     const struct device *amplifier) {
    float values[PORT_COUNT];
    struct chain_params params;
    memcpy(values, question->values, sizeof values);
    values[PORT_HEADPHONE] = (float)(question->headphone - headphones + DEVICE_CUSTOM + 1);
    values[PORT_AMPLIFIER] = (float)(amplifier - amplifiers + DEVICE_CUSTOM + 1);
    values[PORT_CABLE] = CABLE_OWN;
    ports_to_params(PLUGIN_CHAIN, values, &params);
    if (is_known(amplifier, PORT_SOURCE_LEVEL)) // it is its own source: no line before it
        params.line = (struct line_params){.receiver_ohm = params.line.receiver_ohm,
                                           .loop_ohm = params.line.loop_ohm};
    return params;
}

// --- The circuit ---

struct workbench {
    struct network network;
    struct network_builder builder;
    struct band band;
    struct interference *interference;
};

// Networks want more alignment than calloc() gives.
static struct workbench *workbench_new(void) {
    const size_t alignment = _Alignof(struct workbench);
    const size_t size = (sizeof(struct workbench) + alignment - 1) / alignment * alignment;
    struct workbench *bench = aligned_alloc(alignment, size);
    if (bench)
        memset(bench, 0, sizeof *bench);
    return bench;
}

static bool build(struct workbench *bench, const struct chain_params *params) {
    bench->interference = interference_new(RATE_HZ);
    band_init(&bench->band, RATE_HZ);
    const struct network_site site = {&bench->band, &bench->band, bench->interference};
    network_begin(&bench->builder, params, &site, &bench->network);
    while (!network_step(&bench->builder))
        continue;
    return bench->interference && !bench->builder.failed;
}

static double response_at_1_khz(const struct network *network, enum modal_output output) {
    const double complex s = I * 2.0 * M_PI * FIGURES_REFERENCE_HZ;
    return cabs(modal_response(&network->modal[NETWORK_MID], output, s));
}

// --- How loud ---

// Highest EMF of a channel, peak, and what ends it there.
static double highest_emf_v(const struct advice *advice, const struct chain_params *params,
                            double leg_a_per_v, enum advice_limit *limit) {
    const struct device *amplifier = advice->amplifier;
    const double legs = figures_emf_gain(&params->stage);
    double emf_v = INFINITY;
    *limit = LIMIT_UNKNOWN;
    if (is_known(amplifier, PORT_RAIL)) {
        emf_v = legs * params->stage.rail_v;
        *limit = LIMIT_VOLTS;
    }
    if (advice->is_source && sqrt(2.0) * params->source.level_v * legs < emf_v * 0.999) {
        emf_v = sqrt(2.0) * params->source.level_v * legs;
        *limit = LIMIT_LEVEL;
    }
    if (advice->current_known && *limit != LIMIT_UNKNOWN &&
        params->stage.current_limit_a / leg_a_per_v < emf_v) {
        emf_v = params->stage.current_limit_a / leg_a_per_v;
        *limit = LIMIT_AMPS;
    }
    return emf_v;
}

static void find_loudness(const struct question *question, const struct chain_params *params,
                          const struct network *network, struct advice *advice) {
    const double driver_v = response_at_1_khz(network, MODAL_DRIVER_V);
    const double leg_a = response_at_1_khz(network, MODAL_LEG_A);
    const double emf_v = highest_emf_v(advice, params, leg_a, &advice->limit);
    if (advice->limit == LIMIT_UNKNOWN) {
        advice->max_spl_db = advice->headroom_db = (double)NAN;
        return;
    }
    advice->max_spl_db = params->load.sensitivity_db + 20.0 * log10(emf_v * driver_v / sqrt(2.0));
    advice->headroom_db = advice->max_spl_db - question->wanted_spl_db;
}

// --- What else is heard ---

static double spl_db(const struct chain_params *params, double v_rms) {
    return params->load.sensitivity_db + figures_db(v_rms, -400.0);
}

// The gain that full scale of the source takes to the wanted level.
static double needed_gain_db(const struct question *question, const struct chain_params *params,
                             const struct figures *figures) {
    return question->wanted_spl_db - spl_db(params, params->source.level_v / figures->match);
}

static void find_noise(const struct question *question, const struct chain_params *params,
                       const struct figures *figures, struct advice *advice) {
    advice->hiss_dba =
        known(advice->amplifier, PORT_STAGE_NOISE, spl_db(params, figures->stage_noise_v));
    advice->hum_dba = advice->is_source ? (double)NAN
                                        : spl_db(params, figures->interference_v) +
                                              needed_gain_db(question, params, figures);
}

static void find_quality(const struct figures *figures, struct advice *advice) {
    const struct device *amplifier = advice->amplifier;
    const bool shares = advice->topology == TOPOLOGY_SHARED_RETURN;
    advice->deviation_db = known(amplifier, PORT_OUTPUT_IMPEDANCE, figures->response_deviation_db);
    advice->damping_factor = known(amplifier, PORT_OUTPUT_IMPEDANCE, figures->damping_factor);
    advice->crosstalk_db = advice->topology < 0 ? (double)NAN : figures->crosstalk_db;
    advice->cable_crosstalk_db = figures->crosstalk_db;
    if (shares) // what the board adds to the cable
        advice->crosstalk_db = known(amplifier, PORT_GROUND_RESISTANCE, advice->crosstalk_db);
}

bool advice_compute(const struct question *question, const struct device *amplifier,
                    struct advice *advice) {
    const struct chain_params params = params_of(question, amplifier);
    const bool topology_known = is_known(amplifier, PORT_TOPOLOGY);
    *advice = (struct advice){
        .amplifier = amplifier,
        .topology = topology_known ? (int)params.stage.topology : -1,
        .is_source = is_known(amplifier, PORT_SOURCE_LEVEL),
        .current_known = is_known(amplifier, PORT_CURRENT_LIMIT),
    };
    advice->needs_wires = advice->topology > TOPOLOGY_SHARED_RETURN &&
                          strcmp(question->headphone->conductors, "3-wire") == 0;
    struct workbench *bench = workbench_new();
    const bool built = bench && build(bench, &params);
    if (built) {
        find_loudness(question, &params, &bench->network, advice);
        find_noise(question, &params, &bench->network.figures, advice);
        find_quality(&bench->network.figures, advice);
    }
    if (bench)
        interference_free(bench->interference);
    free(bench);
    return built;
}
