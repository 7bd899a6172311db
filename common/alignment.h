// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// What has to be done to a signal B so that it is as loud as A and begins when A does. After it is
// asked for, it listens until it has found the lag, then until it knows the loudness of both, then
// keeps what it has found. Only sound counts: both signals above -70 LUFS. Listening is real-time
// safe, and its work is spread evenly over time.
#ifndef LOADLINE_ALIGNMENT_H
#define LOADLINE_ALIGNMENT_H

#include "lag.h"
#include "loudness.h"
#include "tape.h"

#include <stdbool.h>

// A is heard this late, so that a B that is late by as much can still be caught up.
#define ALIGNMENT_LATENCY LAG_MAX // frames

enum { ALIGNMENT_TICK = LOUDNESS_FRAMES_MAX }; // frames from one tick to the next

struct alignment {
    float gain; // of B
    int lag;    // how much B is late, in frames
};

static const struct alignment alignment_none = {1.0f, 0};

enum alignment_stage {
    ALIGNMENT_OFF,
    ALIGNMENT_FINDS_LAG,
    ALIGNMENT_WEIGHS,
    ALIGNMENT_DONE,
};

struct aligner {
    enum alignment_stage stage;
    struct lag_finder finder;
    int ticks; // since the finder got its window
    struct alignment found;
    struct loudness loudness; // of A and of B as late as found, but at its own level
};

// These three as those of loudness.h.
bool aligner_init(struct aligner *aligner, double rate_hz);
void aligner_free(struct aligner *aligner);
void aligner_reset(struct aligner *aligner);

// The last frames on both tapes are new, at most LOUDNESS_FRAMES_MAX.
void aligner_add(struct aligner *aligner, const struct tape *a, const struct tape *b, int frames);
// Every ALIGNMENT_TICK frames.
void aligner_tick(struct aligner *aligner, bool wanted, const struct tape *a, const struct tape *b);

// alignment_none until it is done.
struct alignment aligner_result(const struct aligner *aligner);
// The loudness of B over that of A, with an alignment.
double aligner_difference_db(const struct aligner *aligner, const struct alignment *with);

bool alignment_same(const struct alignment *a, const struct alignment *b);

// How long B has to wait.
static inline int alignment_delay(const struct alignment *alignment) {
    return ALIGNMENT_LATENCY - alignment->lag;
}

#endif
