// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Nothing that a person or a host turns while music plays clicks (tone.h).
//
// LOADLINE_LONG=1 does so at other rates, too, and many times from any settings.
#include "fixture.h"
#include "tone.h"

#include <lv2/core/lv2.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define RATE_HZ 48000.0

enum { SWEEP_BLOCKS = 96 };

static struct tone start(double rate_hz) {
    return tone_new(fixture_open(rate_hz));
}

static void finish(struct tone *tone) {
    print_message("%u changes, and %u under noise\n", tone->judged, tone->noisy);
    assert_true(tone->judged > 0);
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

// From end to end as fast as people turn, then at a stroke, each way.
static void sweep(struct tone *tone, const struct plugin_host_port *port, int mode) {
    const struct scene scene = {"swept", "", mode};
    scene_start(tone->host, &scene);
    tone_settle(tone);
    tone_change(tone, "to an end", port, port->minimum, 1);
    tone_change(tone, "swept up", port, port->maximum, SWEEP_BLOCKS);
    tone_change(tone, "swept down", port, port->minimum, SWEEP_BLOCKS);
    tone_change(tone, "jumps up", port, port->maximum, 1);
    tone_change(tone, "jumps down", port, port->minimum, 1);
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

// Any control to anywhere, while some of the others are anywhere. One at a time: where several
// change at once some are in force before the others.
static void no_change_of_any_settings_clicks(void **state) {
    (void)state;
    const unsigned rounds = long_run() ? 4000 : 80;
    struct tone tone = start(RATE_HZ);
    struct splitmix random = {23};
    for (unsigned round = 0; round < rounds; round++) {
        char what[32];
        snprintf(what, sizeof what, "round %u", round);
        scene_start_defaults(tone.host);
        for (size_t i = automation_below(&random, 8); i > 0; i--) {
            const struct plugin_host_port *port = automation_port(tone.host, &random);
            plugin_host_set(tone.host, port->symbol, automation_value(port, &random));
        }
        tone_settle(&tone);
        const struct plugin_host_port *port = automation_port(tone.host, &random);
        tone_change(&tone, what, port, automation_value(port, &random), 1);
    }
    finish(&tone);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(toggling_does_not_click),
        cmocka_unit_test(moving_any_control_does_not_click),
        cmocka_unit_test(walking_through_choices_does_not_click),
        cmocka_unit_test(no_change_of_any_settings_clicks),
    };
    return fixture_run(tests);
}
