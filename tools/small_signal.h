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
    double leg_a;   // out of a leg, for 1 V at the source in both channels
    double cmrr_db; // of the line
};

// NULL when memory is short.
struct small_signal *small_signal_new(const struct chain_params *params, double gain_db);
void small_signal_free(struct small_signal *small_signal);

// What a source of 1 V makes of the driver's voltage, times this, is out / in. (The gain is in it
// where it is heard.)
double small_signal_match(const struct small_signal *small_signal);

struct small_signal_point small_signal_at(struct small_signal *small_signal, double hz);

#endif
