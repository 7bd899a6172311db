// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "kernel.h"

INLINE vec_u64 rotate_left(vec_u64 x, int bits) {
    return (x << bits) | (x >> (64 - bits));
}

// The sum of four 16-bit parts of a random word is nearly normal (kurtosis 2.7), takes no branch
// and no table, and decimation makes it more so. Its variance is 4 (2^32 - 1) / 12.
#define PART_SIGMA 37837.225

void KERNEL(add_noise)(struct random_lanes *random, double sigma, double *to, int count) {
    const double scale = sigma / PART_SIGMA;
    for (int p = 0; p < PARTS; ++p) {
        vec_u64 s[4];
        for (int k = 0; k < 4; ++k) {
            s[k] = load_words(&random->state[k][p * WIDTH]);
        }
        for (int n = p * WIDTH; n < count; n += LANES) {
            const vec_u64 word = s[0] + s[3]; // xoshiro256+, whose lowest bits nobody hears
            const vec_u64 t = s[1] << 17;
            s[2] ^= s[0];
            s[3] ^= s[1];
            s[1] ^= s[2];
            s[0] ^= s[3];
            s[2] ^= t;
            s[3] = rotate_left(s[3], 45);
            const vec_u64 low = 0xffff & word;
            const vec_u64 sum =
                low + (0xffff & (word >> 16)) + (0xffff & (word >> 32)) + (word >> 48);
            // A small integer becomes a double by its place in the mantissa of 2^52.
            const vec value = (vec)(sum | 0x4330000000000000ULL) - (4503599627370496.0 + 131070.0);
            store(to + n, load(to + n) + value * scale);
        }
        for (int k = 0; k < 4; ++k) {
            store_words(&random->state[k][p * WIDTH], s[k]);
        }
    }
}

#define SECTION_PARTS (NOISE_SECTIONS / WIDTH)

void KERNEL(add_filtered)(const struct noise_filter *filter, double section[NOISE_SECTIONS],
                          const double *noise, double *to, int count) {
    vec state[SECTION_PARTS];
    for (int k = 0; k < SECTION_PARTS; ++k) {
        state[k] = load(section + k * WIDTH);
    }
    for (int n = 0; n < count; n += LANES) {
        vec sum[LANES];
        double total[LANES];
        for (int i = 0; i < LANES; ++i) {
            sum[i] = (vec){0};
            for (int k = 0; k < SECTION_PARTS; ++k) {
                state[k] = load(filter->pole + k * WIDTH) * state[k] + noise[n + i];
                sum[i] += load(filter->residue + k * WIDTH) * state[k];
            }
        }
        sum_lanes(sum[0], sum[1], sum[2], sum[3], total);
        for (int i = 0; i < LANES; ++i) {
            to[n + i] += filter->direct * noise[n + i] + total[i];
        }
    }
    for (int k = 0; k < SECTION_PARTS; ++k) {
        store(section + k * WIDTH, state[k]);
    }
}
