// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// A broadcast in amplitude modulation, rectified at some junction: noise with the spectrum and the
// rhythm of a programme, from 100 Hz to 4.5 kHz (half of a 9 kHz channel).
//
// White noise times a syllable a sqrt(1 +- stress) (1 - 0.6 cos(2 pi t / T)) goes through a
// high-pass (100 Hz, second order), a low-pass (4.5 kHz, fourth order) and a pole at 3 kHz, all
// Butterworth. T is 0.12 to 0.28 s; of two syllables of equal length one is stressed by as much as
// the other is not, at most 0.3; a^2 = 1 / 1.18 makes their mean square 1.
#ifndef LOADLINE_RADIO_H
#define LOADLINE_RADIO_H

#include "power_spectrum.h"
#include "splitmix.h"

#define RADIO_SECTIONS 4
#define RADIO_TAPS     16
#define RADIO_LANES    4  // frames at once
#define RADIO_STEP_MAX 76 // frames for a sample of the programme, at 2 MHz

// y = b0 x + b1 x[-1] + b2 x[-2] - a1 y[-1] - a2 y[-2]
struct radio_section {
    double b0, b1, b2, a1, a2;
};

// Computed once for a rate. The programme has a rate of its own, 27 to 36 kHz.
struct radio {
    int step; // frames for one sample of the programme
    double programme_hz;
    struct radio_section section[RADIO_SECTIONS];
    int groups;    // of RADIO_LANES frames, for one sample of the programme
    float *kernel; // from programme to frames: for each group RADIO_TAPS times RADIO_LANES
    struct power_spectrum spectrum;
};

struct radio_state {
    struct splitmix random;
    int phase;                   // frames since the last sample of the programme
    float frame[RADIO_STEP_MAX]; // what that sample completes
    int newest;                  // the programme is past[newest ... newest + RADIO_TAPS - 1],
    float past[2 * RADIO_TAPS];  // newest first; each sample is there twice
    double memory[RADIO_SECTIONS][2];

    // The syllable.
    int left;     // samples of the programme
    int length;   // of this one
    double other; // height of the one that follows in this pair; 0: a new pair
    double height;
    double turn_cos, turn_sin, step_cos, step_sin; // its cosine, by rotation
};

// Allocates; false if that fails.
bool radio_init(struct radio *radio, double rate_hz);
void radio_free(struct radio *radio);

// Real-time safe.
void radio_start(struct radio_state *state, uint64_t seed);

// Adds weight times the source. Real-time safe.
void radio_add(const struct radio *radio, struct radio_state *state, double weight, double *to,
               int count);

#endif
