// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "figure.h"

#include "response.h"
#include "spectrum.h"
#include "stereo.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RATE_HZ     48000.0
#define TONE_HZ     1000.0
#define METER_S     2.0 // over six times what power and peaks are held for
#define SMALL       0.05
#define FULL_SCALE  1.0
#define FULL_RMS    0.70710678118654752440
#define HARMONICS_S 0.5

enum { BLOCK = 1024 };

struct plugin_host *figure_open(const char *plugin) {
    char uri[64];
    snprintf(uri, sizeof uri, "urn:loadline:%s", plugin);
    return plugin_host_open(uri, RATE_HZ, PLUGIN_HOST_URID_MAP);
}

struct plugin_host *figure_open_preset(const char *plugin, const char *slug) {
    char uri[256];
    snprintf(uri, sizeof uri, "urn:loadline:preset:%s-%s", plugin, slug);
    struct plugin_host *host = figure_open(plugin);
    plugin_host_load_preset(host, uri);
    return host;
}

// The second half of the left output, once what began has settled. The caller frees it.
static double *settled_half(struct plugin_host *host, struct stereo *sound) {
    const size_t half = sound->frames / 2;
    double *settled = calloc(half, sizeof *settled);
    if (!settled) {
        fputs("figure: out of memory\n", stderr);
        abort();
    }
    plugin_host_restart(host);
    plugin_host_render(host, sound->left, sound->right, sound->left, sound->right, sound->frames,
                       BLOCK);
    spectrum_from_float(sound->left + half, settled, half);
    stereo_free(sound);
    return settled;
}

static double level_db(struct plugin_host *host, double hz) {
    struct stereo sine = stereo_new(2 * (size_t)RATE_HZ);
    stereo_add_sine(&sine, SMALL, hz / RATE_HZ);
    const size_t half = sine.frames / 2;
    double *settled = settled_half(host, &sine);
    const double amplitude = spectrum_fit_sine(settled, half, RATE_HZ, hz).amplitude;
    free(settled);
    return spectrum_decibel(amplitude / SMALL);
}

static double harmonic_db(struct plugin_host *host, unsigned n) {
    double amplitude[4];
    response_harmonics(host, FULL_SCALE, TONE_HZ, HARMONICS_S, amplitude, 4);
    return spectrum_decibel(amplitude[n] / amplitude[1]);
}

static double noise_db(struct plugin_host *host) {
    struct stereo silence = stereo_new(4 * (size_t)RATE_HZ);
    const size_t half = silence.frames / 2;
    double *settled = settled_half(host, &silence);
    spectrum_band_limit(settled, half, RATE_HZ, SPECTRUM_LOW_HZ, SPECTRUM_HIGH_HZ);
    double square = 0.0;
    for (size_t i = 0; i < half; i++)
        square += settled[i] * settled[i];
    free(settled);
    return spectrum_decibel(sqrt(square / (double)half) / FULL_RMS);
}

static double meter(struct plugin_host *host, const char *symbol) {
    response_play_sine(host, FULL_SCALE, TONE_HZ, METER_S);
    return plugin_host_get(host, symbol);
}

double figure_measure(struct plugin_host *host, const char *name) {
    static const char level_at[] = "level_";
    if (strncmp(name, level_at, sizeof level_at - 1) == 0)
        return level_db(host, strtod(name + sizeof level_at - 1, NULL)) - level_db(host, TONE_HZ);
    if (strcmp(name, "level") == 0)
        return level_db(host, TONE_HZ);
    if (strcmp(name, "h2") == 0)
        return harmonic_db(host, 2);
    if (strcmp(name, "h3") == 0)
        return harmonic_db(host, 3);
    if (strcmp(name, "noise") == 0)
        return noise_db(host);
    return meter(host, name);
}
