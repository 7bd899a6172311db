// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Vectors for the hot loops. A file kernel_*.c is compiled once for each kind of machine
// (kernels.h); a vector is as wide as that machine's registers. Signals are single precision and
// come in groups of GROUP samples; what adds up over time is double, laid out in memory for LANES
// at a time.
#ifndef LOADLINE_SIMD_H
#define LOADLINE_SIMD_H

#include <stdint.h>
#ifdef __SSE2__
#include <immintrin.h>
#endif

#define INLINE static inline __attribute__((always_inline))

#define GROUP 8 // samples that a loop takes at a time
#define LANES 4 // doubles

#ifdef __AVX__
#define VECTOR_BYTES 32
#else
#define VECTOR_BYTES 16
#endif
#define WIDTH       (VECTOR_BYTES / 8) // doubles in a vector
#define WIDTH_FLOAT (VECTOR_BYTES / 4)
#define PARTS       (GROUP / WIDTH) // vectors in a group
#define PARTS_FLOAT (GROUP / WIDTH_FLOAT)

typedef double vec __attribute__((vector_size(VECTOR_BYTES)));
typedef long long vec_mask __attribute__((vector_size(VECTOR_BYTES)));
typedef float vecf __attribute__((vector_size(VECTOR_BYTES)));
typedef int vecf_mask __attribute__((vector_size(VECTOR_BYTES)));
typedef unsigned long long vec_u64 __attribute__((vector_size(VECTOR_BYTES)));

// The same at any alignment. (Copying with memcpy instead may split a vector in two, and a whole
// load after two half stores stalls.)
typedef double vec_unaligned __attribute__((vector_size(VECTOR_BYTES), aligned(8), may_alias));
typedef float vecf_unaligned __attribute__((vector_size(VECTOR_BYTES), aligned(4), may_alias));
typedef unsigned long long vec_u64_unaligned
    __attribute__((vector_size(VECTOR_BYTES), aligned(8), may_alias));

INLINE vec load(const double *from) {
    return *(const vec_unaligned *)from;
}

INLINE void store(double *to, vec value) {
    *(vec_unaligned *)to = value;
}

INLINE vecf load_float(const float *from) {
    return *(const vecf_unaligned *)from;
}

// Loaded once; the compiler would rather load it again wherever it is used.
INLINE vecf load_to_keep(const float *from) {
    vecf value = load_float(from);
#ifdef __SSE2__
    __asm__("" : "+x"(value));
#endif
    return value;
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

// The same in every lane. (Taking away zero changes nothing, which the compiler knows; adding it
// would make 0 of -0.)
INLINE vec splat(double x) {
    return x - (vec){0};
}

INLINE vecf splat_float(float x) {
    return x - (vecf){0};
}

// WIDTH floats as doubles.
INLINE vec load_wide(const float *from) {
#if defined(__AVX__)
    return _mm256_cvtps_pd(_mm_loadu_ps(from));
#elif defined(__SSE2__)
    return _mm_cvtps_pd(_mm_castsi128_ps(_mm_loadl_epi64((const __m128i_u *)from)));
#else
    vec value;
    for (int i = 0; i < WIDTH; ++i) {
        value[i] = (double)from[i];
    }
    return value;
#endif
}

// And back.
INLINE void store_narrow(float *to, vec value) {
#if defined(__AVX__)
    _mm_storeu_ps(to, _mm256_cvtpd_ps(value));
#elif defined(__SSE2__)
    _mm_storel_epi64((__m128i_u *)to, _mm_castps_si128(_mm_cvtpd_ps(value)));
#else
    for (int i = 0; i < WIDTH; ++i) {
        to[i] = (float)value[i];
    }
#endif
}

// Two vectors of doubles as one of floats.
INLINE vecf narrow(vec low, vec high) {
#if defined(__AVX__)
    return _mm256_set_m128(_mm256_cvtpd_ps(high), _mm256_cvtpd_ps(low));
#elif defined(__SSE2__)
    return _mm_movelh_ps(_mm_cvtpd_ps(low), _mm_cvtpd_ps(high));
#else
    vecf value;
    for (int i = 0; i < WIDTH; ++i) {
        value[i] = (float)low[i];
        value[WIDTH + i] = (float)high[i];
    }
    return value;
#endif
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

INLINE vecf smaller_float(vecf a, vecf b) {
#if defined(__AVX__)
    return _mm256_min_ps(a, b);
#elif defined(__SSE2__)
    return _mm_min_ps(a, b);
#else
    return -larger_float(-a, -b);
#endif
}

INLINE float highest_lane(vecf x) {
    float result = x[0];
    for (int i = 1; i < WIDTH_FLOAT; ++i) {
        result = x[i] > result ? x[i] : result;
    }
    return result;
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

// a0 a2 a4 ... b0 b2 b4 ..., and a1 a3 a5 ...
INLINE vecf even_lanes(vecf a, vecf b) {
#if WIDTH_FLOAT == 8
    return __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14);
#else
    return __builtin_shufflevector(a, b, 0, 2, 4, 6);
#endif
}

INLINE vecf odd_lanes(vecf a, vecf b) {
#if WIDTH_FLOAT == 8
    return __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15);
#else
    return __builtin_shufflevector(a, b, 1, 3, 5, 7);
#endif
}

// a1 a0 a3 a2 ...
INLINE vecf_mask swap_pairs(vecf_mask a) {
#if WIDTH_FLOAT == 8
    return __builtin_shufflevector(a, a, 1, 0, 3, 2, 5, 4, 7, 6);
#else
    return __builtin_shufflevector(a, a, 1, 0, 3, 2);
#endif
}

INLINE vecf_mask even_odd(int even, int odd) {
#if WIDTH_FLOAT == 8
    return (vecf_mask){even, odd, even, odd, even, odd, even, odd};
#else
    return (vecf_mask){even, odd, even, odd};
#endif
}

// The last of a, then all but the last of b.
INLINE vec shift_in(vec a, vec b) {
#if WIDTH == 4
    return __builtin_shufflevector(a, b, 3, 4, 5, 6);
#else
    return __builtin_shufflevector(a, b, 1, 2);
#endif
}

INLINE vecf shift_in_float(vecf a, vecf b) {
#if WIDTH_FLOAT == 8
    return __builtin_shufflevector(a, b, 7, 8, 9, 10, 11, 12, 13, 14);
#else
    return __builtin_shufflevector(a, b, 3, 4, 5, 6);
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

INLINE int any_float(vecf_mask mask) {
#if defined(__AVX__)
    return _mm256_movemask_ps((__m256)mask);
#elif defined(__SSE2__)
    return _mm_movemask_ps((__m128)mask);
#else
    int bits = 0;
    for (int i = 0; i < WIDTH_FLOAT; ++i) {
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

INLINE vecf keep_float(vecf_mask mask, vecf value) {
    return (vecf)(mask & (vecf_mask)value);
}

INLINE vec choose(vec_mask mask, vec yes, vec no) {
    return (vec)((mask & (vec_mask)yes) | (~mask & (vec_mask)no));
}

INLINE vecf choose_float(vecf_mask mask, vecf yes, vecf no) {
    return (vecf)((mask & (vecf_mask)yes) | (~mask & (vecf_mask)no));
}

#endif
