// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "fixture.h"

#include "die.h"

#include <fenv.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SAFETY_STOP 4.0

enum { HEARD_FRAMES = 4096, TURNS = 8 };

static const char *uri;

const char *fixture_uri(void) {
    return uri;
}

struct plugin_host *fixture_open(double rate_hz) {
    return scene_open(uri, rate_hz);
}

struct plugin_host *fixture_renew(struct plugin_host *host) {
    bool has_trigger = false;
    for (uint32_t i = 0; i < plugin_host_port_count(host); i++)
        has_trigger |= plugin_host_port(host, i)->trigger;
    if (!has_trigger)
        return host;
    const double rate_hz = plugin_host_rate_hz(host);
    plugin_host_close(host);
    return fixture_open(rate_hz);
}

bool fixture_is_whole(size_t scene_count) {
    return long_run() || scene_count <= HOST_RATES;
}

struct fixture_cell fixture_grid(void) {
    struct fixture_cell cell = {.host = fixture_open(host_rates_hz[0])};
    cell.scene_count = scenes_of(cell.host, cell.scenes);
    return cell;
}

static bool is_met(const struct fixture_cell *cell, size_t place) {
    const size_t rate = place / cell->scene_count;
    const size_t scene = place % cell->scene_count;
    return fixture_is_whole(cell->scene_count) || scene % HOST_RATES == rate;
}

bool fixture_next(struct fixture_cell *cell) {
    const size_t places = cell->scene_count * HOST_RATES;
    const bool is_first = !cell->scene;
    size_t place = is_first ? 0 : cell->place + 1;
    while (place < places && !is_met(cell, place))
        place++;
    if (place == places) {
        plugin_host_close(cell->host);
        assert_true(cell->number + 1 >= HOST_RATES);
        return false;
    }
    if (place / cell->scene_count != cell->place / cell->scene_count) {
        plugin_host_close(cell->host);
        cell->host = fixture_open(host_rates_hz[place / cell->scene_count]);
    }
    cell->number += is_first ? 0 : 1;
    cell->place = place;
    cell->scene = &cell->scenes[place % cell->scene_count];
    return true;
}

bool fixture_has_turn(const struct fixture_cell *cell, size_t thing) {
    return fixture_is_whole(cell->scene_count) || (thing + cell->number) % TURNS == 0;
}

struct tracks fixture_inputs(const struct plugin_host *host, size_t frames) {
    return tracks_new(plugin_host_audio_count(host, true), frames);
}

struct tracks fixture_outputs(const struct plugin_host *host, size_t frames) {
    return tracks_new(plugin_host_audio_count(host, false), frames);
}

void fixture_play(struct plugin_host *host, const struct tracks *in, struct tracks *out,
                  uint32_t block) {
    plugin_host_play(host, in, out, 0, in->frames, block);
}

double fixture_highest_level(const struct plugin_host *host) {
    return plugin_host_has_port(host, "overload") ? SAFETY_STOP : (double)FLT_MAX;
}

void fixture_expect_sane(const struct plugin_host *host, const struct tracks *out) {
    assert_true(tracks_is_finite(out));
    assert_true(tracks_peak(out) <= fixture_highest_level(host));
}

void fixture_expect_meters(const struct plugin_host *host) {
    for (uint32_t i = 0; i < plugin_host_port_count(host); i++) {
        const struct plugin_host_port *port = plugin_host_port(host, i);
        if (!port->control || port->input)
            continue;
        const double value = plugin_host_get(host, port->symbol);
        if (!(value >= port->minimum && value <= port->maximum))
            fail_msg("%s reads %g", port->symbol, value);
    }
}

struct fixture_meters fixture_meters(const struct plugin_host *host) {
    struct fixture_meters meters = {0};
    for (uint32_t i = 0; i < plugin_host_port_count(host); i++) {
        const struct plugin_host_port *port = plugin_host_port(host, i);
        if (!port->control || port->input)
            continue;
        if (meters.count == FIXTURE_METERS_MAX)
            die("more than %d meters", FIXTURE_METERS_MAX);
        meters.value[meters.count++] = plugin_host_get(host, port->symbol);
    }
    return meters;
}

bool fixture_same_meters(const struct fixture_meters *a, const struct fixture_meters *b) {
    return a->count == b->count && memcmp(a->value, b->value, a->count * sizeof *a->value) == 0;
}

struct hearing {
    struct tracks out;
    struct fixture_meters meters;
};

static struct hearing hear(struct plugin_host *host, const struct scene *scene, const char *symbol,
                           double value) {
    struct tracks in = fixture_inputs(host, HEARD_FRAMES);
    struct hearing hearing = {.out = fixture_outputs(host, HEARD_FRAMES)};
    tracks_add_noise(&in, 0.9, 11);
    scene_start(host, scene);
    plugin_host_set(host, symbol, value);
    fixture_play(host, &in, &hearing.out, HEARD_FRAMES);
    hearing.meters = fixture_meters(host);
    tracks_free(&in);
    return hearing;
}

static bool matters(struct plugin_host *host, const struct plugin_host_port *port,
                    const struct scene *scene) {
    // A seed of 0 never repeats.
    const double first = scene_is_seed(port) ? 1 : port->minimum;
    struct hearing least = hear(host, scene, port->symbol, first);
    bool differs = false;
    for (int quarter = 4; quarter > 0 && !differs; quarter--) {
        const double value = port->minimum + (port->maximum - port->minimum) * quarter / 4;
        struct hearing other = hear(host, scene, port->symbol, value);
        differs = !tracks_same(&least.out, &other.out) ||
                  !fixture_same_meters(&least.meters, &other.meters);
        tracks_free(&other.out);
    }
    tracks_free(&least.out);
    return differs;
}

static bool shows_late(const struct plugin_host_port *port) {
    return port->trigger || strcmp(port->symbol, "planned_trials") == 0 ||
           strcmp(port->symbol, "align") == 0;
}

struct scene fixture_scene_of(struct plugin_host *host, const struct plugin_host_port *port) {
    struct scene scenes[SCENES_MAX];
    const size_t count = scenes_of(host, scenes);
    size_t at = 0;
    plugin_host_reconnect(host);
    while (at < count && !shows_late(port) && !matters(host, port, &scenes[at]))
        at++;
    if (at == count)
        fail_msg("%s is never heard nor seen: add a scene", port->symbol);
    return scenes[at];
}

static int set_up(void **state) {
    (void)state;
    return fesetenv(FE_DFL_ENV);
}

int fixture_run_tests(const struct CMUnitTest *tests, size_t count) {
    struct CMUnitTest *prepared = allocate(count, sizeof *prepared);
    int failed = plugin_host_plugin_count() == 0;
    memcpy(prepared, tests, count * sizeof *prepared);
    for (size_t i = 0; i < count; i++)
        prepared[i].setup_func = set_up;
    for (size_t i = 0; i < plugin_host_plugin_count(); i++) {
        uri = plugin_host_plugin_uri(i);
        failed += _cmocka_run_group_tests(uri, prepared, count, NULL, NULL);
    }
    free(prepared);
    return failed;
}
