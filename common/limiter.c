// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "limiter.h"

#include <math.h>
#include <string.h>

#define LIMIT_SLOPE_OHM 10e3
#define SILENT_V        1e-8 // a correction that has died away

void limiter_init(struct limiter *limiter, const struct kernels *kernels,
                  const struct stage_params *stage) {
    memset(limiter, 0, sizeof *limiter);
    limiter->kernels = kernels;
    limiter->limit_a = stage->current_limit_a;
    limiter->slope_ohm = LIMIT_SLOPE_OHM * ((int)stage->topology == TOPOLOGY_BRIDGE ? 2.0 : 1.0);
}

static double excess(const struct limiter *limiter, double current) {
    return current - fmin(fmax(current, -limiter->limit_a), limiter->limit_a);
}

// One channel limits: i = current + self delta, delta = -R (i - limit).
static double hold_one(const struct limiter *limiter, double self, double current) {
    return -limiter->slope_ohm * excess(limiter, current) / (1.0 + self * limiter->slope_ohm);
}

// Both limit: (1/R + self) delta_a + cross delta_b = -excess_a, and the same the other way.
static struct limiter_pair hold_both(const struct limiter *limiter, double self, double cross,
                                     double excess_a, double excess_b) {
    const double diagonal = 1.0 / limiter->slope_ohm + self;
    const double determinant = diagonal * diagonal - cross * cross;
    return (struct limiter_pair){(cross * excess_b - diagonal * excess_a) / determinant,
                                 (cross * excess_a - diagonal * excess_b) / determinant};
}

// A box-constrained problem with a positive definite matrix: first as if the channels did not see
// each other, then, if the answer brings both to their limits, together.
struct limiter_pair limiter_solve(const struct limiter *limiter, const struct engine_port port[2],
                                  struct limiter_pair current) {
    const double self = 0.5 * (port[0].gain[MODAL_LEG_A] + port[1].gain[MODAL_LEG_A]);
    const double cross = 0.5 * (port[0].gain[MODAL_LEG_A] - port[1].gain[MODAL_LEG_A]);
    const double a = hold_one(limiter, self, current.a);
    const double b = hold_one(limiter, self, current.b);
    if ((a == 0.0 && b == 0.0) || cross == 0.0) {
        return (struct limiter_pair){a, b};
    }
    const double excess_a = excess(limiter, current.a + cross * b);
    const double excess_b = excess(limiter, current.b + cross * a);
    if (excess_a == 0.0 || excess_b == 0.0) {
        return (struct limiter_pair){excess_a == 0.0 ? 0.0 : a, excess_b == 0.0 ? 0.0 : b};
    }
    return hold_both(limiter, self, cross, current.a - copysign(limiter->limit_a, excess_a),
                     current.b - copysign(limiter->limit_a, excess_b));
}

static struct limiter_pair recall(const struct limiter *limiter, const struct engine_port port[2],
                                  enum modal_output output) {
    const double mid = limiter->kernels->engine_port_history(&port[0], &limiter->state[0], output);
    const double side = limiter->kernels->engine_port_history(&port[1], &limiter->state[1], output);
    return (struct limiter_pair){mid + side, mid - side};
}

bool limiter_process(struct limiter *limiter, const struct engine_port port[2],
                     double *const driver_v[2], double *const leg_a[2], int count) {
    bool limited = false;
    if (isinf(limiter->limit_a)) {
        return false;
    }
    const double highest =
        fmax(limiter->kernels->peak(leg_a[0], count), limiter->kernels->peak(leg_a[1], count));
    if (!limiter->active && highest <= limiter->limit_a) {
        return false;
    }
    double largest_v = 0.0;
    for (int n = 0; n < count; ++n) {
        const struct limiter_pair past_a = recall(limiter, port, MODAL_LEG_A);
        const struct limiter_pair past_v = recall(limiter, port, MODAL_DRIVER_V);
        const struct limiter_pair delta = limiter_solve(
            limiter, port, (struct limiter_pair){leg_a[0][n] + past_a.a, leg_a[1][n] + past_a.b});
        const double mid = 0.5 * (delta.a + delta.b);
        const double side = 0.5 * (delta.a - delta.b);
        const double mid_v = port[0].gain[MODAL_DRIVER_V] * mid,
                     side_v = port[1].gain[MODAL_DRIVER_V] * side;
        const double mid_a = port[0].gain[MODAL_LEG_A] * mid,
                     side_a = port[1].gain[MODAL_LEG_A] * side;
        const double change_l = past_v.a + mid_v + side_v, change_r = past_v.b + mid_v - side_v;
        driver_v[0][n] += change_l;
        driver_v[1][n] += change_r;
        leg_a[0][n] += past_a.a + mid_a + side_a;
        leg_a[1][n] += past_a.b + mid_a - side_a;
        limiter->kernels->engine_port_advance(&port[0], &limiter->state[0], mid);
        limiter->kernels->engine_port_advance(&port[1], &limiter->state[1], side);
        limited |= delta.a != 0.0 || delta.b != 0.0;
        largest_v = fmax(largest_v, fmax(fabs(change_l), fabs(change_r)));
    }
    limiter->active = limited || largest_v > SILENT_V;
    if (!limiter->active) {
        memset(limiter->state, 0, sizeof limiter->state);
    }
    return limited;
}
