// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The control ports of all plugins, as ports.def declares them, and the way from their values to
// the SI parameters of common/. Nothing here knows LV2. All of it is real-time safe.
#ifndef LOADLINE_PORTS_H
#define LOADLINE_PORTS_H

#include "params.h"

#include <stdbool.h>
#include <stddef.h>

enum port_id {
#define PORT(plugins, id, ...) PORT_##id,
#include "ports.def"
    PORT_COUNT
};

enum audio_id {
#define AUDIO(plugins, id, ...) AUDIO_##id,
#include "ports.def"
    AUDIO_COUNT
};

// Every plugin and the end of its URI; first those that are a circuit.
#define CIRCUIT_LIST(X)                                                                            \
    X(CHAIN, "chain")                                                                              \
    X(LINE, "line")                                                                                \
    X(STAGE, "stage")                                                                              \
    X(LOAD, "load")
#define PLUGIN_LIST(X)                                                                             \
    CIRCUIT_LIST(X)                                                                                \
    X(ABX, "abx")

enum plugin_index {
#define PLUGIN_INDEX(id, name) PLUGIN_INDEX_##id,
    PLUGIN_LIST(PLUGIN_INDEX)
#undef PLUGIN_INDEX
        PLUGIN_COUNT
};

// Bits of the first column of ports.def.
enum plugin_bit {
#define PLUGIN_BIT(id, name) PLUGIN_##id = 1 << PLUGIN_INDEX_##id,
    PLUGIN_LIST(PLUGIN_BIT)
#undef PLUGIN_BIT
};

struct plugin_name {
    const char *name;
    enum plugin_bit bit;
};

extern const struct plugin_name plugin_names[PLUGIN_COUNT];

enum port_scale {
    SCALE_LINEAR,
    SCALE_LOG,
    SCALE_LOG_ZERO, // the minimum reads as exactly zero
    SCALE_LOG_OFF,  // the maximum reads as no limit
    SCALE_TOGGLE,
    SCALE_TRIGGER,
    SCALE_INTEGER,
    SCALE_CHOICE,
    SCALE_METER, // an output
    SCALE_METER_TOGGLE,
};

enum port_choices {
    CHOICES_NONE,
    CHOICES_HEADPHONES,
    CHOICES_AMPLIFIERS,
    CHOICES_CABLES,
    CHOICES_ENVIRONMENTS,
    CHOICES_LINE_TYPES,
    CHOICES_MAINS,
    CHOICES_QUALITIES,
    CHOICES_SELECTIONS,
    CHOICES_TOPOLOGIES,
};

// What the row of a device selector means; further rows are the devices of the table.
enum { DEVICE_CUSTOM = 0, CABLE_OWN = 1 };

enum selection { SELECT_A, SELECT_B, SELECT_X };

// name, symbol, and the unit of the same meaning in LV2's vocabulary, if it has one
#define UNIT_LIST(X)                                                                               \
    X(NONE, "", "", NULL)                                                                          \
    X(FRAME, "frame", "frames", "frame")                                                           \
    X(PERCENT, "percent", "%", "pc")                                                               \
    X(DB, "decibel", "dB", "db")                                                                   \
    X(DB_SPL, "decibel sound pressure level", "dB SPL", NULL)                                      \
    X(DBA_SPL, "decibel sound pressure level, A-weighted", "dBA", NULL)                            \
    X(DB_SPL_PER_VOLT, "decibel sound pressure level at one volt RMS", "dB SPL/V", NULL)           \
    X(HERTZ, "hertz", "Hz", "hz")                                                                  \
    X(METRE, "metre", "m", "m")                                                                    \
    X(VOLT_RMS, "volt RMS", "V rms", NULL)                                                         \
    X(VOLT_PEAK, "volt peak", "V peak", NULL)                                                      \
    X(MILLIVOLT, "millivolt", "mV", NULL)                                                          \
    X(MILLIVOLT_RMS, "millivolt RMS", "mV rms", NULL)                                              \
    X(MILLIVOLT_RMS_PER_METRE, "millivolt RMS per metre", "mV rms/m", NULL)                        \
    X(MICROVOLT_RMS, "microvolt RMS", "µV rms", NULL)                                              \
    X(VOLT_PER_MICROSECOND, "volt per microsecond", "V/µs", NULL)                                  \
    X(MILLIAMPERE_PEAK, "milliampere peak", "mA peak", NULL)                                       \
    X(MILLIWATT, "milliwatt", "mW", NULL)                                                          \
    X(OHM, "ohm", "Ω", NULL)                                                                       \
    X(KILOOHM, "kiloohm", "kΩ", NULL)                                                              \
    X(MILLIOHM, "milliohm", "mΩ", NULL)                                                            \
    X(MILLIOHM_PER_METRE, "milliohm per metre", "mΩ/m", NULL)                                      \
    X(HENRY, "henry", "H", NULL)                                                                   \
    X(MILLIHENRY, "millihenry", "mH", NULL)                                                        \
    X(MICROHENRY, "microhenry", "µH", NULL)                                                        \
    X(MICROHENRY_PER_METRE, "microhenry per metre", "µH/m", NULL)                                  \
    X(MICROFARAD, "microfarad", "µF", NULL)                                                        \
    X(PICOFARAD_PER_METRE, "picofarad per metre", "pF/m", NULL)

enum port_unit {
#define UNIT_ENUMERATOR(id, name, symbol, lv2) UNIT_##id,
    UNIT_LIST(UNIT_ENUMERATOR)
#undef UNIT_ENUMERATOR
        UNIT_COUNT
};

struct unit {
    const char *name, *symbol;
    const char *lv2; // the end of its URI in LV2's vocabulary, or NULL
};

struct port {
    const char *symbol, *name, *short_name, *comment;
    enum port_unit unit;
    enum port_scale scale;
    enum port_choices choices;
    double minimum, fallback;
    double maximum; // of a choice: ask port_maximum()
    double si;      // what one unit of the port is in SI
    int field;      // offset in struct chain_params, or NO_FIELD
    unsigned plugins;
};

enum { NO_FIELD = -1 };

extern const struct unit units[UNIT_COUNT];
extern const struct port ports[PORT_COUNT];

// What hosts know of an audio port.
struct audio {
    const char *symbol, *name, *short_name;
    const char *direction; // "Input" or "Output"
    const char *group, *side;
    unsigned plugins;
};

extern const struct audio audios[AUDIO_COUNT];

// A plugin's ports: its audio ports, then its control ports. An index is that of the plugin's
// Turtle.
struct port_layout {
    unsigned audio_count, control_count;
    enum audio_id audio[AUDIO_COUNT];
    enum port_id control[PORT_COUNT];
    unsigned input_count; // of the control ports, in their order
    enum port_id input[PORT_COUNT];
};

void ports_layout(unsigned plugin, struct port_layout *layout);
// The port of one of the plugins; PORT_COUNT if there is none.
enum port_id port_find(unsigned plugins, const char *symbol);
bool port_is_output(enum port_id id);
double port_maximum(enum port_id id);
// NaN and infinity become the default; choices, toggles and integers round to nearest.
double port_clamp(enum port_id id, double value);

// The choices of a port, numbered from 0; other ports have none.
unsigned port_choice_count(enum port_id id);
const char *port_choice_label(enum port_id id, unsigned choice);
// -1 if there is none.
int port_choice_find(enum port_id id, const char *label);

// Clamps, lets the named devices set what they own, and converts to SI. What the plugin has no port
// for is ideal: it does nothing.
void ports_to_params(enum plugin_bit plugin, const float values[PORT_COUNT],
                     struct chain_params *params);

#endif
