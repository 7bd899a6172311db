// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The current limit of each leg, solved together with the network, without a sample of delay:
//   u = v - 10 kohm (i - clamp(i, +-limit)),  i = i(v) + network(u - v).
// The network is linear, so what the limit changes is a correction of its own: the engine carries
// the EMF as if there were no limit, and a second, causal network carries delta = u - v, which is
// zero until a limit is reached and starts from rest. With a linear hold that network stays
// passive, so the correction cannot run away. With a shared return both channels see each other,
// and the two limits are solved together.
#ifndef LOADLINE_LIMITER_H
#define LOADLINE_LIMITER_H

#include "engine.h"
#include "kernels.h"
#include "params.h"

#include <stdbool.h>

struct limiter {
    const struct kernels *kernels;
    double limit_a, slope_ohm; // slope: 10 kohm for each leg in the loop
    bool active;               // the correction has not died away yet
    struct engine_state state[2];
};

// Mid and side of a signal, or left and right.
struct limiter_pair {
    double a, b;
};

// Real-time safe.
void limiter_init(struct limiter *limiter, const struct kernels *kernels,
                  const struct stage_params *stage);

// Corrects driver voltages and leg currents, left and right, in place. True if a limit was reached.
// Real-time safe.
bool limiter_process(struct limiter *limiter, const struct engine_port port[2],
                     double *const driver_v[2], double *const leg_a[2], int count);

// The EMF changes (left, right) that hold the currents j + [self, cross; cross, self] delta to the
// limit.
struct limiter_pair limiter_solve(const struct limiter *limiter, const struct engine_port port[2],
                                  struct limiter_pair current);

#endif
