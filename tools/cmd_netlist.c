// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// loadline netlist: the circuit for ngspice.
#define _POSIX_C_SOURCE 200809L // open_memstream
#include "arguments.h"
#include "commands.h"
#include "controls.h"
#include "figures.h"
#include "line.h"
#include "number.h"
#include "report.h"
#include "response_sweep.h"
#include "small_signal.h"
#include "spice.h"
#include "topology.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LOWEST_LEVEL_DB  (-120.0)
#define HIGHEST_LEVEL_DB 40.0

enum { KEY_ANALYSIS = 'a', KEY_DRIVE = 'd', KEY_FREQUENCY = 'f', KEY_LEVEL = 'l' };

// The grid of the response table, which has a whole number of points a decade.
enum { POINTS_PER_DECADE = (RESPONSE_POINTS - 1) / 3 };

struct options {
    struct controls controls;
    bool transient;
    enum spice_drive drive;
    bool drive_given;
    double hz, level_db;
};

static error_t parse_option(int key, char *argument, struct argp_state *state) {
    struct options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->controls;
        return 0;
    case KEY_ANALYSIS:
        options->transient = strcmp(argument, "tran") == 0;
        if (!options->transient && strcmp(argument, "ac") != 0)
            report_usage_error("--analysis: there is no '%s'; use ac or tran", argument);
        return 0;
    case KEY_DRIVE:
        options->drive = strcmp(argument, "both") == 0 ? SPICE_DRIVE_BOTH : SPICE_DRIVE_LEFT;
        options->drive_given = true;
        if (options->drive != SPICE_DRIVE_BOTH && strcmp(argument, "left") != 0)
            report_usage_error("--drive: there is no '%s'; use left or both", argument);
        return 0;
    case KEY_FREQUENCY:
        options->hz = number_parse("--frequency", argument, SWEEP_LOWEST_HZ, SWEEP_HIGHEST_HZ);
        return 0;
    case KEY_LEVEL:
        options->level_db = number_parse("--level", argument, LOWEST_LEVEL_DB, HIGHEST_LEVEL_DB);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option argp_options[] = {
    {"analysis", KEY_ANALYSIS, "ac|tran", 0,
     "ac (the default): small signals over frequency. tran: a sine, with the limits of the stage",
     0},
    {"drive", KEY_DRIVE, "left|both", 0,
     "Which channels: left (the default of ac), both (the default of tran)", 0},
    {"frequency", KEY_FREQUENCY, "HZ", 0, "Of the sine (1000)", 0},
    {"level", KEY_LEVEL, "DB", 0, "Of the sine, relative to full scale of the source (0)", 0},
    {0},
};

static const struct argp argp = {
    .options = argp_options,
    .parser = parse_option,
    .children = controls_children,
    .doc = "Write the circuit as a SPICE netlist.\v"
           "It runs as it stands and prints a table:\n\n"
           "  loadline netlist --set headphone=\"Grado SR60x\" > deck.cir\n"
           "  ngspice -b deck.cir",
};

// --- Heading ---

static bool has_port(const struct controls *controls, enum port_id id) {
    return (ports[id].plugins & controls->plugin->bit) != 0;
}

static void append_choice(FILE *file, const struct controls *controls, enum port_id id) {
    if (has_port(controls, id))
        fprintf(file, "%s: %s\n", ports[id].name, controls_choice(controls, id));
}

static void append_given(FILE *file, const struct controls *controls) {
    for (enum port_id id = 0; id < PORT_COUNT; id++)
        if (controls->origin[id] != CONTROL_DEFAULT && port_choice_count(id) == 0)
            fprintf(file, "%s = %g %s\n", ports[id].symbol, (double)controls->values[id],
                    units[ports[id].unit].symbol);
}

// How the table of this netlist becomes that of 'loadline response'.
static void append_offset(FILE *file, const struct chain_params *params) {
    struct small_signal *small_signal = small_signal_new(params, 0.0);
    if (!small_signal)
        return;
    fprintf(file,
            "Add %.6f dB to a level, both channels driven, for what 'loadline response' prints.\n",
            20.0 * log10(small_signal_match(small_signal)));
    small_signal_free(small_signal);
}

// The notes of the heading, to be freed; NULL when memory is short.
static char *notes(const struct options *options, const struct chain_params *params) {
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    if (!file)
        return NULL;
    fputs("Runs as it stands: ngspice -b <this file>\n", file);
    append_choice(file, &options->controls, PORT_HEADPHONE);
    append_choice(file, &options->controls, PORT_AMPLIFIER);
    append_choice(file, &options->controls, PORT_CABLE);
    append_choice(file, &options->controls, PORT_LINE_TYPE);
    if (has_port(&options->controls, PORT_TOPOLOGY))
        fprintf(file, "%s: %s\n", ports[PORT_TOPOLOGY].name,
                port_choice_label(PORT_TOPOLOGY, (unsigned)params->stage.topology));
    append_given(file, &options->controls);
    if (!options->transient)
        append_offset(file, params);
    fclose(file);
    return text;
}

// --- Decks ---

static void write_ac(const struct options *options, const struct spice_circuits *circuits,
                     const struct spice_heading *heading) {
    const struct spice_ac ac = {
        .drive = options->drive,
        .from_hz = SWEEP_LOWEST_HZ,
        .to_hz = SWEEP_HIGHEST_HZ,
        .points_per_decade = POINTS_PER_DECADE,
    };
    spice_write_ac(stdout, circuits, heading, &ac);
}

static void write_tran(const struct options *options, const struct circuit *stereo,
                       const struct chain_params *params, const struct spice_heading *heading) {
    const struct spice_tran tran = {
        .drive = options->drive_given ? options->drive : SPICE_DRIVE_BOTH,
        .hz = options->hz,
        .peak_v = controls_full_scale_v(&options->controls) * pow(10.0, options->level_db / 20.0),
        .settle_periods = 10,
        .record_periods = 2,
        .points_per_period = 100,
        .solver_steps_per_point = 20,
    };
    spice_write_tran(stdout, stereo, &params->stage, heading, &tran);
}

// The views of line and output; `room` holds what is built.
static struct spice_circuits build_circuits(const struct options *options,
                                            const struct chain_params *params,
                                            struct circuit room[3]) {
    struct spice_circuits circuits = {.input_gain = figures_input_gain(params)};
    const bool line_alone = options->controls.plugin->bit == PLUGIN_LINE;
    if (line_alone || !line_is_wire(&params->line)) {
        line_build(&params->line, LINE_SIGNAL, &room[0]);
        circuit_view(&room[0], CIRCUIT_STEREO, &room[1]);
        circuits.line = &room[1];
    }
    if (!line_alone) {
        topology_build(&params->stage, &params->cable, &params->load, &room[0]);
        circuit_view(&room[0], CIRCUIT_STEREO, &room[2]);
        circuits.output = &room[2];
    }
    return circuits;
}

static bool write_deck(const struct options *options) {
    const struct chain_params params = controls_params(&options->controls);
    struct circuit *room = calloc(3, sizeof *room);
    char *text = notes(options, &params);
    const bool ready = room && text;
    if (ready) {
        const struct spice_heading heading = {"Loadline: from the source to the headphone", text};
        const struct spice_circuits circuits = build_circuits(options, &params, room);
        if (!options->transient)
            write_ac(options, &circuits, &heading);
        else if (circuits.output)
            write_tran(options, circuits.output, &params, &heading);
        else
            report_usage_error("--analysis: a line has no limits for tran to show; use ac");
    }
    free(text);
    free(room);
    return ready;
}

int cmd_netlist(int argc, char **argv) {
    struct options options = {.drive = SPICE_DRIVE_LEFT, .hz = 1000.0};
    controls_init(&options.controls);
    arguments_parse(&argp, argc, argv, 0, &options);
    controls_note_bypass(&options.controls);
    if (write_deck(&options))
        return EXIT_DONE;
    report_error("out of memory");
    return EXIT_RUNTIME;
}
