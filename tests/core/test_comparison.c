// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// What is heard of A and B, how one becomes the other, and that the way does not tell where it
// leads.
#include "comparison.h"
#include "programme.h"
#include "random_circuit.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define RATE_HZ 48000.0

enum { FADE = 240, SECOND = 48000 };

static const struct comparison_controls known_a = {.view = 1, .is_known = true};
static const struct comparison_controls known_b = {.view = 2, .hears_b = true, .is_known = true};
static const struct comparison_controls hidden_a = {.view = 3};
static const struct comparison_controls hidden_b = {.view = 3, .hears_b = true};

static struct comparison_controls with_align(struct comparison_controls controls) {
    controls.align = true;
    return controls;
}

// Two signals going by, and what is heard of them; one after the other, from the beginning.
struct stage {
    struct comparison *comparison;
    struct programme a, b, out;
    int at;
};

// B is the programme, `gain` times as strong and later by `lag`.
static struct stage stage_new(int frames, double gain, int lag, uint64_t seed) {
    struct stage stage = {.comparison = comparison_new(RATE_HZ)};
    stage.a = programme_new(frames, RATE_HZ, 0.1, seed);
    stage.b = programme_shifted(&stage.a, gain, lag);
    stage.out = programme_new(frames, RATE_HZ, 0, seed);
    assert_non_null(stage.comparison);
    return stage;
}

static void stage_free(struct stage *stage) {
    comparison_free(stage->comparison);
    programme_free(&stage->a);
    programme_free(&stage->b);
    programme_free(&stage->out);
}

static void hear(struct stage *stage, const struct comparison_controls *controls, int frames) {
    const float *const a[2] = {stage->a.channel[0] + stage->at, stage->a.channel[1] + stage->at};
    const float *const b[2] = {stage->b.channel[0] + stage->at, stage->b.channel[1] + stage->at};
    float *const out[2] = {stage->out.channel[0] + stage->at, stage->out.channel[1] + stage->at};
    assert_true(stage->at + frames <= stage->a.frames);
    comparison_process(stage->comparison, controls, a, b, out, (uint32_t)frames);
    stage->at += frames;
}

// From frame `from` to where the stage is, the output is `of`, late as it should be.
static void assert_heard(const struct stage *stage, const struct programme *of, int from) {
    const int source = from - COMPARISON_LATENCY;
    assert_true(source >= 0 && from < stage->at);
    for (int channel = 0; channel < 2; channel++)
        assert_memory_equal(stage->out.channel[channel] + from, of->channel[channel] + source,
                            (size_t)(stage->at - from) * sizeof(float));
}

static double energy(const struct programme *programme, int from, int frames) {
    double sum = 0;
    for (int n = from; n < from + frames; n++)
        for (int channel = 0; channel < 2; channel++)
            sum += (double)programme->channel[channel][n] * (double)programme->channel[channel][n];
    return sum;
}

// --- Steady state ---

static void both_are_heard_to_the_bit(void **state) {
    (void)state;
    static const struct {
        const struct comparison_controls *controls;
        bool is_b;
    } cases[] = {{&known_a, false}, {&known_b, true}, {&hidden_a, false}, {&hidden_b, true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct stage stage = stage_new(SECOND, 0.7, 33, 1);
        stage.a.channel[0][5000] = -0.0F;
        stage.a.channel[1][5001] = 1e-41F;
        stage.b.channel[0][5002] = 100; // beyond what an alignment may do
        stage.b.channel[1][5003] = -0.0F;
        hear(&stage, cases[i].controls, SECOND);
        assert_heard(&stage, cases[i].is_b ? &stage.b : &stage.a, COMPARISON_LATENCY);
        for (int n = 0; n < COMPARISON_LATENCY; n++)
            assert_true(stage.out.channel[0][n] == 0);
        stage_free(&stage);
    }
}

// After each crossfade again.
static void every_way_leads_to_the_very_signal(void **state) {
    (void)state;
    struct stage stage = stage_new(10 * SECOND, 0.7, 33, 2);
    struct dice dice = {2};
    hear(&stage, &known_a, 2 * COMPARISON_LATENCY);
    for (int i = 0; i < 100; i++) {
        struct comparison_controls controls = known_a;
        controls.view = 10 + (uint32_t)i;
        controls.hears_b = roll(&dice) < 0.5;
        const int from = stage.at + FADE;
        hear(&stage, &controls, FADE + 1 + roll_index(&dice, 500));
        assert_heard(&stage, controls.hears_b ? &stage.b : &stage.a, from);
    }
    stage_free(&stage);
}

// --- The way there ---

// A is 1, B is -0.5: 5 ms of a smooth fall from one to the other, and no more.
static void a_crossfade_is_smooth_and_of_its_length(void **state) {
    (void)state;
    static const double rates_hz[] = {8000, 44100, 48000, 192000};
    for (size_t rate = 0; rate < sizeof rates_hz / sizeof *rates_hz; rate++) {
        const int fade = (int)lround(COMPARISON_FADE_S * rates_hz[rate]);
        struct stage stage = stage_new(4 * SECOND, 0, 0, 3);
        comparison_free(stage.comparison);
        stage.comparison = comparison_new(rates_hz[rate]);
        for (int n = 0; n < stage.a.frames; n++)
            for (int channel = 0; channel < 2; channel++) {
                stage.a.channel[channel][n] = 1;
                stage.b.channel[channel][n] = 0.5F;
            }
        hear(&stage, &known_a, SECOND);
        hear(&stage, &known_b, SECOND);
        const float *out = stage.out.channel[0] + SECOND - 1;
        assert_true(out[0] == 1 && out[fade - 1] > 0.5F && out[fade + 1] == 0.5F);
        for (int n = 1; n <= fade; n++) {
            assert_true(out[n] < out[n - 1]);
            assert_true(out[n - 1] - out[n] <= 1.5F * 0.5F / (float)fade * 1.01F);
        }
        stage_free(&stage);
    }
}

// Neither between what is the same, nor from something to itself while the other is like it.
static void where_nothing_changes_nothing_is_heard(void **state) {
    (void)state;
    static const double gains[] = {1, 0.5, 2, 0};
    for (size_t i = 0; i < sizeof gains / sizeof *gains; i++) {
        struct stage stage = stage_new(10 * SECOND, gains[i], 0, 4);
        hear(&stage, &known_a, 4 * SECOND);
        hear(&stage, &hidden_a, SECOND);
        assert_heard(&stage, &stage.a, COMPARISON_LATENCY);
        const int from = stage.at + FADE;
        hear(&stage, &known_b, SECOND);
        hear(&stage, &hidden_b, SECOND);
        assert_heard(&stage, &stage.b, from);
        stage_free(&stage);
    }
}

// Energy in the 5 ms of many crossfades from A to hidden, against that of A there, in dB. B has the
// energy of A, and as much of A's shape as `alike` says.
static double fade_level_db(double alike, bool to_b) {
    enum { FADES = 400, APART = 1301 };
    struct stage stage = stage_new(3 * SECOND + FADES * 2 * APART, alike, 0, 5);
    struct programme other = programme_new(stage.a.frames, RATE_HZ, 0.1, 6);
    struct programme plain = programme_shifted(&stage.a, 1, COMPARISON_LATENCY);
    programme_add(&stage.b, &other, sqrt(1 - alike * alike));
    double faded = 0, expected = 0;
    hear(&stage, &known_a, 3 * SECOND);
    for (int i = 0; i < FADES; i++) {
        const int from = stage.at;
        hear(&stage, to_b ? &hidden_b : &hidden_a, APART);
        hear(&stage, &known_a, APART);
        faded += energy(&stage.out, from, FADE);
        expected += energy(&plain, from, FADE);
    }
    stage_free(&stage);
    programme_free(&other);
    programme_free(&plain);
    return to_db(sqrt(faded / expected));
}

// The level on the way from A to A is that from A to B, whatever B is; and as long as B is not
// almost A upside down, that is the level of A.
static void the_level_on_the_way_does_not_tell(void **state) {
    (void)state;
    static const double shares[] = {1, 0.9, 0.5, 0, -0.4, -0.8, -0.99, -1};
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
        const double to_a_db = fade_level_db(shares[i], false);
        const double to_b_db = fade_level_db(shares[i], true);
        print_message("B = %5.2f A + rest: A to A %6.2f dB, A to B %6.2f dB\n", shares[i], to_a_db,
                      to_b_db);
        assert_near(to_a_db, to_b_db, 0.25);
        if (shares[i] > -0.5)
            assert_near(to_a_db, 0, 1e-6);
    }
}

// A request during a crossfade is answered after it; of two, the last.
static void a_request_on_the_way_waits(void **state) {
    (void)state;
    struct stage stage = stage_new(SECOND, 0.7, 33, 7);
    struct stage direct = stage_new(SECOND, 0.7, 33, 7);
    struct comparison_controls more = known_b;
    more.view = 9;
    hear(&stage, &known_a, 5000);
    hear(&stage, &known_b, 100);
    hear(&stage, &hidden_a, 50);
    hear(&stage, &known_a, 20);
    hear(&stage, &more, 5000);
    hear(&direct, &known_a, 5000);
    hear(&direct, &known_b, FADE);
    hear(&direct, &more, 5170 - FADE);
    for (int channel = 0; channel < 2; channel++)
        assert_memory_equal(stage.out.channel[channel], direct.out.channel[channel],
                            (size_t)stage.at * sizeof(float));
    stage_free(&stage);
    stage_free(&direct);
}

// --- Meters ---

static void meters_do_not_know_what_is_heard(void **state) {
    (void)state;
    struct stage stage = stage_new(6 * SECOND, 0.7, 0, 8);
    struct stage other = stage_new(6 * SECOND, 0.7, 0, 8);
    struct dice dice = {8};
    while (stage.at + 1000 < 6 * SECOND) {
        struct comparison_controls controls = {.view = (uint32_t)roll_index(&dice, 5),
                                               .hears_b = roll(&dice) < 0.5};
        hear(&stage, &controls, 1000);
        hear(&other, &known_a, 1000);
        const struct comparison_meters meters = comparison_meters(stage.comparison);
        const struct comparison_meters expected = comparison_meters(other.comparison);
        assert_memory_equal(&meters, &expected, sizeof meters);
    }
    assert_near(comparison_meters(stage.comparison).level_difference_db, to_db(0.7), 1e-4);
    assert_near(comparison_meters(stage.comparison).null_depth_db, -to_db(0.3), 1e-4);
    stage_free(&stage);
    stage_free(&other);
}

// --- Alignment ---

static void an_aligned_b_is_a(void **state) {
    (void)state;
    const struct comparison_controls controls = with_align(known_b);
    struct stage stage = stage_new(30 * SECOND, 0.5, 700, 9);
    hear(&stage, &controls, 20 * SECOND);
    // Three seconds for the null depth, which is that of a gain that is right within 0.05 dB.
    const struct comparison_meters meters = comparison_meters(stage.comparison);
    assert_near(meters.level_difference_db, 0, 0.05);
    assert_true(meters.null_depth_db > 45);
    // And off again.
    hear(&stage, &known_b, SECOND);
    const int from = stage.at;
    hear(&stage, &known_b, 4 * SECOND);
    assert_heard(&stage, &stage.b, from);
    assert_near(comparison_meters(stage.comparison).level_difference_db, to_db(0.5), 0.05);
    stage_free(&stage);
}

// Were it to move B while nobody is to know that it is B, that would tell.
static void an_alignment_waits_while_x_is_heard(void **state) {
    (void)state;
    for (int is_b = 0; is_b < 2; is_b++) {
        struct comparison_controls hidden = with_align(is_b ? hidden_b : hidden_a);
        struct stage stage = stage_new(40 * SECOND, 0.5, 700, 10);
        hear(&stage, &hidden, 20 * SECOND);
        hidden.view++;
        hear(&stage, &hidden, 5 * SECOND);
        assert_heard(&stage, is_b ? &stage.b : &stage.a, COMPARISON_LATENCY + 700);
        assert_near(comparison_meters(stage.comparison).level_difference_db, to_db(0.5), 0.05);
        const struct comparison_controls known = with_align(known_a);
        hear(&stage, &known, FADE);
        assert_near(comparison_meters(stage.comparison).level_difference_db, 0, 0.05);
        // Nor is it given up under X.
        hidden = is_b ? hidden_b : hidden_a;
        hear(&stage, &hidden, SECOND);
        assert_near(comparison_meters(stage.comparison).level_difference_db, 0, 0.05);
        hear(&stage, &known_b, SECOND);
        assert_near(comparison_meters(stage.comparison).level_difference_db, to_db(0.5), 0.05);
        stage_free(&stage);
    }
}

// Seen as steps of a signal that has none itself: a slow tone under a tiny noise to align by.
static void an_alignment_comes_without_a_click(void **state) {
    (void)state;
    const struct comparison_controls controls = with_align(known_b);
    struct stage stage = stage_new(20 * SECOND, 0, 0, 11);
    struct dice dice = {11};
    for (int n = 0; n < stage.a.frames; n++) {
        const double x = 0.5 * sin(2 * PI * 200 / RATE_HZ * n) + 1e-4 * roll_between(&dice, -1, 1);
        stage.a.channel[0][n] = stage.a.channel[1][n] = (float)x;
    }
    programme_free(&stage.b);
    stage.b = programme_shifted(&stage.a, 0.25, 60); // a quarter of a period
    hear(&stage, &controls, 20 * SECOND);
    assert_near(comparison_meters(stage.comparison).level_difference_db, 0, 0.05);
    double steepest = 0;
    for (int n = 2 * SECOND; n < stage.at; n++)
        steepest = fmax(
            steepest, fabs((double)stage.out.channel[0][n] - (double)stage.out.channel[0][n - 1]));
    assert_true(steepest < 1.3 * 0.5 * 2 * PI * 200 / RATE_HZ);
    stage_free(&stage);
}

// A gain that was right once must not become a blast.
static void an_aligned_b_that_grows_is_held(void **state) {
    (void)state;
    const struct comparison_controls controls = with_align(known_b);
    struct stage stage = stage_new(21 * SECOND, 0.02, 0, 12);
    for (int n = 20 * SECOND; n < 21 * SECOND; n++)
        stage.b.channel[0][n] *= 1000;
    hear(&stage, &controls, 21 * SECOND);
    double peak = 0;
    for (int n = 0; n < stage.at; n++)
        peak = fmax(peak, fabs((double)stage.out.channel[0][n]));
    assert_near(peak, 4, 1e-6);
    stage_free(&stage);
}

// --- Hosts ---

static void cuts_are_not_heard(void **state) {
    (void)state;
    enum { LENGTH = 12 * SECOND, EVENTS = 40 };
    struct stage whole = stage_new(LENGTH, 0.5, 77, 13);
    struct stage cut = stage_new(LENGTH, 0.5, 77, 13);
    struct dice dice = {13};
    for (int i = 0; i < EVENTS; i++) {
        struct comparison_controls controls = {.view = (uint32_t)roll_index(&dice, 4)};
        controls.hears_b = roll(&dice) < 0.5;
        controls.is_known = roll(&dice) < 0.5;
        controls.align = i % 20 > 2;
        const int frames = roll_index(&dice, LENGTH / EVENTS);
        hear(&whole, &controls, frames);
        for (int done = 0; done < frames;) {
            int count = roll_index(&dice, i % 2 ? 700 : 3);
            count = count < frames - done ? count : frames - done;
            hear(&cut, &controls, count);
            done += count;
        }
        const struct comparison_meters meters = comparison_meters(whole.comparison);
        const struct comparison_meters expected = comparison_meters(cut.comparison);
        assert_memory_equal(&meters, &expected, sizeof meters);
    }
    for (int channel = 0; channel < 2; channel++)
        assert_memory_equal(whole.out.channel[channel], cut.out.channel[channel],
                            (size_t)whole.at * sizeof(float));
    stage_free(&whole);
    stage_free(&cut);
}

static void buffers_may_be_shared(void **state) {
    (void)state;
    for (int which = 0; which < 3; which++) {
        struct stage stage = stage_new(SECOND, 1, 0, 14);
        float *shared = stage.a.channel[0];
        struct programme copy = programme_shifted(&stage.a, 1, 0);
        const float *const a[2] = {shared, which == 2 ? shared : stage.a.channel[1]};
        const float *const b[2] = {shared, which == 2 ? shared : stage.a.channel[1]};
        float *const out[2] = {which ? shared : stage.a.channel[1],
                               which ? stage.a.channel[1] : shared};
        comparison_process(stage.comparison, &known_b, a, b, out, SECOND);
        const float *left = copy.channel[0], *right = copy.channel[which == 2 ? 0 : 1];
        for (int n = COMPARISON_LATENCY; n < SECOND; n++) {
            assert_true(out[0][n] == left[n - COMPARISON_LATENCY]);
            assert_true(out[1][n] == right[n - COMPARISON_LATENCY]);
        }
        programme_free(&copy);
        stage_free(&stage);
    }
}

static void bad_samples_leave_no_trace(void **state) {
    (void)state;
    static const float bad[] = {NAN, INFINITY, -INFINITY, FLT_MAX, 1e30F};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct stage stage = stage_new(20 * SECOND, 0.5, 0, 15);
        const struct comparison_controls b = with_align(known_b);
        for (int n = 10000; n < 15000; n++) {
            stage.a.channel[n & 1][n] = bad[i];
            stage.b.channel[0][n] = bad[i];
        }
        hear(&stage, &known_a, 12000);
        hear(&stage, &b, 20 * SECOND - 12000);
        for (int n = 0; n < stage.at; n++)
            for (int channel = 0; channel < 2; channel++)
                assert_true(fabsf(stage.out.channel[channel][n]) < 10);
        const struct comparison_meters meters = comparison_meters(stage.comparison);
        assert_near(meters.level_difference_db, 0, 0.05);
        assert_true(meters.null_depth_db > 45);
        stage_free(&stage);
    }
}

static void a_reset_is_as_good_as_new(void **state) {
    (void)state;
    struct stage used = stage_new(12 * SECOND, 0.5, 77, 16);
    struct stage fresh = stage_new(12 * SECOND, 0.5, 77, 16);
    const struct comparison_controls first = with_align(known_b), second = with_align(hidden_a);
    hear(&used, &first, 11 * SECOND);
    hear(&used, &second, 100);
    comparison_reset(used.comparison);
    used.at = 0;
    for (int i = 0; i < 12; i++) {
        hear(&used, i % 2 ? &first : &second, SECOND);
        hear(&fresh, i % 2 ? &first : &second, SECOND);
        const struct comparison_meters meters = comparison_meters(used.comparison);
        const struct comparison_meters expected = comparison_meters(fresh.comparison);
        assert_memory_equal(&meters, &expected, sizeof meters);
    }
    for (int channel = 0; channel < 2; channel++)
        assert_memory_equal(used.out.channel[channel], fresh.out.channel[channel],
                            (size_t)used.at * sizeof(float));
    stage_free(&used);
    stage_free(&fresh);
}

static void odd_rates_are_refused(void **state) {
    (void)state;
    static const double rates_hz[] = {0, -48000, 7999, 768001, NAN, INFINITY};
    for (size_t i = 0; i < sizeof rates_hz / sizeof *rates_hz; i++)
        assert_null(comparison_new(rates_hz[i]));
    comparison_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_are_heard_to_the_bit),
        cmocka_unit_test(every_way_leads_to_the_very_signal),
        cmocka_unit_test(a_crossfade_is_smooth_and_of_its_length),
        cmocka_unit_test(where_nothing_changes_nothing_is_heard),
        cmocka_unit_test(the_level_on_the_way_does_not_tell),
        cmocka_unit_test(a_request_on_the_way_waits),
        cmocka_unit_test(meters_do_not_know_what_is_heard),
        cmocka_unit_test(an_aligned_b_is_a),
        cmocka_unit_test(an_alignment_waits_while_x_is_heard),
        cmocka_unit_test(an_alignment_comes_without_a_click),
        cmocka_unit_test(an_aligned_b_that_grows_is_held),
        cmocka_unit_test(cuts_are_not_heard),
        cmocka_unit_test(buffers_may_be_shared),
        cmocka_unit_test(bad_samples_leave_no_trace),
        cmocka_unit_test(a_reset_is_as_good_as_new),
        cmocka_unit_test(odd_rates_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
