// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// A small LV2 host over lilv: it drives the built shared object as any host would, knows nothing of
// the plugin's sources, and finds every port by its symbol.
//
// The bundle is searched in the directory named by the environment variable LOADLINE_BUNDLE_PATH,
// or else in the compiled-in LOADLINE_LV2_PATH (build/lv2); the path may also be the bundle itself.
// Nothing but that and the specification bundles is loaded, so other plugins on the machine do not
// matter.
//
// A wrong symbol, a missing bundle or a failed instantiation is an error of the test: a message,
// then abort().
#ifndef LOADLINE_TESTS_PLUGIN_HOST_H
#define LOADLINE_TESTS_PLUGIN_HOST_H

#include "tracks.h"

#include <lilv/lilv.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    // The longest block that one plugin_host_run() may ask for.
    PLUGIN_HOST_MAX_BLOCK = 8192,
};

enum plugin_host_features {
    PLUGIN_HOST_NO_FEATURES,
    PLUGIN_HOST_URID_MAP,
    PLUGIN_HOST_ALL_FEATURES, // host_features.h
};

struct plugin_host;

// Instantiates the plugin. Every control port holds its default from the Turtle, every audio port
// silence in a buffer of the host's own, every optional atom port NULL. The instance is not active
// yet.
struct plugin_host *plugin_host_open(const char *uri, double rate_hz,
                                     enum plugin_host_features features);
void plugin_host_close(struct plugin_host *host);

// What lilv knows, for tests of the description. The world lives until exit.
LilvWorld *plugin_host_world(void);
const LilvPlugin *plugin_host_plugin(const char *uri);
LilvInstance *plugin_host_instance(struct plugin_host *host);
double plugin_host_rate_hz(const struct plugin_host *host);

// Every plugin of the bundle, in the order of lilv, which is that of the URIs.
size_t plugin_host_plugin_count(void);
const char *plugin_host_plugin_uri(size_t index);

// How many audio ports there are of a direction, and the n-th of them.
unsigned plugin_host_audio_count(const struct plugin_host *host, bool input);
uint32_t plugin_host_audio_port(const struct plugin_host *host, bool input, unsigned number);

// What the Turtle says of a port.
struct plugin_host_port {
    uint32_t index;
    const char *symbol;
    const char *designation; // a URI, or ""
    bool audio, control, input;
    bool optional;   // need not be connected
    bool side_chain; // no part of the main way through
    // Of controls.
    bool logarithmic, whole, choice, trigger;
    bool fixed; // not for automation
    double minimum, preset, maximum;
};

uint32_t plugin_host_port_count(const struct plugin_host *host);
const struct plugin_host_port *plugin_host_port(const struct plugin_host *host, uint32_t index);
// The control with that designation, a URI; NULL without one.
const struct plugin_host_port *plugin_host_designated(const struct plugin_host *host,
                                                      const char *designation);

// Control ports, inputs and outputs alike.
bool plugin_host_has_port(const struct plugin_host *host, const char *symbol);
void plugin_host_set(struct plugin_host *host, const char *symbol, double value);
void plugin_host_set_to_minimum(struct plugin_host *host, const char *symbol);
void plugin_host_set_to_maximum(struct plugin_host *host, const char *symbol);
// Sets several at once: "symbol=value symbol=value", where a value is a number, min or max.
void plugin_host_set_all(struct plugin_host *host, const char *settings);
double plugin_host_get(const struct plugin_host *host, const char *symbol);
double plugin_host_scale_point(const struct plugin_host *host, const char *symbol,
                               const char *label);
// As a host does with a preset of the bundle.
void plugin_host_load_preset(struct plugin_host *host, const char *uri);
// Puts every control input back to its default.
void plugin_host_set_defaults(struct plugin_host *host);

// Connects a port to memory of the test; NULL connects nothing at all. It stays so until
// plugin_host_reconnect().
void plugin_host_connect(struct plugin_host *host, const char *symbol, void *data);
void plugin_host_connect_port(struct plugin_host *host, uint32_t index, void *data);
// Connects every port to the host's own memory again.
void plugin_host_reconnect(struct plugin_host *host);

// Runs one block over what is connected; activates first where needed.
void plugin_host_run(struct plugin_host *host, uint32_t frames);
// Deactivates: the next run starts from scratch, and controls set until then apply at once.
void plugin_host_restart(struct plugin_host *host);

// Connects the audio inputs along the channels of `in` and the outputs along those of `out`, in the
// order of the Turtle, and runs `frames` from frame `from` on, block by block. A channel that is
// NULL is the host's own buffer: silence, or nowhere. So is the rest afterwards.
void plugin_host_play(struct plugin_host *host, const struct tracks *in, const struct tracks *out,
                      size_t from, size_t frames, uint32_t block);
// The same for a plugin with two inputs and two outputs, from frame 0 on.
void plugin_host_render(struct plugin_host *host, const float *in_l, const float *in_r,
                        float *out_l, float *out_r, size_t frames, uint32_t block);

// The reported latency, as the last run left it.
uint32_t plugin_host_latency(const struct plugin_host *host);

#endif
