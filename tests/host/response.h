// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The complex response of the running chain plugin, driver over input, by one impulse; and what it
// makes of a sine.
#ifndef LOADLINE_TESTS_RESPONSE_H
#define LOADLINE_TESTS_RESPONSE_H

#include "plugin_host.h"

#include <complex.h>
#include <stddef.h>

struct response {
    double rate_hz;
    size_t frames;
    double *impulse[2]; // after the latency
};

enum response_drive { RESPONSE_LEFT, RESPONSE_RIGHT, RESPONSE_BOTH };

// Restarts the host with the controls that it has. The impulse is small enough to stay linear.
struct response response_measure(struct plugin_host *host, enum response_drive drive,
                                 double seconds);
void response_free(struct response *response);

double complex response_at(const struct response *response, int channel, double hz);
double response_level_db(const struct response *response, int channel, double hz);

// Plays a sine in both channels for so long, from a restart.
void response_play_sine(struct plugin_host *host, double amplitude, double hz, double seconds);
// Amplitudes of the n-th harmonics of the same in the left output, once settled: a whole number of
// periods from the end. Bin 0 is the offset; hz has to divide into seconds.
void response_harmonics(struct plugin_host *host, double amplitude, double hz, double seconds,
                        double *harmonic, size_t count);

#endif
