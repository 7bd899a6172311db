// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The last frames of a stereo signal, to be heard again later. Real-time safe.
#ifndef LOADLINE_TAPE_H
#define LOADLINE_TAPE_H

#define TAPE_FRAMES 4096u // a power of 2

struct tape {
    float sample[2][TAPE_FRAMES];
    unsigned at; // where the next frame goes
};

void tape_clear(struct tape *tape);
void tape_write(struct tape *tape, const float *left, const float *right, int frames);

// The last `frames` frames written, as they were `delay` earlier; together at most TAPE_FRAMES.
void tape_read(const struct tape *tape, int delay, float *left, float *right, int frames);
// The same in one channel: left plus half of right, which leaves something of all that is not one
// half of the other upside down.
void tape_read_mono(const struct tape *tape, int delay, float *to, int frames);

#endif
