// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// A linear network as data: elements between named nodes.
//
// Both ears hear the same circuit, so a circuit describes ONE channel plus whatever both channels
// share (a common return). Its views are what the rest of the library reads:
//   CIRCUIT_STEREO  both channels, spelled out;
//   CIRCUIT_MID     one channel while both are driven alike: shared elements carry twice the
//   current, so they
//                   appear with twice their impedance;
//   CIRCUIT_SIDE    one channel while the other is driven in opposite polarity: shared nodes stay
//   at ground.
// (Bartlett's bisection: a symmetric network decouples exactly into these two.)
//
// All functions are real-time safe: no allocation, bounded by CIRCUIT_ELEMENTS_MAX.
#ifndef LOADLINE_CIRCUIT_H
#define LOADLINE_CIRCUIT_H

#include <stdbool.h>

#define CIRCUIT_ELEMENTS_MAX 256
#define CIRCUIT_NODES_MAX    200
#define CIRCUIT_NAME_SIZE    16
#define CIRCUIT_GROUND       0

// A network has to stay causal at every setting: an ideal EMF straight onto a capacitor would ask
// for infinite current. One micro-ohm in a signal wire is far below anything audible (1e-6 dB into
// 10 ohm).
#define CIRCUIT_WIRE_OHM 1e-6

enum circuit_kind {
    CIRCUIT_RESISTOR,
    CIRCUIT_INDUCTOR,
    CIRCUIT_CAPACITOR,
    CIRCUIT_SOURCE,      // value: volts per volt of the channel's EMF
    CIRCUIT_TRANSFORMER, // 1:1; nodes: primary +, -, secondary +, -
};

struct circuit_element {
    enum circuit_kind kind;
    char name[CIRCUIT_NAME_SIZE];
    int node[4];
    double value; // ohm, henry, farad; a source's share of the EMF
    bool shared;
};

struct circuit_node {
    char name[CIRCUIT_NAME_SIZE];
    bool shared;
};

// What is observed in a channel: plus_gain times one node's voltage minus minus_gain times
// another's (across the driver, both gains are one), and the current out of the first leg.
struct circuit_output {
    int driver_plus, driver_minus; // nodes
    double plus_gain, minus_gain;
    int leg; // element: a source
};

struct circuit {
    int element_count, node_count, channel_count;
    struct circuit_element element[CIRCUIT_ELEMENTS_MAX];
    struct circuit_node node[CIRCUIT_NODES_MAX];
    struct circuit_output output[2];
    bool overflow; // too many elements or nodes: the circuit is not usable
};

enum circuit_view { CIRCUIT_STEREO, CIRCUIT_MID, CIRCUIT_SIDE };

void circuit_init(struct circuit *circuit);

// A new node; shared nodes belong to both channels.
int circuit_node(struct circuit *circuit, const char *name, bool shared);

// Adds an element between two nodes and returns its index.
int circuit_add(struct circuit *circuit, enum circuit_kind kind, const char *name, int from, int to,
                double value);

int circuit_add_transformer(struct circuit *circuit, const char *name, const int node[static 4]);

// Continues a wire from a node through one element and returns the node behind it, named like the
// element. An element that is not there (0 ohm, 0 H, infinite F) adds nothing: the same node comes
// back. A wire that starts in a shared node stays shared as long as `shared` says so.
int circuit_series(struct circuit *circuit, enum circuit_kind kind, const char *name, int from,
                   double value, bool shared);

// Writes a view of a circuit; `view` must not be `circuit`.
void circuit_view(const struct circuit *circuit, enum circuit_view kind, struct circuit *view);

#endif
