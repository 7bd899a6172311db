// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#define _GNU_SOURCE // vasprintf
#include "report.h"

#include "utf8.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *command = "";

static void print_escape(FILE *file, unsigned char byte) {
    if (byte == '\n')
        fputs("\\n", file);
    else if (byte == '\t')
        fputs("\\t", file);
    else
        fprintf(file, "\\x%02x", byte);
}

// What moves the cursor, starts a line or rings a bell, in either set of control characters, and
// the two separators of Unicode.
static bool is_control(uint32_t letter) {
    return letter < ' ' || (letter >= 0x7f && letter < 0xa0) || letter == 0x2028 ||
           letter == 0x2029;
}

void report_print(FILE *file, const char *text) {
    while (*text != '\0') {
        uint32_t letter;
        const size_t length = utf8_letter(text, &letter);
        if (length > 0 && !is_control(letter)) {
            fwrite(text, 1, length, file);
            text += length;
        } else {
            print_escape(file, (unsigned char)*text++);
        }
    }
}

// When memory is short, the format alone says what is wrong.
static void say(const char *kind, const char *format, va_list arguments) {
    char *text = NULL;
    if (vasprintf(&text, format, arguments) < 0)
        text = NULL;
    fprintf(stderr, "loadline%s%s: %s", *command ? " " : "", command, kind);
    report_print(stderr, text ? text : format);
    fputc('\n', stderr);
    free(text);
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
