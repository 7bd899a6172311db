// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "kernel.h"

INLINE vec_u64 rotate_left(vec_u64 x, int bits) {
    return (x << bits) | (x >> (64 - bits));
}

// The next random words (xoshiro256+, whose lowest bits nobody hears).
INLINE vec_u64 draw(vec_u64 s[4]) {
    const vec_u64 word = s[0] + s[3];
    const vec_u64 t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return word;
}

// A word of four 16-bit parts gives two samples, (a + b) + (c + d) and (a + b) - (c + d): nearly
// normal (kurtosis 2.7) and uncorrelated, without a branch or a table, and decimation makes them
// more so. The variance is 4 (2^32 - 1) / 12.
#define SAMPLE_SIGMA 37837.225f

INLINE vecf two_samples_a_word(vec_u64 word) {
    const vecf_mask parts = (vecf_mask)word;
    const vecf_mask pairs = (parts << 16 >> 16) + (parts >> 16);
    const vecf_mask sign = even_odd(0, -1);
    const vecf_mask mean = even_odd(-2, 0); // of a part it is -1/2
    return __builtin_convertvector(swap_pairs(pairs) + (pairs ^ sign) - (sign + mean), vecf);
}

void KERNEL(add_noise)(struct random_lanes *random, float sigma, float *to, int count) {
    const float scale = sigma / SAMPLE_SIGMA;
    for (int p = 0; p < PARTS_FLOAT; ++p) {
        vec_u64 s[4];
        for (int k = 0; k < 4; ++k) {
            s[k] = load_words(&random->state[k][p * WIDTH]);
        }
        for (int n = p * WIDTH_FLOAT; n < count; n += GROUP) {
            store_float(to + n, load_float(to + n) + two_samples_a_word(draw(s)) * scale);
        }
        for (int k = 0; k < 4; ++k) {
            store_words(&random->state[k][p * WIDTH], s[k]);
        }
    }
}

void KERNEL(add_filtered)(const struct noise_filter *filter, float section[NOISE_SECTIONS],
                          const float *noise, float *to, int count) {
    for (int n = 0; n < count; n += GROUP) {
        for (int p = 0; p < PARTS_FLOAT; ++p) { // a part of the outputs
            vecf sum = load_float(to + n + p * WIDTH_FLOAT);
            vecf past = {0};
            for (int i = 0; i < GROUP; ++i) {
                sum += load_float(&filter->answer[i][p * WIDTH_FLOAT]) * noise[n + i];
                past += load_float(&filter->decay[i][p * WIDTH_FLOAT]) * section[i];
            }
            store_float(to + n + p * WIDTH_FLOAT, sum + past);
        }
        for (int p = 0; p < PARTS_FLOAT; ++p) { // a part of the sections
            vecf driven = {0};
            for (int i = 0; i < GROUP; ++i) {
                driven += load_float(&filter->drive[i][p * WIDTH_FLOAT]) * noise[n + i];
            }
            float *state = section + p * WIDTH_FLOAT;
            store_float(state,
                        load_float(&filter->step[p * WIDTH_FLOAT]) * load_float(state) + driven);
        }
    }
}
