// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "noise.h"
#include "splitmix.h"

#include <math.h>
#include <string.h>

#define FLAT_BELOW 1.0 // Hz

void random_seed(struct random_lanes *random, uint64_t seed) {
    struct splitmix words = {seed};
    for (int k = 0; k < 4; ++k) {
        for (int lane = 0; lane < LANES; ++lane) {
            random->state[k][lane] = splitmix_word(&words);
        }
    }
}

double noise_density(double v_rms, double corner_hz) {
    const double band =
        NOISE_HIGHEST_HZ - NOISE_LOWEST_HZ + corner_hz * log(NOISE_HIGHEST_HZ / NOISE_LOWEST_HZ);
    return v_rms * v_rms / band;
}

// A ladder: each section falls from its pole to its zero, so that their distance gives the slope.
struct ladder {
    double pole[NOISE_SECTIONS], zero[NOISE_SECTIONS];
};

// The slope that sqrt(1 + corner / f) has in the middle of each section.
static void build_ladder(struct ladder *ladder, double rate_hz, double corner_hz) {
    const double highest_hz = fmin(100.0 * corner_hz, NOISE_HIGHEST_HZ);
    const double step = pow(highest_hz / FLAT_BELOW, 1.0 / NOISE_SECTIONS);
    for (int k = 0; k < NOISE_SECTIONS; ++k) {
        const double middle_hz = FLAT_BELOW * pow(step, k + 0.5);
        const double slope = 0.5 * corner_hz / (corner_hz + middle_hz);
        const double ratio = pow(step, slope);
        const double pole_hz = middle_hz / sqrt(ratio); // the fall is centred in its section
        ladder->pole[k] = exp(-2.0 * M_PI * pole_hz / rate_hz);
        ladder->zero[k] = exp(-2.0 * M_PI * pole_hz * ratio / rate_hz);
    }
}

// |1 - z e^(-jw)|^2
static double factor(double z, double cos_w) {
    return 1.0 - 2.0 * z * cos_w + z * z;
}

static double power_gain(const struct ladder *ladder, double hz, double rate_hz) {
    const double cos_w = cos(2.0 * M_PI * hz / rate_hz);
    double gain = 1.0;
    for (int k = 0; k < NOISE_SECTIONS; ++k) {
        gain *= factor(ladder->zero[k], cos_w) / factor(ladder->pole[k], cos_w);
    }
    return gain;
}

// The ladder is right in shape within a few tenths of a dB; this makes its power in the band exact.
static double band_power(const struct ladder *ladder, double rate_hz) {
    enum { POINTS = 30 };
    const double step = log(NOISE_HIGHEST_HZ / NOISE_LOWEST_HZ) / POINTS;
    double sum = 0.0;
    for (int i = 0; i < POINTS; ++i) {
        const double hz = NOISE_LOWEST_HZ * exp((i + 0.5) * step);
        sum += power_gain(ladder, hz, rate_hz) * hz * step;
    }
    return sum;
}

// Partial fractions: prod (1 - z_k w) / (1 - p_k w) = direct + sum residue_k / (1 - p_k w).
static void expand(const struct ladder *ladder, struct noise_shape *shape) {
    shape->direct = 1.0;
    for (int k = 0; k < NOISE_SECTIONS; ++k) {
        const double w = 1.0 / ladder->pole[k];
        double residue = 1.0 - ladder->zero[k] * w;
        for (int j = 0; j < NOISE_SECTIONS; ++j) {
            residue *= j == k ? 1.0 : (1.0 - ladder->zero[j] * w) / (1.0 - ladder->pole[j] * w);
        }
        shape->pole[k] = ladder->pole[k];
        shape->residue[k] = residue;
        shape->direct *= ladder->zero[k] * w;
    }
}

// A state is the sum of pole^n x[-n] up to the sample before the group. Inputs are as drawn.
static void take_groups(const struct noise_shape *shape, struct noise_filter *filter) {
    const double scale = shape->sigma / RANDOM_SIGMA;
    memset(filter, 0, sizeof *filter);
    for (int k = 0; k < NOISE_SECTIONS; ++k) {
        double power = 1.0;
        for (int j = 0; j < GROUP; ++j) {
            filter->drive[GROUP - 1 - j][k] = (float)(scale * power);
            for (int i = 0; i + j < GROUP; ++i) {
                filter->answer[i][i + j] += (float)(scale * shape->residue[k] * power);
            }
            power *= shape->pole[k];
            filter->decay[k][j] = (float)(shape->residue[k] * power);
        }
        filter->step[k] = (float)power;
    }
    for (int i = 0; i < GROUP; ++i) {
        filter->answer[i][i] += (float)(scale * shape->direct);
    }
}

void noise_design(struct noise_shape *shape, double rate_hz, double v_rms, double corner_hz) {
    struct ladder ladder;
    shape->colored = corner_hz > 0.0;
    shape->sigma = sqrt(noise_density(v_rms, 0.0) * rate_hz / 2.0);
    if (shape->colored) {
        build_ladder(&ladder, rate_hz, corner_hz);
        expand(&ladder, shape);
        shape->sigma = v_rms * sqrt(rate_hz / 2.0 / band_power(&ladder, rate_hz));
        take_groups(shape, &shape->filter);
    }
}

void noise_add(const struct noise_shape *shape, struct noise_state *state,
               struct random_lanes *random, const struct kernels *kernels, float *to, int count) {
    if (shape->sigma == 0.0) {
        return;
    }
    if (shape->colored) {
        kernels->add_colored_noise(&shape->filter, random, state->section, to, count);
    } else {
        kernels->add_white_noise(random, (float)(shape->sigma / RANDOM_SIGMA), to, count);
    }
}
