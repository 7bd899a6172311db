// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#define _XOPEN_SOURCE 700
#include "subject.h"

#include "die.h"
#include "host_features.h"

#include <lilv/lilv.h>
#include <lv2/atom/atom.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ATOM_BYTES = 65536, PATH_MAX_ = 8192 };

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
    struct features *features;
    uint32_t block;
};

static LilvWorld *world;

static void instantiate(struct subject *subject, double rate_hz) {
    subject->features = features_new(rate_hz, subject->block);
    subject->instance =
        lilv_plugin_instantiate(subject->plugin, rate_hz, features_all(subject->features));
    if (!subject->instance)
        die("<%s> does not instantiate", lilv_node_as_uri(lilv_plugin_get_uri(subject->plugin)));
    features_attach(subject->features, subject->instance);
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
        die("no plugin <%s> under LV2_PATH", uri);
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
            subject->audio[i] = allocate(subject->block, sizeof(float));
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
    const uint32_t sequence = features_urid(LV2_ATOM__Sequence);
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
        die("no port \"%s\"", symbol);
    return lilv_port_get_index(subject->plugin, port);
}

// --- Use ---

struct subject *subject_open(const char *uri, double rate_hz, uint32_t block) {
    struct subject *subject = allocate(1, sizeof *subject);
    subject->plugin = find_plugin(uri);
    subject->block = block;
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
    features_free(subject->features);
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
            die("\"%s\" sets nothing", word);
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
    features_deliver(subject->features);
}

void subject_restart(struct subject *subject) {
    lilv_instance_deactivate(subject->instance);
    lilv_instance_activate(subject->instance);
}
