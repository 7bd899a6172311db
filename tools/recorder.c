// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "recorder.h"

#include "plugin_session.h"
#include "report.h"

#include <math.h>
#include <stdlib.h>

#define FADE_S 0.1

struct recorder {
    struct plugin_session *session;
    double driver_volt; // for a sample of one
    size_t fade, settle, frame_count;
    double *driver_v[2];
    bool stopped;
};

// The level match would only have to be taken off again, and is nearer to the safety stop.
static struct controls bench_controls(const struct controls *given) {
    struct controls controls = *given;
    controls_fix_seed(&controls);
    controls.values[PORT_MATCH] = 0.0f;
    return controls;
}

// Without level match: only the chain divides its output by the gain.
static double volts_per_sample(const struct controls *controls) {
    const struct chain_params params = controls_params(controls);
    return params.gain_role == GAIN_HEARD ? sqrt(2.0) * params.source.level_v
                                          : controls_full_scale_v(controls);
}

struct recorder *recorder_open(const struct setup *setup, double settle_s, size_t frame_count) {
    const struct controls controls = bench_controls(&setup->controls);
    struct recorder *recorder = calloc(1, sizeof *recorder);
    if (recorder) {
        recorder->driver_volt = volts_per_sample(&controls);
        recorder->fade = (size_t)(FADE_S * setup->rate_hz);
        recorder->settle = (size_t)((FADE_S + settle_s) * setup->rate_hz);
        recorder->frame_count = frame_count;
        recorder->driver_v[0] = calloc(frame_count, sizeof(double));
        recorder->driver_v[1] = calloc(frame_count, sizeof(double));
    }
    if (recorder && recorder->driver_v[0] && recorder->driver_v[1])
        recorder->session = plugin_session_open(&controls, setup->rate_hz);
    else
        report_error("out of memory");
    if (recorder && recorder->session)
        return recorder;
    recorder_close(recorder);
    return NULL;
}

void recorder_close(struct recorder *recorder) {
    if (!recorder)
        return;
    plugin_session_close(recorder->session);
    free(recorder->driver_v[0]);
    free(recorder->driver_v[1]);
    free(recorder);
}

// The phase is counted in whole parts of a record, so that it is as true at its end as at its
// beginning.
static float sine(const struct recorder *recorder, size_t frame, size_t cycles, double peak) {
    const size_t part = frame * cycles % recorder->frame_count;
    const double radians = 2.0 * M_PI * (double)part / (double)recorder->frame_count;
    const double faded = (double)frame / (double)recorder->fade;
    const double fade = faded < 1.0 ? 0.5 - 0.5 * cos(M_PI * faded) : 1.0;
    return (float)(fade * peak * sin(radians));
}

static void keep(struct recorder *recorder, float *const out[2], size_t begin, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (begin + i < recorder->settle)
            continue;
        const size_t frame = begin + i - recorder->settle;
        recorder->driver_v[0][frame] = recorder->driver_volt * (double)out[0][i];
        recorder->driver_v[1][frame] = recorder->driver_volt * (double)out[1][i];
    }
}

void recorder_play(struct recorder *recorder, size_t cycles, double peak) {
    const size_t total = recorder->settle + recorder->frame_count;
    float mono[SESSION_BLOCK_MAX], left[SESSION_BLOCK_MAX], right[SESSION_BLOCK_MAX];
    float *const in[2] = {mono, mono};
    float *const out[2] = {left, right};
    recorder->stopped = false;
    plugin_session_restart(recorder->session);
    for (size_t begin = 0; begin < total; begin += SESSION_BLOCK_MAX) {
        const size_t rest = total - begin;
        const size_t count = rest < SESSION_BLOCK_MAX ? rest : SESSION_BLOCK_MAX;
        for (size_t i = 0; i < count; i++)
            mono[i] = sine(recorder, begin + i, cycles, peak);
        plugin_session_run(recorder->session, in, out, count);
        keep(recorder, out, begin, count);
        recorder->stopped |= plugin_session_meter(recorder->session, PORT_OVERLOAD) > 0.0;
    }
}

const double *recorder_driver_v(const struct recorder *recorder, int channel) {
    return recorder->driver_v[channel];
}

double recorder_volt(const struct recorder *recorder) {
    return recorder->driver_volt;
}

bool recorder_was_stopped(const struct recorder *recorder) {
    return recorder->stopped;
}
