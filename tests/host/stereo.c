// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "stereo.h"

#include "spectrum.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PI 3.14159265358979323846

struct stereo stereo_new(size_t frames) {
    float *memory = calloc(2 * frames + 1, sizeof *memory);
    if (!memory) {
        fputs("stereo: out of memory\n", stderr);
        abort();
    }
    return (struct stereo){frames, memory, memory + frames};
}

void stereo_free(struct stereo *stereo) {
    free(stereo->left);
    *stereo = (struct stereo){0};
}

void stereo_add_sine(struct stereo *stereo, double amplitude, double cycles_per_frame) {
    for (size_t i = 0; i < stereo->frames; i++) {
        const double cycles = fmod(cycles_per_frame * (double)i, 1.0);
        const float x = (float)(amplitude * sin(2.0 * PI * cycles));
        stereo->left[i] += x;
        stereo->right[i] += x;
    }
}

// SplitMix64, as a fraction of one.
static double next_uniform(uint64_t *state) {
    uint64_t z = *state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

void stereo_add_noise(struct stereo *stereo, double amplitude, uint64_t seed) {
    uint64_t state = seed;
    for (size_t i = 0; i < stereo->frames; i++) {
        stereo->left[i] += (float)(amplitude * (2.0 * next_uniform(&state) - 1.0));
        stereo->right[i] += (float)(amplitude * (2.0 * next_uniform(&state) - 1.0));
    }
}

bool stereo_same(const struct stereo *a, const struct stereo *b) {
    return a->frames == b->frames && memcmp(a->left, b->left, a->frames * sizeof(float)) == 0 &&
           memcmp(a->right, b->right, a->frames * sizeof(float)) == 0;
}

bool stereo_is_finite(const struct stereo *stereo) {
    for (size_t i = 0; i < stereo->frames; i++)
        if (!isfinite(stereo->left[i]) || !isfinite(stereo->right[i]))
            return false;
    return true;
}

double stereo_peak(const struct stereo *stereo) {
    float peak = 0;
    for (size_t i = 0; i < stereo->frames; i++)
        peak = fmaxf(peak, fmaxf(fabsf(stereo->left[i]), fabsf(stereo->right[i])));
    return (double)peak;
}

double stereo_null_depth_db(const struct stereo *a, const struct stereo *b, size_t first) {
    double rest = 0;
    double signal = 0;
    for (size_t i = first; i < b->frames; i++) {
        const double left = (double)a->left[i] - (double)b->left[i];
        const double right = (double)a->right[i] - (double)b->right[i];
        rest += left * left + right * right;
        signal += (double)b->left[i] * (double)b->left[i];
        signal += (double)b->right[i] * (double)b->right[i];
    }
    return spectrum_decibel(sqrt(rest / signal));
}
