// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "circuit.h"

#include <math.h>
#include <string.h>

static void set_name(char to[static CIRCUIT_NAME_SIZE], const char *name, const char *suffix) {
    size_t length = strnlen(name, CIRCUIT_NAME_SIZE - 1);
    memset(to, 0, CIRCUIT_NAME_SIZE);
    memcpy(to, name, length);
    for (; *suffix && length < CIRCUIT_NAME_SIZE - 1; ++length, ++suffix) {
        to[length] = *suffix;
    }
}

void circuit_init(struct circuit *circuit) {
    circuit->element_count = 0;
    circuit->node_count = 0;
    circuit->channel_count = 1;
    circuit->overflow = false;
    memset(circuit->output, 0, sizeof circuit->output);
    circuit->output[0].plus_gain = circuit->output[0].minus_gain = 1.0;
    circuit_node(circuit, "0", true);
}

static int add_node(struct circuit *circuit, const char *name, const char *suffix, bool shared) {
    if (circuit->node_count == CIRCUIT_NODES_MAX) {
        circuit->overflow = true;
        return CIRCUIT_GROUND;
    }
    struct circuit_node *node = &circuit->node[circuit->node_count];
    set_name(node->name, name, suffix);
    node->shared = shared;
    return circuit->node_count++;
}

int circuit_node(struct circuit *circuit, const char *name, bool shared) {
    return add_node(circuit, name, "", shared);
}

static int add_element(struct circuit *circuit, const struct circuit_element *element,
                       const char *suffix) {
    if (circuit->element_count == CIRCUIT_ELEMENTS_MAX) {
        circuit->overflow = true;
        return 0;
    }
    struct circuit_element *added = &circuit->element[circuit->element_count];
    *added = *element;
    set_name(added->name, element->name, suffix);
    return circuit->element_count++;
}

int circuit_add(struct circuit *circuit, enum circuit_kind kind, const char *name, int from, int to,
                double value) {
    struct circuit_element element = {
        .kind = kind,
        .node = {from, to},
        .value = value,
        .shared = circuit->node[from].shared && circuit->node[to].shared,
    };
    set_name(element.name, name, "");
    return add_element(circuit, &element, "");
}

int circuit_add_transformer(struct circuit *circuit, const char *name, const int node[static 4]) {
    struct circuit_element element = {.kind = CIRCUIT_TRANSFORMER, .value = 1.0};
    memcpy(element.node, node, sizeof element.node);
    set_name(element.name, name, "");
    return add_element(circuit, &element, "");
}

int circuit_series(struct circuit *circuit, enum circuit_kind kind, const char *name, int from,
                   double value, bool shared) {
    const bool absent = kind == CIRCUIT_CAPACITOR ? isinf(value) : value == 0.0;
    if (absent) {
        return from;
    }
    const int to = circuit_node(circuit, name, shared);
    circuit_add(circuit, kind, name, from, to, value);
    return to;
}

// One shared element seen from one channel while the other channel sends the same current through
// it.
static double doubled_impedance(const struct circuit_element *element) {
    return element->kind == CIRCUIT_CAPACITOR ? element->value / 2.0 : element->value * 2.0;
}

// Copies one channel's nodes and elements; map[] says where each node of the original went.
static void copy_channel(const struct circuit *circuit, struct circuit *view, int map[],
                         const char *suffix) {
    for (int i = 0; i < circuit->node_count; ++i) {
        if (!circuit->node[i].shared) {
            map[i] = add_node(view, circuit->node[i].name, suffix, false);
        }
    }
    int new_index[CIRCUIT_ELEMENTS_MAX];
    for (int i = 0; i < circuit->element_count; ++i) {
        struct circuit_element element = circuit->element[i];
        if (element.shared) {
            continue;
        }
        for (int k = 0; k < 4; ++k) {
            element.node[k] = map[element.node[k]];
        }
        new_index[i] = add_element(view, &element, suffix);
    }
    const struct circuit_output *from = &circuit->output[0];
    view->output[view->channel_count++] = (struct circuit_output){
        .driver_plus = map[from->driver_plus],
        .driver_minus = map[from->driver_minus],
        .plus_gain = from->plus_gain,
        .minus_gain = from->minus_gain,
        .leg = new_index[from->leg],
    };
}

void circuit_view(const struct circuit *circuit, enum circuit_view kind, struct circuit *view) {
    int map[CIRCUIT_NODES_MAX] = {0}; // in the side view, shared nodes map to ground
    circuit_init(view);
    view->channel_count = 0;
    if (kind != CIRCUIT_SIDE) {
        for (int i = 1; i < circuit->node_count; ++i) {
            if (circuit->node[i].shared) {
                map[i] = add_node(view, circuit->node[i].name, "", true);
            }
        }
        for (int i = 0; i < circuit->element_count; ++i) {
            struct circuit_element element = circuit->element[i];
            if (element.shared) {
                element.node[0] = map[element.node[0]];
                element.node[1] = map[element.node[1]];
                element.value = kind == CIRCUIT_MID ? doubled_impedance(&element) : element.value;
                add_element(view, &element, "");
            }
        }
    }
    copy_channel(circuit, view, map, kind == CIRCUIT_STEREO ? "_l" : "");
    if (kind == CIRCUIT_STEREO) {
        copy_channel(circuit, view, map, "_r");
    }
    view->overflow |= circuit->overflow;
}
