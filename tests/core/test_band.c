// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// A response as a short FIR: exact where it can be, close where it is smooth.
#include "band.h"
#include "random_circuit.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define BAND_HZ 20000.0

static const double rates_hz[] = {88200, 96000, 176400, 192000, 352800, 384000, 768000};
#define RATES (int)(sizeof rates_hz / sizeof *rates_hz)

static double complex answer(const double tap[BAND_TAPS], double w) {
    double complex sum = 0;
    for (int t = 0; t < BAND_TAPS; t++)
        sum += tap[t] * cexp(I * w * (BAND_LATENCY - t));
    return sum;
}

static void taps_come_back_as_they_are(void **state) {
    (void)state;
    struct band band;
    struct dice dice = {1};
    for (int r = 0; r < RATES; r++) {
        band_init(&band, rates_hz[r]);
        assert_near(band.step_s, 1 / rates_hz[r], 0);
        for (int t = 0; t < BAND_TAPS; t++) {
            double tap[BAND_TAPS] = {0}, found[BAND_TAPS];
            double complex response[BAND_POINTS];
            tap[t] = roll_between(&dice, -1, 1);
            for (int i = 0; i < BAND_POINTS; i++)
                response[i] = answer(tap, band.w[i]);
            band_fit(&band, response, found);
            for (int k = 0; k < BAND_TAPS; k++)
                assert_near(found[k], tap[k], 1e-6);
        }
    }
}

// A resonance of hardly any loss, in units of its answer at 0 Hz, or, as a differentiator, at
// 20 kHz.
static double complex resonance(double part, bool differentiates, double hz, double rate_hz) {
    const double x = hz / (part * rate_hz), top = BAND_HZ / (part * rate_hz);
    return differentiates ? I * x / (1 - x * x) * (1 - top * top) / top : 1 / (1 - x * x);
}

static double worst_error(const struct band *band, double part, bool differentiates) {
    const double rate_hz = 1 / band->step_s;
    double complex response[BAND_POINTS];
    double tap[BAND_TAPS], worst = 0;
    for (int i = 0; i < BAND_POINTS; i++)
        response[i] = resonance(part, differentiates, band->w[i] * rate_hz / (2 * PI), rate_hz);
    band_fit(band, response, tap);
    for (double hz = 1; hz <= BAND_HZ; hz *= 1.02) {
        const double complex exact = resonance(part, differentiates, hz, rate_hz);
        worst = fmax(worst, cabs(answer(tap, 2 * PI * hz / rate_hz) - exact) * BAND_HZ / hz);
    }
    return worst;
}

// The error is in proportion to the frequency.
static void resonances_above_the_nyquist_frequency_are_followed(void **state) {
    (void)state;
    struct band band;
    for (int r = 0; r < RATES; r++) {
        band_init(&band, rates_hz[r]);
        for (double part = 0.5; part < 10; part *= 1.1)
            for (int differentiates = 0; differentiates < 2; differentiates++) {
                const double error = worst_error(&band, part, differentiates);
                if (!(error <= 5e-5))
                    fail_msg("%g Hz: error %g at %g of the rate", rates_hz[r], error, part);
            }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(taps_come_back_as_they_are),
        cmocka_unit_test(resonances_above_the_nyquist_frequency_are_followed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
