// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// A network's modes in discrete time: their decay, and how they share vectors.
#ifndef LOADLINE_MODE_H
#define LOADLINE_MODE_H

#include "modal.h"
#include "simd.h"

#define MODE_BLOCKS (((MODAL_MAX + 1) / 2 + LANES - 1) / LANES * LANES + LANES)

// p h, the pole times the step; -INFINITY where rounding cannot tell it from there. Its real part
// is never above zero. Real-time safe.
double complex mode_exponent(const struct modal *modal, int mode, double step_s);

// Modes live in blocks of two real states (a conjugate pair's real and imaginary part, or two real
// poles). Four blocks make a vector.
struct mode_blocks {
    int count;
    int open; // the block that waits for its second real pole, plus one; 0: none
    _Alignas(32) double transition[4][MODE_BLOCKS]; // a 2 x 2 matrix for each block, row by row
};

struct mode_slot {
    int block, half;
    bool pair;
};

struct mode_slot mode_blocks_add(struct mode_blocks *blocks, bool pair, double complex lambda);

// The two coefficients with which Re(c x) reads a slot's state; of a pair, both conjugates.
struct mode_reading {
    double re, im;
};

static inline struct mode_reading mode_reading(struct mode_slot slot, double complex c) {
    return slot.pair ? (struct mode_reading){2.0 * creal(c), -2.0 * cimag(c)}
                     : (struct mode_reading){creal(c), 0.0};
}

#endif
