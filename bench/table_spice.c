// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The same circuit, as long, in ngspice.
#include "bench.h"
#include "die.h"
#include "place.h"
#include "ports.h"
#include "scenario.h"
#include "settings.h"
#include "sheet.h"
#include "spice.h"
#include "topology.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#define TONE_HZ 1000.0
#define PERIODS 100
#define POINTS  100 // a period

// Without noise, which ngspice does not draw.
static const struct {
    const char *name, *settings;
    int solver_steps_per_point;
} rows[] = {
    {"HD 600, linear, 10 us steps", HD_600, 1},
    {"HD 600, clipping, 10 us steps", HD_600 "rail=1.4142; ", 1},
    {"HD 600, clipping, 1 us steps", HD_600 "rail=1.4142; ", 10},
    {"Westone 3, clipping, 10 us steps", "headphone=Westone 3; rail=1.4142; ", 1},
};

static struct chain_params params_of(const char *settings) {
    float values[PORT_COUNT];
    char error[SETTINGS_ERROR_MAX];
    struct chain_params params;
    settings_default(values);
    if (!settings_parse(PLUGIN_CHAIN, settings, values, error))
        die("%s", error);
    ports_to_params(PLUGIN_CHAIN, values, &params);
    return params;
}

static void write_deck(const struct place *place, const char *settings,
                       int solver_steps_per_point) {
    const struct chain_params params = params_of(settings);
    const struct spice_heading heading = {"Loadline bench", NULL};
    const struct spice_tran tran = {
        .drive = SPICE_DRIVE_BOTH,
        .hz = TONE_HZ,
        .peak_v = params.source.level_v * sqrt(2),
        .settle_periods = 0,
        .record_periods = PERIODS,
        .points_per_period = POINTS,
        .solver_steps_per_point = solver_steps_per_point,
    };
    struct circuit *circuit = allocate(2, sizeof *circuit);
    topology_build(&params.stage, &params.cable, &params.load, &circuit[0]);
    circuit_view(&circuit[0], CIRCUIT_STEREO, &circuit[1]);
    FILE *file = place_file(place, "deck", "w");
    spice_write_tran(file, &circuit[1], &params.stage, &heading, &tran);
    fclose(file);
    free(circuit);
}

static double children_s(void) {
    struct rusage usage;
    getrusage(RUSAGE_CHILDREN, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

// Whether it has printed every point: it ends well in any case.
static bool has_result(const struct place *place) {
    char line[256];
    long points = 0;
    FILE *log = place_file(place, "log", "r");
    while (fgets(line, sizeof line, log))
        points += *line >= '0' && *line <= '9';
    fclose(log);
    return points >= PERIODS * POINTS;
}

// Processor time in seconds; NaN without ngspice.
static double run_ngspice(const struct place *place) {
    const struct place_path deck = place_path(place, "deck");
    const char *const words[] = {"ngspice", "-n", "-b", deck.text, NULL};
    const double before_s = children_s();
    const bool done = place_run(place, words) == 0 && has_result(place);
    return done ? children_s() - before_s : NAN;
}

void table_spice(const struct bench *bench) {
    const double seconds = PERIODS / TONE_HZ;
    struct place place;
    place_open(&place);
    struct sheet *sheet =
        sheet_begin("ngspice, transient analysis of the same circuit: processor time for a second "
                    "of sound",
                    "circuit|ngspice, s|normal, ms|times as fast|high, ms|times as fast");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct entrant entrants[2];
        for (int k = 0; k < 2; k++)
            entrants[k] = (struct entrant){
                .uri = CHAIN_URI, .settings = rows[i].settings, .quality = QUALITY_NORMAL + k};
        write_deck(&place, rows[i].settings, rows[i].solver_steps_per_point);
        const double theirs_s = run_ngspice(&place) / seconds;
        bench_time(bench, entrants, 2);
        sheet_row(sheet, "%s", rows[i].name);
        if (isnan(theirs_s)) {
            sheet_cell(sheet, "ngspice is not installed or failed");
            continue;
        }
        sheet_cell(sheet, "%.1f", theirs_s);
        for (int k = 0; k < 2; k++) {
            const double ours_s = entrants[k].cost.least * RATE_HZ / NS_PER_S;
            sheet_cell(sheet, "%.2f", ours_s * 1e3);
            sheet_cell(sheet, "%.0f", theirs_s / ours_s);
        }
    }
    place_close(&place);
    sheet_note(sheet,
               "The deck is that of 'loadline netlist --analysis tran', %g ms of a 1 kHz "
               "sine, start of the program and its table included.",
               seconds * 1e3);
    sheet_end(sheet);
}
