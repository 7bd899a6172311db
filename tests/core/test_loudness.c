// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The difference in loudness: of plain gains, of tones as BS.1770 weights them, and against what
// libebur128 integrates by itself.
#include "loudness.h"
#include "programme.h"
#include "random_circuit.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const double rates_hz[] = {8000, 22050, 44100, 48000, 88200, 192000};
#define RATES (sizeof rates_hz / sizeof *rates_hz)

static void hear(struct loudness *loudness, const struct programme *a, const struct programme *b,
                 int from, int to) {
    struct dice dice = {1};
    for (int done = from; done < to;) {
        int count = roll_index(&dice, LOUDNESS_FRAMES_MAX + 1);
        count = count < to - done ? count : to - done;
        loudness_add(loudness, (const float *const[]){a->channel[0] + done, a->channel[1] + done},
                     (const float *const[]){b->channel[0] + done, b->channel[1] + done}, count);
        done += count;
    }
}

static double difference(const struct programme *a, const struct programme *b, double rate_hz) {
    struct loudness loudness;
    assert_true(loudness_init(&loudness, rate_hz));
    hear(&loudness, a, b, 0, a->frames);
    loudness_free(&loudness);
    return loudness.difference_db;
}

static struct programme tone(int frames, double rate_hz, double hz, double amplitude) {
    struct programme programme = programme_new(frames, rate_hz, 0, 1);
    for (int n = 0; n < frames; n++)
        programme.channel[0][n] = programme.channel[1][n] =
            (float)(amplitude * sin(2 * PI * hz / rate_hz * n));
    return programme;
}

static void a_gain_reads_as_what_it_is(void **state) {
    (void)state;
    static const double gains_db[] = {0, 0.05, -0.05, 6, -20, 33, -45};
    for (size_t rate = 0; rate < RATES; rate++) {
        struct programme a = programme_new((int)(6 * rates_hz[rate]), rates_hz[rate], 0.1, 2);
        for (size_t i = 0; i < sizeof gains_db / sizeof *gains_db; i++) {
            struct programme b = programme_shifted(&a, from_db(gains_db[i]), 0);
            assert_near(difference(&a, &b, rates_hz[rate]), gains_db[i], 1e-5);
            assert_near(difference(&b, &a, rates_hz[rate]), -gains_db[i], 1e-2);
            programme_free(&b);
        }
        programme_free(&a);
    }
}

// BS.1770-4, table of the K-weighting: 0 dB at 997 Hz by calibration (with the offset), +4.0 dB far
// above the shelf. Figures at 48 kHz from the recommendation's own coefficients.
static double k_weighting_db(double hz) {
    static const double shelf_b[] = {1.53512485958697, -2.69169618940638, 1.19839281085285};
    static const double shelf_a[] = {1.0, -1.69065929318241, 0.73248077421585};
    static const double pass_b[] = {1.0, -2.0, 1.0};
    static const double pass_a[] = {1.0, -1.99004745483398, 0.99007225036621};
    const double complex z = cexp(-2 * PI * I * hz / 48000);
    const double complex shelf = (shelf_b[0] + z * (shelf_b[1] + z * shelf_b[2])) /
                                 (shelf_a[0] + z * (shelf_a[1] + z * shelf_a[2]));
    const double complex pass = (pass_b[0] + z * (pass_b[1] + z * pass_b[2])) /
                                (pass_a[0] + z * (pass_a[1] + z * pass_a[2]));
    return to_db(cabs(shelf * pass));
}

static void tones_are_weighted_as_the_recommendation_says(void **state) {
    (void)state;
    static const double tones_hz[] = {30, 60, 200, 2000, 4000, 10000, 18000};
    struct programme a = tone(3 * 48000, 48000, 1000, 0.1);
    for (size_t i = 0; i < sizeof tones_hz / sizeof *tones_hz; i++) {
        struct programme b = tone(3 * 48000, 48000, tones_hz[i], 0.1);
        assert_near(difference(&a, &b, 48000), k_weighting_db(tones_hz[i]) - k_weighting_db(1000),
                    0.02);
        programme_free(&b);
    }
    programme_free(&a);
}

static double integrated_lufs(const struct programme *programme, double rate_hz) {
    ebur128_state *meter = ebur128_init(2, (unsigned long)rate_hz, EBUR128_MODE_I);
    double lufs = 0;
    for (int n = 0; n < programme->frames; n++)
        ebur128_add_frames_float(
            meter, (const float[]){programme->channel[0][n], programme->channel[1][n]}, 1);
    ebur128_loudness_global(meter, &lufs);
    ebur128_destroy(&meter);
    return lufs;
}

// Within what its gates see otherwise: they look at B itself.
static void it_agrees_with_integrated_loudness(void **state) {
    (void)state;
    for (size_t rate = 0; rate < RATES; rate++) {
        const int frames = (int)(10 * rates_hz[rate]);
        struct programme a = programme_new(frames, rates_hz[rate], 0.1, 3);
        struct programme other = programme_new(frames, rates_hz[rate], 0.1, 4);
        struct programme b = programme_shifted(&a, 0.5, 0);
        programme_add(&b, &other, 0.1);
        assert_near(difference(&a, &b, rates_hz[rate]),
                    integrated_lufs(&b, rates_hz[rate]) - integrated_lufs(&a, rates_hz[rate]), 0.1);
        programme_free(&a);
        programme_free(&b);
        programme_free(&other);
    }
}

static void silence_reads_the_bounds(void **state) {
    (void)state;
    struct programme loud = programme_new(48000, 48000, 0.1, 5);
    struct programme silent = programme_new(48000, 48000, 0, 5);
    assert_true(difference(&loud, &silent, 48000) == -LOUDNESS_LIMIT_DB);
    assert_true(difference(&silent, &loud, 48000) == LOUDNESS_LIMIT_DB);
    assert_true(difference(&silent, &silent, 48000) == 0);
    programme_free(&loud);
    programme_free(&silent);
}

// A pause changes neither the difference nor the number of blocks.
static void a_pause_does_not_count(void **state) {
    (void)state;
    struct loudness loudness;
    struct programme a = programme_new(48000, 48000, 0.1, 6);
    struct programme b = programme_shifted(&a, 0.5, 0);
    struct programme silent = programme_new(10 * 48000, 48000, 0, 6);
    assert_true(loudness_init(&loudness, 48000));
    hear(&loudness, &a, &b, 0, a.frames);
    hear(&loudness, &silent, &silent, 0, 48000);
    const int soundings = loudness.soundings;
    const double before_db = loudness.difference_db;
    assert_true(soundings > 0);
    assert_false(loudness.sounding);
    hear(&loudness, &silent, &silent, 0, silent.frames);
    assert_int_equal(loudness.soundings, soundings);
    assert_true(loudness.difference_db == before_db);
    loudness_restart(&loudness);
    hear(&loudness, &silent, &silent, 0, silent.frames);
    assert_true(loudness.difference_db == before_db);
    loudness_reset(&loudness);
    assert_true(loudness.difference_db == 0);
    loudness_free(&loudness);
    programme_free(&a);
    programme_free(&b);
    programme_free(&silent);
}

// What was before is not heard after: neither from the blocks nor from the filters.
static void a_restart_forgets(void **state) {
    (void)state;
    struct loudness loudness;
    struct programme a = programme_new(48000, 48000, 0.1, 7);
    struct programme loud = programme_shifted(&a, 100, 0);
    struct programme b = programme_shifted(&a, 0.5, 0);
    assert_true(loudness_init(&loudness, 48000));
    hear(&loudness, &a, &loud, 0, a.frames);
    assert_near(loudness.difference_db, 40, 1e-4);
    loudness_restart(&loudness);
    hear(&loudness, &a, &b, 0, a.frames);
    assert_near(loudness.difference_db, to_db(0.5), 1e-3);
    loudness_free(&loudness);
    programme_free(&a);
    programme_free(&b);
    programme_free(&loud);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gain_reads_as_what_it_is),
        cmocka_unit_test(tones_are_weighted_as_the_recommendation_says),
        cmocka_unit_test(it_agrees_with_integrated_loudness),
        cmocka_unit_test(silence_reads_the_bounds),
        cmocka_unit_test(a_pause_does_not_count),
        cmocka_unit_test(a_restart_forgets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
