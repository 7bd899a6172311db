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
// more so. The variance is 4 (2^32 - 1) / 12, the square of RANDOM_SIGMA.
INLINE vecf two_samples_a_word(vec_u64 word) {
    const vecf_mask parts = (vecf_mask)word;
    const vecf_mask pairs = (parts << 16 >> 16) + (parts >> 16);
    const vecf_mask sign = even_odd(0, -1);
    const vecf_mask mean = even_odd(-2, 0); // of a part it is -1/2
    return __builtin_convertvector(swap_pairs(pairs) + (pairs ^ sign) - (sign + mean), vecf);
}

// to[n] = base[n] + scale drawn[n]; without a base, base[n] is zero.
INLINE void draw_samples(struct random_lanes *random, float scale, const float *base, float *to,
                         int count) {
    for (int p = 0; p < PARTS_FLOAT; ++p) {
        vec_u64 s[4];
        for (int k = 0; k < 4; ++k) {
            s[k] = load_words(&random->state[k][p * WIDTH]);
        }
        for (int n = p * WIDTH_FLOAT; n < count; n += GROUP) {
            const vecf noise = two_samples_a_word(draw(s)) * scale;
            store_float(to + n, base ? load_float(base + n) + noise : noise);
        }
        for (int k = 0; k < 4; ++k) {
            store_words(&random->state[k][p * WIDTH], s[k]);
        }
    }
}

void KERNEL(add_white_noise)(struct random_lanes *random, float scale, float *to, int count) {
    draw_samples(random, scale, to, to, count);
}

// What the inputs and the past make of a group.
INLINE void add_outputs(const struct noise_filter *filter, const float section[NOISE_SECTIONS],
                        const float drawn[GROUP], float *to) {
    for (int p = 0; p < PARTS_FLOAT; ++p) {
        const int at = p * WIDTH_FLOAT;
        vecf sum = load_float(to + at), past = {0};
        for (int i = 0; i < GROUP; ++i) {
            sum += load_float(&filter->answer[i][at]) * drawn[i];
            past += load_float(&filter->decay[i][at]) * section[i];
        }
        store_float(to + at, sum + past);
    }
}

INLINE void advance_sections(const struct noise_filter *filter, float section[NOISE_SECTIONS],
                             const float drawn[GROUP]) {
    for (int p = 0; p < PARTS_FLOAT; ++p) {
        const int at = p * WIDTH_FLOAT;
        vecf driven = {0};
        for (int i = 0; i < GROUP; ++i) {
            driven += load_float(&filter->drive[i][at]) * drawn[i];
        }
        store_float(section + at,
                    load_float(&filter->step[at]) * load_float(section + at) + driven);
    }
}

void KERNEL(add_colored_noise)(const struct noise_filter *filter, struct random_lanes *random,
                               float section[NOISE_SECTIONS], float *to, int count) {
    float drawn[CHUNK_MAX];
    draw_samples(random, 1.0f, NULL, drawn, count);
    for (int n = 0; n < count; n += GROUP) {
        add_outputs(filter, section, drawn + n, to + n);
        advance_sections(filter, section, drawn + n);
    }
}
