// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "engine.h"

#include <math.h>
#include <string.h>

// Residues this far below the gain cannot be heard or measured: such modes are too fast to need a
// state.
#define RESIDUE_FLOOR 1e-12

// A mode as fir + w^11 rho / (1 - lambda w).
struct folded_mode {
    double complex lambda;
    double complex fir[ENGINE_FIR_TAPS];
    double complex rho;
};

static struct folded_mode fold(const struct mode_answer *answer, const struct hold *hold) {
    struct folded_mode folded = {.lambda = answer->lambda};
    double complex carried = 0.0;
    for (int k = 0; k < HOLD_TAPS; ++k) {
        const int tap = HOLD_TAPS - 1 - k; // the newest sample comes first
        double complex value = answer->lambda * carried;
        for (int m = 0; m < HOLD_TERMS; ++m) {
            value += answer->term[m] * hold->weight[m][tap];
        }
        carried = value - (tap == HOLD_PAST + 1 ? answer->feed : 0.0);
        if (k < ENGINE_FIR_TAPS) {
            folded.fir[k] = value;
        } else {
            folded.rho = value;
        }
    }
    return folded;
}

void engine_begin(struct engine *engine, const struct modal *modal) {
    memset(engine, 0, sizeof *engine);
    for (int output = 0; output < MODAL_OUTPUTS; ++output) { // at_shift acts at the sample itself
        for (int j = 0; j < LANES; ++j) {
            engine->fir[output][ENGINE_HISTORY - ENGINE_LATENCY + j][j] = modal->at_shift[output];
        }
    }
}

// Input i of a group is u[n0 - ENGINE_HISTORY + i]; output j is at n0 + j.
static void add_fir(struct engine *engine, int output, const struct folded_mode *mode,
                    double share) {
    for (int j = 0; j < LANES; ++j) {
        double complex power = mode->rho;
        for (int delay = 0; delay <= j + ENGINE_HISTORY; ++delay) {
            double value = 0.0;
            if (delay < ENGINE_FIR_TAPS) {
                value = creal(mode->fir[delay]);
            } else { // what the remainder has made of inputs since the states were taken
                value = creal(power);
                power *= mode->lambda;
            }
            engine->fir[output][ENGINE_HISTORY + j - delay][j] += share * value;
        }
    }
}

static void add_states(struct engine *engine, bool pair,
                       const struct folded_mode folded[MODAL_OUTPUTS]) {
    double complex power[LANES + 1] = {1.0};
    for (int i = 1; i <= LANES; ++i) {
        power[i] = power[i - 1] * folded[0].lambda;
    }
    const struct mode_slot slot = mode_blocks_add(&engine->blocks, pair, power[LANES]);
    for (int i = 0; i < LANES; ++i) {
        engine->drive[i][slot.half][slot.block] = creal(power[LANES - 1 - i]);
        if (pair) {
            engine->drive[i][1][slot.block] = cimag(power[LANES - 1 - i]);
        }
    }
    for (int output = 0; output < MODAL_OUTPUTS; ++output) {
        for (int j = 0; j < LANES; ++j) {
            const struct mode_reading c = mode_reading(slot, folded[output].rho * power[j + 1]);
            engine->decay[output][2 * slot.block + slot.half][j] = c.re;
            if (pair) {
                engine->decay[output][2 * slot.block + 1][j] = c.im;
            }
        }
    }
}

bool engine_needs_state(const struct modal *modal, enum modal_output output, double complex rho) {
    return cabs(rho) > RESIDUE_FLOOR * fabs(modal->at_shift[output]);
}

void engine_add_mode(struct engine *engine, const struct modal *modal, int mode,
                     const struct hold *hold) {
    const bool pair = modal->mode[mode].pair;
    struct folded_mode folded[MODAL_OUTPUTS];
    bool needed = false;
    for (int i = 0; i < MODAL_OUTPUTS; ++i) {
        const enum modal_output output = (enum modal_output)i;
        const struct mode_answer answer = mode_answer(modal, mode, output, hold->step_s);
        folded[i] = fold(&answer, hold);
        add_fir(engine, i, &folded[i], pair ? 2.0 : 1.0);
        needed |= engine_needs_state(modal, output, folded[i].rho);
    }
    if (needed) {
        add_states(engine, pair, folded);
    }
}
