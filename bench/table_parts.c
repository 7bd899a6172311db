// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Where instructions and time go, function by function.
#include "count.h"
#include "scenario.h"
#include "sheet.h"

#include <math.h>
#include <string.h>

enum { SHOWN = 20 };

// Of a function that no sample met, 0.
static double part_of(const struct share *shares, size_t count, const char *function) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(shares[i].function, function) == 0)
            return shares[i].amount;
    return 0;
}

static void add_row(struct sheet *sheet, const char *name, double instructions, double all,
                    double ns) {
    sheet_row(sheet, "%s", name);
    sheet_cell(sheet, "%.1f", instructions);
    sheet_cell(sheet, "%.1f", instructions / all * 100);
    if (isnan(ns)) {
        sheet_cell(sheet, "-");
        sheet_cell(sheet, "-");
        return;
    }
    sheet_cell(sheet, "%.1f", ns);
    sheet_cell(sheet, "%.1f", instructions / ns);
}

static void add_rows(struct sheet *sheet, const struct count *count, const struct share *times,
                     size_t time_count, double all_ns) {
    double rest = count->instructions, rest_ns = all_ns;
    for (size_t i = 0; i < count->share_count && i < SHOWN; i++) {
        const struct share *share = &count->share[i];
        const double ns = all_ns * part_of(times, time_count, share->function);
        add_row(sheet, share->function, share->amount, count->instructions, ns);
        rest -= share->amount;
        rest_ns -= ns;
    }
    add_row(sheet, "all others", rest, count->instructions, rest_ns);
    add_row(sheet, "all", count->instructions, count->instructions, all_ns);
}

void table_parts(const struct bench *bench) {
    struct entrant entrant = {
        .uri = CHAIN_URI, .settings = HD_600 LOADED, .quality = QUALITY_NORMAL};
    struct count count = {.entrant = entrant};
    struct share times[SHARES_MAX];
    size_t time_count = 0;
    struct sheet *sheet = sheet_begin("Where it goes: the chain, HD 600, loaded, normal quality, a "
                                      "stereo frame",
                                      "function|instructions|%|ns|instructions a ns");
    if (count_is_possible()) {
        count_all(bench, &count, 1);
        const bool profiled = count_profile(bench, &count, times, &time_count);
        bench_time(bench, &entrant, 1);
        add_rows(sheet, &count, times, time_count, profiled ? entrant.cost.least : NAN);
        if (!profiled)
            sheet_note(sheet, "No times: perf is not installed or not allowed.");
    } else {
        sheet_note(sheet, "valgrind is not installed.");
    }
    sheet_end(sheet);
}
