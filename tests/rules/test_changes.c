// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Nothing that a person or a host turns while music plays clicks (tone.h).
//
// LOADLINE_LONG=1 does so at other rates, too, and many times from any settings.
#include "fixture.h"
#include "tone.h"

#include <lv2/core/lv2.h>
#include <lv2/presets/presets.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define RATE_HZ    48000.0
#define DEAF_SHARE 0.5   // of the changes
#define LATER_S    0.300 // the next change, at most
#define FADES_S    0.220 // a crossfade begins after this
#define FADE_S     0.030 // and is over this much later

enum { SWEEP_BLOCKS = 96, FADE_TIMES = 11 };

static struct tone start(double rate_hz) {
    return tone_new(fixture_open(rate_hz));
}

static void finish(struct tone *tone) {
    print_message("%u changes, %u under noise, %u of them under too much\n", tone->judged,
                  tone->noisy, tone->deaf);
    assert_true(tone->judged > 0);
    assert_true(tone->deaf <= DEAF_SHARE * tone->judged);
    assert_int_equal(tone->clicks, 0);
    plugin_host_close(tone->host);
    tone_free(tone);
}

static void toggling_does_not_click(void **state) {
    (void)state;
    struct tone tone = start(RATE_HZ);
    struct scene scenes[SCENES_MAX];
    const size_t count = scenes_of(tone.host, scenes);
    const struct plugin_host_port *port = plugin_host_designated(tone.host, LV2_CORE__enabled);
    assert_non_null(port);
    for (size_t i = 0; i < count; i++) {
        scene_start(tone.host, &scenes[i]);
        tone_settle(&tone);
        tone_change(&tone, scene_text(&scenes[i]), port, 0, 1);
        tone_change(&tone, scene_text(&scenes[i]), port, 1, 1);
    }
    finish(&tone);
}

// From end to end as fast as people turn, then at a stroke, each way. What makes so much noise that
// nothing else is heard then goes half way, too.
static void sweep(struct tone *tone, const struct plugin_host_port *port, int mode) {
    const struct scene scene = {"swept", "", mode};
    scene_start(tone->host, &scene);
    tone_settle(tone);
    tone_change(tone, "to an end", port, port->minimum, 1);
    tone_change(tone, "swept up", port, port->maximum, SWEEP_BLOCKS);
    tone_change(tone, "swept down", port, port->minimum, SWEEP_BLOCKS);
    const unsigned deaf = tone->deaf;
    tone_change(tone, "jumps up", port, port->maximum, 1);
    tone_change(tone, "jumps down", port, port->minimum, 1);
    if (tone->deaf == deaf || !port->logarithmic)
        return;
    const double half_way = sqrt(port->minimum * port->maximum);
    tone_change(tone, "jumps half way", port, half_way, 1);
    tone_change(tone, "jumps back", port, port->minimum, 1);
}

static void sweep_all(double rate_hz) {
    struct tone tone = start(rate_hz);
    const struct plugin_host_port *mode_port = scene_mode_port(tone.host);
    const int modes = mode_port ? 1 + (int)mode_port->maximum : 1;
    for (int mode = 0; mode < modes; mode++)
        for (uint32_t i = 0; i < plugin_host_port_count(tone.host); i++) {
            const struct plugin_host_port *port = plugin_host_port(tone.host, i);
            if (port->control && port->input && strcmp(port->designation, LV2_CORE__enabled) != 0)
                sweep(&tone, port, mode);
        }
    finish(&tone);
}

static void moving_any_control_does_not_click(void **state) {
    (void)state;
    sweep_all(RATE_HZ);
    if (long_run())
        for (size_t rate = 0; rate < HOST_RATES; rate++)
            sweep_all(host_rates_hz[rate]);
}

// Through all choices, as automation between two points does: with every fraction between two of
// them, and so slowly that each comes into force.
static void walk_choices(struct tone *tone, const struct plugin_host_port *port) {
    static const struct scene scene = {"walked", "", 1};
    scene_start(tone->host, &scene);
    tone_settle(tone);
    for (int choice = 0; choice < (int)port->maximum; choice++)
        tone_change(tone, "walked up", port, choice + 1, tone_settle_blocks(tone));
    tone_change(tone, "back", port, 0, 1);
}

static void walking_through_choices_does_not_click(void **state) {
    (void)state;
    struct tone tone = start(RATE_HZ);
    for (uint32_t i = 0; i < plugin_host_port_count(tone.host); i++) {
        const struct plugin_host_port *port = plugin_host_port(tone.host, i);
        if (port->control && port->input && port->choice)
            walk_choices(&tone, port);
    }
    finish(&tone);
}

static void move_some(struct plugin_host *host, struct splitmix *random, size_t count) {
    for (; count > 0; count--) {
        const struct plugin_host_port *port = automation_port(host, random);
        plugin_host_set(host, port->symbol, automation_value(port, random));
    }
}

// Any control to anywhere, while some of the others are anywhere.
static void no_change_of_any_settings_clicks(void **state) {
    (void)state;
    const unsigned rounds = long_run() ? 4000 : 80;
    struct tone tone = start(RATE_HZ);
    struct splitmix random = {23};
    for (unsigned round = 0; round < rounds; round++) {
        char what[32];
        snprintf(what, sizeof what, "round %u", round);
        scene_start_defaults(tone.host);
        move_some(tone.host, &random, automation_below(&random, 8));
        tone_settle(&tone);
        const struct plugin_host_port *port = automation_port(tone.host, &random);
        tone_change(&tone, what, port, automation_value(port, &random), 1);
    }
    finish(&tone);
}

// What plays where all is as in `settings`, and heard.
static void note(struct tone *tone, const struct plugin_host *settings) {
    const struct plugin_host_port *port = plugin_host_designated(tone->host, LV2_CORE__enabled);
    plugin_host_restart(tone->host);
    automation_copy(tone->host, settings);
    plugin_host_set(tone->host, port->symbol, 1);
    tone_settle(tone);
    tone_note(tone);
}

// Several at once, and others at any time while those come into force.
static void change_within(struct tone *tone, struct plugin_host *const settings[3],
                          struct splitmix *random, unsigned round) {
    char what[32];
    snprintf(what, sizeof what, "round %u", round);
    scene_start_defaults(settings[0]);
    move_some(settings[0], random, round % 2 ? automation_below(random, 8) : 0);
    automation_copy(settings[1], settings[0]);
    move_some(settings[1], random, 1 + automation_below(random, 6));
    automation_copy(settings[2], settings[1]);
    move_some(settings[2], random, 1 + automation_below(random, 2));
    for (int i = 0; i < 3; i++)
        note(tone, settings[i]);
    plugin_host_restart(tone->host);
    automation_copy(tone->host, settings[0]);
    tone_settle(tone);
    tone_begin(tone);
    automation_copy(tone->host, settings[1]);
    tone_wait(tone, LATER_S * (0.5 + 0.5 * splitmix_even(random)));
    automation_copy(tone->host, settings[2]);
    tone_end_of_several(tone, what);
}

static void no_change_within_another_clicks(void **state) {
    (void)state;
    const unsigned rounds = long_run() ? 4000 : 30;
    struct tone tone = start(RATE_HZ);
    struct splitmix random = {29};
    struct plugin_host *settings[3];
    for (int i = 0; i < 3; i++)
        settings[i] = fixture_open(RATE_HZ);
    for (unsigned round = 0; round < rounds; round++)
        change_within(&tone, settings, &random, round);
    for (int i = 0; i < 3; i++)
        plugin_host_close(settings[i]);
    finish(&tone);
}

// Everything as `settings` has it comes in, and while it fades in `enabled` is toggled.
static void toggle_within(struct tone *tone, const char *what, const struct plugin_host *settings,
                          double after_s) {
    const struct plugin_host_port *port = plugin_host_designated(tone->host, LV2_CORE__enabled);
    const double enabled = plugin_host_get(tone->host, port->symbol);
    char text[96];
    snprintf(text, sizeof text, "%s, enabled from %g after %.3f s", what, enabled, after_s);
    tone_settle(tone);
    tone_begin(tone);
    automation_copy(tone->host, settings);
    plugin_host_set(tone->host, port->symbol, enabled);
    tone_wait(tone, after_s);
    plugin_host_set(tone->host, port->symbol, 1 - enabled);
    tone_end_of_several(tone, text);
}

// In, and out again.
static void toggle_both_ways(struct tone *tone, const char *what,
                             const struct plugin_host *defaults, const struct plugin_host *settings,
                             double after_s) {
    note(tone, settings);
    scene_start_defaults(tone->host);
    toggle_within(tone, what, settings, after_s);
    note(tone, settings);
    plugin_host_restart(tone->host);
    plugin_host_set(tone->host, plugin_host_designated(tone->host, LV2_CORE__enabled)->symbol, 0);
    toggle_within(tone, what, defaults, after_s);
}

// The scenes, and the last of each choice.
static void toggling_within_a_crossfade_does_not_click(void **state) {
    (void)state;
    struct tone tone = start(RATE_HZ);
    struct plugin_host *defaults = fixture_open(RATE_HZ);
    struct plugin_host *settings = fixture_open(RATE_HZ);
    struct scene scenes[SCENES_MAX];
    const size_t count = scenes_of(tone.host, scenes);
    const size_t ports = plugin_host_port_count(tone.host);
    for (size_t i = 0; i < count + ports; i++) {
        const double after_s = FADES_S + FADE_S * (double)(i % FADE_TIMES) / FADE_TIMES;
        const struct plugin_host_port *port =
            i < count ? NULL : plugin_host_port(tone.host, (uint32_t)(i - count));
        if (port && !(port->control && port->input && port->choice))
            continue;
        scene_start(settings, &scenes[port ? 0 : i]);
        if (port)
            plugin_host_set(settings, port->symbol, port->maximum);
        toggle_both_ways(&tone, port ? port->symbol : scene_text(&scenes[i]), defaults, settings,
                         after_s);
    }
    plugin_host_close(defaults);
    plugin_host_close(settings);
    finish(&tone);
}

static void loading_a_preset_does_not_click(void **state) {
    (void)state;
    struct tone tone = start(RATE_HZ);
    LilvNode *class = lilv_new_uri(plugin_host_world(), LV2_PRESETS__Preset);
    LilvNodes *presets = lilv_plugin_get_related(plugin_host_plugin(fixture_uri()), class);
    LILV_FOREACH(nodes, i, presets) {
        const char *preset = lilv_node_as_uri(lilv_nodes_get(presets, i));
        scene_start_defaults(tone.host);
        tone_settle(&tone);
        tone_begin(&tone);
        plugin_host_load_preset(tone.host, preset);
        tone_end_of_several(&tone, preset);
    }
    if (lilv_nodes_size(presets) > 0)
        finish(&tone);
    lilv_nodes_free(presets);
    lilv_node_free(class);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(toggling_does_not_click),
        cmocka_unit_test(moving_any_control_does_not_click),
        cmocka_unit_test(walking_through_choices_does_not_click),
        cmocka_unit_test(no_change_of_any_settings_clicks),
        cmocka_unit_test(no_change_within_another_clicks),
        cmocka_unit_test(toggling_within_a_crossfade_does_not_click),
        cmocka_unit_test(loading_a_preset_does_not_click),
    };
    return fixture_run(tests);
}
