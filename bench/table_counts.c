// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Instructions beside the times.
#include "count.h"
#include "die.h"
#include "peers.h"
#include "scenario.h"
#include "sheet.h"

#include <stdlib.h>

static const struct {
    const char *name, *uri, *settings;
} rows[] = {
    {"chain, linear", CHAIN_URI, HD_600},
    {"chain, loaded", CHAIN_URI, HD_600 LOADED},
    {"chain, loaded, bridge", CHAIN_URI, HD_600 LOADED BRIDGE},
    {"chain, interference", CHAIN_URI, HD_600 INTERFERENCE},
    {"chain, current limit", CHAIN_URI, HD_600 CURRENT_LIMIT},
    {"chain, sag", CHAIN_URI, HD_600 SAG},
    {"interconnect, linear", "urn:loadline:line", ""},
    {"amplifier, loaded", "urn:loadline:stage", LOADED},
    {"headphone, linear", "urn:loadline:load", HD_600},
};

enum { ROWS = sizeof rows / sizeof *rows, CELLS = 5 };

static void plan_row(const struct bench *bench, struct count *counts, int row) {
    enum { SILENT = 3, BASELINE };
    for (int i = 0; i < CELLS; i++)
        counts[i].entrant = (struct entrant){
            .uri = rows[row].uri,
            .settings = rows[row].settings,
            .quality = i < QUALITY_COUNT ? i : QUALITY_NORMAL,
            .signal = i == SILENT ? &bench->silence : NULL,
            .baseline = i == BASELINE,
        };
}

static void add_peers(const struct bench *bench, struct sheet *sheet) {
    struct count *counts = allocate(peer_count, sizeof *counts);
    size_t found = 0, at = 0;
    for (size_t i = 0; i < peer_count; i++)
        if (subject_exists(peers[i].uri))
            counts[found++].entrant = (struct entrant){.uri = peers[i].uri, .quality = -1};
    count_all(bench, counts, found);
    for (size_t i = 0; i < peer_count; i++)
        if (subject_exists(peers[i].uri)) {
            struct subject *subject = subject_open(peers[i].uri, RATE_HZ, bench->block, false);
            const double channels = subject_inputs(subject) == 1 ? 2 : 1;
            subject_close(subject);
            sheet_row(sheet, "%s%s", peers[i].name, channels > 1 ? ", twice" : "");
            sheet_cell(sheet, "-");
            sheet_cell(sheet, "%.0f", channels * counts[at++].instructions);
        }
    free(counts);
}

void table_counts(const struct bench *bench) {
    struct sheet *sheet = sheet_begin("Instructions a stereo frame (valgrind)",
                                      "plugin|live|normal|high|normal, silence|normal, baseline");
    if (count_is_possible()) {
        struct count *counts = allocate((size_t)ROWS * CELLS, sizeof *counts);
        for (int row = 0; row < ROWS; row++)
            plan_row(bench, counts + row * CELLS, row);
        count_all(bench, counts, (size_t)ROWS * CELLS);
        for (int row = 0; row < ROWS; row++) {
            sheet_row(sheet, "%s", rows[row].name);
            for (int i = 0; i < CELLS; i++)
                sheet_cell(sheet, "%.0f", counts[row * CELLS + i].instructions);
        }
        add_peers(bench, sheet);
        free(counts);
    } else {
        sheet_note(sheet, "valgrind is not installed.");
    }
    sheet_end(sheet);
}
