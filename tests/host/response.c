// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "response.h"

#include "chain_host.h"
#include "spectrum.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IMPULSE 1e-3

enum { BLOCK = 1024 };

static double *copy_of(const float *from, size_t frames) {
    double *to = calloc(frames, sizeof *to);
    if (!to) {
        fputs("response: out of memory\n", stderr);
        abort();
    }
    spectrum_from_float(from, to, frames);
    return to;
}

struct response response_measure(struct plugin_host *host, enum response_drive drive,
                                 double seconds) {
    struct response response = {.rate_hz = plugin_host_rate_hz(host)};
    plugin_host_restart(host);
    plugin_host_run(host, 0);
    const size_t latency = plugin_host_latency(host);
    response.frames = (size_t)(seconds * response.rate_hz);
    struct stereo in = stereo_new(response.frames + latency);
    struct stereo out = stereo_new(in.frames);
    in.left[0] = drive == RESPONSE_RIGHT ? 0 : (float)IMPULSE;
    in.right[0] = drive == RESPONSE_LEFT ? 0 : (float)IMPULSE;
    // What comes before the latency belongs to the linear phase: wrapped around to the end.
    plugin_host_restart(host);
    chain_play(host, &in, &out, BLOCK);
    response.impulse[0] = copy_of(out.left, in.frames);
    response.impulse[1] = copy_of(out.right, in.frames);
    for (int channel = 0; channel < 2; channel++) {
        double *x = response.impulse[channel];
        double before[PLUGIN_HOST_MAX_BLOCK] = {0};
        memcpy(before, x, latency * sizeof *x);
        memmove(x, x + latency, response.frames * sizeof *x);
        for (size_t i = 0; i < latency; i++)
            x[response.frames - latency + i] += before[i];
    }
    stereo_free(&in);
    stereo_free(&out);
    return response;
}

void response_free(struct response *response) {
    free(response->impulse[0]);
    free(response->impulse[1]);
}

// The part before the impulse lies at the end; a frequency that is no bin is told so by splitting.
double complex response_at(const struct response *response, int channel, double hz) {
    const size_t half = response->frames / 2;
    const double *x = response->impulse[channel];
    const double turn = 2 * acos(-1.0) * hz / response->rate_hz;
    const double complex after = spectrum_transform_at(x, half, response->rate_hz, hz);
    const double complex before =
        spectrum_transform_at(x + half, response->frames - half, response->rate_hz, hz);
    // x[half] stands at half - frames.
    const double at = (double)half - (double)response->frames;
    return (after + before * cexp(-I * turn * at)) / IMPULSE;
}

double response_level_db(const struct response *response, int channel, double hz) {
    return spectrum_decibel(cabs(response_at(response, channel, hz)));
}

void response_play_sine(struct plugin_host *host, double amplitude, double hz, double seconds) {
    const double rate_hz = plugin_host_rate_hz(host);
    struct stereo sine = stereo_new((size_t)(seconds * rate_hz));
    stereo_add_sine(&sine, amplitude, hz / rate_hz);
    plugin_host_restart(host);
    chain_play(host, &sine, &sine, BLOCK);
    stereo_free(&sine);
}

void response_harmonics(struct plugin_host *host, double amplitude, double hz, double seconds,
                        double *harmonic, size_t count) {
    const double rate_hz = plugin_host_rate_hz(host);
    const size_t period = (size_t)(seconds * rate_hz);
    struct stereo sine = stereo_new(2 * period);
    stereo_add_sine(&sine, amplitude, hz / rate_hz);
    plugin_host_restart(host);
    chain_play(host, &sine, &sine, BLOCK);
    double *x = copy_of(sine.left + period, period);
    for (size_t n = 0; n < count; n++)
        harmonic[n] = cabs(spectrum_transform_at(x, period, rate_hz, hz * (double)n)) *
                      (n == 0 ? 1 : 2) / (double)period;
    free(x);
    stereo_free(&sine);
}
