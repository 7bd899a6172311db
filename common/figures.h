// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// What people read: dB, SPL, damping factor, crosstalk, hiss at the ear, from the response of a
// circuit.
#ifndef LOADLINE_FIGURES_H
#define LOADLINE_FIGURES_H

#include "line.h"
#include "modal.h"
#include "params.h"

#include <stdbool.h>

#define FIGURES_REFERENCE_HZ       1000.0
#define FIGURES_MATCH_LOWEST_DB    (-12.0)
#define FIGURES_MATCH_HIGHEST_DB   40.0
#define FIGURES_CROSSTALK_FLOOR_DB (-200.0) // none

#define FIGURES_CMRR_HIGHEST_DB 200.0

// Facts of a circuit that hold for any signal. Noise is of a gain of one.
struct figures {
    double match; // factor that brings |y/x| at 1 kHz to one, both channels alike
    double
        response_deviation_db; // highest minus lowest level, 20 Hz to 20 kHz, both channels alike
    double crosstalk_db;       // at 1 kHz
    double damping_factor;     // |Z load| / |Z source| at 1 kHz, cable included
    double stage_noise_v;      // A-weighted RMS at one driver
    double source_noise_v;     // the same, at a gain of one
    double interference_v;     // the same of what the line picks up
    double cmrr_db;            // of the line, at the mains frequency
};

// What figures are computed from; it has to stay until they are.
struct figures_basis {
    const struct chain_params *params;
    const struct modal *line;  // by line_drive; NULL: a wire
    const struct modal *modal; // mid, side
    bool halves_differ;
    const struct interference *interference; // NULL: the line picks up nothing
};

struct figures_builder {
    struct figures_basis basis;
    struct figures *figures;
    int index;
    double interference_v[INTERFERENCE_KINDS]; // common-mode emf, RMS
    double lowest_db, highest_db;
    double stage_power, source_power, interference_power; // A-weighted
};

// Steps of one or two frequencies each. Real-time safe.
void figures_begin(struct figures_builder *builder, const struct figures_basis *basis,
                   struct figures *figures);
bool figures_step(struct figures_builder *builder);

// EMF of a channel for 1 V at the stage's input: the legs of a bridge add up.
double figures_emf_gain(const struct stage_params *stage);

// EMF of a channel for 1 V at the end of the line, at a gain of one: the same, unless the input is
// the whole EMF.
double figures_input_gain(const struct chain_params *params);

// The factor that brings |y / x| to one, within the range of its meter.
double figures_match(double magnitude);

// How much weaker than the signal the common-mode emf leaves a line.
double figures_cmrr_db(double complex signal, double complex common);

double figures_mains_hz(const struct line_params *line);

// A-weighting of IEC 61672-1, as a factor on voltage; 1 at 1 kHz.
double figures_a_weighting(double hz);

// 20 log10(ratio), never below `floor_db`.
double figures_db(double ratio, double floor_db);

#endif
