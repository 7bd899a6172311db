// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "causal.h"

#include <math.h>
#include <string.h>

#define RESIDUE_FLOOR 1e-12 // as a part of the gain: such modes are too fast to need a state

void causal_begin(struct causal *causal, const struct modal *modal) {
    memset(causal, 0, sizeof *causal);
    memcpy(causal->gain, modal->at_shift, sizeof causal->gain);
}

static void read_state(double residue[2][MODE_BLOCKS], struct mode_slot slot, double complex c) {
    const struct mode_reading reading = mode_reading(slot, c);
    residue[slot.half][slot.block] = reading.re;
    if (slot.pair) {
        residue[1][slot.block] = reading.im;
    }
}

static void add_states(struct causal *causal, bool pair, double complex lambda,
                       const double complex rho[MODAL_OUTPUTS]) {
    const struct mode_slot slot = mode_blocks_add(&causal->blocks, pair, lambda);
    causal->drive[slot.half][slot.block] = 1.0;
    for (int output = 0; output < MODAL_OUTPUTS; ++output) {
        read_state(causal->residue[output], slot, rho[output]);
        read_state(causal->next_residue[output], slot, rho[output] * lambda);
        causal->next_gain[output] += (pair ? 2.0 : 1.0) * creal(rho[output]);
    }
}

void causal_add_mode(struct causal *causal, const struct modal *modal, int mode, double step_s) {
    const bool pair = modal->mode[mode].pair;
    double complex rho[MODAL_OUTPUTS], lambda = 0.0;
    bool needed = false;
    for (int i = 0; i < MODAL_OUTPUTS; ++i) {
        const enum modal_output output = (enum modal_output)i;
        const struct mode_answer answer = mode_answer(modal, mode, output, step_s);
        lambda = answer.lambda;
        causal->gain[i] += (pair ? 2.0 : 1.0) * creal(answer.term[1]);
        rho[i] = answer.term[0] - answer.term[1] + lambda * (answer.term[1] - answer.feed);
        needed |= cabs(rho[i]) > RESIDUE_FLOOR * fabs(modal->at_shift[i]);
    }
    if (needed) {
        add_states(causal, pair, lambda, rho);
    }
}
