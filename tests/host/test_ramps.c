// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// How the chain's values move: the bypass turns back half way, and the gain leaves the level where
// it is at every frame on its way.
#include "chain_host.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define RATE_HZ      48000.0
#define TONE_HZ      200.0
#define AMPLITUDE    0.02
#define CURVES       2.5
#define GAIN_LIVE_DB (-46.0) // its delay depends on frequency by a frame or less
#define GAIN_DB      (-66.0)
#define BYPASS_S     0.010

enum { BLOCK = 64, SETTLE = 16000 };

// --- Bypass ---

static double sharpest(const float *x, size_t from, size_t to) {
    double most = 0;
    for (size_t i = from; i < to; i++)
        most = fmax(most, fabs((double)x[i] - 2 * (double)x[i - 1] + (double)x[i - 2]));
    return most;
}

// Faster than the fade: it turns back half way, which bends the envelope by twice its slope. With
// the level off by 6 dB that is 2 * 1.5 / (10 ms * rate) * A, and no step may be found above it:
// a step of s has a second difference of s, the sine itself one of A w^2.
static void toggling_in_haste_does_not_step(void **state) {
    (void)state;
    struct plugin_host *host = chain_open(RATE_HZ);
    struct stereo in = stereo_new(SETTLE);
    struct stereo out = stereo_new(SETTLE);
    stereo_add_sine(&in, AMPLITUDE, TONE_HZ / RATE_HZ);
    chain_start(host, CHAIN_IDEAL " topology=2", CHAIN_NORMAL);
    size_t done = SETTLE / 2;
    plugin_host_render(host, in.left, in.right, out.left, out.right, done, BLOCK);
    for (unsigned i = 1; done < SETTLE; i++) {
        const size_t wanted = (size_t)BLOCK * (1 + i % 7);
        const size_t count = wanted < SETTLE - done ? wanted : SETTLE - done;
        plugin_host_set(host, "enabled", i % 2);
        plugin_host_render(host, in.left + done, in.right + done, out.left + done, out.right + done,
                           count, BLOCK);
        done += count;
    }
    const double steady = sharpest(out.left, SETTLE / 4, SETTLE / 2);
    const double hasty = sharpest(out.left, SETTLE / 2, SETTLE);
    const double bend = 2 * 1.5 / (BYPASS_S * RATE_HZ) * AMPLITUDE;
    print_message("Toggled every few ms: second difference %.3g, steady %.3g, bend %.3g\n", hasty,
                  steady, bend);
    assert_true(steady > 0);
    assert_true(hasty <= CURVES * steady + bend);
    stereo_free(&in);
    stereo_free(&out);
    plugin_host_close(host);
}

// --- Gain ---

// The result is divided by the gain that it was multiplied with, frame by frame: an ideal amplifier
// gives the input back while the gain moves, too. 40 dB in 20 ms are 0.5 % a frame at 48 kHz, so a
// division that is one frame off leaves -46 dB.
static double gain_error_db(struct plugin_host *host, int quality, double to_db) {
    const double rate_hz = plugin_host_rate_hz(host);
    struct stereo in = stereo_new((size_t)(0.2 * rate_hz));
    struct stereo still = stereo_new(in.frames);
    struct stereo moved = stereo_new(in.frames);
    const size_t half = in.frames / 2;
    stereo_add_sine(&in, AMPLITUDE, TONE_HZ / rate_hz);
    chain_start(host, CHAIN_IDEAL, quality);
    chain_play(host, &in, &still, BLOCK);
    plugin_host_restart(host);
    plugin_host_render(host, in.left, in.right, moved.left, moved.right, half, BLOCK);
    plugin_host_set(host, "gain", to_db);
    plugin_host_render(host, in.left + half, in.right + half, moved.left + half, moved.right + half,
                       in.frames - half, BLOCK);
    const double db = stereo_null_depth_db(&moved, &still, half);
    stereo_free(&in);
    stereo_free(&still);
    stereo_free(&moved);
    return db;
}

static void turning_the_gain_leaves_the_level(void **state) {
    (void)state;
    unsigned failures = 0;
    for (size_t rate = 0; rate < HOST_RATES; rate++) {
        struct plugin_host *host = chain_open(host_rates_hz[rate]);
        print_message("%6.0f Hz:", host_rates_hz[rate]);
        for (int quality = 0; quality < CHAIN_QUALITIES; quality++) {
            const double down_db = gain_error_db(host, quality, -40);
            const double up_db = gain_error_db(host, quality, 40);
            print_message("  quality %d: 40 dB down %6.1f dB, up %6.1f dB", quality, down_db,
                          up_db);
            const double bound_db = quality == CHAIN_LIVE ? GAIN_LIVE_DB : GAIN_DB;
            failures += down_db > bound_db || up_db > bound_db;
        }
        print_message("\n");
        plugin_host_close(host);
    }
    assert_int_equal(failures, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(toggling_in_haste_does_not_step),
        cmocka_unit_test(turning_the_gain_leaves_the_level),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
