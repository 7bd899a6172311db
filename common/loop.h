// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// A periodic source: a loop of samples with a whole number of periods, made from its Fourier
// series, of an RMS of 1 from 20 Hz to 20 kHz and with nothing outside.
#ifndef LOADLINE_LOOP_H
#define LOADLINE_LOOP_H

#include "power_spectrum.h"

#include <complex.h>
#include <stdint.h>

struct loop {
    int length;
    float *sample;
    struct power_spectrum spectrum;
};

// The amplitude of a harmonic (1 is the fundamental), in any unit: Re(line e^(j 2 pi h f t)).
typedef double complex loop_line(int harmonic, double fundamental_hz);

// Allocates; false if that fails. The loop holds one period, or up to 0.1 s of them where that
// comes closer to the fundamental: exact at every usual rate, and off by 0.012 % at worst.
bool loop_init(struct loop *loop, double rate_hz, double fundamental_hz, loop_line *line);

// A loop of `length` zeros for a spectrum of lines that are step_hz apart.
bool loop_init_silent(struct loop *loop, int length, double step_hz);
void loop_free(struct loop *loop);

// Adds weight times the loop to to[0 ... count - 1]; time counts samples. Real-time safe.
void loop_add(const struct loop *loop, uint64_t time, double weight, double *to, int count);

#endif
