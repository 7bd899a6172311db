// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Harmonic distortion and noise of the running plugin against the level of a sine.
#ifndef LOADLINE_DISTORTION_SWEEP_H
#define LOADLINE_DISTORTION_SWEEP_H

#include "setup.h"
#include "sweep.h"

// From -60 to +6 dBFS in steps of 1 dB.
enum { DISTORTION_LEVELS = 67 };

// Columns: level in dBFS (0 is a full-scale sine), V RMS at the driver, THD and THD+N in percent,
// second to fifth harmonic in dBc. Both channels play; the left one is measured. NULL after a
// message.
//   THD    the harmonics up to 20 kHz over the fundamental. Noise, which repeats with its seed, is
//          taken away.
//   THD+N  all but the fundamental over all, 20 Hz to 20 kHz (AES17).
struct sweep *distortion_of_plugin(const struct setup *setup);

#endif
