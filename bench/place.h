// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// A directory for what other programs read and write, under TMPDIR or /tmp. Anything that fails
// ends the program with a message.
#ifndef LOADLINE_BENCH_PLACE_H
#define LOADLINE_BENCH_PLACE_H

#include <stdbool.h>
#include <stdio.h>

enum { PLACE_PATH_MAX = 512 };

struct place {
    char path[256];
    char bundles[PLACE_PATH_MAX]; // a directory of bundles: fewer to read than those of the system
};

// A path in the place.
struct place_path {
    char text[PLACE_PATH_MAX];
};

void place_open(struct place *place);
// With all files in it.
void place_close(const struct place *place);
struct place_path place_path(const struct place *place, const char *name);
FILE *place_file(const struct place *place, const char *name, const char *mode);
// A link to the plugin's bundle, unless it is ours, which is in every world.
void place_link_bundle(const struct place *place, const char *uri);

// Runs a program whose output goes to the file "log" and whose LV2_PATH is the place's bundles.
// Returns its status, not zero if it did not run.
int place_run(const struct place *place, const char *const words[]);
// The path of this program.
struct place_path place_self(void);

#endif
