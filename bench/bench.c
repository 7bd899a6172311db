// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// What the plugins cost a host: tables of time, instructions and memory.
#include "bench.h"
#include "check.h"
#include "count.h"
#include "sheet.h"

#include <argp.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_MAX 4096
#define WARM_UP_S (BLOCK_MAX / RATE_HZ) // a whole block at least

static const struct table {
    const char *name, *what;
    void (*print)(const struct bench *bench);
} tables[] = {
    {"figures", "what is asked, and whether it is met", table_figures},
    {"plugins", "every plugin, linear and loaded, each quality, AVX2 and baseline", table_plugins},
    {"peers", "against other plugins of Debian", table_peers},
    {"spice", "against ngspice", table_spice},
    {"instances", "1 to 64 of them", table_instances},
    {"blocks", "blocks of 16 to 4096 frames", table_blocks},
    {"circuits", "from a resistor to an in-ear behind a line", table_circuits},
    {"changes", "what a change costs", table_changes},
    {"delays", "how long a change takes", table_delays},
    {"once", "instantiation, first run, memory", table_once},
    {"silence", "silence and denormal numbers against signal", table_silence},
    {"counts", "instructions (valgrind)", table_counts},
    {"parts", "instructions and time of each function (valgrind, perf)", table_parts},
    {"limit", "against the machine's rate of multiply-adds", table_limit},
};

enum { FIGURES, TABLES = sizeof tables / sizeof *tables };

struct options {
    double seconds;
    int runs;
    uint32_t block;
    char *others;
    const char *plan;
    int repeats; // of the plan
    bool markdown, check, strict;
    bool chosen[TABLES], any;
};

enum {
    KEY_BLOCK = 'b',
    KEY_MARKDOWN = 'm',
    KEY_RUNS = 'r',
    KEY_SECONDS = 's',
    KEY_URI = 'u',
    KEY_CHECK = 'c',
    KEY_COUNTED = 256,
    KEY_STRICT,
    KEY_REPEAT,
};

static double parse_number(struct argp_state *state, const char *name, const char *text,
                           double least, double most) {
    char *end = NULL;
    const double value = strtod(text, &end);
    if (end == text || *end != '\0' || !(value >= least && value <= most))
        argp_error(state, "--%s is '%s'; it can be %g to %g", name, text, least, most);
    return value;
}

static void choose(struct argp_state *state, struct options *options, const char *name) {
    for (int i = 0; i < TABLES; i++)
        if (strcmp(tables[i].name, name) == 0) {
            options->chosen[i] = options->any = true;
            return;
        }
    argp_error(state, "there is no table '%s'", name);
}

static void add_other(struct options *options, const char *uri) {
    const size_t length = options->others ? strlen(options->others) : 0;
    char *longer = realloc(options->others, length + strlen(uri) + 2);
    if (!longer)
        exit(EXIT_FAILURE);
    snprintf(longer + length, strlen(uri) + 2, "%s%s", length ? " " : "", uri);
    options->others = longer;
}

static error_t parse_option(int key, char *argument, struct argp_state *state) {
    struct options *options = state->input;
    switch (key) {
    case KEY_BLOCK:
        options->block = (uint32_t)parse_number(state, "block", argument, 8, BLOCK_MAX);
        return 0;
    case KEY_RUNS:
        options->runs = (int)parse_number(state, "runs", argument, 1, 10000);
        return 0;
    case KEY_SECONDS:
        options->seconds = parse_number(state, "seconds", argument, 0.1, 60);
        return 0;
    case KEY_URI:
        if (!subject_exists(argument))
            argp_error(state, "there is no plugin <%s>", argument);
        add_other(options, argument);
        return 0;
    case KEY_MARKDOWN:
        options->markdown = true;
        return 0;
    case KEY_CHECK:
        options->check = true;
        return 0;
    case KEY_STRICT:
        options->strict = true;
        return 0;
    case KEY_REPEAT:
        options->repeats = (int)parse_number(state, "repeat", argument, 1, 1e9);
        return 0;
    case KEY_COUNTED:
        options->plan = argument;
        return 0;
    case ARGP_KEY_ARG:
        choose(state, options, argument);
        return 0;
    case ARGP_KEY_END:
        if (options->strict && (options->check || (options->any && !options->chosen[FIGURES])))
            argp_error(state, "--strict wants the table 'figures'");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option argp_options[] = {
    {"block", KEY_BLOCK, "FRAMES", 0, "The host's block (64)", 0},
    {"runs", KEY_RUNS, "N", 0, "Of everything that is timed (40)", 0},
    {"seconds", KEY_SECONDS, "S", 0, "Of sound in each run (0.1)", 0},
    {"uri", KEY_URI, "URI", 0, "Another peer; can be given several times", 0},
    {"markdown", KEY_MARKDOWN, NULL, 0, "Tables as Markdown", 0},
    {"check", KEY_CHECK, NULL, 0,
     "Only ratios of instructions that have to hold (valgrind); with --uri, of that plugin", 0},
    {"strict", KEY_STRICT, NULL, 0,
     "Fail if a figure that is asked is not met, or the peer in it is not installed", 0},
    {"counted", KEY_COUNTED, "FILE", OPTION_HIDDEN, NULL, 0},
    {"repeat", KEY_REPEAT, "N", OPTION_HIDDEN, NULL, 0},
    {0},
};

// The list of tables at the end of --help.
static char *filter_help(int key, const char *text, void *input) {
    (void)input;
    char *list = NULL;
    size_t size = 0;
    if (key != ARGP_KEY_HELP_POST_DOC)
        return (char *)(uintptr_t)text; // argp's type; it is only read
    FILE *file = open_memstream(&list, &size);
    if (!file)
        return NULL;
    fputs("Tables; without a name, all of them:\n", file);
    for (int i = 0; i < TABLES; i++)
        fprintf(file, "  %-10s %s\n", tables[i].name, tables[i].what);
    fputs("\nTimes are the least of many identical runs, taken stretch by stretch, in brackets the "
          "median run: the least is the plugin, what is above it is the machine. What is compared "
          "runs in turns.\n",
          file);
    fclose(file);
    return list;
}

static const struct argp argp = {
    .options = argp_options,
    .parser = parse_option,
    .args_doc = "[TABLE...]",
    .doc = "What the plugins cost a host.\v ",
    .help_filter = filter_help,
};

int main(int argc, char **argv) {
    struct options options = {.seconds = 0.1, .runs = 40, .block = 64, .repeats = 1};
    argp_parse(&argp, argc, argv, 0, NULL, &options);
    sheet_take_output();
    sheet_use_markdown(options.markdown);
    bool good = true, met = true;
    struct bench bench = {
        .block = options.block,
        .runs = options.runs,
        .others = options.others,
        .signal = sound_new(options.seconds, 1),
        .silence = sound_silence(options.seconds),
        .warm_up = sound_new(WARM_UP_S, 1),
        .met = &met,
    };
    if (options.plan)
        count_play(&bench, options.plan, options.repeats);
    else if (options.check)
        good = check_ratios(&bench);
    else
        for (int i = 0; i < TABLES; i++)
            if (!options.any || options.chosen[i])
                tables[i].print(&bench);
    if (options.strict)
        good = met;
    sound_free(&bench.signal);
    sound_free(&bench.warm_up);
    free(options.others);
    if (!sheet_close_output()) {
        fputs("bench: standard output cannot be written\n", stderr);
        good = false;
    }
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
