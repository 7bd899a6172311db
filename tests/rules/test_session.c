// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// What a host keeps and gives back: presets say all that they should, a session that is saved and
// loaded again sounds as it did. And buttons: a trigger acts when it goes up, and only then, for
// some hosts leave it there.
#include "fixture.h"
#include "session.h"

#include <lv2/core/lv2.h>
#include <lv2/presets/presets.h>
#include <lv2/state/state.h>
#include <math.h>
#include <string.h>

#define RATE_HZ 48000.0

enum { BLOCK = 128, FRAMES = 8192, BLOCKS = FRAMES / BLOCK, VALUES_MAX = 128 };

// --- Ports as a host sees them ---

// What a person chooses once and no preset touches.
static bool is_of_session(const struct plugin_host_port *port) {
    return port->fixed || scene_is_seed(port) ||
           strcmp(port->designation, LV2_CORE__enabled) == 0 ||
           strcmp(port->designation, LV2_CORE__freeWheeling) == 0;
}

static bool is_setting(const struct plugin_host_port *port) {
    return port->control && port->input;
}

struct values {
    double value[VALUES_MAX];
};

static struct values read_values(const struct plugin_host *host) {
    struct values values = {{0}};
    assert_true(plugin_host_port_count(host) <= VALUES_MAX);
    for (uint32_t i = 0; i < plugin_host_port_count(host); i++)
        if (is_setting(plugin_host_port(host, i)))
            values.value[i] = plugin_host_get(host, plugin_host_port(host, i)->symbol);
    return values;
}

static void set_at_random(struct plugin_host *host, struct splitmix *random) {
    for (uint32_t i = 0; i < plugin_host_port_count(host); i++) {
        const struct plugin_host_port *port = plugin_host_port(host, i);
        if (is_setting(port) && !scene_is_seed(port) && !port->trigger)
            plugin_host_set(host, port->symbol, automation_value(port, random));
    }
}

// --- Presets ---

// Over whatever was set, a preset gives what it gives over the defaults, and leaves what is of the
// session.
static void check_preset(struct plugin_host *host, const char *preset, struct splitmix *random) {
    scene_start_defaults(host);
    plugin_host_load_preset(host, preset);
    const struct values expected = read_values(host);
    scene_start_defaults(host);
    set_at_random(host, random);
    const struct values before = read_values(host);
    plugin_host_load_preset(host, preset);
    const struct values after = read_values(host);
    for (uint32_t i = 0; i < plugin_host_port_count(host); i++) {
        const struct plugin_host_port *port = plugin_host_port(host, i);
        const double value = after.value[i];
        if (!is_setting(port) || port->trigger)
            continue;
        if (value != (is_of_session(port) ? before : expected).value[i])
            fail_msg("<%s> leaves %s at %g", preset, port->symbol, value);
        if (!(value >= port->minimum && value <= port->maximum))
            fail_msg("<%s> sets %s to %g", preset, port->symbol, value);
    }
}

static void check_sound(struct plugin_host *host) {
    struct tracks in = fixture_inputs(host, FRAMES);
    struct tracks out = fixture_outputs(host, FRAMES);
    tracks_add_noise(&in, 0.5, 31);
    fixture_play(host, &in, &out, BLOCK);
    assert_true(tracks_is_finite(&out));
    assert_true(tracks_peak(&out) > 0);
    tracks_free(&in);
    tracks_free(&out);
}

static void every_preset_is_complete_and_sounds(void **state) {
    (void)state;
    struct plugin_host *host = fixture_open(RATE_HZ);
    struct splitmix random = {31};
    LilvNode *class = lilv_new_uri(plugin_host_world(), LV2_PRESETS__Preset);
    LilvNodes *presets = lilv_plugin_get_related(plugin_host_plugin(fixture_uri()), class);
    LILV_FOREACH(nodes, i, presets) {
        const char *preset = lilv_node_as_uri(lilv_nodes_get(presets, i));
        check_preset(host, preset, &random);
        scene_start_defaults(host);
        plugin_host_load_preset(host, preset);
        check_sound(host);
    }
    lilv_nodes_free(presets);
    lilv_node_free(class);
    plugin_host_close(host);
}

// --- Sessions ---

static void press(struct plugin_host *host, const struct plugin_host_port *port) {
    plugin_host_set(host, port->symbol, 1);
    plugin_host_run(host, BLOCK);
    plugin_host_set(host, port->symbol, 0);
    plugin_host_run(host, BLOCK);
}

// Saved in the middle of it all, with buttons pressed before.
static void check_session(uint64_t seed) {
    struct plugin_host *host = fixture_open(RATE_HZ);
    struct splitmix random = {seed};
    set_at_random(host, &random);
    for (uint32_t i = 0; i < plugin_host_port_count(host); i++)
        if (plugin_host_port(host, i)->trigger)
            for (size_t n = automation_below(&random, 4); n > 0; n--)
                press(host, plugin_host_port(host, i));
    plugin_host_run(host, BLOCK);
    session_expect_kept(host, seed);
    plugin_host_close(host);
}

static void a_saved_session_is_what_it_was(void **state) {
    (void)state;
    const uint64_t sessions = long_run() ? 100 : 12;
    for (uint64_t seed = 1; seed <= sessions; seed++)
        check_session(seed);
}

// --- Triggers ---

// What a button is at each block.
struct gesture {
    const char *name;
    double before, during, after; // before block 10, from there on, from block 20 on
    bool acts;
};

static struct fixture_meters play_gesture(struct plugin_host *host, const char *symbol,
                                          const struct gesture *gesture, const struct tracks *in,
                                          struct tracks *out) {
    scene_start_defaults(host);
    for (size_t block = 0; block < BLOCKS; block++) {
        plugin_host_set(host, symbol,
                        block < 10   ? gesture->before
                        : block < 20 ? gesture->during
                                     : gesture->after);
        plugin_host_play(host, in, out, block * BLOCK, BLOCK, BLOCK);
    }
    return fixture_meters(host);
}

// Each in an instance of its own: what a button does may outlive a restart.
static void check_trigger(const struct plugin_host_port *port) {
    static const struct gesture gestures[] = {
        {"is down", 0, 0, 0, false},
        {"goes up and down", 0, 1, 0, true},
        {"goes up and stays", 0, 1, 1, true},
        {"is up from the start", 1, 1, 1, false},
        {"goes down", 1, 0, 0, false},
        {"goes almost half way up", 0, 0.49, 0, false},
        {"goes a little more than half way up", 0, 0.51, 0, true},
        {"wavers, high up", 1, 0.6, 1, false},
    };
    struct tracks in = {0};
    struct tracks expected[2] = {{0}, {0}};
    struct fixture_meters expected_meters[2];
    for (size_t i = 0; i < sizeof gestures / sizeof *gestures; i++) {
        struct plugin_host *host = fixture_open(RATE_HZ);
        if (i == 0) {
            in = fixture_inputs(host, FRAMES);
            tracks_add_noise(&in, 0.5, 32);
        }
        struct tracks out = fixture_outputs(host, FRAMES);
        const struct fixture_meters meters =
            play_gesture(host, port->symbol, &gestures[i], &in, &out);
        if (i < 2) { // the first of either kind
            expected[i] = out;
            expected_meters[i] = meters;
        } else {
            const size_t like = gestures[i].acts;
            if (!tracks_same(&out, &expected[like]) ||
                !fixture_same_meters(&meters, &expected_meters[like]))
                fail_msg("%s %s: that should%s act", port->symbol, gestures[i].name,
                         gestures[i].acts ? "" : " not");
            tracks_free(&out);
        }
        plugin_host_close(host);
    }
    tracks_free(&in);
    tracks_free(&expected[0]);
    tracks_free(&expected[1]);
}

static void triggers_act_when_they_go_up(void **state) {
    (void)state;
    struct plugin_host *host = fixture_open(RATE_HZ);
    for (uint32_t i = 0; i < plugin_host_port_count(host); i++)
        if (plugin_host_port(host, i)->trigger)
            check_trigger(plugin_host_port(host, i));
    plugin_host_close(host);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_preset_is_complete_and_sounds),
        cmocka_unit_test(a_saved_session_is_what_it_was),
        cmocka_unit_test(triggers_act_when_they_go_up),
    };
    return fixture_run(tests);
}
