// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The chain's latency: an impulse comes out highest exactly as many frames later as reported, at
// every rate, quality and speed of the network; live is earlier, normal and high are the same.
#include "chain_host.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define IMPULSE 0.5F

enum {
    BLOCK = 256,
    AT = 1000,
    FRAMES = 12000,
    // Ardour shrinks its buffers by what is reported: beyond 20 ms nobody mixes.
    LONGEST_PER_SECOND = 50,
};

static size_t highest(const float *x, size_t frames) {
    size_t best = 0;
    for (size_t i = 1; i < frames; i++)
        if (fabsf(x[i]) > fabsf(x[best]))
            best = i;
    return best;
}

// Frames from an impulse to the highest output, the same in both channels.
static size_t measured_latency(struct plugin_host *host) {
    struct stereo in = stereo_new(FRAMES);
    struct stereo out = stereo_new(FRAMES);
    in.left[AT] = IMPULSE;
    in.right[AT] = -IMPULSE;
    chain_play(host, &in, &out, BLOCK);
    const size_t left = highest(out.left, FRAMES);
    assert_true(fabsf(out.left[left]) > 0);
    assert_int_equal(left, highest(out.right, FRAMES));
    stereo_free(&in);
    stereo_free(&out);
    return left - AT;
}

static void check_latency(struct plugin_host *host, const char *settings, int quality) {
    chain_start(host, settings, quality);
    const size_t measured = measured_latency(host);
    const uint32_t reported = plugin_host_latency(host);
    if (measured != reported)
        print_message("%.0f Hz, quality %d (%s): reported %u, measured %zu\n",
                      plugin_host_rate_hz(host), quality, settings, reported, measured);
    assert_int_equal(measured, reported);
}

static void an_impulse_peaks_at_the_reported_latency(void **state) {
    (void)state;
    for (size_t rate = 0; rate < HOST_RATES; rate++) {
        struct plugin_host *host = chain_open(host_rates_hz[rate]);
        print_message("%6.0f Hz:", host_rates_hz[rate]);
        for (int quality = 0; quality < CHAIN_QUALITIES; quality++) {
            check_latency(host, CHAIN_IDEAL, quality);
            check_latency(host, CHAIN_IDEAL " enabled=0", quality);
            check_latency(host, "enabled=0 headphone=1 topology=2", quality);
            print_message("  quality %d %4u frames, %5.2f ms", quality, plugin_host_latency(host),
                          1e3 * plugin_host_latency(host) / host_rates_hz[rate]);
            assert_true(plugin_host_latency(host) * LONGEST_PER_SECOND <= host_rates_hz[rate]);
        }
        print_message("\n");
        plugin_host_close(host);
    }
}

// The feedback of a limit or of sag runs the network at another rate: its delay has to be made up
// for. The limit and the sag are too small to bend the impulse.
static void an_impulse_peaks_there_at_every_speed_of_the_network(void **state) {
    (void)state;
    for (size_t rate = 0; rate < HOST_RATES; rate++) {
        struct plugin_host *host = chain_open(host_rates_hz[rate]);
        for (int quality = 0; quality < CHAIN_QUALITIES; quality++) {
            check_latency(host, CHAIN_IDEAL " current_limit=9000", quality);
            check_latency(host, CHAIN_IDEAL " supply_resistance=1", quality);
            check_latency(host, CHAIN_IDEAL " topology=2", quality);
        }
        plugin_host_close(host);
    }
}

static uint32_t reported_latency(struct plugin_host *host, const char *settings, int quality) {
    chain_start(host, settings, quality);
    plugin_host_run(host, BLOCK);
    return plugin_host_latency(host);
}

static void normal_and_high_are_equally_late(void **state) {
    (void)state;
    for (size_t rate = 0; rate < HOST_RATES; rate++) {
        struct plugin_host *host = chain_open(host_rates_hz[rate]);
        const uint32_t normal = reported_latency(host, "", CHAIN_NORMAL);
        assert_true(normal > 0);
        assert_int_equal(reported_latency(host, "", CHAIN_HIGH), normal);
        // An export never shifts.
        assert_int_equal(reported_latency(host, "freewheel=1", CHAIN_NORMAL), normal);
        const uint32_t live = reported_latency(host, "", CHAIN_LIVE);
        assert_true(live < normal);
        assert_int_equal(reported_latency(host, "freewheel=1", CHAIN_LIVE), live);
        plugin_host_close(host);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_impulse_peaks_at_the_reported_latency),
        cmocka_unit_test(an_impulse_peaks_there_at_every_speed_of_the_network),
        cmocka_unit_test(normal_and_high_are_equally_late),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
