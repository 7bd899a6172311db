// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The most multiply-adds that one thread of this machine does in a nanosecond: sums that do not
// wait for each other, in registers, without memory.
#ifndef LOADLINE_BENCH_PEAK_H
#define LOADLINE_BENCH_PEAK_H

struct peak_rate {
    double single, wide; // of single and double precision, multiply-adds a nanosecond
};

// With 256-bit vectors and fused multiply-add, or with what every x86-64 has.
struct peak_rate peak_rate_v3(void);
struct peak_rate peak_rate_baseline(void);

#endif
