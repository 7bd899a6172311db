// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Compiled for each kind of machine, as common/kernel_*.c are.
#include "clock.h"
#include "peak.h"
#include "simd.h"

#include <math.h>

#define JOIN_(name, machine) name##_##machine
#define JOIN(name, machine)  JOIN_(name, machine)

// Sums enough to keep two units of four to five cycles' latency busy, and few enough for sixteen
// registers.
enum { SUMS = 12, STEPS = 4000, TRIES = 400 };

// The compiler may neither leave out nor reorder what each step leaves; unrolled, all sums stay in
// registers.
#define PEAK_LOOP(type, splat_value)                                                               \
    type sum[SUMS];                                                                                \
    type factor = splat_value(0.999f), term = splat_value(1e-3f);                                  \
    _Pragma("GCC unroll 12") for (int i = 0; i < SUMS; ++i) {                                      \
        sum[i] = splat_value((float)i);                                                            \
    }                                                                                              \
    for (int step = 0; step < STEPS; ++step) {                                                     \
        _Pragma("GCC unroll 12") for (int i = 0; i < SUMS; ++i) {                                  \
            sum[i] = sum[i] * factor + term;                                                       \
            __asm__ volatile("" : "+x"(sum[i]));                                                   \
        }                                                                                          \
    }

static void run_single(void) {
    PEAK_LOOP(vecf, splat_float)
}

static void run_wide(void) {
    PEAK_LOOP(vec, splat)
}

static double rate(void (*run)(void), int lanes) {
    double least_ns = INFINITY;
    for (int i = 0; i < TRIES; ++i) {
        const double start_ns = now_ns();
        run();
        least_ns = fmin(least_ns, now_ns() - start_ns);
    }
    return (double)lanes * SUMS * STEPS / least_ns;
}

struct peak_rate JOIN(peak_rate, KERNEL_MACHINE)(void) {
    return (struct peak_rate){rate(run_single, WIDTH_FLOAT), rate(run_wide, WIDTH)};
}
