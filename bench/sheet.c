// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#define _POSIX_C_SOURCE 200809L
#include "sheet.h"

#include "die.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROWS_MAX = 1024, COLUMNS_MAX = 12, NOTES_MAX = 8, TEXT_MAX = 160 };

// Row 0 holds the headings.
struct sheet {
    char title[TEXT_MAX];
    char cell[ROWS_MAX][COLUMNS_MAX][TEXT_MAX];
    char note[NOTES_MAX][2 * TEXT_MAX];
    int rows, columns, column, notes;
};

static bool markdown;
static FILE *output;

void sheet_take_output(void) {
    const int copy = dup(STDOUT_FILENO);
    output = copy < 0 ? NULL : fdopen(copy, "w");
    if (!output || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
        die("no standard output");
}

bool sheet_close_output(void) {
    const bool good = !ferror(output);
    return fclose(output) == 0 && good;
}

void sheet_use_markdown(bool use_markdown) {
    markdown = use_markdown;
}

struct sheet *sheet_begin(const char *title, const char *columns) {
    struct sheet *sheet = allocate(1, sizeof *sheet);
    snprintf(sheet->title, sizeof sheet->title, "%s", title);
    for (const char *at = columns; at && sheet->columns < COLUMNS_MAX; sheet->columns++) {
        const char *end = strchr(at, '|');
        snprintf(sheet->cell[0][sheet->columns], TEXT_MAX, "%.*s",
                 end ? (int)(end - at) : TEXT_MAX - 1, at);
        at = end ? end + 1 : NULL;
    }
    sheet->rows = 1;
    return sheet;
}

void sheet_row(struct sheet *sheet, const char *format, ...) {
    if (sheet->rows == ROWS_MAX)
        die("a table of more than %d rows", ROWS_MAX);
    va_list values;
    va_start(values, format);
    vsnprintf(sheet->cell[sheet->rows++][0], TEXT_MAX, format, values);
    va_end(values);
    sheet->column = 1;
}

void sheet_cell(struct sheet *sheet, const char *format, ...) {
    if (sheet->column >= sheet->columns)
        die("\"%s\" has %d columns", sheet->title, sheet->columns);
    va_list values;
    va_start(values, format);
    vsnprintf(sheet->cell[sheet->rows - 1][sheet->column++], TEXT_MAX, format, values);
    va_end(values);
}

void sheet_note(struct sheet *sheet, const char *format, ...) {
    if (sheet->notes == NOTES_MAX)
        die("\"%s\" has more than %d notes", sheet->title, NOTES_MAX);
    va_list values;
    va_start(values, format);
    vsnprintf(sheet->note[sheet->notes++], sizeof *sheet->note, format, values);
    va_end(values);
}

static int width_of(const struct sheet *sheet, int column) {
    int widest = 0;
    for (int row = 0; row < sheet->rows; row++) {
        const int width = (int)strlen(sheet->cell[row][column]);
        widest = width > widest ? width : widest;
    }
    return widest;
}

// Names to the left, figures to the right.
static void print_row(const struct sheet *sheet, int row) {
    for (int column = 0; column < sheet->columns; column++) {
        const char *text = sheet->cell[row][column];
        if (markdown)
            fprintf(output, "| %s ", text);
        else
            fprintf(output, column ? "  %*s" : "  %-*s", width_of(sheet, column), text);
    }
    fputs(markdown ? "|\n" : "\n", output);
    if (markdown && row == 0) {
        fprintf(output, "|---|");
        for (int column = 1; column < sheet->columns; column++)
            fprintf(output, "--:|");
        fputc('\n', output);
    }
}

void sheet_end(struct sheet *sheet) {
    fprintf(output, markdown ? "\n**%s**\n\n" : "\n%s\n", sheet->title);
    for (int row = 0; row < sheet->rows; row++)
        print_row(sheet, row);
    for (int i = 0; i < sheet->notes; i++)
        fprintf(output, markdown ? "\n%s\n" : "  %s\n", sheet->note[i]);
    fflush(output);
    free(sheet);
}
