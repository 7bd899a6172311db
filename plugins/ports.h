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

// Bits of the first column.
enum plugin_bit { PLUGIN_CHAIN = 1 << 0 };

// The audio ports of every plugin; its control ports follow.
enum audio_port { AUDIO_IN_L, AUDIO_IN_R, AUDIO_OUT_L, AUDIO_OUT_R, AUDIO_PORT_COUNT };

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
    CHOICES_QUALITIES,
    CHOICES_TOPOLOGIES,
};

// What the row of a device selector means; further rows are the devices of the table.
enum { DEVICE_CUSTOM = 0, CABLE_OWN = 1 };

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
    X(MICROVOLT_RMS, "microvolt RMS", "µV rms", NULL)                                              \
    X(VOLT_PER_MICROSECOND, "volt per microsecond", "V/µs", NULL)                                  \
    X(MILLIAMPERE_PEAK, "milliampere peak", "mA peak", NULL)                                       \
    X(MILLIWATT, "milliwatt", "mW", NULL)                                                          \
    X(OHM, "ohm", "Ω", NULL)                                                                       \
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

// Fills order[] with a plugin's control ports, the first of which has index AUDIO_PORT_COUNT, and
// returns how many they are.
unsigned ports_layout(unsigned plugin, enum port_id order[PORT_COUNT]);
// PORT_COUNT if there is none.
enum port_id port_find(const char *symbol);
bool port_is_output(enum port_id id);
double port_maximum(enum port_id id);
// NaN and infinity become the default; choices, toggles and integers round to nearest.
double port_clamp(enum port_id id, double value);

// The choices of a port, numbered from 0; other ports have none.
unsigned port_choice_count(enum port_id id);
const char *port_choice_label(enum port_id id, unsigned choice);
// -1 if there is none.
int port_choice_find(enum port_id id, const char *label);

// Clamps, lets the named devices set what they own, and converts to SI.
void ports_to_params(const float values[PORT_COUNT], struct chain_params *params);

#endif
