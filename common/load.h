// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// A headphone driver as circuit elements.
#ifndef LOADLINE_LOAD_H
#define LOADLINE_LOAD_H

#include "circuit.h"
#include "params.h"

// K (jw)^n as R||L sections with fixed corners plus a resistor and an inductor: passive, within 0.1
// % and 0.1 degree from 20 Hz to 20 kHz for every n from 0 to 1.
#define SEMI_SECTIONS 7

struct semi_inductance {
    double ohm, henry;
    double section_ohm[SEMI_SECTIONS],
        section_henry[SEMI_SECTIONS]; // each pair in parallel, the pairs in series
};

// Real-time safe, a few microseconds.
void semi_inductance_fit(double ohm_at_20_khz, double exponent, struct semi_inductance *semi);

// Adds every branch of the load between two nodes. Real-time safe.
void load_build(const struct load_params *load, struct circuit *circuit, int plus, int minus);

#endif
