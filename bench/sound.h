// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// What the subjects hear.
#ifndef LOADLINE_BENCH_SOUND_H
#define LOADLINE_BENCH_SOUND_H

#include <stddef.h>

#define RATE_HZ 48000.0

// Both channels; NULL is silence.
struct sound {
    size_t frames;
    float *left, *right;
};

// Five partials and some noise, the channels unlike; the highest sample is `peak`.
struct sound sound_new(double seconds, double peak);
struct sound sound_silence(double seconds);
void sound_free(struct sound *signal);

#endif
