// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Other plugins of Debian (scripts/packages.txt, section bench) on the same signal.
#define _POSIX_C_SOURCE 200809L // strtok_r
#include "bench.h"
#include "die.h"
#include "peers.h"
#include "scenario.h"
#include "sheet.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PEERS_MAX = 16, OURS = 4 };

const struct peer peers[] = {
    {"guitarix gx_amp_stereo", PEER_GUITARIX},
    {"ZamTube", "urn:zamaudio:ZamTube"},
    {"Calf Saturator", "http://calf.sourceforge.net/plugins/Saturator"},
    {"Calf Tape Simulator", "http://calf.sourceforge.net/plugins/TapeSimulator"},
    {"x42 fil4 stereo", "http://gareus.org/oss/lv2/fil4#stereo"},
};

const size_t peer_count = sizeof peers / sizeof *peers;

// Those that are installed, and those that the user names; returns how many.
static size_t gather(const struct bench *bench, char *others, struct peer *found) {
    size_t count = 0;
    char *rest = NULL;
    for (size_t i = 0; i < peer_count; i++)
        if (subject_exists(peers[i].uri))
            found[count++] = peers[i];
    if (bench->others)
        for (char *uri = strtok_r(others, " ", &rest); uri && count < PEERS_MAX;
             uri = strtok_r(NULL, " ", &rest))
            found[count++] = (struct peer){uri, uri};
    return count;
}

// What one instance is, and whether anything comes out: a plugin that waits for something is cheap.
struct look {
    struct birth birth;
    unsigned inputs;
    bool silent;
};

static struct look look_at(const struct bench *bench, const char *uri) {
    // The first one loads the binary.
    struct subject *first = subject_open(uri, RATE_HZ, bench->block, false);
    struct subject *subject = subject_open(uri, RATE_HZ, bench->block, false);
    struct look look = {subject_birth(subject), subject_inputs(subject), true};
    for (size_t at = 0; at + bench->block <= bench->signal.frames; at += bench->block) {
        bench_play(subject, &bench->signal, at, bench->block, bench->block);
        for (uint32_t n = 0; n < bench->block; n++)
            look.silent = look.silent && fabsf(subject_heard(subject, 0)[n]) < 1e-6f;
    }
    subject_close(subject);
    subject_close(first);
    return look;
}

static void add_peer(struct sheet *sheet, const struct peer *peer, const struct look *look,
                     const struct cost *cost, const struct entrant *ours) {
    const double channels = look->inputs == 1 ? 2 : 1;
    const double ns = channels * cost->least;
    sheet_row(sheet, "%s%s", peer->name, look->inputs == 1 ? ", twice" : "");
    sheet_cell(sheet, "%.1f (%.0f)", ns, channels * cost->median);
    for (int i = 0; i < OURS; i++)
        sheet_cell(sheet, "%.2f", ns / ours[i].cost.least);
    sheet_cell(sheet, "%.0f", look->birth.ns / NS_PER_US);
    sheet_cell(sheet, "%.0f", channels * (double)look->birth.heap_bytes / 1024);
    if (look->silent)
        sheet_note(sheet, "%s gave no sound: its cost says nothing.", peer->name);
}

void table_peers(const struct bench *bench) {
    static const struct {
        int quality;
        const char *settings;
    } ours[OURS] = {{QUALITY_LIVE, LOADED},
                    {QUALITY_NORMAL, LOADED},
                    {QUALITY_HIGH, LOADED},
                    {QUALITY_NORMAL, ""}};
    struct peer found[PEERS_MAX];
    struct entrant entrants[OURS + PEERS_MAX];
    struct look looks[PEERS_MAX];
    char *others = strdup(bench->others ? bench->others : "");
    const size_t count = gather(bench, others, found);
    for (size_t i = 0; i < OURS; i++)
        entrants[i] = (struct entrant){.uri = CHAIN_URI,
                                       .settings = HD_600,
                                       .more = ours[i].settings,
                                       .quality = ours[i].quality};
    for (size_t i = 0; i < count; i++) {
        looks[i] = look_at(bench, found[i].uri);
        entrants[OURS + i] = (struct entrant){.uri = found[i].uri, .quality = -1};
    }
    bench_time(bench, entrants, OURS + count);

    struct sheet *sheet =
        sheet_begin("Peers from Debian at their defaults, same signal: ns a stereo frame, and how "
                    "many times the chain costs that",
                    "plugin|ns|/ live|/ normal|/ high|/ normal, linear|instantiate, us|heap, KiB");
    sheet_row(sheet, "Loadline Chain");
    sheet_cell(sheet, "-");
    for (int i = 0; i < OURS; i++)
        sheet_cell(sheet, "%.1f ns", entrants[i].cost.least);
    const struct look chain = look_at(bench, CHAIN_URI);
    sheet_cell(sheet, "%.0f", chain.birth.ns / NS_PER_US);
    sheet_cell(sheet, "%.0f", (double)chain.birth.heap_bytes / 1024);
    for (size_t i = 0; i < count; i++)
        add_peer(sheet, &found[i], &looks[i], &entrants[OURS + i].cost, entrants);
    if (count < peer_count)
        sheet_note(sheet, "%zu of %zu are not installed.", peer_count - count, peer_count);
    sheet_note(sheet, "Work in threads of its own is not counted.");
    sheet_end(sheet);
    free(others);
}
