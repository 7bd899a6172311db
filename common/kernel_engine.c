// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "kernel.h"

#include <string.h>

// x <- lambda^4 x + sum_i lambda^(3 - i) u_i, for all blocks. The inputs' part does not wait for
// the state.
INLINE void advance(const struct engine *engine, struct engine_state *state, const double *input) {
    for (int b = 0; b < engine->blocks.count; b += WIDTH) {
        const vec x1 = load(&state->state[0][b]);
        const vec x2 = load(&state->state[1][b]);
        vec y[2];
        for (int half = 0; half < 2; ++half) {
            y[half] = (load(&engine->drive[0][half][b]) * input[0] +
                       load(&engine->drive[1][half][b]) * input[1]) +
                      (load(&engine->drive[2][half][b]) * input[2] +
                       load(&engine->drive[3][half][b]) * input[3]);
            y[half] += load(&engine->blocks.transition[2 * half][b]) * x1 +
                       load(&engine->blocks.transition[2 * half + 1][b]) * x2;
        }
        store(&state->state[0][b], y[0]);
        store(&state->state[1][b], y[1]);
    }
}

struct group {
    vec driver_v[PARTS], leg_a[PARTS];
};

// Both outputs of a group: what the states leave and what the inputs add.
INLINE struct group respond(const struct engine *engine, const struct engine_state *state,
                            const double *input) {
    struct group sum;
    memset(&sum, 0, sizeof sum);
    for (int i = 0; i < ENGINE_GROUP; ++i) {
        for (int p = 0; p < PARTS; ++p) {
            sum.driver_v[p] += load(&engine->fir[MODAL_DRIVER_V][i][p * WIDTH]) * input[i];
            sum.leg_a[p] += load(&engine->fir[MODAL_LEG_A][i][p * WIDTH]) * input[i];
        }
    }
#pragma GCC unroll 2
    for (int b = 0; b < engine->blocks.count; ++b) {
        for (int half = 0; half < 2; ++half) {
            const double x = state->state[half][b];
            for (int p = 0; p < PARTS; ++p) {
                sum.driver_v[p] +=
                    load(&engine->decay[MODAL_DRIVER_V][2 * b + half][p * WIDTH]) * x;
                sum.leg_a[p] += load(&engine->decay[MODAL_LEG_A][2 * b + half][p * WIDTH]) * x;
            }
        }
    }
    return sum;
}

void KERNEL(engine_process)(const struct engine *const engine[2],
                            struct engine_state *const state[2],
                            const struct engine_signals *signals, int count) {
    for (int n = 0; n < count; n += LANES) {
        const double *mid_input = signals->half[0] + n - ENGINE_HISTORY;
        const double *side_input = signals->half[1] + n - ENGINE_HISTORY;
        const struct group mid = respond(engine[0], state[0], mid_input);
        const struct group side = respond(engine[1], state[1], side_input);
        advance(engine[0], state[0], mid_input);
        advance(engine[1], state[1], side_input);
        for (int p = 0; p < PARTS; ++p) {
            const int at = n + p * WIDTH;
            store(signals->driver_v[0] + at, mid.driver_v[p] + side.driver_v[p]);
            store(signals->driver_v[1] + at, mid.driver_v[p] - side.driver_v[p]);
            store(signals->leg_a[0] + at, mid.leg_a[p] + side.leg_a[p]);
            store(signals->leg_a[1] + at, mid.leg_a[p] - side.leg_a[p]);
        }
    }
}

void KERNEL(engine_filter)(const struct engine *engine, struct engine_state *state,
                           const double *input, double *output, int count) {
    for (int n = 0; n < count; n += LANES) {
        const double *group = input + n - ENGINE_HISTORY;
        vec sum[PARTS] = {{0}};
        for (int i = 0; i < ENGINE_GROUP; ++i) {
            for (int p = 0; p < PARTS; ++p) {
                sum[p] += load(&engine->fir[MODAL_DRIVER_V][i][p * WIDTH]) * group[i];
            }
        }
        for (int b = 0; b < 2 * engine->blocks.count; ++b) {
            const double x = state->state[b % 2][b / 2];
            for (int p = 0; p < PARTS; ++p) {
                sum[p] += load(&engine->decay[MODAL_DRIVER_V][b][p * WIDTH]) * x;
            }
        }
        advance(engine, state, group);
        for (int p = 0; p < PARTS; ++p) {
            store(output + n + p * WIDTH, sum[p]);
        }
    }
}
