// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#define _XOPEN_SOURCE 700
#include "subject.h"

#include "clock.h"
#include "die.h"
#include "host_features.h"

#include <lilv/lilv.h>
#include <lv2/atom/atom.h>
#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FULLEST_URI "urn:loadline:chain" // it has every port of the bundle

enum { ATOM_BYTES = 65536, CHANNELS = 2 };

struct atom_port {
    uint32_t *header;
    bool is_input;
};

struct subject {
    const LilvPlugin *plugin;
    LilvInstance *instance;
    uint32_t port_count;
    float *control; // of every port, used or not
    float **audio;  // NULL where the port is no audio
    struct atom_port *atoms;
    unsigned atom_count;
    bool *is_input;
    uint32_t input[CHANNELS], output[CHANNELS]; // audio
    unsigned inputs, outputs;
    float *silence;
    struct features *features;
    uint32_t sequence; // URID
    uint32_t block;
    struct birth birth;
};

static LilvWorld *world;

// --- The world ---

static void open_world(void) {
    char path[2 * PATH_LENGTH_MAX];
    const char *given = getenv("LV2_PATH");
    snprintf(path, sizeof path, "%s:%s", LOADLINE_LV2_PATH,
             given ? given : "/usr/local/lib/lv2:/usr/lib/lv2");
    setenv("LV2_PATH", path, 1);
    world = lilv_world_new();
    lilv_world_load_all(world);
}

static const LilvPlugins *all_plugins(void) {
    if (!world)
        open_world();
    return lilv_world_get_all_plugins(world);
}

// NULL if there is none.
static const LilvPlugin *look_for(const char *uri) {
    const LilvPlugins *plugins = all_plugins();
    LilvNode *node = lilv_new_uri(world, uri);
    const LilvPlugin *plugin = lilv_plugins_get_by_uri(plugins, node);
    lilv_node_free(node);
    return plugin;
}

static const LilvPlugin *find_plugin(const char *uri) {
    const LilvPlugin *plugin = look_for(uri);
    if (!plugin)
        die("no plugin <%s> under LV2_PATH", uri);
    return plugin;
}

bool subject_exists(const char *uri) {
    return look_for(uri) != NULL;
}

static void directory_of(const LilvPlugin *plugin, char path[PATH_LENGTH_MAX]) {
    char *found = lilv_node_get_path(lilv_plugin_get_bundle_uri(plugin), NULL);
    snprintf(path, PATH_LENGTH_MAX, "%s", found);
    lilv_free(found);
}

void subject_directory(const char *uri, char path[PATH_LENGTH_MAX]) {
    directory_of(find_plugin(uri), path);
}

size_t subject_bundle(const char *uris[], size_t max) {
    char ours[PATH_LENGTH_MAX], path[PATH_LENGTH_MAX];
    const LilvPlugins *plugins = all_plugins();
    size_t count = 0;
    subject_directory(FULLEST_URI, ours);
    LILV_FOREACH(plugins, i, plugins) {
        const LilvPlugin *plugin = lilv_plugins_get(plugins, i);
        directory_of(plugin, path);
        if (strcmp(path, ours) == 0 && count < max)
            uris[count++] = lilv_node_as_uri(lilv_plugin_get_uri(plugin));
    }
    return count;
}

// --- Ports ---

static bool port_is(const LilvPlugin *plugin, const LilvPort *port, const char *class_uri) {
    LilvNode *node = lilv_new_uri(world, class_uri);
    const bool is = lilv_port_is_a(plugin, port, node);
    lilv_node_free(node);
    return is;
}

static bool is_choice(const LilvPlugin *plugin, const LilvPort *port) {
    LilvNode *enumeration = lilv_new_uri(world, LV2_CORE__enumeration);
    const bool is = port_is(plugin, port, LV2_CORE__InputPort) &&
                    lilv_port_has_property(plugin, port, enumeration);
    lilv_node_free(enumeration);
    return is;
}

size_t subject_choices(const char *uri, struct choice choices[], size_t max) {
    const LilvPlugin *plugin = find_plugin(uri);
    const uint32_t ports = lilv_plugin_get_num_ports(plugin);
    float *least = allocate(ports, sizeof *least), *most = allocate(ports, sizeof *most);
    size_t count = 0;
    lilv_plugin_get_port_ranges_float(plugin, least, most, NULL);
    for (uint32_t i = 0; i < ports; i++) {
        const LilvPort *port = lilv_plugin_get_port_by_index(plugin, i);
        if (!is_choice(plugin, port) || count == max)
            continue;
        struct choice *choice = &choices[count++];
        snprintf(choice->symbol, sizeof choice->symbol, "%s",
                 lilv_node_as_string(lilv_port_get_symbol(plugin, port)));
        choice->first = least[i];
        choice->last = most[i];
    }
    free(least);
    free(most);
    return count;
}

static void connect_audio(struct subject *subject, uint32_t port) {
    subject->audio[port] = allocate(subject->block, sizeof(float));
    lilv_instance_connect_port(subject->instance, port, subject->audio[port]);
    if (subject->is_input[port] && subject->inputs < CHANNELS)
        subject->input[subject->inputs++] = port;
    if (!subject->is_input[port] && subject->outputs < CHANNELS)
        subject->output[subject->outputs++] = port;
}

static void connect_ports(struct subject *subject) {
    for (uint32_t i = 0; i < subject->port_count; i++) {
        const LilvPort *port = lilv_plugin_get_port_by_index(subject->plugin, i);
        subject->is_input[i] = port_is(subject->plugin, port, LV2_CORE__InputPort);
        if (port_is(subject->plugin, port, LV2_CORE__ControlPort)) {
            lilv_instance_connect_port(subject->instance, i, &subject->control[i]);
        } else if (port_is(subject->plugin, port, LV2_CORE__AudioPort)) {
            connect_audio(subject, i);
        } else {
            struct atom_port *atom = &subject->atoms[subject->atom_count++];
            *atom = (struct atom_port){allocate(1, ATOM_BYTES), subject->is_input[i]};
            lilv_instance_connect_port(subject->instance, i, atom->header);
        }
    }
}

// An empty sequence at each input, an empty chunk of all the space at each output.
static void reset_atoms(struct subject *subject) {
    for (unsigned i = 0; i < subject->atom_count; i++) {
        const struct atom_port *atom = &subject->atoms[i];
        atom->header[0] = atom->is_input ? 8 : ATOM_BYTES - 8;
        atom->header[1] = atom->is_input ? subject->sequence : 0;
        atom->header[2] = atom->header[3] = 0;
    }
}

// NULL if there is none.
static const LilvPort *port_of(const LilvPlugin *plugin, const char *symbol) {
    LilvNode *node = lilv_new_string(world, symbol);
    const LilvPort *port = lilv_plugin_get_port_by_symbol(plugin, node);
    lilv_node_free(node);
    return port;
}

bool subject_has(const struct subject *subject, const char *symbol) {
    return port_of(subject->plugin, symbol) != NULL;
}

// A number, or the label of a scale point.
static float value_of(const LilvPlugin *plugin, const LilvPort *port, const char *text) {
    char *end = NULL;
    float value = strtof(text, &end);
    bool found = *text != '\0' && *end == '\0';
    LilvScalePoints *points = found ? NULL : lilv_port_get_scale_points(plugin, port);
    LILV_FOREACH(scale_points, i, points) {
        const LilvScalePoint *point = lilv_scale_points_get(points, i);
        if (strcmp(lilv_node_as_string(lilv_scale_point_get_label(point)), text) == 0) {
            value = lilv_node_as_float(lilv_scale_point_get_value(point));
            found = true;
        }
    }
    lilv_scale_points_free(points);
    if (!found)
        die("\"%s\" is neither a number nor a choice", text);
    return value;
}

// --- Life ---

static void instantiate(struct subject *subject, double rate_hz) {
    subject->features = features_new(rate_hz, subject->block);
    const struct mallinfo2 before = mallinfo2();
    const double start_ns = now_ns();
    subject->instance =
        lilv_plugin_instantiate(subject->plugin, rate_hz, features_all(subject->features));
    subject->birth.ns = now_ns() - start_ns;
    const struct mallinfo2 after = mallinfo2();
    subject->birth.heap_bytes = after.uordblks + after.hblkhd - before.uordblks - before.hblkhd;
    if (!subject->instance)
        die("<%s> does not instantiate", lilv_node_as_uri(lilv_plugin_get_uri(subject->plugin)));
    features_attach(subject->features, subject->instance);
}

struct subject *subject_open(const char *uri, double rate_hz, uint32_t block, bool baseline) {
    struct subject *subject = allocate(1, sizeof *subject);
    subject->plugin = find_plugin(uri);
    subject->block = block;
    subject->port_count = lilv_plugin_get_num_ports(subject->plugin);
    subject->control = allocate(subject->port_count, sizeof *subject->control);
    subject->audio = allocate(subject->port_count, sizeof *subject->audio);
    subject->atoms = allocate(subject->port_count, sizeof *subject->atoms);
    subject->is_input = allocate(subject->port_count, sizeof *subject->is_input);
    subject->silence = allocate(block, sizeof *subject->silence);
    setenv("LOADLINE_KERNELS", baseline ? "baseline" : "", 1);
    instantiate(subject, rate_hz);
    lilv_plugin_get_port_ranges_float(subject->plugin, NULL, NULL, subject->control);
    for (uint32_t i = 0; i < subject->port_count; i++)
        if (isnan(subject->control[i]))
            subject->control[i] = 0;
    subject->sequence = features_urid(LV2_ATOM__Sequence);
    connect_ports(subject);
    lilv_instance_activate(subject->instance);
    return subject;
}

void subject_close(struct subject *subject) {
    lilv_instance_deactivate(subject->instance);
    lilv_instance_free(subject->instance);
    features_free(subject->features);
    for (uint32_t i = 0; i < subject->port_count; i++)
        free(subject->audio[i]);
    for (unsigned i = 0; i < subject->atom_count; i++)
        free(subject->atoms[i].header);
    free(subject->atoms);
    free(subject->control);
    free(subject->audio);
    free(subject->is_input);
    free(subject->silence);
    free(subject);
}

struct birth subject_birth(const struct subject *subject) {
    return subject->birth;
}

void subject_restart(struct subject *subject) {
    lilv_instance_deactivate(subject->instance);
    lilv_instance_activate(subject->instance);
}

// --- Use ---

static int set_one(struct subject *subject, char *setting) {
    const char *symbol = setting + strspn(setting, " ");
    char *value = strchr(setting, '=');
    if (!value)
        die("\"%s\" sets nothing", setting);
    *value++ = '\0';
    const LilvPort *port = port_of(subject->plugin, symbol);
    if (!port && !port_of(find_plugin(FULLEST_URI), symbol))
        die("no port \"%s\"", symbol);
    if (port)
        subject->control[lilv_port_get_index(subject->plugin, port)] =
            value_of(subject->plugin, port, value);
    return port != NULL;
}

int subject_set(struct subject *subject, const char *settings) {
    char *copy = strdup(settings);
    char *rest = NULL;
    int known = 0;
    for (char *word = strtok_r(copy, ";", &rest); word; word = strtok_r(NULL, ";", &rest))
        if (word[strspn(word, " ")] != '\0')
            known += set_one(subject, word);
    free(copy);
    return known;
}

unsigned subject_inputs(const struct subject *subject) {
    return subject->inputs;
}

void subject_listen(struct subject *subject, const float *left, const float *right) {
    const float *const heard[CHANNELS] = {left, right};
    for (unsigned i = 0; i < CHANNELS && i < subject->inputs; i++)
        lilv_instance_connect_port(
            subject->instance, subject->input[i],
            // LV2 connects inputs and outputs through one type; an input is only read.
            (void *)(uintptr_t)(heard[i] ? heard[i] : subject->silence));
}

void subject_run(struct subject *subject, uint32_t frames) {
    reset_atoms(subject);
    lilv_instance_run(subject->instance, frames);
    features_deliver(subject->features);
}

const float *subject_heard(const struct subject *subject, int channel) {
    const unsigned last = subject->outputs - 1;
    return subject->audio[subject->output[(unsigned)channel < last ? (unsigned)channel : last]];
}
