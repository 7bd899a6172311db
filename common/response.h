// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Complex AC analysis of any view of a circuit, by nodal analysis at one frequency after another.
// It is exact, shares nothing with the real-time engine but the circuit, and allocates: not for the
// audio thread.
#ifndef LOADLINE_RESPONSE_H
#define LOADLINE_RESPONSE_H

#include "circuit.h"

#include <complex.h>

struct response; // opaque

struct response_point {
    double complex driver_v[2];      // across each channel's driver
    double complex leg_current_a[2]; // out of each channel's first leg
};

// NULL when memory is short or the circuit has overflowed. The circuit is copied.
struct response *response_new(const struct circuit *view);
void response_free(struct response *response);

// Drives each channel's EMF with a phasor and solves at `hz` > 0. False if the network is singular
// there.
bool response_solve(struct response *response, double hz, const double complex emf_v[2],
                    struct response_point *point);

#endif
