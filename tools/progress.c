// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#define _POSIX_C_SOURCE 200809L // clock_gettime
#include "progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { FIRST_AFTER_MS = 500, THEN_EVERY_MS = 100, BAR_WIDTH = 40 };

static struct timespec later(struct timespec time, long ms) {
    const long ns = time.tv_nsec + ms * 1000000;
    return (struct timespec){.tv_sec = time.tv_sec + ns / 1000000000, .tv_nsec = ns % 1000000000};
}

static bool is_due(const struct progress *progress, struct timespec now) {
    return now.tv_sec > progress->next.tv_sec ||
           (now.tv_sec == progress->next.tv_sec && now.tv_nsec >= progress->next.tv_nsec);
}

static struct timespec now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time;
}

struct progress progress_begin(void) {
    return (struct progress){.visible = isatty(STDERR_FILENO) == 1,
                             .next = later(now(), FIRST_AFTER_MS)};
}

void progress_show(struct progress *progress, size_t done, size_t total) {
    char bar[BAR_WIDTH + 1];
    if (!progress->visible || !is_due(progress, now()))
        return;
    const double part = total > done ? (double)done / (double)total : 1.0;
    const size_t filled = (size_t)(part * BAR_WIDTH);
    memset(bar, '#', filled);
    memset(bar + filled, '.', BAR_WIDTH - filled);
    bar[BAR_WIDTH] = '\0';
    fprintf(stderr, "\r[%s] %3d %%", bar, (int)(part * 100.0));
    progress->drawn = true;
    progress->next = later(now(), THEN_EVERY_MS);
}

void progress_end(struct progress *progress) {
    if (progress->drawn)
        fputs("\r\x1b[K", stderr);
}
