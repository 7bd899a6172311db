// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "response_table.h"

#include <math.h>

#define DEGREES_PER_RADIAN (180.0 / 3.14159265358979323846)
#define FLOOR_DB           (-200.0) // of the crosstalk meter

static const struct table_column columns[] = {
    {"frequency_hz", false}, {"level_db", false},           {"phase_deg", false},
    {"crosstalk_db", false}, {"load_impedance_ohm", false}, {"load_phase_deg", false},
};

double response_table_hz(unsigned point, unsigned point_count) {
    const double ratio = RESPONSE_HIGHEST_HZ / RESPONSE_LOWEST_HZ;
    return RESPONSE_LOWEST_HZ * pow(ratio, (double)point / (point_count - 1));
}

static double decibel(double ratio) {
    return ratio > 0.0 ? fmax(20.0 * log10(ratio), FLOOR_DB) : FLOOR_DB;
}

struct table *response_table_new(void) {
    return table_new(columns, sizeof columns / sizeof *columns);
}

void response_table_add(struct table *table, const struct response_row *row) {
    table_number(table, row->hz);
    table_number(table, decibel(cabs(row->both)));
    table_number(table, carg(row->both) * DEGREES_PER_RADIAN);
    table_number(table, decibel(cabs(row->across) / cabs(row->alone)));
    table_number(table, cabs(row->load_ohm));
    table_number(table, carg(row->load_ohm) * DEGREES_PER_RADIAN);
}
