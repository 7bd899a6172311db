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

#endif
