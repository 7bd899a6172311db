// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The real-time form of a one-channel network: EMF in, driver voltage and leg current out.
//
// A mode r/(s - p) becomes a state with the samples of its impulse response, r h/(1 - lambda w),
// lambda = e^(ph), w = z^-1, which is as sharp as the mode itself. What that leaves of its response
// is smooth within the band. So is all of a mode that has died after a sample or rings above
// Nyquist: it has no state, and cannot answer to images that sampling leaves. What is smooth
// becomes a short FIR (band.h), one for all modes. That FIR is the only error; it looks ahead,
// which costs ENGINE_LATENCY samples.
//
// GROUP samples are computed at a time: the outputs of a group depend on the states before it and
// on the inputs since. States run for mid and side, in double precision, because they add up over
// time. What enters and leaves them is single precision, unless modes close to each other nearly
// cancel. The inputs' part is single precision, too. In it mid and side would have to cancel down
// to the crosstalk, so it is split otherwise: with M and S the answers of mid and side,
//   left = M mid + S side = S left + (M - S) mid,   right = S right + (M - S) mid.
// What runs is engine_process in kernels.h, and engine_filter for one channel alone.
#ifndef LOADLINE_ENGINE_H
#define LOADLINE_ENGINE_H

#include "band.h"
#include "mode.h"

#include <stdbool.h>

#define ENGINE_HISTORY (BAND_TAPS - 1)          // inputs before the group that an engine uses
#define ENGINE_PAST    (2 * GROUP)              // the same in whole groups
#define ENGINE_LATENCY BAND_LATENCY             // samples from input to output
#define ENGINE_INPUTS  (ENGINE_HISTORY + GROUP) // that the outputs of a group see

enum engine_side { ENGINE_MID, ENGINE_SIDE, ENGINE_HALVES };

// Of each output of a group to each input that it sees: the first answers to an impulse, shifted by
// one from input to input, so that all loads are aligned.
struct engine_answer {
    _Alignas(32) float tap[MODAL_OUTPUTS][ENGINE_INPUTS][GROUP];
};

// What enters and leaves the states in single precision; for LANES blocks at a time, first states
// and second ones side by side.
struct engine_single {
    _Alignas(32) float drive[MODE_BLOCKS / LANES][GROUP][2 * LANES];
    _Alignas(32) float decay[MODAL_OUTPUTS][2 * MODE_BLOCKS][GROUP];
};

// One channel of the network.
struct engine_half {
    struct mode_blocks blocks;                                        // transition: lambda^8
    _Alignas(32) double drive[GROUP][2][MODE_BLOCKS];                 // lambda^(7 - i) for input i
    _Alignas(32) double decay[MODAL_OUTPUTS][2 * MODE_BLOCKS][GROUP]; // state -> outputs
    struct engine_single single;
    double gain[MODAL_OUTPUTS];    // that of modal.h's shift
    double at_most[MODAL_OUTPUTS]; // what the states can leave, for inputs up to one
    double exact_answer[MODAL_OUTPUTS][ENGINE_INPUTS];
    struct engine_answer answer;
};

struct engine {
    struct engine_half half[ENGINE_HALVES];
    struct engine_answer common; // of both channels to left + right: (M - S) / 2
    bool halves_differ;
    bool is_single; // whether single precision is enough for its states
};

struct engine_state {
    _Alignas(32) double state[2][MODE_BLOCKS];
};

// Left and right; what comes out is ENGINE_LATENCY samples late.
struct engine_signals {
    const float *in[2]; // in[i][-ENGINE_PAST] and later are read
    float *driver_v[2], *leg_a[2];
};

// While a half is being built: what its states leave to the FIR.
struct engine_rest {
    double complex response[MODAL_OUTPUTS][BAND_POINTS];
};

// Builds a half mode by mode; each call is a few microseconds at most. Real-time safe.
void engine_begin(struct engine_half *half, struct engine_rest *rest, const struct modal *modal);
void engine_add_mode(struct engine_half *half, struct engine_rest *rest, const struct modal *modal,
                     int index, const struct band *band);
void engine_end(struct engine_half *half, const struct engine_rest *rest, const struct band *band);

// Once both halves have ended.
void engine_join(struct engine *engine);

#endif
