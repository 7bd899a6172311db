// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The table that the commands response and measure share, so that one can be laid over the other.
#ifndef LOADLINE_RESPONSE_TABLE_H
#define LOADLINE_RESPONSE_TABLE_H

#include "table.h"

#include <complex.h>

#define RESPONSE_LOWEST_HZ  20.0
#define RESPONSE_HIGHEST_HZ 20000.0

// 24 an octave, and at least two.
enum { RESPONSE_POINTS = 241, RESPONSE_POINTS_MIN = 2, RESPONSE_POINTS_MAX = 100000 };

// Logarithmic, both ends included.
double response_table_hz(unsigned point, unsigned point_count);

struct response_row {
    double hz;
    double complex both, alone, across; // small_signal.h
    double complex load_ohm;            // NaN if not known
};

struct table *response_table_new(void);
void response_table_add(struct table *table, const struct response_row *row);

#endif
