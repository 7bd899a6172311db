// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The sag of a shared +- supply:  C dV/dt = (rail - V) / R - sum over legs of max(+-i, 0).
//
// The rails decide how the stage clips, the clipping decides the current, and the current pulls the
// rails. The engine knows the current only some samples later, so the supply runs a causal copy of
// the network (linear hold, clipping without anti-aliasing) one sample after the other: only the
// rails come out of it.
#ifndef LOADLINE_SUPPLY_H
#define LOADLINE_SUPPLY_H

#include "limiter.h"
#include "stage.h"

struct supply {
    const struct kernels *kernels;
    bool stiff, bridge;
    double rail_v, decay, drop_ohm;       // a step: V <- rail + (V - rail) decay - I drop
    double v[2];                          // plus, minus
    double drawn_a[2], drawn_before_a[2]; // at the last two samples
    double slewed_v[2][2];                // EMFs of left and right, of each leg
    float late[2][STAGE_RAIL_LATENCY];    // rails on their way to the clipping, newest last
    struct stage_params stage;
    struct engine_state state[2]; // of the causal network
};

// Real-time safe.
void supply_init(struct supply *supply, const struct kernels *kernels,
                 const struct stage_params *stage, double rate_hz);

// Takes over the rails of another supply, as parts of their voltage. Real-time safe.
void supply_continue(struct supply *supply, const struct supply *from);

// The rails that belong to the stage's input v, delayed to where the stage wants them. They are
// those of the last call, or have 0 for their lowest_v. Real-time safe.
void supply_process(struct supply *supply, const struct stage *stage,
                    const struct causal network[2], const float *const v[2], struct rails *rails,
                    int count);

#endif
