// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The discrete forms of a network, built for a test, and their responses in closed form.
#ifndef LOADLINE_DISCRETE_RESPONSE_H
#define LOADLINE_DISCRETE_RESPONSE_H

#include "causal.h"
#include "engine.h"
#include "random_circuit.h"

#define RATES 4
static const double rates_hz[RATES] = {88200, 96000, 176400, 192000};

struct built {
    struct circuit view;
    struct modal modal;
    struct engine_half engine;
    struct causal causal;
};

void build_discrete(const struct chain_params *params, enum circuit_view kind, double rate_hz,
                    struct built *built);

// The rates take turns.
double numbered_rate_hz(int number);

// Builds the first `count` of the numbered circuits.
typedef void network_check(const struct built *built, double rate_hz, const char *what);
void for_numbered_networks(int count, network_check *check);

// Of the same circuit's mid and side.
void join_halves(const struct built *mid, const struct built *side, struct engine *engine);

// The answer at sample `at` of a group to e^(jwn), n counted from the group's first sample.
double complex half_answer(const struct engine_half *half, enum modal_output output, int at,
                           double w);

// The same of one channel to the other channel's input.
double complex cross_answer(const struct engine *engine, enum modal_output output, int at,
                            double w);

double complex causal_answer(const struct causal *causal, enum modal_output output, double w);

// Within 0.01 dB and 0.1 degree.
void assert_same_answer(double complex found, double complex exact, double hz, const char *what);

// With reactances of every kind and a shared return; all time constants are short.
void resonant_params(struct chain_params *params);

// A smooth burst far inside the band, then silence.
double burst(int n);

// What the causal network's structure says to the burst, sample by sample.
void run_causal(const struct causal *causal, enum modal_output output, double to[], int count);

#endif
