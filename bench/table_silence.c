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

enum { LOUD, SILENT, TINY_INPUT, SOUNDS };

struct sounds {
    struct sound of[SOUNDS];
};

static int runs_of(const struct bench *bench) {
    return bench->runs < RUNS_MAX ? bench->runs : RUNS_MAX;
}

static size_t window_frames(uint32_t block) {
    return (size_t)(WINDOW_S * RATE_HZ) / block * block;
}

// A frame's cost in each window of a sound that follows a loud one.
static void time_windows(struct subject *subject, const struct sounds *sounds, int which,
                         uint32_t block, double *least) {
    const size_t window = window_frames(block);
    const struct sound *sound = &sounds->of[which], *before = &sounds->of[LOUD];
    subject_restart(subject);
    bench_play(subject, before, 0, before->frames / 4, block);
    for (size_t i = 0; i < sound->frames / window; i++) {
        const double start_ns = now_ns();
        bench_play(subject, sound, i * window, window, block);
        least[i] = fmin(least[i], (now_ns() - start_ns) / (double)window);
    }
}

// The sounds in turns; all runs are the same.
static void add_row(const struct bench *bench, struct sheet *sheet, const char *name,
                    const struct entrant *entrant, const struct sounds *sounds) {
    const size_t count = sounds->of[LOUD].frames / window_frames(bench->block);
    struct subject *subject = bench_open(bench, entrant);
    double *least[SOUNDS], median[SOUNDS], dearest[SOUNDS];
    for (int which = 0; which < SOUNDS; which++) {
        least[which] = allocate(count, sizeof **least);
        for (size_t i = 0; i < count; i++)
            least[which][i] = INFINITY;
    }
    for (int run = 0; run < runs_of(bench); run++)
        for (int which = 0; which < SOUNDS; which++)
            time_windows(subject, sounds, which, bench->block, least[which]);
    for (int which = 0; which < SOUNDS; which++) {
        median[which] = cost_of(least[which], count).median;
        dearest[which] = least[which][count - 1]; // they are sorted now
        free(least[which]);
    }
    sheet_row(sheet, "%s", name);
    sheet_cell(sheet, "%.1f", median[LOUD]);
    sheet_cell(sheet, "%.1f", dearest[LOUD]);
    sheet_cell(sheet, "%.1f", median[SILENT]);
    sheet_cell(sheet, "%.1f", dearest[SILENT]);
    sheet_cell(sheet, "%.1f", median[TINY_INPUT]);
    sheet_cell(sheet, "%.2f", fmax(median[SILENT], median[TINY_INPUT]) / median[LOUD]);
    sheet_cell(sheet, "%.2f", dearest[SILENT] / dearest[LOUD]);
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
    struct sounds sounds = {{
        [LOUD] = sound_new(SILENCE_S, 1),
        [SILENT] = sound_silence(SILENCE_S),
        [TINY_INPUT] = sound_new(SILENCE_S, TINY),
    }};
    struct sheet *sheet =
        sheet_begin("Silence after a sound, flush-to-zero off: ns a stereo frame, normal quality",
                    "plugin|signal|its dearest 20 ms|silence|its dearest|denormal input|worst / "
                    "signal|dearest / dearest");
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
    sound_free(&sounds.of[LOUD]);
    sound_free(&sounds.of[TINY_INPUT]);
}
