// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "discrete_response.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define TOLERANCE_DB  0.01
#define TOLERANCE_DEG 0.1
#define BURST         400

void build_discrete(const struct chain_params *params, enum circuit_view kind, double rate_hz,
                    struct built *built) {
    static struct band band;
    struct modal *modal = &built->modal;
    if (band.step_s != 1 / rate_hz)
        band_init(&band, rate_hz);
    build_view(params, kind, &built->view);
    solve_modes(&built->view, modal);
    struct engine_rest rest;
    engine_begin(&built->engine, &rest, modal);
    causal_begin(&built->causal, modal);
    for (int mode = 0; mode < modal->mode_count; mode++) {
        engine_add_mode(&built->engine, &rest, modal, mode, &band);
        causal_add_mode(&built->causal, modal, mode, band.step_s);
    }
    engine_end(&built->engine, &rest, &band);
}

double numbered_rate_hz(int number) {
    return rates_hz[number / (TOPOLOGY_COUNT * VIEW_COUNT) % RATES];
}

void for_numbered_networks(int count, network_check *check) {
    static struct built built;
    for (int i = 0; i < count; i++) {
        char what[64];
        struct chain_params params;
        numbered_params(i, &params);
        snprintf(what, sizeof what, "circuit %d at a rate of %g Hz", i, numbered_rate_hz(i));
        build_discrete(&params, numbered_view(i), numbered_rate_hz(i), &built);
        check(&built, numbered_rate_hz(i), what);
    }
}

void join_halves(const struct built *mid, const struct built *side, struct engine *engine) {
    engine->half[ENGINE_MID] = mid->engine;
    engine->half[ENGINE_SIDE] = side->engine;
    engine_join(engine);
}

// x = (z - T)^-1 b for one block
static void solve_block(const struct mode_blocks *blocks, int block, double complex z,
                        const double complex b[2], double complex x[2]) {
    const double complex p = z - blocks->transition[0][block], q = -blocks->transition[1][block];
    const double complex r = -blocks->transition[2][block], s = z - blocks->transition[3][block];
    const double complex determinant = p * s - q * r;
    x[0] = (s * b[0] - q * b[1]) / determinant;
    x[1] = (p * b[1] - r * b[0]) / determinant;
}

static double complex fir_answer(const struct engine_answer *answer, enum modal_output output,
                                 int at, double w) {
    double complex sum = 0;
    for (int i = 0; i < ENGINE_INPUTS; i++) // before the first tap there are zeros
        sum += (double)answer->tap[output][i][at] * cexp(I * w * (i - ENGINE_HISTORY));
    return sum;
}

// What enters a state, and what leaves it, in either precision.
static double drive_of(const struct engine_half *engine, bool single, int input, int half,
                       int block) {
    return single ? (double)engine->single.drive[block / LANES][input][half * LANES + block % LANES]
                  : engine->drive[input][half][block];
}

static double decay_of(const struct engine_half *engine, bool single, enum modal_output output,
                       int state, int at) {
    return single ? (double)engine->single.decay[output][state][at]
                  : engine->decay[output][state][at];
}

static double complex states_answer(const struct engine_half *engine, bool single,
                                    enum modal_output output, int at, double w) {
    double complex sum = 0;
    for (int block = 0; block < engine->blocks.count; block++) {
        double complex b[2] = {0}, x[2];
        for (int i = 0; i < GROUP; i++)
            for (int half = 0; half < 2; half++)
                b[half] +=
                    drive_of(engine, single, i, half, block) * cexp(I * w * (i - ENGINE_HISTORY));
        solve_block(&engine->blocks, block, cexp(I * w * GROUP), b, x);
        for (int half = 0; half < 2; half++)
            sum += decay_of(engine, single, output, 2 * block + half, at) * x[half];
    }
    return sum;
}

// Alone it is as the engine of both channels alike.
double complex half_answer(const struct engine_half *half, enum modal_output output, int at,
                           double w) {
    static struct engine engine;
    engine.half[ENGINE_MID] = engine.half[ENGINE_SIDE] = *half;
    engine_join(&engine);
    return fir_answer(&half->answer, output, at, w) +
           states_answer(half, engine.is_single, output, at, w);
}

double complex cross_answer(const struct engine *engine, enum modal_output output, int at,
                            double w) {
    const struct engine_half *mid = &engine->half[ENGINE_MID], *side = &engine->half[ENGINE_SIDE];
    return fir_answer(&engine->common, output, at, w) +
           (states_answer(mid, engine->is_single, output, at, w) -
            states_answer(side, engine->is_single, output, at, w)) /
               2;
}

double complex causal_answer(const struct causal *causal, enum modal_output output, double w) {
    double complex sum = causal->gain[output];
    for (int block = 0; block < causal->blocks.count; block++) {
        const double complex b[2] = {causal->drive[0][block], causal->drive[1][block]};
        double complex x[2];
        solve_block(&causal->blocks, block, cexp(I * w), b, x);
        for (int half = 0; half < 2; half++)
            sum += causal->residue[output][half][block] * x[half];
    }
    return sum;
}

void assert_same_answer(double complex found, double complex exact, double hz, const char *what) {
    const double db = to_db(cabs(found) / cabs(exact));
    const double degrees = to_degrees(carg(found / exact));
    if (!(fabs(db) <= TOLERANCE_DB && fabs(degrees) <= TOLERANCE_DEG))
        fail_msg("%s, %g Hz: %g dB and %g degrees off", what, hz, db, degrees);
}

void resonant_params(struct chain_params *params) {
    plain_params(TOPOLOGY_SHARED_RETURN, 32, params);
    params->stage.output_ohm = 20;
    params->stage.output_h = 20e-6;
    params->stage.output_farad = 47e-6;
    params->cable.length_m = 3;
    params->cable.shared_m = 1;
    params->load.branch[0].henry = 1e-4;
    params->load.branch[0].peak[0] = (struct load_peak){60, 900, 3};
    params->load.branch[0].peak[1] = (struct load_peak){20, 4000, 0.3};
}

double burst(int n) {
    return n < 0 || n > BURST ? 0 : sin(0.07 * n) * (1 - cos(2 * PI * n / BURST));
}

void run_causal(const struct causal *causal, enum modal_output output, double to[], int count) {
    double x[MODE_BLOCKS][2] = {{0}};
    for (int n = 0; n < count; n++) {
        to[n] = causal->gain[output] * burst(n);
        for (int b = 0; b < causal->blocks.count; b++) {
            const double old[2] = {x[b][0], x[b][1]};
            for (int half = 0; half < 2; half++) {
                to[n] += causal->residue[output][half][b] * old[half];
                x[b][half] = causal->blocks.transition[2 * half][b] * old[0] +
                             causal->blocks.transition[2 * half + 1][b] * old[1] +
                             causal->drive[half][b] * burst(n);
            }
        }
    }
}
