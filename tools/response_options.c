// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "response_options.h"

#include "number.h"

enum { KEY_FORMAT = 'f', KEY_POINTS = 'n' };

void response_options_init(struct response_options *options) {
    controls_init(&options->controls);
    options->format = TABLE_CSV;
    options->point_count = RESPONSE_POINTS;
}

static error_t parse_option(int key, char *argument, struct argp_state *state) {
    struct response_options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->controls;
        return 0;
    case KEY_FORMAT:
        options->format = table_parse_format(argument, false);
        return 0;
    case KEY_POINTS:
        options->point_count =
            number_parse_whole("--points", argument, RESPONSE_POINTS_MIN, RESPONSE_POINTS_MAX);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"format", KEY_FORMAT, "FORMAT", 0, "csv (the default) or json", 0},
    {"points", KEY_POINTS, "COUNT", 0, "Frequencies from 20 Hz to 20 kHz (241: 24 an octave)", 0},
    {0},
};

static const struct argp_child children[] = {{&controls_argp, 0, NULL, 0}, {0}};

const struct argp response_options_argp = {
    .options = options,
    .parser = parse_option,
    .children = children,
};
