// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "noise_sweep.h"

#include "figures.h"
#include "recorder.h"
#include "report.h"
#include "spectrum.h"

#include <math.h>
#include <stdlib.h>

// So long that a sixth of an octave at 20 Hz scatters by less than 0.3 dB, and the whole by 0.003;
// shorter at high rates, where it would not fit into memory.
#define RECORD_S 60.0
#define SETTLE_S 1.0

enum { FRAMES_MAX = 1 << 22 };

enum column { HZ, DENSITY, TOTAL_UV, TOTAL_A_UV, TOTAL_DBA, COLUMN_COUNT };

static const struct table_column columns[COLUMN_COUNT] = {
    {"frequency_hz"}, {"density_v_per_rthz"}, {"total_uv"}, {"total_a_uv"}, {"total_dba"},
};

// --- Spectrum ---

// Each bin stands for the frequencies within half a bin of it.
struct density {
    double bin_hz;
    double *v2_per_hz;
};

static bool add_channel(struct density *density, const double *driver_v, size_t frames) {
    const double channels = 2.0;
    double complex *bins = spectrum_hann_new(driver_v, frames);
    for (size_t i = 0; bins && i <= frames / 2; i++)
        density->v2_per_hz[i] += creal(bins[i] * conj(bins[i])) / (density->bin_hz * channels);
    const bool done = bins;
    free(bins);
    return done;
}

static bool record(struct density *density, const struct setup *setup, size_t frames) {
    struct recorder *recorder = recorder_open(setup, SETTLE_S, frames);
    if (!recorder)
        return false;
    recorder_play(recorder, 0, 0.0);
    const bool done = add_channel(density, recorder_driver_v(recorder, 0), frames) &&
                      add_channel(density, recorder_driver_v(recorder, 1), frames);
    recorder_close(recorder);
    return done;
}

// --- Bands ---

struct power {
    double v2, a_weighted_v2;
};

static void add_band(struct power *power, const struct density *density, double low_hz,
                     double high_hz) {
    const double bin_hz = density->bin_hz;
    for (double i = round(low_hz / bin_hz); (i - 0.5) * bin_hz < high_hz; i++) {
        const double from_hz = fmax(low_hz, (i - 0.5) * bin_hz);
        const double to_hz = fmin(high_hz, (i + 0.5) * bin_hz);
        const double v2 = density->v2_per_hz[(size_t)i] * (to_hz - from_hz);
        const double weight = figures_a_weighting(i * bin_hz);
        power->v2 += v2;
        power->a_weighted_v2 += weight * weight * v2;
    }
}

// Not every plugin knows an ear.
static double ear_dba(double a_weighted_v, const struct controls *controls) {
    if (!(ports[PORT_SENSITIVITY].plugins & controls->plugin->bit))
        return (double)NAN;
    const struct chain_params params = controls_params(controls);
    return params.load.sensitivity_db +
           figures_db(a_weighted_v, ports[PORT_NOISE_SPL].minimum - params.load.sensitivity_db);
}

static void fill_rows(struct sweep *sweep, const struct density *density,
                      const struct controls *controls) {
    const size_t count = sweep->row_count;
    struct power total = {0};
    double low_hz = SWEEP_LOWEST_HZ;
    for (size_t i = 0; i < count; i++) {
        double *row = sweep_row(sweep, i);
        const double before_v2 = total.v2;
        row[HZ] = sweep_hz(i, count);
        const double high_hz =
            i + 1 < count ? sqrt(row[HZ] * sweep_hz(i + 1, count)) : SWEEP_HIGHEST_HZ;
        add_band(&total, density, low_hz, high_hz);
        row[DENSITY] = sqrt((total.v2 - before_v2) / (high_hz - low_hz));
        row[TOTAL_UV] = 1e6 * sqrt(total.v2);
        row[TOTAL_A_UV] = 1e6 * sqrt(total.a_weighted_v2);
        row[TOTAL_DBA] = ear_dba(sqrt(total.a_weighted_v2), controls);
        low_hz = high_hz;
    }
}

struct sweep *noise_of_plugin(const struct setup *setup) {
    const size_t frames = (size_t)fmin(RECORD_S * setup->rate_hz, FRAMES_MAX);
    struct density density = {setup->rate_hz / (double)frames,
                              calloc(frames / 2 + 1, sizeof(double))};
    struct sweep *sweep = sweep_new(columns, COLUMN_COUNT, setup->point_count);
    if (!density.v2_per_hz)
        report_error("out of memory");
    const bool done = sweep && density.v2_per_hz && record(&density, setup, frames);
    if (done)
        fill_rows(sweep, &density, &setup->controls);
    free(density.v2_per_hz);
    if (done)
        return sweep;
    sweep_free(sweep);
    return NULL;
}
