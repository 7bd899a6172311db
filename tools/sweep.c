// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "sweep.h"

#include "figures.h"
#include "report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct sweep *sweep_new(const struct table_column *columns, size_t column_count, size_t row_count) {
    struct sweep *sweep =
        malloc(sizeof *sweep + column_count * row_count * sizeof sweep->values[0]);
    if (!sweep) {
        report_error("out of memory");
        return NULL;
    }
    *sweep = (struct sweep){columns, column_count, row_count};
    for (size_t i = 0; i < column_count * row_count; i++)
        sweep->values[i] = (double)NAN;
    return sweep;
}

void sweep_free(struct sweep *sweep) {
    free(sweep);
}

double *sweep_row(struct sweep *sweep, size_t row) {
    return sweep->values + row * sweep->column_count;
}

size_t sweep_column(const struct sweep *sweep, const char *name) {
    size_t column = 0;
    while (strcmp(sweep->columns[column].name, name) != 0)
        column++;
    return column;
}

double sweep_value(const struct sweep *sweep, size_t row, size_t column) {
    return sweep->values[row * sweep->column_count + column];
}

void sweep_print(const struct sweep *sweep, enum table_format format) {
    struct table *table = table_new(sweep->columns, sweep->column_count);
    for (size_t i = 0; i < sweep->row_count * sweep->column_count; i++)
        table_number(table, sweep->values[i]);
    table_print(table, format);
    table_free(table);
}

double sweep_hz(size_t point, size_t point_count) {
    const double ratio = SWEEP_HIGHEST_HZ / SWEEP_LOWEST_HZ;
    return SWEEP_LOWEST_HZ * pow(ratio, (double)point / (double)(point_count - 1));
}

double sweep_db(double ratio) {
    return figures_db(ratio, FIGURES_CROSSTALK_FLOOR_DB);
}
