// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// A command line read with argp, whose own refusals take several lines.
#ifndef LOADLINE_ARGUMENTS_H
#define LOADLINE_ARGUMENTS_H

#include <argp.h>

// argp_parse(), but what is wrong with an option ends the process with one line.
void arguments_parse(const struct argp *argp, int argc, char **argv, unsigned flags, void *input);

#endif
