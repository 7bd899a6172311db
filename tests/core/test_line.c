// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The line's circuit against closed forms: dividers, and what their difference leaves of the
// common-mode emf.
#include "figures.h"
#include "line.h"
#include "random_circuit.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct line_params plain = {
    .length_m = 10,
    .source_ohm = 100,
    .source_imbalance = 0.1,
    .receiver_ohm = 20e3,
    .receiver_cmrr_db = 100,
    .farad_per_m = 100e-12,
    .shield_ohm_per_m = 0.05,
    .loop_ohm = 0.5,
};

static struct line_params line_of(enum line_type type) {
    struct line_params line = plain;
    line.type = type;
    return line;
}

static double complex answer(const struct line_params *line, enum line_drive drive, double hz) {
    static struct circuit circuit, view;
    line_build(line, drive, &circuit);
    circuit_view(&circuit, CIRCUIT_MID, &view);
    return respond_at(&view, hz).driver_v[0];
}

static double cmrr_db(const struct line_params *line, double hz) {
    return figures_cmrr_db(answer(line, LINE_SIGNAL, hz), answer(line, LINE_COMMON, hz));
}

static double complex divider(const struct line_params *line, double part, double hz) {
    const double complex s = I * 2 * PI * hz;
    const double complex siemens = 1 / line->receiver_ohm + s * line->farad_per_m * line->length_m;
    return 1 / (1 + line->source_ohm * part * siemens);
}

static void assert_complex(double complex found, double complex expected, double tolerance) {
    assert_near(creal(found), creal(expected), tolerance);
    assert_near(cimag(found), cimag(expected), tolerance);
}

static void an_unbalanced_line_adds_what_it_picks_up(void **state) {
    (void)state;
    const struct line_params line = line_of(LINE_UNBALANCED);
    for (double hz = 20; hz <= 20000; hz *= 10) {
        assert_complex(answer(&line, LINE_SIGNAL, hz), divider(&line, 1, hz), 1e-9);
        assert_complex(answer(&line, LINE_COMMON, hz), divider(&line, 1, hz), 1e-9);
        assert_near(cmrr_db(&line, hz), 0, 1e-9);
    }
}

static void balanced_legs_subtract_with_the_receivers_error(void **state) {
    (void)state;
    struct line_params line = line_of(LINE_BALANCED);
    for (double imbalance = 0; imbalance <= 0.2; imbalance += 0.05) {
        for (double hz = 20; hz <= 20000; hz *= 10) {
            line.source_imbalance = imbalance;
            const double complex hot = divider(&line, 1 + imbalance / 2, hz);
            const double complex cold = divider(&line, 1 - imbalance / 2, hz);
            const double error = from_db(-line.receiver_cmrr_db);
            assert_complex(answer(&line, LINE_COMMON, hz), hot - cold - error * (hot + cold) / 2,
                           1e-10);
            assert_complex(answer(&line, LINE_SIGNAL, hz),
                           (hot + cold) / 2 - error * (hot - cold) / 4, 1e-9);
        }
    }
}

// Amplitudes add: 1 / CMRR = 1 / CMRR of the receiver + 1 / CMRR of the impedances.
static void rejections_combine(void **state) {
    (void)state;
    struct line_params line = line_of(LINE_BALANCED);
    line.receiver_cmrr_db = 60;
    const double impedances = 100 * 0.1 / (20e3 + 100);
    assert_near(cmrr_db(&line, 50), -to_db(impedances + from_db(-60)), 0.01);
}

// 10 ohm on 20 kohm.
static void ten_ohm_are_66_db(void **state) {
    (void)state;
    struct line_params line = line_of(LINE_BALANCED);
    line.receiver_cmrr_db = 140;
    assert_near(cmrr_db(&line, 50), 66.02, 0.05);
}

static void impedance_balance_rejects_as_well_with_half_the_signal(void **state) {
    (void)state;
    const struct line_params balanced = line_of(LINE_BALANCED);
    const struct line_params passive = line_of(LINE_IMPEDANCE_BALANCED);
    for (double hz = 20; hz <= 20000; hz *= 10) {
        assert_complex(answer(&passive, LINE_COMMON, hz), answer(&balanced, LINE_COMMON, hz),
                       1e-12);
        assert_complex(answer(&passive, LINE_SIGNAL, hz),
                       divider(&passive, 1.05, hz) * (1 - from_db(-100) / 2) / 2, 1e-9);
    }
}

// Legs with 50 pF and the line's capacitance to ground, and 40 kohm across, by their two nodal
// equations.
static void a_transformer_sees_capacitance_alone(void **state) {
    (void)state;
    const struct line_params line = line_of(LINE_TRANSFORMER);
    for (double hz = 20; hz <= 20000; hz *= 10) {
        const double complex y = I * 2 * PI * hz * (50e-12 + 1e-9), across = 1 / 40e3;
        const double hot = 1 / 105.0, cold = 1 / 95.0;
        const double complex a = hot + y + across, b = cold + y + across;
        const double complex determinant = a * b - across * across;
        const double complex common = (hot * (b - across) - cold * (a - across)) / determinant;
        const double complex signal = (hot * (b - across) + cold * (a - across)) / determinant / 2;
        assert_complex(answer(&line, LINE_COMMON, hz), common, 1e-10);
        assert_complex(answer(&line, LINE_SIGNAL, hz), signal, 1e-9);
    }
    assert_true(cmrr_db(&line, 50) > 100);
}

static void shield_and_loop_divide_what_the_chassis_differ_by(void **state) {
    (void)state;
    struct line_params line = plain;
    line.noise = (struct line_noise){.ground_loop_v = 0.1, .usb_v = 0.2, .hum_v_per_m = 0.3};
    double v_rms[INTERFERENCE_KINDS];
    line_common_v(&line, v_rms);
    assert_near(v_rms[INTERFERENCE_GROUND_LOOP], 0.05, 1e-15);
    assert_near(v_rms[INTERFERENCE_USB], 0.1, 1e-15);
    assert_near(v_rms[INTERFERENCE_HUM], 3, 1e-15);
    assert_near(v_rms[INTERFERENCE_DIMMER], 0, 0);
    line.length_m = 0;
    line_common_v(&line, v_rms);
    for (int kind = 0; kind < INTERFERENCE_KINDS; kind++)
        assert_near(v_rms[kind], 0, 0);
}

static void a_wire_is_no_line(void **state) {
    (void)state;
    struct line_params line = line_of(LINE_UNBALANCED);
    assert_false(line_is_wire(&line));
    line.length_m = line.source_ohm = 0;
    assert_true(line_is_wire(&line));
    assert_complex(answer(&line, LINE_SIGNAL, 1000), 1, 1e-9);
    line.type = LINE_BALANCED;
    assert_false(line_is_wire(&line));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unbalanced_line_adds_what_it_picks_up),
        cmocka_unit_test(balanced_legs_subtract_with_the_receivers_error),
        cmocka_unit_test(rejections_combine),
        cmocka_unit_test(ten_ohm_are_66_db),
        cmocka_unit_test(impedance_balance_rejects_as_well_with_half_the_signal),
        cmocka_unit_test(a_transformer_sees_capacitance_alone),
        cmocka_unit_test(shield_and_loop_divide_what_the_chassis_differ_by),
        cmocka_unit_test(a_wire_is_no_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
