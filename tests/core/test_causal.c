// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The network without look-ahead: passive at every frequency, exact for straight lines.
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

#define CIRCUITS       400
#define IMAGES         1000
#define LINES_PART     1e-3
#define PASSIVE_POINTS 64
#define PASSIVE_FLOOR  1e-8 // of the gain: rounding
#define PASSIVE_PART   1e-5 // of what it answers: the tolerance of the parts (modal.c)
#define FASTEST_HZ     1e15 // poles above are rounding
#define LENGTH         2048

// Re Y >= 0 all around the unit circle, and something of it at once.
static void assert_passive(const struct built *built, double rate_hz, const char *what) {
    (void)rate_hz;
    const double gain = built->causal.gain[MODAL_LEG_A];
    assert_true(gain > 0);
    for (int i = 0; i <= PASSIVE_POINTS; i++) {
        const double w = PI * pow(1e-5, 1 - (double)i / PASSIVE_POINTS);
        const double complex y = causal_answer(&built->causal, MODAL_LEG_A, w);
        if (!(creal(y) >= -PASSIVE_FLOOR * gain - PASSIVE_PART * cabs(y)))
            fail_msg("%s: conductance %g of gain %g at w = %g", what, creal(y), gain, w);
    }
}

static void random_circuits_are_passive(void **state) {
    (void)state;
    for_numbered_networks(how_many(CIRCUITS), assert_passive);
}

// Straight lines between the samples of e^(jwn) are e^(jwt) and its images, weighted by sinc^2; so
// is the answer. The weights sum up to one: far images are heard alike.
static double complex answer_to_lines(const struct built *built, enum modal_output output,
                                      double hz, double rate_hz) {
    const double part = hz / rate_hz, height = pow(sin(PI * part) / PI, 2);
    double complex sum = 0;
    double rest = 1;
    for (int image = -IMAGES; image <= IMAGES; image++) {
        const double weight = height / pow(part + image, 2);
        sum += weight * modal_response(&built->modal, output, 2 * PI * I * (hz + image * rate_hz));
        rest -= weight;
    }
    return sum + rest * creal(modal_response(&built->modal, output, 2 * PI * I * IMAGES * rate_hz));
}

// Whether it does something so high that the sum above does not see it.
static bool acts_beyond(const struct modal *modal, double hz) {
    for (int k = 0; k < modal->mode_count; k++) {
        const double pole_hz = cabs(modal_pole(modal, k)) / (2 * PI);
        if (pole_hz > hz && pole_hz < FASTEST_HZ)
            return true;
    }
    return false;
}

static int compared;

static void assert_answers_to_lines(const struct built *built, double rate_hz, const char *what) {
    if (acts_beyond(&built->modal, rate_hz * IMAGES / 8))
        return;
    compared++;
    for (enum modal_output k = 0; k < MODAL_OUTPUTS; k++)
        for (double hz = 20; hz < 20001; hz *= 10) {
            const double complex wanted = answer_to_lines(built, k, hz, rate_hz);
            const double complex found = causal_answer(&built->causal, k, 2 * PI * hz / rate_hz);
            if (!(cabs(found / wanted - 1) <= LINES_PART))
                fail_msg("%s, %g Hz: %g instead of %g", what, hz, cabs(found), cabs(wanted));
        }
}

static void random_circuits_answer_to_straight_lines(void **state) {
    (void)state;
    for_numbered_networks(how_many(CIRCUITS), assert_answers_to_lines);
    assert_true(compared > how_many(CIRCUITS) / 4);
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
    for (enum modal_output k = 0; k < MODAL_OUTPUTS; k++) {
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
        cmocka_unit_test(random_circuits_answer_to_straight_lines),
        cmocka_unit_test(the_kernels_run_what_is_built),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
