// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The poles and residues of a one-channel view of a circuit (CIRCUIT_MID or CIRCUIT_SIDE), from its
// EMF to the driver voltage and the leg current:
//
//   H(s) = at_shift - sigma sum_k gain_k / (1 + sigma mu_k),   sigma = s - shift
//
// The nodal equations (G + sE) x = b are singular in s -> infinity, but solvable at a real shift
// s0. There E = P D P^T (one column of P and one entry of D for each capacitor and inductor), and
// by the Woodbury identity the dynamics are those of the small matrix Q D, Q = P^T (G + s0 E)^-1 P.
// No state variables have to be chosen, so capacitor loops, inductor cut-sets and ideal
// transformers need no special care. A pole is p = s0 - 1/mu. Q is symmetric (the network is
// reciprocal), so with X = |D|^1/2 Q |D|^1/2 and J = sign D the left eigenvectors of X J are J
// times the right ones.
#ifndef LOADLINE_MODAL_H
#define LOADLINE_MODAL_H

#include "circuit.h"
#include "eigen.h"
#include "nodal.h"

#include <complex.h>
#include <stdbool.h>

#define MODAL_MAX       EIGEN_MAX
#define MODAL_NODAL_MAX 160

enum modal_output { MODAL_DRIVER_V, MODAL_LEG_A, MODAL_OUTPUTS };

// One real pole, or a conjugate pair of which the one with positive imaginary part is kept.
struct modal_mode {
    double complex mu;
    double complex gain[MODAL_OUTPUTS];
    bool pair;
};

struct modal {
    int mode_count;
    double shift_rad_s;
    double at_shift[MODAL_OUTPUTS];
    struct modal_mode mode[MODAL_MAX];
};

// The computation, in steps. About 400 KiB: keep it off the stack.
struct modal_builder {
    struct modal modal; // the result
    bool failed;        // singular, too large, or QR did not converge

    // Work.
    struct circuit circuit; // one channel
    struct nodal nodal;
    struct eigen eigen;
    int phase, index, dynamic_count, pivot[MODAL_NODAL_MAX];
    int dynamic[MODAL_MAX]; // elements with memory
    double lu[MODAL_NODAL_MAX][MODAL_NODAL_MAX];
    double column[MODAL_NODAL_MAX];
    double input[MODAL_MAX];                 // |D|^1/2 P^T K^-1 b
    double output[MODAL_OUTPUTS][MODAL_MAX]; // |D|^1/2 P^T K^-1 c
    double sign[MODAL_MAX], weight[MODAL_MAX];
};

// Begins with a view of one channel. Real-time safe.
void modal_begin(struct modal_builder *builder, const struct circuit *view);

// One bounded piece, a few thousand flops; true when the result (or `failed`) stands.
bool modal_step(struct modal_builder *builder);

// What the next piece takes, roughly in quarters of a microsecond.
int modal_step_cost(const struct modal_builder *builder);

// H(s) of the result.
double complex modal_response(const struct modal *modal, enum modal_output output,
                              double complex s);

static inline double complex modal_pole(const struct modal *modal, int mode) {
    return modal->shift_rad_s - 1.0 / modal->mode[mode].mu;
}

#endif
