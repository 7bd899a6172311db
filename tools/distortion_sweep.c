// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "distortion_sweep.h"

#include "progress.h"
#include "recorder.h"
#include "report.h"
#include "spectrum.h"

#include <math.h>
#include <stdlib.h>

#define LOWEST_DBFS  (-60.0)
#define HIGHEST_DBFS 6.0

#define RECORD_S 1.0 // bins of 1 Hz
#define SETTLE_S 1.0

// Of the supply, after which what is left of a step is below -100 dB; and no longer than that.
#define SETTLE_TIME_CONSTANTS 12.0
#define SETTLE_MAX_S          20.0

enum { HARMONIC_FIRST = 2, HARMONIC_LAST = 5 }; // that have columns

enum column { LEVEL_DBFS, DRIVER_V, THD, THD_N, H2_DBC, H3_DBC, H4_DBC, H5_DBC, COLUMN_COUNT };

static const struct table_column columns[COLUMN_COUNT] = {
    {"level_dbfs"}, {"driver_v_rms"}, {"thd_percent"}, {"thd_n_percent"},
    {"h2_dbc"},     {"h3_dbc"},       {"h4_dbc"},      {"h5_dbc"},
};

struct bench {
    struct recorder *recorder;
    size_t frames;
    size_t first, last, tone; // bins: of the band, and of the sine
    double complex *noise;    // what the plugin adds to any signal
};

static double settle_s(const struct controls *controls) {
    const struct chain_params params = controls_params(controls);
    const double supply_s = params.stage.supply_ohm * params.stage.supply_farad;
    return SETTLE_S + fmin(SETTLE_TIME_CONSTANTS * supply_s, SETTLE_MAX_S);
}

static double power(double complex bin) {
    return creal(bin * conj(bin));
}

static double complex clean(const struct bench *bench, const double complex *whole, size_t bin) {
    return whole[bin] - bench->noise[bin];
}

static void fill_row(double row[COLUMN_COUNT], const struct bench *bench,
                     const double complex *whole) {
    const double fundamental = cabs(clean(bench, whole, bench->tone));
    double harmonics = 0.0, residue = 0.0;
    for (size_t n = 2; n * bench->tone <= bench->last; n++) {
        const double complex harmonic = clean(bench, whole, n * bench->tone);
        harmonics += power(harmonic);
        if (n <= HARMONIC_LAST)
            row[H2_DBC + n - HARMONIC_FIRST] = sweep_db(cabs(harmonic) / fundamental);
    }
    for (size_t i = bench->first; i <= bench->last; i++)
        residue += i == bench->tone ? 0.0 : power(whole[i]);
    const double all = residue + power(whole[bench->tone]);
    row[DRIVER_V] = sqrt(all);
    row[THD] = 100.0 * sqrt(harmonics) / fundamental;
    row[THD_N] = 100.0 * sqrt(residue / all);
}

// A level at which the plugin's safety stop acts stays unknown.
static bool measure_level(const struct bench *bench, double row[COLUMN_COUNT]) {
    recorder_play(bench->recorder, bench->tone, pow(10.0, row[LEVEL_DBFS] / 20.0));
    if (recorder_was_stopped(bench->recorder))
        return true;
    double complex *whole = spectrum_new(recorder_driver_v(bench->recorder, 0), bench->frames);
    if (!whole)
        return false;
    fill_row(row, bench, whole);
    free(whole);
    return true;
}

static bool measure_levels(const struct bench *bench, struct sweep *sweep) {
    struct progress progress = progress_begin();
    const double step_db = (HIGHEST_DBFS - LOWEST_DBFS) / (double)(sweep->row_count - 1);
    size_t done = 0;
    while (done < sweep->row_count) {
        double *row = sweep_row(sweep, done);
        row[LEVEL_DBFS] = LOWEST_DBFS + step_db * (double)done;
        if (!measure_level(bench, row))
            break;
        progress_show(&progress, ++done, sweep->row_count);
    }
    progress_end(&progress);
    return done == sweep->row_count;
}

static bool open_bench(struct bench *bench, const struct setup *setup) {
    bench->frames = (size_t)lround(RECORD_S * setup->rate_hz);
    const double bin_hz = setup->rate_hz / (double)bench->frames;
    bench->first = (size_t)ceil(SWEEP_LOWEST_HZ / bin_hz);
    bench->last = (size_t)floor(SWEEP_HIGHEST_HZ / bin_hz);
    bench->tone = (size_t)lround(setup->tone_hz / bin_hz);
    bench->recorder = recorder_open(setup, settle_s(&setup->controls), bench->frames);
    if (!bench->recorder)
        return false;
    recorder_play(bench->recorder, 0, 0.0);
    bench->noise = spectrum_new(recorder_driver_v(bench->recorder, 0), bench->frames);
    return bench->noise;
}

struct sweep *distortion_of_plugin(const struct setup *setup) {
    struct bench bench = {0};
    struct sweep *sweep = sweep_new(columns, COLUMN_COUNT, setup->point_count);
    const bool done = sweep && open_bench(&bench, setup) && measure_levels(&bench, sweep);
    free(bench.noise);
    recorder_close(bench.recorder);
    if (done)
        return sweep;
    sweep_free(sweep);
    return NULL;
}
