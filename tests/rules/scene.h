// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Settings that between them enter every part of any plugin: its defaults, those of a list whose
// words it knows, and each of them in every mode that a host cannot automate (the quality).
#ifndef LOADLINE_TESTS_SCENE_H
#define LOADLINE_TESTS_SCENE_H

#include "plugin_host.h"

enum { SCENES_MAX = 96 };

struct scene {
    const char *name;
    const char *settings; // as of plugin_host_set_all(); of what the plugin has no port for, too
    int mode;
};

// Opens a plugin at its defaults, repeatable: a seed is 1.
struct plugin_host *scene_open(const char *uri, double rate_hz);

size_t scenes_of(struct plugin_host *host, struct scene scenes[static SCENES_MAX]);

// Restarts the host; in force from the next run's first frame.
void scene_start(struct plugin_host *host, const struct scene *scene);
void scene_start_defaults(struct plugin_host *host);

// For the log: "name, mode 1".
const char *scene_text(const struct scene *scene);

// Controls by what they mean.
bool scene_is_seed(const struct plugin_host_port *port);
// The one that chooses the mode; NULL without one.
const struct plugin_host_port *scene_mode_port(const struct plugin_host *host);

#endif
