// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The network without look-ahead: passive at every frequency, exact at low ones.
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

#define CIRCUITS       120 // at each rate
#define LOW_HZ         200.0
#define FLOOR          0.01 // of the highest answer, or of the gain: images of what is far above
#define PASSIVE_POINTS 64
#define PASSIVE_FLOOR  1e-8 // of the gain: rounding
#define LENGTH         2048

typedef void checker(const struct built *built, double rate_hz, const char *what);

static void for_random_circuits(uint64_t seed, checker *check) {
    static struct built built;
    struct dice dice = {seed};
    for (int r = 0; r < RATES; r++)
        for (int i = 0; i < CIRCUITS; i++) {
            char what[64];
            struct chain_params params;
            random_params(&dice, i % TOPOLOGY_COUNT, &params);
            snprintf(what, sizeof what, "circuit %d at a rate of %g Hz", i, rates_hz[r]);
            build_discrete(&params, one_channel_views[i / TOPOLOGY_COUNT % VIEW_COUNT], rates_hz[r],
                           &built);
            check(&built, rates_hz[r], what);
        }
}

// Re Y >= 0 all around the unit circle, and something of it at once.
static void assert_passive(const struct built *built, double rate_hz, const char *what) {
    (void)rate_hz;
    const double gain = built->causal.gain[MODAL_LEG_A];
    assert_true(gain > 0);
    for (int i = 0; i <= PASSIVE_POINTS; i++) {
        const double w = PI * pow(1e-5, 1 - (double)i / PASSIVE_POINTS);
        const double conductance = creal(causal_answer(&built->causal, MODAL_LEG_A, w));
        if (!(conductance >= -PASSIVE_FLOOR * gain))
            fail_msg("%s: conductance %g of gain %g at w = %g", what, conductance, gain, w);
    }
}

static void random_circuits_are_passive(void **state) {
    (void)state;
    for_random_circuits(12, assert_passive);
}

static void assert_exact_at_low_frequencies(const struct built *built, double rate_hz,
                                            const char *what) {
    struct audible exact;
    respond_audibly(&built->view, &exact);
    for (int k = 0; k < MODAL_OUTPUTS; k++)
        for (int i = 0; audible_hz(i) < LOW_HZ; i++)
            if (cabs(exact.at[k][i]) > FLOOR * fmax(exact.highest[k], built->causal.gain[k]))
                assert_same_answer(
                    causal_answer(&built->causal, k, 2 * PI * audible_hz(i) / rate_hz),
                    exact.at[k][i], audible_hz(i), what);
}

static void low_frequencies_are_exact(void **state) {
    (void)state;
    for_random_circuits(13, assert_exact_at_low_frequencies);
}

static void the_kernels_run_what_is_built(void **state) {
    (void)state;
    static struct built built;
    static double expected[LENGTH];
    const struct kernels *kernels = kernels_select();
    struct chain_params params;
    resonant_params(&params);
    build_discrete(&params, CIRCUIT_SIDE, 192000, &built);
    assert_true(built.causal.blocks.count > 0);
    for (int k = 0; k < MODAL_OUTPUTS; k++) {
        struct engine_state x = {0};
        run_causal(&built.causal, k, expected, LENGTH);
        for (int n = 0; n < LENGTH; n++) {
            const double history = kernels->causal_history(&built.causal, &x, k);
            assert_near(built.causal.gain[k] * burst(n) + history, expected[n], 1e-12);
            kernels->causal_advance(&built.causal, &x, burst(n));
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_circuits_are_passive),
        cmocka_unit_test(low_frequencies_are_exact),
        cmocka_unit_test(the_kernels_run_what_is_built),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
