// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The real-time form of a network against the nodal analysis of its circuit.
#include "discrete_response.h"
#include "kernels.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define CIRCUITS 600  // at each rate
#define FLOOR    1e-6 // of the highest answer
#define LENGTH   2048

static void assert_engine_answers(const struct built *built, double rate_hz, const char *what) {
    struct audible exact;
    respond_audibly(&built->view, &exact);
    for (int k = 0; k < MODAL_OUTPUTS; k++)
        for (int i = 0; i < AUDIBLE_POINTS; i++) {
            const double w = 2 * PI * audible_hz(i) / rate_hz;
            const bool heard = cabs(exact.at[k][i]) > FLOOR * exact.highest[k];
            for (int at = 0; heard && at < GROUP; at++) {
                const double complex late = cexp(I * w * (at - ENGINE_LATENCY));
                assert_same_answer(half_answer(&built->engine, k, at, w) / late, exact.at[k][i],
                                   audible_hz(i), what);
            }
        }
}

static void random_circuits_answer_like_their_nodal_analysis(void **state) {
    (void)state;
    static struct built built;
    struct dice dice = {11};
    for (int r = 0; r < RATES; r++)
        for (int i = 0; i < CIRCUITS; i++) {
            char what[64];
            struct chain_params params;
            random_params(&dice, i % TOPOLOGY_COUNT, &params);
            snprintf(what, sizeof what, "circuit %d at a rate of %g Hz", i, rates_hz[r]);
            build_discrete(&params, one_channel_views[i / TOPOLOGY_COUNT % VIEW_COUNT], rates_hz[r],
                           &built);
            assert_engine_answers(&built, rates_hz[r], what);
        }
}

static void equal_and_critical_resonances_answer(void **state) {
    (void)state;
    static struct built built;
    for (int r = 0; r < RATES; r++)
        for (double hz = 20; hz < 20000; hz *= 3) {
            struct chain_params params;
            plain_params(TOPOLOGY_SEPARATE_RETURNS, 300, &params);
            params.load.branch[0].peak[0] = (struct load_peak){300, hz, 1};
            build_discrete(&params, CIRCUIT_MID, rates_hz[r], &built);
            assert_engine_answers(&built, rates_hz[r], "critically damped");
            params.load.branch[0].peak[1] = params.load.branch[0].peak[0];
            build_discrete(&params, CIRCUIT_MID, rates_hz[r], &built);
            assert_engine_answers(&built, rates_hz[r], "equal resonances");
        }
}

static void an_ideal_wire_only_waits(void **state) {
    (void)state;
    static struct built built;
    struct chain_params params;
    plain_params(TOPOLOGY_SEPARATE_RETURNS, 300, &params);
    build_discrete(&params, CIRCUIT_MID, 96000, &built);
    assert_int_equal(built.engine.blocks.count, 0);
    for (double w = 0; w < PI; w += 0.1) {
        const double complex waited = cexp(-I * w * ENGINE_LATENCY);
        const double off = cabs(half_answer(&built.engine, MODAL_DRIVER_V, 0, w) - waited);
        assert_near(off, 0, 1e-8); // a micro-ohm stays in the wire
    }
}

// --- In time ---

// The engine gets the burst as mid and half of it as side, in pieces.
static void run_engine(const struct engine *engine, float out[MODAL_OUTPUTS][2][LENGTH]) {
    enum { PIECE = 64 };
    static float in[2][ENGINE_PAST + LENGTH];
    struct engine_state state[ENGINE_HALVES] = {0};
    for (int n = 0; n < LENGTH; n++) {
        in[0][ENGINE_PAST + n] = (float)(1.5 * burst(n));
        in[1][ENGINE_PAST + n] = (float)(0.5 * burst(n));
    }
    for (int n = 0; n < LENGTH; n += PIECE) {
        const struct engine_signals signals = {
            .in = {in[0] + ENGINE_PAST + n, in[1] + ENGINE_PAST + n},
            .driver_v = {out[MODAL_DRIVER_V][0] + n, out[MODAL_DRIVER_V][1] + n},
            .leg_a = {out[MODAL_LEG_A][0] + n, out[MODAL_LEG_A][1] + n},
        };
        kernels_select()->engine_process(engine, state, &signals, PIECE);
    }
}

// To a smooth signal the causal network gives the same answer some samples earlier.
static void mid_and_side_come_out_as_left_and_right(void **state) {
    (void)state;
    static struct built mid, side;
    static struct engine engine;
    static double of_mid[LENGTH], of_side[LENGTH];
    static float out[MODAL_OUTPUTS][2][LENGTH];
    struct chain_params params;
    resonant_params(&params);
    build_discrete(&params, CIRCUIT_MID, 192000, &mid);
    build_discrete(&params, CIRCUIT_SIDE, 192000, &side);
    join_halves(&mid, &side, &engine);
    run_engine(&engine, out);
    for (int k = 0; k < MODAL_OUTPUTS; k++) {
        const double tolerance = 2e-3 * mid.causal.gain[k];
        run_causal(&mid.causal, k, of_mid, LENGTH);
        run_causal(&side.causal, k, of_side, LENGTH);
        for (int n = ENGINE_LATENCY; n < LENGTH; n++) {
            const double m = of_mid[n - ENGINE_LATENCY], s = 0.5 * of_side[n - ENGINE_LATENCY];
            assert_near(out[k][0][n], m + s, tolerance);
            assert_near(out[k][1][n], m - s, tolerance);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_circuits_answer_like_their_nodal_analysis),
        cmocka_unit_test(equal_and_critical_resonances_answer),
        cmocka_unit_test(an_ideal_wire_only_waits),
        cmocka_unit_test(mid_and_side_come_out_as_left_and_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
