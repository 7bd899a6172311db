// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "device_table.h"

#include "die.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef LOADLINE_PRESETS_PATH
#define LOADLINE_PRESETS_PATH "presets"
#endif

enum { MAX_COLUMNS = 64, MAX_ROWS = 1024, MAX_PATH = 4096 };

struct device_table {
    char *text; // every cell points into it
    size_t columns;
    size_t rows; // the header not counted
    const char *cells[MAX_ROWS + 1][MAX_COLUMNS];
};

static char *read_all(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file)
        die("cannot open: %s", path);
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    char *text = size >= 0 ? malloc((size_t)size + 1) : NULL;
    if (!text || fread(text, 1, (size_t)size, file) != (size_t)size)
        die("cannot read: %s", path);
    text[size] = '\0';
    fclose(file);
    return text;
}

// Reads one cell in place and leaves *cursor on the comma, line end or NUL that follows. The cell
// still has to be terminated there, once that character has been looked at.
static char *read_cell(char **cursor, char **end) {
    char *from = *cursor;
    char *to = from;
    char *start = from;
    if (*from != '"') {
        from += strcspn(from, ",\r\n");
        *end = *cursor = from;
        return start;
    }
    for (from++; *from && !(from[0] == '"' && from[1] != '"'); from++) {
        if (*from == '"')
            from++; // a doubled quote stands for one
        *to++ = *from;
    }
    if (*from != '"')
        die("a quote stays open: %s", start);
    *end = to;
    *cursor = from + 1;
    return start;
}

static size_t read_row(char **cursor, const char **cells) {
    for (size_t count = 0; count < MAX_COLUMNS;) {
        char *end;
        cells[count++] = read_cell(cursor, &end);
        char next = **cursor;
        if (next != ',')
            *cursor += strspn(*cursor, "\r\n");
        else
            (*cursor)++;
        *end = '\0';
        if (next != ',')
            return count;
    }
    die("too many columns: %s", cells[0]);
}

static void read_rows(struct device_table *table) {
    char *cursor = table->text;
    table->columns = read_row(&cursor, table->cells[0]);
    while (*cursor) {
        if (table->rows == MAX_ROWS)
            die("too many rows: %s", cursor);
        const char **cells = table->cells[++table->rows];
        if (read_row(&cursor, cells) != table->columns)
            die("a row has not the columns of the header: %s", cells[0]);
    }
}

struct device_table *device_table_open(const char *name) {
    const char *given = getenv("LOADLINE_PRESETS_PATH");
    char path[MAX_PATH];
    const char *directory = given ? given : LOADLINE_PRESETS_PATH;
    const int length = snprintf(path, sizeof path, "%s/%s", directory, name);
    if (length < 0 || length >= MAX_PATH)
        die("path too long: %s", directory);
    struct device_table *table = allocate(1, sizeof *table);
    table->text = read_all(path);
    read_rows(table);
    return table;
}

void device_table_close(struct device_table *table) {
    if (!table)
        return;
    free(table->text);
    free(table);
}

size_t device_table_rows(const struct device_table *table) {
    return table->rows;
}

const char *device_table_text(const struct device_table *table, size_t row, const char *column) {
    if (row >= table->rows)
        die("row out of range, column: %s", column);
    for (size_t i = 0; i < table->columns; i++)
        if (strcmp(table->cells[0][i], column) == 0)
            return table->cells[row + 1][i];
    die("no column: %s", column);
}

double device_table_number(const struct device_table *table, size_t row, const char *column,
                           double fallback) {
    const char *text = device_table_text(table, row, column);
    if (!*text)
        return fallback;
    char *end;
    double number = strtod(text, &end);
    if (*end)
        die("no number: %s", text);
    return number;
}
