// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "devices.h"

#include <math.h>
#include <string.h>

// A device owns the ports that fill its section of the parameters; devices_apply() exempts what it
// does not own.
struct section {
    size_t begin, size;
};

#define SECTION(member)                                                                            \
    ((struct section){offsetof(struct chain_params, member),                                       \
                      sizeof(((struct chain_params *)NULL)->member)})

static bool holds(struct section section, int field) {
    return field != NO_FIELD && (size_t)field - section.begin < section.size;
}

// An unknown figure is simulated as ideal (devices.h).
double devices_ideal(enum port_id id) {
    switch (id) {
    case PORT_RAIL:
    case PORT_CURRENT_LIMIT:
    case PORT_SLEW_RATE:
    case PORT_OUTPUT_CAPACITOR:
    case PORT_MAGNETIZING_INDUCTANCE:
    case PORT_RECEIVER_IMPEDANCE:
    case PORT_RECEIVER_CMRR:
    case PORT_LOAD_RESISTANCE:
    case PORT_RESISTANCE:
        return ports[id].maximum;
    case PORT_PEAK1_FREQUENCY:
    case PORT_PEAK2_FREQUENCY:
    case PORT_PEAK3_FREQUENCY:
    case PORT_PEAK1_Q:
    case PORT_PEAK2_Q:
    case PORT_PEAK3_Q:
    case PORT_SEMI_EXPONENT:
    case PORT_SUPPLY_CAPACITANCE:
    case PORT_SOURCE_LEVEL:
    case PORT_SHIELD_RESISTANCE:
    case PORT_LOOP_RESISTANCE:
    case PORT_SENSITIVITY:
        return ports[id].fallback;
    case PORT_TOPOLOGY:
        return TOPOLOGY_SEPARATE_RETURNS;
    default:
        return ports[id].minimum;
    }
}

const struct device *devices_find(enum device_kind kind, const char *name) {
    const struct device_table *table = &device_tables[kind];
    for (unsigned i = 0; i < *table->count; i++)
        if (strcmp(table->devices[i].name, name) == 0)
            return &table->devices[i];
    return NULL;
}

static void set(double values[PORT_COUNT], const struct device *device, enum port_id id) {
    const double figure = device->value[id];
    values[id] = isnan(figure) ? devices_ideal(id) : figure;
}

static void set_section(double values[PORT_COUNT], const struct device *device,
                        struct section section) {
    for (enum port_id id = 0; id < PORT_COUNT; id++)
        if (holds(section, ports[id].field))
            set(values, device, id);
}

// A selector's choice as a row of its table; NULL for the choices before `first`.
static const struct device *chosen(const struct device *table, double choice, unsigned first) {
    return choice >= first ? &table[(unsigned)choice - first] : NULL;
}

static const struct device *chosen_cable(const double values[PORT_COUNT]) {
    if (values[PORT_CABLE] == CABLE_OWN)
        return devices_headphone(values);
    return chosen(cables, values[PORT_CABLE], CABLE_OWN + 1);
}

const struct device *devices_headphone(const double values[PORT_COUNT]) {
    return chosen(headphones, values[PORT_HEADPHONE], DEVICE_CUSTOM + 1);
}

// An adapter gives three wires a 4-pin plug, not a fourth wire: the returns stay one. (What a
// bridge would make of it is a short; there the cable counts as rewired.)
static void join_returns(double values[PORT_COUNT], const struct device *cable) {
    if (strcmp(cable->conductors, "3-wire") == 0 &&
        (int)values[PORT_TOPOLOGY] == TOPOLOGY_SEPARATE_RETURNS) {
        values[PORT_TOPOLOGY] = TOPOLOGY_SHARED_RETURN;
        values[PORT_GROUND_RESISTANCE] = devices_ideal(PORT_GROUND_RESISTANCE);
    }
}

void devices_apply(double values[PORT_COUNT]) {
    const struct device *headphone = devices_headphone(values);
    const struct device *amplifier = chosen(amplifiers, values[PORT_AMPLIFIER], DEVICE_CUSTOM + 1);
    const struct device *environment =
        chosen(environments, values[PORT_ENVIRONMENT], DEVICE_CUSTOM + 1);
    const struct device *cable = chosen_cable(values);
    if (environment)
        set_section(values, environment, SECTION(line.noise));
    if (headphone)
        set_section(values, headphone, SECTION(load));
    if (amplifier) {
        set_section(values, amplifier, SECTION(stage));
        if (!isnan(amplifier->value[PORT_SOURCE_LEVEL]))
            values[PORT_SOURCE_LEVEL] = amplifier->value[PORT_SOURCE_LEVEL];
    }
    if (cable) {
        const double length_m = values[PORT_CABLE_LENGTH];
        set_section(values, cable, SECTION(cable));
        if (cable != headphone)
            values[PORT_CABLE_LENGTH] = length_m;
        if (amplifier)
            join_returns(values, cable);
    }
}
