// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The chain plugin as most tests want it: a rate, a circuit in a line of text, a recording played
// through.
#ifndef LOADLINE_TESTS_CHAIN_HOST_H
#define LOADLINE_TESTS_CHAIN_HOST_H

#include "grid.h"
#include "plugin_host.h"
#include "stereo.h"

#define CHAIN_URI "urn:loadline:chain"

enum { CHAIN_LIVE, CHAIN_NORMAL, CHAIN_HIGH, CHAIN_QUALITIES };

// No line, no source impedance.
#define CHAIN_WIRE "line_type=0 source_impedance=min line_length=min "

// An ideal amplifier on an ideal wire: y = x.
#define CHAIN_IDEAL                                                                                \
    CHAIN_WIRE                                                                                     \
    "headphone=0 amplifier=0 cable=0 topology=1 match=0 output_impedance=min cable_length=min "    \
    "contact_resistance=min"

// At defaults.
struct plugin_host *chain_open(double rate_hz);
// Defaults, then the settings (plugin_host_set_all), then the quality; in force from the next run's
// first frame.
void chain_start(struct plugin_host *host, const char *settings, int quality);

// The whole of `in`; out has as many frames.
void chain_play(struct plugin_host *host, const struct stereo *in, struct stereo *out,
                uint32_t block);

#endif
