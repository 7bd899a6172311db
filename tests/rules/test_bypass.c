// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Bypass is the input, bit for bit, at the reported latency. The latency is the true one, the same
// in bypass, and nothing moves it that a host may automate.
#include "fixture.h"

#include <lv2/core/lv2.h>
#include <math.h>
#include <string.h>

enum {
    BLOCK = 64,
    FRAMES = 8192,
    HEARD_FRAMES = 2048,
    FADE_S_INVERSE = 8, // a bypass has to be there after an eighth of a second
};

static const char *switch_symbol(const struct plugin_host *host) {
    const struct plugin_host_port *port = plugin_host_designated(host, LV2_CORE__enabled);
    const char *symbol = port ? port->symbol : NULL;
    assert_non_null(symbol);
    return symbol;
}

// The input that an output is in bypass: of the same side, on the main way.
static unsigned input_of(const struct plugin_host *host, unsigned output) {
    const char *side =
        plugin_host_port(host, plugin_host_audio_port(host, false, output))->designation;
    for (unsigned n = 0; n < plugin_host_audio_count(host, true); n++) {
        const struct plugin_host_port *port =
            plugin_host_port(host, plugin_host_audio_port(host, true, n));
        if (!port->side_chain && strcmp(port->designation, side) == 0)
            return n;
    }
    return output;
}

// --- Bit-exact ---

// From a frame on.
static void expect_input(const struct plugin_host *host, const struct tracks *in,
                         const struct tracks *out, size_t from) {
    const size_t latency = plugin_host_latency(host);
    for (unsigned n = 0; n < out->channels; n++)
        if (memcmp(out->channel[n] + from, in->channel[input_of(host, n)] + from - latency,
                   (in->frames - from) * sizeof(float)) != 0)
            fail_msg("output %u at %g Hz is not the input", n, plugin_host_rate_hz(host));
}

static void check_bit_exact(struct plugin_host *host, const struct scene *scene) {
    struct tracks in = fixture_inputs(host, FRAMES);
    struct tracks out = fixture_outputs(host, FRAMES);
    tracks_add_noise(&in, 3, 41);
    scene_start(host, scene);
    plugin_host_set(host, switch_symbol(host), 0);
    fixture_play(host, &in, &out, BLOCK);
    const size_t latency = plugin_host_latency(host);
    expect_input(host, &in, &out, latency);
    for (unsigned n = 0; n < out.channels; n++)
        for (size_t i = 0; i < latency; i++)
            assert_true(out.channel[n][i] == 0);
    tracks_free(&in);
    tracks_free(&out);
}

static void bypass_is_the_input(void **state) {
    (void)state;
    for (size_t rate = 0; rate < HOST_RATES; rate++) {
        struct plugin_host *host = fixture_open(host_rates_hz[rate]);
        struct scene scenes[SCENES_MAX];
        const size_t count = scenes_of(host, scenes);
        for (size_t i = 0; i < count; i++)
            check_bit_exact(host, &scenes[i]);
        plugin_host_close(host);
    }
}

// Not only from the first frame on: switched off on the way, too.
static void check_after_a_fade(struct plugin_host *host, const struct scene *scene) {
    const size_t half = (size_t)(plugin_host_rate_hz(host) / FADE_S_INVERSE);
    struct tracks in = fixture_inputs(host, 3 * half);
    struct tracks out = fixture_outputs(host, 3 * half);
    tracks_add_noise(&in, 0.9, 42);
    scene_start(host, scene);
    plugin_host_play(host, &in, &out, 0, half, BLOCK);
    plugin_host_set(host, switch_symbol(host), 0);
    plugin_host_play(host, &in, &out, half, 2 * half, BLOCK);
    expect_input(host, &in, &out, 2 * half);
    tracks_free(&in);
    tracks_free(&out);
}

static void bypass_is_the_input_after_a_fade(void **state) {
    (void)state;
    for (struct fixture_cell cell = fixture_grid(); fixture_next(&cell);)
        check_after_a_fade(cell.host, cell.scene);
}

// --- Latency ---

// How well an output is what the same side had so much earlier.
static double likeness(const float *in, const float *out, size_t frames, size_t later) {
    double sum = 0;
    for (size_t i = later; i < frames; i++)
        sum += (double)out[i] * (double)in[i - later];
    return sum;
}

// By correlation with noise, which a circuit may colour.
static size_t measured_latency(const float *in, const float *out, size_t frames, size_t longest) {
    size_t best = 0;
    double highest = -1;
    for (size_t later = 0; later <= longest; later++) {
        const double found = fabs(likeness(in, out, frames, later));
        if (found > highest) {
            highest = found;
            best = later;
        }
    }
    return best;
}

static void check_latency(struct plugin_host *host, const struct scene *scene, bool enabled) {
    struct tracks in = fixture_inputs(host, HEARD_FRAMES);
    struct tracks out = fixture_outputs(host, HEARD_FRAMES);
    tracks_add_noise(&in, 0.1, 43);
    scene_start(host, scene);
    plugin_host_set(host, switch_symbol(host), enabled);
    fixture_play(host, &in, &out, BLOCK);
    const size_t reported = plugin_host_latency(host);
    assert_true(plugin_host_get(host, "latency") == (double)reported);
    // A host makes room for as much as is declared.
    const struct plugin_host_port *port = plugin_host_designated(host, LV2_CORE__latency);
    if (!port || (double)reported > port->maximum)
        fail_msg("%zu frames at %g Hz are more than declared", reported, plugin_host_rate_hz(host));
    for (unsigned n = 0; n < out.channels; n++) {
        const size_t measured = measured_latency(in.channel[input_of(host, n)], out.channel[n],
                                                 HEARD_FRAMES, reported + 200);
        if (measured != reported)
            fail_msg("%s at %g Hz: %zu frames are reported, %zu measured", scene_text(scene),
                     plugin_host_rate_hz(host), reported, measured);
    }
    tracks_free(&in);
    tracks_free(&out);
}

// In each mode, at its defaults.
static void the_reported_latency_is_the_true_one(void **state) {
    (void)state;
    for (size_t rate = 0; rate < HOST_RATES; rate++) {
        struct plugin_host *host = fixture_open(host_rates_hz[rate]);
        struct scene scenes[SCENES_MAX];
        const size_t count = scenes_of(host, scenes);
        for (size_t i = 0; i < count && strcmp(scenes[i].name, scenes[0].name) == 0; i++)
            for (int enabled = 0; enabled < 2; enabled++)
                check_latency(host, &scenes[i], enabled);
        plugin_host_close(host);
    }
}

static double reported_latency(struct plugin_host *host) {
    plugin_host_run(host, BLOCK);
    return plugin_host_get(host, "latency");
}

// From a restart, and while it runs until the change has come into force.
static void check_unmoved(struct plugin_host *host, const struct scene *scene,
                          const struct plugin_host_port *port, double value) {
    scene_start(host, scene);
    const double latency = reported_latency(host);
    plugin_host_restart(host);
    plugin_host_set(host, port->symbol, value);
    double moved = reported_latency(host);
    scene_start(host, scene);
    plugin_host_run(host, BLOCK);
    plugin_host_set(host, port->symbol, value);
    for (double at = 0; at < plugin_host_rate_hz(host) / 2 && moved == latency; at += 4096) {
        plugin_host_run(host, 4096);
        moved = plugin_host_get(host, "latency");
    }
    if (moved != latency)
        fail_msg("%s, %s = %g moves the latency from %g to %g frames", scene_text(scene),
                 port->symbol, value, latency, moved);
}

// Each control in several scenes, and so in each mode.
static void no_automation_moves_the_latency(void **state) {
    (void)state;
    struct splitmix random = {44};
    for (struct fixture_cell cell = fixture_grid(); fixture_next(&cell);)
        for (uint32_t i = 0; i < plugin_host_port_count(cell.host); i++) {
            const struct plugin_host_port *port = plugin_host_port(cell.host, i);
            if (!port->control || !port->input || port->fixed || !fixture_has_turn(&cell, i))
                continue;
            check_unmoved(cell.host, cell.scene, port, port->minimum);
            check_unmoved(cell.host, cell.scene, port, port->maximum);
            check_unmoved(cell.host, cell.scene, port, automation_value(port, &random));
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bypass_is_the_input),
        cmocka_unit_test(bypass_is_the_input_after_a_fade),
        cmocka_unit_test(the_reported_latency_is_the_true_one),
        cmocka_unit_test(no_automation_moves_the_latency),
    };
    return fixture_run(tests);
}
