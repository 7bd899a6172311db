// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "topology.h"

#include "load.h"

#include <math.h>

#define SECONDARY_TO_GROUND_OHM 1e9

struct wiring {
    struct circuit *circuit;
    const struct stage_params *stage;
    const struct cable_params *cable;
};

static int resistor(const struct wiring *w, const char *name, int from, double ohm, bool shared) {
    return circuit_series(w->circuit, CIRCUIT_RESISTOR, name, from, ohm, shared);
}

static int inductor(const struct wiring *w, const char *name, int from, double henry, bool shared) {
    return circuit_series(w->circuit, CIRCUIT_INDUCTOR, name, from, henry, shared);
}

// One conductor, from the plug to the driver: contact, resistance, and half the loop's inductance.
static int conductor(const struct wiring *w, const char *const names[static 3], int from,
                     double contact_ohm, double length_m, bool shared) {
    from = resistor(w, names[0], from, contact_ohm, shared);
    from = resistor(w, names[1], from, w->cable->ohm_per_m * length_m, shared);
    return inductor(w, names[2], from, w->cable->henry_per_m * length_m / 2.0, shared);
}

static const char *const signal_names[] = {"Rcontact", "Rcable", "Lcable"};
static const char *const return_names[] = {"Rcontact_ret", "Rcable_ret", "Lcable_ret"};
static const char *const shared_names[] = {"Rcontact_com", "Rcable_com", "Lcable_com"};

struct leg_names {
    const char *emf, *node, *resistor, *inductor, *capacitor;
};

static const struct leg_names plus_leg = {"Vemf", "emf", "Rout", "Lout", "Cout"};
static const struct leg_names minus_leg = {"Vemf_n", "emf_n", "Rout_n", "Lout_n", "Cout_n"};

// EMF, output resistance, inductance, coupling capacitor. Returns the amplifier's terminal.
static int leg(const struct wiring *w, const struct leg_names *names, double share) {
    const int emf = circuit_node(w->circuit, names->node, false);
    const int source =
        circuit_add(w->circuit, CIRCUIT_SOURCE, names->emf, emf, CIRCUIT_GROUND, share);
    if (names == &plus_leg) {
        w->circuit->output[0].leg = source;
    }
    int end =
        resistor(w, names->resistor, emf, fmax(w->stage->output_ohm, CIRCUIT_WIRE_OHM), false);
    end = inductor(w, names->inductor, end, w->stage->output_h, false);
    return circuit_series(w->circuit, CIRCUIT_CAPACITOR, names->capacitor, end,
                          w->stage->output_farad, false);
}

static int signal_conductor(const struct wiring *w, int terminal) {
    return conductor(w, signal_names, terminal, w->cable->contact_ohm, w->cable->length_m, false);
}

static int separate_return(const struct wiring *w, int terminal) {
    return conductor(w, return_names, terminal, w->cable->contact_ohm, w->cable->length_m, false);
}

// Ground, the amplifier's own ground resistance, one contact and the common wire; then each
// channel's own wire.
static int shared_return(const struct wiring *w) {
    const double shared_m = fmin(w->cable->shared_m, w->cable->length_m);
    const int ground = resistor(w, "Rground", CIRCUIT_GROUND, w->stage->ground_ohm, true);
    const int joint = conductor(w, shared_names, ground, w->cable->contact_ohm, shared_m, true);
    return conductor(w, return_names, joint, 0.0, w->cable->length_m - shared_m, false);
}

struct driver_nodes {
    int plus, minus;
};

static struct driver_nodes build_shared_return(const struct wiring *w) {
    const int plus = signal_conductor(w, leg(w, &plus_leg, 1.0));
    return (struct driver_nodes){plus, shared_return(w)};
}

static struct driver_nodes build_separate_returns(const struct wiring *w) {
    const int plus = signal_conductor(w, leg(w, &plus_leg, 1.0));
    return (struct driver_nodes){plus, separate_return(w, CIRCUIT_GROUND)};
}

static struct driver_nodes build_bridge(const struct wiring *w) {
    const int plus = signal_conductor(w, leg(w, &plus_leg, 0.5));
    return (struct driver_nodes){plus, separate_return(w, leg(w, &minus_leg, -0.5))};
}

static struct driver_nodes build_transformer(const struct wiring *w) {
    const struct stage_params *stage = w->stage;
    int primary = leg(w, &plus_leg, 1.0);
    primary = resistor(w, "Rwinding", primary, stage->winding_ohm, false);
    primary = inductor(w, "Lleakage", primary, stage->leakage_h, false);
    circuit_add(w->circuit, CIRCUIT_INDUCTOR, "Lmagnetizing", primary, CIRCUIT_GROUND,
                stage->magnetizing_h);
    const int hot = circuit_node(w->circuit, "hot", false);
    const int cold = circuit_node(w->circuit, "cold", false);
    circuit_add_transformer(w->circuit, "T", (const int[]){primary, CIRCUIT_GROUND, hot, cold});
    circuit_add(w->circuit, CIRCUIT_RESISTOR, "Rfloat", cold, CIRCUIT_GROUND,
                SECONDARY_TO_GROUND_OHM);
    const int plus = signal_conductor(w, hot);
    return (struct driver_nodes){plus, separate_return(w, cold)};
}

static void finish(struct circuit *circuit, const struct load_params *load,
                   struct driver_nodes driver) {
    circuit->output[0].driver_plus = driver.plus;
    circuit->output[0].driver_minus = driver.minus;
    load_build(load, circuit, driver.plus, driver.minus);
}

void topology_build(const struct stage_params *stage, const struct cable_params *cable,
                    const struct load_params *load, struct circuit *circuit) {
    static struct driver_nodes (*const build[])(const struct wiring *) = {
        [TOPOLOGY_SHARED_RETURN] = build_shared_return,
        [TOPOLOGY_SEPARATE_RETURNS] = build_separate_returns,
        [TOPOLOGY_BRIDGE] = build_bridge,
        [TOPOLOGY_TRANSFORMER] = build_transformer,
    };
    circuit_init(circuit);
    const struct wiring wiring = {circuit, stage, cable};
    const struct driver_nodes driver = build[(int)stage->topology](&wiring);
    const double farad = cable->farad_per_m * cable->length_m;
    if (farad > 0.0) {
        circuit_add(circuit, CIRCUIT_CAPACITOR, "Ccable", driver.plus, driver.minus, farad);
    }
    finish(circuit, load, driver);
}

void topology_build_load(const struct load_params *load, struct circuit *circuit) {
    circuit_init(circuit);
    const int emf = circuit_node(circuit, plus_leg.node, false);
    circuit->output[0].leg =
        circuit_add(circuit, CIRCUIT_SOURCE, plus_leg.emf, emf, CIRCUIT_GROUND, 1.0);
    finish(circuit, load, (struct driver_nodes){emf, CIRCUIT_GROUND});
}
