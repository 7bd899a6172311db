// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Random circuits over the full ranges of all ports, the same in every run, and what the core tests
// do with a circuit. Whatever goes wrong here fails the test.
#ifndef LOADLINE_RANDOM_CIRCUIT_H
#define LOADLINE_RANDOM_CIRCUIT_H

#include "band.h"
#include "circuit.h"
#include "compensation.h"
#include "modal.h"
#include "network.h"
#include "params.h"
#include "response.h"

#include <complex.h>
#include <stdint.h>

#define PI             3.14159265358979323846
#define TOPOLOGY_COUNT 4
#define VIEW_COUNT     2 // of one channel: CIRCUIT_MID, CIRCUIT_SIDE

static const enum circuit_view one_channel_views[VIEW_COUNT] = {CIRCUIT_MID, CIRCUIT_SIDE};

// A stream of random numbers; start it with any state.
struct dice {
    uint64_t state;
};

double roll(struct dice *dice); // 0 <= x < 1
double roll_between(struct dice *dice, double low, double high);
double roll_log(struct dice *dice, double low, double high);
int roll_index(struct dice *dice, int count);
double roll_sign(struct dice *dice); // +-1

// A custom amplifier and cable; the headphone is a custom one or a named one. Of some circuits no
// port is at an end of its range, of others nearly all are; now and then all peaks coincide.
void random_params(struct dice *dice, enum topology topology, struct chain_params *params);

// Every number has a circuit of its own; the topologies take turns, and so do the views.
void numbered_params(int number, struct chain_params *params);
enum circuit_view numbered_view(int number);

// How many circuits to try: a hundred times as many with LOADLINE_LONG=1.
int how_many(int circuits);

// An ideal amplifier on an ideal wire with a plain resistor of `ohm`, at 2 V and no match.
void plain_params(enum topology topology, double ohm, struct chain_params *params);

void build_view(const struct chain_params *params, enum circuit_view kind, struct circuit *view);
void solve_modes(const struct circuit *view, struct modal *modal);
void solve_network(const struct chain_params *params, const struct band *band,
                   struct network *network);

// What stages and limiters at this rate share.
const struct compensation *compensation_at(double rate_hz);

// By nodal analysis, for the same EMF of 1 V in every channel.
struct response_point respond_at(const struct circuit *view, double hz);

// A grid of the audible band, and both outputs of one channel on it.
#define AUDIBLE_POINTS 13
struct audible {
    double complex at[MODAL_OUTPUTS][AUDIBLE_POINTS];
    double highest[MODAL_OUTPUTS];
};
double audible_hz(int point);
void respond_audibly(const struct circuit *view, struct audible *exact);

double to_db(double ratio);
double from_db(double db);
double to_degrees(double rad);
void assert_near(double actual, double expected, double tolerance);

#endif
