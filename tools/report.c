// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "report.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *command = "";

static void say(const char *kind, const char *format, va_list arguments) {
    fprintf(stderr, "loadline%s%s: %s", *command ? " " : "", command, kind);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
}

void report_command(const char *name) {
    command = name;
}

void report_error(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    say("", format, arguments);
    va_end(arguments);
}

void report_note(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    say("note: ", format, arguments);
    va_end(arguments);
}

_Noreturn void report_usage_error(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    say("", format, arguments);
    va_end(arguments);
    exit(EXIT_USAGE);
}

// A pipe that nobody reads any more.
static bool reader_has_left(void) {
    struct pollfd output = {.fd = STDOUT_FILENO};
    return poll(&output, 1, 0) == 1 && (output.revents & POLLERR);
}

static void close_output(void) {
    const bool failed_before = ferror(stdout);
    errno = 0;
    if (fflush(stdout) == 0 && !failed_before)
        return;
    if (!reader_has_left())
        report_error("standard output: %s; make room or choose another place",
                     errno ? strerror(errno) : "could not be written");
    _exit(EXIT_RUNTIME);
}

void report_watch_output(void) {
    atexit(close_output);
}
