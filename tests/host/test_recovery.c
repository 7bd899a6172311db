// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Whatever comes in, what comes out is finite, and nothing bad stays: not from samples, not from
// controls, not from an earlier life of the instance or from another instance.
#include "chain_host.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SAFETY_STOP  4.0
#define RECOVERY_S   0.050
#define RECOVERED_DB (-80.0)
#define SAME_DB      (-120.0)
#define RATE_HZ      48000.0
#define STEADY_HZ    440.0
#define STEADY_LEVEL 0.25

enum { BLOCK = 128, BAD_FRAMES = 4800, GOOD_FRAMES = 9600, SHORT_FRAMES = 4096 };

// --- Bad samples ---

struct badness {
    const char *name;
    float sample;
    bool every_frame; // or every 17th
};

static const struct badness badnesses[] = {
    {"NaN", NAN, true},
    {"NaN here and there", NAN, false},
    {"infinity", INFINITY, true},
    {"minus infinity here and there", -INFINITY, false},
    {"1e30", 1e30F, true},
    {"1e30 here and there", 1e30F, false},
    {"largest", -FLT_MAX, true},
    {"1e5", 1e5F, true},
    {"1e5 here and there", 1e5F, false},
    {"denormal", 1e-41F, true},
};

enum { BADNESSES = sizeof badnesses / sizeof *badnesses };

static void spoil(const struct badness *badness, float *x) {
    for (size_t i = 0; i < BAD_FRAMES; i++)
        if (badness->every_frame || i % 17 == 0)
            x[i] = badness->sample;
}

// A bad stretch, then a good one; the circuits that play it forget within the time that is given,
// so that what is left is the plugin's. A fresh run hears the good one after as much silence.
static void make_signals(const struct badness *badness, struct stereo *bad, struct stereo *good) {
    stereo_add_sine(good, STEADY_LEVEL, STEADY_HZ / RATE_HZ);
    memset(good->left, 0, BAD_FRAMES * sizeof(float));
    memset(good->right, 0, BAD_FRAMES * sizeof(float));
    memcpy(bad->left, good->left, bad->frames * sizeof(float));
    memcpy(bad->right, good->right, bad->frames * sizeof(float));
    spoil(badness, bad->left);
    // The other channel is hit later, and not at all in the beginning.
    spoil(badness, bad->right);
    memset(bad->right, 0, BAD_FRAMES / 3 * sizeof(float));
}

// A loud sample is no bad one where nothing stops it: in bypass.
static double recovered_db(struct plugin_host *host, const char *settings, int quality,
                           const struct badness *badness, double highest) {
    struct stereo bad = stereo_new(BAD_FRAMES + GOOD_FRAMES);
    struct stereo good = stereo_new(bad.frames);
    struct stereo bad_out = stereo_new(bad.frames);
    struct stereo good_out = stereo_new(bad.frames);
    make_signals(badness, &bad, &good);
    chain_start(host, settings, quality);
    chain_play(host, &bad, &bad_out, BLOCK);
    const uint32_t latency = plugin_host_latency(host);
    chain_start(host, settings, quality);
    chain_play(host, &good, &good_out, BLOCK);
    assert_true(stereo_is_finite(&bad_out));
    assert_true(stereo_peak(&bad_out) <= highest);
    assert_true(stereo_peak(&good_out) > 0);
    const size_t from = BAD_FRAMES + latency + (size_t)(RECOVERY_S * RATE_HZ);
    const double depth_db = stereo_null_depth_db(&bad_out, &good_out, from);
    stereo_free(&bad);
    stereo_free(&good);
    stereo_free(&bad_out);
    stereo_free(&good_out);
    return depth_db;
}

static void bad_samples_leave_no_trace(void **state) {
    (void)state;
    struct plugin_host *host = chain_open(RATE_HZ);
    unsigned failures = 0;
    double worst_db = -400;
    for (size_t c = 0; c < CHAIN_CIRCUITS; c++)
        for (size_t b = 0; b < BADNESSES; b++)
            for (int quality = 0; quality < CHAIN_QUALITIES; quality++) {
                const double db = recovered_db(host, chain_circuits[c].settings, quality,
                                               &badnesses[b], SAFETY_STOP);
                worst_db = fmax(worst_db, db);
                if (db <= RECOVERED_DB)
                    continue;
                failures++;
                print_message("%s, quality %d, %s: %.1f dB after %g s\n", chain_circuits[c].name,
                              quality, badnesses[b].name, db, RECOVERY_S);
            }
    print_message("%g s after bad samples the worst is %.1f dB\n", RECOVERY_S, worst_db);
    assert_int_equal(failures, 0);
    plugin_host_close(host);
}

static void bad_samples_end_at_the_bypass(void **state) {
    (void)state;
    struct plugin_host *host = chain_open(RATE_HZ);
    for (size_t b = 0; b < BADNESSES; b++)
        assert_true(recovered_db(host, "enabled=0", CHAIN_NORMAL, &badnesses[b], 1e30) <=
                    RECOVERED_DB);
    plugin_host_close(host);
}

// While the circuit changes, both the old and the new one hear the bad samples.
static void bad_samples_during_a_change_leave_no_trace(void **state) {
    (void)state;
    struct plugin_host *host = chain_open(RATE_HZ);
    for (size_t b = 0; b < BADNESSES; b++) {
        struct stereo in = stereo_new(BAD_FRAMES + GOOD_FRAMES);
        struct stereo out = stereo_new(in.frames);
        struct stereo unused = stereo_new(in.frames);
        make_signals(&badnesses[b], &in, &unused);
        chain_start(host, "", CHAIN_NORMAL);
        plugin_host_run(host, 0);
        plugin_host_set_all(host, "topology=2 rail=1 current_limit=10 supply_resistance=1");
        chain_play(host, &in, &out, BLOCK);
        assert_true(stereo_is_finite(&out));
        assert_true(stereo_peak(&out) <= SAFETY_STOP);
        stereo_free(&in);
        stereo_free(&out);
        stereo_free(&unused);
    }
    plugin_host_close(host);
}

// --- Bad controls ---

struct control_check {
    struct plugin_host *host;
    struct stereo in, out, expected;
    unsigned checked;
};

static void play_short(struct control_check *check, struct stereo *out) {
    chain_play(check->host, &check->in, out, BLOCK);
}

// Noise, distortion and limits on, so that every control has something to act on.
static void start_busy(struct control_check *check) {
    chain_start(check->host,
                "stage_noise=100 source_noise=10 rail=2 current_limit=50 supply_resistance=1 "
                "topology=2 second_harmonic=-60 crossover=1 slew_rate=1",
                CHAIN_LIVE);
}

static void play_both(struct control_check *check, const char *symbol, double bad, double good) {
    start_busy(check);
    plugin_host_set(check->host, symbol, good);
    play_short(check, &check->expected);
    start_busy(check);
    plugin_host_set(check->host, symbol, bad);
    play_short(check, &check->out);
    assert_true(stereo_is_finite(&check->out));
    assert_true(stereo_peak(&check->out) <= SAFETY_STOP);
    check->checked++;
}

// A value that a float cannot hold, such as 0.1, may count to its last digit.
static void expect_like(struct control_check *check, const char *symbol, double bad, double good) {
    play_both(check, symbol, bad, good);
    if (!(stereo_null_depth_db(&check->out, &check->expected, 0) <= SAME_DB))
        fail_msg("%s = %g does not sound like %g", symbol, bad, good);
}

static void check_nan(const struct plugin_host_control *control, void *context) {
    if (control->input)
        expect_like(context, control->symbol, (double)NAN, control->preset);
}

static void check_far_out(const struct plugin_host_control *control, void *context) {
    if (!control->input)
        return;
    expect_like(context, control->symbol, 1e30, control->maximum);
    // Seed 0 never repeats.
    if (strcmp(control->symbol, "seed") != 0)
        expect_like(context, control->symbol, -1e30, control->minimum);
    // Infinity is no value either.
    play_both(context, control->symbol, (double)INFINITY, control->preset);
    play_both(context, control->symbol, -(double)INFINITY, control->preset);
}

static void check_controls(void (*visit)(const struct plugin_host_control *, void *)) {
    struct control_check check = {chain_open(RATE_HZ), stereo_new(SHORT_FRAMES),
                                  stereo_new(SHORT_FRAMES), stereo_new(SHORT_FRAMES), 0};
    stereo_add_noise(&check.in, 0.9, 11);
    plugin_host_each_control(check.host, visit, &check);
    assert_true(check.checked >= 40);
    stereo_free(&check.in);
    stereo_free(&check.out);
    stereo_free(&check.expected);
    plugin_host_close(check.host);
}

static void nan_in_a_control_is_its_default(void **state) {
    (void)state;
    check_controls(check_nan);
}

static void a_control_far_out_of_range_is_clamped(void **state) {
    (void)state;
    check_controls(check_far_out);
}

static void set_nan(const struct plugin_host_control *control, void *context) {
    if (control->input)
        plugin_host_set(context, control->symbol, (double)NAN);
}

static void nan_in_every_control_is_all_defaults(void **state) {
    (void)state;
    struct plugin_host *host = chain_open(RATE_HZ);
    struct stereo in = stereo_new(SHORT_FRAMES);
    struct stereo out = stereo_new(SHORT_FRAMES);
    struct stereo expected = stereo_new(SHORT_FRAMES);
    stereo_add_noise(&in, 0.9, 12);
    chain_play(host, &in, &expected, BLOCK);
    plugin_host_restart(host);
    plugin_host_each_control(host, set_nan, host);
    chain_play(host, &in, &out, BLOCK);
    assert_true(stereo_null_depth_db(&out, &expected, 0) <= SAME_DB);
    stereo_free(&in);
    stereo_free(&out);
    stereo_free(&expected);
    plugin_host_close(host);
}

// Any corner of the ranges, none of them sensible.
static void random_corner(const struct plugin_host_control *control, void *context) {
    static uint32_t random = 4711;
    random = random * 1664525u + 1013904223u;
    const double corner[3] = {control->minimum, control->preset, control->maximum};
    const bool fixed =
        strcmp(control->symbol, "enabled") == 0 || strcmp(control->symbol, "seed") == 0;
    if (control->input && !fixed)
        plugin_host_set(context, control->symbol, corner[(random >> 16) % 3]);
}

static void any_corner_of_the_ranges_stays_finite(void **state) {
    (void)state;
    const unsigned corners = chain_long_run() ? 5000 : 400;
    struct stereo in = stereo_new(SHORT_FRAMES);
    struct stereo out = stereo_new(SHORT_FRAMES);
    stereo_add_noise(&in, 1, 13);
    for (size_t rate = 0; rate < CHAIN_RATES; rate++) {
        struct plugin_host *host = chain_open(chain_rates_hz[rate]);
        for (unsigned i = 0; i < corners / CHAIN_RATES; i++) {
            plugin_host_restart(host);
            plugin_host_each_control(host, random_corner, host);
            chain_play(host, &in, &out, BLOCK);
            assert_true(stereo_is_finite(&out));
            assert_true(stereo_peak(&out) <= SAFETY_STOP);
        }
        plugin_host_close(host);
    }
    stereo_free(&in);
    stereo_free(&out);
}

// --- A second life ---

static void disturb(struct plugin_host *host, struct stereo *scratch) {
    struct stereo loud = stereo_new(scratch->frames);
    stereo_add_noise(&loud, 100, 14);
    loud.left[1] = NAN;
    chain_start(host, "topology=2 rail=1 current_limit=5 stage_noise=1000 gain=20", CHAIN_HIGH);
    chain_play(host, &loud, scratch, BLOCK);
    // Left in the middle of a change, a gain ramp and a bypass fade.
    plugin_host_set_all(host, "headphone=2 gain=-20 quality=0");
    chain_play(host, &loud, scratch, BLOCK);
    plugin_host_set_all(host, "rail=2 gain=0 enabled=0");
    plugin_host_run(host, 100);
    stereo_free(&loud);
}

static void a_restart_is_as_good_as_new(void **state) {
    (void)state;
    struct stereo in = stereo_new(GOOD_FRAMES);
    struct stereo expected = stereo_new(GOOD_FRAMES);
    struct stereo out = stereo_new(GOOD_FRAMES);
    stereo_add_noise(&in, 0.9, 15);
    for (size_t c = 0; c < CHAIN_CIRCUITS; c++)
        for (int quality = 0; quality < CHAIN_QUALITIES; quality++) {
            struct plugin_host *fresh = chain_open(RATE_HZ);
            struct plugin_host *used = chain_open(RATE_HZ);
            chain_start(fresh, chain_circuits[c].settings, quality);
            chain_play(fresh, &in, &expected, BLOCK);
            disturb(used, &out);
            chain_start(used, chain_circuits[c].settings, quality);
            chain_play(used, &in, &out, BLOCK);
            assert_true(stereo_same(&out, &expected));
            // And once more, with the same circuit already there.
            plugin_host_restart(used);
            chain_play(used, &in, &out, BLOCK);
            assert_true(stereo_same(&out, &expected));
            plugin_host_close(fresh);
            plugin_host_close(used);
        }
    stereo_free(&in);
    stereo_free(&expected);
    stereo_free(&out);
}

static void a_seed_tells_the_noise(void **state) {
    (void)state;
    static const double seeds[] = {1, 2, 3, 65535};
    enum { SEEDS = sizeof seeds / sizeof *seeds };
    static const char *const noises[] = {"stage_noise=100", "source_noise=100"};
    struct stereo silence = stereo_new(SHORT_FRAMES);
    struct stereo out[SEEDS];
    for (size_t n = 0; n < sizeof noises / sizeof *noises; n++) {
        for (size_t i = 0; i < SEEDS; i++) {
            struct plugin_host *host = chain_open(RATE_HZ);
            struct stereo again = stereo_new(SHORT_FRAMES);
            out[i] = stereo_new(SHORT_FRAMES);
            chain_start(host, noises[n], CHAIN_NORMAL);
            plugin_host_set(host, "seed", seeds[i]);
            chain_play(host, &silence, &out[i], BLOCK);
            plugin_host_restart(host);
            chain_play(host, &silence, &again, BLOCK);
            assert_true(stereo_peak(&again) > 0);
            assert_true(stereo_same(&again, &out[i]));
            stereo_free(&again);
            plugin_host_close(host);
        }
        for (size_t i = 0; i < SEEDS; i++)
            for (size_t j = 0; j < i; j++)
                assert_false(stereo_same(&out[i], &out[j]));
        for (size_t i = 0; i < SEEDS; i++)
            stereo_free(&out[i]);
    }
    stereo_free(&silence);
}

// Two run in turn, block by block, each as if it were alone.
static void instances_do_not_know_each_other(void **state) {
    (void)state;
    static const char *const settings[2] = {
        "headphone=3 stage_noise=100 rail=1.5",
        "topology=2 current_limit=10 supply_resistance=3 stage_noise=100",
    };
    struct plugin_host *host[2];
    struct stereo in = stereo_new(SHORT_FRAMES);
    struct stereo alone[2];
    struct stereo together[2];
    stereo_add_noise(&in, 0.9, 16);
    for (int i = 0; i < 2; i++) {
        host[i] = chain_open(RATE_HZ * (1 + i));
        alone[i] = stereo_new(SHORT_FRAMES);
        together[i] = stereo_new(SHORT_FRAMES);
        chain_start(host[i], settings[i], CHAIN_NORMAL + i);
        chain_play(host[i], &in, &alone[i], BLOCK);
        plugin_host_restart(host[i]);
    }
    for (size_t done = 0; done < SHORT_FRAMES; done += BLOCK)
        for (int i = 0; i < 2; i++)
            plugin_host_render(host[i], in.left + done, in.right + done, together[i].left + done,
                               together[i].right + done, BLOCK, BLOCK);
    for (int i = 0; i < 2; i++) {
        assert_true(stereo_same(&together[i], &alone[i]));
        stereo_free(&alone[i]);
        stereo_free(&together[i]);
        plugin_host_close(host[i]);
    }
    stereo_free(&in);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_samples_leave_no_trace),
        cmocka_unit_test(bad_samples_end_at_the_bypass),
        cmocka_unit_test(bad_samples_during_a_change_leave_no_trace),
        cmocka_unit_test(nan_in_a_control_is_its_default),
        cmocka_unit_test(nan_in_every_control_is_all_defaults),
        cmocka_unit_test(a_control_far_out_of_range_is_clamped),
        cmocka_unit_test(any_corner_of_the_ranges_stays_finite),
        cmocka_unit_test(a_restart_is_as_good_as_new),
        cmocka_unit_test(a_seed_tells_the_noise),
        cmocka_unit_test(instances_do_not_know_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
