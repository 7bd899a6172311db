// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "causal.h"

#include <math.h>
#include <string.h>

#define RESIDUE_FLOOR 1e-12 // as a part of the gain: such modes are too fast to need a state

// A mode's answer, feed-through included, at the end of a step in which the input is 1 (term[0]),
// or rises from 0 to 1 (term[1]). With integral_m = int_0^1 e^(q (1 - t)) t^m dt,
//   term[m] = (g / mu^2) h integral_m - g / mu
// For a fast mode the two parts nearly cancel, so the difference is taken by hand (a = 1 - s0 mu,
// 1/q = -mu/(a h)):
//   term[0] = (g / a) (s0 - e^q / mu),   term[1] = (g / a) (s0 - integral_0 / mu)
struct line_answer {
    double complex lambda, feed; // feed: of an input that lasts, what passes straight through
    double complex term[2];
};

// integral_m by its power series, m! q^j / (m + j + 1)!, where the closed form loses digits.
static double complex series_integral(int m, double complex q) {
    double complex term = 1.0 / (m + 1.0);
    double complex sum = term;
    for (int j = 1; j < 30; ++j) {
        term *= q / (m + j + 1.0);
        sum += term;
    }
    return sum;
}

static struct line_answer answer_line(const struct modal *modal, int mode, double complex gain,
                                      double step_s) {
    const double complex mu = modal->mode[mode].mu;
    const double complex q = mode_exponent(modal, mode, step_s);
    struct line_answer answer = {.lambda = 0.0};
    if (creal(q) > -200.0) {
        answer.lambda = cexp(q);
        answer.feed = -gain / mu;
    }
    if (cabs(q) < 3.0) {
        for (int m = 0; m < 2; ++m) {
            answer.term[m] = gain / mu * (series_integral(m, q) * step_s / mu - 1.0);
        }
        return answer;
    }
    const double complex a = 1.0 - modal->shift_rad_s * mu;
    const double complex decayed = creal(q) > -200.0 ? answer.lambda / mu : 0.0;
    answer.term[0] = gain / a * (modal->shift_rad_s - decayed);
    answer.term[1] = gain / a * (modal->shift_rad_s - (1.0 - answer.lambda) / (a * step_s));
    return answer;
}

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
        const struct line_answer answer =
            answer_line(modal, mode, modal->mode[mode].gain[i], step_s);
        lambda = answer.lambda;
        causal->gain[i] += (pair ? 2.0 : 1.0) * creal(answer.term[1]);
        rho[i] = answer.term[0] - answer.term[1] + lambda * (answer.term[1] - answer.feed);
        needed |= cabs(rho[i]) > RESIDUE_FLOOR * fabs(modal->at_shift[i]);
    }
    if (needed) {
        add_states(causal, pair, lambda, rho);
    }
}
