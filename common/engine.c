// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "engine.h"

#include <math.h>
#include <string.h>

#define NO_BLOCK (-1)

// Residues this far below the largest gain cannot be heard or measured; such modes are too fast to
// need a state.
#define RESIDUE_FLOOR 1e-12

// Rounding cannot tell such a time constant from zero (inductors in series, which share one
// current, leave exact zeros behind), and no signal can either.
#define MU_FLOOR_S 1e-15

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
static void mode_terms(double complex mu, double complex lambda, double complex gain, double shift,
                       double step_s, double complex term[HOLD_TERMS]) {
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

// A mode as fir + w^9 rho / (1 - lambda w) and, with a linear hold, gain + w rho / (1 - lambda w).
struct discrete_mode {
    double complex lambda;
    double complex fir[ENGINE_FIR_TAPS];
    double complex rho;
    double complex port_gain, port_rho;
};

static struct discrete_mode discretise(const struct modal *modal, int index,
                                       enum modal_output output, const struct hold *hold) {
    const struct modal_mode *mode = &modal->mode[index];
    const double complex gain = mode->gain[output];
    const double complex mu = cabs(mode->mu) < MU_FLOOR_S ? 0.0 : mode->mu;
    const double complex q = mu == 0.0 ? -INFINITY : modal_pole(modal, index) * hold->step_s;
    struct discrete_mode discrete = {.lambda = creal(q) < -200.0 ? 0.0 : cexp(q)};
    double complex term[HOLD_TERMS];
    mode_terms(mu, discrete.lambda, gain, modal->shift_rad_s, hold->step_s, term);
    // What passes straight through is in the terms, but not in the recursion.
    const double complex feed = discrete.lambda == 0.0 ? 0.0 : gain / mu;
    double complex carried = 0.0;
    for (int k = 0; k < HOLD_TAPS; ++k) {
        const int tap = HOLD_TAPS - 1 - k; // the newest sample comes first
        double complex value = discrete.lambda * carried;
        for (int m = 0; m < HOLD_TERMS; ++m) {
            value += term[m] * hold->weight[m][tap];
        }
        carried = value + (tap == HOLD_PAST + 1 ? feed : 0.0);
        if (k < ENGINE_FIR_TAPS) {
            discrete.fir[k] = value;
        } else {
            discrete.rho = value;
        }
    }
    discrete.port_gain = term[1];
    discrete.port_rho = term[0] - term[1] + discrete.lambda * (term[1] + feed);
    return discrete;
}

void engine_build_begin(struct engine_builder *builder, const struct modal *modal,
                        const struct hold *hold, struct engine *engine, struct engine_port *port) {
    *builder = (struct engine_builder){engine, port, modal, hold, 0, NO_BLOCK};
    memset(engine, 0, sizeof *engine);
    memset(port, 0, sizeof *port);
    for (int output = 0; output < MODAL_OUTPUTS; ++output) { // at_shift acts at the sample itself
        for (int j = 0; j < LANES; ++j) {
            engine->fir[output][ENGINE_HISTORY - ENGINE_LATENCY + j][j] = modal->at_shift[output];
        }
        port->gain[output] = modal->at_shift[output];
    }
}

// Input i of a group is u[n0 - ENGINE_HISTORY + i]; output j is at n0 + j.
static void add_fir(struct engine *engine, enum modal_output output,
                    const struct discrete_mode *mode, double share) {
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

static void set_block(double transition[4][ENGINE_BLOCKS], int block, int half, bool pair,
                      double complex lambda) {
    if (pair) {
        transition[0][block] = transition[3][block] = creal(lambda);
        transition[1][block] = -cimag(lambda);
        transition[2][block] = cimag(lambda);
    } else {
        transition[half == 0 ? 0 : 3][block] = creal(lambda);
    }
}

// Column-wise coefficient of a state pair for Re(c (x1 + j x2)), or c x for one real state.
static void set_decay(struct engine *engine, int output, int block, int half, bool pair, int time,
                      double complex value) {
    if (pair) {
        engine->decay[output][2 * block][time] = 2.0 * creal(value);
        engine->decay[output][2 * block + 1][time] = -2.0 * cimag(value);
    } else {
        engine->decay[output][2 * block + half][time] = creal(value);
    }
}

static void add_states(struct engine_builder *builder, bool pair,
                       const struct discrete_mode discrete[MODAL_OUTPUTS]) {
    struct engine *engine = builder->engine;
    struct engine_port *port = builder->port;
    int half = 0;
    int block = builder->real_pending;
    if (pair || block == NO_BLOCK) {
        block = engine->block_count++;
        builder->real_pending = pair ? builder->real_pending : block;
    } else {
        half = 1;
        builder->real_pending = NO_BLOCK;
    }
    const double complex lambda = discrete[0].lambda;
    double complex power[LANES + 1] = {1.0};
    for (int i = 1; i <= LANES; ++i) {
        power[i] = power[i - 1] * lambda;
    }
    set_block(engine->transition, block, half, pair, power[LANES]);
    set_block(port->transition, block, half, pair, lambda);
    port->drive[half][block] = 1.0;
    for (int i = 0; i < LANES; ++i) {
        const double complex p = power[LANES - 1 - i];
        engine->drive[i][half][block] = creal(p);
        if (pair) {
            engine->drive[i][1][block] = cimag(p);
        }
    }
    for (int output = 0; output < MODAL_OUTPUTS; ++output) {
        for (int j = 0; j < LANES; ++j) {
            set_decay(engine, output, block, half, pair, j, discrete[output].rho * power[j + 1]);
        }
        const double complex rho = discrete[output].port_rho;
        port->residue[output][half][block] = (pair ? 2.0 : 1.0) * creal(rho);
        if (pair) {
            port->residue[output][1][block] = -2.0 * cimag(rho);
        }
    }
}

bool engine_build_step(struct engine_builder *builder) {
    const struct modal *modal = builder->modal;
    if (builder->index < modal->mode_count) {
        const bool pair = modal->mode[builder->index].pair;
        const double share = pair ? 2.0 : 1.0;
        struct discrete_mode discrete[MODAL_OUTPUTS];
        bool needed = false;
        for (int output = 0; output < MODAL_OUTPUTS; ++output) {
            discrete[output] = discretise(modal, builder->index, output, builder->hold);
            add_fir(builder->engine, output, &discrete[output], share);
            builder->port->gain[output] += share * creal(discrete[output].port_gain);
            const double scale = fabs(modal->at_shift[output]);
            needed |= cabs(discrete[output].rho) > RESIDUE_FLOOR * scale;
            needed |= cabs(discrete[output].port_rho) > RESIDUE_FLOOR * scale;
        }
        if (needed) {
            add_states(builder, pair, discrete);
        }
        ++builder->index;
        return false;
    }
    builder->port->block_count = builder->engine->block_count;
    return true;
}
