// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// How far tests go: over which rates, and whether a part of a grid will do.
#ifndef LOADLINE_TESTS_GRID_H
#define LOADLINE_TESTS_GRID_H

#include <stdbool.h>

// Every rate that hosts run at.
enum { HOST_RATES = 8 };
extern const double host_rates_hz[HOST_RATES];

// LOADLINE_LONG=1 asks for whole grids.
bool long_run(void);

#endif
