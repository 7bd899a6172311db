// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Anti-aliasing by antiderivatives, written so that nothing cancels.
//
// Between two samples the signal is taken as a straight line p(t), t from 0 to 1. What a
// nonlinearity subtracts is made of hinges max(p, 0) and their squares, whose mean and first moment
// over the interval are polynomials of the part of the line that is positive:
//   mean   = int relu(p)^k dt,   moment = int t relu(p)^k dt
// A triangle over two intervals (second-order antiderivative anti-aliasing) is then
//   y[n] = moment[n - 1] + mean[n] - moment[n].
// The usual quotient of differences loses all digits where the signal is flat; this form has no
// such place.
#include "kernel.h"

struct hinge {
    vec a, b;  // max(p, 0) at both ends
    vec part;  // of the interval that is positive
    vec start; // where that part begins
};

INLINE struct hinge hinge(vec from, vec to) {
    const vec one = (vec){0} + 1.0;
    struct hinge h;
    h.a = keep(from > 0.0, from);
    h.b = keep(to > 0.0, to);
    const vec rise = to - from;
    const vec divisor = choose(rise == 0.0, one, rise);
    h.part = choose((from > 0.0) & (to > 0.0), one, (h.b - h.a) / divisor);
    h.start = keep(from < 0.0, one - h.part);
    return h;
}

struct interval {
    vec mean, moment;
};

INLINE struct interval integrate(const struct hinge *h) {
    const vec mean = (h->a + h->b) * 0.5;
    const vec moment = h->a * (1.0 / 6.0) + h->b * (1.0 / 3.0);
    return (struct interval){h->part * mean, h->part * (h->start * mean + h->part * moment)};
}

INLINE struct interval integrate_square(const struct hinge *h) {
    const vec aa = h->a * h->a, ab = h->a * h->b, bb = h->b * h->b;
    const vec mean = (aa + ab + bb) * (1.0 / 3.0);
    const vec moment = aa * (1.0 / 12.0) + ab * (1.0 / 6.0) + bb * 0.25;
    return (struct interval){h->part * mean, h->part * (h->start * mean + h->part * moment)};
}

// The positive part of p(t) = a + (b - a) t - c t (1 - t). A hard edge is so sharp that the
// straight line's images around the sampling rate would fold down from it; the parabola's are far
// smaller. A line finds where p changes sign, one step of Newton's method puts it onto the
// parabola.
INLINE struct interval hard_excess(vec a, vec b, vec c) {
    const vec_mask from_above = a > 0.0, to_above = b > 0.0;
    if (!any(~(from_above & to_above))) { // all of it, as on most of a clipped top
        const vec slope = b - a - c;
        return (struct interval){a + slope * 0.5 + c * (1.0 / 3.0),
                                 a * 0.5 + slope * (1.0 / 3.0) + c * 0.25};
    }
    const vec_mask crosses = from_above ^ to_above;
    const vec one = (vec){0} + 1.0;
    const vec rise = b - a;
    vec edge = {0};
    if (any(crosses)) {
        const vec divisor = choose(crosses, rise, one);
        const vec line = -a / divisor;
        const vec slope = rise - c * (1.0 - 2.0 * line);
        const vec steep = choose(slope * rise > 0.25 * rise * rise, slope, divisor);
        const vec curve = line + c * line * (1.0 - line) / steep;
        edge = keep(crosses, curve);
        edge = choose(edge > 1.0, one, keep(edge > 0.0, edge));
    }
    const vec begin = choose(from_above, (vec){0}, edge);
    const vec end = choose(to_above, one, edge);
    const vec linear = rise - c;
    const vec mean_end = end * (a + end * (linear * 0.5 + end * c * (1.0 / 3.0)));
    const vec mean_begin = begin * (a + begin * (linear * 0.5 + begin * c * (1.0 / 3.0)));
    const vec moment_end = end * end * (a * 0.5 + end * (linear * (1.0 / 3.0) + end * c * 0.25));
    const vec moment_begin =
        begin * begin * (a * 0.5 + begin * (linear * (1.0 / 3.0) + begin * c * 0.25));
    return (struct interval){mean_end - mean_begin, moment_end - moment_begin};
}

// What a soft rail takes away of x, signed so that the rail is positive, with w = knee rail:
//   (relu(x - rail + w)^2 - relu(x - rail - w)^2) / 4w
INLINE struct interval soft_excess(vec from, vec to, vec rail, double knee) {
    const vec width = rail * knee;
    const struct hinge low = hinge(from - rail + width, to - rail + width);
    const struct hinge high = hinge(from - rail - width, to - rail - width);
    const struct interval a = integrate_square(&low);
    const struct interval b = integrate_square(&high);
    const vec scale = 0.25 / width;
    return (struct interval){(a.mean - b.mean) * scale, (a.moment - b.moment) * scale};
}

INLINE void finish(const double *moment, double *residual, int count) {
    for (int n = 0; n < count; n += WIDTH) { // residual holds mean - moment so far
        store(residual + n, load(residual + n) + load(moment + n - 1));
    }
}

void KERNEL(clip_soft)(const struct clip_shape *shape, const double *x, double *moment,
                       double *residual, int count) {
    const double threshold = 1.0 - shape->knee;
    for (int n = 0; n < count; n += WIDTH) {
        const vec from = load(x + n - 1);
        const vec to = load(x + n);
        const vec plus = load(shape->rail_plus + n);
        const vec minus = load(shape->rail_minus + n);
        vec mean = {0}, first = {0};
        if (any((from > plus * threshold) | (to > plus * threshold))) {
            const struct interval over = soft_excess(from, to, plus, shape->knee);
            mean -= over.mean;
            first -= over.moment;
        }
        if (any((from < -minus * threshold) | (to < -minus * threshold))) {
            const struct interval under = soft_excess(-from, -to, minus, shape->knee);
            mean += under.mean;
            first += under.moment;
        }
        store(moment + n, first);
        store(residual + n, mean - first);
    }
    finish(moment, residual, count);
}

void KERNEL(clip_hard)(const struct clip_shape *shape, const double *x, double *moment,
                       double *residual, int count) {
    for (int n = 0; n < count; n += WIDTH) {
        const vec from = load(x + n - 1);
        const vec to = load(x + n);
        const vec plus = load(shape->rail_plus + n);
        const vec minus = load(shape->rail_minus + n);
        // Half the second difference, the mean of both ends'.
        const vec bend = (load(x + n + 1) - to - from + load(x + n - 2)) * 0.25;
        vec mean = {0}, first = {0};
        if (any((from > plus) | (to > plus))) {
            const struct interval over = hard_excess(from - plus, to - plus, bend);
            mean -= over.mean;
            first -= over.moment;
        }
        if (any((from < -minus) | (to < -minus))) {
            const struct interval under = hard_excess(-from - minus, -to - minus, -bend);
            mean += under.mean;
            first += under.moment;
        }
        store(moment + n, first);
        store(residual + n, mean - first);
    }
    finish(moment, residual, count);
}

// A dead zone takes away clamp(x) = relu(x + c) - relu(x - c) - c.
void KERNEL(dead_zone_residual)(double threshold, const double *x, double *moment, double *residual,
                                int count) {
    for (int n = 0; n < count; n += WIDTH) {
        const vec from = load(x + n - 1);
        const vec to = load(x + n);
        const struct hinge low = hinge(from + threshold, to + threshold);
        const struct hinge high = hinge(from - threshold, to - threshold);
        const struct interval a = integrate(&low);
        const struct interval b = integrate(&high);
        const vec mean = b.mean - a.mean + threshold;
        const vec first = b.moment - a.moment + threshold * 0.5;
        store(moment + n, first);
        store(residual + n, mean - first);
    }
    finish(moment, residual, count);
}

void KERNEL(polynomial)(double a2, double a3, double bound, double *x, int count) {
    const vec highest = (vec){0} + bound;
    for (int n = 0; n < count; n += WIDTH) {
        const vec d = load(x + n);
        const vec shaped = d * (1.0 + d * (a2 + d * a3));
        const vec below = choose(shaped > highest, highest, shaped);
        store(x + n, choose(below < -highest, -highest, below));
    }
}
