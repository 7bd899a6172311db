// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "small_signal.h"

#include "figures.h"
#include "response.h"
#include "topology.h"

#include <math.h>
#include <stdlib.h>

// Of the level match (design: "a meter").
#define MATCH_LOWEST_DB  (-12.0)
#define MATCH_HIGHEST_DB 40.0

struct small_signal {
    struct response *stereo, *load;
    double emf_per_volt; // at the stage's input
    double match;
};

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

// The factor that brings the level at 1 kHz to that of the input, within the range of its meter.
static double level_match(struct small_signal *small_signal) {
    const struct small_signal_point point = small_signal_at(small_signal, FIGURES_REFERENCE_HZ);
    const double db = -20.0 * log10(cabs(point.both));
    return pow(10.0, fmin(fmax(db, MATCH_LOWEST_DB), MATCH_HIGHEST_DB) / 20.0);
}

struct small_signal *small_signal_new(const struct chain_params *params) {
    struct small_signal *small_signal = calloc(1, sizeof *small_signal);
    struct circuit *circuits = calloc(2, sizeof *circuits);
    if (small_signal && circuits) {
        small_signal->stereo = stereo_response(params, circuits);
        small_signal->load = load_response(params, &circuits[0]);
    }
    free(circuits);
    if (!small_signal || !small_signal->stereo || !small_signal->load) {
        small_signal_free(small_signal);
        return NULL;
    }
    small_signal->emf_per_volt = figures_emf_gain(&params->stage);
    small_signal->match = 1.0;
    if (params->match != 0.0)
        small_signal->match = level_match(small_signal);
    return small_signal;
}

void small_signal_free(struct small_signal *small_signal) {
    if (!small_signal)
        return;
    response_free(small_signal->stereo);
    response_free(small_signal->load);
    free(small_signal);
}

double small_signal_output_per_emf(const struct small_signal *small_signal) {
    return small_signal->match * small_signal->emf_per_volt;
}

struct small_signal_point small_signal_at(struct small_signal *small_signal, double hz) {
    const double complex left_only[2] = {small_signal->emf_per_volt, 0.0};
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
    };
}
