// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// A recording of two channels with names (tracks.h), for the plugins that have these.
#ifndef LOADLINE_TESTS_STEREO_H
#define LOADLINE_TESTS_STEREO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stereo {
    size_t frames;
    float *left;
    float *right;
};

// As of tracks.
struct stereo stereo_new(size_t frames);
void stereo_free(struct stereo *stereo);
void stereo_add_sine(struct stereo *stereo, double amplitude, double cycles_per_frame);
void stereo_add_noise(struct stereo *stereo, double amplitude, uint64_t seed);
bool stereo_same(const struct stereo *a, const struct stereo *b);
bool stereo_is_finite(const struct stereo *stereo);
double stereo_peak(const struct stereo *stereo);
double stereo_null_depth_db(const struct stereo *a, const struct stereo *b, size_t first);

#endif
