// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Bypass is the input, bit for bit, at the reported latency; and nothing that a person or a host
// turns while music plays clicks.
//
// A click is a step, or a corner far sharper than the music. The music here is a low sine: a step
// of s has a second difference of s, and the sine itself one of A w^2, which is 0.0007 A. So the
// largest second difference while something changes may reach CURVES times that of what played
// before or plays afterwards, whichever is sharper: that finds steps of -55 dB below the sine. The
// fades themselves stay under it: a smooth step over 10 ms between two sines of full amplitude
// adds 3.1e-3 A w + 2.6e-5 A, a quarter of A w^2.
#include "chain_host.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define RATE_HZ      48000.0
#define TONE_HZ      200.0
#define AMPLITUDE    0.02
#define CURVES       2.5
#define FLOOR        (2e-6 * AMPLITUDE) // of rounding to float
#define GAIN_LIVE_DB (-46.0)            // its delay depends on frequency by a frame or less
#define GAIN_DB      (-66.0)
#define BYPASS_S     0.010

enum {
    BLOCK = 64,
    SETTLE = 16000, // frames: a change takes effect within 150 ms
    STRETCH = 4800, // of steady tone that is measured
    STEP_FRAMES = 256,
    FAST_STEPS = 24,
    CHOICES_MAX = 128,
};

// --- Bit-exact ---

static void check_bit_exact(struct plugin_host *host, const char *settings, int quality) {
    struct stereo in = stereo_new(6000);
    struct stereo out = stereo_new(in.frames);
    stereo_add_noise(&in, 3, 41);
    chain_start(host, settings, quality);
    plugin_host_set(host, "enabled", 0);
    chain_play(host, &in, &out, BLOCK);
    const size_t latency = plugin_host_latency(host);
    const size_t size = (in.frames - latency) * sizeof(float);
    assert_memory_equal(out.left + latency, in.left, size);
    assert_memory_equal(out.right + latency, in.right, size);
    for (size_t i = 0; i < latency; i++)
        assert_true(out.left[i] == 0 && out.right[i] == 0);
    stereo_free(&in);
    stereo_free(&out);
}

static void bypass_is_the_input(void **state) {
    (void)state;
    for (size_t rate = 0; rate < CHAIN_RATES; rate++) {
        struct plugin_host *host = chain_open(chain_rates_hz[rate]);
        for (size_t c = 0; c < CHAIN_CIRCUITS; c++)
            for (int quality = 0; quality < CHAIN_QUALITIES; quality++)
                check_bit_exact(host, chain_circuits[c].settings, quality);
        plugin_host_close(host);
    }
}

// Not only from the first frame on: a second after being switched off, too.
static void bypass_is_the_input_after_a_fade(void **state) {
    (void)state;
    struct plugin_host *host = chain_open(RATE_HZ);
    struct stereo in = stereo_new(20000);
    struct stereo out = stereo_new(in.frames);
    const size_t from = 10000;
    stereo_add_noise(&in, 0.9, 42);
    chain_start(host, "stage_noise=100 topology=2", CHAIN_NORMAL);
    plugin_host_render(host, in.left, in.right, out.left, out.right, from / 2, BLOCK);
    plugin_host_set(host, "enabled", 0);
    plugin_host_render(host, in.left + from / 2, in.right + from / 2, out.left + from / 2,
                       out.right + from / 2, in.frames - from / 2, BLOCK);
    const size_t latency = plugin_host_latency(host);
    assert_memory_equal(out.left + from, in.left + from - latency,
                        (in.frames - from) * sizeof(float));
    assert_memory_equal(out.right + from, in.right + from - latency,
                        (in.frames - from) * sizeof(float));
    stereo_free(&in);
    stereo_free(&out);
    plugin_host_close(host);
}

// --- Clicks ---

// A tone without end, as the plugin plays it.
struct player {
    struct plugin_host *host;
    size_t played;
    float past[2]; // of the left output
    double sharpest;
};

static void play_block(struct player *player) {
    float in[BLOCK];
    float out[BLOCK];
    const size_t period = (size_t)(RATE_HZ / TONE_HZ);
    for (size_t i = 0; i < BLOCK; i++)
        in[i] = (float)(AMPLITUDE * sin(2 * acos(-1.0) * (double)((player->played + i) % period) /
                                        (double)period));
    plugin_host_render(player->host, in, in, out, NULL, BLOCK, BLOCK);
    for (size_t i = 0; i < BLOCK; i++) {
        const double curve = (double)out[i] - 2 * (double)player->past[1] + (double)player->past[0];
        // A NaN is the sharpest of all.
        if (!(fabs(curve) <= player->sharpest))
            player->sharpest = isnan(curve) ? INFINITY : fabs(curve);
        player->past[0] = player->past[1];
        player->past[1] = out[i];
    }
    player->played += BLOCK;
}

// The largest second difference of that many frames.
static double play(struct player *player, size_t frames) {
    player->sharpest = 0;
    for (size_t done = 0; done < frames; done += BLOCK)
        play_block(player);
    return player->sharpest;
}

static struct player start(struct plugin_host *host, const char *settings, int quality) {
    struct player player = {.host = host};
    chain_start(host, settings, quality);
    play(&player, SETTLE);
    return player;
}

struct transition {
    double before, during, after;
};

static unsigned clicks;

static void check_click(const char *what, const struct transition *transition) {
    const double steady = fmax(transition->before, transition->after);
    if (transition->during <= CURVES * steady + FLOOR)
        return;
    clicks++;
    print_message("%s clicks: second difference %.3g, %.3g before, %.3g after\n", what,
                  transition->during, transition->before, transition->after);
}

static void expect_no_clicks(void) {
    const unsigned found = clicks;
    clicks = 0;
    assert_int_equal(found, 0);
}

// Changes one setting and waits until all of it is over.
static void change(struct player *player, const char *what, const char *symbol, double value) {
    struct transition transition;
    transition.before = play(player, STRETCH);
    plugin_host_set(player->host, symbol, value);
    transition.during = play(player, SETTLE);
    transition.after = play(player, STRETCH);
    check_click(what, &transition);
}

static void the_measure_finds_a_step(void **state) {
    (void)state;
    // The tone, and the tone with a step of -50 dB.
    const double w = 2 * acos(-1.0) * TONE_HZ / RATE_HZ;
    const double curve = AMPLITUDE * w * w;
    const double step = AMPLITUDE * pow(10, -50 / 20.0);
    assert_true(step > CURVES * curve + FLOOR);
    struct plugin_host *host = chain_open(RATE_HZ);
    struct player player = start(host, CHAIN_IDEAL, CHAIN_NORMAL);
    const double measured = play(&player, STRETCH);
    assert_true(fabs(measured / curve - 1) < 0.02);
    player.past[1] += (float)step;
    player.past[0] += (float)step;
    assert_true(play(&player, STRETCH) > CURVES * measured + FLOOR);
    plugin_host_close(host);
}

static void toggling_does_not_click(void **state) {
    (void)state;
    struct plugin_host *host = chain_open(RATE_HZ);
    for (size_t c = 0; c < CHAIN_CIRCUITS; c++)
        for (int quality = 0; quality < CHAIN_QUALITIES; quality++) {
            // Noise is no click; it would hide one.
            if (strstr(chain_circuits[c].settings, "noise"))
                continue;
            struct player player = start(host, chain_circuits[c].settings, quality);
            change(&player, chain_circuits[c].name, "enabled", 0);
            change(&player, chain_circuits[c].name, "enabled", 1);
        }
    plugin_host_close(host);
    expect_no_clicks();
}

// Faster than the fade: it turns back half way, which bends the envelope by twice its slope. With
// the level off by 6 dB that is 2 * 1.5 / (10 ms * rate) * A, and no step may be found above it.
static void toggling_in_haste_does_not_step(void **state) {
    (void)state;
    struct plugin_host *host = chain_open(RATE_HZ);
    struct player player = start(host, CHAIN_IDEAL " topology=2", CHAIN_NORMAL);
    const double steady = play(&player, STRETCH);
    double sharpest = 0;
    for (int i = 1; i < 200; i++) {
        plugin_host_set(host, "enabled", i % 2);
        sharpest = fmax(sharpest, play(&player, (size_t)BLOCK * (size_t)(1 + i % 7)));
    }
    const double bend = 2 * 1.5 / (BYPASS_S * RATE_HZ) * AMPLITUDE;
    print_message("Toggled every few ms: second difference %.3g, steady %.3g, bend %.3g\n",
                  sharpest, steady, bend);
    assert_true(sharpest <= CURVES * steady + bend);
    plugin_host_close(host);
}

// --- Every control ---

// What a host sends while its automation moves from one end to the other: a value a block.
static void sweep(struct player *player, const struct plugin_host_control *control, double from,
                  double to) {
    struct transition transition;
    plugin_host_set(player->host, control->symbol, from);
    play(player, SETTLE);
    transition.before = play(player, STRETCH);
    player->sharpest = 0;
    for (int i = 1; i <= FAST_STEPS; i++) {
        const double share = (double)i / FAST_STEPS;
        const bool by_ratio = from > 0 && to > 0 && fmax(from / to, to / from) > 50;
        plugin_host_set(player->host, control->symbol,
                        by_ratio ? from * pow(to / from, share) : from + (to - from) * share);
        for (size_t done = 0; done < STEP_FRAMES; done += BLOCK)
            play_block(player);
    }
    for (size_t done = 0; done < SETTLE; done += BLOCK)
        play_block(player);
    transition.during = player->sharpest;
    transition.after = play(player, STRETCH);
    check_click(control->symbol, &transition);
}

struct sweeps {
    struct plugin_host *host;
    int quality;
    unsigned swept;
};

static bool is_noise(const char *symbol) {
    return strcmp(symbol, "stage_noise") == 0 || strcmp(symbol, "source_noise") == 0;
}

static void sweep_control(const struct plugin_host_control *control, void *context) {
    struct sweeps *sweeps = context;
    if (!control->input || is_noise(control->symbol))
        return;
    struct player player = start(sweeps->host, "", sweeps->quality);
    sweep(&player, control, control->minimum, control->maximum);
    sweep(&player, control, control->maximum, control->minimum);
    sweeps->swept++;
}

static void sweeping_any_control_does_not_click(void **state) {
    (void)state;
    struct plugin_host *host = chain_open(RATE_HZ);
    for (int quality = 0; quality < CHAIN_QUALITIES; quality++) {
        struct sweeps sweeps = {host, quality, 0};
        if (quality != CHAIN_NORMAL && !chain_long_run())
            continue;
        plugin_host_each_control(host, sweep_control, &sweeps);
        print_message("%u controls swept at quality %d\n", sweeps.swept, quality);
        assert_true(sweeps.swept >= 40);
    }
    plugin_host_close(host);
    expect_no_clicks();
}

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
    for (size_t rate = 0; rate < CHAIN_RATES; rate++) {
        struct plugin_host *host = chain_open(chain_rates_hz[rate]);
        print_message("%6.0f Hz:", chain_rates_hz[rate]);
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

// Each choice held until it sounds.
static void walk_choices(struct plugin_host *host, const char *symbol) {
    struct player player = start(host, "", CHAIN_NORMAL);
    plugin_host_set_to_maximum(host, symbol);
    const int last = (int)lround(plugin_host_get(host, symbol));
    plugin_host_set(host, symbol, 0);
    assert_true(last > 0 && last < CHOICES_MAX);
    for (int choice = 1; choice <= last; choice++) {
        char what[64];
        snprintf(what, sizeof what, "%s %d", symbol, choice);
        change(&player, what, symbol, choice);
    }
    change(&player, symbol, symbol, 0);
    print_message("%s: %d choices\n", symbol, last + 1);
}

static void no_choice_clicks(void **state) {
    (void)state;
    static const char *const selectors[] = {"headphone", "amplifier", "cable",
                                            "topology",  "quality",   "match"};
    struct plugin_host *host = chain_open(RATE_HZ);
    for (size_t i = 0; i < sizeof selectors / sizeof *selectors; i++)
        walk_choices(host, selectors[i]);
    plugin_host_close(host);
    expect_no_clicks();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bypass_is_the_input),
        cmocka_unit_test(bypass_is_the_input_after_a_fade),
        cmocka_unit_test(the_measure_finds_a_step),
        cmocka_unit_test(toggling_does_not_click),
        cmocka_unit_test(toggling_in_haste_does_not_step),
        cmocka_unit_test(turning_the_gain_leaves_the_level),
        cmocka_unit_test(no_choice_clicks),
        cmocka_unit_test(sweeping_any_control_does_not_click),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
