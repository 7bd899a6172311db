// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "circuits.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// --- Random circuits ---

// SplitMix64.
static uint64_t next_random(uint64_t *state) {
    uint64_t z = *state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static double next_uniform(uint64_t *state, double low, double high) {
    return low + (high - low) * (double)(next_random(state) >> 11) * 0x1p-53;
}

static double next_log(uint64_t *state, double low, double high) {
    return exp(next_uniform(state, log(low), log(high)));
}

// Absent (zero) once in `absent` times.
static double next_log_or_zero(uint64_t *state, unsigned absent, double low, double high) {
    const double value = next_log(state, low, high);
    return next_random(state) % absent == 0 ? 0 : value;
}

static void random_stage(struct spice_circuit *circuit, uint64_t *state) {
    circuit->output_ohm = next_log_or_zero(state, 6, 0.02, 1000);
    circuit->output_henry = next_log_or_zero(state, 3, 0.02e-6, 1000e-6);
    circuit->output_farad = next_random(state) % 2 ? next_log(state, 2e-6, 9000e-6) : INFINITY;
    circuit->ground_ohm = next_log_or_zero(state, 4, 0.2e-3, 5);
    // A transformer without any resistance would short the amplifier at DC.
    circuit->winding_ohm = next_log(state, 0.2, 100);
    circuit->magnetizing_henry = next_log(state, 0.1, 100);
    circuit->leakage_henry = next_log_or_zero(state, 5, 2e-6, 10e-3);
}

static void random_cable(struct spice_circuit *circuit, uint64_t *state) {
    circuit->cable_m = next_log_or_zero(state, 8, 0.2, 10);
    circuit->cable_ohm_per_m = next_log_or_zero(state, 8, 2e-3, 2);
    circuit->cable_henry_per_m = next_log_or_zero(state, 4, 0.05e-6, 5e-6);
    circuit->cable_farad_per_m = next_log_or_zero(state, 4, 5e-12, 1000e-12);
    circuit->contact_ohm = next_log_or_zero(state, 6, 0.2e-3, 2);
    circuit->shared_m = next_log_or_zero(state, 4, 0.1, 10);
}

static void random_load(struct spice_branch *branch, uint64_t *state) {
    branch->ohm = next_log(state, 2, 2000);
    branch->henry = next_log_or_zero(state, 2, 5e-6, 20e-3);
    for (size_t i = 0; i < SPICE_PEAKS; i++) {
        branch->peak[i].rise_ohm = next_log_or_zero(state, 3, 1, 2000);
        branch->peak[i].hz = next_log(state, 8, 19500);
        branch->peak[i].q = next_log(state, 0.15, 20);
    }
    branch->semi_ohm = next_log_or_zero(state, 2, 1, 2000);
    branch->semi_exponent = next_uniform(state, 0.1, 1);
}

struct spice_circuit circuit_random(enum spice_topology topology, uint64_t seed) {
    struct spice_circuit circuit = spice_plain_circuit(topology, 300);
    uint64_t state = seed * 4 + topology;
    random_stage(&circuit, &state);
    random_cable(&circuit, &state);
    random_load(&circuit.branch[0], &state);
    if (topology == SPICE_BRIDGE)
        circuit.leg_mismatch = next_uniform(&state, 0, 0.1);
    return circuit;
}

// --- Headphones of the table: an empty cell is an ideal nothing ---

static void read_peak(const struct device_table *table, size_t row, unsigned number,
                      struct spice_peak *peak) {
    char column[32];
    snprintf(column, sizeof column, "peak%u_rise", number);
    peak->rise_ohm = device_table_number(table, row, column, 0);
    if (peak->rise_ohm <= 0)
        return;
    snprintf(column, sizeof column, "peak%u_frequency", number);
    peak->hz = device_table_number(table, row, column, (double)NAN);
    snprintf(column, sizeof column, "peak%u_q", number);
    peak->q = device_table_number(table, row, column, (double)NAN);
}

static struct spice_branch read_branch(const struct device_table *table, size_t row) {
    struct spice_branch branch = {0};
    branch.ohm = device_table_number(table, row, "resistance", (double)NAN);
    branch.henry = device_table_number(table, row, "inductance", 0) * 1e-3;
    for (unsigned i = 0; i < SPICE_PEAKS; i++)
        read_peak(table, row, i + 1, &branch.peak[i]);
    branch.semi_ohm = device_table_number(table, row, "semi_impedance", 0);
    if (branch.semi_ohm > 0)
        branch.semi_exponent = device_table_number(table, row, "semi_exponent", (double)NAN);
    return branch;
}

static void read_branches(struct spice_circuit *circuit, const struct device_table *branches,
                          const char *name) {
    circuit->branch_count = 0;
    for (size_t row = 0; row < device_table_rows(branches); row++) {
        if (strcmp(device_table_text(branches, row, "headphone"), name) != 0)
            continue;
        if (circuit->branch_count == SPICE_BRANCHES)
            abort();
        struct spice_branch *branch = &circuit->branch[circuit->branch_count++];
        *branch = read_branch(branches, row);
        branch->farad = device_table_number(branches, row, "capacitance", 0) * 1e-6;
    }
}

struct spice_circuit circuit_headphone(const struct device_table *headphones,
                                       const struct device_table *branches, size_t row,
                                       enum spice_topology topology) {
    struct spice_circuit circuit = spice_plain_circuit(topology, 300);
    circuit.cable_m = device_table_number(headphones, row, "cable_length", 0);
    circuit.cable_ohm_per_m = device_table_number(headphones, row, "cable_resistance", 0) * 1e-3;
    circuit.cable_henry_per_m = device_table_number(headphones, row, "cable_inductance", 0) * 1e-6;
    circuit.cable_farad_per_m =
        device_table_number(headphones, row, "cable_capacitance", 0) * 1e-12;
    circuit.contact_ohm = device_table_number(headphones, row, "contact_resistance", 0) * 1e-3;
    circuit.shared_m = device_table_number(headphones, row, "shared_length", 0);
    read_branches(&circuit, branches, device_table_text(headphones, row, "name"));
    if (circuit.branch_count > 0)
        return circuit;
    circuit.branch_count = 1;
    circuit.branch[0] = read_branch(headphones, row);
    return circuit;
}

// --- Ports ---

// The lowest position of such a port reads as exactly zero, and only that.
static void set_or_zero(struct plugin_host *host, const char *symbol, double value) {
    if (value > 0)
        plugin_host_set(host, symbol, value);
    else
        plugin_host_set_to_minimum(host, symbol);
}

static void set_or_off(struct plugin_host *host, const char *symbol, double value) {
    if (isinf(value))
        plugin_host_set_to_maximum(host, symbol);
    else
        plugin_host_set(host, symbol, value);
}

// -160 dB, the minimum, is off.
static void set_harmonic(struct plugin_host *host, const char *symbol, double ratio) {
    if (ratio > 0)
        plugin_host_set(host, symbol, 20 * log10(ratio));
    else
        plugin_host_set_to_minimum(host, symbol);
}

void circuit_neutral_ports(struct plugin_host *host) {
    static const char *const to_minimum[] = {
        "headphone",    "amplifier",        "cable",
        "line_type",    "environment",      "match",
        "source_noise", "stage_noise",      "source_impedance",
        "line_length",  "line_capacitance",
    };
    plugin_host_set_defaults(host);
    for (size_t i = 0; i < sizeof to_minimum / sizeof *to_minimum; i++)
        if (plugin_host_has_port(host, to_minimum[i]))
            plugin_host_set_to_minimum(host, to_minimum[i]);
    plugin_host_set(host, "gain", 0);
}

void circuit_stage_to_ports(struct plugin_host *host, const struct spice_circuit *circuit) {
    plugin_host_set(host, "topology", circuit->topology);
    plugin_host_set(host, "rail", circuit->rail_v);
    plugin_host_set(host, "knee", circuit->knee * 100);
    set_or_off(host, "current_limit", circuit->current_limit_a * 1e3);
    set_harmonic(host, "second_harmonic", circuit->second_harmonic);
    set_harmonic(host, "third_harmonic", circuit->third_harmonic);
    set_or_zero(host, "crossover", circuit->crossover_v * 1e3);
    plugin_host_set(host, "leg_mismatch", circuit->leg_mismatch * 100);
    set_or_zero(host, "output_impedance", circuit->output_ohm);
    set_or_zero(host, "output_inductance", circuit->output_henry * 1e6);
    set_or_off(host, "output_capacitor", circuit->output_farad * 1e6);
    set_or_zero(host, "ground_resistance", circuit->ground_ohm * 1e3);
    set_or_zero(host, "supply_resistance", circuit->supply_ohm);
    plugin_host_set(host, "supply_capacitance", circuit->supply_farad * 1e6);
    set_or_zero(host, "winding_resistance", circuit->winding_ohm);
    plugin_host_set(host, "magnetizing_inductance", circuit->magnetizing_henry);
    set_or_zero(host, "leakage_inductance", circuit->leakage_henry * 1e3);
}

static void cable_to_ports(struct plugin_host *host, const struct spice_circuit *circuit) {
    set_or_zero(host, "cable_length", circuit->cable_m);
    set_or_zero(host, "cable_resistance", circuit->cable_ohm_per_m * 1e3);
    plugin_host_set(host, "cable_inductance", circuit->cable_henry_per_m * 1e6);
    plugin_host_set(host, "cable_capacitance", circuit->cable_farad_per_m * 1e12);
    set_or_zero(host, "contact_resistance", circuit->contact_ohm * 1e3);
    plugin_host_set(host, "shared_length", circuit->shared_m);
}

static void peak_to_ports(struct plugin_host *host, unsigned number,
                          const struct spice_peak *peak) {
    char symbol[32];
    snprintf(symbol, sizeof symbol, "peak%u_rise", number);
    plugin_host_set(host, symbol, peak->rise_ohm);
    if (peak->rise_ohm <= 0)
        return;
    snprintf(symbol, sizeof symbol, "peak%u_frequency", number);
    plugin_host_set(host, symbol, peak->hz);
    snprintf(symbol, sizeof symbol, "peak%u_q", number);
    plugin_host_set(host, symbol, peak->q);
}

void circuit_load_to_ports(struct plugin_host *host, const struct spice_circuit *circuit) {
    const struct spice_branch *branch = &circuit->branch[0];
    if (circuit->branch_count != 1 || branch->farad > 0) {
        fputs("circuits: the ports know one branch without a capacitor\n", stderr);
        abort();
    }
    cable_to_ports(host, circuit);
    plugin_host_set(host, "resistance", branch->ohm);
    plugin_host_set(host, "inductance", branch->henry * 1e3);
    for (unsigned i = 0; i < SPICE_PEAKS; i++)
        peak_to_ports(host, i + 1, &branch->peak[i]);
    plugin_host_set(host, "semi_impedance", branch->semi_ohm);
    plugin_host_set(host, "semi_exponent", branch->semi_exponent);
}
