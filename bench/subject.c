// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#define _XOPEN_SOURCE 700
#include "subject.h"

#include <lilv/lilv.h>
#include <lv2/buf-size/buf-size.h>
#include <lv2/options/options.h>
#include <lv2/urid/urid.h>
#include <lv2/worker/worker.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    URIDS_MAX = 512,
    RESPONSES_MAX = 64,
    ATOM_BYTES = 65536,
    FEATURES_MAX = 8,
    PATH_MAX_ = 8192
};

struct response {
    uint32_t size;
    void *data;
};

struct subject {
    const LilvPlugin *plugin;
    LilvInstance *instance;
    uint32_t port_count;
    float *control; // of every port, used or not
    float **audio;  // NULL where the port is no audio
    void **other;   // atoms
    bool *is_input;
    uint32_t input[2]; // audio
    float *silence;

    const LV2_Worker_Interface *worker;
    struct response response[RESPONSES_MAX];
    unsigned response_count;

    LV2_Worker_Schedule schedule;
    int32_t block;
    LV2_Options_Option option[4];
};

static LilvWorld *world;
static char *urids[URIDS_MAX];
static uint32_t urid_count;

static _Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

static _Noreturn void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("bench: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(EXIT_FAILURE);
}

static void *allocate(size_t count, size_t size) {
    void *memory = calloc(count, size);
    if (!memory)
        fail("out of memory");
    return memory;
}

// --- Features ---

static LV2_URID map_uri(LV2_URID_Map_Handle handle, const char *uri) {
    (void)handle;
    for (uint32_t i = 0; i < urid_count; i++)
        if (strcmp(urids[i], uri) == 0)
            return i + 1;
    if (urid_count == URIDS_MAX)
        fail("more than %d URIs mapped", URIDS_MAX);
    urids[urid_count] = strdup(uri);
    return ++urid_count;
}

static const char *unmap_urid(LV2_URID_Unmap_Handle handle, LV2_URID urid) {
    (void)handle;
    return urid >= 1 && urid <= urid_count ? urids[urid - 1] : NULL;
}

static LV2_Worker_Status respond(LV2_Worker_Respond_Handle handle, uint32_t size,
                                 const void *data) {
    struct subject *subject = handle;
    if (subject->response_count == RESPONSES_MAX)
        return LV2_WORKER_ERR_NO_SPACE;
    struct response *response = &subject->response[subject->response_count++];
    response->size = size;
    response->data = allocate(1, size + 1);
    if (size > 0)
        memcpy(response->data, data, size);
    return LV2_WORKER_SUCCESS;
}

// Works at once, as a host without time to lose does; the response waits for the end of the run.
static LV2_Worker_Status schedule_work(LV2_Worker_Schedule_Handle handle, uint32_t size,
                                       const void *data) {
    struct subject *subject = handle;
    if (!subject->worker)
        return LV2_WORKER_ERR_UNKNOWN;
    return subject->worker->work(lilv_instance_get_handle(subject->instance), respond, subject,
                                 size, data);
}

static void deliver_responses(struct subject *subject) {
    LV2_Handle handle = lilv_instance_get_handle(subject->instance);
    for (unsigned i = 0; i < subject->response_count; i++) {
        struct response *response = &subject->response[i];
        if (subject->worker->work_response)
            subject->worker->work_response(handle, response->size, response->data);
        free(response->data);
    }
    subject->response_count = 0;
    if (subject->worker && subject->worker->end_run)
        subject->worker->end_run(handle);
}

static void instantiate(struct subject *subject, double rate_hz) {
    static LV2_URID_Map map = {NULL, map_uri};
    static LV2_URID_Unmap unmap = {NULL, unmap_urid};
    static const LV2_Feature bounded = {LV2_BUF_SIZE__boundedBlockLength, NULL};
    const LV2_Feature map_feature = {LV2_URID__map, &map};
    const LV2_Feature unmap_feature = {LV2_URID__unmap, &unmap};
    const LV2_Feature schedule_feature = {LV2_WORKER__schedule, &subject->schedule};
    const LV2_Feature options_feature = {LV2_OPTIONS__options, subject->option};
    const LV2_Feature *const features[FEATURES_MAX] = {
        &map_feature, &unmap_feature, &schedule_feature, &options_feature, &bounded};
    const LV2_URID integer = map_uri(NULL, "http://lv2plug.in/ns/ext/atom#Int");
    const char *const lengths[] = {LV2_BUF_SIZE__minBlockLength, LV2_BUF_SIZE__maxBlockLength,
                                   LV2_BUF_SIZE__nominalBlockLength};
    for (int i = 0; i < 3; i++)
        subject->option[i] =
            (LV2_Options_Option){LV2_OPTIONS_INSTANCE,  0,       map_uri(NULL, lengths[i]),
                                 sizeof subject->block, integer, &subject->block};
    subject->schedule = (LV2_Worker_Schedule){subject, schedule_work};
    subject->instance = lilv_plugin_instantiate(subject->plugin, rate_hz, features);
    if (!subject->instance)
        fail("<%s> does not instantiate", lilv_node_as_uri(lilv_plugin_get_uri(subject->plugin)));
    subject->worker = lilv_instance_get_extension_data(subject->instance, LV2_WORKER__interface);
}

// --- The world ---

static void open_world(void) {
    char path[PATH_MAX_];
    const char *given = getenv("LV2_PATH");
    snprintf(path, sizeof path, "%s:%s", LOADLINE_LV2_PATH,
             given ? given : "/usr/local/lib/lv2:/usr/lib/lv2");
    setenv("LV2_PATH", path, 1);
    world = lilv_world_new();
    lilv_world_load_all(world);
}

static const LilvPlugin *find_plugin(const char *uri) {
    if (!world)
        open_world();
    LilvNode *node = lilv_new_uri(world, uri);
    const LilvPlugin *plugin = lilv_plugins_get_by_uri(lilv_world_get_all_plugins(world), node);
    lilv_node_free(node);
    if (!plugin)
        fail("no plugin <%s> under LV2_PATH", uri);
    return plugin;
}

// --- Ports ---

static bool port_is(const LilvPlugin *plugin, const LilvPort *port, const char *class_uri) {
    LilvNode *node = lilv_new_uri(world, class_uri);
    const bool is = lilv_port_is_a(plugin, port, node);
    lilv_node_free(node);
    return is;
}

static void connect_ports(struct subject *subject) {
    const uint32_t frames = (uint32_t)subject->block;
    unsigned inputs = 0;
    subject->input[0] = subject->input[1] = UINT32_MAX;
    for (uint32_t i = 0; i < subject->port_count; i++) {
        const LilvPort *port = lilv_plugin_get_port_by_index(subject->plugin, i);
        subject->is_input[i] = port_is(subject->plugin, port, LV2_CORE__InputPort);
        if (port_is(subject->plugin, port, LV2_CORE__ControlPort)) {
            lilv_instance_connect_port(subject->instance, i, &subject->control[i]);
            continue;
        }
        if (port_is(subject->plugin, port, LV2_CORE__AudioPort)) {
            subject->audio[i] = allocate(frames, sizeof(float));
            lilv_instance_connect_port(subject->instance, i, subject->audio[i]);
            if (subject->is_input[i] && inputs < 2)
                subject->input[inputs++] = i;
            continue;
        }
        subject->other[i] = allocate(1, ATOM_BYTES);
        lilv_instance_connect_port(subject->instance, i, subject->other[i]);
    }
}

// An empty sequence at each input, an empty chunk of all the space at each output.
static void reset_atoms(struct subject *subject) {
    const uint32_t sequence = map_uri(NULL, "http://lv2plug.in/ns/ext/atom#Sequence");
    for (uint32_t i = 0; i < subject->port_count; i++)
        if (subject->other[i]) {
            uint32_t *header = subject->other[i];
            header[0] = subject->is_input[i] ? 8 : ATOM_BYTES - 8;
            header[1] = subject->is_input[i] ? sequence : 0;
            header[2] = header[3] = 0;
        }
}

static uint32_t find_port(const struct subject *subject, const char *symbol) {
    LilvNode *node = lilv_new_string(world, symbol);
    const LilvPort *port = lilv_plugin_get_port_by_symbol(subject->plugin, node);
    lilv_node_free(node);
    if (!port)
        fail("no port \"%s\"", symbol);
    return lilv_port_get_index(subject->plugin, port);
}

// --- Use ---

struct subject *subject_open(const char *uri, double rate_hz, uint32_t block) {
    struct subject *subject = allocate(1, sizeof *subject);
    subject->plugin = find_plugin(uri);
    subject->block = (int32_t)block;
    subject->port_count = lilv_plugin_get_num_ports(subject->plugin);
    subject->control = allocate(subject->port_count, sizeof *subject->control);
    subject->audio = allocate(subject->port_count, sizeof *subject->audio);
    subject->other = allocate(subject->port_count, sizeof *subject->other);
    subject->is_input = allocate(subject->port_count, sizeof *subject->is_input);
    subject->silence = allocate(block, sizeof *subject->silence);
    instantiate(subject, rate_hz);
    lilv_plugin_get_port_ranges_float(subject->plugin, NULL, NULL, subject->control);
    for (uint32_t i = 0; i < subject->port_count; i++)
        if (isnan(subject->control[i]))
            subject->control[i] = 0;
    connect_ports(subject);
    reset_atoms(subject);
    lilv_instance_activate(subject->instance);
    return subject;
}

void subject_close(struct subject *subject) {
    lilv_instance_deactivate(subject->instance);
    lilv_instance_free(subject->instance);
    for (uint32_t i = 0; i < subject->port_count; i++) {
        free(subject->audio[i]);
        free(subject->other[i]);
    }
    free(subject->control);
    free(subject->audio);
    free(subject->other);
    free(subject->is_input);
    free(subject->silence);
    free(subject);
}

void subject_set_all(struct subject *subject, const char *settings) {
    char *copy = strdup(settings);
    char *rest = NULL;
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        char *value = strchr(word, '=');
        if (!value)
            fail("\"%s\" sets nothing", word);
        *value++ = '\0';
        subject->control[find_port(subject, word)] = strtof(value, NULL);
    }
    free(copy);
}

double subject_get(const struct subject *subject, const char *symbol) {
    return (double)subject->control[find_port(subject, symbol)];
}

void subject_listen(struct subject *subject, const float *left, const float *right) {
    const float *const heard[2] = {left, right};
    for (int i = 0; i < 2; i++)
        if (subject->input[i] != UINT32_MAX)
            lilv_instance_connect_port(
                subject->instance, subject->input[i],
                // LV2 connects inputs and outputs through one type; an input is only read.
                (void *)(uintptr_t)(heard[i] ? heard[i] : subject->silence));
}

void subject_run(struct subject *subject, uint32_t frames) {
    lilv_instance_run(subject->instance, frames);
    if (subject->worker)
        deliver_responses(subject);
}

void subject_restart(struct subject *subject) {
    lilv_instance_deactivate(subject->instance);
    lilv_instance_activate(subject->instance);
}
