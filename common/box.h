// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The currents of two legs that share a network, each held to a limit:
//   i = j + G delta,   delta = -slope (i - clamp(i, +-limit)),   G = [self, cross; cross, self].
// A box-constrained problem with a positive definite matrix, so the answer is unique: first as if
// the channels did not see each other, then, if that brings both to their limits, together.
#ifndef LOADLINE_BOX_H
#define LOADLINE_BOX_H

#include <math.h>

// Left and right.
struct stereo {
    double l, r;
};

struct box {
    double limit_a, slope_ohm, self_s, cross_s;
    double alone_ohm; // slope / (1 + self slope): what one channel's excess costs it
};

static inline struct box box_make(double limit_a, double slope_ohm, double self_s, double cross_s) {
    return (struct box){limit_a, slope_ohm, self_s, cross_s,
                        slope_ohm / (1.0 + self_s * slope_ohm)};
}

static inline double box_excess(const struct box *box, double current_a) {
    const double upper = current_a - box->limit_a;
    const double lower = current_a + box->limit_a;
    return upper > 0.0 ? upper : lower < 0.0 ? lower : 0.0;
}

// One channel alone: i = j + self delta.
static inline double box_hold_one(const struct box *box, double current_a) {
    return -box->alone_ohm * box_excess(box, current_a);
}

// (1/slope + self) delta_l + cross delta_r = -(j_l -+ limit), and the same the other way.
static inline struct stereo box_hold_both(const struct box *box, struct stereo over_a) {
    const double diagonal = 1.0 / box->slope_ohm + box->self_s;
    const double determinant = diagonal * diagonal - box->cross_s * box->cross_s;
    return (struct stereo){(box->cross_s * over_a.r - diagonal * over_a.l) / determinant,
                           (box->cross_s * over_a.l - diagonal * over_a.r) / determinant};
}

// The EMF changes. Real-time safe.
static inline struct stereo box_solve(const struct box *box, struct stereo current_a) {
    const double l = box_hold_one(box, current_a.l);
    const double r = box_hold_one(box, current_a.r);
    if ((l == 0.0 && r == 0.0) || box->cross_s == 0.0) {
        return (struct stereo){l, r};
    }
    const double excess_l = box_excess(box, current_a.l + box->cross_s * r);
    const double excess_r = box_excess(box, current_a.r + box->cross_s * l);
    if (excess_l == 0.0 || excess_r == 0.0) {
        return (struct stereo){excess_l == 0.0 ? 0.0 : l, excess_r == 0.0 ? 0.0 : r};
    }
    return box_hold_both(box, (struct stereo){current_a.l - copysign(box->limit_a, excess_l),
                                              current_a.r - copysign(box->limit_a, excess_r)});
}

#endif
