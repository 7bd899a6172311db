// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "setup.h"

#include "number.h"
#include "sweep.h"

// A sweep goes to 20 kHz.
enum { LOWEST_RATE_HZ = 44100, HIGHEST_RATE_HZ = 768000 };

// The second harmonic has to be within the band.
#define HIGHEST_TONE_HZ (SWEEP_HIGHEST_HZ / 2.0)

enum { KEY_POINTS = 'n', KEY_RATE = 'r', KEY_TONE = 't' };

void setup_init(struct setup *setup) {
    *setup = (struct setup){.rate_hz = 48000.0, .tone_hz = 997.0};
    controls_init(&setup->controls);
}

static error_t parse_points(int key, char *argument, struct argp_state *state) {
    struct setup *setup = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &setup->controls;
        return 0;
    case KEY_POINTS:
        setup->point_count =
            number_parse_whole("--points", argument, SWEEP_POINTS_MIN, SWEEP_POINTS_MAX);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option points_options[] = {
    {"points", KEY_POINTS, "COUNT", 0,
     "How many: 241 frequencies (24 an octave), 61 of noise (6 an octave), 67 levels (1 dB)", 0},
    {0},
};

const struct argp setup_argp = {
    .options = points_options,
    .parser = parse_points,
    .children = controls_children,
};

static error_t parse_bench(int key, char *argument, struct argp_state *state) {
    struct setup *setup = state->input;
    switch (key) {
    case KEY_RATE:
        setup->rate_hz = number_parse_whole("--rate", argument, LOWEST_RATE_HZ, HIGHEST_RATE_HZ);
        return 0;
    case KEY_TONE:
        setup->tone_hz = number_parse("--hz", argument, SWEEP_LOWEST_HZ, HIGHEST_TONE_HZ);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option bench_options[] = {
    {"rate", KEY_RATE, "HZ", 0, "Sample rate of the plugin (48000)", 0},
    {"hz", KEY_TONE, "HZ", 0,
     "Of the sine for distortion, 20 to 10000 (997, whose periods are all rounded differently)", 0},
    {0},
};

const struct argp setup_bench_argp = {.options = bench_options, .parser = parse_bench};
