// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The real-time form of a one-channel network: EMF in, driver voltage and leg current out.
//
// Every pole is solved exactly (e^(ph)) for an input that moves as hold.h says, so the only error
// is the hold's: below 0.001 dB to 20 kHz even at 88.2 kHz. Each mode's ten input taps fold into
// one by polynomial division,
//   B(w) / (1 - lambda w) = fir(w) + w^9 rho / (1 - lambda w),   w = z^-1,
// and the short fir of all modes is one. Poles too fast to leave a remainder drop out by
// themselves.
//
// Four samples are computed at a time: the outputs of a group depend on the states before it and on
// thirteen inputs.
//
// A second, causal form (struct engine_port) answers "what does this sample's EMF change at once",
// with a linear hold, which keeps a passive network passive: the current limit is solved with it.
//
// What runs is in kernels.h: engine_process (two halves at once), engine_port_history (what past
// inputs leave at this sample, without its own gain * u[n]) and engine_port_advance (takes the
// input of the sample just solved).
#ifndef LOADLINE_ENGINE_H
#define LOADLINE_ENGINE_H

#include "hold.h"
#include "modal.h"
#include "simd.h"

// What goes in as mid and side comes out as left and right, ENGINE_LATENCY samples later.
struct engine_signals {
    const double *half[2]; // half[i][-ENGINE_HISTORY] and later are read
    double *driver_v[2], *leg_a[2];
};

#define ENGINE_STATES                                                                              \
    (2 * ((MODAL_MAX + 1) / 2 + LANES)) // two for each block, blocks padded to full vectors
#define ENGINE_BLOCKS   (ENGINE_STATES / 2)
#define ENGINE_FIR_TAPS (HOLD_TAPS - 1)
#define ENGINE_HISTORY  ENGINE_FIR_TAPS // inputs before the group that an engine reads
#define ENGINE_LATENCY  HOLD_FUTURE     // samples from input to output
#define ENGINE_GROUP    (ENGINE_HISTORY + LANES)

// A block is a conjugate pair (state: real and imaginary part) or two real poles.
struct engine {
    int block_count; // arrays are zero up to the next multiple of LANES
    _Alignas(32) double transition[4][ENGINE_BLOCKS];   // lambda^4 as a 2 x 2 matrix, row by row
    _Alignas(32) double drive[LANES][2][ENGINE_BLOCKS]; // lambda^(3 - i) for input i of the group
    _Alignas(32) double decay[MODAL_OUTPUTS][ENGINE_STATES][LANES]; // state -> outputs of the group
    _Alignas(32) double fir[MODAL_OUTPUTS][ENGINE_GROUP][LANES];    // input -> outputs of the group
};

struct engine_state {
    _Alignas(32) double state[2][ENGINE_BLOCKS];
};

// The causal form with a linear hold: y[n] = gain u[n] + sum rho x[n], x[n] = lambda x[n - 1] + u[n
// - 1].
struct engine_port {
    int block_count;
    double gain[MODAL_OUTPUTS];
    _Alignas(32) double transition[4][ENGINE_BLOCKS];
    _Alignas(32) double drive[2][ENGINE_BLOCKS];
    _Alignas(32) double residue[MODAL_OUTPUTS][2][ENGINE_BLOCKS];
};

struct engine_builder {
    struct engine *engine;
    struct engine_port *port;
    const struct modal *modal;
    const struct hold *hold;
    int index, real_pending; // the block that waits for its second real pole
};

// Building, in steps of one mode each. Real-time safe.
void engine_build_begin(struct engine_builder *builder, const struct modal *modal,
                        const struct hold *hold, struct engine *engine, struct engine_port *port);
bool engine_build_step(struct engine_builder *builder);

#endif
