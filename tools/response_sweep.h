// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Frequency response, crosstalk, load impedance and the line's common-mode rejection: of the
// circuit by analysis, or of the running plugin by its response to impulses. The columns are the
// same, so that one can be laid over the other.
#ifndef LOADLINE_RESPONSE_SWEEP_H
#define LOADLINE_RESPONSE_SWEEP_H

#include "setup.h"
#include "sweep.h"

// 24 an octave.
enum { RESPONSE_POINTS = 241 };

// All return NULL after a message.
struct sweep *response_of_circuit(const struct setup *setup);

// The load cannot be seen from outside, nor what is common to both conductors of the line: they
// stay unknown. A dead zone has no response and ends the process, here and below.
struct sweep *response_of_plugin(const struct setup *setup);

// From left to right, with its polarity.
struct sweep *crosstalk_of_plugin(const struct setup *setup);

// Ends the process over a dead zone.
void response_refuse_dead_zone(const struct controls *controls);

#endif
