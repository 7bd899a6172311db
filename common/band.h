// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The band that counts, up to 20 kHz, at some sample rate: a grid of frequencies, and the short FIR
// that comes nearest to a response given on it.
//
// Least squares, in which an error counts the more the lower its frequency, in inverse proportion:
// what a coupling capacitor leaves of 20 Hz is exact, too. A few points above the band count for
// hardly anything and keep the FIR from running wild there.
#ifndef LOADLINE_BAND_H
#define LOADLINE_BAND_H

#include <complex.h>

#define BAND_TAPS    13
#define BAND_LATENCY 5 // tap[t] is for the input that is t - BAND_LATENCY samples old
#define BAND_POINTS  16

struct band {
    double step_s;
    double w[BAND_POINTS];            // rad per sample, from 0
    double complex turn[BAND_POINTS]; // e^(-jw)
    double fit[BAND_POINTS][2][BAND_TAPS];
};

// Not for the audio thread (some ten microseconds).
void band_init(struct band *band, double rate_hz);

// The taps for a response that is smooth within the band. Real-time safe, a fraction of a
// microsecond.
void band_fit(const struct band *band, const double complex response[BAND_POINTS],
              double tap[BAND_TAPS]);

#endif
