// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "random_circuit.h"

#include "ports.h"
#include "settings.h"
#include "topology.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define STEPS_MAX 100000 // of a computation that goes in steps; far above what any needs

// --- Random figures ---

double roll(struct dice *dice) { // splitmix64
    dice->state += 0x9e3779b97f4a7c15ULL;
    uint64_t z = dice->state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

double roll_between(struct dice *dice, double low, double high) {
    return low + (high - low) * roll(dice);
}

double roll_log(struct dice *dice, double low, double high) {
    return low * pow(high / low, roll(dice));
}

int roll_index(struct dice *dice, int count) {
    return (int)(roll(dice) * count);
}

double roll_sign(struct dice *dice) {
    return roll(dice) < 0.5 ? -1 : 1;
}

// `ends` of all values are at an end of their range.
static double random_value(struct dice *dice, enum port_id id, double ends) {
    const double low = ports[id].minimum, high = port_maximum(id);
    const double where = roll(dice);
    if (where < ends)
        return where < ends / 2 ? low : high;
    const bool logarithmic = ports[id].scale == SCALE_LOG || ports[id].scale == SCALE_LOG_ZERO ||
                             ports[id].scale == SCALE_LOG_OFF;
    return logarithmic ? roll_log(dice, low, high) : roll_between(dice, low, high);
}

// Line and network are circuits apart.
static bool of_the_line(enum port_id id) {
    return (ports[id].plugins & PLUGIN_LINE) != 0 && !(ports[id].plugins & PLUGIN_STAGE);
}

static void let_peaks_coincide(struct dice *dice, float values[PORT_COUNT]) {
    values[PORT_PEAK2_FREQUENCY] = values[PORT_PEAK3_FREQUENCY] = values[PORT_PEAK1_FREQUENCY];
    if (roll(dice) < 0.5) {
        values[PORT_PEAK2_RISE] = values[PORT_PEAK3_RISE] = values[PORT_PEAK1_RISE];
        values[PORT_PEAK2_Q] = values[PORT_PEAK3_Q] = values[PORT_PEAK1_Q];
    }
}

void random_params(struct dice *dice, enum topology topology, struct chain_params *params) {
    static const double at_ends[] = {0, 0.3, 0.7, 0.95};
    const double ends = at_ends[roll_index(dice, sizeof at_ends / sizeof *at_ends)];
    float values[PORT_COUNT];
    settings_default(values);
    for (enum port_id id = 0; id < PORT_COUNT; id++)
        if (!of_the_line(id) && (ports[id].plugins & PLUGIN_CHAIN))
            values[id] = (float)random_value(dice, id, ends);
    values[PORT_SOURCE_IMPEDANCE] = values[PORT_LINE_LENGTH] = 0; // a wire
    const int headphone = roll_index(dice, (int)port_choice_count(PORT_HEADPHONE));
    values[PORT_HEADPHONE] = (float)(roll(dice) < 0.25 ? headphone : DEVICE_CUSTOM);
    values[PORT_AMPLIFIER] = DEVICE_CUSTOM;
    values[PORT_CABLE] = DEVICE_CUSTOM;
    values[PORT_TOPOLOGY] = (float)topology;
    if (roll(dice) < 0.15)
        let_peaks_coincide(dice, values);
    ports_to_params(PLUGIN_CHAIN, values, params);
}

void numbered_params(int number, struct chain_params *params) {
    struct dice dice = {(uint64_t)number};
    random_params(&dice, (enum topology)(number % TOPOLOGY_COUNT), params);
}

enum circuit_view numbered_view(int number) {
    return one_channel_views[number / TOPOLOGY_COUNT % VIEW_COUNT];
}

int how_many(int circuits) {
    const char *asked = getenv("LOADLINE_LONG");
    return asked && strcmp(asked, "1") == 0 ? 100 * circuits : circuits;
}

void plain_params(enum topology topology, double ohm, struct chain_params *params) {
    float values[PORT_COUNT];
    settings_default(values);
    static const enum port_id none[] = {
        PORT_OUTPUT_IMPEDANCE,   PORT_OUTPUT_INDUCTANCE, PORT_WINDING_RESISTANCE,
        PORT_LEAKAGE_INDUCTANCE, PORT_GROUND_RESISTANCE, PORT_CABLE_LENGTH,
        PORT_CONTACT_RESISTANCE, PORT_PEAK1_RISE,        PORT_MATCH,
        PORT_SOURCE_IMPEDANCE,   PORT_LINE_LENGTH};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        values[none[i]] = (float)ports[none[i]].minimum;
    values[PORT_TOPOLOGY] = (float)topology;
    values[PORT_RESISTANCE] = (float)ohm;
    ports_to_params(PLUGIN_CHAIN, values, params);
}

// --- Circuits ---

void build_view(const struct chain_params *params, enum circuit_view kind, struct circuit *view) {
    struct circuit circuit;
    topology_build(&params->stage, &params->cable, &params->load, &circuit);
    circuit_view(&circuit, kind, view);
    assert_false(view->overflow);
}

void solve_modes(const struct circuit *view, struct modal *modal) {
    static struct modal_builder builder;
    int steps = 0;
    modal_begin(&builder, view);
    while (!modal_step(&builder))
        assert_true(++steps < STEPS_MAX);
    assert_false(builder.failed);
    *modal = builder.modal;
}

void solve_network(const struct chain_params *params, const struct band *band,
                   struct network *network) {
    static struct network_builder builder;
    int steps = 0;
    const struct network_site site = {.line_band = band, .output_band = band};
    network_begin(&builder, params, &site, network);
    while (!network_step(&builder))
        assert_true(++steps < STEPS_MAX);
    assert_false(builder.failed);
}

const struct compensation *compensation_at(double rate_hz) {
    static struct compensation compensation;
    compensation_init(&compensation, rate_hz);
    return &compensation;
}

struct response_point respond_at(const struct circuit *view, double hz) {
    static const double complex emf_v[2] = {1, 1};
    struct response_point point;
    struct response *response = response_new(view);
    assert_non_null(response);
    const bool solved = response_solve(response, hz, emf_v, &point);
    response_free(response);
    assert_true(solved);
    return point;
}

double audible_hz(int point) {
    return 20 * pow(20000.0 / 20, (double)point / (AUDIBLE_POINTS - 1));
}

void respond_audibly(const struct circuit *view, struct audible *exact) {
    memset(exact, 0, sizeof *exact);
    for (int i = 0; i < AUDIBLE_POINTS; i++) {
        const struct response_point point = respond_at(view, audible_hz(i));
        exact->at[MODAL_DRIVER_V][i] = point.driver_v[0];
        exact->at[MODAL_LEG_A][i] = point.leg_current_a[0];
        for (int k = 0; k < MODAL_OUTPUTS; k++)
            exact->highest[k] = fmax(exact->highest[k], cabs(exact->at[k][i]));
    }
}

// --- Figures ---

double to_db(double ratio) {
    return 20 * log10(ratio);
}

double from_db(double db) {
    return pow(10, db / 20);
}

double to_degrees(double rad) {
    return rad * 180 / PI;
}

void assert_near(double actual, double expected, double tolerance) {
    if (!(fabs(actual - expected) <= tolerance))
        fail_msg("%.12g is not %.12g within %.3g", actual, expected, tolerance);
}
