// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Numbers on the command line.
#ifndef LOADLINE_NUMBER_H
#define LOADLINE_NUMBER_H

// Ends the process on anything but one number within the range, whose message names the option.
double number_parse(const char *option, const char *text, double minimum, double maximum);
unsigned number_parse_whole(const char *option, const char *text, unsigned minimum,
                            unsigned maximum);

#endif
