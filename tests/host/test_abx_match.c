// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// What the meters and the alignment of the blind test make of known differences.
#include "abx_host.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

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
        cmocka_unit_test(meters_read_known_differences),
        cmocka_unit_test(meters_read_their_bounds),
        cmocka_unit_test(align_undoes_gain_and_delay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
