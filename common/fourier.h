// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Periodic signals from their Fourier series.
#ifndef LOADLINE_FOURIER_H
#define LOADLINE_FOURIER_H

#include <complex.h>

#define FOURIER_LINES 400 // at most, with the constant: all of 50 Hz below 20 kHz

// Adds Re sum_h line[h] e^(j 2 pi h cycles n / length), h = 0 ... count - 1, to to[n] for n = 0 ...
// length - 1: a loop with a whole number of cycles. The frequencies stay below half the rate, and
// cycles * length below 2^31. Not for the audio thread: 0.3 ns or so for each line and sample.
void fourier_add(const double complex *line, int count, int cycles, int length, float *to);

// A low-pass without ripple in either domain, a rectangle smoothed by a Gaussian: in time a sinc
// under a Gaussian, so that what it passes dies out within about 0.7 / width.
double fourier_taper(double hz, double edge_hz, double width_hz);

// The same for all that can be heard: -0.2 dB at 15 kHz, -3 dB at 16.2, -99 dB at 20.
double fourier_taper_audible(double hz);

// sin(pi x) / (pi x), the transform of a rectangle.
double fourier_sinc(double x);

#endif
