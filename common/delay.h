// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// A delay line, written and read a chunk at a time. Real-time safe.
#ifndef LOADLINE_DELAY_H
#define LOADLINE_DELAY_H

#define DELAY_MAX 1024 // frames; delay and chunk together

struct delay {
    float ring[DELAY_MAX];
    unsigned at; // where the next chunk goes
};

void delay_fill(struct delay *delay, float value);
void delay_write(struct delay *delay, const float *from, int count);

// The last `count` frames written, as they were `frames` earlier.
void delay_read(const struct delay *delay, int frames, float *to, int count);

#endif
