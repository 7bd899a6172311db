// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "stage.h"

#include <math.h>
#include <string.h>

static double harmonic(double db) {
    return db > HARMONIC_NONE_DB ? pow(10.0, db / 20.0) : 0.0;
}

void stage_init(struct stage *stage, const struct kernels *kernels,
                const struct stage_params *params, const struct compensation *compensation,
                double rate_hz) {
    memset(stage, 0, sizeof *stage);
    stage->kernels = kernels;
    stage->leg_count = (int)params->topology == TOPOLOGY_BRIDGE ? 4 : 2;
    stage->inverting_gain = -(1.0 - params->leg_mismatch);
    stage->rail_v = params->rail_v;
    stage->crossover_v = params->crossover_v;
    stage->a2 = 4.0 * harmonic(params->second_harmonic_db) / params->rail_v;
    stage->a3 = 16.0 * harmonic(params->third_harmonic_db) / (params->rail_v * params->rail_v);
    stage->knee = params->knee;
    stage->slew_v = params->slew_v_per_s / rate_hz;
    stage->compensation = *compensation;
}

// Clipping subtracts what is over the rail. So many rails over it, nothing changes any more but the
// rounding of that difference, which a cubic of a wild input would make larger than the rail.
#define SHAPED_MAX 1e4

static double clip_sample(double x, double rail, double knee) {
    const double p = x - rail * (1.0 - knee);
    if (p <= 0.0) {
        return x;
    }
    return x >= rail * (1.0 + knee) ? rail : x - p * p / (4.0 * knee * rail);
}

static double leg_emf(const struct stage *stage, double v, double rail_plus, double rail_minus) {
    const double c = stage->crossover_v;
    const double d = v - fmin(fmax(v, -c), c);
    const double bound = SHAPED_MAX * stage->rail_v;
    const double curve = d * (1.0 + d * (stage->a2 + d * stage->a3));
    const double shaped = fmin(fmax(curve, -bound), bound);
    return shaped >= 0.0 ? clip_sample(shaped, rail_plus, stage->knee)
                         : -clip_sample(-shaped, rail_minus, stage->knee);
}

double stage_emf(const struct stage *stage, double v, double rail_plus, double rail_minus) {
    const double plus = leg_emf(stage, v, rail_plus, rail_minus);
    const bool bridge = stage->leg_count == STAGE_LEGS_MAX;
    return bridge ? plus - leg_emf(stage, stage->inverting_gain * v, rail_plus, rail_minus) : plus;
}

static void cut_dead_zone(struct stage *stage, struct shaper *shaper, struct signal *x, float *out,
                          int count) {
    if (stage->crossover_v == 0.0) {
        memcpy(out, signal_now(x) - SHAPER_LATENCY, (size_t)count * sizeof *out);
        return;
    }
    stage->kernels->dead_zone(stage->crossover_v, &stage->compensation, signal_now(x),
                              &shaper->residue, out, count);
}

static void clip(struct stage *stage, struct shaper *shaper, struct signal *x,
                 const struct rails *rails, float *out, int count, struct stage_peak *peak) {
    const struct clip_shape shape = {stage->knee, rails->plus_v, rails->minus_v, rails->lowest_v};
    const double rail = rails->lowest_v;
    const double highest =
        (double)(stage->knee == 0.0 ? stage->kernels->clip_hard : stage->kernels->clip_soft)(
            &shape, &stage->compensation, signal_now(x), &shaper->residue, out, count);
    peak->clipped |= highest >= rail;
    peak->of_rail = fmax(peak->of_rail, clip_sample(highest, rail, stage->knee) / rail);
}

static void limit_slew(const struct stage *stage, struct leg *leg, float *x, int count) {
    double y = leg->slewed;
    for (int n = 0; n < count; ++n) {
        y += fmin(fmax((double)x[n] - y, -stage->slew_v), stage->slew_v);
        x[n] = (float)y;
    }
    leg->slewed = y;
}

static void process_leg(struct stage *stage, struct leg *leg, double gain, const float *v,
                        const struct rails *rails, float *out, int count, struct stage_peak *peak) {
    struct signal in, shaped;
    signal_recall(&in, leg->dead_zone.x);
    signal_recall(&shaped, leg->clip.x);
    if (gain == 1.0) {
        memcpy(signal_now(&in), v, (size_t)count * sizeof *v);
    } else {
        stage->kernels->scale((float)gain, v, signal_now(&in), count);
    }
    cut_dead_zone(stage, &leg->dead_zone, &in, signal_now(&shaped), count);
    if (stage->a2 != 0.0 || stage->a3 != 0.0) {
        stage->kernels->polynomial((float)stage->a2, (float)stage->a3,
                                   (float)(SHAPED_MAX * stage->rail_v), signal_now(&shaped), count);
    }
    clip(stage, &leg->clip, &shaped, rails, out, count, peak);
    signal_remember(&in, leg->dead_zone.x, count);
    signal_remember(&shaped, leg->clip.x, count);
    if (isfinite(stage->slew_v)) {
        limit_slew(stage, leg, out, count);
    }
}

void stage_process(struct stage *stage, const float *const v[2], const struct rails *rails,
                   float *const emf[2], int count, struct stage_peak *peak) {
    for (int channel = 0; channel < 2; ++channel) {
        process_leg(stage, &stage->leg[channel], 1.0, v[channel], rails, emf[channel], count, peak);
        if (stage->leg_count == STAGE_LEGS_MAX) {
            float inverting[CHUNK_MAX];
            process_leg(stage, &stage->leg[2 + channel], stage->inverting_gain, v[channel], rails,
                        inverting, count, peak);
            stage->kernels->subtract(emf[channel], inverting, emf[channel], count);
        }
    }
}
