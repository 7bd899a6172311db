// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#define _XOPEN_SOURCE 700 // M_PI
#include "sound.h"

#include "die.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

static size_t frames_of(double seconds) {
    return (size_t)(seconds * RATE_HZ);
}

// A phase that runs from sine to cosine between the channels.
static double partials(size_t frame, double phase) {
    static const double hz[] = {61, 233, 997, 3111, 7919};
    double sum = 0;
    for (size_t k = 0; k < sizeof hz / sizeof *hz; k++)
        sum += sin(2 * M_PI * hz[k] * (double)frame / RATE_HZ + phase) / (double)(k + 1);
    return sum;
}

struct sound sound_new(double seconds, double peak) {
    const size_t frames = frames_of(seconds);
    double *sum[2] = {allocate(frames, sizeof **sum), allocate(frames, sizeof **sum)};
    double highest = 0;
    uint32_t word = 1;
    for (size_t i = 0; i < frames; i++) {
        word = word * 1664525u + 1013904223u;
        const double noise = 0.1 * ((double)word / 4294967296.0 - 0.5);
        sum[0][i] = partials(i, 0) + noise;
        sum[1][i] = partials(i, M_PI / 2) - noise;
        highest = fmax(highest, fmax(fabs(sum[0][i]), fabs(sum[1][i])));
    }
    struct sound signal = {frames, allocate(frames, sizeof(float)),
                           allocate(frames, sizeof(float))};
    for (size_t i = 0; i < frames; i++) {
        signal.left[i] = (float)(sum[0][i] * (peak / highest));
        signal.right[i] = (float)(sum[1][i] * (peak / highest));
    }
    free(sum[0]);
    free(sum[1]);
    return signal;
}

struct sound sound_silence(double seconds) {
    return (struct sound){frames_of(seconds), NULL, NULL};
}

void sound_free(struct sound *signal) {
    free(signal->left);
    free(signal->right);
}
