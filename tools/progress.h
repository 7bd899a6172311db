// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// A bar on the terminal for what takes long; nothing elsewhere.
#ifndef LOADLINE_PROGRESS_H
#define LOADLINE_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

struct progress {
    bool visible; // standard error is a terminal
    bool drawn;
    struct timespec next;
};

struct progress progress_begin(void);
void progress_show(struct progress *progress, size_t done, size_t total);
// Wipes the bar.
void progress_end(struct progress *progress);

#endif
