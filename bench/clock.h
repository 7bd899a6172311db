// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Time, and what many measurements of one thing come to.
#ifndef LOADLINE_BENCH_CLOCK_H
#define LOADLINE_BENCH_CLOCK_H

#include <stddef.h>

#define NS_PER_US 1e3
#define NS_PER_S  1e9

// The least is the work itself; what is above it is the machine's other work.
struct cost {
    double least, median;
};

// On the wall: processor time is not used, because a virtual machine may count too little of it.
double now_ns(void);

// Sorts the values.
struct cost cost_of(double *values, size_t count);

#endif
