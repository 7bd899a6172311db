// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// What one output of an amplifier does with a headphone: the figures that a decision needs,
// computed from the same circuit that the plugin runs. A figure that rests on something unknown is
// NaN.
#ifndef LOADLINE_ADVICE_H
#define LOADLINE_ADVICE_H

#include "devices.h"
#include "ports.h"

#include <stdbool.h>

// Sensitivities of one model differ by so much, and so does every sound pressure computed from one.
#define ADVICE_SPL_ERROR_DB 3.0

struct question {
    const struct device *headphone;
    float values[PORT_COUNT]; // of the chain: line and environment
    double wanted_spl_db;     // peak
};

enum advice_limit { LIMIT_UNKNOWN, LIMIT_VOLTS, LIMIT_AMPS, LIMIT_LEVEL }; // LEVEL: full scale

struct advice {
    const struct device *amplifier;
    int topology;     // -1 if not known
    bool is_source;   // no line in front of it
    bool needs_wires; // a 4-wire output, and the headphone's cable has 3
    enum advice_limit limit;
    bool current_known;
    double max_spl_db; // a sine of 1 kHz
    double headroom_db;
    double hiss_dba, hum_dba; // hum at the gain that the wanted level takes
    double deviation_db, crosstalk_db, damping_factor;
    double cable_crosstalk_db; // what is known of it: the cable's part
};

// False when memory is short.
bool advice_compute(const struct question *question, const struct device *amplifier,
                    struct advice *advice);

#endif
