// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// How the power of a source is spread from 20 Hz to 20 kHz: over the lines of a loop, or over bins
// if it is continuous.
#ifndef LOADLINE_POWER_SPECTRUM_H
#define LOADLINE_POWER_SPECTRUM_H

#include <stdbool.h>

#define POWER_SPECTRUM_LOWEST_HZ  20.0
#define POWER_SPECTRUM_HIGHEST_HZ 20000.0

struct power_spectrum {
    double step_hz;
    int count;
    bool continuous;
    float *power; // of the line at k step_hz; or from k step_hz to (k + 1) step_hz
};

// Lines or bins below 20 kHz, all zero. Allocates; false if that fails.
bool power_spectrum_init(struct power_spectrum *spectrum, double step_hz, bool continuous);
void power_spectrum_free(struct power_spectrum *spectrum);

// Takes away what lies below 20 Hz and divides by the sum of the rest, which it returns.
double power_spectrum_normalize(struct power_spectrum *spectrum);

// From low (included) to high (not included), in hertz. Real-time safe.
double power_spectrum_between(const struct power_spectrum *spectrum, double low_hz, double high_hz);

#endif
