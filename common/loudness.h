// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The loudness of a stereo signal B over that of A, as ITU-R BS.1770-4 integrates it: K-weighted
// energy of blocks of 400 ms that overlap by three quarters, gated at -70 LUFS and at 10 LU below
// the mean of what passes. The gates look at A and hold for both, so that a plain gain reads as
// what it is. Blocks in which both are below the first gate do not count: silence changes nothing.
//
// libebur128 weights and adds up. Its own gating is left aside: one of its modes allocates while it
// runs, the other rounds blocks to 0.1 dB.
#ifndef LOADLINE_LOUDNESS_H
#define LOADLINE_LOUDNESS_H

#include <ebur128.h>
#include <stdbool.h>

enum {
    LOUDNESS_FRAMES_MAX = 64, // that can be added at once
    LOUDNESS_HOPS = 4,        // in a block
    LOUDNESS_BLOCKS = 100,    // a block begins every 100 ms: the last ten seconds of sound
};
#define LOUDNESS_LIMIT_DB 60.0 // of the difference, either way

// Mean squares of what is K-weighted, of A and of B.
struct loudness_energy {
    double a, b;
};

struct loudness {
    ebur128_state *a, *b;
    int step_frames, frames; // a step is 10 ms, in which libebur128 is asked
    int hop_steps;           // so far; a hop is 100 ms
    struct loudness_energy hop[LOUDNESS_HOPS];
    int hops; // since the restart; negative while they are left out

    struct loudness_energy block[LOUDNESS_BLOCKS];
    int blocks, at; // how many there are, and where the next one goes
    bool sounding;  // both A and B were, in the last block
    int soundings;  // number of such blocks since the restart
    double difference_db;
};

// Allocates; false when memory is short or the rate is not within 100 Hz to 2.8 MHz. Not real-time
// safe.
bool loudness_init(struct loudness *loudness, double rate_hz);
void loudness_free(struct loudness *loudness);

// Forgets all sound. Not real-time safe.
void loudness_reset(struct loudness *loudness);

// Forgets all blocks; the difference stays until there is a new one. Real-time safe.
void loudness_restart(struct loudness *loudness);

// Left and right, at most LOUDNESS_FRAMES_MAX frames. Real-time safe.
void loudness_add(struct loudness *loudness, const float *const a[2], const float *const b[2],
                  int frames);

#endif
