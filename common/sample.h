// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// What counts as a sample, and the shape of every crossfade. Real-time safe.
#ifndef LOADLINE_SAMPLE_H
#define LOADLINE_SAMPLE_H

#define SAMPLE_LARGEST 1e4f // keeps a hostile host's numbers out of reach of infinity

// The share of what fades in, at the fraction x of the way: 3 x^2 - 2 x^3.
static inline float sample_fade(double x) {
    return (float)(x * x * (3.0 - 2.0 * x));
}

#endif
