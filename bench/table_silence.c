// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Silence against signal, where the host leaves denormal numbers on.
#include "bench.h"
#include "die.h"
#include "peers.h"
#include "scenario.h"
#include "sheet.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SILENCE_S 2.0 // long enough for what rings to reach the smallest numbers
#define WINDOW_S  0.02
#define TINY      1e-39 // a denormal number in single precision

enum { PLUGINS_MAX = 16, RUNS_MAX = 7 };

struct sounds {
    struct sound loud, silent, tiny;
};

static int runs_of(const struct bench *bench) {
    return bench->runs < RUNS_MAX ? bench->runs : RUNS_MAX;
}

// A frame's least cost in each window, the same in all runs; the median or the dearest of them.
static struct cost time_windows(struct subject *subject, const struct sounds *sounds,
                                const struct sound *signal, int runs, uint32_t block,
                                double *dearest) {
    const size_t window = (size_t)(WINDOW_S * RATE_HZ) / block * block;
    const size_t count = signal->frames / window;
    double *least = allocate(count, sizeof *least);
    for (int run = 0; run < runs; run++) {
        subject_restart(subject);
        bench_play(subject, &sounds->loud, 0, sounds->loud.frames / 4, block);
        for (size_t i = 0; i < count; i++) {
            const double start_ns = spent_ns();
            bench_play(subject, signal, i * window, window, block);
            const double ns = (spent_ns() - start_ns) / (double)window;
            least[i] = run == 0 ? ns : fmin(least[i], ns);
        }
    }
    const struct cost cost = cost_of(least, count);
    *dearest = least[count - 1]; // sorted
    free(least);
    return cost;
}

static void add_row(const struct bench *bench, struct sheet *sheet, const char *name,
                    const struct entrant *entrant, const struct sounds *sounds) {
    struct subject *subject = bench_open(bench, entrant);
    const int runs = runs_of(bench);
    double loudest, dearest, tiniest;
    const double loud =
        time_windows(subject, sounds, &sounds->loud, runs, bench->block, &loudest).median;
    const double silent =
        time_windows(subject, sounds, &sounds->silent, runs, bench->block, &dearest).median;
    const double tiny =
        time_windows(subject, sounds, &sounds->tiny, runs, bench->block, &tiniest).median;
    sheet_row(sheet, "%s", name);
    sheet_cell(sheet, "%.1f", loud);
    sheet_cell(sheet, "%.1f", silent);
    sheet_cell(sheet, "%.1f", dearest);
    sheet_cell(sheet, "%.1f", tiny);
    sheet_cell(sheet, "%.2f", fmax(dearest, tiny) / loud);
    subject_close(subject);
}

static bool has_noise(const struct bench *bench, const char *uri) {
    struct subject *subject = subject_open(uri, RATE_HZ, bench->block, false);
    const bool has = subject_has(subject, "source_noise");
    subject_close(subject);
    return has;
}

static void add_ours(const struct bench *bench, struct sheet *sheet, const struct sounds *sounds) {
    const char *uris[PLUGINS_MAX];
    const size_t count = subject_bundle(uris, PLUGINS_MAX);
    char name[64];
    for (size_t i = 0; i < count; i++) {
        struct entrant entrant = {.uri = uris[i], .settings = HD_600, .quality = QUALITY_NORMAL};
        snprintf(name, sizeof name, "%s, linear", strrchr(uris[i], ':') + 1);
        add_row(bench, sheet, name, &entrant, sounds);
        entrant.more = LOADED;
        snprintf(name, sizeof name, "%s, loaded", strrchr(uris[i], ':') + 1);
        if (has_noise(bench, uris[i]))
            add_row(bench, sheet, name, &entrant, sounds);
    }
}

void table_silence(const struct bench *bench) {
    struct sounds sounds = {sound_new(SILENCE_S, 1), sound_silence(SILENCE_S),
                            sound_new(SILENCE_S, TINY)};
    struct sheet *sheet =
        sheet_begin("Silence after a sound, flush-to-zero off: ns a stereo frame, normal quality",
                    "plugin|signal|silence|dearest 20 ms of it|denormal input|worst / signal");
    add_ours(bench, sheet, &sounds);
    for (size_t i = 0; i < peer_count; i++)
        if (subject_exists(peers[i].uri))
            add_row(bench, sheet, peers[i].name,
                    &(struct entrant){.uri = peers[i].uri, .quality = -1}, &sounds);
    sheet_note(sheet,
               "Windows of %g ms, each the minimum over %d identical runs; the median of "
               "the windows, and the dearest.",
               WINDOW_S * 1e3, runs_of(bench));
    sheet_end(sheet);
    sound_free(&sounds.loud);
    sound_free(&sounds.tiny);
}
