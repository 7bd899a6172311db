// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "table.h"

#include "report.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER        "%.9g"
#define NUMBER_DIGITS 9

enum { NUMBER_MAX = 32 };

struct table {
    const struct table_column *columns;
    size_t column_count, cell_count;
    json_t *rows; // objects
};

static const char *const format_names[] = {
    [TABLE_TEXT] = "text",
    [TABLE_CSV] = "csv",
    [TABLE_JSON] = "json",
};

enum table_format table_parse_format(const char *name, bool with_text) {
    for (enum table_format format = with_text ? TABLE_TEXT : TABLE_CSV; format <= TABLE_JSON;
         format++)
        if (strcmp(format_names[format], name) == 0)
            return format;
    report_usage_error("--format: there is no '%s'; use %scsv or json", name,
                       with_text ? "text, " : "");
}

static void *require(void *memory) {
    if (!memory) {
        report_error("out of memory");
        exit(EXIT_RUNTIME);
    }
    return memory;
}

struct table *table_new(const struct table_column *columns, size_t column_count) {
    struct table *table = require(calloc(1, sizeof *table));
    *table = (struct table){columns, column_count, 0, require(json_array())};
    return table;
}

void table_free(struct table *table) {
    json_decref(table->rows);
    free(table);
}

static void add_cell(struct table *table, json_t *cell) {
    const size_t column = table->cell_count++ % table->column_count;
    if (column == 0)
        json_array_append_new(table->rows, require(json_object()));
    json_t *row = json_array_get(table->rows, json_array_size(table->rows) - 1);
    json_object_set_new(row, table->columns[column].name, require(cell));
}

void table_number(struct table *table, double number) {
    add_cell(table, isfinite(number) ? json_real(number) : json_null());
}

void table_text(struct table *table, const char *text) {
    add_cell(table, text && *text != '\0' ? json_string(text) : json_null());
}

// --- Output ---

static const json_t *cell(const json_t *row, const struct table_column *column) {
    return json_object_get(row, column->name);
}

// As text, in the buffer if it is a number.
static const char *cell_text(const json_t *value, char buffer[static NUMBER_MAX]) {
    if (json_is_string(value))
        return json_string_value(value);
    buffer[0] = '\0';
    if (json_is_real(value))
        snprintf(buffer, NUMBER_MAX, NUMBER, json_real_value(value));
    return buffer;
}

static void print_csv_cell(const char *text) {
    if (!strpbrk(text, ",\"\r\n")) {
        fputs(text, stdout);
        return;
    }
    putchar('"');
    for (; *text != '\0'; text++) {
        if (*text == '"')
            putchar('"');
        putchar(*text);
    }
    putchar('"');
}

static void print_csv(const struct table *table) {
    for (size_t i = 0; i < table->column_count; i++)
        printf("%s%s", i > 0 ? "," : "", table->columns[i].name);
    size_t index;
    const json_t *row;
    json_array_foreach(table->rows, index, row) {
        for (size_t i = 0; i < table->column_count; i++) {
            char buffer[NUMBER_MAX];
            fputs(i > 0 ? "," : "\n", stdout);
            print_csv_cell(cell_text(cell(row, &table->columns[i]), buffer));
        }
    }
    putchar('\n');
}

// Characters, not bytes: continuation bytes of UTF-8 take no room.
static size_t text_width(const char *text) {
    size_t width = 0;
    for (; *text != '\0'; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

static size_t column_width(const struct table *table, size_t column) {
    size_t width = text_width(table->columns[column].name);
    size_t index;
    const json_t *row;
    json_array_foreach(table->rows, index, row) {
        char buffer[NUMBER_MAX];
        const size_t own = text_width(cell_text(cell(row, &table->columns[column]), buffer));
        width = own > width ? own : width;
    }
    return width;
}

// The next cell of a line; blanks are owed until something follows them.
static void print_padded(const char *text, size_t width, size_t *owed) {
    if (*text != '\0') {
        printf("%*s%s", (int)*owed, "", text);
        *owed = 0;
    }
    *owed += width - text_width(text) + 2;
}

static void print_text_row(const struct table *table, const json_t *row, const size_t *width) {
    size_t owed = 0;
    for (size_t i = 0; i < table->column_count; i++) {
        const struct table_column *column = &table->columns[i];
        char buffer[NUMBER_MAX];
        if (!column->verbose)
            print_padded(row ? cell_text(cell(row, column), buffer) : column->name, width[i],
                         &owed);
    }
    putchar('\n');
}

static void print_text(const struct table *table) {
    size_t *width = require(calloc(table->column_count, sizeof *width));
    for (size_t i = 0; i < table->column_count; i++)
        width[i] = column_width(table, i);
    print_text_row(table, NULL, width);
    size_t index;
    const json_t *row;
    json_array_foreach(table->rows, index, row) {
        print_text_row(table, row, width);
    }
    free(width);
}

void table_print(const struct table *table, enum table_format format) {
    switch (format) {
    case TABLE_TEXT:
        print_text(table);
        break;
    case TABLE_CSV:
        print_csv(table);
        break;
    case TABLE_JSON:
        json_dumpf(table->rows, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(NUMBER_DIGITS));
        putchar('\n');
        break;
    }
}
