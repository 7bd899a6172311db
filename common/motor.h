// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// A motor with brushes: an impulse at each commutation, and sparks.
//
//   interval = (1 + wander + 0.04 even) / 1500 Hz      from one commutation to the next
//   height   = 1 + 0.5 even                            of its impulse
//   3 sparks a commutation, anywhere in its interval, of height 0.7 even
//
// even is drawn anew each time, evenly from -1 to 1. wander is the speed: standard deviation 1.5 %,
// time constant 0.25 s. Each impulse is (1 - t/tau) e^(-t/tau), tau 50 us, what a wire beside the
// motor picks up of a current that breaks off and dies out; tapered above 15 kHz.
#ifndef LOADLINE_MOTOR_H
#define LOADLINE_MOTOR_H

#include "power_spectrum.h"
#include "splitmix.h"

#include <stdint.h>

// A chunk of 5.8 ms, an impulse of 2.1 ms and an interval begin at most 16 commutations.
#define MOTOR_IMPULSES 64

// Computed once for a rate.
struct motor {
    double interval;      // frames
    double wander_memory; // what is left of a wander after one interval
    int length;
    float *impulse; // for an RMS of 1 from 20 Hz to 20 kHz
    struct power_spectrum spectrum;
};

struct motor_impulse {
    uint64_t start;
    double height;
};

struct motor_state {
    struct splitmix random;
    uint64_t time;      // frames
    double commutation; // the next one
    double wander;
    int count;
    struct motor_impulse impulse[MOTOR_IMPULSES]; // not over yet, or still to come
};

// Allocates; false if that fails.
bool motor_init(struct motor *motor, double rate_hz);
void motor_free(struct motor *motor);

// Real-time safe.
void motor_start(struct motor_state *state, uint64_t seed);

// Adds weight times the source; count is at most CHUNK_MAX. Real-time safe.
void motor_add(const struct motor *motor, struct motor_state *state, double weight, double *to,
               int count);

#endif
