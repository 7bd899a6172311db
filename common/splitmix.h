// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// A small random generator, splitmix64 (Steele, Lea and Flood 2014): one word of state, every seed
// is good. For single draws; whole signals of noise come from kernels.h. Real-time safe.
#ifndef LOADLINE_SPLITMIX_H
#define LOADLINE_SPLITMIX_H

#include <stdint.h>

struct splitmix {
    uint64_t state;
};

static inline uint64_t splitmix_word(struct splitmix *random) {
    random->state += 0x9e3779b97f4a7c15ULL;
    uint64_t z = random->state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

// Evenly from -1 to below 1; the variance is 1/3.
static inline double splitmix_even(struct splitmix *random) {
    return (double)(int64_t)splitmix_word(random) * 0x1p-63;
}

// Nearly normal (kurtosis 2.7), of unit variance: the sum of the four 16-bit parts of a word, whose
// mean is 2 (2^16 - 1) and whose variance is 4 (2^32 - 1) / 12.
static inline double splitmix_normal(struct splitmix *random) {
    const uint64_t word = splitmix_word(random);
    const uint64_t sum =
        (word & 0xffff) + (word >> 16 & 0xffff) + (word >> 32 & 0xffff) + (word >> 48);
    return ((double)sum - 131070.0) / 37837.225;
}

#endif
