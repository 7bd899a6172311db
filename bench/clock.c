// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#define _POSIX_C_SOURCE 200809L
#include "clock.h"

#include <stdlib.h>
#include <time.h>

static double read_ns(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec * NS_PER_S + (double)time.tv_nsec;
}

double now_ns(void) {
    return read_ns(CLOCK_MONOTONIC);
}

double spent_ns(void) {
    return read_ns(CLOCK_THREAD_CPUTIME_ID);
}

static int compare(const void *a, const void *b) {
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

struct cost cost_of(double *values, size_t count) {
    qsort(values, count, sizeof *values, compare);
    return (struct cost){values[0], values[count / 2]};
}
