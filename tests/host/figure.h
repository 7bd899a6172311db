// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The figures that presets show, by name, from the running plugin as its controls stand:
//   a meter's symbol     read while a full-scale sine of 1 kHz plays in both channels
//   level                dB of the output over the input, 1 kHz
//   level_<hz>           dB at that frequency over 1 kHz
//   h2, h3               harmonics of the full-scale sine at 1 kHz, dB below it
//   noise                what comes out of silence, dB below a full-scale sine, 20 Hz to 20 kHz
#ifndef LOADLINE_TESTS_FIGURE_H
#define LOADLINE_TESTS_FIGURE_H

#include "plugin_host.h"

// The plugin "chain", "line", "stage" or "load" at 48 kHz.
struct plugin_host *figure_open(const char *plugin);
// One that holds what the bundle's preset says.
struct plugin_host *figure_open_preset(const char *plugin, const char *slug);

// Restarts the host. An unknown name is an error of the test.
double figure_measure(struct plugin_host *host, const char *name);

#endif
