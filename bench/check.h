// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// What holds on any machine, busy or not: ratios of instructions.
#ifndef LOADLINE_BENCH_CHECK_H
#define LOADLINE_BENCH_CHECK_H

#include "bench.h"

// Prints each ratio and its bound; false if one is beyond.
bool check_ratios(const struct bench *bench);

#endif
