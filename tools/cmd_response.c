// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// loadline response: the circuit, computed.
#include "arguments.h"
#include "commands.h"
#include "quantity.h"
#include "report.h"

enum { KEY_FORMAT = 'f' };

struct options {
    struct setup setup;
    enum table_format format;
};

static error_t parse_option(int key, char *argument, struct argp_state *state) {
    struct options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->setup;
        return 0;
    case KEY_FORMAT:
        options->format = table_parse_format(argument, false);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option argp_options[] = {
    {"format", KEY_FORMAT, "csv|json", 0, "How to print it (csv)", 0},
    {0},
};

static const struct argp_child children[] = {{&setup_argp, 0, NULL, 0}, {0}};

static const struct argp argp = {
    .options = argp_options,
    .parser = parse_option,
    .children = children,
    .doc =
        "Compute what the circuit does to small signals.\v"
        "Level and phase are those of the plugin's output against its input, both channels driven "
        "alike, latency taken off; crosstalk is of one channel driven alone. The load is the "
        "headphone without its cable; CMRR is the line's rejection of what both its conductors "
        "pick up. Clipping, limits and noise play no part.\n\n"
        "  loadline response --set headphone=\"Grado SR60x\" > sr60x.csv",
};

int cmd_response(int argc, char **argv) {
    struct options options = {.format = TABLE_CSV};
    setup_init(&options.setup);
    arguments_parse(&argp, argc, argv, 0, &options);
    controls_note_bypass(&options.setup.controls);
    struct sweep *sweep = quantity_sweep(QUANTITY_RESPONSE, &options.setup, false);
    if (!sweep)
        return EXIT_RUNTIME;
    sweep_print(sweep, options.format);
    sweep_free(sweep);
    return EXIT_DONE;
}
