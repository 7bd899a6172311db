// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// How a signal moves between samples: exact where it must be, best where it is heard.
#include "hold.h"
#include "random_circuit.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define BAND_HZ 20000.0

static const double rates_hz[] = {88200, 96000, 176400, 192000, 352800, 768000};
#define RATES (int)(sizeof rates_hz / sizeof *rates_hz)

static double weight_at(const struct hold *hold, int tap, double t) {
    double sum = 0;
    for (int m = HOLD_TERMS - 1; m >= 0; m--)
        sum = sum * t + hold->weight[m][tap];
    return sum;
}

// What becomes of e^(jwt) between its samples.
static double complex follow(const struct hold *hold, double hz, double t) {
    double complex sum = 0;
    for (int j = 0; j < HOLD_TAPS; j++)
        sum += weight_at(hold, j, t) * cexp(2 * PI * I * hz * hold->step_s * (j - HOLD_PAST));
    return sum;
}

static void it_passes_through_both_samples(void **state) {
    (void)state;
    struct hold hold;
    for (int r = 0; r < RATES; r++) {
        hold_init(&hold, rates_hz[r]);
        assert_near(hold.step_s, 1 / rates_hz[r], 0);
        for (int j = 0; j < HOLD_TAPS; j++) {
            assert_near(weight_at(&hold, j, 0), j == HOLD_PAST, 1e-12);
            assert_near(weight_at(&hold, j, 1), j == HOLD_PAST + 1, 1e-9);
        }
    }
}

static void a_constant_stays_constant(void **state) {
    (void)state;
    struct hold hold;
    for (int r = 0; r < RATES; r++) {
        hold_init(&hold, rates_hz[r]);
        for (double t = 0; t <= 1; t += 0.01)
            assert_near(cabs(follow(&hold, 0, t) - 1), 0, 1e-7);
    }
}

// 0.001 dB is 1.15e-4.
static void the_band_is_followed(void **state) {
    (void)state;
    struct hold hold;
    for (int r = 0; r < RATES; r++) {
        double worst = 0;
        hold_init(&hold, rates_hz[r]);
        for (double hz = 100; hz <= BAND_HZ; hz += 100)
            for (double t = 0; t <= 1; t += 0.05) {
                const double complex exact = cexp(2 * PI * I * hz * hold.step_s * t);
                worst = fmax(worst, cabs(follow(&hold, hz, t) - exact));
            }
        if (!(worst <= (r == 0 ? 5e-4 : 3e-4)))
            fail_msg("%g Hz: error %g", rates_hz[r], worst);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_passes_through_both_samples),
        cmocka_unit_test(a_constant_stays_constant),
        cmocka_unit_test(the_band_is_followed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
