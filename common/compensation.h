// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Makes good what a triangle over two samples takes from the top of the audible band.
#ifndef LOADLINE_COMPENSATION_H
#define LOADLINE_COMPENSATION_H

#define COMPENSATION_LATENCY 2

// Symmetric, so that it delays by COMPENSATION_LATENCY samples.
struct compensation {
    double tap[5];
};

// Not for the audio thread (microseconds).
void compensation_init(struct compensation *compensation, double rate_hz);

#endif
