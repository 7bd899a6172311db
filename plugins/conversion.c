// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// From port values to SI.
#include "devices.h"
#include "ports.h"

#include <math.h>
#include <stdbool.h>

#define FARAD_PER_MICROFARAD 1e-6

// Of a linear range from zero up, so small a part is zero: what a host's arithmetic leaves of a
// ramp down to zero would be divided by.
#define NOTHING 1e-7

// Bounds are compared as the float that a host can send: 0.1f is not 0.1.
static double to_si(enum port_id id, double value) {
    const struct port *port = &ports[id];
    if (port->scale == SCALE_LOG_ZERO && (float)value <= (float)port->minimum)
        return 0;
    if (port->scale == SCALE_LINEAR && port->minimum == 0 && value < NOTHING * port->maximum)
        return 0;
    if (port->scale == SCALE_LOG_OFF && (float)value >= (float)port->maximum)
        return INFINITY;
    return value * port->si;
}

static struct load_branch convert_branch(const struct device_branch *from) {
    struct load_branch to = {
        .farad = from->capacitance_uf * FARAD_PER_MICROFARAD,
        .ohm = from->resistance,
        .henry = from->inductance_mh * ports[PORT_INDUCTANCE].si,
        .semi_ohm = from->semi_impedance,
        .semi_exponent = from->semi_exponent,
    };
    for (unsigned i = 0; i < LOAD_PEAKS_MAX; i++) {
        to.peak[i].rise_ohm = from->peak[i][0];
        to.peak[i].hz = from->peak[i][1];
        to.peak[i].q = from->peak[i][2];
    }
    return to;
}

static void convert_branches(const struct device *headphone, struct load_params *load) {
    load->branch_count = headphone->branch_count;
    for (unsigned i = 0; i < headphone->branch_count; i++)
        load->branch[i] = convert_branch(&headphone->branches[i]);
}

static bool has(enum plugin_bit plugin, enum port_id id) {
    return (ports[id].plugins & (unsigned)plugin) != 0;
}

static void fill_fields(const double figures[PORT_COUNT], enum plugin_bit plugin, bool own,
                        struct chain_params *params) {
    for (enum port_id id = 0; id < PORT_COUNT; id++)
        if (ports[id].field != NO_FIELD && has(plugin, id) == own)
            *(double *)((char *)params + ports[id].field) = to_si(id, figures[id]);
}

// What sets one plugin apart from the others, beside its ports (design: "Output").
static void complete(enum plugin_bit plugin, struct chain_params *params) {
    if (!has(plugin, PORT_RAIL))
        params->stage.rail_v = RAIL_NONE_V;
    params->gain_role = GAIN_DIVIDED;
    if (plugin == PLUGIN_STAGE)
        params->gain_role = params->match != 0.0 ? GAIN_MATCHED : GAIN_HEARD;
    params->whole_emf = plugin == PLUGIN_LOAD;
}

void ports_to_params(enum plugin_bit plugin, const float values[PORT_COUNT],
                     struct chain_params *params) {
    double figures[PORT_COUNT];
    for (enum port_id id = 0; id < PORT_COUNT; id++)
        figures[id] = has(plugin, id) ? port_clamp(id, (double)values[id]) : devices_ideal(id);
    devices_apply(figures);

    *params = (struct chain_params){.load.branch_count = 1};
    fill_fields(figures, plugin, false, params);
    fill_fields(figures, plugin, true, params);
    complete(plugin, params);

    const struct device *headphone = devices_headphone(figures);
    if (headphone && headphone->branches)
        convert_branches(headphone, &params->load);
}
