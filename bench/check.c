// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#define _POSIX_C_SOURCE 200809L // strtok_r
#include "check.h"

#include "count.h"
#include "die.h"
#include "scenario.h"
#include "sheet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PLUGINS_MAX = 128, RATIOS_MAX = 2 * PLUGINS_MAX + 16 };

// Instructions of one case for each of another; or of a change, the dearest block for the median's.
struct ratio {
    char name[96];
    struct count over, under;
    bool of_blocks;
    double most;
};

struct ratios {
    struct ratio *list;
    size_t count;
};

static struct ratio *add(struct ratios *ratios, double most, const char *name, const char *uri) {
    struct ratio *ratio = &ratios->list[ratios->count++];
    const struct count plain = {
        .entrant = {.uri = uri, .settings = HD_600, .quality = QUALITY_NORMAL}};
    snprintf(ratio->name, sizeof ratio->name, "%s: %s", uri, name);
    ratio->over = ratio->under = plain;
    ratio->most = most;
    return ratio;
}

static void add_silence(struct ratios *ratios, const struct bench *bench, const char *uri) {
    static const char *const settings[] = {HD_600, HD_600 LOADED};
    static const char *const names[] = {"silence / signal", "silence / signal, loaded"};
    for (int i = 0; i < 2; i++) {
        struct ratio *ratio = add(ratios, 1.01, names[i], uri);
        ratio->over.entrant.settings = ratio->under.entrant.settings = settings[i];
        ratio->over.entrant.signal = &bench->silence;
    }
}

static void add_of_chain(struct ratios *ratios) {
    struct ratio *bridge = add(ratios, 1.3, "bridge / single-ended, loaded", CHAIN_URI);
    bridge->under.entrant.more = LOADED;
    bridge->over.entrant.more = LOADED BRIDGE;
    struct ratio *shortest = add(ratios, 1.5, "blocks of 16 / 4096 frames", CHAIN_URI);
    shortest->over.entrant.block = 16;
    shortest->under.entrant.block = 4096;
    // What is asked is a ratio of times (table_figures.c), at most 3 and 6.
    struct ratio *device = add(ratios, 3.5, "dearest block / median, another headphone", CHAIN_URI);
    device->over.entrant.more = LOADED;
    device->over.change = "headphone=Westone 3";
    device->of_blocks = true;
    struct ratio *limit = add(ratios, 6, "dearest block / median, limiting, cable", CHAIN_URI);
    limit->over.entrant.more = CURRENT_LIMIT;
    limit->over.change = "cable=3";
    limit->of_blocks = true;
}

static void count_ratios(const struct bench *bench, struct ratios *ratios) {
    struct count *counts = allocate(2 * ratios->count, sizeof *counts);
    size_t used = 0;
    for (size_t i = 0; i < ratios->count; i++) {
        counts[used++] = ratios->list[i].over;
        if (!ratios->list[i].of_blocks)
            counts[used++] = ratios->list[i].under;
    }
    count_all(bench, counts, used);
    used = 0;
    for (size_t i = 0; i < ratios->count; i++) {
        ratios->list[i].over = counts[used++];
        if (!ratios->list[i].of_blocks)
            ratios->list[i].under = counts[used++];
    }
    free(counts);
}

// Of the plugins that the user names, or else of ours; returns how many.
static size_t plugins_to_check(const struct bench *bench, char *others, const char **uris) {
    size_t count = 0;
    char *rest = NULL;
    if (!bench->others)
        return subject_bundle(uris, PLUGINS_MAX);
    for (char *uri = strtok_r(others, " ", &rest); uri && count < PLUGINS_MAX;
         uri = strtok_r(NULL, " ", &rest))
        uris[count++] = uri;
    return count;
}

static bool print_ratios(const struct ratios *ratios) {
    bool good = true;
    struct sheet *sheet = sheet_begin("Ratios of instructions", "ratio|is|at most|");
    for (size_t i = 0; i < ratios->count; i++) {
        const struct ratio *ratio = &ratios->list[i];
        const double is = ratio->of_blocks ? ratio->over.dearest
                                           : ratio->over.instructions / ratio->under.instructions;
        const bool holds = is <= ratio->most;
        sheet_row(sheet, "%s", ratio->name);
        sheet_cell(sheet, "%.3f", is);
        sheet_cell(sheet, "%g", ratio->most);
        sheet_cell(sheet, "%s", holds ? "" : "TOO MUCH");
        good = good && holds;
    }
    sheet_end(sheet);
    return good;
}

bool check_ratios(const struct bench *bench) {
    const char *uris[PLUGINS_MAX];
    char *others = strdup(bench->others ? bench->others : "");
    const size_t count = plugins_to_check(bench, others, uris);
    struct ratios ratios = {allocate(RATIOS_MAX, sizeof *ratios.list), 0};
    if (!count_is_possible())
        die("--check wants valgrind");
    for (size_t i = 0; i < count; i++)
        add_silence(&ratios, bench, uris[i]);
    if (!bench->others)
        add_of_chain(&ratios);
    count_ratios(bench, &ratios);
    const bool good = print_ratios(&ratios);
    free(ratios.list);
    free(others);
    return good;
}
