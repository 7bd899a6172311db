// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Rows for people (aligned text), spreadsheets (CSV, RFC 4180) and programs (JSON: a list of
// objects).
#ifndef LOADLINE_TABLE_H
#define LOADLINE_TABLE_H

#include <stdbool.h>
#include <stddef.h>

enum table_format { TABLE_TEXT, TABLE_CSV, TABLE_JSON };

struct table_column {
    const char *name;
    bool verbose; // too long for text
};

struct table; // opaque

// Ends the process if the name is none of a format; text is only offered where it is asked for.
enum table_format table_parse_format(const char *name, bool with_text);

// The columns have to stay. Memory that runs short ends the process.
struct table *table_new(const struct table_column *columns, size_t column_count);
void table_free(struct table *table);

// The next cell of the present row; a full row begins the next. What is not known is NaN or NULL.
void table_number(struct table *table, double number);
void table_text(struct table *table, const char *text);

// To standard output.
void table_print(const struct table *table, enum table_format format);

#endif
