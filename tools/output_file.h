// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// A file that is either whole or not there: it is written under a hidden name in the same directory
// and gets its own at the end. A signal that ends the process takes it away. One at a time.
#ifndef LOADLINE_OUTPUT_FILE_H
#define LOADLINE_OUTPUT_FILE_H

#include <stdbool.h>

struct output_file; // opaque

// From the last dot of the file's name on, such as ".wav"; empty if there is none.
const char *output_file_suffix(const char *path);

// Whether it may be opened below; false after a message. For asking before long work.
bool output_file_may_open(const char *path, bool force);

// An existing file is only replaced if `force`. The path has to stay. NULL after a message.
struct output_file *output_file_open(const char *path, bool force);
int output_file_descriptor(const struct output_file *file);

// Says that writing failed, and why: the system's reason if there is one, or else `reason`.
void output_file_report(const struct output_file *file, const char *reason);

// The end: the file gets its name, or (false, after a message) nothing is left behind.
bool output_file_commit(struct output_file *file);
void output_file_discard(struct output_file *file);

#endif
