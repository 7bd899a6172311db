// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "motor.h"
#include "fourier.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COMMUTATION_HZ 1500.0
#define JITTER         0.04  // of an interval, evenly
#define WANDER         0.015 // standard deviation
#define WANDER_MOST    0.06
#define WANDER_S       0.25
#define HEIGHT_SPREAD  0.5
#define SPARKS         3
#define SPARK_HEIGHT   0.7
#define FALL_S         50e-6
#define BEFORE_S       0.75e-3 // the taper's half of the impulse
#define IMPULSE_S      2.1e-3  // what is cut off lies 110 dB below it
#define BIN_HZ         20.0

// The transform of the impulse: j w tau / (1 + j w tau)^2, tapered.
static double complex transform(double hz) {
    const double complex x = 2.0 * M_PI * I * hz * FALL_S;
    return FALL_S * x / ((1.0 + x) * (1.0 + x)) * fourier_taper_audible(hz);
}

// The mean power of sum_i a_i e^(-j w t_i) per impulse. Heights that differ and sparks are white;
// with E the mean of e^(-j w (t_(i+m) - t_i)), commutations add 1 + 2 sum_(m > 0) Re E(m). The
// jitters of m intervals are independent, the wander stays for all of them (and is nearly normal):
//   E(m) = e^(-j m w T) sinc(w T jitter / pi)^m e^(-(m w T wander)^2 / 2)
static double impulse_power(double hz) {
    const double turn = 2.0 * M_PI * hz / COMMUTATION_HZ; // w T
    const double spread = turn * WANDER;
    const double jitter = fourier_sinc(turn * JITTER / M_PI);
    const double complex step = jitter * cexp(-I * turn);
    const double fall = exp(-spread * spread); // of the ratio of the wander's factor to the last
    double complex phase = step;
    double ratio = exp(-0.5 * spread * spread);
    double wander = ratio;
    double sum = 0.0;
    while (wander > 1e-6) {
        sum += wander * creal(phase);
        phase *= step;
        ratio *= fall;
        wander *= ratio;
    }
    return 1.0 + 2.0 * sum + HEIGHT_SPREAD * HEIGHT_SPREAD / 3.0 +
           SPARKS * SPARK_HEIGHT * SPARK_HEIGHT / 3.0;
}

// One-sided, for impulses as transform() gives them; returns the mean square.
static double find_spectrum(struct power_spectrum *spectrum) {
    for (int k = 0; k < spectrum->count; ++k) {
        const double hz = (k + 0.5) * BIN_HZ;
        const double shape = cabs(transform(hz));
        spectrum->power[k] =
            (float)(2.0 * COMMUTATION_HZ * BIN_HZ * shape * shape * impulse_power(hz));
    }
    return power_spectrum_normalize(spectrum);
}

bool motor_init(struct motor *motor, double rate_hz) {
    motor->interval = rate_hz / COMMUTATION_HZ;
    motor->wander_memory = exp(-1.0 / (COMMUTATION_HZ * WANDER_S));
    motor->length = (int)ceil(IMPULSE_S * rate_hz);
    motor->impulse = calloc((size_t)motor->length, sizeof *motor->impulse);
    if (!power_spectrum_init(&motor->spectrum, BIN_HZ, true) || !motor->impulse) {
        return false;
    }
    const double rms = sqrt(find_spectrum(&motor->spectrum));
    const double impulse_s = motor->length / rate_hz;
    const int count = (int)ceil(POWER_SPECTRUM_HIGHEST_HZ * impulse_s);
    double complex line[FOURIER_LINES] = {0};
    for (int h = 1; h < count; ++h) {
        const double hz = h / impulse_s;
        line[h] = 2.0 / (impulse_s * rms) * transform(hz) * cexp(-2.0 * M_PI * I * hz * BEFORE_S);
    }
    fourier_add(line, count, 1, motor->length, motor->impulse);
    return true;
}

void motor_free(struct motor *motor) {
    free(motor->impulse);
    motor->impulse = NULL;
    power_spectrum_free(&motor->spectrum);
}

void motor_start(struct motor_state *state, uint64_t seed) {
    memset(state, 0, sizeof *state);
    state->random.state = seed;
}

static void start_impulse(struct motor_state *state, double time, double height) {
    if (state->count < MOTOR_IMPULSES) {
        state->impulse[state->count++] = (struct motor_impulse){(uint64_t)time, height};
    }
}

static void commutate(const struct motor *motor, struct motor_state *state) {
    struct splitmix *random = &state->random;
    const double memory = motor->wander_memory;
    const double push = WANDER * sqrt(3.0 * (1.0 - memory * memory)) * splitmix_even(random);
    state->wander = fmax(-WANDER_MOST, fmin(memory * state->wander + push, WANDER_MOST));
    const double interval =
        motor->interval * (1.0 + state->wander + JITTER * splitmix_even(random));
    start_impulse(state, state->commutation, 1.0 + HEIGHT_SPREAD * splitmix_even(random));
    for (int i = 0; i < SPARKS; ++i) {
        const double where = 0.5 + 0.5 * splitmix_even(random);
        start_impulse(state, state->commutation + where * interval,
                      SPARK_HEIGHT * splitmix_even(random));
    }
    state->commutation += interval;
}

// What of one impulse falls into the next `count` frames.
static void add_impulse(const struct motor *motor, const struct motor_impulse *impulse,
                        uint64_t time, double weight, double *to, int count) {
    const int64_t start = (int64_t)(impulse->start - time);
    const int64_t first = start > 0 ? start : 0;
    const int64_t end = start + motor->length < count ? start + motor->length : count;
    const double height = weight * impulse->height;
    for (int64_t n = first; n < end; ++n) {
        to[n] += height * (double)motor->impulse[n - start];
    }
}

void motor_add(const struct motor *motor, struct motor_state *state, double weight, double *to,
               int count) {
    const uint64_t end = state->time + (uint64_t)count;
    while (state->commutation < (double)end) {
        commutate(motor, state);
    }
    int kept = 0; // in their order, so that sums do not depend on the chunks
    for (int i = 0; i < state->count; ++i) {
        const struct motor_impulse impulse = state->impulse[i];
        add_impulse(motor, &impulse, state->time, weight, to, count);
        if (impulse.start + (uint64_t)motor->length > end) {
            state->impulse[kept++] = impulse;
        }
    }
    state->count = kept;
    state->time = end;
}
