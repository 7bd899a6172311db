// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The current limit of each leg, solved together with the network, without a sample of delay:
//   u = v - 10 kohm (i - clamp(i, +-limit)),  i = i(v) + network(u - v).
// The network is linear, so what the limit changes is a correction of its own: the engine carries
// the EMF as if there were no limit, and a causal network carries delta = u - v, which is zero
// until a limit is reached and starts from rest. With a shared return both channels see each
// other, and the two limits are solved together.
//
// Into an inductive load delta jumps within a sample. The correction therefore runs in
// LIMITER_SUBSTEPS steps a sample, on the current interpolated by a cubic, and comes back down to
// samples through a triangle, whose droop a short filter makes good.
#ifndef LOADLINE_LIMITER_H
#define LOADLINE_LIMITER_H

#include "compensation.h"
#include "history.h"
#include "kernels.h"
#include "params.h"

#include <stdbool.h>

// One sample for the cubic, one for the triangle, two for its compensation.
#define LIMITER_LATENCY 4

struct limiter {
    const struct kernels *kernels;
    struct stage_params stage;
    struct compensation compensation;
    bool active; // the correction has not died away yet
    struct engine_state state[2];
    // Of each channel, newest last: as they came in, and what the correction adds.
    float driver_v[2][SIGNAL_HISTORY], leg_a[2][SIGNAL_HISTORY];
    float added_v[2][SIGNAL_HISTORY], added_a[2][SIGNAL_HISTORY];
    double rising_v[2]; // of the triangle that is not complete yet
};

// Real-time safe.
void limiter_init(struct limiter *limiter, const struct kernels *kernels,
                  const struct stage_params *stage, const struct compensation *compensation);

// Corrects driver voltages and leg currents, left and right, in place and LIMITER_LATENCY samples
// late. `fine` are the mid and side networks of a substep. True if a limit was reached.
// Real-time safe.
bool limiter_process(struct limiter *limiter, const struct causal fine[2], float *const driver_v[2],
                     float *const leg_a[2], int count);

// The problem that a stage's limit and a pair of networks pose.
struct box limiter_box(const struct stage_params *stage, const struct causal network[2]);

#endif
