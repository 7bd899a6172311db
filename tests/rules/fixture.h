// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// One frame for the tests that hold for any plugin: they run over every plugin that lilv finds in
// the bundle, so a new plugin is tested without a line about it.
//
// Each such test is named by a rule. broken/ has, for every rule, a plugin that breaks this
// one alone.
#ifndef LOADLINE_TESTS_FIXTURE_H
#define LOADLINE_TESTS_FIXTURE_H

#include "automation.h"
#include "grid.h"
#include "scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

// The plugin under test.
const char *fixture_uri(void);
struct plugin_host *fixture_open(double rate_hz);
// Before the same is played again: closes the instance and opens another, unless it has no
// triggers, for what they tell a plugin may outlive a restart.
struct plugin_host *fixture_renew(struct plugin_host *host);

// Whether a grid over so many scenes is played as a whole: in a long run, or where they are few.
bool fixture_is_whole(size_t scene_count);

// Every scene, at rates in turn or, of a whole grid, at each. Every rate is met, or the test fails.
//
//     for (struct fixture_cell cell = fixture_grid(); fixture_next(&cell);)
struct fixture_cell {
    struct plugin_host *host; // at the rate; not started
    const struct scene *scene;
    size_t number; // counts the cells, for what is to be done in turn
    size_t place;  // in the whole grid
    size_t scene_count;
    struct scene scenes[SCENES_MAX];
};
struct fixture_cell fixture_grid(void);
bool fixture_next(struct fixture_cell *cell);
// Whether one of many things is to be done in a cell, where all of them would take too long: each
// is in several, of every mode.
bool fixture_has_turn(const struct fixture_cell *cell, size_t thing);

struct tracks fixture_inputs(const struct plugin_host *host, size_t frames);
struct tracks fixture_outputs(const struct plugin_host *host, size_t frames);

// The whole of `in`.
void fixture_play(struct plugin_host *host, const struct tracks *in, struct tracks *out,
                  uint32_t block);

// What always holds: samples are finite, and not above the safety stop of a plugin that has one;
// meters are within the range of the Turtle.
double fixture_highest_level(const struct plugin_host *host);
void fixture_expect_sane(const struct plugin_host *host, const struct tracks *out);
void fixture_expect_meters(const struct plugin_host *host);

// Its meters.
enum { FIXTURE_METERS_MAX = 48 };
struct fixture_meters {
    size_t count;
    double value[FIXTURE_METERS_MAX];
};
struct fixture_meters fixture_meters(const struct plugin_host *host);
bool fixture_same_meters(const struct fixture_meters *a, const struct fixture_meters *b);

// The first scene in which a control matters: noise sounds, or the meters read, otherwise with its
// minimum than further up. One that is mute in all of them fails the test, but for what shows only
// after seconds or once a button is pressed: its scene is the first.
struct scene fixture_scene_of(struct plugin_host *host, const struct plugin_host_port *port);

// One group for each plugin. Each test starts in the floating-point state of a new process,
// whatever the last plugin left. The number of failures.
#define fixture_run(tests) fixture_run_tests(tests, sizeof(tests) / sizeof *(tests))
int fixture_run_tests(const struct CMUnitTest *tests, size_t count);

#endif
