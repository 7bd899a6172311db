// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The response of the running plugin to an impulse.
//
// The plugin runs twice, with an impulse of either sign, and half the difference counts: noise,
// which repeats with its seed, and what is even in the signal cancel. Samples are floats, whose
// rounding is relative, so a small impulse costs no precision.
#ifndef LOADLINE_IMPULSE_H
#define LOADLINE_IMPULSE_H

#include "plugin_session.h"

#include <complex.h>

enum impulse_drive { IMPULSE_LEFT, IMPULSE_BOTH };

struct impulse; // opaque

// An impulse that keeps the stage far below all its limits. NULL when memory is short.
struct impulse *impulse_new(const struct controls *controls, double rate_hz);
void impulse_free(struct impulse *impulse);

// Records both channels; the phase of a response counts from the reported latency.
void impulse_record(struct impulse *impulse, struct plugin_session *session,
                    enum impulse_drive drive);

// out / in of a channel (0 left, 1 right) of what was recorded last.
double complex impulse_response(const struct impulse *impulse, int channel, double hz);

#endif
