// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The named devices and presets: the tables under presets/, which presets/compile.py turns into C.
//
// Figures are in port units (ports.def), not in SI. A port that the device owns holds its figure,
// or NAN where the figure is not known. An unknown figure is simulated as ideal, and must never be
// printed as a figure. Ideal is
//   the port's maximum (no limit, direct) for rail, current_limit, slew_rate, output_capacitor and
//     magnetizing_inductance;
//   the port's default for peak*_frequency, peak*_q, semi_exponent and supply_capacitance, which do
//     nothing without the figure they belong to;
//   the port's minimum for all others.
// topology, sensitivity, and resistance or branches are always known. Ports that the device does
// not own hold 0 and mean nothing.
#ifndef LOADLINE_DEVICES_H
#define LOADLINE_DEVICES_H

#include "ports.h"

// One of the parallel branches of a multi-driver in-ear: its parts in series. A part that is not
// there is 0.
struct device_branch {
    double capacitance_uf; // 0: no capacitor, a direct connection
    double inductance_mh;
    double resistance;
    double peak[3][3]; // each: rise in ohm (0: no peak), then frequency in Hz and Q, never 0
    double semi_impedance, semi_exponent; // ohm at 20 kHz
};

struct device {
    const char *name;       // unique, begins with the maker
    const char *tag;        // of the row: "measured", "datasheet", "derived" or "estimated"
    const char *field_tags; // of single figures: "rail=derived(100 mW into 600 ohm); ..."
    const char *source, *url, *note;
    const char *conductors; // "3-wire" or "4-wire", of headphones and cables; NULL in amplifiers
    double value[PORT_COUNT];
    // Headphones only: if there are any, they replace the load ports, which then hold NAN, except
    // sensitivity.
    const struct device_branch *branches;
    unsigned branch_count;
};

// `settings` is "symbol=value; symbol=value"; the value of headphone, amplifier and cable can be a
// device's name. Every port that it does not name has its default.
struct preset {
    const char *plugin, *slug; // "chain", "sr60x-10-ohm": the end of the preset's URI
    const char *name, *comment, *settings;
};

// Headphones own the load ports and, as their own cable, the cable ports. Amplifiers own the stage
// ports except gain, and source_level if they are a source themselves (else it holds NAN). Cables
// own the cable ports except cable_length.
// Environments own the line's noise.
extern const struct device headphones[], amplifiers[], cables[], environments[];
extern const unsigned headphone_count, amplifier_count, cable_count, environment_count;
extern const struct preset presets[];
extern const unsigned preset_count;

// Lets the devices that the selectors name set the ports that they own, unknown figures as ideal.
// Both take values that port_clamp() has passed. Real-time safe.
void devices_apply(double values[PORT_COUNT]);
// What stands for an unknown figure, and for a port that a plugin does not have.
double devices_ideal(enum port_id id);
// NULL for a custom one. If it has branches, they replace the load ports except sensitivity.
const struct device *devices_headphone(const double values[PORT_COUNT]);

#endif
