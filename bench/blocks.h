// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The cost of each single block while something changes.
#ifndef LOADLINE_BENCH_BLOCKS_H
#define LOADLINE_BENCH_BLOCKS_H

#include "bench.h"

struct change {
    const char *name;
    const char *settings;       // throughout
    const char *before, *after; // the change
};

struct block_costs {
    size_t dearest; // block
    double dearest_ns, median_ns;
    double extra_ns; // all that the change cost beyond the median
};

// Half a second, with the change after an eighth of it. The runs are identical, so a block's least
// time is its own, not the machine's.
struct block_costs blocks_time(const struct bench *bench, const struct change *change, int quality);

#endif
