// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "limiter.h"

#include <math.h>
#include <string.h>

#define LIMIT_SLOPE_OHM 10e3
#define SILENT_V        1e-8 // a correction that has died away

void limiter_init(struct limiter *limiter, const struct kernels *kernels,
                  const struct stage_params *stage, const struct compensation *compensation) {
    memset(limiter, 0, sizeof *limiter);
    limiter->kernels = kernels;
    limiter->stage = *stage;
    limiter->compensation = *compensation;
}

struct box limiter_box(const struct stage_params *stage, const struct causal network[2]) {
    const double legs = (int)stage->topology == TOPOLOGY_BRIDGE ? 2.0 : 1.0;
    const double mid_s = network[0].gain[MODAL_LEG_A];
    const double side_s = network[1].gain[MODAL_LEG_A];
    return box_make(stage->current_limit_a, legs * LIMIT_SLOPE_OHM, 0.5 * (mid_s + side_s),
                    0.5 * (mid_s - side_s));
}

// Everything that a chunk works on, for each channel.
struct limiter_job {
    struct signal driver_v[2], leg_a[2], added_v[2], added_a[2];
};

// The current between the second and the third of four samples, by Lagrange's cubic.
static void interpolate(const float sample[4], double between[LIMITER_SUBSTEPS]) {
    const double a[4] = {(double)sample[0], (double)sample[1], (double)sample[2],
                         (double)sample[3]};
    for (int j = 0; j < LIMITER_SUBSTEPS; ++j) {
        const double t = (j + 1.0) / LIMITER_SUBSTEPS;
        between[j] = -a[0] * t * (t - 1.0) * (t - 2.0) / 6.0 +
                     a[1] * (t + 1.0) * (t - 1.0) * (t - 2.0) / 2.0 -
                     a[2] * (t + 1.0) * t * (t - 2.0) / 2.0 +
                     a[3] * (t + 1.0) * t * (t - 1.0) / 6.0;
    }
}

// Adds an interval's substeps to the triangle that ends in it and to the one that begins.
static double fold_triangle(double *rising_v, const double v[LIMITER_SUBSTEPS]) {
    double falling = 0.0, rising = 0.0;
    for (int j = 0; j < LIMITER_SUBSTEPS; ++j) {
        const double t = (j + 1.0) / LIMITER_SUBSTEPS;
        rising += v[j] * t / LIMITER_SUBSTEPS;
        falling += v[j] * (1.0 - t) / LIMITER_SUBSTEPS;
    }
    const double whole = *rising_v + falling;
    *rising_v = rising;
    return whole;
}

// Runs the correction over the interval before the last sample; true if a limit was reached.
static bool correct(struct limiter *limiter, const struct causal fine[2], const struct box *box,
                    struct limiter_job *job, int n) {
    struct limit_interval interval;
    for (int channel = 0; channel < 2; ++channel) {
        interpolate(signal_now(&job->leg_a[channel]) + n - 3, interval.leg_a[channel]);
    }
    limiter->kernels->limit(fine, limiter->state, box, &interval);
    for (int channel = 0; channel < 2; ++channel) {
        signal_now(&job->added_v[channel])[n] =
            (float)fold_triangle(&limiter->rising_v[channel], interval.driver_v[channel]);
        signal_now(&job->added_a[channel])[n] = (float)interval.added_a[channel];
    }
    return interval.limited;
}

// Sample n of the sums belongs to the driver at n - 2 and to the current at n - 1.
static void add_correction(struct limiter *limiter, struct limiter_job *job,
                           float *const driver_v[2], float *const leg_a[2], int count) {
    for (int channel = 0; channel < 2; ++channel) {
        limiter->kernels->short_fir(limiter->compensation.tap, signal_now(&job->added_v[channel]),
                                    signal_now(&job->driver_v[channel]) - LIMITER_LATENCY,
                                    driver_v[channel], count);
        for (int n = 0; n < count; ++n) {
            leg_a[channel][n] = signal_now(&job->leg_a[channel])[n - LIMITER_LATENCY] +
                                signal_now(&job->added_a[channel])[n - LIMITER_LATENCY + 1];
        }
    }
}

static bool run(struct limiter *limiter, const struct causal fine[2], struct limiter_job *job,
                int count) {
    const struct box box = limiter_box(&limiter->stage, fine);
    bool limited = false;
    for (int n = 0; n < count; ++n) {
        limited |= correct(limiter, fine, &box, job, n);
    }
    const float largest_v = fmaxf(limiter->kernels->peak(signal_now(&job->added_v[0]), count),
                                  limiter->kernels->peak(signal_now(&job->added_v[1]), count));
    limiter->active = limited || (double)largest_v > SILENT_V;
    if (!limiter->active) {
        memset(limiter->state, 0, sizeof limiter->state);
        memset(limiter->rising_v, 0, sizeof limiter->rising_v);
    }
    return limited;
}

// The cubic can overshoot the samples that it runs through.
#define OVERSHOOT 1.25

static bool reaches_limit(const struct limiter *limiter, struct limiter_job *job, int count) {
    const float left = limiter->kernels->peak(signal_now(&job->leg_a[0]) - GROUP, count + GROUP);
    const float right = limiter->kernels->peak(signal_now(&job->leg_a[1]) - GROUP, count + GROUP);
    return (double)fmaxf(left, right) * OVERSHOOT > limiter->stage.current_limit_a;
}

bool limiter_process(struct limiter *limiter, const struct causal fine[2], float *const driver_v[2],
                     float *const leg_a[2], int count) {
    struct limiter_job job;
    bool limited = false;
    for (int channel = 0; channel < 2; ++channel) {
        signal_recall(&job.driver_v[channel], limiter->driver_v[channel]);
        signal_recall(&job.leg_a[channel], limiter->leg_a[channel]);
        signal_recall(&job.added_v[channel], limiter->added_v[channel]);
        signal_recall(&job.added_a[channel], limiter->added_a[channel]);
        memcpy(signal_now(&job.driver_v[channel]), driver_v[channel],
               (size_t)count * sizeof(float));
        memcpy(signal_now(&job.leg_a[channel]), leg_a[channel], (size_t)count * sizeof(float));
        memset(signal_now(&job.added_v[channel]), 0, (size_t)count * sizeof(float));
        memset(signal_now(&job.added_a[channel]), 0, (size_t)count * sizeof(float));
    }
    if (limiter->active || reaches_limit(limiter, &job, count)) {
        limited = run(limiter, fine, &job, count);
    }
    add_correction(limiter, &job, driver_v, leg_a, count);
    for (int channel = 0; channel < 2; ++channel) {
        signal_remember(&job.driver_v[channel], limiter->driver_v[channel], count);
        signal_remember(&job.leg_a[channel], limiter->leg_a[channel], count);
        signal_remember(&job.added_v[channel], limiter->added_v[channel], count);
        signal_remember(&job.added_a[channel], limiter->added_a[channel], count);
    }
    return limited;
}
