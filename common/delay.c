// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "delay.h"

#include <string.h>

void delay_fill(struct delay *delay, float value) {
    delay->at = 0;
    for (int n = 0; n < DELAY_MAX; ++n) {
        delay->ring[n] = value;
    }
}

void delay_write(struct delay *delay, const float *from, int count) {
    const unsigned length = (unsigned)count;
    const unsigned room = DELAY_MAX - delay->at;
    const unsigned first = length < room ? length : room;
    memcpy(delay->ring + delay->at, from, first * sizeof *from);
    memcpy(delay->ring, from + first, (length - first) * sizeof *from);
    delay->at = (delay->at + length) % DELAY_MAX;
}

void delay_read(const struct delay *delay, int frames, float *to, int count) {
    const unsigned length = (unsigned)count;
    const unsigned start = (delay->at + 2 * DELAY_MAX - length - (unsigned)frames) % DELAY_MAX;
    const unsigned room = DELAY_MAX - start;
    const unsigned first = length < room ? length : room;
    memcpy(to, delay->ring + start, first * sizeof *to);
    memcpy(to + first, delay->ring, (length - first) * sizeof *to);
}
