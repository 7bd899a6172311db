// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Controls that change while a plugin plays: whatever it has, to whatever is in range, by chance.
#ifndef LOADLINE_TESTS_AUTOMATION_H
#define LOADLINE_TESTS_AUTOMATION_H

#include "plugin_host.h"
#include "splitmix.h"

enum { AUTOMATION_MAX = 64 };

struct automation_change {
    size_t at; // frame
    const char *symbol;
    double value;
};

struct automation {
    size_t count;
    struct automation_change change[AUTOMATION_MAX]; // sorted by frame
};

// `count` changes within `frames`, the first at frame 0. The same seed gives the same changes.
struct automation automation_random(const struct plugin_host *host, uint64_t seed, size_t count,
                                    size_t frames);
// Adds another choice than the one that will be in force by then, after all other changes.
void automation_choose(struct automation *automation, const struct plugin_host *host, size_t at,
                       uint64_t seed);

// A whole number below `count`.
size_t automation_below(struct splitmix *random, size_t count);
// Any control input, but the seed: a new one need not repeat.
const struct plugin_host_port *automation_port(const struct plugin_host *host,
                                               struct splitmix *random);
// In range: an end, the default, or anything between; of a choice sometimes a fraction, as a host's
// automation passes through.
double automation_value(const struct plugin_host_port *port, struct splitmix *random);

// Sets every control input to what it is in another instance of the same plugin.
void automation_copy(struct plugin_host *to, const struct plugin_host *from);

#endif
