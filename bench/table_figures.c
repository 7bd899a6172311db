// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// What the project asks of itself, in one run.
#include "blocks.h"
#include "peers.h"
#include "scenario.h"
#include "sheet.h"

#include <math.h>
#include <stdio.h>

enum {
    LIVE,
    NORMAL,
    LIVE_BRIDGE,
    NORMAL_BRIDGE,
    LIVE_BASELINE,
    NORMAL_BASELINE,
    GUITARIX,
    ENTRANTS
};

static void add_figure(struct sheet *sheet, const char *name, const char *asked, double measured,
                       bool met) {
    sheet_row(sheet, "%s", name);
    sheet_cell(sheet, "%s", asked);
    sheet_cell(sheet, "%.2f", measured);
    sheet_cell(sheet, "%s", met ? "yes" : "NO");
}

static void add_most(const struct bench *bench, struct sheet *sheet, const char *name, double most,
                     double measured) {
    char asked[32];
    snprintf(asked, sizeof asked, "at most %g", most);
    add_figure(sheet, name, asked, measured, measured <= most);
    if (!(measured <= most))
        *bench->met = false;
}

static void add_peer(const struct bench *bench, struct sheet *sheet, double measured) {
    add_figure(sheet, "guitarix gx_amp_stereo / normal", "at least 3", measured, measured >= 3);
    if (!(measured >= 3))
        *bench->met = false;
}

static double ratio(const struct entrant *entrants, int a, int b) {
    return entrants[a].cost.least / entrants[b].cost.least;
}

static double dearest(const struct bench *bench, const struct change *change) {
    double worst = 0;
    for (int quality = 0; quality < QUALITY_COUNT; quality++) {
        const struct block_costs costs = blocks_time(bench, change, quality);
        worst = fmax(worst, costs.dearest_ns / costs.median_ns);
    }
    return worst;
}

void table_figures(const struct bench *bench) {
    struct entrant entrants[ENTRANTS];
    for (int i = 0; i < GUITARIX; i++)
        entrants[i] = (struct entrant){
            .uri = CHAIN_URI,
            .settings = HD_600 LOADED,
            .more = i == LIVE_BRIDGE || i == NORMAL_BRIDGE ? BRIDGE : NULL,
            .quality = i % 2 ? QUALITY_NORMAL : QUALITY_LIVE,
            .baseline = i == LIVE_BASELINE || i == NORMAL_BASELINE,
        };
    entrants[GUITARIX] = (struct entrant){.uri = PEER_GUITARIX, .quality = -1};
    const bool has_guitarix = subject_exists(PEER_GUITARIX);
    bench_time(bench, entrants, has_guitarix ? ENTRANTS : GUITARIX);

    struct sheet *sheet = sheet_begin("What is asked: the chain, HD 600, noise on, rails clipping",
                                      "figure|asked|measured|met");
    add_most(bench, sheet, "live, ns a frame", 50, entrants[LIVE].cost.least);
    add_most(bench, sheet, "normal, ns a frame", 75, entrants[NORMAL].cost.least);
    add_figure(sheet, "normal, ns a frame, aim", "at most 50", entrants[NORMAL].cost.least,
               entrants[NORMAL].cost.least <= 50); // not asked
    add_most(bench, sheet, "live, bridge / single-ended", 1.3, ratio(entrants, LIVE_BRIDGE, LIVE));
    add_most(bench, sheet, "normal, bridge / single-ended", 1.3,
             ratio(entrants, NORMAL_BRIDGE, NORMAL));
    add_most(bench, sheet, "live, baseline / AVX2", 2, ratio(entrants, LIVE_BASELINE, LIVE));
    add_most(bench, sheet, "normal, baseline / AVX2", 2, ratio(entrants, NORMAL_BASELINE, NORMAL));
    if (has_guitarix) {
        add_peer(bench, sheet, ratio(entrants, GUITARIX, NORMAL));
    } else {
        sheet_note(sheet, "guitarix-lv2 is not installed.");
        *bench->met = false;
    }
    add_most(bench, sheet, "dearest block / median, another headphone", 3,
             dearest(bench,
                     &(struct change){NULL, HD_600 LOADED, "headphone=0", "headphone=Westone 3"}));
    add_most(bench, sheet, "the same, linear", 3,
             dearest(bench, &(struct change){NULL, HD_600, "headphone=0", "headphone=Westone 3"}));
    add_most(bench, sheet, "the same, current limit, another cable", 6,
             dearest(bench, &(struct change){NULL, HD_600 CURRENT_LIMIT, "cable=0", "cable=3"}));
    sheet_note(sheet, "AVX2, 48 kHz, blocks of %u; the dearest block of any quality.",
               bench->block);
    sheet_end(sheet);
}
