// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The real-time form of a one-channel network: EMF in, driver voltage and leg current out.
//
// Every pole is solved exactly (e^(ph)) for an input that moves as hold.h says, so the only error
// is the hold's: below 0.001 dB to 20 kHz even at 88.2 kHz. Each mode's twelve input taps fold into
// one by polynomial division,
//   B(w) / (1 - lambda w) = fir(w) + w^11 rho / (1 - lambda w),   w = z^-1,
// and the short fir of all modes is one. Poles too fast to leave a remainder drop out by
// themselves.
//
// Four samples are computed at a time: the outputs of a group depend on the states before it and
// on fifteen inputs. What runs is engine_process in kernels.h: two halves, mid and side, at once.
#ifndef LOADLINE_ENGINE_H
#define LOADLINE_ENGINE_H

#include "mode.h"

#define ENGINE_FIR_TAPS (HOLD_TAPS - 1)
#define ENGINE_HISTORY  ENGINE_FIR_TAPS // inputs before the group that an engine reads
#define ENGINE_LATENCY  HOLD_FUTURE     // samples from input to output
#define ENGINE_GROUP    (ENGINE_HISTORY + LANES)

struct engine {
    struct mode_blocks blocks;                                        // transition: lambda^4
    _Alignas(32) double drive[LANES][2][MODE_BLOCKS];                 // lambda^(3 - i) for input i
    _Alignas(32) double decay[MODAL_OUTPUTS][2 * MODE_BLOCKS][LANES]; // state -> outputs
    _Alignas(32) double fir[MODAL_OUTPUTS][ENGINE_GROUP][LANES];      // input -> outputs
};

struct engine_state {
    _Alignas(32) double state[2][MODE_BLOCKS];
};

// What goes in as mid and side comes out as left and right, ENGINE_LATENCY samples later.
struct engine_signals {
    const double *half[2]; // half[i][-ENGINE_HISTORY] and later are read
    double *driver_v[2], *leg_a[2];
};

// Builds an engine mode by mode; each call is about ten microseconds at most. Real-time safe.
void engine_begin(struct engine *engine, const struct modal *modal);
void engine_add_mode(struct engine *engine, const struct modal *modal, int mode,
                     const struct hold *hold);

// Whether a mode's remainder is worth a state.
bool engine_needs_state(const struct modal *modal, enum modal_output output, double complex rho);

#endif
