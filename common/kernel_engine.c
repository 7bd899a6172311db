// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "kernel.h"

// x <- lambda^8 x + driven, for the WIDTH blocks from b on
INLINE void move(const struct mode_blocks *blocks, struct engine_state *state, int b,
                 const vec driven[2]) {
    const vec x1 = load(&state->state[0][b]);
    const vec x2 = load(&state->state[1][b]);
    for (int i = 0; i < 2; ++i) {
        store(&state->state[i][b], driven[i] + load(&blocks->transition[2 * i][b]) * x1 +
                                       load(&blocks->transition[2 * i + 1][b]) * x2);
    }
}

// Driven by sum_i lambda^(7 - i) u_i, which does not wait for the state.
INLINE void advance(const struct engine_half *half, struct engine_state *state,
                    const float u[GROUP]) {
    for (int b = 0; b < half->blocks.count; b += WIDTH) {
        vec driven[2] = {{0}, {0}};
        for (int i = 0; i < GROUP; ++i) {
            driven[0] += load(&half->drive[i][0][b]) * (double)u[i];
            driven[1] += load(&half->drive[i][1][b]) * (double)u[i];
        }
        move(&half->blocks, state, b, driven);
    }
}

INLINE void advance_single(const struct engine_half *half, struct engine_state *state,
                           const float u[GROUP]) {
    for (int first = 0; first < half->blocks.count; first += LANES) {
        float sum[2 * LANES];
        for (int p = 0; p < PARTS_FLOAT; ++p) {
            vecf part = {0};
            for (int i = 0; i < GROUP; ++i) {
                const float *drive = half->single.drive[first / LANES][i];
                part += load_float(drive + p * WIDTH_FLOAT) * u[i];
            }
            store_float(sum + p * WIDTH_FLOAT, part);
        }
        for (int b = 0; b < LANES; b += WIDTH) {
            const vec driven[2] = {load_wide(sum + b), load_wide(sum + LANES + b)};
            move(&half->blocks, state, first + b, driven);
        }
    }
}

// A group of one channel, or of what both have in common.
struct group {
    vecf part[MODAL_OUTPUTS][PARTS_FLOAT];
};

// (Written out, because the compiler would clear memory for all of it at once.)
INLINE struct group nothing(void) {
    struct group group;
    for (int output = 0; output < MODAL_OUTPUTS; ++output) {
        for (int p = 0; p < PARTS_FLOAT; ++p) {
            group.part[output][p] = splat_float(0.0f);
        }
    }
    return group;
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

INLINE struct group decay_single(const struct engine_half *half, const struct engine_state *state) {
    float x[2][MODE_BLOCKS];
    struct group sum = {0};
    for (int b = 0; b < half->blocks.count; b += WIDTH) {
        store_narrow(&x[0][b], load(&state->state[0][b]));
        store_narrow(&x[1][b], load(&state->state[1][b]));
    }
    for (int b = 0; b < half->blocks.count; ++b) {
        for (int i = 0; i < 2; ++i) {
            for (int output = 0; output < MODAL_OUTPUTS; ++output) {
                const float *to = half->single.decay[output][2 * b + i];
                for (int p = 0; p < PARTS_FLOAT; ++p) {
                    sum.part[output][p] += load_float(to + p * WIDTH_FLOAT) * x[i][b];
                }
            }
        }
    }
    return sum;
}

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

INLINE struct group channel_of_single(const struct group *mid, const struct group *side,
                                      float sign) {
    struct group sum;
    for (int output = 0; output < MODAL_OUTPUTS; ++output) {
        for (int p = 0; p < PARTS_FLOAT; ++p) {
            sum.part[output][p] = mid->part[output][p] + sign * side->part[output][p];
        }
    }
    return sum;
}

// What the states of mid and side leave to left and right.
INLINE void begin(const struct engine *engine, const struct engine_state state[ENGINE_HALVES],
                  bool single, struct group channel[2]) {
    const struct engine_half *mid = &engine->half[ENGINE_MID], *side = &engine->half[ENGINE_SIDE];
    if (single) {
        const struct group of_mid = decay_single(mid, &state[ENGINE_MID]);
        const struct group of_side = decay_single(side, &state[ENGINE_SIDE]);
        channel[0] = channel_of_single(&of_mid, &of_side, 1.0f);
        channel[1] = channel_of_single(&of_mid, &of_side, -1.0f);
    } else {
        const struct remainder of_mid = decay(mid, &state[ENGINE_MID]);
        const struct remainder of_side = decay(side, &state[ENGINE_SIDE]);
        channel[0] = channel_of(&of_mid, &of_side, 1.0);
        channel[1] = channel_of(&of_mid, &of_side, -1.0);
    }
}

INLINE void add_input(const struct engine_answer *answer, int i, float input, struct group *sum) {
    for (int output = 0; output < MODAL_OUTPUTS; ++output) {
        const float *tap = answer->tap[output][i];
        for (int p = 0; p < PARTS_FLOAT; ++p) {
            sum->part[output][p] += load_float(tap + p * WIDTH_FLOAT) * input;
        }
    }
}

INLINE void put_out(const struct group *past, const struct group *sum, const struct group *common,
                    float *driver_v, float *leg_a) {
    for (int p = 0; p < PARTS_FLOAT; ++p) {
        const int v = MODAL_DRIVER_V, a = MODAL_LEG_A;
        store_float(driver_v + p * WIDTH_FLOAT,
                    past->part[v][p] + (sum->part[v][p] + common->part[v][p]));
        store_float(leg_a + p * WIDTH_FLOAT,
                    past->part[a][p] + (sum->part[a][p] + common->part[a][p]));
    }
}

// Mid and side of the inputs that enter the states with this group.
INLINE void end(const struct engine *engine, struct engine_state state[ENGINE_HALVES], bool single,
                const float *left, const float *right) {
    float u[ENGINE_HALVES][GROUP];
    for (int p = 0; p < GROUP; p += WIDTH_FLOAT) {
        const vecf l = load_float(left + p), r = load_float(right + p);
        store_float(u[ENGINE_MID] + p, (l + r) * 0.5f);
        store_float(u[ENGINE_SIDE] + p, (l - r) * 0.5f);
    }
    for (int half = 0; half < ENGINE_HALVES; ++half) {
        if (single) {
            advance_single(&engine->half[half], &state[half], u[half]);
        } else {
            advance(&engine->half[half], &state[half], u[half]);
        }
    }
}

// Groups whose sums fit into registers side by side. They share what is loaded, and each sum has to
// wait for itself.
#define TOGETHER (WIDTH_FLOAT / LANES)

// What inputs make of their own group and the next ones.
struct inputs_sum {
    struct group left, right, common;
};

// Some groups of both channels; `both_in` is the sum of their inputs, or NULL if the halves are
// equal.
INLINE void process(const struct engine *engine, struct engine_state state[ENGINE_HALVES],
                    const struct engine_signals *signals, const float *both_in, bool single, int n,
                    int groups) {
    const struct engine_answer *answer = &engine->half[ENGINE_SIDE].answer;
    const float *left_in = signals->in[0] + n - ENGINE_HISTORY;
    const float *right_in = signals->in[1] + n - ENGINE_HISTORY;
    struct inputs_sum sum[TOGETHER];
    for (int g = 0; g < groups; ++g) {
        sum[g] = (struct inputs_sum){nothing(), nothing(), nothing()};
    }
    for (int i = 0; i < ENGINE_INPUTS; ++i) {
        for (int g = 0; g < groups; ++g) {
            add_input(answer, i, left_in[g * GROUP + i], &sum[g].left);
            add_input(answer, i, right_in[g * GROUP + i], &sum[g].right);
            if (both_in) {
                add_input(&engine->common, i, both_in[g * GROUP + i], &sum[g].common);
            }
        }
    }
    for (int g = 0; g < groups; ++g) {
        const int at = n + g * GROUP;
        struct group past[2];
        begin(engine, state, single, past);
        put_out(&past[0], &sum[g].left, &sum[g].common, signals->driver_v[0] + at,
                signals->leg_a[0] + at);
        put_out(&past[1], &sum[g].right, &sum[g].common, signals->driver_v[1] + at,
                signals->leg_a[1] + at);
        end(engine, state, single, left_in + g * GROUP, right_in + g * GROUP);
    }
}

INLINE void process_all(const struct engine *engine, struct engine_state state[ENGINE_HALVES],
                        const struct engine_signals *signals, const float *both_in, bool single,
                        int count) {
    int n = 0;
    for (; n + TOGETHER * GROUP <= count; n += TOGETHER * GROUP) {
        process(engine, state, signals, both_in ? both_in + n : NULL, single, n, TOGETHER);
    }
    for (; n < count; n += GROUP) {
        process(engine, state, signals, both_in ? both_in + n : NULL, single, n, 1);
    }
}

INLINE void process_halves(const struct engine *engine, struct engine_state state[ENGINE_HALVES],
                           const struct engine_signals *signals, bool single, int count) {
    if (!engine->halves_differ) {
        process_all(engine, state, signals, NULL, single, count);
        return;
    }
    float sum[ENGINE_PAST + CHUNK_MAX], *const both_in = sum + ENGINE_PAST;
    for (int n = -ENGINE_PAST; n < count; n += WIDTH_FLOAT) {
        store_float(both_in + n, load_float(signals->in[0] + n) + load_float(signals->in[1] + n));
    }
    process_all(engine, state, signals, both_in - ENGINE_HISTORY, single, count);
}

void KERNEL(engine_process)(const struct engine *engine, struct engine_state state[ENGINE_HALVES],
                            const struct engine_signals *signals, int count) {
    if (engine->is_single) {
        process_halves(engine, state, signals, true, count);
    } else {
        process_halves(engine, state, signals, false, count);
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
        for (int p = 0; p < PARTS_FLOAT; ++p) {
            store_float(output + n + p * WIDTH_FLOAT, sum.part[MODAL_DRIVER_V][p]);
        }
        advance(half, state, in);
    }
}
