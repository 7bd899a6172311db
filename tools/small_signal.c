// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "small_signal.h"

#include "figures.h"
#include "line.h"
#include "response.h"
#include "topology.h"

#include <math.h>
#include <stdlib.h>

struct small_signal {
    struct response *line[LINE_DRIVES], *stereo, *load;
    double input_gain; // from the end of the line to the EMF
    double match;
};

static struct response *line_response(const struct chain_params *params, enum line_drive drive,
                                      struct circuit circuits[2]) {
    line_build(&params->line, drive, &circuits[0]);
    circuit_view(&circuits[0], CIRCUIT_MID, &circuits[1]);
    return response_new(&circuits[1]);
}

static struct response *stereo_response(const struct chain_params *params,
                                        struct circuit circuits[2]) {
    topology_build(&params->stage, &params->cable, &params->load, &circuits[0]);
    circuit_view(&circuits[0], CIRCUIT_STEREO, &circuits[1]);
    return response_new(&circuits[1]);
}

static struct response *load_response(const struct chain_params *params, struct circuit *circuit) {
    topology_build_load(&params->load, circuit);
    return response_new(circuit);
}

static bool is_complete(const struct small_signal *small_signal) {
    return small_signal->line[LINE_SIGNAL] && small_signal->line[LINE_COMMON] &&
           small_signal->stereo && small_signal->load;
}

struct small_signal *small_signal_new(const struct chain_params *params, double gain_db) {
    struct small_signal *small_signal = calloc(1, sizeof *small_signal);
    struct circuit *circuits = calloc(2, sizeof *circuits);
    if (small_signal && circuits) {
        small_signal->line[LINE_SIGNAL] = line_response(params, LINE_SIGNAL, circuits);
        small_signal->line[LINE_COMMON] = line_response(params, LINE_COMMON, circuits);
        small_signal->stereo = stereo_response(params, circuits);
        small_signal->load = load_response(params, &circuits[0]);
    }
    free(circuits);
    if (!small_signal || !is_complete(small_signal)) {
        small_signal_free(small_signal);
        return NULL;
    }
    small_signal->input_gain = figures_input_gain(params);
    small_signal->match = 1.0;
    if (params->match != 0.0)
        small_signal->match =
            figures_match(cabs(small_signal_at(small_signal, FIGURES_REFERENCE_HZ).both));
    else if (params->gain_role == GAIN_HEARD)
        small_signal->match = pow(10.0, gain_db / 20.0);
    return small_signal;
}

void small_signal_free(struct small_signal *small_signal) {
    if (!small_signal)
        return;
    response_free(small_signal->line[LINE_SIGNAL]);
    response_free(small_signal->line[LINE_COMMON]);
    response_free(small_signal->stereo);
    response_free(small_signal->load);
    free(small_signal);
}

double small_signal_match(const struct small_signal *small_signal) {
    return small_signal->match;
}

static double complex line_at(struct small_signal *small_signal, enum line_drive drive, double hz) {
    struct response_point point;
    response_solve(small_signal->line[drive], hz, (const double complex[]){1.0, 1.0}, &point);
    return point.driver_v[0];
}

struct small_signal_point small_signal_at(struct small_signal *small_signal, double hz) {
    const double complex signal = line_at(small_signal, LINE_SIGNAL, hz);
    const double complex common = line_at(small_signal, LINE_COMMON, hz);
    const double complex left_only[2] = {signal * small_signal->input_gain, 0.0};
    const double complex load_emf_v[2] = {1.0, 1.0};
    struct response_point driven, load;
    response_solve(small_signal->stereo, hz, left_only, &driven);
    response_solve(small_signal->load, hz, load_emf_v, &load);
    return (struct small_signal_point){
        .both = small_signal->match * (driven.driver_v[0] + driven.driver_v[1]),
        .alone = small_signal->match * driven.driver_v[0],
        .across = small_signal->match * driven.driver_v[1],
        .load_ohm = load.driver_v[0] / load.leg_current_a[0],
        .leg_a = cabs(driven.leg_current_a[0] + driven.leg_current_a[1]),
        .cmrr_db = figures_cmrr_db(signal, common),
    };
}
