// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "loop.h"
#include "fourier.h"

#include <math.h>
#include <stdlib.h>

#define LONGEST_S    0.1
#define EXACT_ENOUGH 1e-6 // of a frequency

struct period {
    int cycles, length;
};

static struct period choose_period(double rate_hz, double fundamental_hz) {
    struct period best = {0};
    double least = INFINITY;
    const double most = LONGEST_S * fundamental_hz;
    for (int cycles = 1; cycles <= most && least > EXACT_ENOUGH; ++cycles) {
        const double frames = cycles * rate_hz / fundamental_hz;
        const double error = fabs(round(frames) - frames) / frames;
        if (error < least) {
            least = error;
            best = (struct period){cycles, (int)round(frames)};
        }
    }
    return best;
}

bool loop_init_silent(struct loop *loop, int length, double step_hz) {
    loop->length = length;
    loop->sample = calloc((size_t)length, sizeof *loop->sample);
    return power_spectrum_init(&loop->spectrum, step_hz, false) && loop->sample;
}

void loop_free(struct loop *loop) {
    free(loop->sample);
    loop->sample = NULL;
    power_spectrum_free(&loop->spectrum);
}

bool loop_init(struct loop *loop, double rate_hz, double fundamental_hz, loop_line *line) {
    const struct period period = choose_period(rate_hz, fundamental_hz);
    if (!loop_init_silent(loop, period.length, fundamental_hz)) {
        return false;
    }
    double complex series[FOURIER_LINES] = {0};
    const int count = loop->spectrum.count;
    for (int h = 1; h < count; ++h) {
        series[h] = line(h, fundamental_hz);
        loop->spectrum.power[h] = (float)(0.5 * creal(series[h] * conj(series[h])));
    }
    const double rms = sqrt(power_spectrum_normalize(&loop->spectrum));
    for (int h = 1; h < count; ++h) {
        series[h] /= rms;
    }
    fourier_add(series, count, period.cycles, period.length, loop->sample);
    return true;
}

void loop_add(const struct loop *loop, uint64_t time, double weight, double *to, int count) {
    int position = (int)(time % (uint64_t)loop->length);
    while (count > 0) {
        const int left = loop->length - position;
        const int run = left < count ? left : count;
        const float *sample = loop->sample + position;
        for (int n = 0; n < run; ++n) {
            to[n] += weight * (double)sample[n];
        }
        to += run;
        count -= run;
        position = 0;
    }
}
