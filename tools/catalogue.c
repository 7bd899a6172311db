// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#define _POSIX_C_SOURCE 200809L // open_memstream
#include "catalogue.h"

#include "devices.h"
#include "report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS(array) (array), sizeof(array) / sizeof *(array)

// Text that grows while it is written, then goes into a cell.
struct text {
    char *buffer;
    size_t size;
    FILE *file;
};

static void text_open(struct text *text) {
    *text = (struct text){0};
    text->file = open_memstream(&text->buffer, &text->size);
    if (!text->file) {
        report_error("out of memory");
        exit(EXIT_RUNTIME);
    }
}

static void text_into_cell(struct text *text, struct table *table) {
    fclose(text->file);
    table_text(table, text->buffer);
    free(text->buffer);
}

// Before each item of a list but the first.
static void text_separate(struct text *text, const char *separator) {
    if (ftell(text->file) > 0)
        fputs(separator, text->file);
}

// --- Devices ---

static const struct table_column device_columns[] = {
    {"kind", false},   {"name", false},    {"tag", false},       {"estimated", false},
    {"source", false}, {"url", true},      {"note", true},       {"conductors", true},
    {"figures", true}, {"branches", true}, {"provenance", true},
};

// A headphone's branches stand for the load, of which they leave the sensitivity.
static bool is_replaced(const struct device *device, enum port_id id) {
    return device->branches && id != PORT_SENSITIVITY &&
           ports[id].field >= (int)offsetof(struct chain_params, load);
}

// An estimate is marked: "~10 ohm".
static void add_figure(struct text *text, const struct device *device, enum port_id id) {
    const double figure = device->value[id];
    const char *unit = units[ports[id].unit].symbol;
    text_separate(text, "; ");
    fprintf(text->file, "%s=", ports[id].symbol);
    if (isnan(figure)) {
        fputs("unknown", text->file);
        return;
    }
    if (device->tags[id] == TAG_ESTIMATED)
        fputc('~', text->file);
    if (port_choice_count(id) > 0)
        fputs(port_choice_label(id, (unsigned)figure), text->file);
    else
        fprintf(text->file, "%g%s%s", figure, *unit != '\0' ? " " : "", unit);
}

static void add_figures(struct table *table, const struct device_table *kind,
                        const struct device *device) {
    struct text text;
    text_open(&text);
    for (unsigned i = 0; i < kind->owned_count; i++)
        if (!is_replaced(device, kind->owned[i]))
            add_figure(&text, device, kind->owned[i]);
    text_into_cell(&text, table);
}

static void add_part(struct text *text, const char *name, double value, const char *unit) {
    if (value > 0.0)
        fprintf(text->file, " %s=%g%s%s", name, value, *unit != '\0' ? " " : "", unit);
}

static void add_branch(struct text *text, const struct device_branch *branch, unsigned char tag) {
    static const char *const peak_names[3] = {"peak1", "peak2", "peak3"};
    text_separate(text, "; ");
    fputs(tag == TAG_ESTIMATED ? "~" : "", text->file);
    add_part(text, "capacitance", branch->capacitance_uf, units[UNIT_MICROFARAD].symbol);
    add_part(text, "inductance", branch->inductance_mh, units[UNIT_MILLIHENRY].symbol);
    add_part(text, "resistance", branch->resistance, units[UNIT_OHM].symbol);
    for (unsigned i = 0; i < 3; i++)
        if (branch->peak[i][0] > 0.0)
            fprintf(text->file, " %s=%g %s at %g Hz, Q %g", peak_names[i], branch->peak[i][0],
                    units[UNIT_OHM].symbol, branch->peak[i][1], branch->peak[i][2]);
    add_part(text, "semi_impedance", branch->semi_impedance, units[UNIT_OHM].symbol);
    if (branch->semi_impedance > 0.0)
        add_part(text, "semi_exponent", branch->semi_exponent, "");
}

static void add_branches(struct table *table, const struct device *device) {
    struct text text;
    text_open(&text);
    for (unsigned i = 0; i < device->branch_count; i++)
        add_branch(&text, &device->branches[i], device->tags[PORT_RESISTANCE]);
    text_into_cell(&text, table);
}

static void add_device(struct table *table, const struct device_table *kind,
                       const struct device *device) {
    table_text(table, kind->kind);
    table_text(table, device->name);
    table_text(table, device->tag);
    table_text(table, device->estimated);
    table_text(table, device->source);
    table_text(table, device->url);
    table_text(table, device->note);
    table_text(table, device->conductors);
    add_figures(table, kind, device);
    add_branches(table, device);
    table_text(table, device->field_tags);
}

struct table *catalogue_devices(void) {
    struct table *table = table_new(COLUMNS(device_columns));
    for (size_t i = 0; i < DEVICE_TABLE_COUNT; i++)
        for (unsigned k = 0; k < *device_tables[i].count; k++)
            add_device(table, &device_tables[i], &device_tables[i].devices[k]);
    return table;
}

// --- Presets ---

static const struct table_column preset_columns[] = {
    {"preset", false},  {"plugin", false}, {"name", false},
    {"settings", true}, {"shows", true},   {"comment", false},
};

struct table *catalogue_presets(void) {
    struct table *table = table_new(COLUMNS(preset_columns));
    for (unsigned i = 0; i < preset_count; i++) {
        table_text(table, presets[i].slug);
        table_text(table, presets[i].plugin);
        table_text(table, presets[i].name);
        table_text(table, presets[i].settings);
        table_text(table, presets[i].shows);
        table_text(table, presets[i].comment);
    }
    return table;
}

// --- Symbols ---

static const struct table_column symbol_columns[] = {
    {"symbol", false},  {"kind", false},    {"minimum", false}, {"default", false},
    {"maximum", false}, {"unit", false},    {"plugins", false}, {"name", true},
    {"choices", true},  {"comment", false},
};

static const char *kind(enum port_id id) {
    static const char *const kinds[] = {
        [SCALE_LINEAR] = "number",      [SCALE_LOG] = "number",    [SCALE_LOG_ZERO] = "number",
        [SCALE_LOG_OFF] = "number",     [SCALE_TOGGLE] = "switch", [SCALE_TRIGGER] = "trigger",
        [SCALE_INTEGER] = "integer",    [SCALE_CHOICE] = "choice", [SCALE_METER] = "meter",
        [SCALE_METER_TOGGLE] = "meter",
    };
    return kinds[ports[id].scale];
}

static void add_choices(struct table *table, enum port_id id) {
    struct text text;
    text_open(&text);
    for (unsigned i = 0; i < port_choice_count(id); i++) {
        text_separate(&text, "; ");
        fprintf(text.file, "%u=%s", i, port_choice_label(id, i));
    }
    text_into_cell(&text, table);
}

static void add_plugins(struct table *table, enum port_id id) {
    struct text text;
    text_open(&text);
    for (unsigned i = 0; i < PLUGIN_COUNT; i++)
        if (ports[id].plugins & (unsigned)plugin_names[i].bit) {
            text_separate(&text, " ");
            fputs(plugin_names[i].name, text.file);
        }
    text_into_cell(&text, table);
}

struct table *catalogue_symbols(void) {
    struct table *table = table_new(COLUMNS(symbol_columns));
    for (enum port_id id = 0; id < PORT_COUNT; id++) {
        const struct port *port = &ports[id];
        table_text(table, port->symbol);
        table_text(table, kind(id));
        table_number(table, port->minimum);
        table_number(table, port_is_output(id) ? (double)NAN : port->fallback);
        table_number(table, port_maximum(id));
        table_text(table, units[port->unit].symbol);
        add_plugins(table, id);
        table_text(table, port->name);
        add_choices(table, id);
        table_text(table, port->comment);
    }
    return table;
}
