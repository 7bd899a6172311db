// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#define _POSIX_C_SOURCE 200809L // strtok_r
#include "check.h"

#include "count.h"
#include "die.h"
#include "grid.h"
#include "peers.h"
#include "scenario.h"
#include "sheet.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PLUGINS_MAX = 128, CHOICES_MAX = 16, RATIOS_MAX = 4096, BATCH = 64 };

#define BUILDS 1.05 // what the blocks after a change cost over those before, at least

// Instructions of one case for each of another; or of a change, the dearest block for the median's.
struct ratio {
    char name[128], before[192], change[SYMBOL_MAX + 16]; // of a change, what its count points to
    struct count over, under;
    bool of_blocks, builds;
    double least, most;
};

struct ratios {
    struct ratio *list[RATIOS_MAX];
    size_t count;
};

__attribute__((format(printf, 3, 4))) static void write_into(char *text, size_t size,
                                                             const char *format, ...) {
    va_list values;
    va_start(values, format);
    const int length = vsnprintf(text, size, format, values);
    va_end(values);
    if (length < 0 || (size_t)length >= size)
        die("\"%s\" is too long", text);
}

static struct ratio *add(struct ratios *ratios, double most, const char *name, const char *uri) {
    if (ratios->count == RATIOS_MAX)
        die("more than %d ratios", RATIOS_MAX);
    struct ratio *ratio = ratios->list[ratios->count++] = allocate(1, sizeof *ratio);
    const struct count plain = {
        .entrant = {.uri = uri, .settings = HD_600, .quality = QUALITY_NORMAL}};
    write_into(ratio->name, sizeof ratio->name, "%s: %s", uri, name);
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

static void add_bridge(struct ratios *ratios, int quality) {
    char name[64];
    write_into(name, sizeof name, "bridge / single-ended, loaded, %s", quality_names[quality]);
    struct ratio *bridge = add(ratios, 1.3, name, CHAIN_URI);
    bridge->under.entrant.quality = bridge->over.entrant.quality = quality;
    bridge->under.entrant.more = LOADED;
    bridge->over.entrant.more = LOADED BRIDGE;
}

static void add_of_chain(struct ratios *ratios) {
    add_bridge(ratios, QUALITY_LIVE);
    add_bridge(ratios, QUALITY_NORMAL);
    struct ratio *shortest = add(ratios, 1.5, "blocks of 16 / 4096 frames", CHAIN_URI);
    shortest->over.entrant.block = 16;
    shortest->under.entrant.block = 4096;
    if (subject_exists(PEER_GUITARIX)) {
        struct ratio *guitarix = add(ratios, INFINITY, "gx_amp_stereo / loaded", CHAIN_URI);
        guitarix->over.entrant = (struct entrant){.uri = PEER_GUITARIX, .quality = -1};
        guitarix->under.entrant.more = LOADED;
        guitarix->least = 3;
    }
}

// --- Changes ---

// What a plugin does while something is chosen.
static const struct state {
    const char *name, *settings;
    const char *needs; // a port; NULL: none
    double most;       // the dearest block over the median
} states[] = {
    {"linear", "", NULL, 3},
    {"loaded", LOADED, "source_noise", 3},
    {"limiting", CURRENT_LIMIT, "current_limit", 6},
};

enum { LINEAR, CLIPPING, LIMITING, STATES };
_Static_assert(STATES == sizeof states / sizeof *states, "a name for each");

static struct ratio *add_change(struct ratios *ratios, const struct state *state, const char *uri,
                                const char *change, int quality) {
    char name[96];
    write_into(name, sizeof name, "dearest block / median, %s, %s, %s", state->name,
               quality_names[quality], change);
    struct ratio *ratio = add(ratios, state->most, name, uri);
    write_into(ratio->change, sizeof ratio->change, "%s", change);
    ratio->over.entrant.quality = quality;
    ratio->over.entrant.more = state->settings;
    ratio->over.change = ratio->change;
    ratio->of_blocks = true;
    return ratio;
}

// Of ours every choice makes another circuit or path, but for what the blind test plays. A named
// amplifier that ends what a loaded or limiting one did can be the cheaper one.
static bool builds(const struct bench *bench, const struct state *state, const char *symbol) {
    return !bench->others && state == &states[LINEAR] && strcmp(symbol, "select") != 0;
}

// From the first to the last.
static void add_choice(struct ratios *ratios, const struct bench *bench, const struct state *state,
                       const char *uri, const struct choice *choice, int quality) {
    char change[SYMBOL_MAX + 16];
    write_into(change, sizeof change, "%s=%g", choice->symbol, (double)choice->last);
    struct ratio *ratio = add_change(ratios, state, uri, change, quality);
    write_into(ratio->before, sizeof ratio->before, "%s%s=%g", state->settings, choice->symbol,
               (double)choice->first);
    ratio->over.entrant.more = ratio->before;
    ratio->builds = builds(bench, state, choice->symbol);
}

// Without a long run the qualities take turns; to limit is too dear for more than one.
static bool is_asked(const struct state *state, size_t turn, int quality) {
    if (state == &states[LIMITING])
        return quality == QUALITY_NORMAL;
    return long_run() || (int)(turn % QUALITY_COUNT) == quality;
}

static void add_in_qualities(struct ratios *ratios, const struct bench *bench,
                             const struct state *state, const char *uri,
                             const struct choice *choice, size_t turn) {
    for (int quality = 0; quality < QUALITY_COUNT; quality++)
        if (is_asked(state, turn, quality))
            add_choice(ratios, bench, state, uri, choice, quality);
}

static void add_choices(struct ratios *ratios, const struct bench *bench, const char *uri) {
    struct choice choices[CHOICES_MAX];
    const size_t count = subject_choices(uri, choices, CHOICES_MAX);
    struct subject *subject = subject_open(uri, RATE_HZ, bench->block, false);
    const bool has_quality = subject_has(subject, "quality");
    for (const struct state *state = states; state <= &states[long_run() ? LIMITING : LINEAR];
         state++) {
        if (state->needs && !subject_has(subject, state->needs))
            continue;
        for (size_t i = 0; i < count; i++)
            if (!has_quality)
                add_choice(ratios, bench, state, uri, &choices[i], QUALITY_NORMAL);
            else if (strcmp(choices[i].symbol, "quality") == 0) // from the first, as any choice
                add_choice(ratios, bench, state, uri, &choices[i], QUALITY_LIVE);
            else
                add_in_qualities(ratios, bench, state, uri, &choices[i], i);
    }
    subject_close(subject);
}

// --- All of them ---

static void count_batch(const struct bench *bench, struct ratio *const *list, size_t count) {
    struct count *counts = allocate(2 * count, sizeof *counts);
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        counts[used++] = list[i]->over;
        if (!list[i]->of_blocks)
            counts[used++] = list[i]->under;
    }
    count_all(bench, counts, used);
    used = 0;
    for (size_t i = 0; i < count; i++) {
        list[i]->over = counts[used++];
        if (!list[i]->of_blocks)
            list[i]->under = counts[used++];
    }
    free(counts);
}

// Each block of a change is a file while they are counted.
static void count_ratios(const struct bench *bench, const struct ratios *ratios) {
    for (size_t i = 0; i < ratios->count; i += BATCH) {
        const size_t left = ratios->count - i;
        count_batch(bench, ratios->list + i, left < BATCH ? left : BATCH);
    }
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

static const char *verdict(const struct ratio *ratio, double is) {
    if (!(is <= ratio->most))
        return "TOO MUCH";
    if (!(is >= ratio->least))
        return "TOO LITTLE";
    return ratio->builds && !(ratio->over.grown >= BUILDS) ? "NOTHING HAPPENED" : "";
}

static bool print_ratio(struct sheet *sheet, const struct ratio *ratio) {
    const double is = ratio->of_blocks ? ratio->over.dearest
                                       : ratio->over.instructions / ratio->under.instructions;
    const bool from_below = ratio->least > 0;
    sheet_row(sheet, "%s", ratio->name);
    sheet_cell(sheet, "%.3f", is);
    sheet_cell(sheet, "%s %g", from_below ? "at least" : "at most",
               from_below ? ratio->least : ratio->most);
    if (ratio->of_blocks)
        sheet_cell(sheet, "%.3f", ratio->over.grown);
    else
        sheet_cell(sheet, "-");
    sheet_cell(sheet, "%s", verdict(ratio, is));
    return *verdict(ratio, is) == '\0';
}

static bool print_ratios(const struct bench *bench, const struct ratios *ratios) {
    bool good = true;
    struct sheet *sheet = sheet_begin("Ratios of instructions", "ratio|is|asked|after / before|");
    for (size_t i = 0; i < ratios->count; i++)
        good = print_ratio(sheet, ratios->list[i]) && good;
    if (!bench->others && !subject_exists(PEER_GUITARIX))
        sheet_note(sheet, "guitarix-lv2 is not installed: nothing is held against it.");
    sheet_end(sheet);
    return good;
}

bool check_ratios(const struct bench *bench) {
    const char *uris[PLUGINS_MAX];
    char *others = strdup(bench->others ? bench->others : "");
    const size_t count = plugins_to_check(bench, others, uris);
    struct ratios *ratios = allocate(1, sizeof *ratios);
    if (!count_is_possible())
        die("--check wants valgrind");
    for (size_t i = 0; i < count; i++) {
        add_silence(ratios, bench, uris[i]);
        add_choices(ratios, bench, uris[i]);
    }
    if (!bench->others) {
        add_of_chain(ratios);
        add_change(ratios, &states[CLIPPING], CHAIN_URI, "headphone=Westone 3", QUALITY_NORMAL);
        add_change(ratios, &states[LIMITING], CHAIN_URI, "cable=3", QUALITY_NORMAL);
    }
    count_ratios(bench, ratios);
    const bool good = print_ratios(bench, ratios);
    for (size_t i = 0; i < ratios->count; i++)
        free(ratios->list[i]);
    free(ratios);
    free(others);
    return good;
}
