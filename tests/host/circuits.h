// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Circuits that the truth tests put before plugin and ngspice, and the way to dial one into the
// chain's ports.
#ifndef LOADLINE_TESTS_CIRCUITS_H
#define LOADLINE_TESTS_CIRCUITS_H

#include "device_table.h"
#include "plugin_host.h"
#include "spice_oracle.h"

#include <stdint.h>

// Any values that the ports allow, elements left out now and then. The same seed gives the same
// circuit.
struct spice_circuit circuit_random(enum spice_topology topology, uint64_t seed);

// A row of presets/headphones.csv with its own cable, on an otherwise ideal amplifier. Its rows in
// presets/branches.csv, if there are any, replace its load.
struct spice_circuit circuit_headphone(const struct device_table *headphones,
                                       const struct device_table *branches, size_t row,
                                       enum spice_topology topology);

// Defaults with everything before the stage ideal, level match off and no device chosen: what is
// heard is the stage, the cable and the load of the ports.
void circuit_neutral_ports(struct plugin_host *host);
void circuit_stage_to_ports(struct plugin_host *host, const struct spice_circuit *circuit);
// The load has to be a single branch without a capacitor: the ports know no other.
void circuit_load_to_ports(struct plugin_host *host, const struct spice_circuit *circuit);

#endif
