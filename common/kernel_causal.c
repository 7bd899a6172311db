// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "kernel.h"

#include <string.h>

struct two {
    vec driver_v, leg_a;
};

// Both outputs' shares of the states, lane by lane.
INLINE struct two read_states(const double residue[MODAL_OUTPUTS][2][MODE_BLOCKS], int count,
                              const struct engine_state *state) {
    struct two sum = {{0}, {0}};
    for (int b = 0; b < count; b += WIDTH) {
        const vec x1 = load(&state->state[0][b]);
        const vec x2 = load(&state->state[1][b]);
        sum.driver_v += load(&residue[MODAL_DRIVER_V][0][b]) * x1;
        sum.driver_v += load(&residue[MODAL_DRIVER_V][1][b]) * x2;
        sum.leg_a += load(&residue[MODAL_LEG_A][0][b]) * x1;
        sum.leg_a += load(&residue[MODAL_LEG_A][1][b]) * x2;
    }
    return sum;
}

INLINE void advance(const struct causal *causal, struct engine_state *state, double input) {
    const struct mode_blocks *blocks = &causal->blocks;
    for (int b = 0; b < blocks->count; b += WIDTH) {
        const vec x1 = load(&state->state[0][b]);
        const vec x2 = load(&state->state[1][b]);
        for (int half = 0; half < 2; ++half) {
            store(&state->state[half][b], load(&blocks->transition[2 * half][b]) * x1 +
                                              load(&blocks->transition[2 * half + 1][b]) * x2 +
                                              load(&causal->drive[half][b]) * input);
        }
    }
}

double KERNEL(causal_history)(const struct causal *causal, const struct engine_state *state,
                              enum modal_output output) {
    const struct two sum = read_states(causal->residue, causal->blocks.count, state);
    double total[4];
    sum_lanes(sum.driver_v, sum.leg_a, sum.driver_v, sum.leg_a, total);
    return total[output == MODAL_DRIVER_V ? 0 : 1];
}

void KERNEL(causal_advance)(const struct causal *causal, struct engine_state *state, double input) {
    advance(causal, state, input);
}

// Of mid and side: driver voltages, then leg currents.
enum { MID_V, SIDE_V, MID_A, SIDE_A, REPLIES };

INLINE void add_inputs(const double mid_gain[MODAL_OUTPUTS], const double side_gain[MODAL_OUTPUTS],
                       double mid, double side, double reply[REPLIES]) {
    reply[MID_V] += mid_gain[MODAL_DRIVER_V] * mid;
    reply[SIDE_V] += side_gain[MODAL_DRIVER_V] * side;
    reply[MID_A] += mid_gain[MODAL_LEG_A] * mid;
    reply[SIDE_A] += side_gain[MODAL_LEG_A] * side;
}

// What past inputs leave at a substep is known from the states two substeps before and from the
// input in between, so that the sums over the states do not wait for the solution.
void KERNEL(limit)(const struct causal fine[2], struct engine_state state[2], const struct box *box,
                   struct limit_interval *interval) {
    const struct causal *mid_net = &fine[0], *side_net = &fine[1];
    const int mid_count = mid_net->blocks.count, side_count = side_net->blocks.count;
    double past[REPLIES], ahead[REPLIES];
    const struct two mid_now = read_states(mid_net->residue, mid_count, &state[0]);
    const struct two side_now = read_states(side_net->residue, side_count, &state[1]);
    sum_lanes(mid_now.driver_v, side_now.driver_v, mid_now.leg_a, side_now.leg_a, past);
    interval->limited = false;
    for (int j = 0; j < LIMITER_SUBSTEPS; ++j) {
        const struct two mid_next = read_states(mid_net->next_residue, mid_count, &state[0]);
        const struct two side_next = read_states(side_net->next_residue, side_count, &state[1]);
        sum_lanes(mid_next.driver_v, side_next.driver_v, mid_next.leg_a, side_next.leg_a, ahead);
        const struct stereo delta =
            box_solve(box, (struct stereo){interval->leg_a[0][j] + past[MID_A] + past[SIDE_A],
                                           interval->leg_a[1][j] + past[MID_A] - past[SIDE_A]});
        const double mid = 0.5 * (delta.l + delta.r);
        const double side = 0.5 * (delta.l - delta.r);
        add_inputs(mid_net->gain, side_net->gain, mid, side, past);
        interval->driver_v[0][j] = past[MID_V] + past[SIDE_V];
        interval->driver_v[1][j] = past[MID_V] - past[SIDE_V];
        interval->added_a[0] = past[MID_A] + past[SIDE_A];
        interval->added_a[1] = past[MID_A] - past[SIDE_A];
        interval->limited |= delta.l != 0.0 || delta.r != 0.0;
        add_inputs(mid_net->next_gain, side_net->next_gain, mid, side, ahead);
        memcpy(past, ahead, sizeof past);
        advance(mid_net, &state[0], mid);
        advance(side_net, &state[1], side);
    }
}
