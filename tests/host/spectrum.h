// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// What the tests ask of a recorded signal. Amplitudes are peak values: a sine of amplitude A reads
// A.
#ifndef LOADLINE_TESTS_SPECTRUM_H
#define LOADLINE_TESTS_SPECTRUM_H

#include <complex.h>
#include <stddef.h>

#define SPECTRUM_LOW_HZ  20.0
#define SPECTRUM_HIGH_HZ 20000.0

struct spectrum_sine {
    double amplitude;
    double phase_rad; // of a cosine at sample 0
    double offset;
};

double spectrum_decibel(double ratio);
void spectrum_from_float(const float *from, double *to, size_t count);

// The sum of x[n] exp(-j 2 pi f n / rate) at any frequency, on a bin or not.
double complex spectrum_transform_at(const double *x, size_t count, double rate_hz,
                                     double frequency_hz);

// Least squares of offset and one sine of known frequency over any count.
struct spectrum_sine spectrum_fit_sine(const double *x, size_t count, double rate_hz,
                                       double frequency_hz);

// Discrete Fourier transform: count / 2 + 1 bins, unscaled.
void spectrum_fft(const double *x, size_t count, double complex *bins);

// Removes all outside low to high, in place, as if x were one period.
void spectrum_band_limit(double *x, size_t count, double rate_hz, double low_hz, double high_hz);

// RMS of (test - reference) over RMS of reference, in dB.
double spectrum_null_depth_db(const double *reference, const double *test, size_t count);

#endif
