// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "lag.h"

#include <string.h>

#define LAGS_A_SLICE ((LAG_COUNT + LAG_SLICES - 1) / LAG_SLICES)

// Squares of the correlation coefficient.
#define ALIKE 0.04 // below, whatever peak there is may be chance
#define TIE   1e-5 // a farther lag has to be better by that much: periodic sounds peak often

void lag_restart(struct lag_finder *finder) {
    memset(finder, 0, sizeof *finder);
    finder->next = LAG_COUNT;
}

static void differentiate(const float *from, float *to, int count) {
    for (int n = 0; n < count; ++n) {
        to[n] = from[n + 1] - from[n];
    }
}

static double square(float x) {
    return (double)x * (double)x;
}

void lag_load(struct lag_finder *finder, const float a[LAG_FRAMES_A], const float b[LAG_FRAMES_B]) {
    differentiate(a, finder->a, LAG_WINDOW);
    differentiate(b, finder->b, LAG_WINDOW + 2 * LAG_MAX);
    finder->window_energy = 0.0;
    for (int n = 0; n < LAG_WINDOW; ++n) {
        finder->energy_a += square(finder->a[n]);
        finder->window_energy += square(finder->b[n]);
    }
    finder->next = 0;
    ++finder->windows;
}

// Eight sums side by side, which the compiler makes vectors of.
static double product(const float *a, const float *b) {
    enum { SUMS = 8 };
    float sum[SUMS] = {0};
    for (int n = 0; n < LAG_WINDOW; n += SUMS) {
        for (int i = 0; i < SUMS; ++i) {
            sum[i] += a[n + i] * b[n + i];
        }
    }
    double total = 0.0;
    for (int i = 0; i < SUMS; ++i) {
        total += (double)sum[i];
    }
    return total;
}

static void compare(struct lag_finder *finder, int lag) {
    finder->product[lag] += product(finder->a, finder->b + lag);
    finder->energy_b[lag] += finder->window_energy;
    if (lag + 1 < LAG_COUNT) {
        finder->window_energy += square(finder->b[lag + LAG_WINDOW]) - square(finder->b[lag]);
    }
}

bool lag_step(struct lag_finder *finder) {
    for (int i = 0; i < LAGS_A_SLICE && finder->next < LAG_COUNT; ++i) {
        compare(finder, finder->next++);
    }
    return finder->next == LAG_COUNT;
}

// The square of the correlation coefficient.
static double likeness(const struct lag_finder *finder, int lag) {
    const int i = lag + LAG_MAX;
    const double energy = finder->energy_a * finder->energy_b[i];
    return energy > 0.0 ? finder->product[i] * finder->product[i] / energy : 0.0;
}

int lag_found(const struct lag_finder *finder) {
    int found = 0;
    double best = likeness(finder, 0);
    for (int distance = 1; distance <= LAG_MAX; ++distance) {
        for (int lag = -distance; lag <= distance; lag += 2 * distance) {
            if (likeness(finder, lag) > best * (1.0 + TIE)) {
                best = likeness(finder, lag);
                found = lag;
            }
        }
    }
    return best >= ALIKE ? found : 0;
}
