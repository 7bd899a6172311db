// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// loadline measure: the running plugin, as an instrument sees it.
#include "arguments.h"
#include "commands.h"
#include "quantity.h"
#include "report.h"

enum { KEY_FORMAT = 'f', KEY_WHAT = 'w' };

struct options {
    struct setup setup;
    enum quantity_id quantity;
    enum table_format format;
};

static error_t parse_option(int key, char *argument, struct argp_state *state) {
    struct options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->setup;
        state->child_inputs[1] = &options->setup;
        return 0;
    case KEY_FORMAT:
        options->format = table_parse_format(argument, false);
        return 0;
    case KEY_WHAT:
        options->quantity = quantity_parse(argument);
        if (!quantities[options->quantity].of_plugin)
            report_usage_error("--what: %s cannot be seen from outside the plugin; use 'loadline "
                               "response'",
                               argument);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option argp_options[] = {
    {"what", KEY_WHAT, "response|crosstalk|cmrr|distortion|noise", 0,
     "What to measure (response); distortion is against level", 0},
    {"format", KEY_FORMAT, "csv|json", 0, "How to print it (csv)", 0},
    {0},
};

static const struct argp_child children[] = {
    {&setup_argp, 0, NULL, 0}, {&setup_bench_argp, 0, NULL, 0}, {0}};

static const struct argp argp = {
    .options = argp_options,
    .parser = parse_option,
    .children = children,
    .doc =
        "Measure the running plugin.\v"
        "response: the same table as 'loadline response', so that one can be laid over the other; "
        "the load cannot be seen from outside and stays empty. The plugin hears impulses far below "
        "its limits; noise is taken away. crosstalk is of the same kind, with its polarity.\n\n"
        "cmrr: the line's rejection of what both its conductors pick up, at harmonics of the "
        "mains: "
        "the line is put beside a dimmer, and what comes out is held against the response.\n\n"
        "distortion: a sine in both channels, from -60 to +6 dBFS of the source. Level, RMS "
        "voltage at the driver, THD (harmonics up to 20 kHz over the fundamental, noise taken "
        "away), THD+N (all but the fundamental over all, 20 Hz to 20 kHz), second to fifth "
        "harmonic.\n\n"
        "noise: the input is silent. Density at the driver over frequency, and what there is from "
        "20 Hz up to the end of each band: RMS, A-weighted RMS, and dBA at the ear; the last row "
        "has the totals.\n\n"
        "  loadline measure --what distortion --preset hd-650-bridge",
};

int cmd_measure(int argc, char **argv) {
    struct options options = {.quantity = QUANTITY_RESPONSE, .format = TABLE_CSV};
    setup_init(&options.setup);
    arguments_parse(&argp, argc, argv, 0, &options);
    struct sweep *sweep = quantity_sweep(options.quantity, &options.setup, true);
    if (!sweep)
        return EXIT_RUNTIME;
    sweep_print(sweep, options.format);
    sweep_free(sweep);
    return EXIT_DONE;
}
