// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// What the LV2 side of the chain does by itself: missing ports, no frames, seeds, and the caller's
// floating-point mode.
#include "plugin_host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#ifdef __SSE2__
#include <xmmintrin.h>
#endif

#define CHAIN_URI "urn:loadline:chain"
#define RATE_HZ   48000.0

enum { FRAMES = 6000, BLOCK = 500 };

struct stereo {
    float left[FRAMES], right[FRAMES];
};

// Something of every frequency, the two channels unlike.
static void fill(struct stereo *signal) {
    uint32_t word = 1;
    for (size_t i = 0; i < FRAMES; i++) {
        word = word * 1664525U + 1013904223U;
        signal->left[i] = (float)(int32_t)word / 4294967296.0F;
        signal->right[i] = -0.3F * signal->left[i];
    }
}

static struct plugin_host *open_chain(void) {
    return plugin_host_open(CHAIN_URI, RATE_HZ, PLUGIN_HOST_NO_FEATURES);
}

static void render(struct plugin_host *host, const struct stereo *in, struct stereo *out) {
    plugin_host_render(host, in->left, in->right, out->left, out->right, FRAMES, BLOCK);
}

static struct stereo in, first, second;

static void assert_same(void) {
    bool sounds = false;
    for (size_t i = 0; i < FRAMES; i++)
        sounds = sounds || first.left[i] != 0;
    assert_true(sounds);
    assert_memory_equal(first.left, second.left, sizeof first.left);
    assert_memory_equal(first.right, second.right, sizeof first.right);
}

static int prepare(void **state) {
    (void)state;
    fill(&in);
    memset(&first, 0, sizeof first);
    memset(&second, 0, sizeof second);
    return 0;
}

static void a_missing_control_has_its_default(void **state) {
    (void)state;
    static const char *const symbols[] = {"enabled", "headphone", "gain",      "match",
                                          "rail",    "seed",      "resistance"};
    struct plugin_host *host = open_chain();
    render(host, &in, &first);
    plugin_host_restart(host);
    for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++)
        plugin_host_connect(host, symbols[i], NULL);
    render(host, &in, &second);
    assert_same();
    plugin_host_close(host);
}

static void a_missing_meter_is_left_out(void **state) {
    (void)state;
    static const char *const symbols[] = {"latency", "power", "headroom", "crosstalk"};
    struct plugin_host *host = open_chain();
    for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++)
        plugin_host_connect(host, symbols[i], NULL);
    plugin_host_run(host, BLOCK);
    plugin_host_close(host);
}

static void a_missing_right_input_is_silence(void **state) {
    (void)state;
    static const float silence[BLOCK];
    struct plugin_host *host = open_chain();
    for (unsigned pass = 0; pass < 2; pass++) {
        struct stereo *out = pass ? &second : &first;
        // No data at all, or data that is zero.
        plugin_host_connect(host, "in_r", pass ? (void *)(uintptr_t)silence : NULL);
        for (size_t done = 0; done < FRAMES; done += BLOCK) {
            plugin_host_connect(host, "in_l", in.left + done);
            plugin_host_connect(host, "out_l", out->left + done);
            plugin_host_connect(host, "out_r", out->right + done);
            plugin_host_run(host, BLOCK);
        }
        plugin_host_restart(host);
    }
    assert_same();
    plugin_host_close(host);
}

static void a_missing_output_leaves_the_other(void **state) {
    (void)state;
    struct plugin_host *host = open_chain();
    render(host, &in, &first);
    plugin_host_restart(host);
    plugin_host_connect(host, "out_r", NULL);
    for (size_t done = 0; done < FRAMES; done += BLOCK) {
        plugin_host_connect(host, "in_l", in.left + done);
        plugin_host_connect(host, "in_r", in.right + done);
        plugin_host_connect(host, "out_l", second.left + done);
        plugin_host_run(host, BLOCK);
    }
    assert_memory_equal(first.left, second.left, sizeof first.left);
    plugin_host_close(host);
}

static void no_port_but_the_audio_is_needed_for_long_blocks(void **state) {
    (void)state;
    struct plugin_host *host = open_chain();
    static const char *const symbols[] = {"in_l", "in_r", "out_l", "out_r"};
    for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++)
        plugin_host_connect(host, symbols[i], NULL);
    plugin_host_run(host, PLUGIN_HOST_MAX_BLOCK);
    plugin_host_close(host);
}

static void no_frames_tell_the_latency_and_change_nothing(void **state) {
    (void)state;
    struct plugin_host *host = open_chain();
    render(host, &in, &first);
    const uint32_t latency = plugin_host_latency(host);
    plugin_host_restart(host);
    float without_frames = -1;
    plugin_host_connect(host, "latency", &without_frames);
    plugin_host_run(host, 0);
    assert_int_equal(without_frames, latency);
    plugin_host_run(host, 0);
    render(host, &in, &second);
    assert_same();
    plugin_host_close(host);
}

static void a_seed_repeats_its_noise(void **state) {
    (void)state;
    struct plugin_host *host = open_chain();
    plugin_host_set(host, "stage_noise", 1000);
    plugin_host_set(host, "seed", 77);
    render(host, &in, &first);
    plugin_host_restart(host);
    render(host, &in, &second);
    assert_same();
    plugin_host_restart(host);
    plugin_host_set(host, "seed", 78);
    render(host, &in, &second);
    assert_memory_not_equal(first.left, second.left, sizeof first.left);
    plugin_host_close(host);
}

static void seed_zero_is_fresh_each_time(void **state) {
    (void)state;
    struct plugin_host *host = open_chain();
    plugin_host_set(host, "stage_noise", 1000);
    plugin_host_set(host, "seed", 0);
    render(host, &in, &first);
    plugin_host_restart(host);
    render(host, &in, &second);
    assert_memory_not_equal(first.left, second.left, sizeof first.left);
    plugin_host_close(host);
}

static void the_callers_floating_point_mode_stays(void **state) {
    (void)state;
#ifdef __SSE2__
    static const unsigned modes[] = {0x1f80U, 0x9fc0U, 0x5f80U};
    struct plugin_host *host = open_chain();
    plugin_host_run(host, BLOCK); // activates, which is free to raise flags
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        const unsigned before = _mm_getcsr();
        _mm_setcsr(modes[i]);
        plugin_host_run(host, BLOCK);
        const unsigned after = _mm_getcsr();
        _mm_setcsr(before);
        assert_int_equal(after, modes[i]);
    }
    plugin_host_close(host);
#else
    skip();
#endif
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_missing_control_has_its_default, prepare),
        cmocka_unit_test_setup(a_missing_meter_is_left_out, prepare),
        cmocka_unit_test_setup(a_missing_right_input_is_silence, prepare),
        cmocka_unit_test_setup(a_missing_output_leaves_the_other, prepare),
        cmocka_unit_test_setup(no_port_but_the_audio_is_needed_for_long_blocks, prepare),
        cmocka_unit_test_setup(no_frames_tell_the_latency_and_change_nothing, prepare),
        cmocka_unit_test_setup(a_seed_repeats_its_noise, prepare),
        cmocka_unit_test_setup(seed_zero_is_fresh_each_time, prepare),
        cmocka_unit_test_setup(the_callers_floating_point_mode_stays, prepare),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
