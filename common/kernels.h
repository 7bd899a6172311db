// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The hot loops, compiled for every x86-64 and again for x86-64-v3 (AVX2 and FMA), and chosen at
// run time. All are real-time safe. Counts of doubles are multiples of LANES, counts of floats
// multiples of 8.
#ifndef LOADLINE_KERNELS_H
#define LOADLINE_KERNELS_H

#include "box.h"
#include "causal.h"

#include <stdint.h>

// The largest number of samples that any loop below is asked for at once.
#define CHUNK_MAX 512

// Four independent generators side by side (xoshiro256+).
struct random_lanes {
    _Alignas(32) uint64_t state[4][LANES];
};

// y = direct x + sum residue / (1 - pole w) x; unused sections are zero.
#define NOISE_SECTIONS 12
struct noise_filter {
    double direct;
    _Alignas(32) double pole[NOISE_SECTIONS], residue[NOISE_SECTIONS];
};

// What clips: a parabola from rail (1 - knee) to rail (1 + knee), flat above.
struct clip_shape {
    double knee;
    const double *rail_plus, *rail_minus; // one value a sample
};

// Elliptic half-band filter of two allpass paths, both channels: lanes are left a, right a, left b,
// right b.
#define ALLPASS_SECTIONS_MAX 4
struct allpass_pair {
    int section_count;
    _Alignas(32) double coefficient[ALLPASS_SECTIONS_MAX][LANES];
    _Alignas(32) double in[ALLPASS_SECTIONS_MAX][LANES], out[ALLPASS_SECTIONS_MAX][LANES];
};

#define LIMITER_SUBSTEPS 4

// One sample of the current limit: the current without it, and what it adds, at each substep.
struct limit_interval {
    double leg_a[2][LIMITER_SUBSTEPS];    // in: left, right
    double driver_v[2][LIMITER_SUBSTEPS]; // out: added to the driver's voltage
    double added_a[2];                    // out: added to the current at the end
    bool limited;
};

// Of one channel: highest magnitudes, and the mean of their product.
struct signal_power {
    double peak_v, peak_a, mean_w;
};

#define KERNEL_LIST(X)                                                                             \
    /* engine.h */                                                                                 \
    X(void, engine_process,                                                                        \
      (const struct engine *const engine[2], struct engine_state *const state[2],                  \
       const struct engine_signals *signals, int count))                                           \
    /* One channel's driver voltage alone; input[-ENGINE_HISTORY] and later are read. */           \
    X(void, engine_filter,                                                                         \
      (const struct engine *engine, struct engine_state *state, const double *input,               \
       double *output, int count))                                                                 \
    /* causal.h */                                                                                 \
    X(double, causal_history,                                                                      \
      (const struct causal *causal, const struct engine_state *state, enum modal_output output))   \
    X(void, causal_advance,                                                                        \
      (const struct causal *causal, struct engine_state *state, double input))                     \
    /* limiter.h: a sample's substeps, mid and side together */                                    \
    X(void, limit,                                                                                 \
      (const struct causal fine[2], struct engine_state state[2], const struct box *box,           \
       struct limit_interval *interval))                                                           \
    /* fir[n] = sum_i coefficient[i] (x[n - i] + x[n - 2 pairs + 1 + i]), late[n] = x[n - pairs +  \
     * 1] */                                                                                       \
    /* to[2n] = fir of from, to[2n + 1] = late of from */                                          \
    X(void, halfband_up,                                                                           \
      (const float *coefficient, int pairs, const float *from, float *to, int count))              \
    /* to[n] = (fir of odd + late of even) / 2 */                                                  \
    X(void, halfband_down,                                                                         \
      (const float *coefficient, int pairs, const float *even, const float *odd, float *to,        \
       int count))                                                                                 \
    /* even[n] = from[2n], odd[n] = from[2n + 1] */                                                \
    X(void, separate, (const double *from, float *even, float *odd, int count))                    \
    /* One channel's samples go to lanes 0 and 2, the other's to 1 and 3. */                       \
    X(void, allpass_up,                                                                            \
      (struct allpass_pair * filter, const double *left, const double *right, double *left_up,     \
       double *right_up, int count))                                                               \
    X(void, allpass_down,                                                                          \
      (struct allpass_pair * filter, const double *left_up, const double *right_up, double *left,  \
       double *right, int count))                                                                  \
    /* to[n] = late[n] + sum_k tap[k] from[n - k], five taps; without the first term if late is    \
     * NULL */                                                                                     \
    X(void, short_fir,                                                                             \
      (const double tap[5], const double *from, const double *late, double *to, int count))        \
    /* The mean over [n - 2, n], weighted by a triangle, of what clipping takes from the line */   \
    /* through x: moment[-1] carries the previous interval. The soft kind wants the compensated */ \
    /* signal; the hard kind follows x itself, by parabolas, and reads x[count]. */                \
    X(void, clip_soft,                                                                             \
      (const struct clip_shape *shape, const double *x, double *moment, double *residual,          \
       int count))                                                                                 \
    X(void, clip_hard,                                                                             \
      (const struct clip_shape *shape, const double *x, double *moment, double *residual,          \
       int count))                                                                                 \
    /* The same for a dead zone of +-threshold. */                                                 \
    X(void, dead_zone_residual,                                                                    \
      (double threshold, const double *x, double *moment, double *residual, int count))            \
    /* x + a2 x^2 + a3 x^3 in place, held to +-bound */                                            \
    X(void, polynomial, (double a2, double a3, double bound, double *x, int count))                \
    X(void, scale, (double factor, const double *from, double *to, int count))                     \
    X(void, subtract, (const double *a, const double *b, double *to, int count))                   \
    X(double, peak, (const double *x, int count))                                                  \
    X(struct signal_power, power, (const double *driver_v, const double *leg_a, int count))        \
    /* Adds sigma times a nearly normal variable of unit variance. */                              \
    X(void, add_noise, (struct random_lanes * random, double sigma, double *to, int count))        \
    X(void, add_filtered,                                                                          \
      (const struct noise_filter *filter, double section[NOISE_SECTIONS], const double *noise,     \
       double *to, int count))                                                                     \
    /* a <- (a + b) scale, b <- (a - b) scale */                                                   \
    X(void, rotate_mid_side, (double scale, double *a, double *b, int count))                      \
    X(void, widen, (const float *from, double *to, int count))                                     \
    X(void, narrow, (const double *from, float *to, int count))                                    \
    /* to[n] = factor a[n] b[n] */                                                                 \
    X(void, multiply, (float factor, const float *a, const float *b, float *to, int count))        \
    X(float, peak_float, (const float *x, int count))

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
