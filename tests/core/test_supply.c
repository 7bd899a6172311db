// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The sag of the rails against a fine integration of its differential equation.
#include "kernels.h"
#include "random_circuit.h"
#include "stage.h"
#include "supply.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define RATE_HZ   192000.0
#define LENGTH    (50 * CHUNK_MAX)
#define RAIL_V    10.0
#define FINE      50 // steps a sample
#define TOLERANCE (1e-3 * RAIL_V)

struct run {
    float v[2][LENGTH];
    double plus_v[LENGTH], minus_v[LENGTH];
};

static void sagging_params(enum topology topology, double ohm, struct chain_params *params) {
    plain_params(topology, ohm, params);
    params->stage.rail_v = RAIL_V;
    params->stage.supply_ohm = 8;
    params->stage.supply_farad = 100e-6;
}

static void process(const struct chain_params *params, struct run *run) {
    static struct band band;
    static struct network network;
    static struct supply supply;
    static struct stage stage;
    struct rails rails = {.lowest_v = 0};
    band_init(&band, RATE_HZ);
    solve_network(params, &band, &network);
    stage_init(&stage, kernels_select(), &params->stage, compensation_at(RATE_HZ), RATE_HZ);
    supply_init(&supply, kernels_select(), &params->stage, RATE_HZ);
    for (int n = 0; n < LENGTH; n += CHUNK_MAX) {
        supply_process(&supply, &stage, network.causal,
                       (const float *const[]){run->v[0] + n, run->v[1] + n}, &rails, CHUNK_MAX);
        float lowest = INFINITY;
        for (int i = 0; i < CHUNK_MAX; i++) {
            run->plus_v[n + i] = rails.plus_v[i];
            run->minus_v[n + i] = rails.minus_v[i];
            lowest = fminf(lowest, fminf(rails.plus_v[i], rails.minus_v[i]));
        }
        assert_true(rails.lowest_v <= (double)lowest);
    }
}

static void play_sine(struct run *run, double hz, double left_v, double right_v) {
    for (int n = 0; n < LENGTH; n++) {
        const double rise = 1 - exp(-n / 100.0);
        run->v[0][n] = (float)(rise * left_v * sin(2 * PI * hz * n / RATE_HZ));
        run->v[1][n] = (float)(rise * right_v * sin(2 * PI * hz * n / RATE_HZ + 0.5));
    }
}

static double hold_between(double x, double low, double high) {
    return fmin(fmax(x, low), high);
}

// C dV/dt = (rail - V) / R - I, into a resistor of `ohm` in each channel.
static void integrate(const struct chain_params *params, double ohm, const struct run *run,
                      double v[2][LENGTH]) {
    const bool bridge = (int)params->stage.topology == TOPOLOGY_BRIDGE;
    const double step = 1 / (RATE_HZ * FINE * params->stage.supply_farad);
    const double slew_v = params->stage.slew_v_per_s / (RATE_HZ * FINE);
    double plus = RAIL_V, minus = RAIL_V, leg[2][2] = {{0}};
    for (int n = 0; n + 1 < LENGTH; n++) {
        v[0][n] = plus;
        v[1][n] = minus;
        for (int k = 0; k < FINE; k++) {
            double drawn_plus = 0, drawn_minus = 0;
            for (int channel = 0; channel < 2; channel++) {
                const double t = (k + 0.5) / FINE;
                const double x =
                    (double)run->v[channel][n] * (1 - t) + (double)run->v[channel][n + 1] * t;
                const double wanted[2] = {hold_between(x, -minus, plus),
                                          bridge ? hold_between(-x, -minus, plus) : 0};
                for (int side = 0; side < 2; side++)
                    leg[channel][side] +=
                        hold_between(wanted[side] - leg[channel][side], -slew_v, slew_v);
                const double i = (leg[channel][0] - leg[channel][1]) / ohm;
                drawn_plus += bridge ? fabs(i) : fmax(i, 0);
                drawn_minus += bridge ? fabs(i) : fmax(-i, 0);
            }
            plus += step * ((RAIL_V - plus) / params->stage.supply_ohm - drawn_plus);
            minus += step * ((RAIL_V - minus) / params->stage.supply_ohm - drawn_minus);
        }
    }
}

static void assert_follows_the_equation(enum topology topology, double ohm, double hz, double v,
                                        double slew_v_per_s) {
    static struct run run;
    static double expected[2][LENGTH];
    struct chain_params params;
    sagging_params(topology, ohm, &params);
    params.stage.slew_v_per_s = slew_v_per_s;
    play_sine(&run, hz, v, 0.7 * v);
    process(&params, &run);
    integrate(&params, ohm, &run, expected);
    double lowest = RAIL_V;
    for (int n = STAGE_RAIL_LATENCY; n < LENGTH; n++) {
        assert_near(run.plus_v[n], expected[0][n - STAGE_RAIL_LATENCY], TOLERANCE);
        assert_near(run.minus_v[n], expected[1][n - STAGE_RAIL_LATENCY], TOLERANCE);
        lowest = fmin(lowest, run.plus_v[n]);
    }
    assert_true(lowest < 0.95 * RAIL_V); // it was a sag worth looking at
}

static void sines_sag_as_the_equation_says(void **state) {
    (void)state;
    for (enum topology topology = TOPOLOGY_SHARED_RETURN; topology <= TOPOLOGY_BRIDGE; topology++)
        for (double hz = 30; hz < 4000; hz *= 5) {
            const double below_v = 0.8 * RAIL_V, above_v = 2 * RAIL_V; // always clipped
            assert_follows_the_equation(topology, 32, hz, below_v, INFINITY);
            assert_follows_the_equation(topology, 16, hz, above_v, INFINITY);
        }
}

// Half of what the sine wants: what the amplifier cannot follow draws nothing.
static void a_slow_leg_draws_less(void **state) {
    (void)state;
    for (enum topology topology = TOPOLOGY_SHARED_RETURN; topology <= TOPOLOGY_BRIDGE; topology++)
        for (double hz = 300; hz < 4000; hz *= 3)
            assert_follows_the_equation(topology, 16, hz, 0.9 * RAIL_V,
                                        0.5 * 2 * PI * hz * 0.9 * RAIL_V);
}

static void a_constant_current_drops_over_the_resistance(void **state) {
    (void)state;
    static struct run run;
    struct chain_params params;
    sagging_params(TOPOLOGY_SEPARATE_RETURNS, 100, &params);
    for (int n = 0; n < LENGTH; n++) {
        run.v[0][n] = 5;
        run.v[1][n] = -2;
    }
    process(&params, &run);
    assert_near(run.plus_v[LENGTH - 1], RAIL_V - 8 * 5.0 / 100, 1e-6);
    assert_near(run.minus_v[LENGTH - 1], RAIL_V - 8 * 2.0 / 100, 1e-6);
}

static void a_bridge_draws_from_both_rails(void **state) {
    (void)state;
    static struct run run;
    struct chain_params params;
    sagging_params(TOPOLOGY_BRIDGE, 100, &params);
    for (int n = 0; n < LENGTH; n++) {
        run.v[0][n] = 2;
        run.v[1][n] = 0;
    }
    process(&params, &run);
    assert_near(run.plus_v[LENGTH - 1], RAIL_V - 8 * 4.0 / 100, 1e-6);
    assert_near(run.minus_v[LENGTH - 1], RAIL_V - 8 * 4.0 / 100, 1e-6);
}

static void rails_rest_in_silence(void **state) {
    (void)state;
    static struct run run;
    struct chain_params params;
    sagging_params(TOPOLOGY_SHARED_RETURN, 32, &params);
    memset(&run, 0, sizeof run);
    process(&params, &run);
    for (int n = 0; n < LENGTH; n++)
        assert_true(run.plus_v[n] == RAIL_V && run.minus_v[n] == RAIL_V);
}

static void a_stiff_supply_stands_still(void **state) {
    (void)state;
    static struct run run;
    struct chain_params params;
    sagging_params(TOPOLOGY_SHARED_RETURN, 4, &params);
    params.stage.supply_ohm = 0;
    play_sine(&run, 100, 2 * RAIL_V, 2 * RAIL_V);
    process(&params, &run);
    for (int n = 0; n < LENGTH; n++)
        assert_true(run.plus_v[n] == RAIL_V && run.minus_v[n] == RAIL_V);
}

// The current limit holds what the rails have to give.
static void a_limit_bounds_the_sag(void **state) {
    (void)state;
    static struct run run;
    struct chain_params params;
    sagging_params(TOPOLOGY_SHARED_RETURN, 8, &params);
    params.stage.current_limit_a = 0.05;
    for (int n = 0; n < LENGTH; n++) {
        run.v[0][n] = 4;
        run.v[1][n] = 0;
    }
    process(&params, &run);
    assert_near(run.plus_v[LENGTH - 1], RAIL_V - 8 * 0.05, 8 * 4 / 10e3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sines_sag_as_the_equation_says),
        cmocka_unit_test(a_slow_leg_draws_less),
        cmocka_unit_test(a_constant_current_drops_over_the_resistance),
        cmocka_unit_test(a_bridge_draws_from_both_rails),
        cmocka_unit_test(rails_rest_in_silence),
        cmocka_unit_test(a_stiff_supply_stands_still),
        cmocka_unit_test(a_limit_bounds_the_sag),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
