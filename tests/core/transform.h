// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#ifndef LOADLINE_TRANSFORM_H
#define LOADLINE_TRANSFORM_H

#include <complex.h>

// X[k] = sum_n x[n] e^(-j 2 pi k n / size) in place; size is a power of two.
void transform(int size, double complex x[]);

#endif
