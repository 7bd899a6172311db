// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "cmrr_sweep.h"

#include "devices.h"
#include "figures.h"
#include "impulse.h"
#include "interference.h"
#include "line.h"
#include "recorder.h"
#include "report.h"
#include "response_sweep.h"
#include "safe_level.h"
#include "spectrum.h"

#include <math.h>
#include <stdlib.h>

#define RECORD_S 1.0 // bins of 1 Hz
#define SETTLE_S 2.0

// Of a dimmer, at most.
#define CREST_FACTOR 3.0

// The minimum itself is none.
#define WEAKEST_DIMMER (2.0 * ports[PORT_DIMMER].minimum)

// Around a line, which has no width.
#define HALF_LINE_HZ 1.0

enum { HARMONICS_MAX = 256 }; // odd ones up to 20 kHz

// Its spectrum does not depend on it.
#define INTERFERENCE_RATE_HZ INTERFERENCE_LOWEST_RATE_HZ

enum column { HZ, CMRR, COLUMN_COUNT };

static const struct table_column columns[COLUMN_COUNT] = {{"frequency_hz"}, {"cmrr_db"}};

// --- The line's surroundings ---

// How strong a dimmer may be, in units of its port: even if the line rejects nothing, it is not to
// drive a leg near its limits.
static double safe_amount(const struct controls *controls) {
    const struct chain_params params = controls_params(controls);
    const double full_scale_v = sqrt(2.0) * params.source.level_v;
    const double common_v = safe_level(controls) * full_scale_v / CREST_FACTOR;
    return fmin(common_v / params.line.length_m / ports[PORT_DIMMER].si,
                ports[PORT_DIMMER].maximum);
}

// Nothing around. Level match and gain are alike in all that is compared; the gain is turned down
// if even the weakest dimmer were too strong.
static struct controls isolated(const struct controls *given) {
    const struct device_table *around = &device_tables[DEVICES_ENVIRONMENTS];
    struct controls controls = *given;
    controls.values[PORT_ENVIRONMENT] = (float)DEVICE_CUSTOM;
    controls.values[PORT_MATCH] = 0.0f;
    for (unsigned i = 0; i < around->owned_count; i++)
        controls.values[around->owned[i]] = (float)ports[around->owned[i]].minimum;
    const double room_db = 20.0 * log10(safe_amount(&controls) / WEAKEST_DIMMER);
    if (room_db < 0.0 && (ports[PORT_GAIN].plugins & controls.plugin->bit))
        controls.values[PORT_GAIN] =
            (float)port_clamp(PORT_GAIN, (double)controls.values[PORT_GAIN] + room_db);
    return controls;
}

static struct controls exposed(const struct controls *alone) {
    struct controls controls = *alone;
    controls.values[PORT_DIMMER] = (float)fmax(safe_amount(alone), WEAKEST_DIMMER);
    return controls;
}

// --- The bench ---

struct bench {
    struct chain_params params; // beside the dimmer
    struct interference *interference;
    double complex *exposed, *isolated; // spectra of the driver's voltage
    double driver_volt;                 // for a sample of one
    struct impulse *impulse;            // the response to a signal
    double bin_hz;
};

// The spectrum of a second while the input is silent.
static double complex *record(struct bench *bench, const struct setup *setup,
                              const struct controls *controls) {
    const struct setup own = {.controls = *controls, .rate_hz = setup->rate_hz};
    const size_t frames = (size_t)lround(RECORD_S * setup->rate_hz);
    struct recorder *recorder = recorder_open(&own, SETTLE_S, frames);
    if (!recorder)
        return NULL;
    recorder_play(recorder, 0, 0.0);
    bench->bin_hz = setup->rate_hz / (double)frames;
    bench->driver_volt = recorder_volt(recorder);
    double complex *bins = spectrum_hann_new(recorder_driver_v(recorder, 0), frames);
    recorder_close(recorder);
    return bins;
}

static struct impulse *respond(const struct setup *setup, struct controls *controls) {
    controls_fix_seed(controls);
    struct plugin_session *session = plugin_session_open(controls, setup->rate_hz);
    struct impulse *impulse = session ? impulse_new(controls, setup->rate_hz) : NULL;
    if (impulse)
        impulse_record(impulse, session, IMPULSE_BOTH);
    else if (session)
        report_error("out of memory");
    plugin_session_close(session);
    return impulse;
}

static bool open_bench(struct bench *bench, const struct setup *setup) {
    struct controls alone = isolated(&setup->controls);
    const struct controls beside = exposed(&alone);
    bench->params = controls_params(&beside);
    bench->interference = interference_new(INTERFERENCE_RATE_HZ);
    if (!bench->interference) {
        report_error("out of memory");
        return false;
    }
    bench->exposed = record(bench, setup, &beside);
    bench->isolated = bench->exposed ? record(bench, setup, &alone) : NULL;
    bench->impulse = bench->isolated ? respond(setup, &alone) : NULL;
    return bench->impulse;
}

static void close_bench(struct bench *bench) {
    interference_free(bench->interference);
    free(bench->exposed);
    free(bench->isolated);
    impulse_free(bench->impulse);
}

// --- The sweep ---

// RMS of what is common to both conductors, at one line of the dimmer.
static double common_v(const struct bench *bench, double hz) {
    double v_rms[INTERFERENCE_KINDS];
    line_common_v(&bench->params.line, v_rms);
    const double share =
        interference_power(bench->interference, INTERFERENCE_DIMMER, (int)bench->params.line.mains,
                           hz - HALF_LINE_HZ, hz + HALF_LINE_HZ);
    return v_rms[INTERFERENCE_DIMMER] * sqrt(share);
}

// RMS at the driver of the same line. Noise, which repeats with its seed, is in both records.
static double out_v(const struct bench *bench, double hz) {
    const size_t middle = (size_t)lround(hz / bench->bin_hz);
    double power = 0.0;
    for (size_t i = middle - SPECTRUM_HANN_REACH; i <= middle + SPECTRUM_HANN_REACH; i++) {
        const double complex out = bench->exposed[i] - bench->isolated[i];
        power += creal(out * conj(out));
    }
    return sqrt(power);
}

// Both ways as volts at the driver for a volt at the line.
static double cmrr_db(const struct bench *bench, double hz) {
    const double per_sample = bench->driver_volt / (sqrt(2.0) * bench->params.source.level_v);
    return figures_cmrr_db(impulse_response(bench->impulse, 0, hz) * per_sample,
                           out_v(bench, hz) / common_v(bench, hz));
}

// Odd harmonics next to logarithmic steps, each once.
static size_t find_harmonics(double mains_hz, size_t points, double hz[HARMONICS_MAX]) {
    const double highest = floor((SWEEP_HIGHEST_HZ / mains_hz - 1.0) / 2.0);
    const double span = SWEEP_HIGHEST_HZ / mains_hz;
    size_t count = 0;
    for (size_t i = 0; i < points; i++) {
        const double wanted = pow(span, (double)i / (double)(points - 1));
        const double pair = fmin(fmax(round((wanted - 1.0) / 2.0), 0.0), highest);
        const double harmonic_hz = mains_hz * (2.0 * pair + 1.0);
        if (count == 0 || harmonic_hz > hz[count - 1])
            hz[count++] = harmonic_hz;
    }
    return count;
}

static struct sweep *measure(const struct bench *bench, const struct setup *setup) {
    double hz[HARMONICS_MAX];
    const double mains_hz = figures_mains_hz(&bench->params.line);
    const size_t count = find_harmonics(mains_hz, setup->point_count, hz);
    struct sweep *sweep = sweep_new(columns, COLUMN_COUNT, count);
    for (size_t i = 0; sweep && i < count; i++) {
        double *row = sweep_row(sweep, i);
        row[HZ] = hz[i];
        row[CMRR] = cmrr_db(bench, hz[i]);
    }
    return sweep;
}

static void refuse_no_line(const struct controls *controls) {
    if (!(ports[PORT_LINE_LENGTH].plugins & controls->plugin->bit))
        report_usage_error("the plugin %s has no line; use --plugin chain or line",
                           controls->plugin->name);
    const struct chain_params params = controls_params(controls);
    if (params.line.length_m == 0.0)
        report_usage_error("a line of no length picks up nothing; add --set line_length=1");
}

struct sweep *cmrr_of_plugin(const struct setup *setup) {
    struct bench bench = {0};
    refuse_no_line(&setup->controls);
    response_refuse_dead_zone(&setup->controls);
    struct sweep *sweep = open_bench(&bench, setup) ? measure(&bench, setup) : NULL;
    close_bench(&bench);
    return sweep;
}
