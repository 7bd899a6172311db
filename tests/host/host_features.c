// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#define _GNU_SOURCE // asprintf
#include "host_features.h"

#include "die.h"

#include <lv2/atom/atom.h>
#include <lv2/buf-size/buf-size.h>
#include <lv2/log/log.h>
#include <lv2/options/options.h>
#include <lv2/parameters/parameters.h>
#include <lv2/port-props/port-props.h>
#include <lv2/resize-port/resize-port.h>
#include <lv2/state/state.h>
#include <lv2/worker/worker.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { URIDS_MAX = 512, RESPONSES_MAX = 64, SEQUENCE_BYTES = 65536 };

enum {
    FEATURE_MAP,
    FEATURE_UNMAP,
    FEATURE_LOG,
    FEATURE_SCHEDULE,
    FEATURE_OPTIONS,
    FEATURE_RESIZE,
    FEATURE_MAP_PATH,
    FEATURE_MAKE_PATH,
    FEATURE_FREE_PATH,
    FEATURES_WITH_DATA,
};

// Those that are only said, and one that nobody knows.
static const LV2_Feature plain[] = {
    {LV2_BUF_SIZE__boundedBlockLength, NULL},
    {LV2_BUF_SIZE__fixedBlockLength, NULL},
    {LV2_BUF_SIZE__powerOf2BlockLength, NULL},
    {LV2_BUF_SIZE__coarseBlockLength, NULL},
    {LV2_CORE__hardRTCapable, NULL},
    {LV2_CORE__inPlaceBroken, NULL},
    {LV2_CORE__isLive, NULL},
    {LV2_STATE__loadDefaultState, NULL},
    {LV2_STATE__threadSafeRestore, NULL},
    {LV2_PORT_PROPS__supportsStrictBounds, NULL},
    {"urn:loadline:no-such-feature", NULL},
};

enum { PLAIN_FEATURES = sizeof plain / sizeof *plain };

enum { OPTIONS = 5 };

struct response {
    uint32_t size;
    void *data;
};

struct features {
    LilvInstance *instance;

    const LV2_Worker_Interface *worker;
    struct response response[RESPONSES_MAX];
    unsigned response_count;

    LV2_Log_Log log;
    LV2_Worker_Schedule schedule;
    LV2_Resize_Port_Resize resize;
    LV2_State_Map_Path map_path;
    LV2_State_Make_Path make_path;
    LV2_State_Free_Path free_path;

    int32_t block_min, block_max, sequence_bytes;
    float rate_hz;
    LV2_Options_Option option[OPTIONS + 1];

    LV2_Feature with_data[FEATURES_WITH_DATA];
    const LV2_Feature *all[FEATURES_WITH_DATA + PLAIN_FEATURES + 1];
};

// --- URIDs ---

static char *urids[URIDS_MAX];
static uint32_t urid_count;

static void free_urids(void) {
    while (urid_count > 0)
        free(urids[--urid_count]);
}

LV2_URID features_urid(const char *uri) {
    for (uint32_t i = 0; i < urid_count; i++)
        if (strcmp(urids[i], uri) == 0)
            return i + 1;
    if (urid_count == URIDS_MAX)
        die("more than %d URIs mapped", URIDS_MAX);
    if (urid_count == 0)
        atexit(free_urids);
    urids[urid_count] = strdup(uri);
    if (!urids[urid_count])
        die("out of memory");
    return ++urid_count;
}

static LV2_URID map_uri(LV2_URID_Map_Handle handle, const char *uri) {
    (void)handle;
    return features_urid(uri);
}

static const char *unmap_urid(LV2_URID_Unmap_Handle handle, LV2_URID urid) {
    (void)handle;
    return urid >= 1 && urid <= urid_count ? urids[urid - 1] : NULL;
}

static LV2_URID_Map map = {NULL, map_uri};
static LV2_URID_Unmap unmap = {NULL, unmap_urid};

LV2_URID_Map *features_map(void) {
    return &map;
}

LV2_URID_Unmap *features_unmap(void) {
    return &unmap;
}

const LV2_Feature *const *features_urid_map(void) {
    static const LV2_Feature feature = {LV2_URID__map, &map};
    static const LV2_Feature *const list[] = {&feature, NULL};
    return list;
}

// --- Log, ports, paths ---

static int print_to_log(LV2_Log_Handle handle, LV2_URID type, const char *format, va_list values) {
    (void)handle;
    (void)type;
    return vfprintf(stderr, format, values);
}

__attribute__((format(printf, 3, 4))) static int log_text(LV2_Log_Handle handle, LV2_URID type,
                                                          const char *format, ...) {
    va_list values;
    va_start(values, format);
    const int written = print_to_log(handle, type, format, values);
    va_end(values);
    return written;
}

static LV2_Resize_Port_Status resize_port(LV2_Resize_Port_Feature_Data data, uint32_t index,
                                          size_t size) {
    (void)data;
    (void)index;
    return size <= SEQUENCE_BYTES ? LV2_RESIZE_PORT_SUCCESS : LV2_RESIZE_PORT_ERR_NO_SPACE;
}

static char *copy_path(LV2_State_Map_Path_Handle handle, const char *path) {
    (void)handle;
    return strdup(path);
}

static char *make_path(LV2_State_Make_Path_Handle handle, const char *path) {
    (void)handle;
    const char *directory = getenv("TMPDIR");
    char *whole = NULL;
    if (asprintf(&whole, "%s/%s", directory ? directory : "/tmp", path) < 0)
        die("out of memory");
    return whole;
}

static void free_path(LV2_State_Free_Path_Handle handle, char *path) {
    (void)handle;
    free(path);
}

// --- Worker ---

static LV2_Worker_Status respond(LV2_Worker_Respond_Handle handle, uint32_t size,
                                 const void *data) {
    struct features *features = handle;
    if (features->response_count == RESPONSES_MAX)
        return LV2_WORKER_ERR_NO_SPACE;
    struct response *response = &features->response[features->response_count++];
    response->size = size;
    response->data = allocate(1, size + 1);
    if (size > 0)
        memcpy(response->data, data, size);
    return LV2_WORKER_SUCCESS;
}

static LV2_Worker_Status schedule_work(LV2_Worker_Schedule_Handle handle, uint32_t size,
                                       const void *data) {
    struct features *features = handle;
    if (!features->worker)
        return LV2_WORKER_ERR_UNKNOWN;
    return features->worker->work(lilv_instance_get_handle(features->instance), respond, features,
                                  size, data);
}

void features_attach(struct features *features, LilvInstance *instance) {
    features->instance = instance;
    features->worker = lilv_instance_get_extension_data(instance, LV2_WORKER__interface);
}

void features_deliver(struct features *features) {
    if (!features->worker)
        return;
    LV2_Handle handle = lilv_instance_get_handle(features->instance);
    for (unsigned i = 0; i < features->response_count; i++) {
        struct response *response = &features->response[i];
        if (features->worker->work_response)
            features->worker->work_response(handle, response->size, response->data);
        free(response->data);
    }
    features->response_count = 0;
    if (features->worker->end_run)
        features->worker->end_run(handle);
}

// --- All of them ---

static LV2_Options_Option option(const char *key, const char *type, const void *value) {
    return (LV2_Options_Option){LV2_OPTIONS_INSTANCE, 0,    features_urid(key), sizeof(int32_t),
                                features_urid(type),  value};
}

static void fill_options(struct features *features, double rate_hz, uint32_t block_max) {
    features->block_min = 0;
    features->block_max = (int32_t)block_max;
    features->sequence_bytes = SEQUENCE_BYTES;
    features->rate_hz = (float)rate_hz;
    const LV2_Options_Option options[OPTIONS] = {
        option(LV2_BUF_SIZE__minBlockLength, LV2_ATOM__Int, &features->block_min),
        option(LV2_BUF_SIZE__maxBlockLength, LV2_ATOM__Int, &features->block_max),
        option(LV2_BUF_SIZE__nominalBlockLength, LV2_ATOM__Int, &features->block_max),
        option(LV2_BUF_SIZE__sequenceSize, LV2_ATOM__Int, &features->sequence_bytes),
        option(LV2_PARAMETERS__sampleRate, LV2_ATOM__Float, &features->rate_hz),
    };
    memcpy(features->option, options, sizeof options); // what follows is zero and ends the list
}

static void fill_list(struct features *features) {
    const LV2_Feature with_data[FEATURES_WITH_DATA] = {
        [FEATURE_MAP] = {LV2_URID__map, &map},
        [FEATURE_UNMAP] = {LV2_URID__unmap, &unmap},
        [FEATURE_LOG] = {LV2_LOG__log, &features->log},
        [FEATURE_SCHEDULE] = {LV2_WORKER__schedule, &features->schedule},
        [FEATURE_OPTIONS] = {LV2_OPTIONS__options, features->option},
        [FEATURE_RESIZE] = {LV2_RESIZE_PORT__resize, &features->resize},
        [FEATURE_MAP_PATH] = {LV2_STATE__mapPath, &features->map_path},
        [FEATURE_MAKE_PATH] = {LV2_STATE__makePath, &features->make_path},
        [FEATURE_FREE_PATH] = {LV2_STATE__freePath, &features->free_path},
    };
    memcpy(features->with_data, with_data, sizeof with_data);
    for (unsigned i = 0; i < FEATURES_WITH_DATA; i++)
        features->all[i] = &features->with_data[i];
    for (unsigned i = 0; i < PLAIN_FEATURES; i++)
        features->all[FEATURES_WITH_DATA + i] = &plain[i];
}

struct features *features_new(double rate_hz, uint32_t block_max) {
    struct features *features = allocate(1, sizeof *features);
    features->log = (LV2_Log_Log){NULL, log_text, print_to_log};
    features->schedule = (LV2_Worker_Schedule){features, schedule_work};
    features->resize = (LV2_Resize_Port_Resize){NULL, resize_port};
    features->map_path = (LV2_State_Map_Path){NULL, copy_path, copy_path};
    features->make_path = (LV2_State_Make_Path){NULL, make_path};
    features->free_path = (LV2_State_Free_Path){NULL, free_path};
    fill_options(features, rate_hz, block_max);
    fill_list(features);
    return features;
}

void features_free(struct features *features) {
    if (!features)
        return;
    for (unsigned i = 0; i < features->response_count; i++)
        free(features->response[i].data);
    free(features);
}

const LV2_Feature *const *features_all(const struct features *features) {
    return features->all;
}
