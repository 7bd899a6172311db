// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// A table for people: aligned columns on a terminal, or Markdown.
#ifndef LOADLINE_BENCH_SHEET_H
#define LOADLINE_BENCH_SHEET_H

#include <stdbool.h>

struct sheet;

// From now on standard output is for tables alone: what plugins print goes to standard error.
void sheet_take_output(void);
// At the end: false if not all of it could be written.
bool sheet_close_output(void);
// Of every sheet that ends from now on.
void sheet_use_markdown(bool use_markdown);

// Columns are separated by '|'; the first one names the rows.
struct sheet *sheet_begin(const char *title, const char *columns);
// A row, and its cells from left to right. What is missing at the end of a row stays empty.
__attribute__((format(printf, 2, 3))) void sheet_row(struct sheet *sheet, const char *format, ...);
__attribute__((format(printf, 2, 3))) void sheet_cell(struct sheet *sheet, const char *format, ...);
// A line below the table.
__attribute__((format(printf, 2, 3))) void sheet_note(struct sheet *sheet, const char *format, ...);
// Prints it.
void sheet_end(struct sheet *sheet);

#endif
