// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The current limit against closed forms, and what it promises.
#include "kernels.h"
#include "limiter.h"
#include "random_circuit.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define RATE_HZ   192000.0
#define LENGTH    (40 * CHUNK_MAX)
#define SLOPE_OHM 10e3
#define LIMIT_A   0.1

struct run {
    float driver_v[2][LENGTH], leg_a[2][LENGTH];
    bool limited;
};

struct bench {
    struct network network;
    struct limiter limiter;
};

static void set_up(struct bench *bench, struct chain_params *params) {
    static struct band band;
    band_init(&band, RATE_HZ);
    params->stage.current_limit_a = LIMIT_A;
    solve_network(params, &band, &bench->network);
    limiter_init(&bench->limiter, kernels_select(), &params->stage, compensation_at(RATE_HZ));
}

static void process(struct bench *bench, struct run *run, struct dice *cuts) {
    run->limited = false;
    for (int n = 0; n < LENGTH;) {
        int count = cuts ? GROUP * (1 + roll_index(cuts, CHUNK_MAX / GROUP)) : CHUNK_MAX;
        count = count < LENGTH - n ? count : LENGTH - n;
        run->limited |=
            limiter_process(&bench->limiter, bench->network.fine,
                            (float *const[]){run->driver_v[0] + n, run->driver_v[1] + n},
                            (float *const[]){run->leg_a[0] + n, run->leg_a[1] + n}, count);
        n += count;
    }
}

// What a network without memory makes of two EMFs.
static void play_into_resistor(struct run *run, double ohm, double left_v, double right_v,
                               double hz) {
    for (int n = 0; n < LENGTH; n++) {
        run->driver_v[0][n] = (float)(left_v * sin(2 * PI * hz * n / RATE_HZ));
        run->driver_v[1][n] = (float)(right_v * sin(2 * PI * hz * n / RATE_HZ));
        for (int channel = 0; channel < 2; channel++)
            run->leg_a[channel][n] = run->driver_v[channel][n] / (float)ohm;
    }
}

static void below_the_limit_it_only_waits(void **state) {
    (void)state;
    static struct bench bench;
    static struct run in, out;
    struct chain_params params;
    plain_params(TOPOLOGY_SHARED_RETURN, 32, &params);
    set_up(&bench, &params);
    play_into_resistor(&in, 32, 0.99 * 32 * LIMIT_A, -32 * 0.5 * LIMIT_A, 1000);
    out = in;
    process(&bench, &out, NULL);
    assert_false(out.limited);
    for (int channel = 0; channel < 2; channel++) {
        for (int n = LIMITER_LATENCY; n < LENGTH; n++) {
            assert_true(out.driver_v[channel][n] == in.driver_v[channel][n - LIMITER_LATENCY]);
            assert_true(out.leg_a[channel][n] == in.leg_a[channel][n - LIMITER_LATENCY]);
        }
    }
}

// u = v - slope (i - limit) with i = u / R above the limit.
static double limited_v(double v, double ohm, double slope_ohm) {
    const double limit_v = LIMIT_A * ohm;
    return fabs(v) <= limit_v
               ? v
               : copysign((fabs(v) + slope_ohm * LIMIT_A) / (1 + slope_ohm / ohm), v);
}

static void assert_resistive(enum topology topology, double ohm, double slope_ohm) {
    static struct bench bench;
    static struct run in, out;
    struct chain_params params;
    plain_params(topology, ohm, &params);
    set_up(&bench, &params);
    const double v = 3 * ohm * LIMIT_A;
    play_into_resistor(&in, ohm, v, -0.6 * v, 20);
    out = in;
    process(&bench, &out, NULL);
    assert_true(out.limited);
    for (int n = LIMITER_LATENCY; n < LENGTH; n++)
        for (int channel = 0; channel < 2; channel++) {
            const double u = limited_v(in.driver_v[channel][n - LIMITER_LATENCY], ohm, slope_ohm);
            assert_near(out.driver_v[channel][n], u, 2e-4 * v); // within a sample of the corner
            assert_near(out.leg_a[channel][n], u / ohm, 2e-4 * v / ohm);
        }
}

static void resistors_follow_the_closed_form(void **state) {
    (void)state;
    for (double ohm = 4; ohm < 2000; ohm *= 5) {
        assert_resistive(TOPOLOGY_SHARED_RETURN, ohm, SLOPE_OHM);
        assert_resistive(TOPOLOGY_SEPARATE_RETURNS, ohm, SLOPE_OHM);
        assert_resistive(TOPOLOGY_BRIDGE, ohm, 2 * SLOPE_OHM);
    }
}

// Two EMFs at their full size from the start, through the network.
static void play_into_network(const struct bench *bench, struct run *run, double peak_v) {
    static float in[2][ENGINE_PAST + LENGTH];
    struct engine_state state[ENGINE_HALVES] = {0};
    for (int n = 0; n < LENGTH; n++) {
        const double rise = 1 - exp(-n / 200.0);
        in[0][ENGINE_PAST + n] = (float)(peak_v * rise * sin(2 * PI * 950 * n / RATE_HZ));
        in[1][ENGINE_PAST + n] = (float)(peak_v * rise * sin(2 * PI * 130 * n / RATE_HZ + 1));
    }
    for (int n = 0; n < LENGTH; n += CHUNK_MAX) {
        const struct engine_signals signals = {
            .in = {in[0] + ENGINE_PAST + n, in[1] + ENGINE_PAST + n},
            .driver_v = {run->driver_v[0] + n, run->driver_v[1] + n},
            .leg_a = {run->leg_a[0] + n, run->leg_a[1] + n},
        };
        kernels_select()->engine_process(&bench->network.engine, state, &signals, CHUNK_MAX);
    }
}

static double highest_current(const struct run *run) {
    double highest = 0;
    for (int channel = 0; channel < 2; channel++)
        for (int n = 0; n < LENGTH; n++)
            highest = fmax(highest, fabs((double)run->leg_a[channel][n]));
    return highest;
}

// |i| <= limit + |u - v| / slope; reactances make of v at most some times as much.
static void random_circuits_are_held(void **state) {
    (void)state;
    static struct bench bench;
    static struct run run;
    struct dice dice = {41};
    int limited = 0;
    for (int i = 0; i < 200; i++) {
        struct chain_params params;
        random_params(&dice, (enum topology)(i % TOPOLOGY_COUNT), &params);
        set_up(&bench, &params);
        const double peak_v = roll_log(&dice, 1, 100);
        play_into_network(&bench, &run, peak_v);
        process(&bench, &run, NULL);
        limited += run.limited;
        const double highest = highest_current(&run);
        if (!(highest <= 1.02 * LIMIT_A + 4 * peak_v / SLOPE_OHM))
            fail_msg("circuit %d: %g A of %g V", i, highest, peak_v);
    }
    assert_true(limited > 20);
}

// Once nothing limits, the correction dies away and the output is the input again, bit by bit.
static void it_lets_go(void **state) {
    (void)state;
    static struct bench bench;
    static struct run in, out;
    struct chain_params params;
    plain_params(TOPOLOGY_SHARED_RETURN, 32, &params);
    params.load.branch[0].henry = 1e-3;
    params.cable.length_m = 3;
    params.cable.shared_m = 1;
    set_up(&bench, &params);
    play_into_resistor(&in, 32, 32 * 3 * LIMIT_A, 0, 1000);
    for (int n = LENGTH / 4; n < LENGTH; n++)
        in.driver_v[0][n] = in.leg_a[0][n] = (float)(0.01 * sin(0.01 * n));
    out = in;
    process(&bench, &out, NULL);
    assert_true(out.limited);
    for (int n = LENGTH / 2; n < LENGTH; n++)
        for (int channel = 0; channel < 2; channel++) {
            assert_true(out.driver_v[channel][n] == in.driver_v[channel][n - LIMITER_LATENCY]);
            assert_true(out.leg_a[channel][n] == in.leg_a[channel][n - LIMITER_LATENCY]);
        }
}

static void no_cut_matters(void **state) {
    (void)state;
    static struct bench bench, again;
    static struct run whole, cut;
    struct dice dice = {42};
    for (int i = 0; i < 20; i++) {
        struct chain_params params;
        random_params(&dice, (enum topology)(i % TOPOLOGY_COUNT), &params);
        set_up(&bench, &params);
        again = bench;
        play_into_resistor(&whole, 32, 32 * 3 * LIMIT_A, 32 * 1.5 * LIMIT_A, 700);
        cut = whole;
        process(&bench, &whole, NULL);
        process(&again, &cut, &dice);
        for (int channel = 0; channel < 2; channel++)
            for (int n = 0; n < LENGTH; n++) {
                const double scale = 3 * LIMIT_A;
                assert_near(cut.leg_a[channel][n], whole.leg_a[channel][n], 1e-7 * scale);
            }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(below_the_limit_it_only_waits),
        cmocka_unit_test(resistors_follow_the_closed_form),
        cmocka_unit_test(random_circuits_are_held),
        cmocka_unit_test(it_lets_go),
        cmocka_unit_test(no_cut_matters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
