// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The sub-commands. Each parses its own arguments (argv[0] is its name) and returns an exit_code.
#ifndef LOADLINE_COMMANDS_H
#define LOADLINE_COMMANDS_H

int cmd_render(int argc, char **argv);
int cmd_response(int argc, char **argv);
int cmd_measure(int argc, char **argv);
int cmd_plot(int argc, char **argv);
int cmd_netlist(int argc, char **argv);
int cmd_advise(int argc, char **argv);
int cmd_list(int argc, char **argv);

#endif
