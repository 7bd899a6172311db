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
//
// What was removed then passes the second filter of compensation.h and joins the signal, which has
// only waited. Most samples are far from any rail: groups in which nothing is removed are copied.
#include "kernel.h"

#include <string.h>

struct hinge {
    vec a, b;  // max(p, 0) at both ends
    vec part;  // of the interval that is positive
    vec start; // where that part begins
};

INLINE struct hinge hinge(vec from, vec to) {
    const vec one = splat(1.0);
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

// The same in single precision, which a hard edge needs no more than: nothing is divided by a
// width.
struct interval_float {
    vecf mean, moment;
};

// The positive part of p(t) = a + (b - a) t - c t (1 - t). A hard edge is so sharp that the
// straight line's images around the sampling rate would fold down from it; the parabola's are far
// smaller. A line finds where p changes sign, one step of Newton's method puts it onto the
// parabola.
INLINE struct interval_float hard_excess(vecf a, vecf b, vecf c) {
    const float third = 1.0f / 3.0f;
    const vecf_mask from_above = a > 0.0f, to_above = b > 0.0f;
    if (!any_float(~(from_above & to_above))) { // all of it, as on most of a clipped top
        const vecf slope = b - a - c;
        return (struct interval_float){a + slope * 0.5f + c * third,
                                       a * 0.5f + slope * third + c * 0.25f};
    }
    const vecf_mask crosses = from_above ^ to_above;
    const vecf one = splat_float(1.0f);
    const vecf rise = b - a;
    vecf edge = {0};
    if (any_float(crosses)) {
        const vecf divisor = choose_float(crosses, rise, one);
        const vecf line = -a / divisor;
        const vecf slope = rise - c * (1.0f - 2.0f * line);
        const vecf steep = choose_float(slope * rise > 0.25f * rise * rise, slope, divisor);
        const vecf curve = line + c * line * (1.0f - line) / steep;
        edge = keep_float(crosses, curve);
        edge = larger_float(smaller_float(edge, one), (vecf){0});
    }
    const vecf begin = choose_float(from_above, (vecf){0}, edge);
    const vecf end = choose_float(to_above, one, edge);
    const vecf linear = rise - c;
    const vecf mean_end = end * (a + end * (linear * 0.5f + end * c * third));
    const vecf mean_begin = begin * (a + begin * (linear * 0.5f + begin * c * third));
    const vecf moment_end = end * end * (a * 0.5f + end * (linear * third + end * c * 0.25f));
    const vecf moment_begin =
        begin * begin * (a * 0.5f + begin * (linear * third + begin * c * 0.25f));
    return (struct interval_float){mean_end - mean_begin, moment_end - moment_begin};
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

enum residue_kind { RESIDUE_HARD, RESIDUE_SOFT, RESIDUE_DEAD_ZONE };

// What the kinds differ in.
struct residue {
    enum residue_kind kind;
    const struct clip_shape *shape; // of clipping
    double threshold;               // of the dead zone
    float harmless;                 // up to here nothing is removed
    const double *tap;
    const float *x;
};

INLINE struct interval_float clip_hard(const struct clip_shape *shape, const float *x, int n) {
    const vecf from = load_float(x + n - 1), to = load_float(x + n);
    const vecf plus = load_float(shape->rail_plus + n), minus = load_float(shape->rail_minus + n);
    const vecf highest = larger_float(from, to), lowest = smaller_float(from, to);
    const int over_plus = any_float(highest > plus), under_minus = any_float(lowest < -minus);
    struct interval_float clipped = {{0}, {0}};
    if (!(over_plus | under_minus)) {
        return clipped;
    }
    // Half the second difference, the mean of both ends'.
    const vecf bend = (load_float(x + n + 1) - to - from + load_float(x + n - 2)) * 0.25f;
    if (over_plus) {
        const struct interval_float over = hard_excess(from - plus, to - plus, bend);
        clipped.mean -= over.mean;
        clipped.moment -= over.moment;
    }
    if (under_minus) {
        const struct interval_float under = hard_excess(-from - minus, -to - minus, -bend);
        clipped.mean += under.mean;
        clipped.moment += under.moment;
    }
    return clipped;
}

INLINE struct interval clip_soft(const struct clip_shape *shape, const double *line, int n) {
    const double threshold = 1.0 - shape->knee;
    const vec from = load(line + n - 1), to = load(line + n);
    const vec plus = load_wide(shape->rail_plus + n), minus = load_wide(shape->rail_minus + n);
    struct interval clipped = {{0}, {0}};
    if (any((from > plus * threshold) | (to > plus * threshold))) {
        const struct interval over = soft_excess(from, to, plus, shape->knee);
        clipped.mean -= over.mean;
        clipped.moment -= over.moment;
    }
    if (any((from < -minus * threshold) | (to < -minus * threshold))) {
        const struct interval under = soft_excess(-from, -to, minus, shape->knee);
        clipped.mean += under.mean;
        clipped.moment += under.moment;
    }
    return clipped;
}

// A dead zone takes away clamp(x) = relu(x + c) - relu(x - c) - c.
INLINE struct interval dead_zone(double threshold, const double *line, int n) {
    const vec from = load(line + n - 1), to = load(line + n);
    const struct hinge low = hinge(from + threshold, to + threshold);
    const struct hinge high = hinge(from - threshold, to - threshold);
    const struct interval a = integrate(&low);
    const struct interval b = integrate(&high);
    return (struct interval){b.mean - a.mean + threshold, b.moment - a.moment + threshold * 0.5};
}

// Samples begin to end of what a hard edge removes.
INLINE void find_clipped(const struct residue *residue, float *removed, double *last_moment,
                         int begin, int end) {
    const float *late = residue->x - COMPENSATION_LATENCY;
    vecf before = splat_float((float)*last_moment);
    for (int n = begin; n < end; n += WIDTH_FLOAT) {
        const struct interval_float now = clip_hard(residue->shape, late, n);
        store_float(removed + n, shift_in_float(before, now.moment) + now.mean - now.moment);
        before = now.moment;
    }
    *last_moment = (double)before[WIDTH_FLOAT - 1];
}

// The same of the other kinds; `line` has room for both and a group before.
INLINE void find_removed(const struct residue *residue, double *line, float *removed,
                         double *last_moment, int begin, int end) {
    for (int n = begin - LANES; n < end; n += WIDTH) { // straight lines, compensated
        vec sum = {0};
        for (int k = 0; k < 5; ++k) {
            sum += load_wide(residue->x + n - k) * residue->tap[k];
        }
        store(line + n, sum);
    }
    vec before = splat(*last_moment);
    for (int n = begin; n < end; n += WIDTH_FLOAT) {
        vec sum[2];
        for (int p = 0; p < 2; ++p) {
            const int at = n + p * WIDTH;
            const struct interval now = residue->kind == RESIDUE_SOFT
                                            ? clip_soft(residue->shape, line, at)
                                            : dead_zone(residue->threshold, line, at);
            sum[p] = shift_in(before, now.moment) + now.mean - now.moment;
            before = now.moment;
        }
        store_float(removed + n, narrow(sum[0], sum[1]));
    }
    *last_moment = before[WIDTH - 1];
}

// Which groups have anything above what is harmless; returns the highest |x|.
INLINE float find_loud_groups(const struct residue *residue, bool *loud, int count) {
    const vecf harmless = splat_float(residue->harmless);
    vecf highest = {0};
    for (int n = 0; n < count; n += GROUP) {
        vecf size = {0};
        for (int p = 0; p < PARTS_FLOAT; ++p) {
            const float *x = residue->x + n + p * WIDTH_FLOAT;
            size = larger_float(size, magnitude_float(load_float(x)));
        }
        loud[n / GROUP] = any_float(size > harmless) != 0;
        highest = larger_float(highest, size);
    }
    return highest_lane(highest);
}

// A loud sample is felt in its own group and, SHAPER_LATENCY and some samples later, in the next;
// in the one after that, too, if it is compensated before.
INLINE bool is_busy(const struct residue *residue, const bool *loud) {
    return loud[0] || loud[-1] || (residue->kind != RESIDUE_HARD && loud[-2]);
}

INLINE void copy(const float *from, float *to, int count) {
    for (int n = 0; n < count; n += WIDTH_FLOAT) {
        store_float(to + n, load_float(from + n));
    }
}

// to[n] = x[n - SHAPER_LATENCY] + what is removed, compensated
INLINE void join(const struct residue *residue, const float *removed, float *to, int begin,
                 int end) {
    for (int n = begin; n < end; n += WIDTH_FLOAT) {
        vecf sum = load_float(residue->x + n - SHAPER_LATENCY);
        for (int k = 0; k < 5; ++k) {
            sum += load_float(removed + n - k) * (float)residue->tap[k];
        }
        store_float(to + n, sum);
    }
}

INLINE float remove_residue(const struct residue *residue, struct residue_past *past, float *to,
                            int count) {
    double lines[LANES + CHUNK_MAX], *const line = lines + LANES;
    float removals[LANES + CHUNK_MAX], *const removed = removals + LANES;
    bool louds[2 + CHUNK_MAX / GROUP] = {past->loud[0], past->loud[1]}, *const loud = louds + 2;
    const float highest = find_loud_groups(residue, loud, count);
    memcpy(removals, past->removed, sizeof past->removed);
    for (int begin = 0; begin < count;) {
        int end = begin;
        while (end < count && is_busy(residue, loud + end / GROUP)) {
            end += GROUP;
        }
        if (end > begin) {
            if (residue->kind == RESIDUE_HARD) {
                find_clipped(residue, removed, &past->moment, begin, end);
            } else {
                find_removed(residue, line, removed, &past->moment, begin, end);
            }
            join(residue, removed, to, begin, end);
            begin = end;
        } else {
            copy(residue->x + begin - SHAPER_LATENCY, to + begin, GROUP);
            memset(removed + begin + GROUP - LANES, 0, LANES * sizeof *removed);
            begin += GROUP;
        }
    }
    memcpy(past->removed, removed + count - LANES, sizeof past->removed);
    past->loud[0] = louds[count / GROUP];
    past->loud[1] = louds[count / GROUP + 1];
    return highest;
}

// The compensation can raise what is far above the audible band by this much at most.
#define COMPENSATION_MAX 2.0

float KERNEL(clip_soft)(const struct clip_shape *shape, const struct compensation *compensation,
                        const float *x, struct residue_past *past, float *to, int count) {
    const struct residue residue = {
        .kind = RESIDUE_SOFT,
        .shape = shape,
        .harmless = (float)(shape->lowest_rail * (1.0 - shape->knee) / COMPENSATION_MAX),
        .tap = compensation->tap,
        .x = x,
    };
    return remove_residue(&residue, past, to, count);
}

float KERNEL(clip_hard)(const struct clip_shape *shape, const struct compensation *compensation,
                        const float *x, struct residue_past *past, float *to, int count) {
    const struct residue residue = {
        .kind = RESIDUE_HARD,
        .shape = shape,
        .harmless = (float)shape->lowest_rail,
        .tap = compensation->tap,
        .x = x,
    };
    return remove_residue(&residue, past, to, count);
}

void KERNEL(dead_zone)(double threshold, const struct compensation *compensation, const float *x,
                       struct residue_past *past, float *to, int count) {
    const struct residue residue = {
        .kind = RESIDUE_DEAD_ZONE,
        .threshold = threshold,
        .harmless = -1.0f, // there is no such thing
        .tap = compensation->tap,
        .x = x,
    };
    remove_residue(&residue, past, to, count);
}

void KERNEL(polynomial)(float a2, float a3, float bound, float *x, int count) {
    const vecf highest = splat_float(bound);
    for (int n = 0; n < count; n += WIDTH_FLOAT) {
        const vecf d = load_float(x + n);
        const vecf shaped =
            d + d * d * (a2 + d * a3); // in this order small terms keep their digits
        store_float(x + n, larger_float(smaller_float(shaped, highest), -highest));
    }
}
