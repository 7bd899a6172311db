// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Something like speech, in stereo: noise that falls by 6 dB an octave above 400 Hz, with syllables
// and pauses; the channels are partly the same.
#ifndef LOADLINE_PROGRAMME_H
#define LOADLINE_PROGRAMME_H

#include <stdint.h>

struct programme {
    int frames;
    float *channel[2];
};

// Peaks are around `level`. Freed by programme_free().
struct programme programme_new(int frames, double rate_hz, double level, uint64_t seed);
void programme_free(struct programme *programme);

// What is left of a programme after a gain, `lag` frames later (or earlier, if negative); what was
// before its beginning or is after its end is silence.
struct programme programme_shifted(const struct programme *from, double gain, int lag);
// Adds another, `gain` times as strong.
void programme_add(struct programme *to, const struct programme *from, double gain);

#endif
