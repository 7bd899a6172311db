// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// What a change costs, and how long it takes.
#include "blocks.h"
#include "die.h"
#include "scenario.h"
#include "sheet.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LENGTH_S 0.5

enum { IDENTICAL_RUNS = 20 };

static int identical_runs(const struct bench *bench) {
    return bench->runs < IDENTICAL_RUNS ? bench->runs : IDENTICAL_RUNS;
}

static const struct change changes[] = {
    {"linear, another headphone", HD_600, "headphone=0", "headphone=Westone 3"},
    {"clipping, another headphone", HD_600 LOADED, "headphone=0", "headphone=Westone 3"},
    {"clipping, another amplifier", HD_600 LOADED, "amplifier=0", "amplifier=Bottlehead Crack"},
    {"clipping, to a bridge", HD_600 LOADED, "topology=0", "topology=2"},
    {"clipping, another environment", HD_600 LOADED, "environment=0",
     "environment=Dimmer beside the run"},
    {"clipping, another line", HD_600 LOADED, "line_type=0", "line_type=1"},
    {"clipping, to high quality", HD_600 LOADED, "quality=1", "quality=2"},
    {"limiting, another cable", HD_600 CURRENT_LIMIT, "cable=0", "cable=3"},
    {"limiting, no change", HD_600 CURRENT_LIMIT, "cable=0", "cable=0"},
    {"sag, another cable", HD_600 SAG, "cable=0", "cable=3"},
    {"bypass", HD_600, "enabled=1", "enabled=0"},
    {"no change", HD_600 LOADED, "cable=0", "cable=0"},
};

// --- Cost ---

static void run_blocks(struct subject *subject, const struct sound *signal,
                       const struct change *change, uint32_t block, double *ns) {
    const size_t count = signal->frames / block;
    subject_set(subject, change->before);
    subject_restart(subject);
    subject_run(subject, block); // builds the circuit
    for (size_t i = 0; i < count; i++) {
        if (i == count / 8)
            subject_set(subject, change->after);
        subject_listen(subject, signal->left + i * block, signal->right + i * block);
        const double start_ns = now_ns();
        subject_run(subject, block);
        ns[i] = now_ns() - start_ns;
    }
}

static struct block_costs judge(const double *least, size_t count) {
    struct block_costs costs = {0};
    double *sorted = allocate(count, sizeof *sorted);
    memcpy(sorted, least, count * sizeof *least);
    costs.median_ns = cost_of(sorted, count).median;
    for (size_t i = 0; i < count; i++) {
        costs.extra_ns += fmax(least[i] - costs.median_ns, 0);
        if (least[i] > costs.dearest_ns) {
            costs.dearest_ns = least[i];
            costs.dearest = i;
        }
    }
    free(sorted);
    return costs;
}

struct block_costs blocks_time(const struct bench *bench, const struct change *change,
                               int quality) {
    struct sound signal = sound_new(LENGTH_S, 1);
    const size_t count = signal.frames / bench->block;
    const struct entrant entrant = {
        .uri = CHAIN_URI, .settings = change->settings, .quality = quality};
    struct subject *subject = bench_open(bench, &entrant);
    double *least = allocate(count, sizeof *least), *ns = allocate(count, sizeof *ns);
    for (int run = 0; run < identical_runs(bench); run++) {
        run_blocks(subject, &signal, change, bench->block, ns);
        for (size_t i = 0; i < count; i++)
            least[i] = run == 0 ? ns[i] : fmin(least[i], ns[i]);
    }
    const struct block_costs costs = judge(least, count);
    free(least);
    free(ns);
    subject_close(subject);
    sound_free(&signal);
    return costs;
}

void table_changes(const struct bench *bench) {
    struct sheet *sheet =
        sheet_begin("Changes: the dearest block over the median",
                    "change|live|normal|high|normal: dearest, us|median, us|all of it, us");
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        struct block_costs costs[QUALITY_COUNT];
        sheet_row(sheet, "%s", changes[i].name);
        for (int quality = 0; quality < QUALITY_COUNT; quality++) {
            costs[quality] = blocks_time(bench, &changes[i], quality);
            sheet_cell(sheet, "%.2f", costs[quality].dearest_ns / costs[quality].median_ns);
        }
        sheet_cell(sheet, "%.1f", costs[QUALITY_NORMAL].dearest_ns / NS_PER_US);
        sheet_cell(sheet, "%.1f", costs[QUALITY_NORMAL].median_ns / NS_PER_US);
        sheet_cell(sheet, "%.0f", costs[QUALITY_NORMAL].extra_ns / NS_PER_US);
    }
    sheet_note(sheet,
               "Blocks of %u frames, each the minimum over %d identical runs. All of it: "
               "what the blocks cost beyond the median, a second path's time included.",
               bench->block, identical_runs(bench));
    sheet_end(sheet);
}

// --- Time ---

enum { STEP = 8, SECOND = (int)RATE_HZ, CHANGE_AT = SECOND / 10, DELAYS_MAX = 16 };

#define HEARD 1e-4 // of full scale
#define THERE 1e-3

// Three instances hear the same: one stays as it was, one changes, one has always been different.
// The changing one begins to differ from the first, and ends to differ from the last.
struct delay {
    double begin_ms, end_ms;
};

static double difference(const struct subject *a, const struct subject *b) {
    double highest = 0;
    for (int channel = 0; channel < 2; channel++)
        for (int n = 0; n < STEP; n++)
            highest = fmax(highest, fabs((double)subject_heard(a, channel)[n] -
                                         (double)subject_heard(b, channel)[n]));
    return highest;
}

static struct delay time_delay(const struct change *change, int quality,
                               const struct sound *signal) {
    enum { WAS, CHANGES, WILL, TWINS };
    const struct bench bench = {.block = STEP};
    const char *const settings[TWINS] = {change->before, change->before, change->after};
    struct subject *subject[TWINS];
    size_t begin = 0, end = 0;
    for (int i = 0; i < TWINS; i++)
        subject[i] = bench_open(&bench, &(struct entrant){.uri = CHAIN_URI,
                                                          .settings = change->settings,
                                                          .more = settings[i],
                                                          .quality = quality});
    for (size_t at = 0; at + STEP <= signal->frames; at += STEP) {
        if (at == CHANGE_AT)
            subject_set(subject[CHANGES], change->after);
        for (int i = 0; i < TWINS; i++)
            bench_play(subject[i], signal, at, STEP, STEP);
        if (!begin && difference(subject[WAS], subject[CHANGES]) > HEARD)
            begin = at;
        if (difference(subject[WILL], subject[CHANGES]) > THERE)
            end = at + STEP;
    }
    for (int i = 0; i < TWINS; i++)
        subject_close(subject[i]);
    if (!begin || end >= signal->frames)
        return (struct delay){NAN, NAN};
    const double ms = 1e3 / RATE_HZ;
    return (struct delay){((double)begin - CHANGE_AT) * ms, ((double)end - CHANGE_AT) * ms};
}

void table_delays(const struct bench *bench) {
    static const struct change rows[] = {
        {"another headphone", HD_600 "output_impedance=10; ", "headphone=0", "headphone=Westone 3"},
        {"another amplifier", HD_600 "match=0; ", "amplifier=0", "amplifier=Bottlehead Crack"},
        {"another cable", HD_600, "cable_resistance=2000", "cable=3"},
        {"to a bridge", HD_600 "match=0; ", "topology=0", "topology=2"},
        {"output impedance", HD_600, "output_impedance=1", "output_impedance=120"},
        {"gain, of what clips", HD_600 "rail=2; ", "gain=-10", "gain=10"},
        {"bypass", HD_600 "output_impedance=120; ", "enabled=1", "enabled=0"},
    };
    (void)bench;
    struct sound signal = sound_new(1, 1);
    struct sheet *sheet =
        sheet_begin("From a control's change until it is heard and until it is in force, ms",
                    "change|live: first heard|in force|normal: first heard|in force");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        sheet_row(sheet, "%s", rows[i].name);
        for (int quality = QUALITY_LIVE; quality <= QUALITY_NORMAL; quality++) {
            const struct delay delay = time_delay(&rows[i], quality, &signal);
            sheet_cell(sheet, "%.1f", delay.begin_ms);
            sheet_cell(sheet, "%.1f", delay.end_ms);
        }
    }
    sheet_note(sheet,
               "Latency included, in steps of %.2f ms. In force: within %g of full scale of "
               "an instance that never was anything else.",
               STEP * 1e3 / RATE_HZ, THERE);
    sheet_end(sheet);
    sound_free(&signal);
}
