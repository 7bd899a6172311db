// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "tape.h"

#include <string.h>

void tape_clear(struct tape *tape) {
    memset(tape, 0, sizeof *tape);
}

void tape_write(struct tape *tape, const float *left, const float *right, int frames) {
    for (int n = 0; n < frames; ++n) {
        const unsigned i = (tape->at + (unsigned)n) % TAPE_FRAMES;
        tape->sample[0][i] = left[n];
        tape->sample[1][i] = right[n];
    }
    tape->at = (tape->at + (unsigned)frames) % TAPE_FRAMES;
}

static unsigned start(const struct tape *tape, int delay, int frames) {
    return tape->at + 2 * TAPE_FRAMES - (unsigned)frames - (unsigned)delay;
}

void tape_read(const struct tape *tape, int delay, float *left, float *right, int frames) {
    const unsigned first = start(tape, delay, frames);
    for (int n = 0; n < frames; ++n) {
        const unsigned i = (first + (unsigned)n) % TAPE_FRAMES;
        left[n] = tape->sample[0][i];
        right[n] = tape->sample[1][i];
    }
}

void tape_read_mono(const struct tape *tape, int delay, float *to, int frames) {
    const unsigned first = start(tape, delay, frames);
    for (int n = 0; n < frames; ++n) {
        const unsigned i = (first + (unsigned)n) % TAPE_FRAMES;
        to[n] = tape->sample[0][i] + 0.5f * tape->sample[1][i];
    }
}
