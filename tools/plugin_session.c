// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#define _GNU_SOURCE // realpath, strchrnul, asprintf
#include "plugin_session.h"

#include "report.h"

#include <lilv/lilv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef LOADLINE_LV2_DIR
#define LOADLINE_LV2_DIR "/usr/local/lib/lv2"
#endif

#define BUNDLE     "loadline.lv2"
#define URI_PREFIX "urn:loadline:"

struct plugin_session {
    LilvWorld *world;
    const LilvPlugin *plugin;
    LilvInstance *instance;
    bool active;
    uint32_t audio_port[AUDIO_COUNT];
    float values[PORT_COUNT];
};

// --- The bundle ---

// The bundle's directory, with a slash at its end, in a list of directories; to be freed. NULL if
// there is none.
static char *find_bundle(const char *path) {
    for (const char *next = path; *next != '\0';) {
        const char *end = strchrnul(next, ':');
        char *bundle = NULL;
        char *manifest = NULL;
        if (asprintf(&bundle, "%.*s/" BUNDLE "/", (int)(end - next), next) < 0)
            return NULL;
        const bool found =
            asprintf(&manifest, "%smanifest.ttl", bundle) >= 0 && access(manifest, R_OK) == 0;
        free(manifest);
        if (found)
            return bundle;
        free(bundle);
        next = *end == ':' ? end + 1 : end;
    }
    return NULL;
}

// The directories to look in, to be freed: LV2_PATH; without it, beside this command where both
// were built, then where both were installed, even if they were moved together, then where the
// bundle was to go.
static char *search_path(void) {
    const char *given = getenv("LV2_PATH");
    if (given && *given != '\0')
        return strdup(given);
    char *command = realpath("/proc/self/exe", NULL);
    char *slash = command ? strrchr(command, '/') : NULL;
    const int length = slash ? (int)(slash - command) : 0;
    const char *here = command ? command : "";
    char *path = NULL;
    if (asprintf(&path, "%.*s/../lv2:%.*s/../lib/lv2:" LOADLINE_LV2_DIR, length, here, length,
                 here) < 0)
        path = NULL;
    free(command);
    return path;
}

// lilv makes a URI of it, which has to be absolute.
static LilvNode *bundle_uri(LilvWorld *world, const char *bundle) {
    char *absolute = realpath(bundle, NULL);
    char *with_slash = NULL;
    LilvNode *uri = NULL;
    if (absolute && asprintf(&with_slash, "%s/", absolute) >= 0)
        uri = lilv_new_file_uri(world, NULL, with_slash);
    free(with_slash);
    free(absolute);
    return uri;
}

static bool load_bundle(struct plugin_session *session) {
    char *path = search_path();
    char *bundle = path ? find_bundle(path) : NULL;
    if (!bundle)
        report_error("no plugin " BUNDLE
                     " in %s; install it, or set LV2_PATH to the directory that holds it",
                     path ? path : "any directory");
    free(path);
    if (!bundle)
        return false;
    LilvNode *uri = bundle_uri(session->world, bundle);
    if (uri)
        lilv_world_load_bundle(session->world, uri);
    lilv_node_free(uri);
    free(bundle);
    return true;
}

static const LilvPlugin *find_plugin(LilvWorld *world, const char *name) {
    char text[64];
    snprintf(text, sizeof text, URI_PREFIX "%s", name);
    LilvNode *uri = lilv_new_uri(world, text);
    const LilvPlugin *plugin = lilv_plugins_get_by_uri(lilv_world_get_all_plugins(world), uri);
    lilv_node_free(uri);
    return plugin;
}

// --- Ports ---

static bool find_port(const struct plugin_session *session, const char *symbol, uint32_t *index) {
    LilvNode *node = lilv_new_string(session->world, symbol);
    const LilvPort *port = lilv_plugin_get_port_by_symbol(session->plugin, node);
    lilv_node_free(node);
    if (!port) {
        report_error("the plugin has no port '%s'; build plugin and command together", symbol);
        return false;
    }
    *index = lilv_port_get_index(session->plugin, port);
    return true;
}

static bool connect_controls(struct plugin_session *session, unsigned plugin_bit) {
    for (enum port_id id = 0; id < PORT_COUNT; id++) {
        uint32_t index;
        if (!(ports[id].plugins & plugin_bit))
            continue;
        if (!find_port(session, ports[id].symbol, &index))
            return false;
        lilv_instance_connect_port(session->instance, index, &session->values[id]);
    }
    return true;
}

static bool find_audio_ports(struct plugin_session *session, unsigned plugin_bit) {
    for (enum audio_id id = 0; id < AUDIO_COUNT; id++)
        if ((audios[id].plugins & plugin_bit) &&
            !find_port(session, audios[id].symbol, &session->audio_port[id]))
            return false;
    return true;
}

// --- The session ---

static bool open_session(struct plugin_session *session, const struct controls *controls,
                         double rate_hz) {
    session->world = lilv_world_new();
    if (!session->world || !load_bundle(session))
        return false;
    session->plugin = find_plugin(session->world, controls->plugin->name);
    if (!session->plugin) {
        report_error("no plugin " URI_PREFIX "%s in " BUNDLE "; build plugin and command together",
                     controls->plugin->name);
        return false;
    }
    session->instance = lilv_plugin_instantiate(session->plugin, rate_hz, NULL);
    if (!session->instance) {
        report_error(
            "the plugin does not start at %g Hz; use a rate from 8000 to 768000 Hz, and build "
            "plugin and command together",
            rate_hz);
        return false;
    }
    memcpy(session->values, controls->values, sizeof session->values);
    return find_audio_ports(session, controls->plugin->bit) &&
           connect_controls(session, controls->plugin->bit);
}

struct plugin_session *plugin_session_open(const struct controls *controls, double rate_hz) {
    struct plugin_session *session = calloc(1, sizeof *session);
    if (!session) {
        report_error("out of memory");
        return NULL;
    }
    if (open_session(session, controls, rate_hz))
        return session;
    plugin_session_close(session);
    return NULL;
}

void plugin_session_close(struct plugin_session *session) {
    if (!session)
        return;
    plugin_session_restart(session);
    if (session->instance)
        lilv_instance_free(session->instance);
    lilv_world_free(session->world);
    free(session);
}

void plugin_session_restart(struct plugin_session *session) {
    if (session->active)
        lilv_instance_deactivate(session->instance);
    session->active = false;
}

void plugin_session_run(struct plugin_session *session, float *const in[2], float *const out[2],
                        size_t frames) {
    const struct {
        enum audio_id id;
        float *data;
    } audio[] = {
        {AUDIO_IN_L, in[0]}, {AUDIO_IN_R, in[1]}, {AUDIO_OUT_L, out[0]}, {AUDIO_OUT_R, out[1]}};
    for (size_t i = 0; i < sizeof audio / sizeof *audio; i++)
        lilv_instance_connect_port(session->instance, session->audio_port[audio[i].id],
                                   audio[i].data);
    if (!session->active)
        lilv_instance_activate(session->instance);
    session->active = true;
    lilv_instance_run(session->instance, (uint32_t)frames);
}

double plugin_session_meter(const struct plugin_session *session, enum port_id id) {
    return (double)session->values[id];
}

size_t plugin_session_latency(const struct plugin_session *session) {
    return (size_t)plugin_session_meter(session, PORT_LATENCY);
}
