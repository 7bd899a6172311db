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
    {"ABX", "urn:loadline:abx", ""},
    {"interconnect, linear", "urn:loadline:line", ""},
    {"amplifier, loaded", "urn:loadline:stage", LOADED},
    {"headphone, linear", "urn:loadline:load", HD_600},
};

enum { ROWS = sizeof rows / sizeof *rows, CELLS = 5 };

enum { SILENT = QUALITY_COUNT, BASELINE };

static struct entrant entrant_of(const struct bench *bench, int row, int cell) {
    return (struct entrant){
        .uri = rows[row].uri,
        .settings = rows[row].settings,
        .quality = cell < QUALITY_COUNT ? cell : QUALITY_NORMAL,
        .signal = cell == SILENT ? &bench->silence : NULL,
        .baseline = cell == BASELINE,
    };
}

// The others are of a plugin that has no such quality, or take too long for a single run.
static bool is_counted(const struct bench *bench, const struct subject *subject, int cell) {
    const bool is_quality = cell < QUALITY_COUNT && cell != QUALITY_NORMAL;
    return (subject_has(subject, "quality") || !is_quality) &&
           (bench->runs > 1 || cell == QUALITY_NORMAL);
}

static size_t plan_rows(const struct bench *bench, struct count *counts,
                        bool is_planned[ROWS][CELLS]) {
    size_t count = 0;
    for (int row = 0; row < ROWS; row++) {
        struct subject *subject = subject_open(rows[row].uri, RATE_HZ, bench->block, false);
        for (int i = 0; i < CELLS; i++) {
            is_planned[row][i] = is_counted(bench, subject, i);
            if (is_planned[row][i])
                counts[count++].entrant = entrant_of(bench, row, i);
        }
        subject_close(subject);
    }
    return count;
}

static void add_rows(const struct bench *bench, struct sheet *sheet) {
    bool is_planned[ROWS][CELLS];
    struct count *counts = allocate((size_t)ROWS * CELLS, sizeof *counts);
    const struct count *next = counts;
    count_all(bench, counts, plan_rows(bench, counts, is_planned));
    for (int row = 0; row < ROWS; row++) {
        sheet_row(sheet, "%s", rows[row].name);
        for (int i = 0; i < CELLS; i++)
            if (is_planned[row][i])
                sheet_cell(sheet, "%.0f", next++->instructions);
            else
                sheet_cell(sheet, "-");
    }
    free(counts);
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
        add_rows(bench, sheet);
        add_peers(bench, sheet);
        if (bench->runs == 1)
            sheet_note(sheet, "A single run counts normal quality alone.");
    } else {
        sheet_note(sheet, "valgrind is not installed.");
    }
    sheet_end(sheet);
}
