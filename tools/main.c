// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// loadline COMMAND ...: finds the sub-command and hands it the rest.
#include "arguments.h"
#include "commands.h"
#include "nearest.h"
#include "report.h"

#include <signal.h>
#include <string.h>

#ifndef LOADLINE_VERSION
#define LOADLINE_VERSION "(unversioned build)"
#endif

const char *argp_program_version = "loadline " LOADLINE_VERSION;

static const struct command {
    const char *name;
    const char *full_name; // as help and errors of the sub-command show it
    int (*run)(int argc, char **argv);
} commands[] = {
    {"render", "loadline render", cmd_render},    {"response", "loadline response", cmd_response},
    {"measure", "loadline measure", cmd_measure}, {"plot", "loadline plot", cmd_plot},
    {"netlist", "loadline netlist", cmd_netlist}, {"advise", "loadline advise", cmd_advise},
    {"list", "loadline list", cmd_list},
};

static const struct command *find_command(const char *name) {
    struct nearest nearest = nearest_to(name);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
        nearest_offer(&nearest, commands[i].name);
    }
    const char *found = nearest_found(&nearest);
    if (found)
        report_usage_error("there is no command '%s'; did you mean '%s'?", name, found);
    report_usage_error("there is no command '%s' (see 'loadline --help')", name);
}

struct chosen {
    const struct command *command;
    int index; // in argv
};

static error_t parse_option(int key, char *argument, struct argp_state *state) {
    struct chosen *chosen = state->input;
    switch (key) {
    case ARGP_KEY_ARG:
        chosen->command = find_command(argument);
        chosen->index = state->next - 1;
        state->next = state->argc; // the rest is the sub-command's
        return 0;
    case ARGP_KEY_NO_ARGS:
        report_usage_error("which command? (see 'loadline --help')");
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .parser = parse_option,
    .args_doc = "COMMAND [ARGUMENT...]",
    .doc = "Hear and measure what the electrical path to a headphone does.\v"
           "Commands:\n"
           "  render     run a sound file through the plugin\n"
           "  response   frequency response, crosstalk and load impedance of the circuit\n"
           "  measure    the same of the running plugin, its distortion and its noise\n"
           "  plot       any of these as a picture\n"
           "  netlist    the circuit as a SPICE netlist\n"
           "  advise     whether a headphone needs a balanced output\n"
           "  list       devices, presets and symbols of controls\n\n"
           "'loadline COMMAND --help' says more. The plugin is looked for in LV2_PATH, "
           "or else beside the command, where both were built or installed.\n\n"
           "Exit codes: 0 done, 1 failed, 2 wrong usage.",
};

int main(int argc, char **argv) {
    struct chosen chosen = {0};
    argp_err_exit_status = EXIT_USAGE;
    signal(SIGPIPE, SIG_IGN); // a reader that has left shows as an error of the output
    signal(SIGXFSZ, SIG_IGN); // and so does a file that is too long
    report_watch_output();
    argv[0] = (char *)"loadline"; // wherever it is
    arguments_parse(&argp, argc, argv, ARGP_IN_ORDER, &chosen);
    report_command(chosen.command->name);
    char **rest = argv + chosen.index;
    rest[0] = (char *)chosen.command->full_name;
    return chosen.command->run(argc - chosen.index, rest);
}
