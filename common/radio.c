// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "radio.h"
#include "fourier.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PROGRAMME_HZ   27000.0 // at least
#define LOW_HZ         100.0
#define HIGH_HZ        4500.0
#define TILT_HZ        3000.0
#define EDGE_HZ        8500.0 // of the interpolation: -1 dB at 4.5 kHz,
#define EDGE_WIDTH_HZ  3000.0 // and below -110 dB where the first image of the programme begins
#define BIN_HZ         20.0
#define SYLLABLE_S     0.2
#define SYLLABLE_RANGE 0.08 // s, evenly
#define DEPTH          0.6
#define STRESS         0.3

typedef float lanes __attribute__((vector_size(4 * RADIO_LANES)));
typedef float lanes_unaligned __attribute__((vector_size(4 * RADIO_LANES), aligned(4), may_alias));

static inline lanes load_lanes(const float *from) {
    return *(const lanes_unaligned *)from;
}

static inline void store_lanes(float *to, lanes value) {
    *(lanes_unaligned *)to = value;
}

// Butterworth by the bilinear transform; q is that of the pair of poles.
static struct radio_section low_pass(double hz, double q, double rate_hz) {
    const double w = tan(M_PI * hz / rate_hz);
    const double scale = 1.0 / (1.0 + w / q + w * w);
    const double b = w * w * scale;
    return (struct radio_section){b, 2.0 * b, b, 2.0 * (w * w - 1.0) * scale,
                                  (1.0 - w / q + w * w) * scale};
}

static struct radio_section high_pass(double hz, double q, double rate_hz) {
    struct radio_section section = low_pass(hz, q, rate_hz);
    const double w = tan(M_PI * hz / rate_hz);
    const double scale = section.b0 / (w * w);
    section.b0 = scale;
    section.b1 = -2.0 * scale;
    section.b2 = scale;
    return section;
}

static struct radio_section one_pole(double hz, double rate_hz) {
    const double w = tan(M_PI * hz / rate_hz);
    const double b = w / (1.0 + w);
    return (struct radio_section){b, b, 0.0, (w - 1.0) / (w + 1.0), 0.0};
}

static void design_sections(struct radio *radio) {
    const double rate_hz = radio->programme_hz;
    radio->section[0] = high_pass(LOW_HZ, M_SQRT1_2, rate_hz);
    radio->section[1] = one_pole(TILT_HZ, rate_hz);
    for (int k = 0; k < 2; ++k) { // poles at 22.5 and 67.5 degrees
        const double q = 0.5 / cos((2 * k + 1) * M_PI / 8.0);
        radio->section[2 + k] = low_pass(HIGH_HZ, q, rate_hz);
    }
}

static double filter_power(const struct radio *radio, double hz) {
    const double complex z = cexp(-2.0 * M_PI * I * hz / radio->programme_hz);
    double complex gain = 1.0;
    for (int k = 0; k < RADIO_SECTIONS; ++k) {
        const struct radio_section *s = &radio->section[k];
        gain *= (s->b0 + z * (s->b1 + z * s->b2)) / (1.0 + z * (s->a1 + z * s->a2));
    }
    return creal(gain * conj(gain));
}

// White noise of unit variance, one sample each 1 / programme_hz, through the filters and an
// interpolation whose transform is the taper; one-sided. Returns the mean square.
static double find_spectrum(struct radio *radio) {
    for (int k = 0; k < radio->spectrum.count; ++k) {
        const double hz = (k + 0.5) * BIN_HZ;
        const double taper = fourier_taper(hz, EDGE_HZ, EDGE_WIDTH_HZ);
        radio->spectrum.power[k] =
            (float)(2.0 * BIN_HZ * radio->programme_hz * taper * taper * filter_power(radio, hz));
    }
    return power_spectrum_normalize(&radio->spectrum);
}

// The interpolation's impulse response for a mean square of `scale`^2, by phases.
static void sample_kernel(struct radio *radio, double rate_hz, double scale, float *response) {
    const int length = RADIO_TAPS * radio->step;
    const double length_s = length / rate_hz;
    const int count = (int)ceil(POWER_SPECTRUM_HIGHEST_HZ * length_s);
    double complex line[FOURIER_LINES] = {0};
    for (int h = 0; h < count; ++h) { // its middle comes after half of its length
        const double sign = h % 2 == 0 ? 1.0 : -1.0;
        line[h] = sign * (h == 0 ? 1.0 : 2.0) * scale / length_s *
                  fourier_taper(h / length_s, EDGE_HZ, EDGE_WIDTH_HZ);
    }
    fourier_add(line, count, 1, length, response);
    for (int n = 0; n < length; ++n) {
        const int tap = n / radio->step;
        const int phase = n % radio->step;
        const int row = phase / RADIO_LANES * RADIO_TAPS + tap;
        radio->kernel[row * RADIO_LANES + phase % RADIO_LANES] = response[n];
    }
}

bool radio_init(struct radio *radio, double rate_hz) {
    radio->step = (int)(rate_hz / PROGRAMME_HZ);
    radio->programme_hz = rate_hz / radio->step;
    radio->groups = (radio->step + RADIO_LANES - 1) / RADIO_LANES;
    radio->kernel =
        calloc((size_t)(RADIO_TAPS * RADIO_LANES * radio->groups), sizeof *radio->kernel);
    float *response = calloc((size_t)(RADIO_TAPS * radio->step), sizeof *response);
    const bool complete =
        power_spectrum_init(&radio->spectrum, BIN_HZ, true) && radio->kernel && response;
    if (complete) {
        design_sections(radio);
        const double rms = sqrt(find_spectrum(radio));
        sample_kernel(radio, rate_hz, 1.0 / rms, response);
    }
    free(response);
    return complete;
}

void radio_free(struct radio *radio) {
    free(radio->kernel);
    radio->kernel = NULL;
    power_spectrum_free(&radio->spectrum);
}

void radio_start(struct radio_state *state, uint64_t seed) {
    memset(state, 0, sizeof *state);
    state->random.state = seed;
}

static void start_syllable(const struct radio *radio, struct radio_state *state) {
    const double power = 1.0 / (1.0 + DEPTH * DEPTH / 2.0);
    if (state->other == 0.0) {
        const double length_s = SYLLABLE_S + SYLLABLE_RANGE * splitmix_even(&state->random);
        const double stress = STRESS * splitmix_even(&state->random);
        state->length = (int)(length_s * radio->programme_hz);
        state->height = sqrt(power * (1.0 + stress));
        state->other = sqrt(power * (1.0 - stress));
    } else {
        state->height = state->other;
        state->other = 0.0;
    }
    const double step = 2.0 * M_PI / state->length;
    state->left = state->length;
    state->turn_cos = 1.0;
    state->turn_sin = 0.0;
    state->step_cos = cos(step);
    state->step_sin = sin(step);
}

static double next_excitation(const struct radio *radio, struct radio_state *state) {
    if (state->left == 0) {
        start_syllable(radio, state);
    }
    --state->left;
    const double height = state->height * (1.0 - DEPTH * state->turn_cos);
    const double turn_cos = state->turn_cos * state->step_cos - state->turn_sin * state->step_sin;
    state->turn_sin = state->turn_cos * state->step_sin + state->turn_sin * state->step_cos;
    state->turn_cos = turn_cos;
    return height * splitmix_normal(&state->random);
}

static double filter(const struct radio *radio, struct radio_state *state, double x) {
    for (int k = 0; k < RADIO_SECTIONS; ++k) {
        const struct radio_section *s = &radio->section[k];
        double *memory = state->memory[k];
        const double y = s->b0 * x + memory[0];
        memory[0] = s->b1 * x - s->a1 * y + memory[1];
        memory[1] = s->b2 * x - s->a2 * y;
        x = y;
    }
    return x;
}

static void interpolate(const struct radio *radio, struct radio_state *state) {
    const float *past = state->past + state->newest;
    for (int group = 0; group < radio->groups; ++group) {
        const float *row = radio->kernel + group * RADIO_TAPS * RADIO_LANES;
        lanes even = {0};
        lanes odd = {0};
        for (int i = 0; i < RADIO_TAPS; i += 2) {
            even += load_lanes(row + i * RADIO_LANES) * past[i];
            odd += load_lanes(row + (i + 1) * RADIO_LANES) * past[i + 1];
        }
        store_lanes(state->frame + group * RADIO_LANES, even + odd);
    }
}

static void advance_programme(const struct radio *radio, struct radio_state *state) {
    const float x = (float)filter(radio, state, next_excitation(radio, state));
    state->newest = (state->newest == 0 ? RADIO_TAPS : state->newest) - 1;
    state->past[state->newest] = x;
    state->past[state->newest + RADIO_TAPS] = x;
    interpolate(radio, state);
}

void radio_add(const struct radio *radio, struct radio_state *state, double weight, double *to,
               int count) {
    for (int n = 0; n < count; ++n) {
        if (state->phase == 0) {
            advance_programme(radio, state);
        }
        to[n] += weight * (double)state->frame[state->phase];
        state->phase = state->phase + 1 < radio->step ? state->phase + 1 : 0;
    }
}
