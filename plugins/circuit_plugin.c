// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// LV2 glue of the plugins that are a circuit: ports in, one parameter struct, common/, ports out.
// They differ in their ports alone (ports.def) and in what those mean (ports_to_params).
#include "chain.h"
#include "denormals.h"
#include "ports.h"

#include <lv2/core/lv2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define URI_PREFIX "urn:loadline:"

// Longest stretch with a missing audio port that is processed at once.
enum { SPARE_FRAMES = 1024 };

struct plugin {
    enum plugin_bit bit;
    struct port_layout layout;
    struct chain *chain;
    float *audio[AUDIO_COUNT]; // NULL if not connected, as below
    float *control[PORT_COUNT];

    float values[PORT_COUNT]; // of the inputs, as the last run found them
    struct chain_controls controls;
    uint32_t fresh_seed; // of this activation

    float spare[SPARE_FRAMES]; // takes what a missing output would
};

static const float silence[SPARE_FRAMES];

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
    for (unsigned i = 0; i < plugin->layout.control_count; i++) {
        const enum port_id id = plugin->layout.control[i];
        if (!port_is_output(id))
            values[id] = plugin->control[id] ? *plugin->control[id] : (float)ports[id].fallback;
    }
    if (memcmp(values, plugin->values, sizeof values) != 0) {
        memcpy(plugin->values, values, sizeof values);
        convert(plugin);
    }
}

static void write_meters(const struct plugin *plugin) {
    const char *from = (const char *)chain_meters(plugin->chain);
    for (size_t i = 0; i < sizeof meters / sizeof *meters; i++) {
        float *to = plugin->control[meters[i].id];
        if (to)
            *to = (float)port_clamp(meters[i].id, *(const double *)(from + meters[i].offset));
    }
}

static const float *input(const struct plugin *plugin, enum audio_id id, uint32_t done) {
    return plugin->audio[id] ? plugin->audio[id] + done : silence;
}

static float *output(struct plugin *plugin, enum audio_id id, uint32_t done) {
    return plugin->audio[id] ? plugin->audio[id] + done : plugin->spare;
}

static bool is_complete(const struct plugin *plugin) {
    for (unsigned i = 0; i < plugin->layout.audio_count; i++)
        if (!plugin->audio[plugin->layout.audio[i]])
            return false;
    return true;
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
    ports_layout(plugin->bit, &plugin->layout);
    for (enum port_id id = 0; id < PORT_COUNT; id++)
        plugin->values[id] = (float)ports[id].fallback;
    convert(plugin);
    return plugin;
}

static void connect_port(LV2_Handle instance, uint32_t index, void *data) {
    struct plugin *plugin = instance;
    const struct port_layout *layout = &plugin->layout;
    if (index < layout->audio_count)
        plugin->audio[layout->audio[index]] = data;
    else if (index - layout->audio_count < layout->control_count)
        plugin->control[layout->control[index - layout->audio_count]] = data;
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
    const uint32_t stretch = is_complete(plugin) ? frames : SPARE_FRAMES;
    uint32_t done = 0;
    do {
        const uint32_t count = frames - done < stretch ? frames - done : stretch;
        chain_process(plugin->chain, &plugin->controls, input(plugin, AUDIO_IN_L, done),
                      input(plugin, AUDIO_IN_R, done), output(plugin, AUDIO_OUT_L, done),
                      output(plugin, AUDIO_OUT_R, done), count);
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

static const LV2_Descriptor descriptors[PLUGIN_COUNT] = {PLUGIN_LIST(DESCRIPTOR)};

static enum plugin_bit plugin_of(const LV2_Descriptor *descriptor) {
    return plugin_names[descriptor - descriptors].bit;
}

LV2_SYMBOL_EXPORT const LV2_Descriptor *lv2_descriptor(uint32_t index) {
    return index < PLUGIN_COUNT ? &descriptors[index] : NULL;
}
