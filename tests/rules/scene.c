// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "scene.h"

#include "die.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_BYTES = 64 };

static const struct scene list[] = {
    {"defaults", ""},
    {"ideal", "line_type=0 source_impedance=min line_length=min topology=1 match=0 cable=0 "
              "output_impedance=min cable_length=min contact_resistance=min"},
    {"shared return", "ground_resistance=200 shared_length=1 output_impedance=10"},
    {"clipping", "rail=1.2 knee=10"},
    {"current limit", "current_limit=5 resistance=32 load_resistance=32"},
    {"current limit, shared return", "current_limit=5 ground_resistance=1000 resistance=32"},
    {"sag", "supply_resistance=10 supply_capacitance=200 rail=3 resistance=32 load_resistance=32"},
    {"bridge", "topology=2 rail=1.2 leg_mismatch=2"},
    {"bridge, limited, sagging",
     "topology=2 current_limit=20 supply_resistance=2 supply_capacitance=100 rail=2 resistance=16 "
     "load_resistance=16"},
    {"transformer", "topology=3 output_impedance=100 magnetizing_inductance=0.2"},
    {"distortion", "second_harmonic=-50 third_harmonic=-60 crossover=5 slew_rate=0.05 rail=3"},
    {"noise", "stage_noise=200 noise_corner=1000 source_noise=100 gain=6"},
    {"balanced line", "line_type=1 source_imbalance=20 line_length=50 receiver_impedance=2"},
    {"impedance-balanced line", "line_type=2 receiver_cmrr=20 line_capacitance=1000"},
    {"transformer line", "line_type=3 source_impedance=2000"},
    {"interference",
     "ground_loop=300 usb=30 hum=30 dimmer=10 fluorescent=10 motor=10 gsm=10 radio=10 mains=1"},
    {"resonances", "output_impedance=100 peak1_rise=200 peak2_rise=100 peak3_rise=50 "
                   "semi_impedance=50 inductance=1"},
    {"second of two", "select=1 align=1"},
    {"unknown of two", "select=2"},
};

bool scene_is_seed(const struct plugin_host_port *port) {
    return strcmp(port->symbol, "seed") == 0;
}

struct plugin_host *scene_open(const char *uri, double rate_hz) {
    struct plugin_host *host = plugin_host_open(uri, rate_hz, PLUGIN_HOST_URID_MAP);
    scene_start_defaults(host);
    return host;
}

const struct plugin_host_port *scene_mode_port(const struct plugin_host *host) {
    for (uint32_t i = 0; i < plugin_host_port_count(host); i++)
        if (plugin_host_port(host, i)->fixed && plugin_host_port(host, i)->choice)
            return plugin_host_port(host, i);
    return NULL;
}

// Counts the words that the plugin has a control for, and sets them if asked to.
static size_t take_words(struct plugin_host *host, const char *settings, bool set) {
    size_t known = 0;
    char *copy = strdup(settings);
    if (!copy)
        die("out of memory");
    char *rest = NULL;
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        char symbol[NAME_MAX_BYTES];
        snprintf(symbol, sizeof symbol, "%.*s", (int)strcspn(word, "="), word);
        if (!plugin_host_has_port(host, symbol))
            continue;
        known++;
        if (set)
            plugin_host_set_all(host, word);
    }
    free(copy);
    return known;
}

size_t scenes_of(struct plugin_host *host, struct scene scenes[static SCENES_MAX]) {
    const struct plugin_host_port *mode_port = scene_mode_port(host);
    const int modes = mode_port ? 1 + (int)mode_port->maximum : 1;
    size_t count = 0;
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        if (i > 0 && take_words(host, list[i].settings, false) == 0)
            continue;
        for (int mode = 0; mode < modes; mode++) {
            if (count == SCENES_MAX)
                die("more than %d scenes", SCENES_MAX);
            scenes[count] = list[i];
            scenes[count++].mode = mode;
        }
    }
    return count;
}

void scene_start_defaults(struct plugin_host *host) {
    plugin_host_restart(host);
    plugin_host_set_defaults(host);
    if (plugin_host_has_port(host, "seed"))
        plugin_host_set(host, "seed", 1);
}

void scene_start(struct plugin_host *host, const struct scene *scene) {
    scene_start_defaults(host);
    take_words(host, scene->settings, true);
    if (scene_mode_port(host))
        plugin_host_set(host, scene_mode_port(host)->symbol, scene->mode);
}

const char *scene_text(const struct scene *scene) {
    static char text[NAME_MAX_BYTES];
    snprintf(text, sizeof text, "%s, mode %d", scene->name, scene->mode);
    return text;
}
