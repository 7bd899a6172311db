// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "nodal.h"

static void add(struct nodal *nodal, int row, int column, double constant, double per_s) {
    if (row != NODAL_NONE && column != NODAL_NONE) {
        nodal->entry[nodal->entry_count++] = (struct nodal_entry){row, column, constant, per_s};
    }
}

static void add_admittance(struct nodal *nodal, const struct circuit_element *element,
                           double constant, double per_s) {
    const int a = nodal_row(element->node[0]);
    const int b = nodal_row(element->node[1]);
    add(nodal, a, a, constant, per_s);
    add(nodal, b, b, constant, per_s);
    add(nodal, a, b, -constant, -per_s);
    add(nodal, b, a, -constant, -per_s);
}

// The current of `row` leaves node a and enters node b; the same entries say that v_a - v_b drives
// it.
static void add_current(struct nodal *nodal, int row, int from, int to) {
    const int a = nodal_row(from);
    const int b = nodal_row(to);
    add(nodal, a, row, 1.0, 0.0);
    add(nodal, row, a, 1.0, 0.0);
    add(nodal, b, row, -1.0, 0.0);
    add(nodal, row, b, -1.0, 0.0);
}

static void add_element(struct nodal *nodal, const struct circuit_element *element, int row) {
    switch (element->kind) {
    case CIRCUIT_RESISTOR:
        add_admittance(nodal, element, 1.0 / element->value, 0.0);
        break;
    case CIRCUIT_CAPACITOR:
        add_admittance(nodal, element, 0.0, element->value);
        break;
    case CIRCUIT_INDUCTOR:
        add_current(nodal, row, element->node[0], element->node[1]);
        add(nodal, row, row, 0.0, -element->value);
        break;
    case CIRCUIT_SOURCE:
        add_current(nodal, row, element->node[0], element->node[1]);
        break;
    case CIRCUIT_TRANSFORMER: // i in at primary +, the same i out at secondary +
        add_current(nodal, row, element->node[0], element->node[1]);
        add_current(nodal, row, element->node[3], element->node[2]);
        break;
    }
}

void nodal_init(struct nodal *nodal, const struct circuit *circuit) {
    nodal->size = circuit->node_count - 1;
    nodal->entry_count = 0;
    for (int i = 0; i < circuit->element_count; ++i) {
        const struct circuit_element *element = &circuit->element[i];
        const bool has_current =
            element->kind != CIRCUIT_RESISTOR && element->kind != CIRCUIT_CAPACITOR;
        nodal->branch[i] = has_current ? nodal->size++ : NODAL_NONE;
        add_element(nodal, element, nodal->branch[i]);
    }
}
