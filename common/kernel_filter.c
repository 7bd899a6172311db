// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC

// What gcc would carry from one turn of a loop to the next does not fit into the registers beside
// the sums.
#ifndef __clang__
#pragma GCC optimize("no-predictive-commoning")
#endif

#include "kernel.h"

// Vectors of outputs of each channel at a time: they share the load of a coefficient, and their
// sums keep the adders busy.
#define FIR_PARTS 4

struct fir_sums {
    vecf part[2][FIR_PARTS];
};

INLINE void add_tap(const struct fir *fir, const float *const from[2], int n, int tap,
                    struct fir_sums *sums, int parts) {
    const float coefficient = fir->coefficient[tap];
    for (int channel = 0; channel < 2; ++channel) {
        for (int p = 0; p < parts; ++p) {
            const float *x = from[channel] + n - tap + p * WIDTH_FLOAT;
            sums->part[channel][p] += load_float(x) * coefficient;
        }
    }
}

// A tap, and the one a vector's width later: it wants the vectors of the first one again, each for
// the next outputs. (Loads are what these loops wait for.)
INLINE void add_tap_pair(const struct fir *fir, const float *const from[2], int n, int tap,
                         struct fir_sums *sums, int parts) {
    const float first = fir->coefficient[tap], second = fir->coefficient[tap + WIDTH_FLOAT];
    for (int channel = 0; channel < 2; ++channel) {
        const float *x = from[channel] + n - tap;
        vecf before = load_float(x - WIDTH_FLOAT);
        for (int p = 0; p < parts; ++p) {
            const float *at = x + p * WIDTH_FLOAT;
            const vecf now = p + 1 < parts ? load_to_keep(at) : load_float(at);
            sums->part[channel][p] += now * first;
            sums->part[channel][p] += before * second;
            before = now;
        }
    }
}

// Adds what a filter makes of samples n and later; each sum in the same order, however many parts.
INLINE void add_filtered(const struct fir *fir, const float *const from[2], int n,
                         struct fir_sums *sums, int parts) {
    n -= fir->delay;
    for (int begin = 0; begin < WIDTH_FLOAT && begin < fir->taps; ++begin) {
        int tap = begin;
        for (; tap + WIDTH_FLOAT < fir->taps; tap += 2 * WIDTH_FLOAT) {
            add_tap_pair(fir, from, n, tap, sums, parts);
        }
        if (tap < fir->taps) {
            add_tap(fir, from, n, tap, sums, parts);
        }
    }
}

INLINE void filter(const struct fir *fir, const float *const from[2], float *const to[2], int n,
                   int parts) {
    struct fir_sums sums = {0};
    add_filtered(fir, from, n, &sums, parts);
    for (int channel = 0; channel < 2; ++channel) {
        for (int p = 0; p < parts; ++p) {
            store_float(to[channel] + n + p * WIDTH_FLOAT, sums.part[channel][p]);
        }
    }
}

INLINE void up(const struct halfband_filter *filter, const float *const from[2], float *const to[2],
               int n, int parts) {
    struct fir_sums first = {0}, second = {0};
    add_filtered(&filter->phase[0], from, n, &first, parts);
    add_filtered(&filter->phase[1], from, n, &second, parts);
    for (int channel = 0; channel < 2; ++channel) {
        for (int p = 0; p < parts; ++p) {
            const vecf a = first.part[channel][p], b = second.part[channel][p];
            float *pairs = to[channel] + 2 * (n + p * WIDTH_FLOAT);
            store_float(pairs, interleave_low(a, b));
            store_float(pairs + WIDTH_FLOAT, interleave_high(a, b));
        }
    }
}

INLINE void down(const struct halfband_filter *filter, const float *const even[2],
                 const float *const odd[2], float *const to[2], int n, int parts) {
    struct fir_sums sums = {0};
    add_filtered(&filter->phase[0], odd, n, &sums, parts);
    add_filtered(&filter->phase[1], even, n, &sums, parts);
    for (int channel = 0; channel < 2; ++channel) {
        for (int p = 0; p < parts; ++p) {
            store_float(to[channel] + n + p * WIDTH_FLOAT, sums.part[channel][p] * 0.5f);
        }
    }
}

void KERNEL(filter)(const struct fir *fir, const float *const from[2], float *const to[2],
                    int count) {
    int n = 0;
    for (; n + FIR_PARTS * WIDTH_FLOAT <= count; n += FIR_PARTS * WIDTH_FLOAT) {
        filter(fir, from, to, n, FIR_PARTS);
    }
    for (; n < count; n += GROUP) {
        filter(fir, from, to, n, PARTS_FLOAT);
    }
}

void KERNEL(keep_past)(float *from, int past, int count) {
    for (int n = -past; n < 0; n += WIDTH_FLOAT) {
        store_float(from + n, load_float(from + n + count));
    }
}

void KERNEL(halfband_up)(const struct halfband_filter *filter, float *const from[2],
                         float *const to[2], int past, int count) {
    const float *const in[2] = {from[0], from[1]};
    int n = 0;
    for (; n + FIR_PARTS * WIDTH_FLOAT <= count; n += FIR_PARTS * WIDTH_FLOAT) {
        up(filter, in, to, n, FIR_PARTS);
    }
    for (; n < count; n += GROUP) {
        up(filter, in, to, n, PARTS_FLOAT);
    }
    KERNEL(keep_past)(from[0], past, count);
    KERNEL(keep_past)(from[1], past, count);
}

void KERNEL(halfband_down)(const struct halfband_filter *filter, float *const even[2],
                           float *const odd[2], float *const to[2], int past, int count) {
    const float *const evens[2] = {even[0], even[1]}, *const odds[2] = {odd[0], odd[1]};
    int n = 0;
    for (; n + FIR_PARTS * WIDTH_FLOAT <= count; n += FIR_PARTS * WIDTH_FLOAT) {
        down(filter, evens, odds, to, n, FIR_PARTS);
    }
    for (; n < count; n += GROUP) {
        down(filter, evens, odds, to, n, PARTS_FLOAT);
    }
    for (int channel = 0; channel < 2; ++channel) {
        KERNEL(keep_past)(even[channel], past, count);
        KERNEL(keep_past)(odd[channel], past, count);
    }
}

void KERNEL(separate)(const float *from, float *even, float *odd, int count) {
    for (int n = 0; n < count; n += WIDTH_FLOAT) {
        const vecf a = load_float(from + 2 * n);
        const vecf b = load_float(from + 2 * n + WIDTH_FLOAT);
        store_float(even + n, even_lanes(a, b));
        store_float(odd + n, odd_lanes(a, b));
    }
}

void KERNEL(short_fir)(const double tap[5], const float *from, const float *late, float *to,
                       int count) {
    for (int n = 0; n < count; n += WIDTH_FLOAT) {
        vecf sum = load_float(late + n);
        for (int k = 0; k < 5; ++k) {
            sum += load_float(from + n - k) * (float)tap[k];
        }
        store_float(to + n, sum);
    }
}
