// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Known lags are found: in noise, in something like speech, in tones, through filters, in opposite
// polarity; and none where there is none.
#include "lag.h"
#include "programme.h"
#include "random_circuit.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define RATE_HZ 48000.0

enum { WINDOWS = 12, APART = 8192, LENGTH = (WINDOWS + 1) * APART };

static const int lags[] = {0, 1, -1, 17, -100, 511, LAG_MAX, -LAG_MAX};
#define LAGS (sizeof lags / sizeof *lags)

static struct lag_finder finder;

// The left channels.
static int find(const struct programme *a, const struct programme *b) {
    lag_restart(&finder);
    for (int window = 0; window < WINDOWS; window++) {
        const int end = (window + 1) * APART;
        lag_load(&finder, a->channel[0] + end - LAG_MAX - LAG_FRAMES_A,
                 b->channel[0] + end - LAG_FRAMES_B);
        int slices = 0;
        while (!lag_step(&finder))
            slices++;
        assert_int_equal(slices + 1, LAG_SLICES);
    }
    assert_int_equal(finder.windows, WINDOWS);
    return lag_found(&finder);
}

static void lags_are_found_whatever_the_gain(void **state) {
    (void)state;
    static const double gains[] = {1, -1, 0.001, -30};
    struct programme a = programme_new(LENGTH, RATE_HZ, 0.3, 1);
    for (size_t i = 0; i < LAGS; i++)
        for (size_t k = 0; k < sizeof gains / sizeof *gains; k++) {
            struct programme b = programme_shifted(&a, gains[k], lags[i]);
            assert_int_equal(find(&a, &b), lags[i]);
            programme_free(&b);
        }
    programme_free(&a);
}

static void lags_are_found_under_noise(void **state) {
    (void)state;
    struct programme a = programme_new(LENGTH, RATE_HZ, 0.3, 2);
    struct programme other = programme_new(LENGTH, RATE_HZ, 0.3, 3);
    for (size_t i = 0; i < LAGS; i++) {
        struct programme b = programme_shifted(&a, 1, lags[i]);
        programme_add(&b, &other, 0.7);
        assert_int_equal(find(&a, &b), lags[i]);
        programme_free(&b);
    }
    programme_free(&a);
    programme_free(&other);
}

static double pole_at(double hz) {
    return exp(-2 * PI * hz / RATE_HZ);
}

static void low_pass(float *x, double hz) {
    double smooth = 0;
    for (int n = 0; n < LENGTH; n++) {
        smooth += (1 - pole_at(hz)) * ((double)x[n] - smooth);
        x[n] = (float)smooth;
    }
}

static void high_pass(float *x, double hz) {
    double bass = 0;
    for (int n = 0; n < LENGTH; n++) {
        bass += (1 - pole_at(hz)) * ((double)x[n] - bass);
        x[n] -= (float)bass;
    }
}

// What 10 uF do with 32 ohm, and a low-pass at 15 kHz, to a sound full of bass. What they do to the
// phase of the bass must not move what is found.
static void lags_are_found_through_filters(void **state) {
    (void)state;
    struct programme a = programme_new(LENGTH, RATE_HZ, 0.3, 4);
    low_pass(a.channel[0], 150);
    for (size_t i = 0; i < LAGS; i++) {
        struct programme b = programme_shifted(&a, 1, lags[i]);
        high_pass(b.channel[0], 500);
        low_pass(b.channel[0], 15000);
        assert_int_equal(find(&a, &b), lags[i]);
        programme_free(&b);
    }
    programme_free(&a);
}

// Many lags fit a tone; the nearest is the best guess.
static void of_a_tones_lags_the_least_is_found(void **state) {
    (void)state;
    static const double tones_hz[] = {100, 1000, 6000};
    for (size_t tone = 0; tone < sizeof tones_hz / sizeof *tones_hz; tone++) {
        struct programme a = programme_new(LENGTH, RATE_HZ, 0, 5);
        for (int n = 0; n < LENGTH; n++)
            a.channel[0][n] = (float)sin(2 * PI * tones_hz[tone] / RATE_HZ * n);
        const int half_period = (int)(RATE_HZ / tones_hz[tone] / 2);
        for (int lag = -half_period / 4; lag <= half_period / 4; lag += 1 + half_period / 8) {
            struct programme b = programme_shifted(&a, 1, lag);
            assert_int_equal(find(&a, &b), lag);
            programme_free(&b);
        }
        programme_free(&a);
    }
}

static void strangers_have_none(void **state) {
    (void)state;
    for (uint64_t seed = 10; seed < 30; seed += 2) {
        struct programme a = programme_new(LENGTH, RATE_HZ, 0.3, seed);
        struct programme b = programme_new(LENGTH, RATE_HZ, 0.3, seed + 1);
        assert_int_equal(find(&a, &b), 0);
        programme_free(&a);
        programme_free(&b);
    }
}

static void silence_has_none(void **state) {
    (void)state;
    struct programme silent = programme_new(LENGTH, RATE_HZ, 0, 6);
    struct programme loud = programme_new(LENGTH, RATE_HZ, 1, 6);
    assert_int_equal(find(&silent, &silent), 0);
    assert_int_equal(find(&silent, &loud), 0);
    assert_int_equal(find(&loud, &silent), 0);
    programme_free(&silent);
    programme_free(&loud);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lags_are_found_whatever_the_gain),
        cmocka_unit_test(lags_are_found_under_noise),
        cmocka_unit_test(lags_are_found_through_filters),
        cmocka_unit_test(of_a_tones_lags_the_least_is_found),
        cmocka_unit_test(strangers_have_none),
        cmocka_unit_test(silence_has_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
