// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// What the circuit does to small signals, by nodal analysis: the plugin's response without running
// the plugin.
#ifndef LOADLINE_SMALL_SIGNAL_H
#define LOADLINE_SMALL_SIGNAL_H

#include "params.h"

#include <complex.h>

struct small_signal; // opaque

struct small_signal_point {
    double complex both;   // out / in, both channels driven alike
    double complex alone;  // out / in, one channel driven
    double complex across; // out of the other channel / in of the driven one
    double complex load_ohm;
    double leg_a; // out of a leg, for 1 V at the stage's input in both channels
};

// NULL when memory is short.
struct small_signal *small_signal_new(const struct chain_params *params);
void small_signal_free(struct small_signal *small_signal);

// What an EMF of 1 V makes of the driver's voltage, times this, is out / in.
double small_signal_output_per_emf(const struct small_signal *small_signal);

struct small_signal_point small_signal_at(struct small_signal *small_signal, double hz);

#endif
