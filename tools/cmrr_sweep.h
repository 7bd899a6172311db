// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// How well the running plugin's line rejects what both its conductors pick up.
#ifndef LOADLINE_CMRR_SWEEP_H
#define LOADLINE_CMRR_SWEEP_H

#include "setup.h"
#include "sweep.h"

// The line is put beside a dimmer, whose lines stand at the odd harmonics of the mains up to 20 kHz
// with known voltages, and what comes out at each is held against the response to a signal.
// Columns: frequency (harmonics close to logarithmic steps; as many points as there are, but none
// below the mains) and rejection in dB. Ends the process over a plugin without a line, a line of no
// length, and a dead zone. NULL after a message.
struct sweep *cmrr_of_plugin(const struct setup *setup);

#endif
