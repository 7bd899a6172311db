// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Nodal analysis against what can be worked out by hand.
#include "figures.h"
#include "nodal.h"
#include "random_circuit.h"
#include "response.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

// --- Hand-made circuits ---

static void begin(struct circuit *circuit, int *emf) {
    circuit_init(circuit);
    *emf = circuit_node(circuit, "emf", false);
    circuit->output[0].leg = circuit_add(circuit, CIRCUIT_SOURCE, "V", *emf, CIRCUIT_GROUND, 1);
}

static void assert_complex(double complex found, double complex expected, double tolerance) {
    if (!(cabs(found - expected) <= tolerance))
        fail_msg("%g %+gj is not %g %+gj", creal(found), cimag(found), creal(expected),
                 cimag(expected));
}

static void a_divider_divides(void **state) {
    (void)state;
    static struct circuit circuit;
    int emf;
    begin(&circuit, &emf);
    const int tap = circuit_series(&circuit, CIRCUIT_RESISTOR, "R1", emf, 3, false);
    circuit_add(&circuit, CIRCUIT_RESISTOR, "R2", tap, CIRCUIT_GROUND, 7);
    circuit.output[0].driver_plus = tap;
    const struct response_point point = respond_at(&circuit, 1000);
    assert_complex(point.driver_v[0], 0.7, 1e-15);
    assert_complex(point.leg_current_a[0], 0.1, 1e-15); // out of the leg is positive
}

// 1 / (1 + jwRC): 3 dB and 45 degrees at the corner.
static void rc_has_its_corner(void **state) {
    (void)state;
    static struct circuit circuit;
    int emf;
    begin(&circuit, &emf);
    const int tap = circuit_series(&circuit, CIRCUIT_RESISTOR, "R", emf, 1000, false);
    circuit_add(&circuit, CIRCUIT_CAPACITOR, "C", tap, CIRCUIT_GROUND, 100e-9);
    circuit.output[0].driver_plus = tap;
    const double corner_hz = 1 / (2 * PI * 1000 * 100e-9);
    for (double ratio = 0.01; ratio < 101; ratio *= 10)
        assert_complex(respond_at(&circuit, ratio * corner_hz).driver_v[0], 1 / (1 + I * ratio),
                       1e-12);
}

static void rlc_has_its_resonance(void **state) {
    (void)state;
    static struct circuit circuit;
    int emf;
    begin(&circuit, &emf);
    int node = circuit_series(&circuit, CIRCUIT_RESISTOR, "R", emf, 10, false);
    node = circuit_series(&circuit, CIRCUIT_INDUCTOR, "L", node, 1e-3, false);
    circuit_add(&circuit, CIRCUIT_CAPACITOR, "C", node, CIRCUIT_GROUND, 1e-6);
    circuit.output[0].driver_plus = node;
    const double hz = 1 / (2 * PI * sqrt(1e-3 * 1e-6));
    const double q = sqrt(1e-3 / 1e-6) / 10;
    assert_complex(respond_at(&circuit, hz).driver_v[0], -I * q, 1e-9);
    for (double f = 100; f < 1e6; f *= 3) {
        const double complex s = 2 * PI * I * f;
        assert_complex(respond_at(&circuit, f).driver_v[0],
                       1 / (1 + s * 10 * 1e-6 + s * s * 1e-3 * 1e-6), 1e-9);
    }
}

// A primary of a coupled pair, its secondary the other way round.
static void a_transformer_turns_and_transforms(void **state) {
    (void)state;
    static struct circuit circuit;
    int emf;
    begin(&circuit, &emf);
    const int primary = circuit_series(&circuit, CIRCUIT_RESISTOR, "R", emf, 8, false);
    const int secondary = circuit_node(&circuit, "s", false);
    circuit_add_transformer(&circuit, "T",
                            (const int[]){primary, CIRCUIT_GROUND, CIRCUIT_GROUND, secondary});
    circuit_add(&circuit, CIRCUIT_RESISTOR, "Rload", secondary, CIRCUIT_GROUND, 32);
    circuit.output[0].driver_plus = secondary;
    const struct response_point point = respond_at(&circuit, 50);
    assert_complex(point.driver_v[0], -0.8, 1e-12);
    assert_complex(point.leg_current_a[0], 1.0 / 40, 1e-12);
}

static void a_singular_network_is_told(void **state) {
    (void)state;
    static struct circuit circuit;
    static const double complex emf_v[2] = {1, 1};
    struct response_point point;
    int emf;
    begin(&circuit, &emf);
    circuit_add(&circuit, CIRCUIT_SOURCE, "V2", emf, CIRCUIT_GROUND, 1); // two sources in parallel
    struct response *response = response_new(&circuit);
    assert_non_null(response);
    assert_false(response_solve(response, 1000, emf_v, &point));
    response_free(response);
}

static void nodal_rows_are_symmetric(void **state) {
    (void)state;
    static struct circuit view;
    static struct nodal nodal;
    static double constant[256][256], per_s[256][256];
    struct chain_params params;
    struct dice dice = {71};
    for (int i = 0; i < 40; i++) {
        random_params(&dice, (enum topology)(i % TOPOLOGY_COUNT), &params);
        build_view(&params, CIRCUIT_STEREO, &view);
        nodal_init(&nodal, &view);
        assert_in_range(nodal.size, 1, 255);
        memset(constant, 0, sizeof constant);
        memset(per_s, 0, sizeof per_s);
        for (int e = 0; e < nodal.entry_count; e++) {
            const struct nodal_entry *entry = &nodal.entry[e];
            assert_in_range(entry->row, 0, nodal.size - 1);
            constant[entry->row][entry->column] += entry->constant;
            per_s[entry->row][entry->column] += entry->per_s;
        }
        for (int r = 0; r < nodal.size; r++)
            for (int c = 0; c < r; c++)
                assert_true(constant[r][c] == constant[c][r] && per_s[r][c] == per_s[c][r]);
    }
}

// --- Claims about headphone circuits ---

static double complex driver_v(const struct chain_params *params, double hz) {
    static struct circuit view;
    build_view(params, CIRCUIT_MID, &view);
    return respond_at(&view, hz).driver_v[0];
}

// Only the left channel is driven; what is heard right of what is heard left.
static double complex crosstalk(const struct chain_params *params, double hz) {
    static struct circuit stereo;
    static const double complex emf_v[2] = {1, 0};
    struct response_point point;
    build_view(params, CIRCUIT_STEREO, &stereo);
    struct response *response = response_new(&stereo);
    assert_non_null(response);
    assert_true(response_solve(response, hz, emf_v, &point));
    response_free(response);
    return point.driver_v[1] / point.driver_v[0];
}

static void a_shared_return_talks_across_in_opposite_polarity(void **state) {
    (void)state;
    for (double z = 16; z < 400; z *= 4)
        for (double ohm = 0.01; ohm < 5; ohm *= 5) {
            struct chain_params params;
            plain_params(TOPOLOGY_SHARED_RETURN, z, &params);
            params.stage.ground_ohm = ohm;
            const double expected = -ohm / (z + ohm);
            assert_complex(crosstalk(&params, 1000), expected, 1e-6 * ohm);
            params.stage.topology = TOPOLOGY_SEPARATE_RETURNS;
            assert_complex(crosstalk(&params, 1000), 0, 1e-15);
        }
}

static void a_coupling_capacitor_cuts_the_bass(void **state) {
    (void)state;
    struct chain_params params;
    plain_params(TOPOLOGY_SEPARATE_RETURNS, 32, &params);
    params.stage.output_farad = 220e-6;
    const double corner_hz = 1 / (2 * PI * 32 * 220e-6); // 22.6 Hz
    assert_near(to_db(cabs(driver_v(&params, corner_hz))), -10 * log10(2), 1e-5);
    assert_near(to_degrees(carg(driver_v(&params, corner_hz))), 45, 1e-4);
    params.stage.topology = TOPOLOGY_BRIDGE; // two in series
    assert_near(to_db(cabs(driver_v(&params, 2 * corner_hz))), -10 * log10(2), 1e-5);
}

// Low corner: (source || load) / Lm; high corner: (source + load) / leakage.
static void a_transformer_has_two_corners(void **state) {
    (void)state;
    struct chain_params params;
    plain_params(TOPOLOGY_TRANSFORMER, 32, &params);
    params.stage.output_ohm = 8;
    params.stage.magnetizing_h = 0.5;
    params.stage.leakage_h = 0.4e-3;
    const double middle_db = to_db(32.0 / 40);
    const double low_hz = 8.0 * 32 / 40 / (2 * PI * 0.5), high_hz = 40 / (2 * PI * 0.4e-3);
    assert_near(to_db(cabs(driver_v(&params, sqrt(low_hz * high_hz)))), middle_db, 0.01);
    assert_near(to_db(cabs(driver_v(&params, low_hz))), middle_db - 10 * log10(2), 0.01);
    assert_near(to_db(cabs(driver_v(&params, high_hz))), middle_db - 10 * log10(2), 0.01);
}

// An eighth of the lowest impedance as source: 1.02 dB between that and an infinite one.
static void the_eighth_rule_is_a_one_decibel_rule(void **state) {
    (void)state;
    struct chain_params params;
    plain_params(TOPOLOGY_SEPARATE_RETURNS, 32, &params);
    params.stage.output_ohm = 4;
    const double lowest_db = to_db(cabs(driver_v(&params, 1000)));
    assert_near(lowest_db, -1.0231, 1e-4);
    params.load.branch[0].peak[0] = (struct load_peak){1e5, 1000, 1};
    assert_near(to_db(cabs(driver_v(&params, 1000))) - lowest_db, 1.0231, 1e-3);
}

// Each leg of a bridge makes the same EMF: the circuit's EMF is their difference.
static void a_bridge_is_six_decibels_louder(void **state) {
    (void)state;
    struct chain_params params;
    plain_params(TOPOLOGY_SEPARATE_RETURNS, 300, &params);
    const double one = cabs(driver_v(&params, 1000));
    params.stage.topology = TOPOLOGY_BRIDGE;
    const double both = cabs(driver_v(&params, 1000)) * figures_emf_gain(&params.stage);
    assert_near(to_db(both / one), 20 * log10(2), 1e-6);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_divider_divides),
        cmocka_unit_test(rc_has_its_corner),
        cmocka_unit_test(rlc_has_its_resonance),
        cmocka_unit_test(a_transformer_turns_and_transforms),
        cmocka_unit_test(a_singular_network_is_told),
        cmocka_unit_test(nodal_rows_are_symmetric),
        cmocka_unit_test(a_shared_return_talks_across_in_opposite_polarity),
        cmocka_unit_test(a_coupling_capacitor_cuts_the_bass),
        cmocka_unit_test(a_transformer_has_two_corners),
        cmocka_unit_test(the_eighth_rule_is_a_one_decibel_rule),
        cmocka_unit_test(a_bridge_is_six_decibels_louder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
