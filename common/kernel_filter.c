// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "kernel.h"

// Outputs at a time: more of them share the loads of a coefficient.
#define FIR_WIDE   16
#define FIR_NARROW 8
#define FIR_PARTS  (FIR_WIDE / WIDTH_FLOAT)

struct fir_sums {
    vecf part[FIR_PARTS];
};

// The symmetric half of a half-band filter, `parts` vectors of outputs. Two sums keep the adders
// busy.
INLINE struct fir_sums fir(const float *coefficient, int pairs, const float *from, int parts) {
    struct fir_sums even, odd;
    const float *newest = from;
    const float *oldest = from - 2 * pairs + 1;
    for (int p = 0; p < parts; ++p) {
        even.part[p] = odd.part[p] = (vecf){0};
    }
    int i = 0;
    for (; i + 1 < pairs; i += 2) {
        for (int p = 0; p < parts; ++p) {
            const int at = p * WIDTH_FLOAT;
            even.part[p] +=
                (load_float(newest - i + at) + load_float(oldest + i + at)) * coefficient[i];
            odd.part[p] += (load_float(newest - i - 1 + at) + load_float(oldest + i + 1 + at)) *
                           coefficient[i + 1];
        }
    }
    for (int p = 0; p < parts; ++p) {
        const int at = p * WIDTH_FLOAT;
        if (i < pairs) {
            even.part[p] +=
                (load_float(newest - i + at) + load_float(oldest + i + at)) * coefficient[i];
        }
        even.part[p] += odd.part[p];
    }
    return even;
}

INLINE void up(const float *coefficient, int pairs, const float *from, float *to, int parts) {
    const struct fir_sums sum = fir(coefficient, pairs, from, parts);
    for (int p = 0; p < parts; ++p) {
        const int at = p * WIDTH_FLOAT;
        const vecf late = load_float(from + at - (pairs - 1));
        store_float(to + 2 * at, interleave_low(sum.part[p], late));
        store_float(to + 2 * at + WIDTH_FLOAT, interleave_high(sum.part[p], late));
    }
}

INLINE void down(const float *coefficient, int pairs, const float *even, const float *odd,
                 float *to, int parts) {
    const struct fir_sums sum = fir(coefficient, pairs, odd, parts);
    for (int p = 0; p < parts; ++p) {
        const int at = p * WIDTH_FLOAT;
        store_float(to + at, (sum.part[p] + load_float(even + at - (pairs - 1))) * 0.5f);
    }
}

void KERNEL(halfband_up)(const float *coefficient, int pairs, const float *from, float *to,
                         int count) {
    int n = 0;
    for (; n + FIR_WIDE <= count; n += FIR_WIDE) {
        up(coefficient, pairs, from + n, to + 2 * n, FIR_WIDE / WIDTH_FLOAT);
    }
    for (; n < count; n += FIR_NARROW) {
        up(coefficient, pairs, from + n, to + 2 * n, FIR_NARROW / WIDTH_FLOAT);
    }
}

void KERNEL(halfband_down)(const float *coefficient, int pairs, const float *even, const float *odd,
                           float *to, int count) {
    int n = 0;
    for (; n + FIR_WIDE <= count; n += FIR_WIDE) {
        down(coefficient, pairs, even + n, odd + n, to + n, FIR_WIDE / WIDTH_FLOAT);
    }
    for (; n < count; n += FIR_NARROW) {
        down(coefficient, pairs, even + n, odd + n, to + n, FIR_NARROW / WIDTH_FLOAT);
    }
}

void KERNEL(separate)(const double *from, float *even, float *odd, int count) {
    for (int n = 0; n < count; ++n) {
        even[n] = (float)from[2 * n];
        odd[n] = (float)from[2 * n + 1];
    }
}

// y = c (x - y[-1]) + x[-1], section after section.
INLINE void allpass(struct allpass_pair *filter, double x[LANES]) {
    vec value[PARTS];
    for (int p = 0; p < PARTS; ++p) {
        value[p] = load(x + p * WIDTH);
        for (int s = 0; s < filter->section_count; ++s) {
            const int at = p * WIDTH;
            const vec y =
                load(&filter->coefficient[s][at]) * (value[p] - load(&filter->out[s][at])) +
                load(&filter->in[s][at]);
            store(&filter->in[s][at], value[p]);
            store(&filter->out[s][at], y);
            value[p] = y;
        }
        store(x + p * WIDTH, value[p]);
    }
}

void KERNEL(allpass_up)(struct allpass_pair *filter, const double *left, const double *right,
                        double *left_up, double *right_up, int count) {
    for (int n = 0; n < count; ++n) {
        _Alignas(32) double lane[LANES] = {left[n], right[n], left[n], right[n]};
        allpass(filter, lane);
        left_up[2 * n] = lane[0];
        right_up[2 * n] = lane[1];
        left_up[2 * n + 1] = lane[2];
        right_up[2 * n + 1] = lane[3];
    }
}

void KERNEL(allpass_down)(struct allpass_pair *filter, const double *left_up,
                          const double *right_up, double *left, double *right, int count) {
    for (int n = 0; n < count; ++n) {
        _Alignas(32) double lane[LANES] = {left_up[2 * n + 1], right_up[2 * n + 1], left_up[2 * n],
                                           right_up[2 * n]};
        allpass(filter, lane);
        left[n] = 0.5 * (lane[0] + lane[2]);
        right[n] = 0.5 * (lane[1] + lane[3]);
    }
}

void KERNEL(short_fir)(const double tap[5], const double *from, const double *late, double *to,
                       int count) {
    for (int n = 0; n < count; n += WIDTH) {
        vec sum = load(from + n) * tap[0];
        for (int k = 1; k < 5; ++k) {
            sum += load(from + n - k) * tap[k];
        }
        store(to + n, late ? sum + load(late + n) : sum);
    }
}

void KERNEL(rotate_mid_side)(double scale, double *a, double *b, int count) {
    for (int n = 0; n < count; n += WIDTH) {
        const vec x = load(a + n);
        const vec y = load(b + n);
        store(a + n, (x + y) * scale);
        store(b + n, (x - y) * scale);
    }
}

void KERNEL(scale)(double factor, const double *from, double *to, int count) {
    for (int n = 0; n < count; n += WIDTH) {
        store(to + n, load(from + n) * factor);
    }
}

void KERNEL(subtract)(const double *a, const double *b, double *to, int count) {
    for (int n = 0; n < count; n += WIDTH) {
        store(to + n, load(a + n) - load(b + n));
    }
}

void KERNEL(widen)(const float *from, double *to, int count) {
    for (int n = 0; n < count; ++n) {
        to[n] = (double)from[n];
    }
}

void KERNEL(narrow)(const double *from, float *to, int count) {
    for (int n = 0; n < count; ++n) {
        to[n] = (float)from[n];
    }
}

INLINE double highest_lane(vec x) {
    double result = x[0];
    for (int i = 1; i < WIDTH; ++i) {
        result = x[i] > result ? x[i] : result;
    }
    return result;
}

double KERNEL(peak)(const double *x, int count) {
    vec highest = {0};
    for (int n = 0; n < count; n += WIDTH) {
        highest = larger(highest, magnitude(load(x + n)));
    }
    return highest_lane(highest);
}

struct signal_power KERNEL(power)(const double *driver_v, const double *leg_a, int count) {
    vec peak_v = {0}, peak_a = {0}, sum = {0};
    for (int n = 0; n < count; n += WIDTH) {
        const vec v = load(driver_v + n);
        const vec a = load(leg_a + n);
        peak_v = larger(peak_v, magnitude(v));
        peak_a = larger(peak_a, magnitude(a));
        sum += v * a;
    }
    double total = 0.0;
    for (int i = 0; i < WIDTH; ++i) {
        total += sum[i];
    }
    return (struct signal_power){highest_lane(peak_v), highest_lane(peak_a), total / count};
}

void KERNEL(multiply)(float factor, const float *a, const float *b, float *to, int count) {
    for (int n = 0; n < count; n += WIDTH_FLOAT) {
        store_float(to + n, load_float(a + n) * load_float(b + n) * factor);
    }
}

float KERNEL(peak_float)(const float *x, int count) {
    vecf highest = {0};
    for (int n = 0; n < count; n += WIDTH_FLOAT) {
        highest = larger_float(highest, magnitude_float(load_float(x + n)));
    }
    float result = 0.0f;
    for (int i = 0; i < WIDTH_FLOAT; ++i) {
        result = highest[i] > result ? highest[i] : result;
    }
    return result;
}
