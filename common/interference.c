// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "interference.h"
#include "gsm.h"
#include "mains.h"
#include "usb.h"

#include <stdlib.h>

#define MAINS_COUNT 2

static const double mains_hz[MAINS_COUNT] = {50.0, 60.0};

static loop_line *const mains_line[INTERFERENCE_KINDS] = {
    [INTERFERENCE_GROUND_LOOP] = ground_loop_line,
    [INTERFERENCE_HUM] = hum_line,
    [INTERFERENCE_DIMMER] = dimmer_line,
    [INTERFERENCE_FLUORESCENT] = fluorescent_line,
};

struct interference {
    struct loop mains[MAINS_COUNT][INTERFERENCE_KINDS]; // where there is a mains_line
    struct loop usb, gsm;
    struct motor motor;
    struct radio radio;
};

static bool init_mains(struct interference *interference, double rate_hz) {
    for (int mains = 0; mains < MAINS_COUNT; ++mains) {
        for (int kind = 0; kind < INTERFERENCE_KINDS; ++kind) {
            if (mains_line[kind] && !loop_init(&interference->mains[mains][kind], rate_hz,
                                               mains_hz[mains], mains_line[kind])) {
                return false;
            }
        }
    }
    return true;
}

struct interference *interference_new(double rate_hz) {
    if (!(rate_hz >= INTERFERENCE_LOWEST_RATE_HZ && rate_hz <= INTERFERENCE_HIGHEST_RATE_HZ)) {
        return NULL;
    }
    struct interference *interference = calloc(1, sizeof *interference);
    if (interference && init_mains(interference, rate_hz) &&
        loop_init(&interference->usb, rate_hz, USB_FRAME_HZ, usb_line) &&
        gsm_init(&interference->gsm, rate_hz) && motor_init(&interference->motor, rate_hz) &&
        radio_init(&interference->radio, rate_hz)) {
        return interference;
    }
    interference_free(interference);
    return NULL;
}

void interference_free(struct interference *interference) {
    if (!interference) {
        return;
    }
    for (int mains = 0; mains < MAINS_COUNT; ++mains) {
        for (int kind = 0; kind < INTERFERENCE_KINDS; ++kind) {
            loop_free(&interference->mains[mains][kind]);
        }
    }
    loop_free(&interference->usb);
    loop_free(&interference->gsm);
    motor_free(&interference->motor);
    radio_free(&interference->radio);
    free(interference);
}

void interference_reset(struct interference_state *state, uint32_t seed) {
    struct splitmix seeds = {seed};
    state->time = 0;
    motor_start(&state->motor, splitmix_word(&seeds));
    radio_start(&state->radio, splitmix_word(&seeds));
}

// NULL for what is random.
static const struct loop *find_loop(const struct interference *interference,
                                    enum interference_kind kind, int mains) {
    if (mains_line[kind]) {
        return &interference->mains[mains != 0][kind];
    }
    return kind == INTERFERENCE_USB   ? &interference->usb
           : kind == INTERFERENCE_GSM ? &interference->gsm
                                      : NULL;
}

void interference_add(const struct interference *interference, struct interference_state *state,
                      const double weight_v[INTERFERENCE_KINDS], int mains, double *to, int count) {
    for (int kind = 0; kind < INTERFERENCE_KINDS; ++kind) {
        const double weight = weight_v[kind];
        if (weight == 0.0) {
            continue;
        }
        const struct loop *loop = find_loop(interference, (enum interference_kind)kind, mains);
        if (loop) {
            loop_add(loop, state->time, weight, to, count);
        } else if (kind == INTERFERENCE_MOTOR) {
            motor_add(&interference->motor, &state->motor, weight, to, count);
        } else {
            radio_add(&interference->radio, &state->radio, weight, to, count);
        }
    }
    state->time += (uint64_t)count;
}

double interference_power(const struct interference *interference, enum interference_kind kind,
                          int mains, double low_hz, double high_hz) {
    const struct loop *loop = find_loop(interference, kind, mains);
    const struct power_spectrum *spectrum = loop ? &loop->spectrum
                                            : kind == INTERFERENCE_MOTOR
                                                ? &interference->motor.spectrum
                                                : &interference->radio.spectrum;
    return power_spectrum_between(spectrum, low_hz, high_hz);
}
