// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "mode.h"

#include <math.h>

// Rounding cannot tell such a time constant from zero (inductors in series, which share one
// current, leave exact zeros behind), and no signal can either.
#define MU_FLOOR_S 1e-13

// No mode of a passive network grows. Rounding may make a slow one seem to, and the time constant
// of a fast one seem negative.
double complex mode_exponent(const struct modal *modal, int mode, double step_s) {
    if (cabs(modal->mode[mode].mu) < MU_FLOOR_S) {
        return -INFINITY;
    }
    const double complex q = modal_pole(modal, mode) * step_s;
    if (creal(q) <= 0.0) {
        return q;
    }
    return creal(q) < 1.0 ? I * cimag(q) : -INFINITY;
}

static void set_pair(struct mode_blocks *blocks, int block, double complex lambda) {
    blocks->transition[0][block] = blocks->transition[3][block] = creal(lambda);
    blocks->transition[1][block] = -cimag(lambda);
    blocks->transition[2][block] = cimag(lambda);
}

struct mode_slot mode_blocks_add(struct mode_blocks *blocks, bool pair, double complex lambda) {
    if (!pair && blocks->open > 0) {
        const int block = blocks->open - 1;
        blocks->open = 0;
        blocks->transition[3][block] = creal(lambda);
        return (struct mode_slot){block, 1, false};
    }
    const int block = blocks->count++;
    if (pair) {
        set_pair(blocks, block, lambda);
    } else {
        blocks->transition[0][block] = creal(lambda);
        blocks->open = block + 1;
    }
    return (struct mode_slot){block, 0, pair};
}
