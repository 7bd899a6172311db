// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The chain against the machine's arithmetic.
#include "bench.h"
#include "peak.h"
#include "scenario.h"
#include "sheet.h"
#include "work.h"

#include <math.h>

static struct peak_rate peak_rate(bool baseline) {
#ifdef LOADLINE_HAVE_V3
    if (!baseline && bench_has_fast_loops())
        return peak_rate_v3();
#endif
    (void)baseline;
    return peak_rate_baseline();
}

static double time_at_peak(const struct work *work, const struct peak_rate *peak) {
    return work->single / peak->single + work->wide / peak->wide;
}

static void add_parts(struct sheet *sheet, const struct chain_work work[QUALITY_COUNT],
                      const struct peak_rate *peak) {
    for (int part = 0; part < WORK_PARTS; part++) {
        sheet_row(sheet, "%s", work_names[part]);
        for (int quality = 0; quality < QUALITY_COUNT; quality++) {
            const struct work *of = &work[quality].part[part];
            sheet_cell(sheet, "%.0f", of->single);
            sheet_cell(sheet, "%.0f", of->wide);
        }
        sheet_cell(sheet, "%.2f", time_at_peak(&work[QUALITY_NORMAL].part[part], peak));
    }
    sheet_row(sheet, "all");
    for (int quality = 0; quality < QUALITY_COUNT; quality++) {
        const struct work total = work_total(&work[quality]);
        sheet_cell(sheet, "%.0f", total.single);
        sheet_cell(sheet, "%.0f", total.wide);
    }
    const struct work total = work_total(&work[QUALITY_NORMAL]);
    sheet_cell(sheet, "%.2f", time_at_peak(&total, peak));
}

static void print_gap(const struct chain_work work[QUALITY_COUNT],
                      struct entrant entrants[2][QUALITY_COUNT], const struct peak_rate peak[2]) {
    struct sheet *sheet =
        sheet_begin("The gap: ns a frame, loaded",
                    "loops|multiply-adds a ns, single|double|live: at that rate|measured|ratio|"
                    "normal: at that rate|measured|ratio|high: at that rate|measured|ratio");
    for (int i = 0; i < 2; i++) {
        sheet_row(sheet, i ? "baseline" : bench_has_fast_loops() ? "AVX2" : "fastest");
        sheet_cell(sheet, "%.1f", peak[i].single);
        sheet_cell(sheet, "%.1f", peak[i].wide);
        for (int quality = 0; quality < QUALITY_COUNT; quality++) {
            const struct work total = work_total(&work[quality]);
            const double limit_ns = time_at_peak(&total, &peak[i]);
            sheet_cell(sheet, "%.1f", limit_ns);
            sheet_cell(sheet, "%.1f", entrants[i][quality].cost.least);
            sheet_cell(sheet, "%.1f", entrants[i][quality].cost.least / limit_ns);
        }
    }
    sheet_end(sheet);
}

void table_limit(const struct bench *bench) {
    struct entrant entrants[2][QUALITY_COUNT];
    struct chain_work work[QUALITY_COUNT];
    for (int i = 0; i < 2; i++)
        for (int quality = 0; quality < QUALITY_COUNT; quality++)
            entrants[i][quality] = (struct entrant){.uri = CHAIN_URI,
                                                    .settings = HD_600,
                                                    .more = LOADED,
                                                    .quality = quality,
                                                    .baseline = i == 1};
    for (int quality = 0; quality < QUALITY_COUNT; quality++)
        work[quality] = work_of_chain(HD_600 LOADED, quality, &bench->signal);
    bench_time(bench, entrants[0], (size_t)2 * QUALITY_COUNT);
    const struct peak_rate peak[2] = {peak_rate(false), peak_rate(true)};
    struct sheet *sheet = sheet_begin(
        "Multiply-adds a stereo frame, the chain, HD 600, loaded",
        "part|live: single|double|normal: single|double|high: single|double|normal at peak, ns");
    add_parts(sheet, work, &peak[0]);
    sheet_end(sheet);
    print_gap(work, entrants, peak);
}
