// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// What a host has connected to a plugin's ports. Any of them may be missing: a missing audio input
// is silence, a missing control has its default, a missing output goes nowhere. All of it is
// real-time safe.
#ifndef LOADLINE_CONNECTIONS_H
#define LOADLINE_CONNECTIONS_H

#include "ports.h"

#include <stdint.h>

// Longest stretch with a missing audio port that is processed at once.
enum { SPARE_FRAMES = 1024 };

struct connections {
    struct port_layout layout;
    float *audio[AUDIO_COUNT]; // NULL if not connected
    float *control[PORT_COUNT];
    float missing[PORT_COUNT]; // what stands in for a missing control
    float spare[SPARE_FRAMES]; // takes what a missing output would
};

// They may not move afterwards.
void connections_init(struct connections *connections, enum plugin_bit plugin);
// The port with this index in the plugin's Turtle.
void connections_connect(struct connections *connections, uint32_t index, void *data);

// How many of `frames` can be processed at once.
uint32_t connections_stretch(const struct connections *connections, uint32_t frames);
// The buffers from frame `done` on, for a stretch.
const float *connections_input(const struct connections *connections, enum audio_id id,
                               uint32_t done);
float *connections_output(struct connections *connections, enum audio_id id, uint32_t done);

// As the host left it, not clamped.
static inline float connections_value(const struct connections *connections, enum port_id id) {
    return *connections->control[id];
}

static inline void connections_write(const struct connections *connections, enum port_id id,
                                     float value) {
    *connections->control[id] = value;
}

// Clamped.
void connections_show(const struct connections *connections, enum port_id id, double value);

#endif
