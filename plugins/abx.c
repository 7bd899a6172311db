// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// LV2 glue of the blind test: common/abx knows what is asked and answered, common/comparison what
// is heard.
#include "abx.h"

#include "bundle.h"
#include "comparison.h"
#include "connections.h"
#include "denormals.h"

#include <lv2/atom/atom.h>
#include <lv2/state/state.h>
#include <lv2/urid/urid.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define ABX_URI URI_PREFIX "abx"

_Static_assert(ATOMIC_INT_LOCK_FREE == 2, "run() publishes the counts without a lock");

// What state is made of; all 0 if the host maps no URIs.
struct urids {
    LV2_URID trials, planned_trials, sealed; // properties
    LV2_URID integer, wide;                  // types
};

struct plugin {
    struct connections connections;
    struct comparison *comparison;
    struct abx abx;
    struct urids urids;
    atomic_uint counts; // as pack() makes them: save() may be called during run()
};

// --- Ports ---

static double value(const struct plugin *plugin, enum port_id id) {
    return port_clamp(id, (double)connections_value(&plugin->connections, id));
}

static bool is_on(const struct plugin *plugin, enum port_id id) {
    return value(plugin, id) > 0.0;
}

static void update_test(struct plugin *plugin) {
    const struct abx_controls controls = {
        .answer_a = is_on(plugin, PORT_ANSWER_A),
        .answer_b = is_on(plugin, PORT_ANSWER_B),
        .reset = is_on(plugin, PORT_RESET),
        .planned_trials = (int)value(plugin, PORT_PLANNED_TRIALS),
        .seed = (uint32_t)value(plugin, PORT_ABX_SEED),
    };
    abx_update(&plugin->abx, &controls);
}

// Bypass is A by another name.
static struct comparison_controls asked(const struct plugin *plugin) {
    enum { VIEW_BYPASS, VIEW_A, VIEW_B, VIEW_X };
    const bool align = is_on(plugin, PORT_ALIGN);
    if (!is_on(plugin, PORT_ENABLED))
        return (struct comparison_controls){VIEW_BYPASS, false, true, align};
    switch ((enum selection)value(plugin, PORT_SELECT)) {
    case SELECT_B:
        return (struct comparison_controls){VIEW_B, true, true, align};
    case SELECT_X:
        return (struct comparison_controls){VIEW_X + plugin->abx.draws, plugin->abx.x_is_b, false,
                                            align};
    case SELECT_A:
        break;
    }
    return (struct comparison_controls){VIEW_A, false, true, align};
}

static void show(const struct plugin *plugin) {
    const struct abx_result result = abx_result(&plugin->abx);
    const struct comparison_meters meters = comparison_meters(plugin->comparison);
    const struct connections *with = &plugin->connections;
    connections_show(with, PORT_LATENCY, COMPARISON_LATENCY);
    connections_show(with, PORT_TRIALS, result.trials);
    connections_show(with, PORT_CORRECT, result.correct);
    connections_show(with, PORT_P_VALUE, result.p_value);
    connections_show(with, PORT_LEVEL_DIFFERENCE, meters.level_difference_db);
    connections_show(with, PORT_NULL_DEPTH, meters.null_depth_db);
}

// --- State ---

// Each count fits a byte.
static unsigned pack(const struct abx *abx) {
    return (unsigned)abx->trials | (unsigned)abx->correct << 8 |
           (unsigned)abx->planned_trials << 16;
}

static struct abx_record record_of(unsigned counts) {
    uint32_t nonce = 0;
    if (getrandom(&nonce, sizeof nonce, 0) < 0)
        nonce = counts;
    return abx_record((int)(counts & 0xff), (int)(counts >> 8 & 0xff), (int)(counts >> 16), nonce);
}

static LV2_State_Status save(LV2_Handle instance, LV2_State_Store_Function store,
                             LV2_State_Handle handle, uint32_t flags,
                             const LV2_Feature *const *features) {
    (void)flags;
    (void)features;
    struct plugin *plugin = instance;
    const struct urids *urids = &plugin->urids;
    if (!urids->wide)
        return LV2_STATE_ERR_NO_FEATURE;
    const struct abx_record record = record_of(atomic_load(&plugin->counts));
    const uint32_t plain = LV2_STATE_IS_POD | LV2_STATE_IS_PORTABLE;
    const struct {
        LV2_URID key, type;
        const void *value;
        size_t size;
    } properties[] = {
        {urids->trials, urids->integer, &record.trials, sizeof record.trials},
        {urids->planned_trials, urids->integer, &record.planned_trials,
         sizeof record.planned_trials},
        {urids->sealed, urids->wide, &record.sealed, sizeof record.sealed},
    };
    LV2_State_Status status = LV2_STATE_SUCCESS;
    for (size_t i = 0; i < sizeof properties / sizeof *properties && !status; i++)
        status = store(handle, properties[i].key, properties[i].value, properties[i].size,
                       properties[i].type, plain);
    return status;
}

static bool retrieve_one(LV2_State_Retrieve_Function retrieve, LV2_State_Handle handle,
                         LV2_URID key, LV2_URID type, void *to, size_t size) {
    size_t found_size = 0;
    uint32_t found_type = 0, flags = 0;
    const void *found = retrieve(handle, key, &found_size, &found_type, &flags);
    if (!found || found_type != type || found_size != size)
        return false;
    memcpy(to, found, size);
    return true;
}

// A state that is missing or makes no sense is that of a new test.
static LV2_State_Status restore(LV2_Handle instance, LV2_State_Retrieve_Function retrieve,
                                LV2_State_Handle handle, uint32_t flags,
                                const LV2_Feature *const *features) {
    (void)flags;
    (void)features;
    struct plugin *plugin = instance;
    const struct urids *urids = &plugin->urids;
    if (!urids->wide)
        return LV2_STATE_ERR_NO_FEATURE;
    struct abx_record record;
    const bool found = retrieve_one(retrieve, handle, urids->trials, urids->integer, &record.trials,
                                    sizeof record.trials) &&
                       retrieve_one(retrieve, handle, urids->planned_trials, urids->integer,
                                    &record.planned_trials, sizeof record.planned_trials) &&
                       retrieve_one(retrieve, handle, urids->sealed, urids->wide, &record.sealed,
                                    sizeof record.sealed);
    const bool restored = abx_restore(&plugin->abx, found ? &record : NULL);
    atomic_store(&plugin->counts, pack(&plugin->abx));
    return restored || !found ? LV2_STATE_SUCCESS : LV2_STATE_ERR_UNKNOWN;
}

static const void *extension_data(const char *uri) {
    static const LV2_State_Interface state = {save, restore};
    return strcmp(uri, LV2_STATE__interface) == 0 ? &state : NULL;
}

static void map_uris(struct urids *urids, const LV2_Feature *const *features) {
    const LV2_URID_Map *map = NULL;
    for (; features && *features; features++)
        if (strcmp((*features)->URI, LV2_URID__map) == 0)
            map = (*features)->data;
    if (!map)
        return;
    urids->trials = map->map(map->handle, ABX_URI "#trials");
    urids->planned_trials = map->map(map->handle, ABX_URI "#planned_trials");
    urids->sealed = map->map(map->handle, ABX_URI "#sealed");
    urids->integer = map->map(map->handle, LV2_ATOM__Int);
    urids->wide = map->map(map->handle, LV2_ATOM__Long);
}

// --- The instance ---

static void cleanup(LV2_Handle instance) {
    struct plugin *plugin = instance;
    comparison_free(plugin->comparison);
    free(plugin);
}

// Without chance there is no blind test, so without it there is no instance.
static LV2_Handle instantiate(const LV2_Descriptor *descriptor, double rate_hz, const char *bundle,
                              const LV2_Feature *const *features) {
    (void)descriptor;
    (void)bundle;
    struct plugin *plugin = calloc(1, sizeof *plugin);
    if (!plugin)
        return NULL;
    uint64_t entropy = 0;
    plugin->comparison = comparison_new(rate_hz);
    if (!plugin->comparison || getrandom(&entropy, sizeof entropy, 0) != sizeof entropy) {
        cleanup(plugin);
        return NULL;
    }
    connections_init(&plugin->connections, PLUGIN_ABX);
    abx_init(&plugin->abx, entropy);
    atomic_init(&plugin->counts, pack(&plugin->abx));
    map_uris(&plugin->urids, features);
    return plugin;
}

static void connect_port(LV2_Handle instance, uint32_t index, void *data) {
    struct plugin *plugin = instance;
    connections_connect(&plugin->connections, index, data);
}

// The test goes on where it was.
static void activate(LV2_Handle instance) {
    struct plugin *plugin = instance;
    abx_pause(&plugin->abx);
    comparison_reset(plugin->comparison);
}

static void run(LV2_Handle instance, uint32_t frames) {
    struct plugin *plugin = instance;
    struct connections *with = &plugin->connections;
    const unsigned denormals = denormals_off();
    update_test(plugin);
    const struct comparison_controls controls = asked(plugin);

    // Once even for no frames, which may be the first after activation.
    uint32_t done = 0;
    do {
        const uint32_t count = connections_stretch(with, frames - done);
        const float *const a[2] = {connections_input(with, AUDIO_A_L, done),
                                   connections_input(with, AUDIO_A_R, done)};
        const float *const b[2] = {connections_input(with, AUDIO_B_L, done),
                                   connections_input(with, AUDIO_B_R, done)};
        float *const out[2] = {connections_output(with, AUDIO_OUT_L, done),
                               connections_output(with, AUDIO_OUT_R, done)};
        comparison_process(plugin->comparison, &controls, a, b, out, count);
        done += count;
    } while (done < frames);

    show(plugin);
    atomic_store(&plugin->counts, pack(&plugin->abx));
    denormals_restore(denormals);
}

const LV2_Descriptor abx_descriptor = {
    .URI = ABX_URI,
    .instantiate = instantiate,
    .connect_port = connect_port,
    .activate = activate,
    .run = run,
    .cleanup = cleanup,
    .extension_data = extension_data,
};
