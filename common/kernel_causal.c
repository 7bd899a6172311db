// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "kernel.h"

INLINE double sum_lanes(vec x) {
    double total = 0.0;
    for (int i = 0; i < WIDTH; ++i) {
        total += x[i];
    }
    return total;
}

INLINE double history(const struct causal *causal, const struct engine_state *state,
                      enum modal_output output) {
    vec sum = {0};
    for (int b = 0; b < causal->blocks.count; b += WIDTH) {
        sum += load(&causal->residue[output][0][b]) * load(&state->state[0][b]) +
               load(&causal->residue[output][1][b]) * load(&state->state[1][b]);
    }
    return sum_lanes(sum);
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
    return history(causal, state, output);
}

void KERNEL(causal_advance)(const struct causal *causal, struct engine_state *state, double input) {
    advance(causal, state, input);
}

void KERNEL(limit)(const struct causal fine[2], struct engine_state state[2], const struct box *box,
                   struct limit_interval *interval) {
    interval->limited = false;
    for (int j = 0; j < LIMITER_SUBSTEPS; ++j) {
        const double past_mid_a = history(&fine[0], &state[0], MODAL_LEG_A);
        const double past_side_a = history(&fine[1], &state[1], MODAL_LEG_A);
        const double past_mid_v = history(&fine[0], &state[0], MODAL_DRIVER_V);
        const double past_side_v = history(&fine[1], &state[1], MODAL_DRIVER_V);
        const struct stereo delta =
            box_solve(box, (struct stereo){interval->leg_a[0][j] + past_mid_a + past_side_a,
                                           interval->leg_a[1][j] + past_mid_a - past_side_a});
        const double mid = 0.5 * (delta.l + delta.r);
        const double side = 0.5 * (delta.l - delta.r);
        const double mid_v = past_mid_v + fine[0].gain[MODAL_DRIVER_V] * mid;
        const double side_v = past_side_v + fine[1].gain[MODAL_DRIVER_V] * side;
        const double mid_a = past_mid_a + fine[0].gain[MODAL_LEG_A] * mid;
        const double side_a = past_side_a + fine[1].gain[MODAL_LEG_A] * side;
        interval->driver_v[0][j] = mid_v + side_v;
        interval->driver_v[1][j] = mid_v - side_v;
        interval->added_a[0] = mid_a + side_a;
        interval->added_a[1] = mid_a - side_a;
        interval->limited |= delta.l != 0.0 || delta.r != 0.0;
        advance(&fine[0], &state[0], mid);
        advance(&fine[1], &state[1], side);
    }
}
