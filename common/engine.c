// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "engine.h"

#include <math.h>
#include <string.h>

// What a mode still does after the delays of the FIR, as a part of the gain: less needs no state.
#define REMAINDER_FLOOR 1e-8

// What the states may add up to for single precision, as a part of the gain. Most headphones stay
// far below. Rounding is then less than -115 dB of what is heard, and, where mid and side are
// subtracted down to a crosstalk of -100 dB, less than 0.05 dB of that (test_engine).
#define SINGLE_SHARE           2.0
#define SINGLE_SHARE_CROSSTALK 0.25

void engine_begin(struct engine_half *half, struct engine_rest *rest, const struct modal *modal) {
    memset(half, 0, sizeof *half);
    memset(rest, 0, sizeof *rest);
    for (int output = 0; output < MODAL_OUTPUTS; ++output) { // at_shift acts at the sample itself
        half->exact_answer[output][ENGINE_LATENCY] = modal->at_shift[output];
        half->gain[output] = fabs(modal->at_shift[output]);
    }
}

// What dies within some samples, or rings above Nyquist, is smooth within the band. The remainder
// of weight / (1 - lambda w) adds up to weight |lambda|^n / (1 - |lambda|) at most.
static bool needs_state(const struct modal *modal, const struct modal_mode *mode, double complex q,
                        double step_s) {
    if (creal(q) < -M_PI / 2.0 || fabs(cimag(q)) > M_PI) {
        return false;
    }
    const double left = exp(creal(q) * (ENGINE_HISTORY + 1 - ENGINE_LATENCY));
    const double floor = REMAINDER_FLOOR * (1.0 - exp(creal(q)));
    for (int output = 0; output < MODAL_OUTPUTS; ++output) {
        const double weight = cabs(mode->gain[output] / mode->mu * step_s / mode->mu);
        if (weight * left > floor * fabs(modal->at_shift[output])) {
            return true;
        }
    }
    return false;
}

// 1/(s - p) less its samples, divided by h: 1/x - 1/(1 - e^-x), x = (s - p) h. Near the pole the
// two cancel, and the series of the hyperbolic cotangent is what remains.
static double complex unsampled(double complex x, double complex e_minus_x) {
    if (cabs(x) < 0.5) {
        const double complex y = x * x;
        return -0.5 -
               x * (1.0 / 12.0 - y * (1.0 / 720.0 - y * (1.0 / 30240.0 -
                                                         y * (1.0 / 1209600.0 - y / 47900160.0))));
    }
    return 1.0 / x - 1.0 / (1.0 - e_minus_x);
}

struct pole {
    double complex mu, q, lambda; // q = p h, lambda = e^q
    bool has_state;
};

// On the band's grid, for a gain of one, what is left to the FIR: beside a state
// -1/mu + (h/mu^2) unsampled, without one all of it, -sigma / (1 + sigma mu).
static double complex respond(const struct pole *pole, const struct band *band, int point,
                              double shift_rad_s) {
    if (pole->has_state) {
        const double complex rest =
            unsampled(I * band->w[point] - pole->q, band->turn[point] * pole->lambda);
        return (band->step_s / pole->mu * rest - 1.0) / pole->mu;
    }
    const double complex sigma = I * band->w[point] / band->step_s - shift_rad_s;
    return -sigma / (1.0 + sigma * pole->mu);
}

static void add_response(struct engine_rest *rest, const struct modal_mode *mode,
                         const struct pole *pole, const struct band *band, double shift_rad_s) {
    const struct pole other = {conj(pole->mu), conj(pole->q), conj(pole->lambda), pole->has_state};
    for (int i = 0; i < BAND_POINTS; ++i) {
        const double complex one = respond(pole, band, i, shift_rad_s);
        const double complex two = mode->pair ? respond(&other, band, i, shift_rad_s) : 0.0;
        for (int output = 0; output < MODAL_OUTPUTS; ++output) {
            rest->response[output][i] += mode->gain[output] * one + conj(mode->gain[output]) * two;
        }
    }
}

// What a state makes of the inputs that a group sees: it only holds those before.
static void add_answer(double answer[ENGINE_INPUTS], double complex weight, double complex lambda) {
    for (int delay = ENGINE_LATENCY; delay < ENGINE_INPUTS; ++delay) {
        answer[delay] += creal(weight);
        weight *= lambda;
    }
}

static void fill_slot(struct engine_half *half, bool pair, double complex lambda,
                      const double complex remainder[MODAL_OUTPUTS]) {
    double complex power[GROUP + 1] = {1.0};
    for (int i = 1; i <= GROUP; ++i) {
        power[i] = power[i - 1] * lambda;
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
            const struct mode_reading c = mode_reading(slot, remainder[output] * power[j]);
            half->decay[output][2 * slot.block + slot.half][j] = c.re;
            if (pair) {
                half->decay[output][2 * slot.block + 1][j] = c.im;
            }
        }
    }
}

static void add_state(struct engine_half *half, const struct modal_mode *mode,
                      double complex lambda, double step_s) {
    double complex remainder[MODAL_OUTPUTS]; // after the delays that the FIR has
    for (int output = 0; output < MODAL_OUTPUTS; ++output) {
        const double complex weight = mode->gain[output] / mode->mu * step_s / mode->mu;
        add_answer(half->exact_answer[output], mode->pair ? 2.0 * weight : weight, lambda);
        remainder[output] = weight;
        for (int delay = ENGINE_LATENCY; delay <= ENGINE_HISTORY; ++delay) {
            remainder[output] *= lambda;
        }
        half->at_most[output] +=
            (mode->pair ? 2.0 : 1.0) * cabs(remainder[output]) / (1.0 - cabs(lambda));
    }
    fill_slot(half, mode->pair, lambda, remainder);
}

void engine_add_mode(struct engine_half *half, struct engine_rest *rest, const struct modal *modal,
                     int index, const struct band *band) {
    const struct modal_mode *mode = &modal->mode[index];
    if (mode->gain[MODAL_DRIVER_V] == 0.0 && mode->gain[MODAL_LEG_A] == 0.0) {
        return; // whose pole may be at zero, where an answer would be 0/0
    }
    struct pole pole = {.mu = mode->mu, .q = mode_exponent(modal, index, band->step_s)};
    pole.has_state = needs_state(modal, mode, pole.q, band->step_s);
    if (pole.has_state) {
        pole.lambda = cexp(pole.q);
        add_state(half, mode, pole.lambda, band->step_s);
    }
    add_response(rest, mode, &pole, band, modal->shift_rad_s);
}

// What rounding takes from one tap the next one gets: at low frequencies, where taps and states may
// cancel, the sum is as good as in double precision.
static void round_answer(const double exact[ENGINE_INPUTS], float tap[ENGINE_INPUTS][GROUP]) {
    float line[GROUP - 1 + ENGINE_INPUTS] = {0}; // nothing before the answer
    double carried = 0.0;
    for (int delay = 0; delay < ENGINE_INPUTS; ++delay) {
        const double wanted = exact[delay] + carried;
        line[GROUP - 1 + delay] = (float)wanted;
        carried = wanted - (double)line[GROUP - 1 + delay];
    }
    for (int input = 0; input < ENGINE_INPUTS; ++input) {
        memcpy(tap[input], line + GROUP - 1 + ENGINE_HISTORY - input, sizeof tap[input]);
    }
}

static void fill_single(struct engine_half *half) {
    for (int output = 0; output < MODAL_OUTPUTS; ++output) {
        for (int state = 0; state < 2 * half->blocks.count; ++state) {
            for (int j = 0; j < GROUP; ++j) {
                half->single.decay[output][state][j] = (float)half->decay[output][state][j];
            }
        }
    }
    for (int block = 0; block < half->blocks.count; ++block) {
        for (int i = 0; i < GROUP; ++i) {
            float *drive = half->single.drive[block / LANES][i] + block % LANES;
            drive[0] = (float)half->drive[i][0][block];
            drive[LANES] = (float)half->drive[i][1][block];
        }
    }
}

void engine_end(struct engine_half *half, const struct engine_rest *rest, const struct band *band) {
    for (int output = 0; output < MODAL_OUTPUTS; ++output) {
        double tap[BAND_TAPS];
        band_fit(band, rest->response[output], tap);
        for (int delay = 0; delay < BAND_TAPS; ++delay) {
            half->exact_answer[output][delay] += tap[delay];
        }
        round_answer(half->exact_answer[output], half->answer.tap[output]);
    }
    fill_single(half);
}

static bool is_single(const struct engine_half *half, bool halves_differ) {
    const double share_v = halves_differ ? SINGLE_SHARE_CROSSTALK : SINGLE_SHARE;
    return half->at_most[MODAL_DRIVER_V] <= share_v * half->gain[MODAL_DRIVER_V] &&
           half->at_most[MODAL_LEG_A] <= SINGLE_SHARE * half->gain[MODAL_LEG_A];
}

void engine_join(struct engine *engine) {
    const struct engine_half *mid = &engine->half[ENGINE_MID], *side = &engine->half[ENGINE_SIDE];
    engine->halves_differ = false;
    for (int output = 0; output < MODAL_OUTPUTS; ++output) {
        double common[ENGINE_INPUTS];
        for (int delay = 0; delay < ENGINE_INPUTS; ++delay) {
            common[delay] =
                0.5 * (mid->exact_answer[output][delay] - side->exact_answer[output][delay]);
            engine->halves_differ |= common[delay] != 0.0;
        }
        round_answer(common, engine->common.tap[output]);
    }
    engine->is_single =
        is_single(mid, engine->halves_differ) && is_single(side, engine->halves_differ);
}
