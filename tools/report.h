// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// What the command says when it cannot go on, and how it ends.
#ifndef LOADLINE_REPORT_H
#define LOADLINE_REPORT_H

#include <stdio.h>

enum exit_code { EXIT_DONE = 0, EXIT_RUNTIME = 1, EXIT_USAGE = 2 };

// From here on, messages begin with the sub-command's name.
void report_command(const char *name);

// One line on standard error, whatever is in the text: what and where, then what to do.
void report_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void report_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

// For what is wrong on the command line.
_Noreturn void report_usage_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

// Text that may be of the user's, with what is no letter or would move the cursor as \n or \x1b.
void report_print(FILE *file, const char *text);

// Has the process fail if standard output does, at whatever exit: with a message, unless its reader
// has only left.
void report_watch_output(void);

#endif
