// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// A stereo recording, and the signals that tests fill it with.
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

// Silence. Out of memory is an error of the test.
struct stereo stereo_new(size_t frames);
void stereo_free(struct stereo *stereo);

// Adds a sine that is zero at frame 0, the same in both channels.
void stereo_add_sine(struct stereo *stereo, double amplitude, double cycles_per_frame);
// Adds white noise, uniform within +-amplitude, the channels independent. The same seed gives the
// same noise.
void stereo_add_noise(struct stereo *stereo, double amplitude, uint64_t seed);

// Bits, not values: zeroes of unlike sign differ, and so does nothing from itself.
bool stereo_same(const struct stereo *a, const struct stereo *b);
bool stereo_is_finite(const struct stereo *stereo);
double stereo_peak(const struct stereo *stereo);
// RMS of a - b over RMS of b in dB, both channels, from frame `first` on.
double stereo_null_depth_db(const struct stereo *a, const struct stereo *b, size_t first);

#endif
