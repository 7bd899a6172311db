// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "hold.h"
#include "fourier.h"

#include <math.h>
#include <string.h>

#define BAND_HZ    20000.0
#define GRID       32
#define SYSTEM_MAX (HOLD_TAPS + 1)

// Gaussian elimination with partial pivoting; the solution replaces b.
static void solve(int size, double a[SYSTEM_MAX][SYSTEM_MAX], double b[SYSTEM_MAX]) {
    for (int k = 0; k < size; ++k) {
        int pivot = k;
        for (int i = k + 1; i < size; ++i) {
            pivot = fabs(a[i][k]) > fabs(a[pivot][k]) ? i : pivot;
        }
        for (int j = 0; j < size; ++j) {
            const double swap = a[k][j];
            a[k][j] = a[pivot][j];
            a[pivot][j] = swap;
        }
        const double swap = b[k];
        b[k] = b[pivot];
        b[pivot] = swap;
        for (int i = 0; i < size; ++i) {
            const double factor = i == k ? 0.0 : a[i][k] / a[k][k];
            for (int j = k; j < size; ++j) {
                a[i][j] -= factor * a[k][j];
            }
            b[i] -= factor * b[k];
        }
    }
    for (int k = 0; k < size; ++k) {
        b[k] /= a[k][k];
    }
}

// The best weights at one point t/h = tau: normal equations over the band (their integrals are sinc
// functions), bordered by the condition that the weights sum to one.
static void band_weights(double band, double tau, double weight[SYSTEM_MAX]) {
    // A signal far below the band edge leaves the weights undetermined; this settles them, 1e-6
    // below any error here.
    const double regularisation = 1e-12;
    double a[SYSTEM_MAX][SYSTEM_MAX] = {{0}};
    for (int i = 0; i < HOLD_TAPS; ++i) {
        for (int j = 0; j < HOLD_TAPS; ++j) {
            a[i][j] = fourier_sinc(band * (i - j)) + (i == j ? regularisation : 0.0);
        }
        a[i][HOLD_TAPS] = a[HOLD_TAPS][i] = 1.0;
        weight[i] = fourier_sinc(band * (i - HOLD_PAST - tau));
    }
    weight[HOLD_TAPS] = 1.0;
    solve(HOLD_TAPS + 1, a, weight);
}

// What linear interpolation gives tap j.
static double linear_weight(int tap, double tau) {
    return tap == HOLD_PAST ? 1.0 - tau : tap == HOLD_PAST + 1 ? tau : 0.0;
}

// Fits linear + t (1 - t) q(t), q of degree 7, to the band-optimal weights of every tap.
void hold_init(struct hold *hold, double rate_hz) {
    enum { TERMS = HOLD_TERMS - 2 };
    double gram[SYSTEM_MAX][SYSTEM_MAX] = {{0}};
    double moment[HOLD_TAPS][SYSTEM_MAX] = {{0}};
    for (int point = 0; point < GRID; ++point) {
        const double tau = (point + 0.5) / GRID;
        double weight[SYSTEM_MAX];
        double basis[TERMS];
        band_weights(2.0 * BAND_HZ / rate_hz, tau, weight);
        for (int m = 0; m < TERMS; ++m) {
            basis[m] = tau * (1.0 - tau) * pow(tau, m);
        }
        for (int m = 0; m < TERMS; ++m) {
            for (int k = 0; k < TERMS; ++k) {
                gram[m][k] += basis[m] * basis[k];
            }
            for (int j = 0; j < HOLD_TAPS; ++j) {
                moment[j][m] += basis[m] * (weight[j] - linear_weight(j, tau));
            }
        }
    }
    memset(hold, 0, sizeof *hold);
    hold->step_s = 1.0 / rate_hz;
    for (int j = 0; j < HOLD_TAPS; ++j) {
        double a[SYSTEM_MAX][SYSTEM_MAX];
        memcpy(a, gram, sizeof a);
        solve(TERMS, a, moment[j]);
        hold->weight[0][j] = linear_weight(j, 0.0);
        hold->weight[1][j] = linear_weight(j, 1.0) - linear_weight(j, 0.0);
        for (int m = 0; m < TERMS; ++m) { // t (1 - t) q(t)
            hold->weight[m + 1][j] += moment[j][m];
            hold->weight[m + 2][j] -= moment[j][m];
        }
    }
}
