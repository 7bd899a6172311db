// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// What is computed or measured over frequency or level: named columns of numbers, a row for each
// point. The commands print it, or draw it.
#ifndef LOADLINE_SWEEP_H
#define LOADLINE_SWEEP_H

#include "table.h"

#include <stddef.h>

#define SWEEP_LOWEST_HZ  20.0
#define SWEEP_HIGHEST_HZ 20000.0

enum { SWEEP_POINTS_MIN = 2, SWEEP_POINTS_MAX = 100000 };

struct sweep {
    const struct table_column *columns;
    size_t column_count, row_count;
    double values[]; // row after row; what is not known is NaN
};

// The columns have to stay. NULL after a message.
struct sweep *sweep_new(const struct table_column *columns, size_t column_count, size_t row_count);
void sweep_free(struct sweep *sweep);

double *sweep_row(struct sweep *sweep, size_t row);
// Of a name that there is.
size_t sweep_column(const struct sweep *sweep, const char *name);
double sweep_value(const struct sweep *sweep, size_t row, size_t column);

// To standard output.
void sweep_print(const struct sweep *sweep, enum table_format format);

// Of a point from SWEEP_LOWEST_HZ to SWEEP_HIGHEST_HZ: logarithmic, both ends included.
double sweep_hz(size_t point, size_t point_count);

// 20 log10(ratio), never below the floor that the meters have, too.
double sweep_db(double ratio);

#endif
