// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// loadline response: the circuit, computed.
#include "commands.h"
#include "report.h"
#include "response_options.h"
#include "small_signal.h"

static const char doc[] =
    "Compute what the circuit does to small signals.\v"
    "Level and phase are those of the plugin's output against its input, both channels driven "
    "alike, latency taken off; crosstalk is of one channel driven alone. The load is the "
    "headphone without its cable. Clipping, limits and noise play no part.\n\n"
    "  loadline response --set headphone=\"Grado SR60x\" > sr60x.csv";

static void add_row(struct table *table, struct small_signal *small_signal, double hz) {
    const struct small_signal_point point = small_signal_at(small_signal, hz);
    response_table_add(table, &(struct response_row){
                                  .hz = hz,
                                  .both = point.both,
                                  .alone = point.alone,
                                  .across = point.across,
                                  .load_ohm = point.load_ohm,
                              });
}

int cmd_response(int argc, char **argv) {
    struct response_options options;
    struct argp argp = response_options_argp;
    argp.doc = doc;
    response_options_init(&options);
    argp_parse(&argp, argc, argv, 0, NULL, &options);
    controls_note_bypass(&options.controls);
    struct chain_params params;
    ports_to_params(options.controls.plugin->bit, options.controls.values, &params);
    struct small_signal *small_signal = small_signal_new(&params);
    if (!small_signal) {
        report_error("out of memory");
        return EXIT_RUNTIME;
    }
    struct table *table = response_table_new();
    for (unsigned i = 0; i < options.point_count; i++)
        add_row(table, small_signal, response_table_hz(i, options.point_count));
    table_print(table, options.format);
    table_free(table);
    small_signal_free(small_signal);
    return EXIT_DONE;
}
