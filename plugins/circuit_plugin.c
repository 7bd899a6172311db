// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// LV2 glue of the plugins that are a circuit: ports in, one parameter struct, common/, ports out.
// They differ in their ports alone (ports.def) and in what those mean (ports_to_params).
#include "bundle.h"
#include "chain.h"
#include "connections.h"
#include "denormals.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

// What each meter port shows.
static const struct meter {
    enum port_id id;
    size_t offset;
} meters[] = {
    {PORT_LATENCY, offsetof(struct chain_meters, latency_frames)},
    {PORT_OVERLOAD, offsetof(struct chain_meters, overload)},
    {PORT_MATCH_GAIN, offsetof(struct chain_meters, match_gain_db)},
    {PORT_PEAK_SPL, offsetof(struct chain_meters, peak_spl_db)},
    {PORT_POWER, offsetof(struct chain_meters, power_mw)},
    {PORT_CURRENT, offsetof(struct chain_meters, current_ma)},
    {PORT_HEADROOM, offsetof(struct chain_meters, headroom_db)},
    {PORT_CLIPPING, offsetof(struct chain_meters, clipping)},
    {PORT_LIMITING, offsetof(struct chain_meters, limiting)},
    {PORT_NOISE_SPL, offsetof(struct chain_meters, noise_spl_dba)},
    {PORT_RESPONSE_DEVIATION, offsetof(struct chain_meters, response_deviation_db)},
    {PORT_DAMPING_FACTOR, offsetof(struct chain_meters, damping_factor)},
    {PORT_CROSSTALK, offsetof(struct chain_meters, crosstalk_db)},
    {PORT_CMRR, offsetof(struct chain_meters, cmrr_db)},
};

enum { METERS = sizeof meters / sizeof *meters };

struct plugin {
    enum plugin_bit bit;
    struct connections connections;
    struct chain *chain;

    float values[PORT_COUNT]; // of the inputs, as the last run found them
    struct chain_controls controls;
    uint32_t fresh_seed; // of this activation

    double measured[METERS]; // what the last run found
    float shown[METERS];     // and what ports show of that
};

static void convert(struct plugin *plugin) {
    const float *values = plugin->values;
    struct chain_controls *controls = &plugin->controls;
    ports_to_params(plugin->bit, values, &controls->params);
    controls->gain_db = port_clamp(PORT_GAIN, (double)values[PORT_GAIN]);
    controls->quality = (int)port_clamp(PORT_QUALITY, (double)values[PORT_QUALITY]);
    controls->enabled = port_clamp(PORT_ENABLED, (double)values[PORT_ENABLED]) > 0;
    controls->freewheel = port_clamp(PORT_FREEWHEEL, (double)values[PORT_FREEWHEEL]) > 0;
    const double seed = port_clamp(PORT_SEED, (double)values[PORT_SEED]);
    controls->seed = seed > 0 ? (uint32_t)seed : plugin->fresh_seed;
    controls->revision++;
}

// Converting costs more than comparing, and most blocks change nothing.
static void read_controls(struct plugin *plugin) {
    float values[PORT_COUNT];
    memcpy(values, plugin->values, sizeof values);
    const struct port_layout *layout = &plugin->connections.layout;
    for (unsigned i = 0; i < layout->input_count; i++)
        values[layout->input[i]] = connections_value(&plugin->connections, layout->input[i]);
    if (memcmp(values, plugin->values, sizeof values) != 0) {
        memcpy(plugin->values, values, sizeof values);
        convert(plugin);
    }
}

// Most stay as they were from block to block.
static void write_meters(struct plugin *plugin) {
    const char *from = (const char *)chain_meters(plugin->chain);
    for (size_t i = 0; i < METERS; i++) {
        const double measured = *(const double *)(from + meters[i].offset);
        if (measured != plugin->measured[i]) {
            plugin->measured[i] = measured;
            plugin->shown[i] = (float)port_clamp(meters[i].id, measured);
        }
        connections_write(&plugin->connections, meters[i].id, plugin->shown[i]);
    }
}

// -------------------------------------------------------------------------------------------------

static enum plugin_bit plugin_of(const LV2_Descriptor *descriptor);

static LV2_Handle instantiate(const LV2_Descriptor *descriptor, double rate_hz, const char *bundle,
                              const LV2_Feature *const *features) {
    (void)bundle;
    (void)features;
    struct plugin *plugin = calloc(1, sizeof *plugin);
    if (!plugin)
        return NULL;
    plugin->chain = chain_new(rate_hz);
    if (!plugin->chain) {
        free(plugin);
        return NULL;
    }
    plugin->bit = plugin_of(descriptor);
    connections_init(&plugin->connections, plugin->bit);
    for (enum port_id id = 0; id < PORT_COUNT; id++)
        plugin->values[id] = (float)ports[id].fallback;
    for (size_t i = 0; i < METERS; i++)
        plugin->measured[i] = (double)NAN; // unlike anything
    convert(plugin);
    return plugin;
}

static void connect_port(LV2_Handle instance, uint32_t index, void *data) {
    struct plugin *plugin = instance;
    connections_connect(&plugin->connections, index, data);
}

// Drawing a seed is a system call, which run() may not make; whether it is wanted is known there.
static void activate(LV2_Handle instance) {
    struct plugin *plugin = instance;
    if (getrandom(&plugin->fresh_seed, sizeof plugin->fresh_seed, GRND_NONBLOCK) < 0)
        plugin->fresh_seed += 1;
    convert(plugin);
    chain_reset(plugin->chain);
}

static void run(LV2_Handle instance, uint32_t frames) {
    struct plugin *plugin = instance;
    const unsigned denormals = denormals_off();
    read_controls(plugin);

    // Once even for no frames: hosts ask for the latency this way.
    struct connections *with = &plugin->connections;
    uint32_t done = 0;
    do {
        const uint32_t count = connections_stretch(with, frames - done);
        chain_process(plugin->chain, &plugin->controls, connections_input(with, AUDIO_IN_L, done),
                      connections_input(with, AUDIO_IN_R, done),
                      connections_output(with, AUDIO_OUT_L, done),
                      connections_output(with, AUDIO_OUT_R, done), count);
        done += count;
    } while (done < frames);

    write_meters(plugin);
    denormals_restore(denormals);
}

static void cleanup(LV2_Handle instance) {
    struct plugin *plugin = instance;
    chain_free(plugin->chain);
    free(plugin);
}

#define DESCRIPTOR(id, name)                                                                       \
    {                                                                                              \
        .URI = URI_PREFIX name,                                                                    \
        .instantiate = instantiate,                                                                \
        .connect_port = connect_port,                                                              \
        .activate = activate,                                                                      \
        .run = run,                                                                                \
        .cleanup = cleanup,                                                                        \
    },

static const LV2_Descriptor descriptors[] = {CIRCUIT_LIST(DESCRIPTOR)};

static enum plugin_bit plugin_of(const LV2_Descriptor *descriptor) {
    return plugin_names[descriptor - descriptors].bit;
}

const LV2_Descriptor *circuit_descriptor(uint32_t index) {
    return index < sizeof descriptors / sizeof *descriptors ? &descriptors[index] : NULL;
}
