// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Noise with a given RMS voltage from 20 Hz to 20 kHz, white or rising by 3 dB an octave below a
// corner (flat again below 1 Hz). The same seed gives the same noise.
#ifndef LOADLINE_NOISE_H
#define LOADLINE_NOISE_H

#include "kernels.h"

#include <stdbool.h>

#define NOISE_LOWEST_HZ  20.0
#define NOISE_HIGHEST_HZ 20000.0

// A random stream that a path hands on to the next, so that a change of circuit does not repeat it.
void random_seed(struct random_lanes *random, uint64_t seed);

// |H|^2 = 1 + corner / f as a sum of first-order sections,
//   H = direct + sum residue / (1 - pole w),   w = z^-1,
// and the standard deviation before it.
struct noise_shape {
    double sigma;
    bool colored;
    double direct, pole[NOISE_SECTIONS], residue[NOISE_SECTIONS];
    struct noise_filter filter; // the same, as it runs
};

// What one source of noise remembers.
struct noise_state {
    _Alignas(32) float section[NOISE_SECTIONS];
};

// `corner_hz` 0 is white. Real-time safe, microseconds.
void noise_design(struct noise_shape *shape, double rate_hz, double v_rms, double corner_hz);

// Power per hertz of the white part, V^2/Hz: v_rms^2 = density int_20^20k (1 + corner / f) df.
double noise_density(double v_rms, double corner_hz);

// Adds noise to a signal; count is a multiple of GROUP, at most CHUNK_MAX. Real-time safe.
void noise_add(const struct noise_shape *shape, struct noise_state *state,
               struct random_lanes *random, const struct kernels *kernels, float *to, int count);

#endif
