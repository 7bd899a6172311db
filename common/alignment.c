// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "alignment.h"

#include <math.h>

#define WINDOWS        12
#define TICKS_A_WINDOW 128 // more than the slices that its comparison takes
#define BLOCKS_WEIGHED 50
#define GAIN_LIMIT_DB  40.0

_Static_assert(TICKS_A_WINDOW > LAG_SLICES, "a window is compared before the next");
_Static_assert(LAG_FRAMES_B < TAPE_FRAMES, "the tape holds a window");

bool aligner_init(struct aligner *aligner, double rate_hz) {
    aligner->stage = ALIGNMENT_OFF;
    aligner->found = alignment_none;
    return loudness_init(&aligner->loudness, rate_hz);
}

void aligner_reset(struct aligner *aligner) {
    aligner->stage = ALIGNMENT_OFF;
    aligner->found = alignment_none;
    loudness_reset(&aligner->loudness);
}

void aligner_free(struct aligner *aligner) {
    loudness_free(&aligner->loudness);
}

bool alignment_same(const struct alignment *a, const struct alignment *b) {
    return a->gain == b->gain && a->lag == b->lag;
}

void aligner_add(struct aligner *aligner, const struct tape *a, const struct tape *b, int frames) {
    float sample[4][LOUDNESS_FRAMES_MAX];
    tape_read(a, ALIGNMENT_LATENCY, sample[0], sample[1], frames);
    tape_read(b, alignment_delay(&aligner->found), sample[2], sample[3], frames);
    loudness_add(&aligner->loudness, (const float *const[]){sample[0], sample[1]},
                 (const float *const[]){sample[2], sample[3]}, frames);
}

static void load_window(struct aligner *aligner, const struct tape *a, const struct tape *b) {
    float from_a[LAG_FRAMES_A], from_b[LAG_FRAMES_B];
    tape_read_mono(a, LAG_MAX, from_a, LAG_FRAMES_A);
    tape_read_mono(b, 0, from_b, LAG_FRAMES_B);
    lag_load(&aligner->finder, from_a, from_b);
    aligner->ticks = 0;
}

static void begin(struct aligner *aligner) {
    aligner->stage = ALIGNMENT_FINDS_LAG;
    aligner->ticks = TICKS_A_WINDOW;
    lag_restart(&aligner->finder);
}

static void find_lag(struct aligner *aligner, const struct tape *a, const struct tape *b) {
    lag_step(&aligner->finder);
    if (aligner->ticks < TICKS_A_WINDOW) {
        ++aligner->ticks;
    } else if (aligner->finder.windows == WINDOWS) {
        aligner->found.lag = lag_found(&aligner->finder);
        aligner->stage = ALIGNMENT_WEIGHS;
        loudness_restart(&aligner->loudness);
    } else if (aligner->loudness.sounding) {
        load_window(aligner, a, b);
    }
}

static void weigh(struct aligner *aligner) {
    if (aligner->loudness.soundings >= BLOCKS_WEIGHED) {
        const double db = -aligner->loudness.difference_db;
        aligner->found.gain =
            (float)pow(10.0, fmin(fmax(db, -GAIN_LIMIT_DB), GAIN_LIMIT_DB) / 20.0);
        aligner->stage = ALIGNMENT_DONE;
    }
}

void aligner_tick(struct aligner *aligner, bool wanted, const struct tape *a,
                  const struct tape *b) {
    if (!wanted) {
        aligner->stage = ALIGNMENT_OFF;
        aligner->found = alignment_none;
    } else if (aligner->stage == ALIGNMENT_OFF) {
        begin(aligner);
    } else if (aligner->stage == ALIGNMENT_FINDS_LAG) {
        find_lag(aligner, a, b);
    } else if (aligner->stage == ALIGNMENT_WEIGHS) {
        weigh(aligner);
    }
}

struct alignment aligner_result(const struct aligner *aligner) {
    return aligner->stage == ALIGNMENT_DONE ? aligner->found : alignment_none;
}

double aligner_difference_db(const struct aligner *aligner, const struct alignment *with) {
    return aligner->loudness.difference_db + 20.0 * log10((double)with->gain);
}
