// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// What people read, against closed forms.
#include "band.h"
#include "figures.h"
#include "random_circuit.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct figures figures_of(const struct chain_params *params) {
    static struct band band;
    static struct network network;
    band_init(&band, 96000);
    solve_network(params, &band, &network);
    return network.figures;
}

static void a_weighting_is_that_of_the_standard(void **state) {
    (void)state;
    static const struct {
        double hz, db;
    } table[] = {{10, -70.4},   {31.5, -39.4}, {63, -26.2},  {100, -19.1}, {200, -10.9},
                 {500, -3.2},   {1000, 0},     {2000, 1.2},  {4000, 1.0},  {8000, -1.1},
                 {10000, -2.5}, {16000, -6.6}, {20000, -9.3}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const double hz = // the table is for exact thirds of an octave
            1000 * pow(10, round(10 * log10(table[i].hz / 1000)) / 10);
        assert_near(to_db(figures_a_weighting(hz)), table[i].db, 0.06);
    }
    assert_near(to_db(figures_a_weighting(1000)), 0, 1e-3);
}

static void decibels_stop_at_their_floor(void **state) {
    (void)state;
    assert_near(figures_db(10, -100), 20, 1e-12);
    assert_near(figures_db(0, -100), -100, 0);
    assert_near(figures_db(-1, -100), -100, 0);
    assert_near(figures_db(1e-9, -100), -100, 0);
}

static void match_undoes_a_divider(void **state) {
    (void)state;
    struct chain_params params;
    plain_params(TOPOLOGY_SEPARATE_RETURNS, 300, &params);
    params.stage.output_ohm = 100;
    assert_near(figures_of(&params).match, 4.0 / 3, 1e-6);
    params.stage.topology = TOPOLOGY_BRIDGE;
    assert_near(figures_of(&params).match, 5.0 / 6, 1e-6); // 2 * 300 / 500
    params.stage.leg_mismatch = 0.1;
    assert_near(figures_of(&params).match, 500 / 300.0 / 1.9, 1e-6);
}

static void match_counts_both_channels_driven_alike(void **state) {
    (void)state;
    struct chain_params params;
    plain_params(TOPOLOGY_SHARED_RETURN, 30, &params);
    params.stage.ground_ohm = 5;
    assert_near(figures_of(&params).match, 4.0 / 3, 1e-6);
}

static void match_has_limits(void **state) {
    (void)state;
    struct chain_params params;
    plain_params(TOPOLOGY_SEPARATE_RETURNS, 1, &params);
    params.stage.output_ohm = 1000;
    assert_near(figures_of(&params).match, 100, 1e-9);
}

static void deviation_is_highest_minus_lowest(void **state) {
    (void)state;
    struct chain_params params;
    plain_params(TOPOLOGY_SEPARATE_RETURNS, 300, &params);
    assert_near(figures_of(&params).response_deviation_db, 0, 1e-6);
    params.stage.output_ohm = 120;
    params.load.branch[0].peak[0] = (struct load_peak){260, 83.7, 20}; // between two grid points
    const double at_peak_db = to_db(560.0 / 680), at_rest_db = to_db(300.0 / 420);
    assert_near(figures_of(&params).response_deviation_db, at_peak_db - at_rest_db, 1e-3);
}

static void crosstalk_is_the_part_of_the_return(void **state) {
    (void)state;
    struct chain_params params;
    plain_params(TOPOLOGY_SHARED_RETURN, 32, &params);
    params.stage.ground_ohm = 0.5;
    assert_near(figures_of(&params).crosstalk_db, to_db(0.5 / 32.5), 1e-4);
    params.stage.topology = TOPOLOGY_SEPARATE_RETURNS;
    assert_near(figures_of(&params).crosstalk_db, -200, 0);
    params.stage.topology = TOPOLOGY_SHARED_RETURN;
    params.stage.ground_ohm = 0;
    assert_near(figures_of(&params).crosstalk_db, -200, 0);
}

// |Z load| / |Z source|; the cable is part of the source, a bridge doubles it.
static void damping_counts_the_cable(void **state) {
    (void)state;
    struct chain_params params;
    plain_params(TOPOLOGY_SEPARATE_RETURNS, 32, &params);
    params.stage.output_ohm = 2;
    assert_near(figures_of(&params).damping_factor, 16, 1e-4);
    params.cable = (struct cable_params){.length_m = 2, .ohm_per_m = 0.25, .contact_ohm = 0.5};
    assert_near(figures_of(&params).damping_factor, 8, 1e-4);
    params.stage.topology = TOPOLOGY_BRIDGE;
    assert_near(figures_of(&params).damping_factor, 32.0 / 6, 1e-4);
}

static void damping_counts_a_transformer(void **state) {
    (void)state;
    struct chain_params params;
    plain_params(TOPOLOGY_TRANSFORMER, 32, &params);
    params.stage.output_ohm = 2;
    params.stage.winding_ohm = 6;
    params.stage.magnetizing_h = 0.01;
    const double complex shunt = 2 * PI * 1000 * I * 0.01;
    const double complex source = 8 * shunt / (8 + shunt);
    assert_near(figures_of(&params).damping_factor, 32 / cabs(source), 1e-3);
}

static void an_ideal_source_damps_without_limit(void **state) {
    (void)state;
    struct chain_params params;
    plain_params(TOPOLOGY_SEPARATE_RETURNS, 2000, &params);
    assert_near(figures_of(&params).damping_factor, 1e5, 1);
}

// --- Noise ---

static double weighted(double v_rms, double corner_hz) {
    const double density = v_rms * v_rms / (19980 + corner_hz * log(1000));
    double sum = 0;
    for (double hz = 20.5; hz < 20000; hz += 1)
        sum += density * (1 + corner_hz / hz) * pow(figures_a_weighting(hz), 2);
    return sqrt(sum);
}

static void noise_is_weighted_and_divided(void **state) {
    (void)state;
    struct chain_params params;
    plain_params(TOPOLOGY_SEPARATE_RETURNS, 30, &params);
    params.stage.noise_v = 4e-6;
    params.source.noise_v = 1e-6;
    params.stage.output_ohm = 10;
    double expected = 0.75 * weighted(4e-6, 0);
    assert_near(figures_of(&params).stage_noise_v, expected, 0.01 * expected);
    params.stage.noise_corner_hz = 2000;
    expected = 0.75 * weighted(4e-6, 2000);
    assert_near(figures_of(&params).stage_noise_v, expected, 0.01 * expected);
    expected = 0.75 * weighted(1e-6, 0);
    assert_near(figures_of(&params).source_noise_v, expected, 0.01 * expected);
}

// Two legs are independent (3 dB), the source's noise comes out of both (6 dB).
static void a_bridge_adds_three_decibels_of_hiss(void **state) {
    (void)state;
    struct chain_params params;
    plain_params(TOPOLOGY_SEPARATE_RETURNS, 300, &params);
    params.stage.noise_v = 4e-6;
    params.source.noise_v = 1e-6;
    const struct figures single = figures_of(&params);
    params.stage.topology = TOPOLOGY_BRIDGE;
    const struct figures bridge = figures_of(&params);
    assert_near(to_db(bridge.stage_noise_v / single.stage_noise_v), 10 * log10(2), 1e-6);
    assert_near(to_db(bridge.source_noise_v / single.source_noise_v), 20 * log10(2), 1e-6);
}

// Independent noise of both channels meets in a shared return: |self|^2 + |cross|^2.
static void a_shared_return_adds_the_other_channels_noise(void **state) {
    (void)state;
    struct chain_params params;
    plain_params(TOPOLOGY_SHARED_RETURN, 30, &params);
    params.stage.noise_v = 4e-6;
    params.stage.ground_ohm = 5;
    const double mid = 30.0 / 40, side = 1;
    const double expected = weighted(4e-6, 0) * sqrt((mid * mid + side * side) / 2);
    assert_near(figures_of(&params).stage_noise_v, expected, 0.01 * expected);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_weighting_is_that_of_the_standard),
        cmocka_unit_test(decibels_stop_at_their_floor),
        cmocka_unit_test(match_undoes_a_divider),
        cmocka_unit_test(match_counts_both_channels_driven_alike),
        cmocka_unit_test(match_has_limits),
        cmocka_unit_test(deviation_is_highest_minus_lowest),
        cmocka_unit_test(crosstalk_is_the_part_of_the_return),
        cmocka_unit_test(damping_counts_the_cable),
        cmocka_unit_test(damping_counts_a_transformer),
        cmocka_unit_test(an_ideal_source_damps_without_limit),
        cmocka_unit_test(noise_is_weighted_and_divided),
        cmocka_unit_test(a_bridge_adds_three_decibels_of_hiss),
        cmocka_unit_test(a_shared_return_adds_the_other_channels_noise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
