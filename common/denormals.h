// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Denormal numbers cost a hundred times as much as others, and silence is full of them. Between
// these two calls they count as zero. Elsewhere than on x86 nothing happens.
#ifndef LOADLINE_DENORMALS_H
#define LOADLINE_DENORMALS_H

#ifdef __SSE2__
#include <xmmintrin.h>

#define DENORMALS_OFF 0x8040u // flush to zero, denormals are zero

// Returns what denormals_restore() takes.
static inline unsigned denormals_off(void) {
    const unsigned before = _mm_getcsr();
    _mm_setcsr(before | DENORMALS_OFF);
    return before;
}

static inline void denormals_restore(unsigned before) {
    _mm_setcsr(before);
}

#else

static inline unsigned denormals_off(void) {
    return 0;
}

static inline void denormals_restore(unsigned before) {
    (void)before;
}

#endif
#endif
