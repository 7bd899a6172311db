// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "supply.h"

#include <math.h>
#include <string.h>

#define LOWEST_RAIL_V 1e-3 // a rail that has collapsed; the stage divides by it

void supply_init(struct supply *supply, const struct kernels *kernels,
                 const struct stage_params *stage, double rate_hz) {
    memset(supply, 0, sizeof *supply);
    supply->stiff = stage->supply_ohm == 0.0;
    supply->bridge = (int)stage->topology == TOPOLOGY_BRIDGE;
    supply->rail_v = stage->rail_v;
    supply->decay =
        supply->stiff ? 0.0 : exp(-1.0 / (rate_hz * stage->supply_ohm * stage->supply_farad));
    supply->drop_ohm = stage->supply_ohm * (1.0 - supply->decay);
    limiter_init(&supply->limiter, kernels, stage);
    for (int side = 0; side < 2; ++side) {
        supply->v[side] = stage->rail_v;
        for (int n = 0; n < STAGE_RAIL_LATENCY; ++n) {
            supply->late[side][n] = stage->rail_v;
        }
    }
}

static struct limiter_pair recall(const struct supply *supply, const struct engine_port port[2]) {
    const struct limiter *limiter = &supply->limiter;
    const double mid =
        limiter->kernels->engine_port_history(&port[0], &limiter->state[0], MODAL_LEG_A);
    const double side =
        limiter->kernels->engine_port_history(&port[1], &limiter->state[1], MODAL_LEG_A);
    return (struct limiter_pair){mid + side, mid - side};
}

// Sends one sample of EMF through the causal network; returns the leg currents.
static struct limiter_pair drive(struct supply *supply, const struct engine_port port[2],
                                 struct limiter_pair emf) {
    struct limiter *limiter = &supply->limiter;
    const struct limiter_pair past = recall(supply, port);
    const double gain_mid = port[0].gain[MODAL_LEG_A], gain_side = port[1].gain[MODAL_LEG_A];
    double mid = 0.5 * (emf.a + emf.b), side = 0.5 * (emf.a - emf.b);
    const struct limiter_pair free = {past.a + gain_mid * mid + gain_side * side,
                                      past.b + gain_mid * mid - gain_side * side};
    const struct limiter_pair delta = limiter_solve(limiter, port, free);
    mid += 0.5 * (delta.a + delta.b);
    side += 0.5 * (delta.a - delta.b);
    limiter->kernels->engine_port_advance(&port[0], &limiter->state[0], mid);
    limiter->kernels->engine_port_advance(&port[1], &limiter->state[1], side);
    return (struct limiter_pair){past.a + gain_mid * mid + gain_side * side,
                                 past.b + gain_mid * mid - gain_side * side};
}

// Both legs of a bridge draw from both rails.
static double drawn(const struct supply *supply, struct limiter_pair leg_a, double polarity) {
    if (supply->bridge) {
        return fabs(leg_a.a) + fabs(leg_a.b);
    }
    return fmax(polarity * leg_a.a, 0.0) + fmax(polarity * leg_a.b, 0.0);
}

static double settle(const struct supply *supply, double v, double drawn_a) {
    const double next_v =
        supply->rail_v + (v - supply->rail_v) * supply->decay - drawn_a * supply->drop_ohm;
    return fmax(next_v, LOWEST_RAIL_V);
}

// Predicts the rails from the currents so far, lets the stage clip at them, and corrects them with
// the current that has come of it.
static void step(struct supply *supply, const struct stage *stage, const struct engine_port port[2],
                 double left_v, double right_v) {
    double predicted_v[2];
    for (int side = 0; side < 2; ++side) {
        const double ahead_a = 1.5 * supply->drawn_a[side] - 0.5 * supply->drawn_before_a[side];
        predicted_v[side] = settle(supply, supply->v[side], fmax(ahead_a, 0.0));
    }
    const struct limiter_pair emf = {stage_emf(stage, left_v, predicted_v[0], predicted_v[1]),
                                     stage_emf(stage, right_v, predicted_v[0], predicted_v[1])};
    const struct limiter_pair leg_a = drive(supply, port, emf);
    for (int side = 0; side < 2; ++side) {
        const double now_a = drawn(supply, leg_a, side == 0 ? 1.0 : -1.0);
        supply->v[side] = settle(supply, supply->v[side], 0.5 * (supply->drawn_a[side] + now_a));
        supply->drawn_before_a[side] = supply->drawn_a[side];
        supply->drawn_a[side] = now_a;
    }
}

static double delay(double *late, double *rail, int count) {
    double line[STAGE_RAIL_LATENCY + CHUNK_MAX];
    double lowest = late[0];
    memcpy(line, late, STAGE_RAIL_LATENCY * sizeof *line);
    memcpy(line + STAGE_RAIL_LATENCY, rail, (size_t)count * sizeof *line);
    memcpy(late, line + count, STAGE_RAIL_LATENCY * sizeof *line);
    for (int n = 0; n < count; ++n) {
        rail[n] = line[n];
        lowest = fmin(lowest, line[n]);
    }
    return lowest;
}

void supply_process(struct supply *supply, const struct stage *stage,
                    const struct engine_port port[2], const double *const v[2], struct rails *rails,
                    int count) {
    if (supply->stiff) {
        for (int n = 0; n < count; ++n) {
            rails->plus_v[n] = rails->minus_v[n] = supply->rail_v;
        }
        rails->lowest_v = supply->rail_v;
        return;
    }
    for (int n = 0; n < count; ++n) {
        step(supply, stage, port, v[0][n], v[1][n]);
        rails->plus_v[n] = supply->v[0];
        rails->minus_v[n] = supply->v[1];
    }
    rails->lowest_v = fmin(delay(supply->late[0], rails->plus_v, count),
                           delay(supply->late[1], rails->minus_v, count));
}
