// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// What an instance costs once: time to instantiate and to start, memory.
#include "bench.h"
#include "die.h"
#include "scenario.h"
#include "sheet.h"

#include <stdlib.h>
#include <string.h>

enum { PLUGINS_MAX = 16 };

// The first run builds the circuit; of one that is there already it only starts the path.
static struct cost time_first_run(const struct bench *bench, const char *uri, const char *odd,
                                  const char *even) {
    struct subject *subject = bench_open(
        bench, &(struct entrant){.uri = uri, .settings = HD_600, .quality = QUALITY_NORMAL});
    double *ns = allocate((size_t)bench->runs, sizeof *ns);
    for (int i = -1; i < bench->runs; i++) {
        subject_set(subject, i % 2 ? odd : even);
        subject_restart(subject);
        const double start_ns = now_ns();
        subject_run(subject, bench->block);
        ns[i < 0 ? 0 : i] = now_ns() - start_ns;
    }
    const struct cost cost = cost_of(ns, (size_t)bench->runs);
    free(ns);
    subject_close(subject);
    return cost;
}

static struct cost time_births(const struct bench *bench, const char *uri, size_t *heap_bytes) {
    double *ns = allocate((size_t)bench->runs, sizeof *ns);
    struct subject *first = subject_open(uri, RATE_HZ, bench->block, false); // loads the binary
    for (int i = 0; i < bench->runs; i++) {
        struct subject *subject = subject_open(uri, RATE_HZ, bench->block, false);
        ns[i] = subject_birth(subject).ns;
        *heap_bytes = subject_birth(subject).heap_bytes;
        subject_close(subject);
    }
    const struct cost cost = cost_of(ns, (size_t)bench->runs);
    free(ns);
    subject_close(first);
    return cost;
}

static void add_cost(struct sheet *sheet, struct cost cost) {
    sheet_cell(sheet, "%.0f (%.0f)", cost.least / NS_PER_US, cost.median / NS_PER_US);
}

void table_once(const struct bench *bench) {
    const char *uris[PLUGINS_MAX];
    const size_t count = subject_bundle(uris, PLUGINS_MAX);
    struct sheet *sheet =
        sheet_begin("Once, us, minimum (median), and the heap of an instance",
                    "plugin|heap, KiB|instantiate|first run, known circuit|other impedance|other "
                    "device");
    for (size_t i = 0; i < count; i++) {
        size_t heap_bytes = 0;
        const struct cost birth = time_births(bench, uris[i], &heap_bytes);
        sheet_row(sheet, "%s", strrchr(uris[i], ':') + 1);
        sheet_cell(sheet, "%.0f", (double)heap_bytes / 1024);
        add_cost(sheet, birth);
        add_cost(sheet, time_first_run(bench, uris[i], "", ""));
        add_cost(sheet, time_first_run(bench, uris[i], "output_impedance=1", "output_impedance=2"));
        add_cost(sheet, time_first_run(bench, uris[i], "headphone=0", "headphone=Westone 3"));
    }
    sheet_note(sheet,
               "The first run after activation, %u frames, builds the circuit there and "
               "then; later changes are spread over blocks.",
               bench->block);
    sheet_end(sheet);
}
