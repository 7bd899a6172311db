// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The blind test as an effect among others: bypass, latency, block lengths, shared and missing
// buffers, bad samples; and what its meters and its alignment make of known differences.
#include "abx_host.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#ifdef __SSE2__
#include <xmmintrin.h>
#endif

#define MATCHED_DB 0.05

enum { BLOCK = 512, SECOND = 48000 };

// Something like speech: brown noise in syllables, 0.1 loud, the channels unlike.
static void add_speech(struct stereo *stereo, uint64_t seed) {
    struct stereo white = stereo_new(stereo->frames);
    float left = 0;
    float right = 0;
    stereo_add_noise(&white, 0.05, seed);
    for (size_t n = 0; n < stereo->frames; n++) {
        const float open = fabsf(sinf((float)n * 2.7e-4F)); // four a second
        left += white.left[n] - 0.05F * left;
        right += 0.5F * (white.left[n] + white.right[n]) - 0.05F * right;
        stereo->left[n] += open * left;
        stereo->right[n] += open * right;
    }
    stereo_free(&white);
}

// B is A, `gain` times as strong and `lag` frames later, or earlier.
static void derive_b(struct abx_sound *sound, float gain, long lag) {
    for (long n = 0; n < (long)sound->a.frames; n++) {
        const long from = n - lag;
        const bool inside = from >= 0 && from < (long)sound->a.frames;
        sound->b.left[n] = inside ? gain * sound->a.left[from] : 0;
        sound->b.right[n] = inside ? gain * sound->a.right[from] : 0;
    }
}

static struct abx_sound speech(size_t frames, float gain, long lag) {
    struct abx_sound sound = abx_sound_new(frames);
    add_speech(&sound.a, 7);
    derive_b(&sound, gain, lag);
    return sound;
}

// --- An effect among others ---

static void bypass_is_a_to_the_bit(void **state) {
    (void)state;
    struct plugin_host *host = abx_open();
    struct abx_sound sound = speech(SECOND, 0.3F, 10);
    sound.a.left[100] = -0.0F;
    sound.a.right[200] = 1e-41F;
    sound.a.right[300] = 1000;
    plugin_host_set_all(host, "enabled=0 select=1");
    abx_play(host, &sound, SECOND, BLOCK);
    assert_int_equal(plugin_host_latency(host), ABX_LATENCY);
    const size_t size = (SECOND - ABX_LATENCY) * sizeof(float);
    assert_memory_equal(sound.out.left + ABX_LATENCY, sound.a.left, size);
    assert_memory_equal(sound.out.right + ABX_LATENCY, sound.a.right, size);
    abx_sound_free(&sound);
    plugin_host_close(host);
}

static void bypass_does_not_click(void **state) {
    (void)state;
    struct plugin_host *host = abx_open();
    struct abx_sound sound = abx_sound_new(SECOND);
    stereo_add_sine(&sound.a, 0.5, 100 / ABX_RATE_HZ);
    derive_b(&sound, 0.5F, 0);
    plugin_host_set(host, "select", ABX_B);
    abx_play(host, &sound, 10000, BLOCK);
    for (int i = 0; i < 20; i++) {
        plugin_host_set(host, "enabled", i % 2);
        abx_play(host, &sound, 1000, BLOCK);
    }
    float steepest = 0;
    for (size_t n = 2000; n < sound.at; n++)
        steepest = fmaxf(steepest, fabsf(sound.out.left[n] - sound.out.left[n - 1]));
    // The sine's own steepest step is 0.0065; the crossfade's 1.5 * 0.25 / 240 comes on top.
    assert_true(steepest < 0.0085F);
    abx_sound_free(&sound);
    plugin_host_close(host);
}

static void the_latency_is_as_reported_at_every_rate(void **state) {
    (void)state;
    static const double rates_hz[] = {8000,  22050,  44100,  48000, 88200,
                                      96000, 176400, 384000, 768000};
    for (size_t i = 0; i < sizeof rates_hz / sizeof *rates_hz; i++)
        for (int select = ABX_A; select <= ABX_B; select++) {
            struct plugin_host *host =
                plugin_host_open(ABX_URI, rates_hz[i], PLUGIN_HOST_NO_FEATURES);
            struct abx_sound sound = abx_sound_new(8192);
            sound.a.left[1234] = 0.5F;
            sound.b.left[1234] = 0.5F;
            plugin_host_set(host, "select", select);
            abx_play(host, &sound, sound.a.frames, 100);
            for (size_t n = 0; n < sound.at; n++)
                assert_true(sound.out.left[n] ==
                            (n == 1234 + plugin_host_latency(host) ? 0.5F : 0));
            abx_sound_free(&sound);
            plugin_host_close(host);
        }
}

// Whatever happens happens at its frame.
static void play_events(struct plugin_host *host, struct abx_sound *sound, uint32_t block) {
    static const struct {
        size_t at;
        const char *settings;
    } events[] = {
        {1, "select=2"},      {3001, "answer_a=1"},         {3100, "answer_a=0 answer_b=1"},
        {5000, "select=0"},   {5001, "select=1"},           {5002, "select=2"},
        {8000, "align=1"},    {20000, "enabled=0"},         {20017, "enabled=1 answer_b=0"},
        {440001, "select=1"}, {450000, "reset=1 select=2"}, {451000, "seed=9 align=0"},
        {452000, "select=0"},
    };
    plugin_host_set(host, "seed", 3);
    for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
        abx_play(host, sound, events[i].at - sound->at, block);
        plugin_host_set_all(host, events[i].settings);
        if (block % 2)
            plugin_host_run(host, 0);
    }
    abx_play(host, sound, sound->a.frames - sound->at, block);
}

static void no_cut_is_heard(void **state) {
    (void)state;
    static const uint32_t blocks[] = {8192, 1, 7, 64, 1000};
    struct abx_sound expected = speech((size_t)10 * SECOND, 0.3F, 100);
    double level_db = 0;
    double depth_db = 0;
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        struct plugin_host *host = abx_open();
        struct abx_sound sound = speech((size_t)10 * SECOND, 0.3F, 100);
        play_events(host, i ? &sound : &expected, blocks[i]);
        if (i) {
            assert_true(stereo_same(&sound.out, &expected.out));
            assert_true(plugin_host_get(host, "level_difference") == level_db);
            assert_true(plugin_host_get(host, "null_depth") == depth_db);
        }
        level_db = plugin_host_get(host, "level_difference");
        depth_db = plugin_host_get(host, "null_depth");
        abx_sound_free(&sound);
        plugin_host_close(host);
    }
    abx_sound_free(&expected);
}

static void all_ports_may_be_one_buffer(void **state) {
    (void)state;
    static const char *const symbols[] = {"a_l", "a_r", "b_l", "b_r", "out_l", "out_r"};
    for (int select = ABX_A; select <= ABX_B; select++) {
        struct plugin_host *host = abx_open();
        struct stereo signal = stereo_new((size_t)10 * BLOCK);
        struct stereo shared = stereo_new((size_t)10 * BLOCK);
        stereo_add_noise(&signal, 0.5, 8);
        stereo_add_noise(&shared, 0.5, 8);
        plugin_host_set(host, "select", select);
        for (size_t at = 0; at < signal.frames; at += BLOCK) {
            for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++)
                plugin_host_connect(host, symbols[i], shared.left + at);
            plugin_host_run(host, BLOCK);
        }
        assert_memory_equal(shared.left + ABX_LATENCY, signal.left,
                            (signal.frames - ABX_LATENCY) * sizeof(float));
        stereo_free(&signal);
        stereo_free(&shared);
        plugin_host_close(host);
    }
}

// The side chain and the right channel may be missing, and everything else as well.
static void what_is_missing_is_silence_or_default(void **state) {
    (void)state;
    static const char *const all[] = {
        "a_l",
        "a_r",
        "b_l",
        "b_r",
        "out_l",
        "out_r",
        "enabled",
        "latency",
        "select",
        "align",
        "seed",
        "answer_a",
        "answer_b",
        "reset",
        "trials",
        "correct",
        "p_value",
        "planned_trials",
        "level_difference",
        "null_depth",
    };
    struct plugin_host *host = abx_open();
    struct stereo out = stereo_new(4096);
    struct stereo a = stereo_new(4096);
    stereo_add_noise(&a, 0.5, 9);
    plugin_host_connect(host, "a_l", a.left);
    plugin_host_connect(host, "out_l", out.left);
    plugin_host_connect(host, "out_r", out.right);
    static const char *const optional[] = {"a_r", "b_l", "b_r"};
    for (size_t i = 0; i < sizeof optional / sizeof *optional; i++)
        plugin_host_connect(host, optional[i], NULL);
    plugin_host_run(host, 4096);
    assert_memory_equal(out.left + ABX_LATENCY, a.left, (4096 - ABX_LATENCY) * sizeof(float));
    for (int n = 0; n < 4096; n++)
        assert_true(out.right[n] == 0);
    plugin_host_set(host, "select", ABX_B);
    plugin_host_run(host, 4096);
    for (int n = ABX_FADE; n < 4096; n++)
        assert_true(out.left[n] == 0);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        plugin_host_connect(host, all[i], NULL);
    plugin_host_run(host, PLUGIN_HOST_MAX_BLOCK);
    plugin_host_run(host, 0);
    plugin_host_close(host);
    stereo_free(&out);
    stereo_free(&a);
}

static void bad_samples_leave_no_trace(void **state) {
    (void)state;
    static const float bad[] = {NAN, INFINITY, -INFINITY, 1e30F};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct plugin_host *host = abx_open();
        struct abx_sound sound = speech((size_t)14 * SECOND, 0.5F, 0);
        for (size_t n = 0; n < SECOND; n++)
            sound.a.left[n] = sound.b.right[n] = n % 3 ? bad[i] : sound.a.left[n];
        plugin_host_set(host, "align", 1);
        for (int second = 0; second < 14; second++) {
            plugin_host_set(host, "select", second % 2);
            abx_play(host, &sound, SECOND, BLOCK);
        }
        assert_true(stereo_is_finite(&sound.out));
        assert_true(fabs(plugin_host_get(host, "level_difference")) < MATCHED_DB);
        assert_true(plugin_host_get(host, "null_depth") > 45);
        abx_sound_free(&sound);
        plugin_host_close(host);
    }
}

static void the_callers_floating_point_mode_stays(void **state) {
    (void)state;
#ifdef __SSE2__
    static const unsigned modes[] = {0x1f80U, 0x9fc0U, 0x5f80U};
    struct plugin_host *host = abx_open();
    struct abx_sound sound = speech(SECOND, 0.5F, 0);
    plugin_host_set(host, "align", 1);
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        plugin_host_run(host, 0);
        const unsigned before = _mm_getcsr();
        _mm_setcsr(modes[i]);
        abx_play(host, &sound, SECOND / 4, BLOCK);
        const unsigned after = _mm_getcsr() & ~0x3fU; // flags apart, which the test raises itself
        _mm_setcsr(before);
        assert_int_equal(after, modes[i] & ~0x3fU);
    }
    abx_sound_free(&sound);
    plugin_host_close(host);
#else
    skip();
#endif
}

// --- Meters and alignment ---

static void meters_read_known_differences(void **state) {
    (void)state;
    static const double differences_db[] = {-20, -6, -1, -0.1, 0.1, 1, 5};
    for (size_t i = 0; i < sizeof differences_db / sizeof *differences_db; i++) {
        struct plugin_host *host = abx_open();
        const double gain = pow(10, differences_db[i] / 20);
        struct abx_sound sound = speech((size_t)5 * SECOND, (float)gain, 0);
        abx_play(host, &sound, sound.a.frames, BLOCK);
        assert_true(fabs(plugin_host_get(host, "level_difference") - differences_db[i]) < 1e-3);
        assert_true(fabs(plugin_host_get(host, "null_depth") + 20 * log10(fabs(1 - gain))) < 1e-3);
        abx_sound_free(&sound);
        plugin_host_close(host);
    }
}

static void meters_read_their_bounds(void **state) {
    (void)state;
    struct plugin_host *host = abx_open();
    struct abx_sound sound = speech((size_t)5 * SECOND, 1, 0);
    plugin_host_run(host, BLOCK); // nothing yet
    assert_true(plugin_host_get(host, "level_difference") == 0);
    assert_true(plugin_host_get(host, "null_depth") == 0);
    abx_play(host, &sound, sound.a.frames, BLOCK);
    assert_true(plugin_host_get(host, "level_difference") == 0);
    assert_true(plugin_host_get(host, "null_depth") == 200);
    derive_b(&sound, 0, 0);
    plugin_host_restart(host);
    sound.at = 0;
    abx_play(host, &sound, sound.a.frames, BLOCK);
    assert_true(plugin_host_get(host, "level_difference") == -60);
    assert_true(plugin_host_get(host, "null_depth") == 0);
    abx_sound_free(&sound);
    plugin_host_close(host);
}

// Level, delay and what is left; and back to as it is.
static void align_undoes_gain_and_delay(void **state) {
    (void)state;
    static const struct {
        float gain;
        long lag;
    } cases[] = {{0.5F, 300}, {2, -1024}, {0.97F, 1024}, {-0.1F, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct plugin_host *host = abx_open();
        struct abx_sound sound = speech((size_t)16 * SECOND, cases[i].gain, cases[i].lag);
        plugin_host_set_all(host, "align=1 select=1");
        abx_play(host, &sound, (size_t)14 * SECOND, BLOCK);
        assert_true(fabs(plugin_host_get(host, "level_difference")) < MATCHED_DB);
        struct stereo late = stereo_new(sound.a.frames);
        for (size_t n = ABX_LATENCY; n < late.frames; n++) {
            late.left[n] = copysignf(sound.a.left[n - ABX_LATENCY], cases[i].gain);
            late.right[n] = copysignf(sound.a.right[n - ABX_LATENCY], cases[i].gain);
            late.left[n] *= sound.a.left[n - ABX_LATENCY] < 0 ? -1 : 1;
            late.right[n] *= sound.a.right[n - ABX_LATENCY] < 0 ? -1 : 1;
        }
        memset(late.left + sound.at, 0, (late.frames - sound.at) * sizeof(float));
        memset(late.right + sound.at, 0, (late.frames - sound.at) * sizeof(float));
        const double depth_db = stereo_null_depth_db(&sound.out, &late, (size_t)12 * SECOND);
        print_message("gain %g, lag %ld: level %+.4f dB, null %.1f dB\n", (double)cases[i].gain,
                      cases[i].lag, plugin_host_get(host, "level_difference"), depth_db);
        assert_true(depth_db < -45);
        if (cases[i].gain > 0)
            assert_true(plugin_host_get(host, "null_depth") > 45);
        plugin_host_set(host, "align", 0);
        abx_play(host, &sound, (size_t)2 * SECOND, BLOCK);
        assert_true(fabs(plugin_host_get(host, "level_difference") -
                         20 * log10(fabs((double)cases[i].gain))) < MATCHED_DB);
        const size_t from = (size_t)15 * SECOND;
        assert_memory_equal(sound.out.left + from, sound.b.left + from - ABX_LATENCY,
                            (sound.at - from) * sizeof(float));
        stereo_free(&late);
        abx_sound_free(&sound);
        plugin_host_close(host);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bypass_is_a_to_the_bit),
        cmocka_unit_test(bypass_does_not_click),
        cmocka_unit_test(the_latency_is_as_reported_at_every_rate),
        cmocka_unit_test(no_cut_is_heard),
        cmocka_unit_test(all_ports_may_be_one_buffer),
        cmocka_unit_test(what_is_missing_is_silence_or_default),
        cmocka_unit_test(bad_samples_leave_no_trace),
        cmocka_unit_test(the_callers_floating_point_mode_stays),
        cmocka_unit_test(meters_read_known_differences),
        cmocka_unit_test(meters_read_their_bounds),
        cmocka_unit_test(align_undoes_gain_and_delay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
