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
    supply->kernels = kernels;
    supply->stage = *stage;
    for (int side = 0; side < 2; ++side) {
        supply->v[side] = stage->rail_v;
        for (int n = 0; n < STAGE_RAIL_LATENCY; ++n) {
            supply->late[side][n] = (float)stage->rail_v;
        }
    }
}

void supply_continue(struct supply *supply, const struct supply *from) {
    if (supply->stiff || from->stiff) {
        return;
    }
    const double part = supply->rail_v / from->rail_v;
    for (int side = 0; side < 2; ++side) {
        supply->v[side] = part * from->v[side];
        supply->drawn_a[side] = from->drawn_a[side];
        supply->drawn_before_a[side] = from->drawn_before_a[side];
        for (int n = 0; n < STAGE_RAIL_LATENCY; ++n) {
            supply->late[side][n] = (float)(part * (double)from->late[side][n]);
        }
    }
}

// Sends one sample of EMF through the causal network; returns the leg currents.
static struct stereo drive(struct supply *supply, const struct causal network[2],
                           const struct box *box, struct stereo emf_v) {
    const struct kernels *kernels = supply->kernels;
    struct engine_state *state = supply->state;
    const double past_mid = kernels->causal_history(&network[0], &state[0], MODAL_LEG_A);
    const double past_side = kernels->causal_history(&network[1], &state[1], MODAL_LEG_A);
    const double gain_mid = network[0].gain[MODAL_LEG_A];
    const double gain_side = network[1].gain[MODAL_LEG_A];
    double mid = 0.5 * (emf_v.l + emf_v.r), side = 0.5 * (emf_v.l - emf_v.r);
    double mid_a = past_mid + gain_mid * mid, side_a = past_side + gain_side * side;
    const struct stereo delta = box_solve(box, (struct stereo){mid_a + side_a, mid_a - side_a});
    mid += 0.5 * (delta.l + delta.r);
    side += 0.5 * (delta.l - delta.r);
    mid_a = past_mid + gain_mid * mid;
    side_a = past_side + gain_side * side;
    kernels->causal_advance(&network[0], &state[0], mid);
    kernels->causal_advance(&network[1], &state[1], side);
    return (struct stereo){mid_a + side_a, mid_a - side_a};
}

// Both legs of a bridge draw from both rails.
static double drawn(const struct supply *supply, struct stereo leg_a, double polarity) {
    if (supply->bridge) {
        return fabs(leg_a.l) + fabs(leg_a.r);
    }
    return fmax(polarity * leg_a.l, 0.0) + fmax(polarity * leg_a.r, 0.0);
}

static double settle(const struct supply *supply, double v, double drawn_a) {
    const double next_v =
        supply->rail_v + (v - supply->rail_v) * supply->decay - drawn_a * supply->drop_ohm;
    return fmax(next_v, LOWEST_RAIL_V);
}

// Predicts the rails from the currents so far, lets the stage clip at them, and corrects them with
// the current that has come of it.
static void step(struct supply *supply, const struct stage *stage, const struct causal network[2],
                 const struct box *box, double left_v, double right_v) {
    double predicted_v[2];
    for (int side = 0; side < 2; ++side) {
        const double ahead_a = 1.5 * supply->drawn_a[side] - 0.5 * supply->drawn_before_a[side];
        predicted_v[side] = settle(supply, supply->v[side], fmax(ahead_a, 0.0));
    }
    const struct stereo emf = {
        stage_emf(stage, left_v, predicted_v[0], predicted_v[1], supply->slewed_v[0]),
        stage_emf(stage, right_v, predicted_v[0], predicted_v[1], supply->slewed_v[1])};
    const struct stereo leg_a = drive(supply, network, box, emf);
    for (int side = 0; side < 2; ++side) {
        const double now_a = drawn(supply, leg_a, side == 0 ? 1.0 : -1.0);
        supply->v[side] = settle(supply, supply->v[side], 0.5 * (supply->drawn_a[side] + now_a));
        supply->drawn_before_a[side] = supply->drawn_a[side];
        supply->drawn_a[side] = now_a;
    }
}

static float delay(float *late, float *rail, int count) {
    float line[STAGE_RAIL_LATENCY + CHUNK_MAX];
    float lowest = late[0];
    memcpy(line, late, STAGE_RAIL_LATENCY * sizeof *line);
    memcpy(line + STAGE_RAIL_LATENCY, rail, (size_t)count * sizeof *line);
    memcpy(late, line + count, STAGE_RAIL_LATENCY * sizeof *line);
    for (int n = 0; n < count; ++n) {
        rail[n] = line[n];
        lowest = fminf(lowest, line[n]);
    }
    return lowest;
}

void supply_process(struct supply *supply, const struct stage *stage,
                    const struct causal network[2], const float *const v[2], struct rails *rails,
                    int count) {
    if (supply->stiff) {
        if (rails->lowest_v != supply->rail_v) { // once
            rails->lowest_v = supply->rail_v;
            for (int n = 0; n < CHUNK_MAX; ++n) {
                rails->plus_v[n] = rails->minus_v[n] = (float)supply->rail_v;
            }
        }
        return;
    }
    const struct box box = limiter_box(&supply->stage, network);
    for (int n = 0; n < count; ++n) {
        step(supply, stage, network, &box, (double)v[0][n], (double)v[1][n]);
        rails->plus_v[n] = (float)supply->v[0];
        rails->minus_v[n] = (float)supply->v[1];
    }
    rails->lowest_v = (double)fminf(delay(supply->late[0], rails->plus_v, count),
                                    delay(supply->late[1], rails->minus_v, count));
}
