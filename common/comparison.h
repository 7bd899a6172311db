// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Two stereo signals, A and B, of which one is heard, and how they differ.
//
// Whatever is asked for next, the way there is the same: a crossfade of 5 ms, also where nothing
// changes, and a request that comes while one is on its way waits for its end. It never tells by
// its level whether it went from A to B or from A to A. Between unlike signals a crossfade dips
// where each is half there, and between like ones it does not, so the dip is filled up. As far as
// that would take more than twice the amplitude (B is nearly A upside down) both dip.
//
// A is heard COMPARISON_LATENCY frames late, to the bit. B is as late, or with `align` as late and
// as loud as it takes to match A (alignment.h). An alignment takes hold, or is given up, by the
// same crossfade, and only while the listener knows what is heard.
//
// The output does not depend on how a host cuts its blocks.
#ifndef LOADLINE_COMPARISON_H
#define LOADLINE_COMPARISON_H

#include <stdbool.h>
#include <stdint.h>

enum { COMPARISON_LATENCY = 1024 };
#define COMPARISON_FADE_S 0.005

struct comparison_controls {
    uint32_t view; // what the listener asks for: another number, another request
    bool hears_b;  // how it is answered
    bool is_known; // the listener is told so
    bool align;
};

// None of them depends on what is heard.
struct comparison_meters {
    double level_difference_db; // B over A, within +-LOUDNESS_LIMIT_DB and the gain of `align`
    double null_depth_db;       // 0 to NULL_DEEPEST_DB
};

struct comparison; // opaque

// Allocates; NULL when memory is short or the rate is not within 8 to 768 kHz. Not real-time safe.
struct comparison *comparison_new(double rate_hz);
void comparison_free(struct comparison *comparison);

// Forgets all sound and any alignment; the next comparison_process() takes its controls without a
// crossfade. Not real-time safe.
void comparison_reset(struct comparison *comparison);

// Left and right. Inputs and outputs may be the same buffers in any combination. Real-time safe.
void comparison_process(struct comparison *comparison, const struct comparison_controls *controls,
                        const float *const a[2], const float *const b[2], float *const out[2],
                        uint32_t frames);

// Of everything processed so far. Real-time safe.
struct comparison_meters comparison_meters(const struct comparison *comparison);

#endif
