// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// A low sine without end, as a plugin plays it, and whether a change clicks in it.
//
// A click is a step, or a corner far sharper than the music. A step of s has a second difference of
// s, and the sine itself one of A w^2, which is 0.0007 A for 200 Hz at 48 kHz. So the largest
// second difference while something changes may reach CURVES times that of what played before or
// plays afterwards, whichever is sharper: that finds steps of -55 dB below the sine. The fades
// themselves stay under it: a smooth step over 10 ms between two sines of full amplitude adds
// 3.1e-3 A w + 2.6e-5 A, a quarter of A w^2.
//
// Where a plugin makes noise of its own the same holds of noise: its sharpest moment comes by
// chance, so before and after last as long as the change.
//
// Where several things change, one after another, between before and after there is more that
// plays. A click is sharp for a moment, and what plays is as sharp again in the periods about it.
#ifndef LOADLINE_TESTS_TONE_H
#define LOADLINE_TESTS_TONE_H

#include "plugin_host.h"

enum { TONE_PERIODS_MAX = 1024 };

// Each input has a level of its own.
struct tone {
    struct plugin_host *host;
    size_t played, period; // frames
    struct tracks in, out;
    struct tracks past;     // a period of each output, as a ring
    double sharpest, noise; // of what repeats with the period, what does not

    double before, noise_before; // the change
    double on_the_way;
    size_t begun, changes; // frames
    double sharpest_of[TONE_PERIODS_MAX];

    // Changes; some of those under noise are deaf: a step as large as the sine would hide in it.
    unsigned judged, noisy, deaf, clicks;
};

// The host stays the caller's.
struct tone tone_new(struct plugin_host *host);
void tone_free(struct tone *tone);

// Plays for so long and returns the largest second difference.
double tone_play(struct tone *tone, double seconds);
// Until any change is over.
void tone_settle(struct tone *tone);

// Moves a control to a value, as automation does, over so many blocks, and waits until all of it is
// over. Counts, and tells of each click.
void tone_change(struct tone *tone, const char *what, const struct plugin_host_port *port,
                 double to, int blocks);
// The same for what the caller does.
void tone_begin(struct tone *tone);
void tone_end(struct tone *tone, const char *what);
// The same where several things have changed since, and tone_wait() was between them.
void tone_wait(struct tone *tone, double seconds);
void tone_end_of_several(struct tone *tone, const char *what);
// Before that: what plays now may be heard for a moment on the way.
void tone_note(struct tone *tone);
// The same for what has changed while something else played: it comes into force now.
void tone_rest(struct tone *tone, const char *what);

// Blocks that a change takes at most until it is in force.
int tone_settle_blocks(const struct tone *tone);

#endif
