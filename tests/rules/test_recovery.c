// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Whatever comes in, from audio ports or controls, what comes out is finite, the meters stay within
// their ranges, and nothing bad stays: 50 ms after bad samples it sounds as if there had been
// silence.
#include "fixture.h"

#include <float.h>
#include <lv2/core/lv2.h>
#include <math.h>
#include <string.h>

#define BAD_S        0.100
#define GOOD_S       0.200
#define RECOVERY_S   0.050
#define RECOVERED_DB (-80.0)
#define SAME_DB      (-120.0)
#define SAME_METER   1e-6 // of what it reads
#define RATE_HZ      48000.0
#define STEADY_HZ    440.0
#define STEADY_LEVEL 0.25

enum { BLOCK = 128, SHORT_FRAMES = 4096 };

// --- Bad samples ---

static const struct badness {
    const char *name;
    float sample;
    bool every_frame; // or every 17th
} badnesses[] = {
    {"NaN", NAN, true},
    {"NaN here and there", NAN, false},
    {"infinity", INFINITY, true},
    {"minus infinity here and there", -INFINITY, false},
    {"1e30", 1e30F, true},
    {"1e30 here and there", 1e30F, false},
    {"largest", -FLT_MAX, true},
    {"1e5", 1e5F, true},
    {"1e5 here and there", 1e5F, false},
    {"denormal", 1e-41F, true},
};

enum { BADNESSES = sizeof badnesses / sizeof *badnesses };

// A bad stretch, then a good one; the scenes that play it forget within the time that is given,
// so that what is left is the plugin's. A fresh run hears the good one after as much silence.
struct hearing {
    size_t bad_frames;
    struct tracks bad, good, bad_out, good_out;
};

// Each channel is hit a little later than the last, so not at all in the beginning.
static void spoil(const struct badness *badness, struct hearing *hearing) {
    for (unsigned c = 0; c < hearing->bad.channels; c++)
        for (size_t i = c * hearing->bad_frames / 6; i < hearing->bad_frames; i++)
            if (badness->every_frame || i % 17 == 0)
                hearing->bad.channel[c][i] = badness->sample;
}

static struct hearing hearing_new(const struct plugin_host *host, const struct badness *badness) {
    const double rate_hz = plugin_host_rate_hz(host);
    const size_t bad_frames = (size_t)(BAD_S * rate_hz);
    const size_t frames = bad_frames + (size_t)(GOOD_S * rate_hz);
    struct hearing hearing = {bad_frames, fixture_inputs(host, frames),
                              fixture_inputs(host, frames), fixture_outputs(host, frames),
                              fixture_outputs(host, frames)};
    tracks_add_sine(&hearing.good, STEADY_LEVEL, STEADY_HZ / rate_hz);
    for (unsigned c = 0; c < hearing.good.channels; c++) {
        memset(hearing.good.channel[c], 0, bad_frames * sizeof(float));
        memcpy(hearing.bad.channel[c], hearing.good.channel[c], frames * sizeof(float));
    }
    spoil(badness, &hearing);
    return hearing;
}

static void hearing_free(struct hearing *hearing) {
    tracks_free(&hearing->bad);
    tracks_free(&hearing->good);
    tracks_free(&hearing->bad_out);
    tracks_free(&hearing->good_out);
}

// A loud sample is no bad one where nothing stops it: in bypass.
static void expect_fit(struct plugin_host *host, const struct hearing *hearing, bool enabled) {
    assert_true(tracks_is_finite(&hearing->bad_out));
    assert_true(!enabled || tracks_peak(&hearing->bad_out) <= fixture_highest_level(host));
    assert_true(tracks_peak(&hearing->good_out) > 0);
}

// What is left in the end.
static double trace_db(struct plugin_host *host, const struct scene *scene,
                       const struct badness *badness, bool enabled) {
    const struct plugin_host_port *switch_port = plugin_host_designated(host, LV2_CORE__enabled);
    assert_non_null(switch_port);
    struct hearing hearing = hearing_new(host, badness);
    scene_start(host, scene);
    plugin_host_set(host, switch_port->symbol, enabled);
    fixture_play(host, &hearing.bad, &hearing.bad_out, BLOCK);
    fixture_expect_meters(host);
    const uint32_t latency = plugin_host_latency(host);
    plugin_host_restart(host);
    fixture_play(host, &hearing.good, &hearing.good_out, BLOCK);
    expect_fit(host, &hearing, enabled);
    const size_t from =
        hearing.bad_frames + latency + (size_t)(RECOVERY_S * plugin_host_rate_hz(host));
    const double db = tracks_null_depth_db(&hearing.bad_out, &hearing.good_out, from);
    hearing_free(&hearing);
    return db;
}

// Of the badnesses each `of`-th in turn.
static void expect_recovery(bool enabled, size_t of) {
    unsigned failures = 0;
    double worst_db = -400;
    for (struct fixture_cell cell = fixture_grid(); fixture_next(&cell);)
        for (size_t b = 0; b < BADNESSES; b++) {
            if (!long_run() && (cell.number + cell.number / of + b) % of)
                continue;
            const double db = trace_db(cell.host, cell.scene, &badnesses[b], enabled);
            worst_db = fmax(worst_db, db);
            if (db <= RECOVERED_DB)
                continue;
            failures++;
            print_message("%s, %s, %g Hz: %.1f dB after %g s\n", scene_text(cell.scene),
                          badnesses[b].name, plugin_host_rate_hz(cell.host), db, RECOVERY_S);
        }
    print_message("%g s after bad samples the worst is %.1f dB\n", RECOVERY_S, worst_db);
    assert_int_equal(failures, 0);
}

static void bad_samples_leave_no_trace(void **state) {
    (void)state;
    expect_recovery(true, 4);
}

static void bad_samples_end_at_the_bypass(void **state) {
    (void)state;
    expect_recovery(false, 5);
}

static void check_change(struct plugin_host *host, const struct scene *scene,
                         const struct badness *badness, const char *symbol, double value) {
    struct hearing hearing = hearing_new(host, badness);
    scene_start(host, scene);
    plugin_host_run(host, 0);
    plugin_host_set(host, symbol, value);
    fixture_play(host, &hearing.bad, &hearing.bad_out, BLOCK);
    fixture_expect_sane(host, &hearing.bad_out);
    hearing_free(&hearing);
}

// While anything changes, whatever is on its way in or out hears the bad samples, too.
static void bad_samples_during_a_change_do_not_come_out(void **state) {
    (void)state;
    struct splitmix random = {17};
    for (struct fixture_cell cell = fixture_grid(); fixture_next(&cell);)
        for (uint32_t i = 0; i < plugin_host_port_count(cell.host); i++) {
            const struct plugin_host_port *port = plugin_host_port(cell.host, i);
            if (!port->control || !port->input || scene_is_seed(port) ||
                strcmp(port->designation, LV2_CORE__enabled) == 0)
                continue;
            if (!fixture_has_turn(&cell, i))
                continue;
            const struct badness *badness = &badnesses[automation_below(&random, BADNESSES)];
            check_change(cell.host, cell.scene, badness, port->symbol,
                         automation_value(port, &random));
        }
}

// --- Bad controls ---

struct control_check {
    struct plugin_host *host;
    struct scene scene; // where the control matters
    struct tracks in, out, expected;
};

static struct control_check control_check_new(void) {
    struct plugin_host *host = fixture_open(RATE_HZ);
    struct control_check check = {
        .host = host,
        .in = fixture_inputs(host, SHORT_FRAMES),
        .out = fixture_outputs(host, SHORT_FRAMES),
        .expected = fixture_outputs(host, SHORT_FRAMES),
    };
    tracks_add_noise(&check.in, 0.9, 11);
    return check;
}

static void control_check_free(struct control_check *check) {
    tracks_free(&check->in);
    tracks_free(&check->out);
    tracks_free(&check->expected);
    plugin_host_close(check->host);
}

static void play_with(struct control_check *check, const char *symbol, double value,
                      struct tracks *out) {
    scene_start(check->host, &check->scene);
    plugin_host_set(check->host, symbol, value);
    fixture_play(check->host, &check->in, out, BLOCK);
    fixture_expect_sane(check->host, out);
    fixture_expect_meters(check->host);
}

// A value that a float cannot hold, such as 0.1, may count to its last digit.
static void expect_like(struct control_check *check, const struct plugin_host_port *port,
                        double bad, double good) {
    play_with(check, port->symbol, good, &check->expected);
    const struct fixture_meters expected = fixture_meters(check->host);
    play_with(check, port->symbol, bad, &check->out);
    const struct fixture_meters meters = fixture_meters(check->host);
    if (!(tracks_null_depth_db(&check->out, &check->expected, 0) <= SAME_DB))
        fail_msg("%s = %g does not sound like %g", port->symbol, bad, good);
    // What a button counts outlives a restart.
    for (size_t i = 0; i < meters.count && !port->trigger; i++)
        if (!(fabs(meters.value[i] - expected.value[i]) <= SAME_METER * fabs(expected.value[i])))
            fail_msg("%s = %g reads %g, not %g as %g does", port->symbol, bad, meters.value[i],
                     expected.value[i], good);
}

static void for_each_input(struct control_check *check,
                           void (*visit)(struct control_check *check,
                                         const struct plugin_host_port *port)) {
    for (uint32_t i = 0; i < plugin_host_port_count(check->host); i++) {
        const struct plugin_host_port *port = plugin_host_port(check->host, i);
        if (!port->control || !port->input)
            continue;
        check->scene = fixture_scene_of(check->host, port);
        visit(check, port);
    }
}

// A seed whose default is 0 never repeats.
static void check_nan(struct control_check *check, const struct plugin_host_port *port) {
    if (!scene_is_seed(port) || port->preset != 0)
        expect_like(check, port, (double)NAN, port->preset);
}

static void check_far_out(struct control_check *check, const struct plugin_host_port *port) {
    expect_like(check, port, 1e30, port->maximum);
    if (!scene_is_seed(port))
        expect_like(check, port, -1e30, port->minimum);
    // Infinity is no value either.
    play_with(check, port->symbol, (double)INFINITY, &check->out);
    play_with(check, port->symbol, -(double)INFINITY, &check->out);
}

static void nan_in_a_control_is_its_default(void **state) {
    (void)state;
    struct control_check check = control_check_new();
    for_each_input(&check, check_nan);
    control_check_free(&check);
}

static void a_control_far_out_of_range_is_clamped(void **state) {
    (void)state;
    struct control_check check = control_check_new();
    for_each_input(&check, check_far_out);
    control_check_free(&check);
}

// --- Good controls ---

// Any corner of the ranges, none of them sensible, at any rate.
static void any_corner_of_the_ranges_stays_finite(void **state) {
    (void)state;
    const unsigned corners = long_run() ? 5000 : 320;
    struct splitmix random = {13};
    for (size_t rate = 0; rate < HOST_RATES; rate++) {
        struct plugin_host *host = fixture_open(host_rates_hz[rate]);
        struct tracks in = fixture_inputs(host, SHORT_FRAMES);
        struct tracks out = fixture_outputs(host, SHORT_FRAMES);
        tracks_add_noise(&in, 1, 13);
        for (unsigned i = 0; i < corners / HOST_RATES; i++) {
            scene_start_defaults(host);
            for (uint32_t p = 0; p < plugin_host_port_count(host); p++) {
                const struct plugin_host_port *port = plugin_host_port(host, p);
                const double corner[3] = {port->minimum, port->preset, port->maximum};
                const bool is_switch = strcmp(port->designation, LV2_CORE__enabled) == 0;
                if (port->control && port->input && !scene_is_seed(port) && !is_switch)
                    plugin_host_set(host, port->symbol, corner[automation_below(&random, 3)]);
            }
            fixture_play(host, &in, &out, BLOCK);
            fixture_expect_sane(host, &out);
            fixture_expect_meters(host);
        }
        tracks_free(&in);
        tracks_free(&out);
        plugin_host_close(host);
    }
}

// From silence to far above full scale.
static void meters_stay_within_their_ranges(void **state) {
    (void)state;
    struct plugin_host *host = fixture_open(RATE_HZ);
    struct tracks out = fixture_outputs(host, SHORT_FRAMES);
    struct scene scenes[SCENES_MAX];
    const size_t count = scenes_of(host, scenes);
    for (size_t i = 0; i < count; i++)
        for (double amplitude = 0; amplitude < 1e4; amplitude = 10 * amplitude + 1e-3) {
            struct tracks in = fixture_inputs(host, SHORT_FRAMES);
            tracks_add_sine(&in, amplitude, 1000 / RATE_HZ);
            scene_start(host, &scenes[i]);
            for (size_t done = 0; done < SHORT_FRAMES; done += BLOCK) {
                plugin_host_play(host, &in, &out, done, BLOCK, BLOCK);
                fixture_expect_meters(host);
            }
            tracks_free(&in);
        }
    tracks_free(&out);
    plugin_host_close(host);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_samples_leave_no_trace),
        cmocka_unit_test(bad_samples_end_at_the_bypass),
        cmocka_unit_test(bad_samples_during_a_change_do_not_come_out),
        cmocka_unit_test(nan_in_a_control_is_its_default),
        cmocka_unit_test(a_control_far_out_of_range_is_clamped),
        cmocka_unit_test(any_corner_of_the_ranges_stays_finite),
        cmocka_unit_test(meters_stay_within_their_ranges),
    };
    return fixture_run(tests);
}
