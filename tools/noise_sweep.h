// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The noise spectrum of the running plugin while its input is silent.
#ifndef LOADLINE_NOISE_SWEEP_H
#define LOADLINE_NOISE_SWEEP_H

#include "setup.h"
#include "sweep.h"

// Bands: 6 an octave.
enum { NOISE_BANDS = 61 };

// Columns: middle of the band, density at the driver in V/sqrt(Hz), and what there is from 20 Hz to
// the end of the band: uV RMS, A-weighted uV RMS, and dBA at the ear. So the last row, to 20 kHz,
// has the totals. Mean of both channels. NULL after a message.
struct sweep *noise_of_plugin(const struct setup *setup);

#endif
