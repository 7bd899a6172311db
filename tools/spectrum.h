// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The discrete spectrum of a record.
#ifndef LOADLINE_SPECTRUM_H
#define LOADLINE_SPECTRUM_H

#include <complex.h>
#include <stddef.h>

// count / 2 + 1 bins from 0 to half the rate, scaled so that |bin|^2 is mean square: an RMS value.
// (At 0 and at half the rate it is twice that; nothing here looks there.) To be freed; NULL after
// a message.
double complex *spectrum_new(const double *x, size_t count);

// The same through Hann's window, which keeps lines that fall between bins together: the sum of
// |bin|^2 is mean square, of noise as well as over SPECTRUM_HANN_REACH bins to both sides of a
// line.
double complex *spectrum_hann_new(const double *x, size_t count);

enum { SPECTRUM_HANN_REACH = 3 };

#endif
