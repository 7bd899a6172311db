// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#define _XOPEN_SOURCE 700 // realpath
#include "plugin_host.h"

#include "die.h"
#include "host_features.h"

#include <dirent.h>
#include <lv2/atom/atom.h>
#include <lv2/core/lv2.h>
#include <lv2/port-props/port-props.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#ifndef LOADLINE_LV2_PATH
#define LOADLINE_LV2_PATH "build/lv2"
#endif

#define SPECIFICATION_PATH "/usr/lib/lv2"

enum { MAX_PATH = 4096 };

struct host_port {
    struct plugin_host_port about;
    const LilvPort *port;
    char *designation;
    float value;
    float *buffer;
};

// Of one direction.
struct audio_ports {
    unsigned count;
    uint32_t index[TRACKS_MAX];
};

struct plugin_host {
    const LilvPlugin *plugin;
    LilvInstance *instance;
    struct features *features; // NULL unless all are offered
    double rate_hz;
    uint32_t port_count;
    struct host_port *ports;
    struct audio_ports audio[2]; // outputs, inputs
    bool active;
};

static LilvWorld *world;

// --- The world ---

static void join_path(char path[static MAX_PATH], const char *directory, const char *name) {
    const int length = snprintf(path, MAX_PATH, "%s/%s", directory, name);
    if (length < 0 || length >= MAX_PATH)
        die("path too long: %s", directory);
}

static bool is_bundle(const char *directory) {
    char manifest[MAX_PATH];
    struct stat status;
    join_path(manifest, directory, "manifest.ttl");
    return stat(manifest, &status) == 0;
}

static void load_bundle(const char *directory) {
    char with_slash[MAX_PATH];
    // lilv takes a bundle only with the slash at its end.
    join_path(with_slash, directory, "");
    LilvNode *uri = lilv_new_file_uri(world, NULL, with_slash);
    if (!uri)
        die("no URI for %s", directory);
    lilv_world_load_bundle(world, uri);
    lilv_node_free(uri);
}

// Only the specifications: a manifest of another plugin under the same path stays unread.
static void load_specifications(void) {
    static const char *const names[] = {
        "atom.lv2",    "buf-size.lv2",    "core.lv2",    "log.lv2",         "midi.lv2",
        "options.lv2", "parameters.lv2",  "patch.lv2",   "port-groups.lv2", "port-props.lv2",
        "presets.lv2", "resize-port.lv2", "schemas.lv2", "state.lv2",       "time.lv2",
        "ui.lv2",      "units.lv2",       "urid.lv2",    "worker.lv2",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[MAX_PATH];
        join_path(path, SPECIFICATION_PATH, names[i]);
        if (is_bundle(path))
            load_bundle(path);
    }
    lilv_world_load_specifications(world);
    lilv_world_load_plugin_classes(world);
}

static size_t load_bundles_in(const char *directory) {
    DIR *stream = opendir(directory);
    if (!stream)
        die("no directory %s: build first, or set LOADLINE_BUNDLE_PATH", directory);
    size_t found = 0;
    for (struct dirent *entry; (entry = readdir(stream));) {
        char path[MAX_PATH];
        join_path(path, directory, entry->d_name);
        if (entry->d_name[0] == '.' || !is_bundle(path))
            continue;
        load_bundle(path);
        found++;
    }
    closedir(stream);
    return found;
}

static void free_world(void) {
    lilv_world_free(world);
    world = NULL;
}

LilvWorld *plugin_host_world(void) {
    if (world)
        return world;
    const char *given = getenv("LOADLINE_BUNDLE_PATH");
    char path[MAX_PATH];
    // Absolute, because lilv makes URIs of it.
    if (!realpath(given ? given : LOADLINE_LV2_PATH, path))
        die("no directory %s: build first, or set LOADLINE_BUNDLE_PATH",
            given ? given : LOADLINE_LV2_PATH);
    world = lilv_world_new();
    atexit(free_world);
    load_specifications();
    if (is_bundle(path))
        load_bundle(path);
    else if (load_bundles_in(path) == 0)
        die("no bundle in %s", path);
    return world;
}

size_t plugin_host_plugin_count(void) {
    return lilv_plugins_size(lilv_world_get_all_plugins(plugin_host_world()));
}

const char *plugin_host_plugin_uri(size_t index) {
    const LilvPlugins *plugins = lilv_world_get_all_plugins(plugin_host_world());
    LILV_FOREACH(plugins, i, plugins)
    if (index-- == 0)
        return lilv_node_as_uri(lilv_plugin_get_uri(lilv_plugins_get(plugins, i)));
    die("the bundle has not that many plugins");
}

const LilvPlugin *plugin_host_plugin(const char *uri) {
    LilvNode *node = lilv_new_uri(plugin_host_world(), uri);
    const LilvPlugin *plugin =
        lilv_plugins_get_by_uri(lilv_world_get_all_plugins(plugin_host_world()), node);
    lilv_node_free(node);
    if (!plugin)
        die("no plugin <%s> in the bundle", uri);
    return plugin;
}

// --- Ports ---

static bool port_is(const LilvPlugin *plugin, const LilvPort *port, const char *class_uri) {
    LilvNode *node = lilv_new_uri(world, class_uri);
    bool is = lilv_port_is_a(plugin, port, node);
    lilv_node_free(node);
    return is;
}

static bool port_has(const LilvPlugin *plugin, const LilvPort *port, const char *property) {
    LilvNode *node = lilv_new_uri(world, property);
    bool has = lilv_port_has_property(plugin, port, node);
    lilv_node_free(node);
    return has;
}

static char *port_designation(const LilvPlugin *plugin, const LilvPort *port) {
    LilvNode *property = lilv_new_uri(world, LV2_CORE__designation);
    LilvNode *node = lilv_port_get(plugin, port, property);
    char *designation = strdup(node ? lilv_node_as_string(node) : "");
    if (!designation)
        die("out of memory");
    lilv_node_free(node);
    lilv_node_free(property);
    return designation;
}

static double take_number(LilvNode *node) {
    double number = node ? lilv_node_as_float(node) : (double)NAN;
    lilv_node_free(node);
    return number;
}

static void read_control(const LilvPlugin *plugin, const LilvPort *port,
                         struct plugin_host_port *about) {
    LilvNode *minimum = NULL;
    LilvNode *preset = NULL;
    LilvNode *maximum = NULL;
    lilv_port_get_range(plugin, port, &preset, &minimum, &maximum);
    about->minimum = take_number(minimum);
    about->preset = take_number(preset);
    about->maximum = take_number(maximum);
    about->logarithmic = port_has(plugin, port, LV2_PORT_PROPS__logarithmic);
    about->choice = port_has(plugin, port, LV2_CORE__enumeration);
    about->whole = about->choice || port_has(plugin, port, LV2_CORE__integer) ||
                   port_has(plugin, port, LV2_CORE__toggled);
    about->trigger = port_has(plugin, port, LV2_PORT_PROPS__trigger);
    about->fixed = port_has(plugin, port, LV2_PORT_PROPS__notAutomatic);
}

static struct host_port *find_port(const struct plugin_host *host, const char *symbol) {
    for (uint32_t i = 0; i < host->port_count; i++)
        if (strcmp(host->ports[i].about.symbol, symbol) == 0)
            return &host->ports[i];
    return NULL;
}

static struct host_port *require_port(const struct plugin_host *host, const char *symbol) {
    struct host_port *port = find_port(host, symbol);
    if (!port)
        die("<%s> has no port \"%s\"", lilv_node_as_uri(lilv_plugin_get_uri(host->plugin)), symbol);
    return port;
}

static struct host_port *require_control(const struct plugin_host *host, const char *symbol) {
    struct host_port *port = require_port(host, symbol);
    if (!port->about.control)
        die("port \"%s\" is no control port", symbol);
    return port;
}

static struct host_port *require_input(const struct plugin_host *host, const char *symbol) {
    struct host_port *port = require_control(host, symbol);
    if (!port->about.input)
        die("port \"%s\" is no input", symbol);
    return port;
}

static void open_port(struct plugin_host *host, uint32_t index) {
    struct host_port *port = &host->ports[index];
    const LilvPlugin *plugin = host->plugin;
    port->port = lilv_plugin_get_port_by_index(plugin, index);
    port->designation = port_designation(plugin, port->port);
    port->about = (struct plugin_host_port){
        .index = index,
        .symbol = lilv_node_as_string(lilv_port_get_symbol(plugin, port->port)),
        .designation = port->designation,
        .audio = port_is(plugin, port->port, LV2_CORE__AudioPort),
        .control = port_is(plugin, port->port, LV2_CORE__ControlPort),
        .input = port_is(plugin, port->port, LV2_CORE__InputPort),
        .optional = port_has(plugin, port->port, LV2_CORE__connectionOptional),
        .side_chain = port_has(plugin, port->port, LV2_CORE_PREFIX "isSideChain"),
    };
    if (port->about.control)
        read_control(plugin, port->port, &port->about);
    if (!port->about.audio)
        return;
    struct audio_ports *audio = &host->audio[port->about.input];
    if (audio->count == TRACKS_MAX)
        die("more than %d audio ports of one direction", TRACKS_MAX);
    audio->index[audio->count++] = index;
    port->buffer = allocate(PLUGIN_HOST_MAX_BLOCK, sizeof *port->buffer);
}

unsigned plugin_host_audio_count(const struct plugin_host *host, bool input) {
    return host->audio[input].count;
}

uint32_t plugin_host_audio_port(const struct plugin_host *host, bool input, unsigned number) {
    return host->audio[input].index[number];
}

uint32_t plugin_host_port_count(const struct plugin_host *host) {
    return host->port_count;
}

const struct plugin_host_port *plugin_host_port(const struct plugin_host *host, uint32_t index) {
    if (index >= host->port_count)
        die("<%s> has no port %u", lilv_node_as_uri(lilv_plugin_get_uri(host->plugin)), index);
    return &host->ports[index].about;
}

const struct plugin_host_port *plugin_host_designated(const struct plugin_host *host,
                                                      const char *designation) {
    for (uint32_t i = 0; i < host->port_count; i++)
        if (host->ports[i].about.control && strcmp(host->ports[i].designation, designation) == 0)
            return &host->ports[i].about;
    return NULL;
}

static void *own_memory(struct host_port *port) {
    if (port->about.control)
        return &port->value;
    return port->buffer; // NULL for anything but audio: atom ports have to be optional
}

void plugin_host_reconnect(struct plugin_host *host) {
    for (uint32_t i = 0; i < host->port_count; i++)
        lilv_instance_connect_port(host->instance, i, own_memory(&host->ports[i]));
}

void plugin_host_connect_port(struct plugin_host *host, uint32_t index, void *data) {
    lilv_instance_connect_port(host->instance, index, data);
}

void plugin_host_connect(struct plugin_host *host, const char *symbol, void *data) {
    plugin_host_connect_port(host, require_port(host, symbol)->about.index, data);
}

// --- The instance ---

static const LV2_Feature *const *offer(struct plugin_host *host,
                                       enum plugin_host_features features) {
    static const LV2_Feature *const none[] = {NULL};
    switch (features) {
    case PLUGIN_HOST_URID_MAP:
        return features_urid_map();
    case PLUGIN_HOST_ALL_FEATURES:
        host->features = features_new(host->rate_hz, PLUGIN_HOST_MAX_BLOCK);
        return features_all(host->features);
    case PLUGIN_HOST_NO_FEATURES:
        break;
    }
    return none;
}

struct plugin_host *plugin_host_open(const char *uri, double rate_hz,
                                     enum plugin_host_features features) {
    struct plugin_host *host = allocate(1, sizeof *host);
    host->plugin = plugin_host_plugin(uri);
    host->rate_hz = rate_hz;
    host->instance = lilv_plugin_instantiate(host->plugin, rate_hz, offer(host, features));
    if (!host->instance)
        die("<%s> does not instantiate at %g Hz", uri, rate_hz);
    if (host->features)
        features_attach(host->features, host->instance);
    host->port_count = lilv_plugin_get_num_ports(host->plugin);
    host->ports = allocate(host->port_count, sizeof *host->ports);
    for (uint32_t i = 0; i < host->port_count; i++)
        open_port(host, i);
    plugin_host_set_defaults(host);
    plugin_host_reconnect(host);
    return host;
}

void plugin_host_close(struct plugin_host *host) {
    if (!host)
        return;
    plugin_host_restart(host);
    lilv_instance_free(host->instance);
    features_free(host->features);
    for (uint32_t i = 0; i < host->port_count; i++) {
        free(host->ports[i].designation);
        free(host->ports[i].buffer);
    }
    free(host->ports);
    free(host);
}

LilvInstance *plugin_host_instance(struct plugin_host *host) {
    return host->instance;
}

double plugin_host_rate_hz(const struct plugin_host *host) {
    return host->rate_hz;
}

// --- Controls ---

static void set_checked(struct host_port *port, double value) {
    if (isnan(value))
        die("the Turtle states no such value for \"%s\"", port->about.symbol);
    port->value = (float)value;
}

bool plugin_host_has_port(const struct plugin_host *host, const char *symbol) {
    return find_port(host, symbol) != NULL;
}

// A test may well set infinities and NaN; only the values of the Turtle are checked.
void plugin_host_set(struct plugin_host *host, const char *symbol, double value) {
    require_input(host, symbol)->value = (float)value;
}

void plugin_host_set_to_minimum(struct plugin_host *host, const char *symbol) {
    struct host_port *port = require_input(host, symbol);
    set_checked(port, port->about.minimum);
}

void plugin_host_set_to_maximum(struct plugin_host *host, const char *symbol) {
    struct host_port *port = require_input(host, symbol);
    set_checked(port, port->about.maximum);
}

void plugin_host_set_defaults(struct plugin_host *host) {
    for (uint32_t i = 0; i < host->port_count; i++)
        if (host->ports[i].about.control && host->ports[i].about.input)
            set_checked(&host->ports[i], host->ports[i].about.preset);
}

static void set_word(struct plugin_host *host, char *word) {
    char *value = strchr(word, '=');
    if (!value)
        die("\"%s\" sets nothing", word);
    *value++ = '\0';
    char *end = NULL;
    const double number = strtod(value, &end);
    if (strcmp(value, "min") == 0)
        plugin_host_set_to_minimum(host, word);
    else if (strcmp(value, "max") == 0)
        plugin_host_set_to_maximum(host, word);
    else if (end == value || *end != '\0')
        die("\"%s\" is no number for \"%s\"", value, word);
    else
        plugin_host_set(host, word, number);
}

void plugin_host_set_all(struct plugin_host *host, const char *settings) {
    char *copy = strdup(settings);
    if (!copy)
        die("out of memory");
    char *rest = NULL;
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        set_word(host, word);
    free(copy);
}

static void set_from_preset(const char *symbol, void *host, const void *value, uint32_t size,
                            uint32_t type) {
    float number = (float)NAN;
    if (type != features_urid(LV2_ATOM__Float) || size != sizeof number)
        die("the preset's value for \"%s\" is no float", symbol);
    memcpy(&number, value, sizeof number);
    plugin_host_set(host, symbol, (double)number);
}

void plugin_host_load_preset(struct plugin_host *host, const char *uri) {
    LilvNode *preset = lilv_new_uri(plugin_host_world(), uri);
    if (lilv_world_load_resource(plugin_host_world(), preset) < 0)
        die("no preset <%s>", uri);
    LilvState *state = lilv_state_new_from_world(plugin_host_world(), features_map(), preset);
    if (!state)
        die("<%s> is no preset", uri);
    lilv_state_emit_port_values(state, set_from_preset, host);
    lilv_state_free(state);
    lilv_node_free(preset);
}

double plugin_host_get(const struct plugin_host *host, const char *symbol) {
    return require_control(host, symbol)->value;
}

double plugin_host_scale_point(const struct plugin_host *host, const char *symbol,
                               const char *label) {
    const struct host_port *port = require_control(host, symbol);
    LilvScalePoints *points = lilv_port_get_scale_points(host->plugin, port->port);
    double value = (double)NAN;
    LILV_FOREACH(scale_points, i, points) {
        const LilvScalePoint *point = lilv_scale_points_get(points, i);
        if (strcmp(lilv_node_as_string(lilv_scale_point_get_label(point)), label) == 0)
            value = lilv_node_as_float(lilv_scale_point_get_value(point));
    }
    lilv_scale_points_free(points);
    if (isnan(value))
        die("port \"%s\" has no scale point \"%s\"", symbol, label);
    return value;
}

uint32_t plugin_host_latency(const struct plugin_host *host) {
    return (uint32_t)lround(plugin_host_get(host, "latency"));
}

// --- Running ---

void plugin_host_run(struct plugin_host *host, uint32_t frames) {
    if (frames > PLUGIN_HOST_MAX_BLOCK)
        die("a block of %u frames is longer than %d", frames, PLUGIN_HOST_MAX_BLOCK);
    if (!host->active)
        lilv_instance_activate(host->instance);
    host->active = true;
    lilv_instance_run(host->instance, frames);
    if (host->features)
        features_deliver(host->features);
}

void plugin_host_restart(struct plugin_host *host) {
    if (host->active)
        lilv_instance_deactivate(host->instance);
    host->active = false;
}

// Channels of tracks, or of nothing, from a frame on.
static void connect_along(struct plugin_host *host, bool input, const struct tracks *along,
                          size_t from) {
    const struct audio_ports *audio = &host->audio[input];
    for (unsigned n = 0; n < audio->count; n++) {
        float *channel = along && n < along->channels ? along->channel[n] : NULL;
        plugin_host_connect_port(host, audio->index[n],
                                 channel ? channel + from : host->ports[audio->index[n]].buffer);
    }
}

void plugin_host_play(struct plugin_host *host, const struct tracks *in, const struct tracks *out,
                      size_t from, size_t frames, uint32_t block) {
    if (block == 0)
        die("a block of no frames never ends");
    for (size_t done = 0; done < frames;) {
        const size_t rest = frames - done;
        const uint32_t count = rest < block ? (uint32_t)rest : block;
        connect_along(host, true, in, from + done);
        connect_along(host, false, out, from + done);
        plugin_host_run(host, count);
        done += count;
    }
    connect_along(host, true, NULL, 0);
    connect_along(host, false, NULL, 0);
}

void plugin_host_render(struct plugin_host *host, const float *in_l, const float *in_r,
                        float *out_l, float *out_r, size_t frames, uint32_t block) {
    // LV2 connects inputs and outputs through one type; an input is only read.
    const struct tracks in = {2, frames, {(float *)(uintptr_t)in_l, (float *)(uintptr_t)in_r}};
    struct tracks out = {.channels = 2, .frames = frames};
    out.channel[0] = out_l;
    out.channel[1] = out_r;
    plugin_host_play(host, &in, &out, 0, frames, block);
}
