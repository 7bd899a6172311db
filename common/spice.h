// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Writes a circuit as a netlist that `ngspice -b` runs as it stands and answers with columns of
// text.
//
// Elements and nodes keep their names ("Rout_l" ends in node "Rout_l"); ground is 0. What a netlist
// adds are probes (receiver_l, receiver_r: what comes out of the line; driver_l, driver_r: the
// voltage across each driver) and, for large signals, the behaviour of the stage. Stereo views of
// circuits are expected (CIRCUIT_STEREO): netlists always spell out both channels.
//
// Units are SI. Nothing is read from the locale but the decimal point: leave LC_NUMERIC at "C".
#ifndef LOADLINE_SPICE_H
#define LOADLINE_SPICE_H

#include "circuit.h"
#include "params.h"

#include <stdio.h>

enum spice_drive { SPICE_DRIVE_LEFT, SPICE_DRIVE_BOTH };

// What stands above the elements.
struct spice_heading {
    const char *title; // one line
    const char *notes; // any number of lines, or NULL
};

// What is simulated. A part that is NULL is not there.
struct spice_circuits {
    const struct circuit *line;   // line_build(LINE_SIGNAL)
    const struct circuit *output; // topology_build()
    double input_gain;            // from the end of the line to the EMF
};

// Small signals: the driven sources have 1 V each.
struct spice_ac {
    enum spice_drive drive;
    double from_hz, to_hz;
    int points_per_decade;
};

// Large signals: a sine of `peak_v` at the input of each driven leg (the gain applied), from rest.
struct spice_tran {
    enum spice_drive drive;
    double hz, peak_v;
    int settle_periods;         // simulated before the record starts
    int record_periods;         // printed; the last one is also analysed for harmonics
    int points_per_period;      // printed
    int solver_steps_per_point; // at least
};

// Columns: frequency in hertz, then level in decibels (of 1 V) and phase in degrees of each driver
// (without an output: of each receiver), and with a line its common-mode rejection in decibels.
void spice_write_ac(FILE *file, const struct spice_circuits *circuits,
                    const struct spice_heading *heading, const struct spice_ac *ac);

// Measures of the record, harmonics of each driver, then columns: time in seconds, the voltage
// across each driver, the current out of each channel's first leg, and the two rails.
//
// A leg is f(v) = clip(d + a2 d^2 + a3 d^3) of what the dead zone leaves (d), its rails being the
// nodes railp and railn that all legs share, then the slew rate, then the current limit. The
// inverting leg of a bridge is driven by
// -(1 - leg_mismatch) v. Noise is left out.
void spice_write_tran(FILE *file, const struct circuit *stereo, const struct stage_params *stage,
                      const struct spice_heading *heading, const struct spice_tran *tran);

#endif
