// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "stage.h"

#include <float.h>
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
    for (int leg = 0; leg < STAGE_LEGS_MAX; ++leg) {
        stage->leg[leg].clip.at_rest = true;
    }
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

// What a nonlinearity works on: the compensated signal, and what it takes away.
struct residue {
    struct signal line, moment, removed;
};

static void begin_residue(const struct shaper *shaper, struct residue *residue) {
    signal_now(&residue->moment)[-1] = shaper->moment;
    signal_recall(&residue->removed, shaper->removed);
}

static void compensate(const struct stage *stage, struct signal *x, struct residue *residue,
                       int count) {
    stage->kernels->short_fir(stage->compensation.tap, signal_now(x) - LANES, NULL,
                              signal_now(&residue->line) - LANES, count + LANES);
}

// out[n] = x[n - SHAPER_LATENCY] + the compensated residue
static void end_residue(const struct stage *stage, struct shaper *shaper, struct signal *x,
                        struct residue *residue, double *out, int count) {
    stage->kernels->short_fir(stage->compensation.tap, signal_now(&residue->removed),
                              signal_now(x) - SHAPER_LATENCY, out, count);
    shaper->moment = signal_now(&residue->moment)[count - 1];
    signal_remember(&residue->removed, shaper->removed, count);
    shaper->at_rest =
        stage->kernels->peak(shaper->removed, SIGNAL_HISTORY) == 0.0 && shaper->moment == 0.0;
}

static void pass(struct signal *x, double *out, int count) {
    memcpy(out, signal_now(x) - SHAPER_LATENCY, (size_t)count * sizeof *out);
}

static void cut_dead_zone(struct stage *stage, struct shaper *shaper, struct signal *x, double *out,
                          int count) {
    struct residue residue;
    if (stage->crossover_v == 0.0) {
        pass(x, out, count);
        return;
    }
    begin_residue(shaper, &residue);
    compensate(stage, x, &residue, count);
    stage->kernels->dead_zone_residual(stage->crossover_v, signal_now(&residue.line),
                                       signal_now(&residue.moment), signal_now(&residue.removed),
                                       count);
    end_residue(stage, shaper, x, &residue, out, count);
}

static void remove_excess(const struct stage *stage, struct signal *x, const struct rails *rails,
                          struct residue *residue, int count) {
    const struct clip_shape shape = {stage->knee, rails->plus_v, rails->minus_v};
    double *moment = signal_now(&residue->moment), *removed = signal_now(&residue->removed);
    if (stage->knee == 0.0) {
        stage->kernels->clip_hard(&shape, signal_now(x) - COMPENSATION_LATENCY, moment, removed,
                                  count);
    } else {
        compensate(stage, x, residue, count);
        stage->kernels->clip_soft(&shape, signal_now(&residue->line), moment, removed, count);
    }
}

// The compensation can raise what is far above the audible band by this much at most.
#define COMPENSATION_MAX 2.0

static void clip(struct stage *stage, struct shaper *shaper, struct signal *x,
                 const struct rails *rails, double *out, int count, struct stage_peak *peak) {
    struct residue residue;
    const double rail = rails->lowest_v;
    const double threshold = rail * (1.0 - stage->knee);
    const double highest =
        stage->kernels->peak(signal_now(x) - SIGNAL_HISTORY, count + SIGNAL_HISTORY);
    if (highest * COMPENSATION_MAX <= threshold && shaper->at_rest) {
        pass(x, out, count);
    } else {
        begin_residue(shaper, &residue);
        remove_excess(stage, x, rails, &residue, count);
        end_residue(stage, shaper, x, &residue, out, count);
    }
    peak->clipped |= highest >= rail;
    peak->of_rail = fmax(peak->of_rail, clip_sample(highest, rail, stage->knee) / rail);
}

static void limit_slew(const struct stage *stage, struct leg *leg, double *x, int count) {
    double y = leg->slewed;
    for (int n = 0; n < count; ++n) {
        y += fmin(fmax(x[n] - y, -stage->slew_v), stage->slew_v);
        x[n] = y;
    }
    leg->slewed = y;
}

static void process_leg(struct stage *stage, struct leg *leg, double gain, const double *v,
                        const struct rails *rails, double *out, int count,
                        struct stage_peak *peak) {
    struct signal in, shaped;
    signal_recall(&in, leg->dead_zone.x);
    signal_recall(&shaped, leg->clip.x);
    if (gain == 1.0) {
        memcpy(signal_now(&in), v, (size_t)count * sizeof *v);
    } else {
        stage->kernels->scale(gain, v, signal_now(&in), count);
    }
    cut_dead_zone(stage, &leg->dead_zone, &in, signal_now(&shaped), count);
    if (stage->a2 != 0.0 || stage->a3 != 0.0) {
        stage->kernels->polynomial(stage->a2, stage->a3, SHAPED_MAX * stage->rail_v,
                                   signal_now(&shaped), count);
    }
    clip(stage, &leg->clip, &shaped, rails, out, count, peak);
    signal_remember(&in, leg->dead_zone.x, count);
    signal_remember(&shaped, leg->clip.x, count);
    if (isfinite(stage->slew_v)) {
        limit_slew(stage, leg, out, count);
    }
}

void stage_process(struct stage *stage, const double *const v[2], const struct rails *rails,
                   double *const emf[2], int count, struct stage_peak *peak) {
    for (int channel = 0; channel < 2; ++channel) {
        process_leg(stage, &stage->leg[channel], 1.0, v[channel], rails, emf[channel], count, peak);
        if (stage->leg_count == STAGE_LEGS_MAX) {
            double inverting[CHUNK_MAX];
            process_leg(stage, &stage->leg[2 + channel], stage->inverting_gain, v[channel], rails,
                        inverting, count, peak);
            stage->kernels->subtract(emf[channel], inverting, emf[channel], count);
        }
    }
}
