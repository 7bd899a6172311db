// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// A network without look-ahead: what this sample's EMF changes at once, and what past ones leave.
//   y[n] = gain u[n] + sum rho x[n],   x[n] = lambda x[n - 1] + u[n - 1]
// With straight lines between samples a passive network stays passive, which lets a nonlinearity
// be solved together with it. What runs is causal_history and causal_advance in kernels.h.
#ifndef LOADLINE_CAUSAL_H
#define LOADLINE_CAUSAL_H

#include "engine.h"

struct causal {
    double gain[MODAL_OUTPUTS];
    struct mode_blocks blocks; // transition: lambda
    _Alignas(32) double drive[2][MODE_BLOCKS];
    _Alignas(32) double residue[MODAL_OUTPUTS][2][MODE_BLOCKS]; // rho
    // One step ahead: y[n + 1] = gain u[n + 1] + next_gain u[n] + sum (rho lambda) x[n].
    double next_gain[MODAL_OUTPUTS];
    _Alignas(32) double next_residue[MODAL_OUTPUTS][2][MODE_BLOCKS];
};

// Builds a network mode by mode. Real-time safe.
void causal_begin(struct causal *causal, const struct modal *modal);
void causal_add_mode(struct causal *causal, const struct modal *modal, int mode, double step_s);

#endif
