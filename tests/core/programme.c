// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "programme.h"

#include "random_circuit.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define CORNER_HZ   400.0
#define SYLLABLE_HZ 4.0
#define PAUSE_HZ    0.7

static struct programme silence(int frames) {
    struct programme programme = {frames, {NULL, NULL}};
    for (int channel = 0; channel < 2; channel++) {
        programme.channel[channel] = calloc((size_t)frames, sizeof(float));
        assert_non_null(programme.channel[channel]);
    }
    return programme;
}

// Never quite silent.
static double envelope(double s) {
    const double syllable = fabs(sin(PI * SYLLABLE_HZ * s));
    const double pause = fmax(sin(2 * PI * PAUSE_HZ * s) + 0.7, 0.0);
    return 0.01 + syllable * syllable * fmin(pause, 1.0);
}

struct programme programme_new(int frames, double rate_hz, double level, uint64_t seed) {
    struct programme programme = silence(frames);
    struct dice dice = {seed};
    const double pole = exp(-2 * PI * CORNER_HZ / rate_hz);
    const double drive = level * sqrt(1 - pole * pole);
    double voice[3] = {0};
    for (int n = 0; n < frames; n++) {
        const double open = envelope(n / rate_hz);
        for (int i = 0; i < 3; i++)
            voice[i] = pole * voice[i] + drive * roll_between(&dice, -1, 1);
        programme.channel[0][n] = (float)(open * (voice[0] + 0.3 * voice[1]));
        programme.channel[1][n] = (float)(open * (voice[0] + 0.3 * voice[2]));
    }
    return programme;
}

void programme_free(struct programme *programme) {
    free(programme->channel[0]);
    free(programme->channel[1]);
}

struct programme programme_shifted(const struct programme *from, double gain, int lag) {
    struct programme to = silence(from->frames);
    for (int n = 0; n < from->frames; n++)
        for (int channel = 0; channel < 2; channel++)
            if (n - lag >= 0 && n - lag < from->frames)
                to.channel[channel][n] = (float)(gain * (double)from->channel[channel][n - lag]);
    return to;
}

void programme_add(struct programme *to, const struct programme *from, double gain) {
    for (int n = 0; n < to->frames; n++)
        for (int channel = 0; channel < 2; channel++)
            to->channel[channel][n] += (float)(gain * (double)from->channel[channel][n]);
}
