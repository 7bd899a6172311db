// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Everything that follows from the circuits: the real-time engines of the line and of the mid and
// side halves of amplifier, cable and headphone, and the figures. Built in slices short enough for
// an audio thread.
#ifndef LOADLINE_NETWORK_H
#define LOADLINE_NETWORK_H

#include "causal.h"
#include "engine.h"
#include "figures.h"
#include "kernels.h"
#include "line.h"
#include "params.h"

enum network_half { NETWORK_MID = ENGINE_MID, NETWORK_SIDE = ENGINE_SIDE, NETWORK_HALVES };

struct network {
    struct engine_half line[LINE_DRIVES]; // unless the line is a wire
    struct fir line_fir;                  // of the signal through it, if it has
    bool line_has_states;                 // none of these
    struct modal line_modal[LINE_DRIVES];
    struct engine engine;
    // Only with feedback from the currents.
    struct causal causal[NETWORK_HALVES]; // a step is a sample
    struct causal fine[NETWORK_HALVES];   // a step is a substep of the limiter
    struct modal modal[NETWORK_HALVES];
    struct figures figures;
};

// Where a network will run: the bands that its engines are fitted to, and what its line
// can pick up (NULL: nothing).
struct network_site {
    const struct band *line_band, *output_band;
    const struct interference *interference;
};

// About 500 KiB of work; keep it in the instance.
struct network_builder {
    struct network_site site;
    struct chain_params params;
    struct network *network;
    bool failed; // the circuit is beyond MODAL_MAX: the network is silent

    // Work.
    int phase, drive, half, mode;
    bool halves_differ;
    struct circuit circuit, view;
    struct modal_builder modal;
    struct engine_rest rest;
    struct figures_builder figures;
};

// Whether the stage depends on the currents: only then does a network get its causal forms.
bool network_has_feedback(const struct chain_params *params);

// What the site points at and `network` have to stay until the last step. Real-time safe.
void network_begin(struct network_builder *builder, const struct chain_params *params,
                   const struct network_site *site, struct network *network);

// One slice, at most a few microseconds; true when the network (or `failed`) stands. Real-time
// safe.
bool network_step(struct network_builder *builder);

// What the next slice takes, roughly in quarters of a microsecond; and all slices of any device.
#define NETWORK_COST_MAX 1500
int network_step_cost(const struct network_builder *builder);

#endif
