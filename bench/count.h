// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Instructions instead of time: the same on a busy machine. Counted by valgrind, in which this
// program runs itself once more.
#ifndef LOADLINE_BENCH_COUNT_H
#define LOADLINE_BENCH_COUNT_H

#include "bench.h"

enum { SHARES_MAX = 96, FUNCTION_NAME_MAX = 64 };

// What one function did itself.
struct share {
    char function[FUNCTION_NAME_MAX];
    double amount; // instructions a frame, or a part of the time
};

struct count {
    struct entrant entrant; // of which signal can be NULL or the bench's silence
    // Settings after an eighth of the time; NULL: no change, and no block is counted by itself.
    const char *change;

    // Out.
    double instructions;            // a frame
    double dearest;                 // of a change: the dearest block over the median
    double grown;                   // of a change: the mean block after it over the one before
    struct share share[SHARES_MAX]; // dearest first
    size_t share_count;
};

// Whether valgrind is there.
bool count_is_possible(void);
// All in one run of valgrind.
void count_all(const struct bench *bench, struct count *counts, size_t count);

// Where the time of a case goes that has no change: shares of what the plugin's binary takes, by
// samples of the system's profiler (perf). False if that is not there or not allowed.
bool count_profile(const struct bench *bench, const struct count *of, struct share *shares,
                   size_t *share_count);

// What the other run does, each case so many times; `plan` is a file. For main() only.
void count_play(const struct bench *bench, const char *plan, int repeats);

#endif
