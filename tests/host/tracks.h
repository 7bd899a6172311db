// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// A recording of as many channels as a plugin has ports, and the signals that tests fill it with.
#ifndef LOADLINE_TESTS_TRACKS_H
#define LOADLINE_TESTS_TRACKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TRACKS_MAX = 8 };

struct tracks {
    unsigned channels;
    size_t frames;
    float *channel[TRACKS_MAX];
};

// Silence. Out of memory is an error of the test.
struct tracks tracks_new(unsigned channels, size_t frames);
void tracks_free(struct tracks *tracks);

// Adds a sine that is zero at frame 0, the same in all channels.
void tracks_add_sine(struct tracks *tracks, double amplitude, double cycles_per_frame);
// Adds white noise, uniform within +-amplitude, the channels independent. The same seed gives the
// same noise.
void tracks_add_noise(struct tracks *tracks, double amplitude, uint64_t seed);

// Bits, not values: zeroes of unlike sign differ, and so does nothing from itself.
bool tracks_same(const struct tracks *a, const struct tracks *b);
bool tracks_is_finite(const struct tracks *tracks);
double tracks_peak(const struct tracks *tracks);
// RMS of a - b over RMS of b in dB, all channels, from frame `first` on. The same is -400 dB, be it
// silence.
double tracks_null_depth_db(const struct tracks *a, const struct tracks *b, size_t first);

#endif
