// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// How cost grows with instances, with the host's block and with the circuit.
#include "bench.h"
#include "scenario.h"
#include "sheet.h"
#include "work.h"

static struct entrant loaded_chain(int quality) {
    return (struct entrant){
        .uri = CHAIN_URI, .settings = HD_600, .more = LOADED, .quality = quality};
}

void table_instances(const struct bench *bench) {
    enum { STEPS = 7 }; // 1, 2, 4 ... 64
    struct entrant entrants[STEPS];
    for (int i = 0; i < STEPS; i++) {
        entrants[i] = loaded_chain(QUALITY_NORMAL);
        entrants[i].instances = 1 << i;
    }
    bench_time(bench, entrants, STEPS);
    struct sheet *sheet =
        sheet_begin("Instances of the chain, loaded, normal quality, in turns "
                    "block by block",
                    "instances|ns a frame of each|of one alone|part of real time");
    for (int i = 0; i < STEPS; i++) {
        const double ns = entrants[i].cost.least;
        sheet_row(sheet, "%d", 1 << i);
        sheet_cell(sheet, "%.1f (%.0f)", ns, entrants[i].cost.median);
        sheet_cell(sheet, "%.2f", ns / entrants[0].cost.least);
        sheet_cell(sheet, "%.2f %%", ns * (1 << i) * RATE_HZ / NS_PER_S * 100);
    }
    sheet_end(sheet);
}

void table_blocks(const struct bench *bench) {
    enum { STEPS = 5 }; // 16, 64 ... 4096
    struct entrant entrants[QUALITY_COUNT][STEPS];
    for (int quality = 0; quality < QUALITY_COUNT; quality++)
        for (int i = 0; i < STEPS; i++) {
            entrants[quality][i] = loaded_chain(quality);
            entrants[quality][i].block = 16u << 2 * i;
        }
    bench_time(bench, entrants[0], (size_t)QUALITY_COUNT * STEPS);
    struct sheet *sheet = sheet_begin("Blocks: the chain, loaded, ns a stereo frame",
                                      "frames a block|live|normal|high");
    for (int i = 0; i < STEPS; i++) {
        sheet_row(sheet, "%u", entrants[0][i].block);
        for (int quality = 0; quality < QUALITY_COUNT; quality++)
            sheet_cell(sheet, "%.1f (%.0f)", entrants[quality][i].cost.least,
                       entrants[quality][i].cost.median);
    }
    sheet_end(sheet);
}

// --- Circuits ---

#define WIRE "cable=0; cable_length=0.1; contact_resistance=0.1; cable_capacitance=0; "

static const struct {
    const char *name, *settings;
} circuits[] = {
    {"a resistor on a wire", WIRE "peak1_rise=0; cable_inductance=0; "},
    {"one resonance", WIRE "cable_inductance=0; "},
    {"HD 600, cable, common ground", HD_600},
    {"the same, transformer", HD_600 "topology=3; "},
    {"in-ear of several drivers", "headphone=Ultimate Ears UE 18 Pro; ground_resistance=20; "},
    {"in-ear, most modes", "headphone=Westone 3; ground_resistance=20; "},
    {"the same behind a line", "headphone=Westone 3; ground_resistance=20; source_impedance=2000; "
                               "line_length=30; line_capacitance=1000; "},
};

enum { CIRCUITS = sizeof circuits / sizeof *circuits };

void table_circuits(const struct bench *bench) {
    struct entrant entrants[CIRCUITS][QUALITY_COUNT];
    for (int i = 0; i < CIRCUITS; i++)
        for (int quality = 0; quality < QUALITY_COUNT; quality++)
            entrants[i][quality] = (struct entrant){
                .uri = CHAIN_URI, .settings = circuits[i].settings, .quality = quality};
    bench_time(bench, entrants[0], (size_t)CIRCUITS * QUALITY_COUNT);
    struct sheet *sheet =
        sheet_begin("Circuits: the chain, linear, ns a stereo frame",
                    "circuit|modes, mid|side|line|live|normal|high|normal, of the first");
    for (int i = 0; i < CIRCUITS; i++) {
        const struct chain_work work = work_of_chain(circuits[i].settings, QUALITY_NORMAL, NULL);
        sheet_row(sheet, "%s", circuits[i].name);
        sheet_cell(sheet, "%d", work.modes[0]);
        sheet_cell(sheet, "%d", work.modes[1]);
        sheet_cell(sheet, "%d", work.line_modes);
        for (int quality = 0; quality < QUALITY_COUNT; quality++)
            sheet_cell(sheet, "%.1f (%.0f)", entrants[i][quality].cost.least,
                       entrants[i][quality].cost.median);
        sheet_cell(sheet, "%.2f",
                   entrants[i][QUALITY_NORMAL].cost.least / entrants[0][QUALITY_NORMAL].cost.least);
    }
    sheet_note(sheet, "A mode is a real pole or a pair. Poles too fast to leave a remainder cost "
                      "nothing.");
    sheet_end(sheet);
}
