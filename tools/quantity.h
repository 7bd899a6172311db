// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The quantities that can be swept, by name.
#ifndef LOADLINE_QUANTITY_H
#define LOADLINE_QUANTITY_H

#include "setup.h"
#include "sweep.h"

enum quantity_id {
    QUANTITY_RESPONSE,
    QUANTITY_IMPEDANCE,
    QUANTITY_CROSSTALK,
    QUANTITY_CMRR,
    QUANTITY_DISTORTION,
    QUANTITY_NOISE,
    QUANTITY_COUNT
};

struct quantity {
    const char *name;
    unsigned usual_points;
    // NULL where it cannot be had.
    struct sweep *(*of_circuit)(const struct setup *setup);
    struct sweep *(*of_plugin)(const struct setup *setup);
};

extern const struct quantity quantities[QUANTITY_COUNT];

// Ends the process over a name that is none.
enum quantity_id quantity_parse(const char *name);

// Of the circuit or of the running plugin, which has to have it. NULL after a message.
struct sweep *quantity_sweep(enum quantity_id id, const struct setup *setup, bool of_plugin);

#endif
