// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "session.h"

#include "fixture.h"
#include "host_features.h"

#include <lv2/state/state.h>
#include <math.h>
#include <string.h>

#define ROUNDING 1e-6
#define LEVEL    0.5

enum { BLOCK = 128, FRAMES = 8192 };

static const void *get_value(const char *symbol, void *context, uint32_t *size, uint32_t *type) {
    static float value;
    value = (float)plugin_host_get(context, symbol);
    *size = sizeof value;
    *type = features_urid("http://lv2plug.in/ns/ext/atom#Float");
    return &value;
}

static void set_value(const char *symbol, void *context, const void *value, uint32_t size,
                      uint32_t type) {
    float number = 0;
    (void)type;
    assert_int_equal(size, sizeof number);
    memcpy(&number, value, size);
    plugin_host_set(context, symbol, (double)number);
}

// To Turtle and back, as through a file.
static LilvState *save(struct plugin_host *host) {
    LilvState *state = lilv_state_new_from_instance(
        plugin_host_plugin(fixture_uri()), plugin_host_instance(host), features_map(), NULL, NULL,
        NULL, NULL, get_value, host, LV2_STATE_IS_POD | LV2_STATE_IS_PORTABLE, NULL);
    assert_non_null(state);
    char *text = lilv_state_to_string(plugin_host_world(), features_map(), features_unmap(), state,
                                      "urn:loadline:test", NULL);
    assert_non_null(text);
    LilvState *again = lilv_state_new_from_string(plugin_host_world(), features_map(), text);
    assert_non_null(again);
    lilv_free(text);
    lilv_state_free(state);
    return again;
}

static void restore(struct plugin_host *host, const LilvState *state) {
    lilv_state_restore(state, plugin_host_instance(host), set_value, host, 0, NULL);
}

// Turtle rounds numbers to decimals.
static void take_rounding(struct plugin_host *host, const struct plugin_host *restored) {
    for (uint32_t i = 0; i < plugin_host_port_count(host); i++) {
        const struct plugin_host_port *port = plugin_host_port(host, i);
        if (!(port->control && port->input))
            continue;
        const double saved = plugin_host_get(host, port->symbol);
        const double value = plugin_host_get(restored, port->symbol);
        if (!(fabs(value - saved) <= ROUNDING * fmax(1, fabs(saved))))
            fail_msg("%s was %.9g and comes back as %.9g", port->symbol, saved, value);
        plugin_host_set(host, port->symbol, value);
    }
}

void session_expect_kept(struct plugin_host *host, uint64_t seed) {
    struct plugin_host *fresh = fixture_open(plugin_host_rate_hz(host));
    struct tracks in = fixture_inputs(host, FRAMES);
    struct tracks expected = fixture_outputs(host, FRAMES);
    struct tracks out = fixture_outputs(host, FRAMES);
    tracks_add_noise(&in, LEVEL, seed);
    LilvState *state = save(host);
    restore(fresh, state);
    take_rounding(host, fresh);
    plugin_host_restart(host);
    fixture_play(host, &in, &expected, BLOCK);
    fixture_play(fresh, &in, &out, BLOCK);
    const struct fixture_meters expected_meters = fixture_meters(host);
    const struct fixture_meters meters = fixture_meters(fresh);
    assert_true(fixture_same_meters(&meters, &expected_meters));
    assert_true(tracks_same(&out, &expected));
    lilv_state_free(state);
    tracks_free(&in);
    tracks_free(&expected);
    tracks_free(&out);
    plugin_host_close(fresh);
}
