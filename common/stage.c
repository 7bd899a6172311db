// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "stage.h"

#include <math.h>
#include <string.h>

static double harmonic(double db) {
    return db > HARMONIC_NONE_DB ? pow(10.0, db / 20.0) : 0.0;
}

// An odd curve between rails that stay equal: minus the input gives exactly minus the output, to
// the last bit. (The dead zone's arithmetic is odd only within rounding.)
static bool is_mirrored(const struct stage *stage, const struct stage_params *params) {
    return stage->leg_count == STAGE_LEGS_MAX && stage->inverting_gain == -1.0 &&
           stage->crossover_v == 0.0 && stage->a2 == 0.0 && params->supply_ohm == 0.0;
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
    stage->mirrored = is_mirrored(stage, params);
    stage->compensation = *compensation;
}

// The filters around the clipping are true as far as the signal's band goes, and a cubic leaves it:
// of what it reaches far over the rails a part would remain, as spikes of many rails. It is held at
// so many rails, which are clipped anyway.
#define SHAPED_MAX 32.0

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

// From the last sample towards the next one, as fast as a leg can.
static double slew(const struct stage *stage, double *last, double next) {
    *last += fmin(fmax(next - *last, -stage->slew_v), stage->slew_v);
    return *last;
}

double stage_emf(const struct stage *stage, double v, double rail_plus, double rail_minus,
                 double slewed_v[2]) {
    const bool bridge = stage->leg_count == STAGE_LEGS_MAX;
    double leg[2] = {leg_emf(stage, v, rail_plus, rail_minus)};
    if (bridge) {
        leg[1] = leg_emf(stage, stage->inverting_gain * v, rail_plus, rail_minus);
    }
    if (isfinite(stage->slew_v)) {
        leg[0] = slew(stage, &slewed_v[0], leg[0]);
        leg[1] = slew(stage, &slewed_v[1], leg[1]);
    }
    return leg[0] - leg[1];
}

// Up to the clipping: the input as it was SHAPER_LATENCY samples ago, without its dead zone and
// with its harmonics.
static void shape(struct stage *stage, struct leg *leg, float gain, const float *input, int count) {
    const struct kernels *kernels = stage->kernels;
    float *shaped = leg->shaped + STAGE_PAST;
    if (stage->crossover_v > 0.0) {
        float line[SHAPER_PAST + CHUNK_MAX];
        kernels->scale(gain, input - SHAPER_PAST, line, SHAPER_PAST + count);
        kernels->dead_zone(stage->crossover_v, &stage->compensation, line + SHAPER_PAST,
                           &leg->dead_zone, shaped, count);
    } else {
        kernels->scale(gain, input - SHAPER_LATENCY, shaped, count);
    }
    if (stage->a2 != 0.0 || stage->a3 != 0.0) {
        kernels->polynomial((float)stage->a2, (float)stage->a3, (float)(SHAPED_MAX * stage->rail_v),
                            shaped, count);
    }
}

static bool changes_shape(const struct stage *stage) {
    return stage->crossover_v > 0.0 || stage->a2 != 0.0 || stage->a3 != 0.0;
}

static void clip(struct stage *stage, struct leg *leg, const float *x, const struct rails *rails,
                 float *out, int count, struct stage_peak *peak) {
    const struct clip_shape shape = {stage->knee, rails->plus_v, rails->minus_v, rails->lowest_v};
    const double rail = rails->lowest_v;
    const double highest =
        (double)(stage->knee == 0.0 ? stage->kernels->clip_hard : stage->kernels->clip_soft)(
            &shape, &stage->compensation, x, &leg->clipped, out, count);
    peak->clipped |= highest >= rail * (1.0 + stage->knee);
    peak->of_rail = fmax(peak->of_rail, clip_sample(highest, rail, stage->knee) / rail);
}

static void limit_slew(const struct stage *stage, struct leg *leg, float *x, int count) {
    for (int n = 0; n < count; ++n) {
        x[n] = (float)slew(stage, &leg->slewed, (double)x[n]);
    }
}

static void process_leg(struct stage *stage, struct leg *leg, double gain, const float *input,
                        const struct rails *rails, float *out, int count, struct stage_peak *peak) {
    if (gain == 1.0 && !changes_shape(stage)) {
        clip(stage, leg, input - SHAPER_LATENCY, rails, out, count, peak);
    } else {
        shape(stage, leg, (float)gain, input, count);
        clip(stage, leg, leg->shaped + STAGE_PAST, rails, out, count, peak);
        stage->kernels->keep_past(leg->shaped + STAGE_PAST, STAGE_PAST, count);
    }
    if (isfinite(stage->slew_v)) {
        limit_slew(stage, leg, out, count);
    }
}

static void process_second_leg(struct stage *stage, int channel, const struct rails *rails,
                               float *emf, int count, struct stage_peak *peak) {
    float inverting[CHUNK_MAX];
    if (stage->mirrored) {
        stage->kernels->scale(2.0f, emf, emf, count);
        return;
    }
    process_leg(stage, &stage->leg[2 + channel], stage->inverting_gain, stage_input(stage, channel),
                rails, inverting, count, peak);
    stage->kernels->subtract(emf, inverting, emf, count);
}

void stage_process(struct stage *stage, const struct rails *rails, float *const emf[2], int count,
                   struct stage_peak *peak) {
    for (int channel = 0; channel < 2; ++channel) {
        float *input = stage_input(stage, channel);
        process_leg(stage, &stage->leg[channel], 1.0, input, rails, emf[channel], count, peak);
        if (stage->leg_count == STAGE_LEGS_MAX) {
            process_second_leg(stage, channel, rails, emf[channel], count, peak);
        }
        stage->kernels->keep_past(input, STAGE_PAST, count);
    }
}
