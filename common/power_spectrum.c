// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "power_spectrum.h"

#include <math.h>
#include <stdlib.h>

#define ROUNDING 1e-9 // of a step: a line at 20 kHz is not below it

bool power_spectrum_init(struct power_spectrum *spectrum, double step_hz, bool continuous) {
    spectrum->step_hz = step_hz;
    spectrum->continuous = continuous;
    spectrum->count = (int)ceil(POWER_SPECTRUM_HIGHEST_HZ / step_hz - ROUNDING);
    spectrum->power = calloc((size_t)spectrum->count, sizeof *spectrum->power);
    return spectrum->power != NULL;
}

void power_spectrum_free(struct power_spectrum *spectrum) {
    free(spectrum->power);
    spectrum->power = NULL;
}

double power_spectrum_normalize(struct power_spectrum *spectrum) {
    double sum = 0.0;
    for (int k = 0; k < spectrum->count; ++k) {
        if (k * spectrum->step_hz < POWER_SPECTRUM_LOWEST_HZ) {
            spectrum->power[k] = 0.0f;
        }
        sum += (double)spectrum->power[k];
    }
    for (int k = 0; k < spectrum->count; ++k) {
        spectrum->power[k] = (float)((double)spectrum->power[k] / sum);
    }
    return sum;
}

// In steps, within the spectrum.
static double place(const struct power_spectrum *spectrum, double hz) {
    return fmin(fmax(hz / spectrum->step_hz, 0.0), spectrum->count);
}

double power_spectrum_between(const struct power_spectrum *spectrum, double low_hz,
                              double high_hz) {
    const double low = place(spectrum, low_hz);
    const double high = place(spectrum, high_hz);
    double sum = 0.0;
    if (spectrum->continuous) {
        for (int k = (int)low; k < high; ++k) {
            sum += (double)spectrum->power[k] * (fmin(k + 1.0, high) - fmax(k, low));
        }
        return sum;
    }
    for (int k = (int)ceil(low - ROUNDING); k < high - ROUNDING; ++k) {
        sum += (double)spectrum->power[k];
    }
    return sum;
}
