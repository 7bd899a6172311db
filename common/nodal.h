// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Modified nodal analysis: a circuit as the symmetric linear system (G + sE) x = b.
// The unknowns x are node voltages (ground excluded) and the currents of inductors, sources and
// transformers.
#ifndef LOADLINE_NODAL_H
#define LOADLINE_NODAL_H

#include "circuit.h"

#define NODAL_ENTRIES_MAX (8 * CIRCUIT_ELEMENTS_MAX)
#define NODAL_NONE        (-1)

struct nodal_entry {
    int row, column;
    double constant, per_s; // the matrix entry is constant + s * per_s
};

struct nodal {
    int size, entry_count;
    struct nodal_entry entry[NODAL_ENTRIES_MAX];
    int branch[CIRCUIT_ELEMENTS_MAX]; // the row of an element's own current, or NODAL_NONE
};

// Real-time safe, microseconds.
void nodal_init(struct nodal *nodal, const struct circuit *circuit);

// The row of a node's voltage, or NODAL_NONE for ground.
static inline int nodal_row(int node) {
    return node - 1;
}

#endif
