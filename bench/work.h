// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The multiply-adds that the chain does for a frame, from the sizes of its filters and networks.
//
// What is counted is what its loops do, lanes that idle included; comparing, copying, shuffling and
// random words are no multiply-adds. A sum or a product alone counts as one.
#ifndef LOADLINE_BENCH_WORK_H
#define LOADLINE_BENCH_WORK_H

#include "sound.h"

enum work_part {
    WORK_UP,      // half-bands up
    WORK_LINE,    // from the source to the stage
    WORK_STAGE,   // what the rails take away
    WORK_DOWN,    // half-bands down
    WORK_NOISE,   // of source and stage
    WORK_NETWORK, // amplifier, cable and headphone
    WORK_OTHER,   // scales, gain, meters, the safety stop
    WORK_PARTS
};

extern const char *const work_names[WORK_PARTS];

// Multiply-adds a stereo frame.
struct work {
    double single, wide; // in single and double precision
};

struct chain_work {
    struct work part[WORK_PARTS];
    int modes[2], line_modes; // of mid and side, of the line
};

// `settings` as of subject_set(). How much of the signal clips decides what the stage does; NULL is
// none. Current limit, sag, dead zone and knee are not counted.
struct chain_work work_of_chain(const char *settings, int quality, const struct sound *signal);
struct work work_total(const struct chain_work *work);

#endif
