// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// loadline list: devices, presets, symbols.
#include "arguments.h"
#include "catalogue.h"
#include "commands.h"
#include "nearest.h"
#include "report.h"

#include <argp.h>
#include <string.h>

enum { KEY_FORMAT = 'f' };

static const struct list {
    const char *name;
    struct table *(*make)(void);
} lists[] = {
    {"devices", catalogue_devices},
    {"presets", catalogue_presets},
    {"symbols", catalogue_symbols},
};

struct options {
    const struct list *list;
    enum table_format format;
};

static const struct list *find_list(const char *name) {
    struct nearest nearest = nearest_to(name);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        if (strcmp(lists[i].name, name) == 0)
            return &lists[i];
        nearest_offer(&nearest, lists[i].name);
    }
    const char *found = nearest_found(&nearest);
    if (found)
        report_usage_error("there is no list of '%s'; did you mean '%s'?", name, found);
    report_usage_error("there is no list of '%s'; use devices, presets or symbols", name);
}

static error_t parse_option(int key, char *argument, struct argp_state *state) {
    struct options *options = state->input;
    switch (key) {
    case KEY_FORMAT:
        options->format = table_parse_format(argument, true);
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num > 0)
            report_usage_error("'%s' is one list too many; ask for one at a time", argument);
        options->list = find_list(argument);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option argp_options[] = {
    {"format", KEY_FORMAT, "text|csv|json", 0, "How to print it (text); csv and json say more", 0},
    {0},
};

static const struct argp argp = {
    .options = argp_options,
    .parser = parse_option,
    .args_doc = "[devices|presets|symbols]",
    .doc =
        "List what there is to choose from.\v"
        "devices (the default): headphones, amplifiers, headphone cables, environments and lines "
        "(line outputs and interconnects, for --set line=NAME). The tag says how far a row can be "
        "trusted: measured, datasheet, derived (computed from such figures) or estimated (a "
        "guess); 'estimated' names the single figures that are guesses. CSV and JSON add every "
        "figure with its unit, '~' before an estimate, and its source. A figure that is not known "
        "is simulated as ideal; what a line does not state stays as the control has it.\n\n"
        "presets: names for --preset.\n\n"
        "symbols: controls for --set, and meters, with range and unit.",
};

int cmd_list(int argc, char **argv) {
    struct options options = {&lists[0], TABLE_TEXT};
    arguments_parse(&argp, argc, argv, 0, &options);
    struct table *table = options.list->make();
    table_print(table, options.format);
    table_free(table);
    return EXIT_DONE;
}
