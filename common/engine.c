// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "engine.h"

#include <math.h>
#include <string.h>

// What a mode still does after the taps, as a part of the gain: below this it needs no state. The
// voltage is what is heard (-140 dB); the current is metered and limited (-100 dB).
static const double remainder_floor[MODAL_OUTPUTS] = {
    [MODAL_DRIVER_V] = 1e-7, [MODAL_LEG_A] = 1e-5};

// A mode as fir + w^12 rho / (1 - lambda w).
struct folded_mode {
    double complex lambda;
    double complex fir[HOLD_TAPS];
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
        folded.fir[k] = value;
    }
    folded.rho = answer->lambda * carried;
    return folded;
}

void engine_begin(struct engine_half *half, const struct modal *modal) {
    memset(half, 0, sizeof *half);
    for (int output = 0; output < MODAL_OUTPUTS; ++output) { // at_shift acts at the sample itself
        half->exact_answer[output][ENGINE_LATENCY] = modal->at_shift[output];
    }
}

// After the fir, what the remainder makes of inputs since the states were taken.
static void add_answer(double answer[ENGINE_INPUTS], const struct folded_mode *mode, double share) {
    double complex remainder = mode->rho;
    for (int delay = 0; delay < ENGINE_INPUTS; ++delay) {
        if (delay < HOLD_TAPS) {
            answer[delay] += share * creal(mode->fir[delay]);
        } else {
            answer[delay] += share * creal(remainder);
            remainder *= mode->lambda;
        }
    }
}

static void add_states(struct engine_half *half, bool pair,
                       const struct folded_mode folded[MODAL_OUTPUTS]) {
    double complex power[GROUP + 1] = {1.0};
    for (int i = 1; i <= GROUP; ++i) {
        power[i] = power[i - 1] * folded[0].lambda;
    }
    const struct mode_slot slot = mode_blocks_add(&half->blocks, pair, power[GROUP]);
    for (int i = 0; i < GROUP; ++i) {
        half->drive[i][slot.half][slot.block] = creal(power[GROUP - 1 - i]);
        if (pair) {
            half->drive[i][1][slot.block] = cimag(power[GROUP - 1 - i]);
        }
    }
    for (int output = 0; output < MODAL_OUTPUTS; ++output) {
        for (int j = 0; j < GROUP; ++j) {
            const struct mode_reading c = mode_reading(slot, folded[output].rho * power[j + 1]);
            half->decay[output][2 * slot.block + slot.half][j] = c.re;
            if (pair) {
                half->decay[output][2 * slot.block + 1][j] = c.im;
            }
        }
    }
}

// The remainder rho / (1 - lambda w) adds up to rho / (1 - |lambda|) at most.
static bool needs_state(const struct modal *modal, int output, const struct folded_mode *mode) {
    const double gain = fabs(modal->at_shift[output]);
    return cabs(mode->rho) > remainder_floor[output] * gain * (1.0 - cabs(mode->lambda));
}

void engine_add_mode(struct engine_half *half, const struct modal *modal, int mode,
                     const struct hold *hold) {
    const bool pair = modal->mode[mode].pair;
    struct folded_mode folded[MODAL_OUTPUTS];
    bool needed = false;
    for (int i = 0; i < MODAL_OUTPUTS; ++i) {
        const enum modal_output output = (enum modal_output)i;
        const struct mode_answer answer = mode_answer(modal, mode, output, hold->step_s);
        folded[i] = fold(&answer, hold);
        add_answer(half->exact_answer[i], &folded[i], pair ? 2.0 : 1.0);
        needed |= needs_state(modal, i, &folded[i]);
    }
    if (needed) {
        add_states(half, pair, folded);
    }
}

void engine_end(struct engine_half *half) {
    for (int output = 0; output < MODAL_OUTPUTS; ++output) {
        for (int delay = 0; delay < ENGINE_INPUTS; ++delay) {
            half->answer.tap[output][GROUP - 1 + delay] = (float)half->exact_answer[output][delay];
        }
    }
}

void engine_join(struct engine *engine) {
    const struct engine_half *mid = &engine->half[ENGINE_MID], *side = &engine->half[ENGINE_SIDE];
    memset(&engine->common, 0, sizeof engine->common);
    engine->halves_differ = false;
    for (int output = 0; output < MODAL_OUTPUTS; ++output) {
        for (int delay = 0; delay < ENGINE_INPUTS; ++delay) {
            const double difference =
                mid->exact_answer[output][delay] - side->exact_answer[output][delay];
            engine->common.tap[output][GROUP - 1 + delay] = (float)(0.5 * difference);
            engine->halves_differ |= difference != 0.0;
        }
    }
}
