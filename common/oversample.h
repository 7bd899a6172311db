// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// From the host's rate to the internal rate (at least 176.4 kHz, and above the host's) and back,
// both channels, by half-band stages.
//
// Normal and high quality: linear phase (Kaiser window), flat within 1e-5 to 20 kHz. Live: nearly
// the same magnitude in minimum phase, a few samples of delay.
#ifndef LOADLINE_OVERSAMPLE_H
#define LOADLINE_OVERSAMPLE_H

#include "kernels.h"

#include <stdbool.h>

#define OVERSAMPLE_STAGES_MAX 6 // 8 kHz to 512 kHz
#define FRAMES_MAX            64
#define HALFBAND_PAST         FIR_TAPS_MAX

// One doubling of the rate. Each line has its past in front: the lower rate's on the way up, the
// higher rate's even and odd samples on the way down.
struct halfband {
    struct halfband_filter filter;
    int past; // samples that the filter looks back
    float up[2][HALFBAND_PAST + CHUNK_MAX];
    float even[2][HALFBAND_PAST + CHUNK_MAX], odd[2][HALFBAND_PAST + CHUNK_MAX];
};

struct oversampler {
    const struct kernels *kernels;
    int stage_count, factor;
    struct halfband stage[OVERSAMPLE_STAGES_MAX]; // the host's rate first
    float between[2][CHUNK_MAX];                  // what a stage on the way down leaves
};

// The internal rate is the host's times the least power of two, from two on, that makes at least
// 176.4 kHz; doubled if `twice`. Not for the audio thread (milliseconds).
void oversample_init(struct oversampler *over, const struct kernels *kernels, double rate_hz,
                     bool live, bool twice);

// The rest is real-time safe.
void oversample_reset(struct oversampler *over);

// Where a signal has to be written that is to go up through the stages first, first + 1, ...
// end - 1 to `out`; without stages this is `out` itself.
void oversample_entry(struct oversampler *over, int first, int end, float *const out[2],
                      float *entry[2]);

// Takes it up, from `count` samples, a multiple of GROUP, to count << (end - first).
void oversample_up(struct oversampler *over, int first, int end, float *const out[2], int count);

// Down through the stages first, first - 1, ... last, to `count` samples; in may be out.
void oversample_down(struct oversampler *over, int first, int last, const float *const in[2],
                     float *const out[2], int count);

// Sends an impulse up, through `delay` internal samples, and down: where the answer peaks, in host
// frames, and how high. Leaves the oversampler reset. Not for the audio thread.
int oversample_peak(struct oversampler *over, int delay, double *height);

#endif
