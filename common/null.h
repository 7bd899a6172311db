// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// How far the difference of two stereo signals lies below the first, over the last seconds.
// Real-time safe.
#ifndef LOADLINE_NULL_H
#define LOADLINE_NULL_H

enum { NULL_HOPS = 30 }; // of 100 ms
#define NULL_DEEPEST_DB 200.0

// Sums of squares, both channels.
struct null_energy {
    double a, b, difference;
};

struct null_meter {
    int hop_frames, frames;   // of the hop that fills: its length, and how far it is
    struct null_energy fills; // with that
    struct null_energy hop[NULL_HOPS];
    int hops, at;           // how many there are, and where the next one goes
    struct null_energy sum; // of them
};

void null_init(struct null_meter *meter, double rate_hz);
// Forgets all sound.
void null_restart(struct null_meter *meter);
// Left and right.
void null_add(struct null_meter *meter, const float *const a[2], const float *const b[2],
              int frames);
// 0 if A is silent or weaker than the difference, NULL_DEEPEST_DB if there is none.
double null_depth_db(const struct null_meter *meter);

#endif
