// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "connections.h"

static const float silence[SPARE_FRAMES];

void connections_init(struct connections *connections, enum plugin_bit plugin) {
    *connections = (struct connections){0};
    ports_layout(plugin, &connections->layout);
    for (enum port_id id = 0; id < PORT_COUNT; id++) {
        connections->missing[id] = (float)ports[id].fallback;
        connections->control[id] = &connections->missing[id];
    }
}

void connections_connect(struct connections *connections, uint32_t index, void *data) {
    const struct port_layout *layout = &connections->layout;
    if (index < layout->audio_count)
        connections->audio[layout->audio[index]] = data;
    else if (index - layout->audio_count < layout->control_count) {
        const enum port_id id = layout->control[index - layout->audio_count];
        connections->control[id] = data ? data : &connections->missing[id];
    }
}

static bool is_complete(const struct connections *connections) {
    const struct port_layout *layout = &connections->layout;
    for (unsigned i = 0; i < layout->audio_count; i++)
        if (!connections->audio[layout->audio[i]])
            return false;
    return true;
}

uint32_t connections_stretch(const struct connections *connections, uint32_t frames) {
    return frames <= SPARE_FRAMES || is_complete(connections) ? frames : SPARE_FRAMES;
}

const float *connections_input(const struct connections *connections, enum audio_id id,
                               uint32_t done) {
    return connections->audio[id] ? connections->audio[id] + done : silence;
}

float *connections_output(struct connections *connections, enum audio_id id, uint32_t done) {
    return connections->audio[id] ? connections->audio[id] + done : connections->spare;
}

void connections_show(const struct connections *connections, enum port_id id, double value) {
    connections_write(connections, id, (float)port_clamp(id, value));
}
