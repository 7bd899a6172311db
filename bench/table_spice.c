// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The same circuit, as long, in ngspice.
#define _DEFAULT_SOURCE // wait4
#include "bench.h"
#include "die.h"
#include "ports.h"
#include "scenario.h"
#include "settings.h"
#include "sheet.h"
#include "spice.h"
#include "topology.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define TONE_HZ 1000.0
#define PERIODS 100

// Without noise, which ngspice does not draw.
static const struct {
    const char *name, *settings;
    int solver_steps_per_point; // 100 points a period
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

static void write_deck(const char *path, const char *settings, int solver_steps_per_point) {
    const struct chain_params params = params_of(settings);
    const struct spice_heading heading = {"Loadline bench", NULL};
    const struct spice_tran tran = {
        .drive = SPICE_DRIVE_BOTH,
        .hz = TONE_HZ,
        .peak_v = params.source.level_v * sqrt(2),
        .settle_periods = 0,
        .record_periods = PERIODS,
        .points_per_period = 100,
        .solver_steps_per_point = solver_steps_per_point,
    };
    struct circuit *circuit = allocate(2, sizeof *circuit);
    topology_build(&params.stage, &params.cable, &params.load, &circuit[0]);
    circuit_view(&circuit[0], CIRCUIT_STEREO, &circuit[1]);
    FILE *file = fopen(path, "w");
    if (!file)
        die("no %s", path);
    spice_write_tran(file, &circuit[1], &params.stage, &heading, &tran);
    fclose(file);
    free(circuit);
}

// Processor time in seconds; NaN without ngspice.
static double run_ngspice(const char *deck) {
    struct rusage usage;
    int status = -1;
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        const int null = open("/dev/null", O_RDWR);
        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
        execlp("ngspice", "ngspice", "-n", "-b", deck, (char *)NULL);
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, &usage) < 0 || status != 0)
        return NAN;
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

void table_spice(const struct bench *bench) {
    const double seconds = PERIODS / TONE_HZ;
    char directory[] = "/tmp/loadline-bench-XXXXXX", deck[64];
    if (!mkdtemp(directory))
        die("no directory like %s", directory);
    snprintf(deck, sizeof deck, "%s/deck", directory);
    struct sheet *sheet =
        sheet_begin("ngspice, transient analysis of the same circuit: processor time for a second "
                    "of sound",
                    "circuit|ngspice, s|normal, ms|times as fast|high, ms|times as fast");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct entrant entrants[2];
        for (int k = 0; k < 2; k++)
            entrants[k] = (struct entrant){
                .uri = CHAIN_URI, .settings = rows[i].settings, .quality = QUALITY_NORMAL + k};
        write_deck(deck, rows[i].settings, rows[i].solver_steps_per_point);
        const double theirs_s = run_ngspice(deck) / seconds;
        bench_time(bench, entrants, 2);
        sheet_row(sheet, "%s", rows[i].name);
        sheet_cell(sheet, "%.1f", theirs_s);
        for (int k = 0; k < 2; k++) {
            const double ours_s = entrants[k].cost.least * RATE_HZ / NS_PER_S;
            sheet_cell(sheet, "%.2f", ours_s * 1e3);
            sheet_cell(sheet, "%.0f", theirs_s / ours_s);
        }
    }
    unlink(deck);
    rmdir(directory);
    sheet_note(sheet,
               "The deck is that of 'loadline netlist --analysis tran', %g ms of a 1 kHz "
               "sine, start of the program and its table included.",
               seconds * 1e3);
    sheet_end(sheet);
}
