// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// From the host's rate to the internal rate (at least 176.4 kHz) and back, both channels, by
// half-band stages.
//
// Normal and high quality: linear-phase FIR (Kaiser window), flat within 1e-5 to 20 kHz. Live: two
// allpass paths (the elliptic design of Valenzuela and Constantinides, 1983), a few samples of
// delay and the same flatness.
#ifndef LOADLINE_OVERSAMPLE_H
#define LOADLINE_OVERSAMPLE_H

#include "kernels.h"

#include <stdbool.h>

#define OVERSAMPLE_STAGES_MAX 6 // 8 kHz to 512 kHz
#define FRAMES_MAX            64
#define HALFBAND_PAIRS_MAX    48
#define HALFBAND_HISTORY      (2 * HALFBAND_PAIRS_MAX)

// One doubling of the rate. `line` keeps the lower rate's past, `odd` and `even` that of the higher
// rate's phases.
struct halfband {
    int pairs; // symmetric pairs of non-zero coefficients
    float coefficient[HALFBAND_PAIRS_MAX];
    float line[2][HALFBAND_HISTORY + CHUNK_MAX];
    float odd[2][HALFBAND_HISTORY + CHUNK_MAX];
    float even[2][HALFBAND_HISTORY + CHUNK_MAX];
    struct allpass_pair up, down; // live
};

struct oversampler {
    const struct kernels *kernels;
    bool live;
    int stage_count, factor;
    struct halfband stage[OVERSAMPLE_STAGES_MAX]; // the host's rate first
};

// The internal rate is the smallest host rate times a power of two of at least 176.4 kHz, doubled
// if `twice`. Not for the audio thread.
void oversample_init(struct oversampler *over, const struct kernels *kernels, double rate_hz,
                     bool live, bool twice);

// The rest is real-time safe.
void oversample_reset(struct oversampler *over);

// Up through the stages first, first + 1, ... last - 1, from `count` samples, a multiple of 8, to
// count << (last - first). In may not be out.
void oversample_up(struct oversampler *over, int first, int last, const double *const in[2],
                   double *const out[2], int count);

// Down through the stages first, first - 1, ... last, to `count` samples; in may be out. On the way
// `out` holds what each stage leaves, so it needs room for the first one's count << (first - last).
void oversample_down(struct oversampler *over, int first, int last, const double *const in[2],
                     double *const out[2], int count);

// Sends an impulse up, through `delay` internal samples, and down: where the answer peaks, in host
// frames, and how high. Leaves the oversampler reset. Not for the audio thread.
int oversample_peak(struct oversampler *over, int delay, double *height);

#endif
