// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "mode.h"

#include <math.h>

// Rounding cannot tell such a time constant from zero (inductors in series, which share one
// current, leave exact zeros behind), and no signal can either.
#define MU_FLOOR_S 1e-13

// integral_m = int_0^1 e^(q (1 - t)) t^m dt for m < HOLD_TERMS: by its power series where the
// recursion loses digits.
static void series_integrals(double complex q, double complex integral[HOLD_TERMS]) {
    for (int m = 0; m < HOLD_TERMS; ++m) {
        double complex term = 1.0 / (m + 1.0); // m! q^j / (m + j + 1)!
        double complex sum = term;
        for (int j = 1; j < 30; ++j) {
            term *= q / (m + j + 1.0);
            sum += term;
        }
        integral[m] = sum;
    }
}

// One mode's answer to the terms of the hold at the end of an interval, feed-through included:
//   term[m] = (g / mu^2) h integral_m - g / mu
// For a fast mode the two parts nearly cancel, so the difference is taken by hand (a = 1 - s0 mu,
// 1/q = -mu/(a h)):
//   term[0] = s0 g / a - g e^q / (mu a),   term[m] = s0 g / a - (g / a) m integral_(m-1) / mu
static void answer_terms(double complex mu, double complex lambda, double complex gain,
                         double shift, double step_s, double complex term[HOLD_TERMS]) {
    const double complex a = 1.0 - shift * mu;
    if (cabs(a) * step_s < 3.0 * cabs(mu)) { // |q| < 3
        double complex integral[HOLD_TERMS];
        series_integrals(-a * step_s / mu, integral);
        for (int m = 0; m < HOLD_TERMS; ++m) {
            term[m] = gain / mu * (integral[m] * step_s / mu - 1.0);
        }
        return;
    }
    double complex integral_over_mu = (1.0 - lambda) / (a * step_s);
    term[0] = gain / a * (shift - (lambda == 0.0 ? 0.0 : lambda / mu));
    for (int m = 1; m < HOLD_TERMS; ++m) {
        term[m] = gain / a * (shift - m * integral_over_mu);
        integral_over_mu = (1.0 - mu * m * integral_over_mu) / (a * step_s);
    }
}

// No mode of a passive network grows; rounding may make a slow one seem to.
static double complex decay(double complex q) {
    const double rate = fmin(creal(q), 0.0);
    return rate < -200.0 ? 0.0 : cexp(rate + I * cimag(q));
}

struct mode_answer mode_answer(const struct modal *modal, int mode, enum modal_output output,
                               double step_s) {
    const double complex gain = modal->mode[mode].gain[output];
    const double complex exact_mu = modal->mode[mode].mu;
    const double complex mu = cabs(exact_mu) < MU_FLOOR_S ? 0.0 : exact_mu;
    const double complex q = mu == 0.0 ? -INFINITY : modal_pole(modal, mode) * step_s;
    struct mode_answer answer = {.lambda = decay(q)};
    answer.feed = answer.lambda == 0.0 ? 0.0 : -gain / mu;
    answer_terms(mu, answer.lambda, gain, modal->shift_rad_s, step_s, answer.term);
    return answer;
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
