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
//   separate returns for topology;
//   the port's minimum for all others.
// sensitivity, and resistance or branches are always known. Ports that the device does not own
// hold 0 and mean nothing.
//
// Lines are different: a line output and an interconnect each state one part of a connection, and
// what a row leaves open stays as the control has it.
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

// How far a figure can be trusted.
enum device_tag {
    TAG_NONE, // no figure, or what the device is rather than a figure of it
    TAG_MEASURED,
    TAG_DATASHEET,
    TAG_DERIVED,   // computed from such figures
    TAG_ESTIMATED, // a guess
};

struct device {
    const char *name;       // unique, begins with the maker
    const char *tag;        // of the row: "measured", "datasheet", "derived" or "estimated"
    const char *field_tags; // of single figures: "rail=derived(100 mW into 600 ohm); ..."
    const char *source, *url, *note;
    const char *estimated;  // names the figures that are guesses, or groups of them: "load, cable"
    const char *conductors; // "3-wire" or "4-wire", of headphones and cables; NULL in amplifiers
    double value[PORT_COUNT];
    unsigned char tags[PORT_COUNT]; // enum device_tag
    // Headphones only: if there are any, they replace the load ports, which then hold NAN, except
    // sensitivity. The tag of resistance is then that of the branches.
    const struct device_branch *branches;
    unsigned branch_count;
};

// `settings` as settings.h has them. Every port that they do not name has its default. `shows` is
// what the comment quotes, "response_deviation=1.2; crosstalk<-60"; a test measures it.
struct preset {
    const char *plugin, *slug; // "chain", "sr60x-10-ohm": the end of the preset's URI
    const char *name, *comment, *settings, *shows;
};

// Headphones own the load ports and, as their own cable, the cable ports. Amplifiers own the stage
// ports except gain, and source_level if they are a source themselves (else it holds NAN). Cables
// own the cable ports except cable_length.
// Environments own the line's noise. Lines have no port that names them: settings do.
extern const struct device headphones[], amplifiers[], cables[], environments[], lines[];
extern const unsigned headphone_count, amplifier_count, cable_count, environment_count, line_count;

struct device_table {
    const char *kind; // "headphone"
    const struct device *devices;
    const unsigned *count;
    const enum port_id *owned; // what its devices can set
    unsigned owned_count;
};

enum device_kind {
    DEVICES_HEADPHONES,
    DEVICES_AMPLIFIERS,
    DEVICES_CABLES,
    DEVICES_ENVIRONMENTS,
    DEVICES_LINES,
    DEVICE_TABLE_COUNT
};

extern const struct device_table device_tables[DEVICE_TABLE_COUNT];

// By its name; NULL if there is none.
const struct device *devices_find(enum device_kind kind, const char *name);
extern const struct preset presets[];
extern const unsigned preset_count;

// Lets the devices that the selectors name set the ports that they own, unknown figures as ideal. A
// named amplifier's separate returns end where a named cable has three wires only: then topology is
// a shared return, in the cable and not in the amplifier.
// Both take values that port_clamp() has passed. Real-time safe.
void devices_apply(double values[PORT_COUNT]);
// What stands for an unknown figure, and for a port that a plugin does not have.
double devices_ideal(enum port_id id);
// NULL for a custom one. If it has branches, they replace the load ports except sensitivity.
const struct device *devices_headphone(const double values[PORT_COUNT]);

#endif
