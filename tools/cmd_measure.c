// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// loadline measure: the table of loadline response, taken from the running plugin.
#include "commands.h"
#include "impulse.h"
#include "number.h"
#include "report.h"
#include "response_options.h"

#include <math.h>
#include <stdlib.h>

#define LOWEST_RATE_HZ  44100.0 // the table goes to 20 kHz
#define HIGHEST_RATE_HZ 768000.0

enum { KEY_RATE = 'r' };

struct options {
    struct response_options response;
    double rate_hz;
};

static error_t parse_option(int key, char *argument, struct argp_state *state) {
    struct options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->response;
        return 0;
    case KEY_RATE:
        options->rate_hz = number_parse("--rate", argument, LOWEST_RATE_HZ, HIGHEST_RATE_HZ);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option argp_options[] = {
    {"rate", KEY_RATE, "HZ", 0, "Sample rate (48000)", 0},
    {0},
};

static const struct argp_child children[] = {{&response_options_argp, 0, NULL, 0}, {0}};

static const struct argp argp = {
    .options = argp_options,
    .parser = parse_option,
    .children = children,
    .doc =
        "Measure what the running plugin does to small signals.\v"
        "The same table as 'loadline response', so that one can be laid over the other; the load "
        "cannot be seen from outside and stays empty. The plugin hears impulses far below its "
        "limits; noise is taken away.",
};

// A dead zone swallows small signals, and nothing that is no small signal has a response.
static bool has_response(const struct controls *controls) {
    struct chain_params params;
    ports_to_params(controls->plugin->bit, controls->values, &params);
    if (params.stage.crossover_v > 0.0)
        report_error("crossover is %g mV, and a dead zone has no small-signal response; "
                     "add --set crossover=%g",
                     params.stage.crossover_v * 1e3, ports[PORT_CROSSOVER].minimum);
    return params.stage.crossover_v == 0.0;
}

// Zero draws a fresh seed at each activation, and noise would not repeat.
static void fix_seed(struct controls *controls) {
    if (controls->values[PORT_SEED] == 0.0f)
        controls->values[PORT_SEED] = (float)ports[PORT_SEED].fallback;
}

static void measure_both(struct impulse *impulse, struct plugin_session *session,
                         struct response_row *rows, unsigned count) {
    impulse_record(impulse, session, IMPULSE_BOTH);
    for (unsigned i = 0; i < count; i++)
        rows[i].both = impulse_response(impulse, 0, rows[i].hz);
}

static void measure_alone(struct impulse *impulse, struct plugin_session *session,
                          struct response_row *rows, unsigned count) {
    impulse_record(impulse, session, IMPULSE_LEFT);
    for (unsigned i = 0; i < count; i++) {
        rows[i].alone = impulse_response(impulse, 0, rows[i].hz);
        rows[i].across = impulse_response(impulse, 1, rows[i].hz);
    }
}

static void print_rows(const struct response_row *rows, const struct response_options *options) {
    struct table *table = response_table_new();
    for (unsigned i = 0; i < options->point_count; i++)
        response_table_add(table, &rows[i]);
    table_print(table, options->format);
    table_free(table);
}

static int measure(const struct options *options, struct plugin_session *session) {
    const unsigned count = options->response.point_count;
    struct response_row *rows = calloc(count, sizeof *rows);
    struct impulse *impulse = impulse_new(&options->response.controls, options->rate_hz);
    const bool ready = rows && impulse;
    if (ready) {
        for (unsigned i = 0; i < count; i++)
            rows[i] =
                (struct response_row){.hz = response_table_hz(i, count), .load_ohm = (double)NAN};
        measure_both(impulse, session, rows, count);
        measure_alone(impulse, session, rows, count);
        print_rows(rows, &options->response);
    } else {
        report_error("out of memory");
    }
    impulse_free(impulse);
    free(rows);
    return ready ? EXIT_DONE : EXIT_RUNTIME;
}

int cmd_measure(int argc, char **argv) {
    struct options options = {.rate_hz = 48000.0};
    response_options_init(&options.response);
    argp_parse(&argp, argc, argv, 0, NULL, &options);
    if (!has_response(&options.response.controls))
        return EXIT_USAGE;
    fix_seed(&options.response.controls);
    struct plugin_session *session =
        plugin_session_open(&options.response.controls, options.rate_hz);
    if (!session)
        return EXIT_RUNTIME;
    const int result = measure(&options, session);
    plugin_session_close(session);
    return result;
}
