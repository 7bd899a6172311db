// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The interconnect from source to amplifier, as a circuit (Whitlock's bridge): source impedances,
// the capacitance of the line, and what the receiver loads it with.
//
//   unbalanced          one conductor; what the chassis differ by adds to the signal
//   balanced            two legs, +-v/2, into a differential receiver
//   impedance-balanced  the hot leg at v/2, the cold one only as heavy
//   transformer         two legs into a winding; to ground there is only capacitance
//
// The common-mode emf V_cm is in series with both legs. It becomes part of the signal as far as
// the legs' dividers differ and as the receiver rejects it no better than receiver_cmrr.
//
// All functions are real-time safe.
#ifndef LOADLINE_LINE_H
#define LOADLINE_LINE_H

#include "circuit.h"
#include "interference.h"
#include "params.h"

// Which of the two sources the circuit's EMF of 1 V drives; the other one is a short.
enum line_drive { LINE_SIGNAL, LINE_COMMON, LINE_DRIVES };

#define LINE_COMMON_SOURCE "Vcm" // the name of the second

// One channel; it observes the receiver's output. Nothing is shared between the channels.
void line_build(const struct line_params *line, enum line_drive drive, struct circuit *circuit);

// Nothing that could change a signal: no length, no source impedance.
bool line_is_wire(const struct line_params *line);

// RMS that each kind of interference has in the common-mode emf,
//   V_cm = V_gnd Rsh len / (Rsh len + R_loop) + field len.
void line_common_v(const struct line_params *line, double v_rms[INTERFERENCE_KINDS]);

#endif
