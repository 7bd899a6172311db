// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "noise.h"

#include <complex.h>
#include <math.h>
#include <string.h>

#define PI           3.14159265358979323846
#define FLAT_BELOW   1.0 // Hz
#define SECTION_STEP 3.0 // from one pole to the next

void random_seed(struct random_lanes *random, uint64_t seed) {
    for (int k = 0; k < 4; ++k) {
        for (int lane = 0; lane < LANES; ++lane) { // splitmix64
            seed += 0x9e3779b97f4a7c15ULL;
            uint64_t z = seed;
            z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
            z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
            random->state[k][lane] = z ^ (z >> 31);
        }
    }
}

double noise_density(double v_rms, double corner_hz) {
    const double band =
        NOISE_HIGHEST_HZ - NOISE_LOWEST_HZ + corner_hz * log(NOISE_HIGHEST_HZ / NOISE_LOWEST_HZ);
    return v_rms * v_rms / band;
}

static double power_gain(const struct noise_shape *shape, double hz, double rate_hz) {
    const double complex delay = cexp(-I * 2.0 * PI * hz / rate_hz);
    double gain = 1.0;
    for (int k = 0; k < shape->section_count; ++k) {
        const double h = cabs((1.0 - shape->zero[k] * delay) / (1.0 - shape->pole[k] * delay));
        gain *= h * h;
    }
    return gain;
}

// The ladder is right in shape within a few tenths of a dB; this makes its power in the band exact.
static double band_power(const struct noise_shape *shape, double rate_hz) {
    enum { POINTS = 60 };
    const double step = log(NOISE_HIGHEST_HZ / NOISE_LOWEST_HZ) / POINTS;
    double sum = 0.0;
    for (int i = 0; i < POINTS; ++i) {
        const double hz = NOISE_LOWEST_HZ * exp((i + 0.5) * step);
        sum += power_gain(shape, hz, rate_hz) * hz * step;
    }
    return sum;
}

// Each section falls from its pole to its zero; their distance gives the slope that sqrt(1 + corner
// / f) has there.
void noise_design(struct noise_shape *shape, double rate_hz, double v_rms, double corner_hz) {
    shape->section_count = 0;
    shape->sigma = sqrt(noise_density(v_rms, 0.0) * rate_hz / 2.0);
    if (corner_hz <= 0.0) {
        return;
    }
    const double highest_hz = fmin(10.0 * corner_hz, NOISE_HIGHEST_HZ);
    for (double hz = FLAT_BELOW; hz < highest_hz && shape->section_count < NOISE_SECTIONS_MAX;
         hz *= SECTION_STEP) {
        const double middle_hz = hz * sqrt(SECTION_STEP);
        const double slope = 0.5 * corner_hz / (corner_hz + middle_hz);
        const int k = shape->section_count++;
        shape->pole[k] = exp(-2.0 * PI * hz / rate_hz);
        shape->zero[k] = exp(-2.0 * PI * hz * pow(SECTION_STEP, slope) / rate_hz);
    }
    shape->sigma = v_rms * sqrt(rate_hz / 2.0 / band_power(shape, rate_hz));
}

void noise_add(const struct noise_shape *shape, struct noise_state *state,
               struct random_lanes *random, const struct kernels *kernels, double *to, int count) {
    if (shape->sigma == 0.0) {
        return;
    }
    if (shape->section_count == 0) {
        kernels->add_noise(random, shape->sigma, to, count);
        return;
    }
    double noise[CHUNK_MAX] = {0};
    kernels->add_noise(random, shape->sigma, noise, count);
    for (int k = 0; k < shape->section_count; ++k) {
        double in = state->in[k], out = state->out[k];
        for (int n = 0; n < count; ++n) {
            out = noise[n] - shape->zero[k] * in + shape->pole[k] * out;
            in = noise[n];
            noise[n] = out;
        }
        state->in[k] = in;
        state->out[k] = out;
    }
    for (int n = 0; n < count; ++n) {
        to[n] += noise[n];
    }
}
