// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// By how many whole frames a signal B lags behind A, from their cross-correlation. It listens to
// windows of sound, one after the other, and compares each at every lag, in slices of bounded cost.
// All of it is real-time safe.
//
// Both signals are differentiated first. Music falls by about 6 dB an octave, so that makes it
// roughly white, and the correlation a narrow peak. Without, a coupling capacitor that turns the
// phase of the bass would move a broad peak by many frames.
#ifndef LOADLINE_LAG_H
#define LOADLINE_LAG_H

#include <stdbool.h>

enum {
    LAG_MAX = 1024,    // frames, either way
    LAG_WINDOW = 1024, // frames
    LAG_COUNT = 2 * LAG_MAX + 1,
    // What lag_load() takes: one frame of past is for the difference.
    LAG_FRAMES_A = 1 + LAG_WINDOW,
    LAG_FRAMES_B = 1 + LAG_WINDOW + 2 * LAG_MAX,
    LAG_SLICES = 121, // of a window
};

struct lag_finder {
    float a[LAG_WINDOW], b[LAG_WINDOW + 2 * LAG_MAX]; // the window, differentiated
    int next;                                         // lag to be compared; LAG_COUNT if none is
    double window_energy;                             // of B in the window, at the next lag

    // Of all windows.
    int windows;
    double energy_a, energy_b[LAG_COUNT], product[LAG_COUNT];
};

// Forgets all windows.
void lag_restart(struct lag_finder *finder);

// Another window, once the last is done: the frames a[i] and b[i + LAG_MAX] are from one moment.
void lag_load(struct lag_finder *finder, const float a[LAG_FRAMES_A], const float b[LAG_FRAMES_B]);
// One slice; true if that was the window's last.
bool lag_step(struct lag_finder *finder);

// The lag at which A and B are most alike, be it in opposite polarity: positive if B is late.
// 0 if they are alike nowhere. Some microseconds.
int lag_found(const struct lag_finder *finder);

#endif
