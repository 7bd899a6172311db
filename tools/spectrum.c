// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "spectrum.h"

#include "report.h"

#include <fftw3.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define HANN_MEAN_SQUARE (3.0 / 8.0)

double complex *spectrum_new(const double *x, size_t count) {
    const size_t bin_count = count / 2 + 1;
    double *copy = malloc(count * sizeof *copy);
    double complex *bins = malloc(bin_count * sizeof *bins);
    fftw_plan plan = NULL;
    if (copy && bins)
        plan = fftw_plan_dft_r2c_1d((int)count, copy, bins, FFTW_ESTIMATE);
    if (plan) {
        memcpy(copy, x, count * sizeof *copy);
        fftw_execute(plan);
        for (size_t i = 0; i < bin_count; i++)
            bins[i] *= sqrt(2.0) / (double)count;
    } else {
        report_error("out of memory");
        free(bins);
        bins = NULL;
    }
    fftw_destroy_plan(plan);
    free(copy);
    return bins;
}

double complex *spectrum_hann_new(const double *x, size_t count) {
    double *windowed = calloc(count, sizeof *windowed);
    if (!windowed) {
        report_error("out of memory");
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        const double hann = 0.5 - 0.5 * cos(2.0 * M_PI * (double)i / (double)count);
        windowed[i] = x[i] * hann / sqrt(HANN_MEAN_SQUARE);
    }
    double complex *bins = spectrum_new(windowed, count);
    free(windowed);
    return bins;
}
