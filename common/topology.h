// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// From the values of amplifier, cable and headphone to a circuit. A topology is one function that
// writes a list of elements; a new one is one more list.
#ifndef LOADLINE_TOPOLOGY_H
#define LOADLINE_TOPOLOGY_H

#include "circuit.h"
#include "params.h"

// The channel circuit of stage, cable and load, driven by the stage's EMF (a bridge's is the
// difference of its legs). Real-time safe, a few microseconds.
void topology_build(const struct stage_params *stage, const struct cable_params *cable,
                    const struct load_params *load, struct circuit *circuit);

// The same with the load seen alone, driven by an ideal EMF: for its impedance. Real-time safe.
void topology_build_load(const struct load_params *load, struct circuit *circuit);

#endif
