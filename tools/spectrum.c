// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "spectrum.h"

#include "report.h"

#include <fftw3.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

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
