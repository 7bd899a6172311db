// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "spectrum.h"

#include "die.h"

#include <fftw3.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PI 3.14159265358979323846

enum { TRANSFORM_COLUMNS = 64 };

double spectrum_decibel(double ratio) {
    // A floor instead of minus infinity, so that a perfect null still prints and compares. NaN
    // stays NaN.
    return ratio < 1e-20 ? -400.0 : 20.0 * log10(ratio);
}

void spectrum_from_float(const float *from, double *to, size_t count) {
    for (size_t i = 0; i < count; i++)
        to[i] = (double)from[i];
}

// The signal is folded into rows of fixed length: each row is weighted by one phasor, and the
// columns are turned by theirs at the end. One multiplication and addition a sample, free of
// dependencies between samples.
double complex spectrum_transform_at(const double *x, size_t count, double rate_hz,
                                     double frequency_hz) {
    const double step_rad = -2.0 * PI * frequency_hz / rate_hz;
    double re[TRANSFORM_COLUMNS] = {0};
    double im[TRANSFORM_COLUMNS] = {0};
    for (size_t row = 0; row < count; row += TRANSFORM_COLUMNS) {
        const double cosine = cos(step_rad * (double)row);
        const double sine = sin(step_rad * (double)row);
        double samples[TRANSFORM_COLUMNS] = {0};
        const size_t rest = count - row;
        memcpy(samples, x + row,
               sizeof *x * (rest < TRANSFORM_COLUMNS ? rest : (size_t)TRANSFORM_COLUMNS));
        for (size_t i = 0; i < TRANSFORM_COLUMNS; i++) {
            re[i] += samples[i] * cosine;
            im[i] += samples[i] * sine;
        }
    }
    double complex sum = 0;
    for (size_t i = 0; i < TRANSFORM_COLUMNS; i++)
        sum += (re[i] + I * im[i]) * cexp(I * step_rad * (double)i);
    return sum;
}

// Solves the symmetric 3 x 3 system of normal equations by Gauss elimination.
static void solve_normal(double matrix[3][4]) {
    for (int pivot = 0; pivot < 3; pivot++)
        for (int row = 0; row < 3; row++) {
            if (row == pivot)
                continue;
            const double factor = matrix[row][pivot] / matrix[pivot][pivot];
            for (int column = 0; column < 4; column++)
                matrix[row][column] -= factor * matrix[pivot][column];
        }
    for (int row = 0; row < 3; row++)
        matrix[row][3] /= matrix[row][row];
}

struct spectrum_sine spectrum_fit_sine(const double *x, size_t count, double rate_hz,
                                       double frequency_hz) {
    double matrix[3][4] = {{0}};
    for (size_t n = 0; n < count; n++) {
        const double angle_rad = 2.0 * PI * frequency_hz / rate_hz * (double)n;
        const double row[4] = {1.0, cos(angle_rad), sin(angle_rad), x[n]};
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 4; j++)
                matrix[i][j] += row[i] * row[j];
    }
    solve_normal(matrix);
    const double cosine = matrix[1][3];
    const double sine = matrix[2][3];
    return (struct spectrum_sine){hypot(cosine, sine), atan2(-sine, cosine), matrix[0][3]};
}

void spectrum_fft(const double *x, size_t count, double complex *bins) {
    double *copy = fftw_malloc(sizeof *copy * count);
    if (!copy)
        die("out of memory");
    fftw_plan plan = fftw_plan_dft_r2c_1d((int)count, copy, bins, FFTW_ESTIMATE);
    memcpy(copy, x, sizeof *copy * count);
    fftw_execute(plan);
    fftw_destroy_plan(plan);
    fftw_free(copy);
}

void spectrum_band_limit(double *x, size_t count, double rate_hz, double low_hz, double high_hz) {
    const size_t bin_count = count / 2 + 1;
    fftw_complex *bins = fftw_malloc(sizeof *bins * bin_count);
    if (!bins)
        die("out of memory");
    spectrum_fft(x, count, bins);
    for (size_t i = 0; i < bin_count; i++) {
        const double frequency_hz = rate_hz * (double)i / (double)count;
        const bool keep = frequency_hz >= low_hz && frequency_hz <= high_hz;
        bins[i] = keep ? bins[i] / (double)count : 0;
    }
    fftw_plan plan = fftw_plan_dft_c2r_1d((int)count, bins, x, FFTW_ESTIMATE);
    fftw_execute(plan);
    fftw_destroy_plan(plan);
    fftw_free(bins);
}

double spectrum_null_depth_db(const double *reference, const double *test, size_t count) {
    double signal = 0;
    double rest = 0;
    for (size_t i = 0; i < count; i++) {
        signal += reference[i] * reference[i];
        rest += (test[i] - reference[i]) * (test[i] - reference[i]);
    }
    return spectrum_decibel(sqrt(rest / signal));
}
