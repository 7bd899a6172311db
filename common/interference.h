// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// What gets into a line from outside, as voltages. Eight models: their formulas are with each of
// them (mains.h, usb.h, motor.h, gsm.h, radio.h) and, with sources, in doc/interference.md. All are
// band-limited to 20 kHz. Periodic ones are loops that start at time 0 whatever the seed; motor and
// radio are random and run only while they are heard.
#ifndef LOADLINE_INTERFERENCE_H
#define LOADLINE_INTERFERENCE_H

#include "motor.h"
#include "radio.h"

#include <stdint.h>

#define INTERFERENCE_LOWEST_RATE_HZ  88000.0
#define INTERFERENCE_HIGHEST_RATE_HZ 2e6

enum interference_kind {
    INTERFERENCE_GROUND_LOOP,
    INTERFERENCE_USB,
    INTERFERENCE_HUM,
    INTERFERENCE_DIMMER,
    INTERFERENCE_FLUORESCENT,
    INTERFERENCE_MOTOR,
    INTERFERENCE_GSM,
    INTERFERENCE_RADIO,
    INTERFERENCE_KINDS
};

// Loops, impulse and filters of one rate; nothing changes in it. About 130 kB at 96 kHz.
struct interference;

struct interference_state {
    uint64_t time; // samples since the reset
    struct motor_state motor;
    struct radio_state radio;
};

// NULL if the rate is out of range or there is no memory. Not for the audio thread (milliseconds).
struct interference *interference_new(double rate_hz);
void interference_free(struct interference *interference);

// The same seed gives the same sound. Real-time safe.
void interference_reset(struct interference_state *state, uint32_t seed);

// Adds sum_k weight_v[k] source_k to to[0 ... count - 1]: a weight is the RMS of that source in
// volts from 20 Hz to 20 kHz, mains is 0 for 50 Hz and 1 for 60 Hz, count is at most CHUNK_MAX
// (kernels.h). The sum does not depend on how time is cut into counts. Real-time safe.
void interference_add(const struct interference *interference, struct interference_state *state,
                      const double weight_v[INTERFERENCE_KINDS], int mains, double *to, int count);

// The share of a source's power (1 in total, from 20 Hz to 20 kHz) from low (included) to high (not
// included). Real-time safe, microseconds at most.
double interference_power(const struct interference *interference, enum interference_kind kind,
                          int mains, double low_hz, double high_hz);

#endif
