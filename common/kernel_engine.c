// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "kernel.h"

// x <- lambda^8 x + sum_i lambda^(7 - i) u_i, for all blocks. The inputs' part does not wait for
// the state.
INLINE void advance(const struct engine_half *half, struct engine_state *state,
                    const double u[GROUP]) {
    for (int b = 0; b < half->blocks.count; b += WIDTH) {
        vec driven[2] = {{0}, {0}};
        for (int i = 0; i < GROUP; ++i) {
            driven[0] += load(&half->drive[i][0][b]) * u[i];
            driven[1] += load(&half->drive[i][1][b]) * u[i];
        }
        const vec x1 = load(&state->state[0][b]);
        const vec x2 = load(&state->state[1][b]);
        for (int i = 0; i < 2; ++i) {
            store(&state->state[i][b], driven[i] + load(&half->blocks.transition[2 * i][b]) * x1 +
                                           load(&half->blocks.transition[2 * i + 1][b]) * x2);
        }
    }
}

// What the states leave for a group.
struct remainder {
    vec part[MODAL_OUTPUTS][PARTS];
};

INLINE struct remainder decay(const struct engine_half *half, const struct engine_state *state) {
    struct remainder sum = {0};
    for (int b = 0; b < half->blocks.count; ++b) {
        for (int i = 0; i < 2; ++i) {
            const double x = state->state[i][b];
            for (int output = 0; output < MODAL_OUTPUTS; ++output) {
                const double *to = half->decay[output][2 * b + i];
                for (int p = 0; p < PARTS; ++p) {
                    sum.part[output][p] += load(to + p * WIDTH) * x;
                }
            }
        }
    }
    return sum;
}

// A group of one channel, or of what both have in common.
struct group {
    vecf part[MODAL_OUTPUTS][PARTS_FLOAT];
};

// The channel that is mid + sign side.
INLINE struct group channel_of(const struct remainder *mid, const struct remainder *side,
                               double sign) {
    struct group sum;
    for (int output = 0; output < MODAL_OUTPUTS; ++output) {
        for (int p = 0; p < PARTS_FLOAT; ++p) {
            const vec *m = &mid->part[output][2 * p], *s = &side->part[output][2 * p];
            sum.part[output][p] = narrow(m[0] + sign * s[0], m[1] + sign * s[1]);
        }
    }
    return sum;
}

INLINE void add_input(const struct engine_answer *answer, int i, float input, struct group *sum) {
    for (int output = 0; output < MODAL_OUTPUTS; ++output) {
        const float *tap = answer->tap[output][i];
        for (int p = 0; p < PARTS_FLOAT; ++p) {
            sum->part[output][p] += load_float(tap + p * WIDTH_FLOAT) * input;
        }
    }
}

INLINE void put_out(const struct group *sum, const struct group *common, float *driver_v,
                    float *leg_a) {
    for (int p = 0; p < PARTS_FLOAT; ++p) {
        const vecf *v = sum->part[MODAL_DRIVER_V], *a = sum->part[MODAL_LEG_A];
        store_float(driver_v + p * WIDTH_FLOAT, v[p] + common->part[MODAL_DRIVER_V][p]);
        store_float(leg_a + p * WIDTH_FLOAT, a[p] + common->part[MODAL_LEG_A][p]);
    }
}

// Mid and side of the inputs that enter the states with this group.
INLINE void split(const float *left, const float *right, double mid[GROUP], double side[GROUP]) {
    for (int p = 0; p < GROUP; p += WIDTH) {
        const vec l = load_wide(left + p), r = load_wide(right + p);
        store(mid + p, (l + r) * 0.5);
        store(side + p, (l - r) * 0.5);
    }
}

// A group of both channels; `both_in` is the sum of their inputs, or NULL if the halves are equal.
// All sums grow side by side, because each has to wait for itself.
INLINE void process(const struct engine *engine, struct engine_state *state,
                    const struct engine_signals *signals, const float *both_in, int n) {
    const struct engine_half *mid = &engine->half[ENGINE_MID], *side = &engine->half[ENGINE_SIDE];
    const float *left_in = signals->in[0] + n - ENGINE_HISTORY;
    const float *right_in = signals->in[1] + n - ENGINE_HISTORY;
    const struct remainder of_mid = decay(mid, &state[ENGINE_MID]);
    const struct remainder of_side = decay(side, &state[ENGINE_SIDE]);
    struct group left = channel_of(&of_mid, &of_side, 1.0);
    struct group right = channel_of(&of_mid, &of_side, -1.0);
    struct group common = {0};
#pragma GCC unroll 20
    for (int i = 0; i < ENGINE_INPUTS; ++i) {
        add_input(&side->answer, i, left_in[i], &left);
        add_input(&side->answer, i, right_in[i], &right);
        if (both_in) {
            add_input(&engine->common, i, both_in[i], &common);
        }
    }
    put_out(&left, &common, signals->driver_v[0] + n, signals->leg_a[0] + n);
    put_out(&right, &common, signals->driver_v[1] + n, signals->leg_a[1] + n);
    double mid_u[GROUP], side_u[GROUP];
    split(left_in, right_in, mid_u, side_u);
    advance(mid, &state[ENGINE_MID], mid_u);
    advance(side, &state[ENGINE_SIDE], side_u);
}

void KERNEL(engine_process)(const struct engine *engine, struct engine_state state[ENGINE_HALVES],
                            const struct engine_signals *signals, int count) {
    if (!engine->halves_differ) {
        for (int n = 0; n < count; n += GROUP) {
            process(engine, state, signals, NULL, n);
        }
        return;
    }
    float sum[ENGINE_PAST + CHUNK_MAX], *const both_in = sum + ENGINE_PAST;
    for (int n = -ENGINE_PAST; n < count; n += WIDTH_FLOAT) {
        store_float(both_in + n, load_float(signals->in[0] + n) + load_float(signals->in[1] + n));
    }
    for (int n = 0; n < count; n += GROUP) {
        process(engine, state, signals, both_in + n - ENGINE_HISTORY, n);
    }
}

void KERNEL(engine_filter)(const struct engine_half *half, struct engine_state *state,
                           const float *input, float *output, int count) {
    for (int n = 0; n < count; n += GROUP) {
        const float *in = input + n - ENGINE_HISTORY;
        const struct remainder past = decay(half, state);
        struct group sum = channel_of(&past, &past, 0.0);
        for (int i = 0; i < ENGINE_INPUTS; ++i) {
            add_input(&half->answer, i, in[i], &sum);
        }
        double u[GROUP];
        for (int p = 0; p < PARTS_FLOAT; ++p) {
            store_float(output + n + p * WIDTH_FLOAT, sum.part[MODAL_DRIVER_V][p]);
        }
        for (int p = 0; p < GROUP; p += WIDTH) {
            store(u + p, load_wide(in + p));
        }
        advance(half, state, u);
    }
}
