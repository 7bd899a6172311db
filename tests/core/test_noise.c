// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Noise: its level, its spectrum, and that no two sources are alike.
#include "kernels.h"
#include "noise.h"
#include "random_circuit.h"
#include "transform.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define RATE_HZ   48000.0
#define BLOCK     65536
#define BLOCKS    24
#define LENGTH    (1 << 18)
#define LEVEL_DB  0.1 // of an RMS
#define OCTAVE_DB 1.0 // of an octave's RMS, chance included
#define SHAPE_DB  0.5 // of the design, where it is heard; it flattens below
#define RMS_V     3e-6
#define UNRELATED 0.01 // a correlation of LENGTH samples: five of its standard deviations

// --- Spectra ---

static void make_noise(const struct noise_shape *shape, struct noise_state *state,
                       struct random_lanes *random, float *to, int count) {
    memset(to, 0, (size_t)count * sizeof *to);
    for (int n = 0; n < count; n += CHUNK_MAX)
        noise_add(shape, state, random, kernels_select(), to + n, CHUNK_MAX);
}

// Mean power of each bin, V^2, by Welch's method with a Hann window.
static void find_spectrum(double v_rms, double corner_hz, double power[BLOCK / 2]) {
    static float noise[BLOCK];
    static double complex x[BLOCK];
    struct noise_shape shape;
    struct noise_state state = {0};
    struct random_lanes random;
    noise_design(&shape, RATE_HZ, v_rms, corner_hz);
    random_seed(&random, 5);
    memset(power, 0, BLOCK / 2 * sizeof *power);
    for (int block = -2; block < BLOCKS; block++) { // two blocks to settle
        make_noise(&shape, &state, &random, noise, BLOCK);
        if (block < 0)
            continue;
        for (int n = 0; n < BLOCK; n++)
            x[n] = (double)noise[n] * (1 - cos(2 * PI * n / BLOCK));
        transform(BLOCK, x);
        for (int k = 0; k < BLOCK / 2; k++) // both signs of a frequency; the window's power is 1.5
            power[k] += 2 * pow(cabs(x[k]) / BLOCK, 2) / 1.5 / BLOCKS;
    }
}

static double band_rms(const double power[BLOCK / 2], double low_hz, double high_hz) {
    double sum = 0;
    for (int k = 0; k < BLOCK / 2; k++) {
        const double hz = k * RATE_HZ / BLOCK;
        sum += hz >= low_hz && hz < high_hz ? power[k] : 0;
    }
    return sqrt(sum);
}

static void the_audible_rms_is_as_asked_for(void **state) {
    (void)state;
    static double power[BLOCK / 2];
    static const double corners_hz[] = {0, 10, 300, 10000};
    for (size_t i = 0; i < sizeof corners_hz / sizeof *corners_hz; i++) {
        find_spectrum(RMS_V, corners_hz[i], power);
        assert_near(to_db(band_rms(power, 20, 20000) / RMS_V), 0, LEVEL_DB);
    }
}

// int (1 + corner / f) df over each octave
static void octaves_follow_the_corner(void **state) {
    (void)state;
    static double power[BLOCK / 2];
    for (double corner_hz = 50; corner_hz < 10000; corner_hz *= 5) {
        const double density = noise_density(RMS_V, corner_hz);
        find_spectrum(RMS_V, corner_hz, power);
        for (double hz = 20; hz < 16000; hz *= 2) {
            const double expected = sqrt(density * (hz + corner_hz * log(2)));
            assert_near(to_db(band_rms(power, hz, 2 * hz) / expected), 0, OCTAVE_DB);
        }
    }
}

static void density_is_that_of_the_band(void **state) {
    (void)state;
    assert_near(noise_density(2, 0), 4.0 / 19980, 1e-15);
    assert_near(noise_density(2, 1000), 4.0 / (19980 + 1000 * log(1000)), 1e-15);
}

static double designed_gain(const struct noise_shape *shape, double hz, double rate_hz) {
    const double complex z = cexp(-2 * PI * I * hz / rate_hz);
    double complex gain = shape->direct;
    for (int k = 0; k < NOISE_SECTIONS; k++)
        gain += shape->residue[k] / (1 - shape->pole[k] * z);
    return cabs(gain);
}

static void at_every_rate_the_shape_is_the_same(void **state) {
    (void)state;
    for (double rate_hz = 44100; rate_hz < 800000; rate_hz *= 2)
        for (double corner_hz = 2; corner_hz <= 10000; corner_hz *= 3) {
            struct noise_shape shape;
            noise_design(&shape, rate_hz, RMS_V, corner_hz);
            const double density = noise_density(RMS_V, corner_hz) * rate_hz / 2;
            for (double hz = 20; hz < 20000; hz *= 1.2) {
                const double found = shape.sigma * designed_gain(&shape, hz, rate_hz);
                const double expected = sqrt(density * (1 + corner_hz / hz));
                assert_near(to_db(found / expected), 0, SHAPE_DB);
            }
        }
}

static void below_a_hertz_it_is_flat(void **state) {
    (void)state;
    struct noise_shape shape;
    noise_design(&shape, 192000, RMS_V, 1000);
    const double slow = designed_gain(&shape, 1e-4, 192000);
    assert_near(to_db(designed_gain(&shape, 0.1, 192000) / slow), 0, 0.2);
    const double at_1_hz = to_db(slow / designed_gain(&shape, 1, 192000));
    assert_in_range((int)(10 * at_1_hz), 5, 40);
}

// --- Randomness ---

static double correlation(const float *a, const float *b, int count) {
    double aa = 0, bb = 0, ab = 0;
    for (int n = 0; n < count; n++) {
        aa += (double)a[n] * (double)a[n];
        bb += (double)b[n] * (double)b[n];
        ab += (double)a[n] * (double)b[n];
    }
    return ab / sqrt(aa * bb);
}

static void white_noise(uint64_t seed, float *to, int count) {
    struct noise_shape shape;
    struct noise_state state = {0};
    struct random_lanes random;
    noise_design(&shape, RATE_HZ, 1, 0);
    random_seed(&random, seed);
    make_noise(&shape, &state, &random, to, count);
}

static void it_is_white_and_nearly_normal(void **state) {
    (void)state;
    static float x[LENGTH];
    white_noise(1, x, LENGTH);
    double mean = 0, square = 0, fourth = 0;
    for (int n = 0; n < LENGTH; n++) {
        mean += (double)x[n] / LENGTH;
        square += pow((double)x[n], 2) / LENGTH;
        fourth += pow((double)x[n], 4) / LENGTH;
    }
    assert_near(mean / sqrt(square), 0, UNRELATED);
    assert_near(fourth / (square * square), 2.7, 0.05);
    for (int lag = 1; lag < 20; lag++)
        assert_near(correlation(x, x + lag, LENGTH - lag), 0, UNRELATED);
}

static void one_stream_feeds_unrelated_sources(void **state) {
    (void)state;
    static float a[LENGTH], b[LENGTH];
    struct noise_shape shape;
    struct random_lanes random;
    noise_design(&shape, RATE_HZ, 1, 0);
    random_seed(&random, 3);
    memset(a, 0, sizeof a);
    memset(b, 0, sizeof b);
    struct noise_state state_a = {0}, state_b = {0};
    for (int n = 0; n < LENGTH; n += 64) { // taking turns, as the legs of an amplifier do
        noise_add(&shape, &state_a, &random, kernels_select(), a + n, 64);
        noise_add(&shape, &state_b, &random, kernels_select(), b + n, 64);
    }
    for (int lag = 0; lag <= 64; lag += 8)
        assert_near(correlation(a, b + lag, LENGTH - lag), 0, UNRELATED);
}

static void seeds_repeat_and_differ(void **state) {
    (void)state;
    static float a[LENGTH], b[LENGTH];
    white_noise(1, a, LENGTH);
    white_noise(1, b, LENGTH);
    assert_memory_equal(a, b, sizeof a);
    for (uint64_t seed = 2; seed < 8; seed++) {
        white_noise(seed, b, LENGTH);
        assert_near(correlation(a, b, LENGTH), 0, UNRELATED);
    }
    white_noise(~(uint64_t)1, b, LENGTH);
    assert_near(correlation(a, b, LENGTH), 0, UNRELATED);
}

static void it_is_added_in_any_pieces(void **state) {
    (void)state;
    static float whole[LENGTH], pieces[LENGTH];
    struct noise_shape shape;
    struct noise_state state_a = {0}, state_b = {0};
    struct random_lanes random_a, random_b;
    struct dice dice = {91};
    noise_design(&shape, RATE_HZ, 1, 500);
    random_seed(&random_a, 4);
    random_b = random_a;
    for (int n = 0; n < LENGTH; n++)
        whole[n] = pieces[n] = (float)sin(0.01 * n);
    for (int n = 0; n < LENGTH; n += CHUNK_MAX)
        noise_add(&shape, &state_a, &random_a, kernels_select(), whole + n, CHUNK_MAX);
    for (int n = 0; n < LENGTH;) {
        int count = GROUP * (1 + roll_index(&dice, CHUNK_MAX / GROUP));
        count = count < LENGTH - n ? count : LENGTH - n;
        noise_add(&shape, &state_b, &random_b, kernels_select(), pieces + n, count);
        n += count;
    }
    assert_memory_equal(whole, pieces, sizeof whole);
}

static void no_noise_changes_nothing(void **state) {
    (void)state;
    float x[64];
    struct noise_shape shape;
    struct noise_state noise = {0};
    struct random_lanes random;
    noise_design(&shape, RATE_HZ, 0, 100);
    random_seed(&random, 1);
    for (int n = 0; n < 64; n++)
        x[n] = (float)n;
    noise_add(&shape, &noise, &random, kernels_select(), x, 64);
    for (int n = 0; n < 64; n++)
        assert_true(x[n] == (float)n);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_audible_rms_is_as_asked_for),
        cmocka_unit_test(octaves_follow_the_corner),
        cmocka_unit_test(density_is_that_of_the_band),
        cmocka_unit_test(at_every_rate_the_shape_is_the_same),
        cmocka_unit_test(below_a_hertz_it_is_flat),
        cmocka_unit_test(it_is_white_and_nearly_normal),
        cmocka_unit_test(one_stream_feeds_unrelated_sources),
        cmocka_unit_test(seeds_repeat_and_differ),
        cmocka_unit_test(it_is_added_in_any_pieces),
        cmocka_unit_test(no_noise_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
