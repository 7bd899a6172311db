// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The loadline command as its users meet it: arguments, files, exit codes and messages.
//
// The command is the one that the environment variable LOADLINE_TOOL names, or else the compiled-in
// LOADLINE_TOOL_PATH; it finds the bundle in LOADLINE_LV2_PATH. It runs in an empty directory of
// its own.
#ifndef LOADLINE_TESTS_TOOL_H
#define LOADLINE_TESTS_TOOL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { ARGUMENT_MAX = 24, TEXT_MAX = 1 << 20, DONE = 0, FAILED = 1, WRONG_USAGE = 2 };

// Of a group of tests.
int tool_set_up(void **state);
int tool_tear_down(void **state);

// --- Running the command ---

const char *tool_path(void);
const char *tool_directory(void);

// What the last run said.
extern char said[TEXT_MAX];       // on standard output
extern char complained[TEXT_MAX]; // on standard error

// Lists end with NULL. Returns the exit code, or 128 and the signal.
int tool_run(const char *const *arguments);
#define RUN(...) tool_run((const char *const[ARGUMENT_MAX]){__VA_ARGS__, NULL})

// The same in two steps, with standard output where you like.
pid_t tool_start(const char *const *arguments, const char *out);
pid_t tool_start_unread(const char *const *arguments); // a pipe whose reader has left
int tool_wait(pid_t child);

// Prints what there was to read, if a run did not end as it should.
void assert_code(int actual, int expected);
void assert_says(const char *text, const char *part);
// One line that names the command, and both parts.
void assert_complaint(const char *first, const char *second);

size_t line_count(const char *text);
json_t *said_json(void);

// The column of a table that was said as CSV, so many rows of it. NaN for an empty cell.
size_t said_column(const char *name, double *values, size_t max);

// --- Files ---

bool file_exists(const char *path);
size_t file_count(void);
bool has_file_like(const char *beginning);
void read_text(const char *path, char text[static TEXT_MAX]);
void write_text(const char *path, const char *text);
void assert_same_bytes(const char *a, const char *b);

#endif
