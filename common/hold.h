// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// How a sampled signal moves between two samples: a polynomial from twelve of them, optimal for
// signals up to 20 kHz.
//
//   u(t) = sum_m sum_j weight[m][j] (t/h)^m u[n + j - HOLD_PAST],  0 <= t <= h, n at t = 0
//
// For each t the twelve weights minimise the mean square error of e^(jwt) over |w| <= 2 pi 20 kHz,
// with DC exact; the polynomials in t are fitted to that, and pass through u[n] and u[n + 1].
#ifndef LOADLINE_HOLD_H
#define LOADLINE_HOLD_H

#define HOLD_TAPS  12
#define HOLD_PAST  5  // u[n - 5] ... u[n + 6]
#define HOLD_TERMS 10 // degree 9
#define HOLD_FUTURE                                                                                \
    (HOLD_TAPS - HOLD_PAST - 2) // samples beyond the interval: the latency that a hold costs

struct hold {
    double step_s; // h
    double weight[HOLD_TERMS][HOLD_TAPS];
};

// Not for the audio thread (tens of microseconds).
void hold_init(struct hold *hold, double rate_hz);

#endif
