// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Control values from the command line: --preset and --set, which several sub-commands share.
#ifndef LOADLINE_CONTROLS_H
#define LOADLINE_CONTROLS_H

#include "ports.h"

#include <argp.h>
#include <stdbool.h>
#include <stdio.h>

enum control_origin { CONTROL_DEFAULT, CONTROL_PRESET, CONTROL_SETTING };

struct controls {
    const struct plugin_name *plugin;
    bool plugin_given; // else a preset chooses it
    float values[PORT_COUNT];
    enum control_origin origin[PORT_COUNT];

    // In the order given; applied after the whole command line is read, the preset first.
    const char *preset;
    const char **settings;
    unsigned setting_count;
};

// Every control at its default, of the chain plugin.
void controls_init(struct controls *controls);

// A child parser: its input is a struct controls. It ends the process on what it cannot understand.
extern const struct argp controls_argp;
// For a command with no other child.
extern const struct argp_child controls_children[];

// Goes on with more settings, as --set takes them, among which preset=NAME may be. Ends the process
// on what it cannot understand; the message begins with `where`.
void controls_apply(struct controls *controls, const char *where, const char *settings);

// The preset and the settings, as one would write them; nothing if all is default.
void controls_describe(const struct controls *controls, FILE *file);

// Settings for people: the names of what is chosen, other controls with name, value and unit. They
// have to be applied already. To be freed; NULL when memory is short.
char *controls_label(const struct controls *controls, const char *settings);

// Clamped, devices applied, in SI.
struct chain_params controls_params(const struct controls *controls);

// Has noise repeat at each activation of the plugin.
void controls_fix_seed(struct controls *controls);

// Peak of a full-scale sine behind the amplifier's gain, in volts: at the driver, what an output
// sample of 1 stands for without level match.
double controls_full_scale_v(const struct controls *controls);

// Says on stderr that what is analysed is the circuit, bypassed or not.
void controls_note_bypass(const struct controls *controls);

// The label of a choice that is set, such as the headphone's name.
const char *controls_choice(const struct controls *controls, enum port_id id);

#endif
