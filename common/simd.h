// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Vectors for the hot loops. A file kernel_*.c is compiled once for each kind of machine
// (kernels.h); a vector is as wide as that machine's registers, while everything in memory is laid
// out for groups of LANES samples.
#ifndef LOADLINE_SIMD_H
#define LOADLINE_SIMD_H

#include <stdint.h>
#ifdef __SSE2__
#include <immintrin.h>
#endif

#define INLINE static inline __attribute__((always_inline))

#define LANES 4 // doubles in a group

#ifdef __AVX__
#define VECTOR_BYTES 32
#else
#define VECTOR_BYTES 16
#endif
#define WIDTH       (VECTOR_BYTES / 8) // doubles in a vector
#define WIDTH_FLOAT (VECTOR_BYTES / 4)
#define PARTS       (LANES / WIDTH) // vectors in a group

typedef double vec __attribute__((vector_size(VECTOR_BYTES)));
typedef long long vec_mask __attribute__((vector_size(VECTOR_BYTES)));
typedef unsigned long long vec_u64 __attribute__((vector_size(VECTOR_BYTES)));
typedef float vecf __attribute__((vector_size(VECTOR_BYTES)));
typedef int vecf_mask __attribute__((vector_size(VECTOR_BYTES)));

// The same at any alignment. (Copying with memcpy instead may split a vector in two, and a whole
// load after two half stores stalls.)
typedef double vec_unaligned __attribute__((vector_size(VECTOR_BYTES), aligned(8), may_alias));
typedef unsigned long long vec_u64_unaligned
    __attribute__((vector_size(VECTOR_BYTES), aligned(8), may_alias));
typedef float vecf_unaligned __attribute__((vector_size(VECTOR_BYTES), aligned(4), may_alias));

INLINE vec load(const double *from) {
    return *(const vec_unaligned *)from;
}

INLINE void store(double *to, vec value) {
    *(vec_unaligned *)to = value;
}

INLINE vecf load_float(const float *from) {
    return *(const vecf_unaligned *)from;
}

INLINE void store_float(float *to, vecf value) {
    *(vecf_unaligned *)to = value;
}

INLINE vec_u64 load_words(const uint64_t *from) {
    return *(const vec_u64_unaligned *)from;
}

INLINE void store_words(uint64_t *to, vec_u64 value) {
    *(vec_u64_unaligned *)to = value;
}

INLINE vec magnitude(vec x) {
    return (vec)((vec_mask)x & 0x7fffffffffffffffLL);
}

INLINE vecf magnitude_float(vecf x) {
    return (vecf)((vecf_mask)x & 0x7fffffff);
}

INLINE vecf larger_float(vecf a, vecf b) {
#if defined(__AVX__)
    return _mm256_max_ps(a, b);
#elif defined(__SSE2__)
    return _mm_max_ps(a, b);
#else
    const vecf_mask mask = a > b;
    return (vecf)((mask & (vecf_mask)a) | (~mask & (vecf_mask)b));
#endif
}

// a0 b0 a1 b1 ... from the lower and the upper halves
INLINE vecf interleave_low(vecf a, vecf b) {
#if WIDTH_FLOAT == 8
    return __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
#else
    return __builtin_shufflevector(a, b, 0, 4, 1, 5);
#endif
}

INLINE vecf interleave_high(vecf a, vecf b) {
#if WIDTH_FLOAT == 8
    return __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
#else
    return __builtin_shufflevector(a, b, 2, 6, 3, 7);
#endif
}

INLINE vec larger(vec a, vec b) {
#if defined(__AVX__)
    return _mm256_max_pd(a, b);
#elif defined(__SSE2__)
    return _mm_max_pd(a, b);
#else
    const vec_mask mask = a > b;
    return (vec)((mask & (vec_mask)a) | (~mask & (vec_mask)b));
#endif
}

INLINE int any(vec_mask mask) {
#if defined(__AVX__)
    return _mm256_movemask_pd((__m256d)mask);
#elif defined(__SSE2__)
    return _mm_movemask_pd((__m128d)mask);
#else
    long long bits = 0;
    for (int i = 0; i < WIDTH; ++i) {
        bits |= mask[i];
    }
    return bits != 0;
#endif
}

// The sums over the lanes of four vectors.
INLINE void sum_lanes(vec a, vec b, vec c, vec d, double sum[4]) {
#if defined(__AVX__)
    const vec ab = _mm256_hadd_pd(a, b);
    const vec cd = _mm256_hadd_pd(c, d);
    store(sum, _mm256_permute2f128_pd(ab, cd, 0x21) + _mm256_blend_pd(ab, cd, 0xc));
#else
    const vec x[4] = {a, b, c, d};
    for (int k = 0; k < 4; ++k) {
        sum[k] = x[k][0];
        for (int i = 1; i < WIDTH; ++i) {
            sum[k] += x[k][i];
        }
    }
#endif
}

// value where the mask is set, else 0
INLINE vec keep(vec_mask mask, vec value) {
    return (vec)(mask & (vec_mask)value);
}

INLINE vec choose(vec_mask mask, vec yes, vec no) {
    return (vec)((mask & (vec_mask)yes) | (~mask & (vec_mask)no));
}

#endif
