// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "null.h"

#include <math.h>

#define HOP_S 0.1

void null_init(struct null_meter *meter, double rate_hz) {
    meter->hop_frames = (int)lround(HOP_S * rate_hz);
    null_restart(meter);
}

void null_restart(struct null_meter *meter) {
    *meter = (struct null_meter){.hop_frames = meter->hop_frames};
}

static void add(struct null_energy *to, const struct null_energy *from) {
    to->a += from->a;
    to->b += from->b;
    to->difference += from->difference;
}

// The sum is made anew each time, so that rounding does not gather.
static void end_hop(struct null_meter *meter) {
    meter->hop[meter->at] = meter->fills;
    meter->at = (meter->at + 1) % NULL_HOPS;
    meter->hops += meter->hops < NULL_HOPS;
    meter->fills = meter->sum = (struct null_energy){0};
    meter->frames = 0;
    for (int i = 0; i < meter->hops; ++i) {
        add(&meter->sum, &meter->hop[i]);
    }
}

static void add_frame(struct null_energy *to, double a, double b) {
    to->a += a * a;
    to->b += b * b;
    to->difference += (a - b) * (a - b);
}

void null_add(struct null_meter *meter, const float *const a[2], const float *const b[2],
              int frames) {
    for (int n = 0; n < frames; ++n) {
        add_frame(&meter->fills, (double)a[0][n], (double)b[0][n]);
        add_frame(&meter->fills, (double)a[1][n], (double)b[1][n]);
        if (++meter->frames == meter->hop_frames) {
            end_hop(meter);
        }
    }
}

double null_depth_db(const struct null_meter *meter) {
    if (meter->sum.difference >= meter->sum.a) {
        return 0.0;
    }
    const double deepest = pow(10.0, -NULL_DEEPEST_DB / 10.0);
    return -10.0 * log10(fmax(meter->sum.difference / meter->sum.a, deepest));
}
