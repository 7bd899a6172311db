// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Nothing that a person or a host turns while music plays clicks.
//
// A click is a step, or a corner far sharper than the music. The music here is a low sine: a step
// of s has a second difference of s, and the sine itself one of A w^2, which is 0.0007 A. So the
// largest second difference while something changes may reach CURVES times that of what played
// before or plays afterwards, whichever is sharper: that finds steps of -55 dB below the sine. The
// fades themselves stay under it: a smooth step over 10 ms between two sines of full amplitude
// adds 3.1e-3 A w + 2.6e-5 A, a quarter of A w^2.
#include "fixture.h"

#include <lv2/core/lv2.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define RATE_HZ   48000.0
#define AMPLITUDE 0.02
#define CURVES    2.5
#define FLOOR     (2e-6 * AMPLITUDE) // of rounding to float
#define NOISE     (1e-2 * AMPLITUDE) // hides a click, and need not be the same before and after

enum {
    BLOCK = 64,
    SETTLE = 16000, // frames: a change takes effect within a third of a second
    STRETCH = 4800, // of steady tone that is measured
    SWEEP_BLOCKS = 96,
    PERIOD = 240, // frames: 200 Hz
    WHAT_BYTES = 96,
};

// A tone without end, as the plugin plays it. Each input has a level of its own.
struct player {
    struct plugin_host *host;
    size_t played;
    struct tracks in, out;
    float past[TRACKS_MAX][PERIOD]; // a ring
    double sharpest, noise;         // of what repeats with the period, what does not
};

static void play_block(struct player *player) {
    for (unsigned c = 0; c < player->in.channels; c++)
        for (size_t i = 0; i < BLOCK; i++)
            player->in.channel[c][i] =
                (float)(AMPLITUDE * (1 - 0.1 * c) *
                        sin(2 * acos(-1.0) / PERIOD * (double)((player->played + i) % PERIOD)));
    fixture_play(player->host, &player->in, &player->out, BLOCK);
    for (unsigned c = 0; c < player->out.channels; c++) {
        float *past = player->past[c];
        for (size_t i = 0; i < BLOCK; i++) {
            const double now = (double)player->out.channel[c][i];
            const size_t at = (player->played + i) % PERIOD;
            const double curve = now - 2 * (double)past[(at + PERIOD - 1) % PERIOD] +
                                 (double)past[(at + PERIOD - 2) % PERIOD];
            // A NaN is the sharpest of all.
            if (!(fabs(curve) <= player->sharpest))
                player->sharpest = isnan(curve) ? INFINITY : fabs(curve);
            player->noise = fmax(player->noise, fabs(now - (double)past[at]));
            past[at] = (float)now;
        }
    }
    player->played += BLOCK;
}

// The largest second difference of that many frames.
static double play(struct player *player, size_t frames) {
    player->sharpest = player->noise = 0;
    for (size_t done = 0; done < frames; done += BLOCK)
        play_block(player);
    return player->sharpest;
}

static struct player player_new(void) {
    struct plugin_host *host = fixture_open(RATE_HZ);
    return (struct player){
        .host = host, .in = fixture_inputs(host, BLOCK), .out = fixture_outputs(host, BLOCK)};
}

static void player_free(struct player *player) {
    tracks_free(&player->in);
    tracks_free(&player->out);
    plugin_host_close(player->host);
}

static void start(struct player *player, const struct scene *scene) {
    scene_start(player->host, scene);
    play(player, SETTLE);
}

// --- Transitions ---

struct transition {
    double before, during, after;
};

static unsigned clicks, judged, noisy;

static void check_click(const char *what, const struct transition *transition) {
    judged++;
    const double steady = fmax(transition->before, transition->after);
    if (transition->during <= CURVES * steady + FLOOR)
        return;
    clicks++;
    print_message("%s clicks: second difference %.3g, %.3g before, %.3g after\n", what,
                  transition->during, transition->before, transition->after);
}

static void expect_no_clicks(void) {
    const unsigned found = clicks;
    print_message("%u changes, and %u under noise\n", judged, noisy);
    assert_true(judged > noisy);
    clicks = judged = noisy = 0;
    assert_int_equal(found, 0);
}

// What a host's automation sends: a value a block, over so many blocks.
static void move(struct player *player, const struct plugin_host_port *port, double from, double to,
                 int blocks) {
    const bool by_ratio = from > 0 && to > 0 && fmax(from / to, to / from) > 50;
    player->sharpest = 0;
    for (int i = 1; i <= blocks; i++) {
        const double share = (double)i / blocks;
        plugin_host_set(player->host, port->symbol,
                        i == blocks ? to
                        : by_ratio  ? from * pow(to / from, share)
                                    : from + (to - from) * share);
        play_block(player);
    }
}

// Moves a control and waits until all of it is over.
static void change(struct player *player, const char *what, const struct plugin_host_port *port,
                   double to, int blocks) {
    struct transition transition;
    const double from = plugin_host_get(player->host, port->symbol);
    transition.before = play(player, STRETCH);
    const double noise_before = player->noise;
    move(player, port, from, to, blocks);
    for (size_t done = 0; done < SETTLE; done += BLOCK)
        play_block(player);
    transition.during = player->sharpest;
    transition.after = play(player, STRETCH);
    if (fmax(noise_before, player->noise) > NOISE) {
        noisy++;
        return;
    }
    char text[WHAT_BYTES];
    snprintf(text, sizeof text, "%s: %s from %g to %g", what, port->symbol, from, to);
    check_click(text, &transition);
}

// --- Tests ---

static void toggling_does_not_click(void **state) {
    (void)state;
    struct player player = player_new();
    struct scene scenes[SCENES_MAX];
    const size_t count = scenes_of(player.host, scenes);
    const struct plugin_host_port *port = plugin_host_designated(player.host, LV2_CORE__enabled);
    assert_non_null(port);
    for (size_t i = 0; i < count; i++) {
        start(&player, &scenes[i]);
        change(&player, scene_text(&scenes[i]), port, 0, 1);
        change(&player, scene_text(&scenes[i]), port, 1, 1);
    }
    player_free(&player);
    expect_no_clicks();
}

static bool is_swept(const struct plugin_host_port *port) {
    return port->control && port->input && strcmp(port->designation, LV2_CORE__enabled) != 0;
}

// From end to end as fast as people turn, then at a stroke, each way.
static void sweep(struct player *player, const struct plugin_host_port *port, int mode) {
    const struct scene scene = {"swept", "", mode};
    start(player, &scene);
    change(player, "to an end", port, port->minimum, 1);
    change(player, "swept up", port, port->maximum, SWEEP_BLOCKS);
    change(player, "swept down", port, port->minimum, SWEEP_BLOCKS);
    change(player, "jumps up", port, port->maximum, 1);
    change(player, "jumps down", port, port->minimum, 1);
}

static void moving_any_control_does_not_click(void **state) {
    (void)state;
    struct player player = player_new();
    const struct plugin_host_port *mode_port = scene_mode_port(player.host);
    const int modes = mode_port ? 1 + (int)mode_port->maximum : 1;
    for (int mode = 0; mode < modes; mode++) {
        if (mode_port && mode != (int)mode_port->preset && !long_run())
            continue;
        for (uint32_t i = 0; i < plugin_host_port_count(player.host); i++)
            if (is_swept(plugin_host_port(player.host, i)))
                sweep(&player, plugin_host_port(player.host, i), mode);
    }
    player_free(&player);
    expect_no_clicks();
}

// Through all choices, as automation between two points does: with every fraction between two of
// them, and so slowly that each comes into force.
static void walk_choices(struct player *player, const struct plugin_host_port *port) {
    static const struct scene scene = {"walked", "", 1};
    start(player, &scene);
    for (int choice = 0; choice < (int)port->maximum; choice++)
        change(player, "walked up", port, choice + 1, SETTLE / BLOCK);
    change(player, "back", port, 0, 1);
}

static void walking_through_choices_does_not_click(void **state) {
    (void)state;
    struct player player = player_new();
    for (uint32_t i = 0; i < plugin_host_port_count(player.host); i++) {
        const struct plugin_host_port *port = plugin_host_port(player.host, i);
        if (port->control && port->input && port->choice)
            walk_choices(&player, port);
    }
    player_free(&player);
    expect_no_clicks();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(toggling_does_not_click),
        cmocka_unit_test(moving_any_control_does_not_click),
        cmocka_unit_test(walking_through_choices_does_not_click),
    };
    return fixture_run(tests);
}
