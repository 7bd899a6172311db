// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The rectified envelope of a telephone that talks: one slot of eight, 25 frames of 26.
//
// A frame is 120/26 ms (216.67 Hz), a burst fills its slot of 15/26 ms (576.9 us) from half height
// to half height, with ramps of 28 us; in every 26th frame the traffic channel is idle (3GPP TS
// 45.002, 45.005). Lines 25/3 Hz apart: those of the frames carry 25 times the amplitude of the
// others. Coupled without what lies below 20 Hz; the edges are tapered above 15 kHz.
#ifndef LOADLINE_GSM_H
#define LOADLINE_GSM_H

#include "loop.h"

// Time 0 is the start of the burst in the first of the 26 frames; the last is the idle one.
// Allocates; false if that fails.
bool gsm_init(struct loop *loop, double rate_hz);

#endif
