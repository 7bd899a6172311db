// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The hot loops, compiled for every x86-64 and again for x86-64-v3 (AVX2 and FMA), and chosen at
// run time. All are real-time safe. Counts are multiples of GROUP; signals of both channels are
// left and right.
#ifndef LOADLINE_KERNELS_H
#define LOADLINE_KERNELS_H

#include "box.h"
#include "causal.h"
#include "compensation.h"

#include <stdbool.h>
#include <stdint.h>

// The largest number of samples that any loop below is asked for at once.
#define CHUNK_MAX 512

// Four independent generators side by side (xoshiro256+).
struct random_lanes {
    _Alignas(32) uint64_t state[4][LANES];
};

// Standard deviation of what the generators draw.
#define RANDOM_SIGMA 37837.225

// Colours it: y = direct x + sum residue / (1 - pole w) x, w = z^-1, eight samples at a time. The
// answer to a group's inputs is told by its first samples, that of the past by the sections' states
// before the group.
#define NOISE_SECTIONS GROUP
struct noise_filter {
    _Alignas(32) float answer[GROUP][GROUP];         // input i -> outputs
    _Alignas(32) float decay[NOISE_SECTIONS][GROUP]; // state -> outputs
    _Alignas(32) float drive[GROUP][NOISE_SECTIONS]; // input i -> states
    _Alignas(32) float step[NOISE_SECTIONS];         // pole^8
};

// y[n] = sum_i coefficient[i] x[n - delay - i],   i < taps
#define FIR_TAPS_MAX 96
struct fir {
    int taps, delay;
    float coefficient[FIR_TAPS_MAX];
};

// One doubling of the rate: of two samples at the higher rate, the first (the second) is that of
// the lower rate through phase 0 (1). On the way down, phase 0 takes the odd samples and phase 1
// the even ones.
struct halfband_filter {
    struct fir phase[2];
};

// What clips: a parabola from rail (1 - knee) to rail (1 + knee), flat above.
struct clip_shape {
    double knee;
    const float *rail_plus, *rail_minus; // one value a sample, not below lowest_rail
    double lowest_rail;
};

// A nonlinearity's filters before and after, and the triangle's sample.
#define SHAPER_LATENCY (2 * COMPENSATION_LATENCY + 1)
#define SHAPER_PAST    8 // samples of its input's past that it reads

// What a nonlinearity leaves for the next chunk.
struct residue_past {
    float removed[LANES];
    double moment;
    bool loud[2]; // whether the last groups had anything to remove
};

#define LIMITER_SUBSTEPS 6

// One sample of the current limit: the current without it, and what it adds, at each substep.
struct limit_interval {
    double leg_a[2][LIMITER_SUBSTEPS];    // in: left, right
    double driver_v[2][LIMITER_SUBSTEPS]; // out: added to the driver's voltage
    double added_a[2];                    // out: added to the current at the end
    bool limited;
};

// Highest magnitudes of both channels, and each one's mean of their product.
struct signal_power {
    float peak_v, peak_a, mean_w[2];
};

#define KERNEL_LIST(X)                                                                             \
    /* engine.h */                                                                                 \
    X(void, engine_process,                                                                        \
      (const struct engine *engine, struct engine_state state[ENGINE_HALVES],                      \
       const struct engine_signals *signals, int count))                                           \
    /* One channel's driver voltage alone; input[-ENGINE_HISTORY] and later are read. */           \
    X(void, engine_filter,                                                                         \
      (const struct engine_half *half, struct engine_state *state, const float *input,             \
       float *output, int count))                                                                  \
    /* causal.h */                                                                                 \
    X(double, causal_history,                                                                      \
      (const struct causal *causal, const struct engine_state *state, enum modal_output output))   \
    X(void, causal_advance,                                                                        \
      (const struct causal *causal, struct engine_state *state, double input))                     \
    /* limiter.h: a sample's substeps, mid and side together */                                    \
    X(void, limit,                                                                                 \
      (const struct causal fine[2], struct engine_state state[2], const struct box *box,           \
       struct limit_interval *interval))                                                           \
    /* Both channels through a filter; `from` has its past in front. */                            \
    X(void, filter,                                                                                \
      (const struct fir *fir, const float *const from[2], float *const to[2], int count))          \
    /* To twice their rate; afterwards the lines' newest samples become their past. */             \
    X(void, halfband_up,                                                                           \
      (const struct halfband_filter *filter, float *const from[2], float *const to[2], int past,   \
       int count))                                                                                 \
    /* And back, to `count` samples; even and odd samples have their past in front. */             \
    X(void, halfband_down,                                                                         \
      (const struct halfband_filter *filter, float *const even[2], float *const odd[2],            \
       float *const to[2], int past, int count))                                                   \
    /* even[n] = from[2n], odd[n] = from[2n + 1] */                                                \
    X(void, separate, (const float *from, float *even, float *odd, int count))                     \
    /* Moves the end of a chunk in front of it: from[n] = from[n + count] for -past <= n < 0. */   \
    X(void, keep_past, (float *from, int past, int count))                                         \
    /* to[n] = late[n] + sum_k tap[k] from[n - k], five taps */                                    \
    X(void, short_fir,                                                                             \
      (const double tap[5], const float *from, const float *late, float *to, int count))           \
    /* stage.h: what passes a nonlinearity, SHAPER_LATENCY samples late. x has SHAPER_PAST */      \
    /* samples of its past in front. Clipping returns the highest |x|. */                          \
    X(float, clip_soft,                                                                            \
      (const struct clip_shape *shape, const struct compensation *compensation, const float *x,    \
       struct residue_past *past, float *to, int count))                                           \
    X(float, clip_hard,                                                                            \
      (const struct clip_shape *shape, const struct compensation *compensation, const float *x,    \
       struct residue_past *past, float *to, int count))                                           \
    X(void, dead_zone,                                                                             \
      (double threshold, const struct compensation *compensation, const float *x,                  \
       struct residue_past *past, float *to, int count))                                           \
    /* x + a2 x^2 + a3 x^3 in place, held to +-bound */                                            \
    X(void, polynomial, (float a2, float a3, float bound, float *x, int count))                    \
    X(void, scale, (float factor, const float *from, float *to, int count))                        \
    X(void, add, (const float *a, const float *b, float *to, int count))                           \
    X(void, subtract, (const float *a, const float *b, float *to, int count))                      \
    X(void, multiply, (const float *a, const float *b, float *to, int count))                      \
    X(float, peak, (const float *x, int count))                                                    \
    X(struct signal_power, power,                                                                  \
      (const float *const driver_v[2], const float *const leg_a[2], int count))                    \
    /* Adds scale times what the generators draw, nearly normal; or that through a filter. */      \
    X(void, add_white_noise, (struct random_lanes * random, float scale, float *to, int count))    \
    X(void, add_colored_noise,                                                                     \
      (const struct noise_filter *filter, struct random_lanes *random,                             \
       float section[NOISE_SECTIONS], float *to, int count))                                       \
    /* to[n] = factor a[n] / b[n] */                                                               \
    X(void, divide, (float factor, const float *a, const float *b, float *to, int count))          \
    /* Holds x to +-bound; returns the highest magnitude before that. */                           \
    X(float, stop, (float bound, float *x, int count))                                             \
    /* Zero for what is not within +-bound. */                                                     \
    X(void, remove_insane, (float bound, float *x, int count))

struct kernels {
    const char *machine;
#define KERNEL_POINTER(type, name, arguments) type(*name) arguments;
    KERNEL_LIST(KERNEL_POINTER)
#undef KERNEL_POINTER
};

extern const struct kernels kernels_baseline;
extern const struct kernels kernels_v3;

// The best that this machine can run; with LOADLINE_KERNELS=baseline in the environment, the
// baseline. Not for the audio thread.
const struct kernels *kernels_select(void);

#endif
