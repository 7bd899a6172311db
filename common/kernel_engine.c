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

// A group of both outputs.
struct exact {
    vec part[MODAL_OUTPUTS][PARTS];
};

struct single {
    vecf part[MODAL_OUTPUTS][PARTS_FLOAT];
};

// What the states leave.
INLINE struct exact decay(const struct engine_half *half, const struct engine_state *state) {
    struct exact sum = {0};
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

// Adds what the inputs since make.
INLINE void add_answer(const struct engine_answer *answer, const float *input, struct single *sum) {
#pragma GCC unroll 20
    for (int i = 0; i < ENGINE_INPUTS; ++i) {
        for (int output = 0; output < MODAL_OUTPUTS; ++output) {
            const float *tap = engine_taps(answer, output, i);
            for (int p = 0; p < PARTS_FLOAT; ++p) {
                sum->part[output][p] += load_float(tap + p * WIDTH_FLOAT) * input[i];
            }
        }
    }
}

INLINE void put_out(const struct exact *mid, const struct exact *side, const struct single *left,
                    const struct single *right, const struct engine_signals *signals, int n) {
    float *const *const to[MODAL_OUTPUTS] = {signals->driver_v, signals->leg_a};
    for (int output = 0; output < MODAL_OUTPUTS; ++output) {
        for (int p = 0; p < PARTS_FLOAT; ++p) {
            const vec *m = &mid->part[output][2 * p], *s = &side->part[output][2 * p];
            const int at = n + p * WIDTH_FLOAT;
            store_float(to[output][0] + at,
                        left->part[output][p] + narrow(m[0] + s[0], m[1] + s[1]));
            store_float(to[output][1] + at,
                        right->part[output][p] + narrow(m[0] - s[0], m[1] - s[1]));
        }
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

void KERNEL(engine_filter)(const struct engine_half *half, struct engine_state *state,
                           const float *input, float *output, int count) {
    for (int n = 0; n < count; n += GROUP) {
        const float *in = input + n - ENGINE_HISTORY;
        struct single sum = {0};
        double u[GROUP];
        add_answer(&half->answer, in, &sum);
        const struct exact past = decay(half, state);
        for (int p = 0; p < PARTS_FLOAT; ++p) {
            const vec *x = &past.part[MODAL_DRIVER_V][2 * p];
            store_float(output + n + p * WIDTH_FLOAT,
                        sum.part[MODAL_DRIVER_V][p] + narrow(x[0], x[1]));
        }
        for (int p = 0; p < GROUP; p += WIDTH) {
            store(u + p, load_wide(in + p));
        }
        advance(half, state, u);
    }
}

void KERNEL(engine_process)(const struct engine *engine, struct engine_state state[ENGINE_HALVES],
                            const struct engine_signals *signals, int count) {
    const struct engine_half *mid_half = &engine->half[ENGINE_MID];
    const struct engine_half *side_half = &engine->half[ENGINE_SIDE];
    const float *left_in = signals->in[0] - ENGINE_HISTORY;
    const float *right_in = signals->in[1] - ENGINE_HISTORY;
    for (int n = 0; n < count; n += GROUP) {
        double mid_u[GROUP], side_u[GROUP];
        struct single left = {0};
        if (engine->halves_differ) {
            float mid_in[ENGINE_INPUTS + GROUP];
            for (int i = 0; i < ENGINE_INPUTS; i += WIDTH_FLOAT) {
                store_float(mid_in + i,
                            (load_float(left_in + i) + load_float(right_in + i)) * 0.5f);
            }
            add_answer(&engine->common, mid_in, &left);
        }
        struct single right = left;
        add_answer(&side_half->answer, left_in, &left);
        add_answer(&side_half->answer, right_in, &right);
        const struct exact mid = decay(mid_half, &state[ENGINE_MID]);
        const struct exact side = decay(side_half, &state[ENGINE_SIDE]);
        put_out(&mid, &side, &left, &right, signals, n);
        split(left_in, right_in, mid_u, side_u);
        advance(mid_half, &state[ENGINE_MID], mid_u);
        advance(side_half, &state[ENGINE_SIDE], side_u);
        left_in += GROUP;
        right_in += GROUP;
    }
}
