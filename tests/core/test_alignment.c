// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// An alignment is found in a few seconds of sound, held, and given up.
#include "alignment.h"
#include "programme.h"
#include "random_circuit.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define MATCHED_DB 0.05

static struct aligner aligner;
static struct tape tapes[2];
static int heard; // frames

static int prepare(void **state) {
    (void)state;
    tape_clear(&tapes[0]);
    tape_clear(&tapes[1]);
    heard = 0;
    return 0;
}

// Until it is done or there is no more; what has been heard is counted.
static void hear(const struct programme *a, const struct programme *b, bool wanted) {
    for (int at = 0; at + ALIGNMENT_TICK <= a->frames; at += ALIGNMENT_TICK) {
        tape_write(&tapes[0], a->channel[0] + at, a->channel[1] + at, ALIGNMENT_TICK);
        tape_write(&tapes[1], b->channel[0] + at, b->channel[1] + at, ALIGNMENT_TICK);
        aligner_add(&aligner, &tapes[0], &tapes[1], ALIGNMENT_TICK);
        aligner_tick(&aligner, wanted, &tapes[0], &tapes[1]);
        heard += ALIGNMENT_TICK;
        if (aligner.stage == ALIGNMENT_DONE)
            return;
    }
}

static void assert_aligned(double gain_db, int lag) {
    const struct alignment result = aligner_result(&aligner);
    assert_int_equal(aligner.stage, ALIGNMENT_DONE);
    assert_int_equal(result.lag, lag);
    assert_near(to_db((double)result.gain), gain_db, MATCHED_DB);
    assert_near(aligner_difference_db(&aligner, &result), 0, MATCHED_DB);
}

static void a_known_gain_and_lag_are_undone(void **state) {
    (void)state;
    static const struct {
        double rate_hz, gain_db;
        int lag;
    } cases[] = {
        {48000, 0, 0},       {48000, 6, 100},   {48000, -6, -100}, {48000, -0.3, 1024},
        {48000, 0.3, -1024}, {44100, -20, 7},   {96000, 12, 333},  {192000, -3, -900},
        {22050, 1, 50},      {48000, -39, -11},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const int frames = (int)(20 * fmax(cases[i].rate_hz, 48000));
        struct programme a = programme_new(frames, cases[i].rate_hz, 0.1, 10 + i);
        struct programme b = programme_shifted(&a, from_db(cases[i].gain_db), cases[i].lag);
        assert_true(aligner_init(&aligner, cases[i].rate_hz));
        prepare(NULL);
        hear(&a, &b, true);
        assert_aligned(-cases[i].gain_db, cases[i].lag);
        aligner_free(&aligner);
        programme_free(&a);
        programme_free(&b);
    }
}

// With noise 20 dB below, which adds 0.04 dB to B.
static void a_noisy_copy_is_matched(void **state) {
    (void)state;
    struct programme a = programme_new(20 * 48000, 48000, 0.1, 30);
    struct programme noise = programme_new(20 * 48000, 48000, 0.1, 31);
    struct programme b = programme_shifted(&a, 0.5, -640);
    programme_add(&b, &noise, 0.05);
    assert_true(aligner_init(&aligner, 48000));
    hear(&a, &b, true);
    assert_aligned(to_db(2) - 0.04, -640);
    aligner_free(&aligner);
    programme_free(&a);
    programme_free(&noise);
    programme_free(&b);
}

// Some seconds of sound: pauses do not count, and of silence nothing is concluded.
static void it_takes_sound_not_time(void **state) {
    (void)state;
    struct programme a = programme_new(20 * 48000, 48000, 0.1, 32);
    struct programme b = programme_shifted(&a, 0.7, 5);
    struct programme silent = programme_new(20 * 48000, 48000, 0, 32);
    assert_true(aligner_init(&aligner, 48000));
    hear(&silent, &silent, true);
    hear(&silent, &b, true);
    hear(&silent, &silent,
         true); // a block must not hold the end of one and the beginning of another
    hear(&a, &silent, true);
    assert_int_equal(aligner.stage, ALIGNMENT_FINDS_LAG);
    assert_int_equal(aligner.finder.windows, 0);
    heard = 0;
    hear(&a, &b, true);
    assert_aligned(to_db(1 / 0.7), 5);
    assert_in_range(heard, 7 * 48000, 15 * 48000); // a good part of it is pauses
    aligner_free(&aligner);
    programme_free(&a);
    programme_free(&b);
    programme_free(&silent);
}

static void it_holds_until_it_is_not_wanted(void **state) {
    (void)state;
    struct programme a = programme_new(20 * 48000, 48000, 0.1, 33);
    struct programme b = programme_shifted(&a, 0.7, 5);
    struct programme other = programme_shifted(&a, 0.1, -5);
    assert_true(aligner_init(&aligner, 48000));
    hear(&a, &b, false);
    assert_int_equal(aligner.stage, ALIGNMENT_OFF);
    const struct alignment before = aligner_result(&aligner);
    assert_true(alignment_same(&before, &alignment_none));
    hear(&a, &b, true);
    const struct alignment found = aligner_result(&aligner);
    for (int i = 0; i < 10000; i++) // returns at once, each time
        hear(&a, &other, true);
    const struct alignment held = aligner_result(&aligner);
    assert_true(alignment_same(&held, &found));
    aligner_tick(&aligner, false, &tapes[0], &tapes[1]);
    const struct alignment given_up = aligner_result(&aligner);
    assert_true(alignment_same(&given_up, &alignment_none));
    hear(&a, &other, true);
    assert_aligned(20, -5);
    aligner_reset(&aligner);
    assert_int_equal(aligner.stage, ALIGNMENT_OFF);
    aligner_free(&aligner);
    programme_free(&a);
    programme_free(&b);
    programme_free(&other);
}

// What cannot be matched within the range of the gain is brought as near as that.
static void the_gain_has_a_limit(void **state) {
    (void)state;
    struct programme a = programme_new(20 * 48000, 48000, 0.1, 34);
    struct programme b = programme_shifted(&a, 200, 0);
    assert_true(aligner_init(&aligner, 48000));
    hear(&a, &b, true);
    const struct alignment result = aligner_result(&aligner);
    assert_near(to_db((double)result.gain), -40, 1e-4);
    assert_near(aligner_difference_db(&aligner, &result), to_db(200) - 40, 1e-3);
    aligner_free(&aligner);
    programme_free(&a);
    programme_free(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_known_gain_and_lag_are_undone, prepare),
        cmocka_unit_test_setup(a_noisy_copy_is_matched, prepare),
        cmocka_unit_test_setup(it_takes_sound_not_time, prepare),
        cmocka_unit_test_setup(it_holds_until_it_is_not_wanted, prepare),
        cmocka_unit_test_setup(the_gain_has_a_limit, prepare),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
