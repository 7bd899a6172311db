// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Every plugin of the bundle, in what it can be asked to do.
#include "bench.h"
#include "scenario.h"
#include "sheet.h"

#include <string.h>

enum { PLUGINS_MAX = 16 };

static const struct variant {
    const char *name, *settings;
    const char *needs; // a port; NULL: none
} variants[] = {
    {"linear", "", NULL},
    {"loaded", LOADED, "source_noise"},
    {"linear, bridge", BRIDGE, "topology"},
    {"loaded, bridge", LOADED BRIDGE, "topology"},
    {"interference", INTERFERENCE, "ground_loop"},
    {"current limit", CURRENT_LIMIT, "current_limit"},
    {"sag", SAG, "supply_resistance"},
};

static const char *name_of(const char *uri) {
    const char *name = strrchr(uri, ':');
    return name ? name + 1 : uri;
}

static void add_cells(struct sheet *sheet, const struct entrant *entrants, bool has_quality) {
    for (int i = 0; i < QUALITY_COUNT; i++)
        if (has_quality || i == QUALITY_NORMAL)
            sheet_cell(sheet, "%.1f (%.0f)", entrants[i].cost.least, entrants[i].cost.median);
        else
            sheet_cell(sheet, "-");
}

static void add_row(const struct bench *bench, struct sheet *sheet, const char *uri,
                    const struct variant *variant, bool has_quality) {
    struct entrant entrants[2 * QUALITY_COUNT];
    for (int i = 0; i < 2 * QUALITY_COUNT; i++)
        entrants[i] = (struct entrant){
            .uri = uri,
            .settings = HD_600,
            .more = variant->settings,
            .quality = i % QUALITY_COUNT,
            .baseline = i >= QUALITY_COUNT,
        };
    bench_time(bench, entrants, 2 * QUALITY_COUNT);
    sheet_row(sheet, "%s, %s", name_of(uri), variant->name);
    add_cells(sheet, entrants, has_quality);
    add_cells(sheet, entrants + QUALITY_COUNT, has_quality);
    sheet_cell(sheet, "%.2f",
               entrants[QUALITY_COUNT + QUALITY_NORMAL].cost.least /
                   entrants[QUALITY_NORMAL].cost.least);
}

void table_plugins(const struct bench *bench) {
    const char *uris[PLUGINS_MAX];
    const size_t count = subject_bundle(uris, PLUGINS_MAX);
    struct sheet *sheet =
        sheet_begin("The plugins: ns a stereo frame, minimum (median)",
                    "HD 600|live|normal|high|baseline live|normal|high|baseline / AVX2");
    for (size_t i = 0; i < count; i++) {
        struct subject *subject = subject_open(uris[i], RATE_HZ, bench->block, false);
        const bool has_quality = subject_has(subject, "quality");
        for (size_t k = 0; k < sizeof variants / sizeof *variants; k++)
            if (!variants[k].needs || subject_has(subject, variants[k].needs))
                add_row(bench, sheet, uris[i], &variants[k], has_quality);
        subject_close(subject);
    }
    sheet_note(sheet, "Loaded: noise of source and stage, and rails that clip 6 dB over, where the "
                      "plugin has them. The last column is at normal quality.");
    if (!bench_has_fast_loops())
        sheet_note(sheet, "This machine has no AVX2: all columns are the baseline's.");
    sheet_end(sheet);
}
