// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// What the mains brings, as the lines of a Fourier series (loop.h) whose time 0 is a rising zero of
// the mains voltage.
#ifndef LOADLINE_MAINS_H
#define LOADLINE_MAINS_H

#include "loop.h"

// Leakage and rectifier currents through ground: odd harmonics up to 41 with 1/h^0.7, those
// divisible by three, which add in neutral and ground, 1.5 times; all with their peak at the peak
// of the mains, where rectifiers charge.
loop_line ground_loop_line;

// The stray field of transformers: 1, 0.05, 0.15, 0, 0.05, peaks together, a quarter period after
// the voltage's (a magnetising current).
loop_line hum_line;

// A leading-edge dimmer without a choke at half power: sin(a) in the second half of each half
// period, so a step at each peak of the mains; odd harmonics as 1/h.
loop_line dimmer_line;

// A fluorescent tube on a magnetic ballast, the envelope of its noise: per half period the glow
// |sin(a)| and, where the arc strikes again, a spike 2 (e^(-t/300 us) - e^(-t/30 us)), 10 % larger
// and smaller by turns since no two electrodes are alike. Even harmonics, odd ones 20 dB lower. The
// current lags by 60 degrees. The carrier of an electronic ballast cannot be heard.
loop_line fluorescent_line;

#endif
