// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// How to measure, and the tables.
#ifndef LOADLINE_BENCH_H
#define LOADLINE_BENCH_H

#include "chain.h" // qualities
#include "clock.h"
#include "sound.h"
#include "subject.h"

#include <stdbool.h>
#include <stdint.h>

#define CHAIN_URI "urn:loadline:chain"

extern const char *const quality_names[QUALITY_COUNT];

struct bench {
    uint32_t block;
    int runs;           // of everything that is timed
    const char *others; // URIs that are peers, too, separated by blanks; or NULL
    struct sound signal, silence, warm_up;
    bool *met; // out: false if a figure that is asked is missed, or cannot be measured
};

// One of several that are timed in turns, so that a machine that slows down slows all of them.
struct entrant {
    const char *uri;
    const char *settings, *more; // as of subject_set(), or NULL
    int quality;                 // -1: the plugin's own
    bool baseline;
    int instances;              // 0 is 1; one after the other, block by block
    uint32_t block;             // 0 is the bench's
    const struct sound *signal; // NULL is the bench's
    struct cost cost;           // out: ns a frame of one instance
};

// Opens it as it enters.
struct subject *bench_open(const struct bench *bench, const struct entrant *entrant);
void bench_time(const struct bench *bench, struct entrant *entrants, size_t count);

// A subject hears `frames` from `from` on, block by block.
void bench_play(struct subject *subject, const struct sound *signal, size_t from, size_t frames,
                uint32_t block);

// Whether the machine has what the fast loops want.
bool bench_has_fast_loops(void);

// The tables.
void table_figures(const struct bench *bench);
void table_plugins(const struct bench *bench);
void table_peers(const struct bench *bench);
void table_spice(const struct bench *bench);
void table_instances(const struct bench *bench);
void table_blocks(const struct bench *bench);
void table_circuits(const struct bench *bench);
void table_changes(const struct bench *bench);
void table_delays(const struct bench *bench);
void table_once(const struct bench *bench);
void table_silence(const struct bench *bench);
void table_counts(const struct bench *bench);
void table_parts(const struct bench *bench);
void table_limit(const struct bench *bench);

#endif
