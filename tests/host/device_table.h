// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// A table of presets/*.csv as the tests read it: RFC 4180, a header row, cells found by column
// name. A missing file or column is an error of the test: a message, then abort().
#ifndef LOADLINE_TESTS_DEVICE_TABLE_H
#define LOADLINE_TESTS_DEVICE_TABLE_H

#include <stdbool.h>
#include <stddef.h>

struct device_table;

// Opens name (for example "headphones.csv") under the environment's LOADLINE_PRESETS_PATH, or else
// the compiled-in LOADLINE_PRESETS_PATH.
struct device_table *device_table_open(const char *name);
void device_table_close(struct device_table *table);

size_t device_table_rows(const struct device_table *table);
// Never NULL; an absent cell is the empty string.
const char *device_table_text(const struct device_table *table, size_t row, const char *column);
// An empty cell reads as fallback; anything else has to be a number.
double device_table_number(const struct device_table *table, size_t row, const char *column,
                           double fallback);

#endif
