// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "band.h"

#include <math.h>
#include <string.h>

#define BAND_HZ    20000.0
#define LOW_HZ     20.0
#define POINTS_IN  12   // of the grid's, the first at 0 Hz, the last at BAND_HZ
#define TOP_PART   0.35 // of the rate: where the grid ends
#define WEIGHT_OUT 1e-4 // above the band; at its end it is 1
#define ROWS       (2 * BAND_POINTS)

// The columns of the matrix of all taps' responses, made orthonormal: A = Q R.
struct factors {
    double q[BAND_TAPS][ROWS], r[BAND_TAPS][BAND_TAPS];
};

static double dot(const double a[ROWS], const double b[ROWS]) {
    double sum = 0.0;
    for (int i = 0; i < ROWS; ++i) {
        sum += a[i] * b[i];
    }
    return sum;
}

// Gram and Schmidt, twice, as neighbouring taps are much alike.
static void orthogonalise(struct factors *factors) {
    memset(factors->r, 0, sizeof factors->r);
    for (int k = 0; k < BAND_TAPS; ++k) {
        double *q = factors->q[k];
        for (int j = 0; j < 2 * k; ++j) {
            const double share = dot(factors->q[j % k], q);
            factors->r[j % k][k] += share;
            for (int i = 0; i < ROWS; ++i) {
                q[i] -= share * factors->q[j % k][i];
            }
        }
        factors->r[k][k] = sqrt(dot(q, q));
        for (int i = 0; i < ROWS; ++i) {
            q[i] /= factors->r[k][k];
        }
    }
}

static double point_hz(int point, double rate_hz) {
    if (point < POINTS_IN) {
        return BAND_HZ * sin(M_PI / 2.0 * point / (POINTS_IN - 1));
    }
    const double part = (point - POINTS_IN + 1.0) / (BAND_POINTS - POINTS_IN);
    return BAND_HZ + part * (TOP_PART * rate_hz - BAND_HZ);
}

void band_init(struct band *band, double rate_hz) {
    struct factors factors;
    double weight[BAND_POINTS];
    band->step_s = 1.0 / rate_hz;
    for (int i = 0; i < BAND_POINTS; ++i) {
        const double hz = point_hz(i, rate_hz);
        weight[i] = i < POINTS_IN ? BAND_HZ / (hz + LOW_HZ) : WEIGHT_OUT;
        band->w[i] = 2.0 * M_PI * hz / rate_hz;
        band->turn[i] = cexp(-I * band->w[i]);
        for (int t = 0; t < BAND_TAPS; ++t) {
            factors.q[t][2 * i] = weight[i] * cos(band->w[i] * (BAND_LATENCY - t));
            factors.q[t][2 * i + 1] = weight[i] * sin(band->w[i] * (BAND_LATENCY - t));
        }
    }
    orthogonalise(&factors);
    for (int row = 0; row < ROWS; ++row) { // the solution of A tap = response: R^-1 Q^T
        double *tap = band->fit[row / 2][row % 2];
        for (int t = BAND_TAPS - 1; t >= 0; --t) {
            tap[t] = weight[row / 2] * factors.q[t][row];
            for (int j = t + 1; j < BAND_TAPS; ++j) {
                tap[t] -= factors.r[t][j] * tap[j];
            }
            tap[t] /= factors.r[t][t];
        }
    }
}

void band_fit(const struct band *band, const double complex response[BAND_POINTS],
              double tap[BAND_TAPS]) {
    for (int t = 0; t < BAND_TAPS; ++t) {
        tap[t] = 0.0;
    }
    for (int i = 0; i < BAND_POINTS; ++i) {
        const double(*fit)[BAND_TAPS] = band->fit[i];
        for (int t = 0; t < BAND_TAPS; ++t) {
            tap[t] += fit[0][t] * creal(response[i]) + fit[1][t] * cimag(response[i]);
        }
    }
}
