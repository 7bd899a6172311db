// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// What people read: dB, SPL, damping factor, crosstalk, hiss at the ear, from the response of a
// circuit.
#ifndef LOADLINE_FIGURES_H
#define LOADLINE_FIGURES_H

#include "modal.h"
#include "params.h"

#include <stdbool.h>

#define FIGURES_REFERENCE_HZ       1000.0
#define FIGURES_CROSSTALK_FLOOR_DB (-200.0) // none

// Facts of a circuit that hold for any signal. Voltages are for an EMF of 1 V at each channel's
// stage input.
struct figures {
    double match; // factor that brings |y/x| at 1 kHz to one, both channels alike
    double
        response_deviation_db; // highest minus lowest level, 20 Hz to 20 kHz, both channels alike
    double crosstalk_db;       // at 1 kHz
    double damping_factor;     // |Z load| / |Z source| at 1 kHz, cable included
    double stage_noise_v;      // A-weighted RMS at one driver
    double source_noise_v;     // the same, at a gain of one
};

struct figures_builder {
    const struct chain_params *params;
    const struct modal *modal; // mid, side
    struct figures *figures;
    bool halves_differ;
    int index;
    double lowest_db, highest_db, stage_power, source_power;
};

// Steps of one or two frequencies each. Real-time safe.
void figures_begin(struct figures_builder *builder, const struct chain_params *params,
                   const struct modal modal[2], bool halves_differ, struct figures *figures);
bool figures_step(struct figures_builder *builder);

// EMF of a channel for 1 V at the stage's input: the legs of a bridge add up.
double figures_emf_gain(const struct stage_params *stage);

// A-weighting of IEC 61672-1, as a factor on voltage; 1 at 1 kHz.
double figures_a_weighting(double hz);

// 20 log10(ratio), never below `floor_db`.
double figures_db(double ratio, double floor_db);

#endif
