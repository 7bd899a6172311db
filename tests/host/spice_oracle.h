// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The circuit of doc and design ("The circuit": stage, cable, load) written as an ngspice deck a
// second time, from the text alone, and solved by ngspice. It shares no line with the plugins, so
// that it can prove them.
//
// All values in SI. Zero leaves an element out; INFINITY in output_farad is a direct connection, in
// current_limit_a no limit.
#ifndef LOADLINE_TESTS_SPICE_ORACLE_H
#define LOADLINE_TESTS_SPICE_ORACLE_H

#include <complex.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    SPICE_CHANNELS = 2,
    SPICE_PEAKS = 3,
    SPICE_BRANCHES = 8,
    // 20 Hz to 20 kHz, 13 points a decade.
    SPICE_POINTS = 40,
};

enum spice_topology {
    SPICE_SHARED_RETURN,
    SPICE_SEPARATE_RETURNS,
    SPICE_BRIDGE,
    SPICE_TRANSFORMER,
};

// rise / (1 + j q (f / hz - hz / f))
struct spice_peak {
    double rise_ohm;
    double hz;
    double q;
};

// In series: capacitor, inductor, resistor (never zero), peaks, and a semi-inductance K (jw)^n that
// has semi_ohm at 20 kHz. Here a capacitor of zero is none.
struct spice_branch {
    double farad;
    double henry;
    double ohm;
    struct spice_peak peak[SPICE_PEAKS];
    double semi_ohm;
    double semi_exponent;
};

struct spice_circuit {
    enum spice_topology topology;

    // Stage, each leg. Harmonics are ratios to the fundamental at half the rail.
    double rail_v;
    double knee;
    double current_limit_a;
    double second_harmonic;
    double third_harmonic;
    double crossover_v;
    double leg_mismatch;
    double output_ohm;
    double output_henry;
    double output_farad;
    double ground_ohm;
    double supply_ohm;
    double supply_farad;
    double winding_ohm;
    double magnetizing_henry;
    double leakage_henry;

    // Cable.
    double cable_m;
    double cable_ohm_per_m;
    double cable_henry_per_m;
    double cable_farad_per_m;
    double contact_ohm;
    double shared_m;

    // Load: branches in parallel.
    size_t branch_count;
    struct spice_branch branch[SPICE_BRANCHES];
};

// An ideal amplifier, no cable, a plain resistor: the start for circuits of a test's own.
struct spice_circuit spice_plain_circuit(enum spice_topology topology, double load_ohm);

// --- Small signals: f' = 1 ---

struct spice_ac_case {
    struct spice_circuit circuit;
    double drive_v[SPICE_CHANNELS]; // g * v_rx of each channel
    // Filled in: voltage across each driver.
    double complex driver_v[SPICE_CHANNELS][SPICE_POINTS];
};

double spice_frequency_hz(size_t point);

// Solves all cases, many to a process. False, with ngspice's own words on stderr, if that fails.
bool spice_solve_ac(struct spice_ac_case *cases, size_t count);

// --- Large signals: behavioural sources ---

struct spice_tran_case {
    struct spice_circuit circuit;
    double drive_v[SPICE_CHANNELS]; // peak of a sine g * v_rx that starts at 0 s, sign included
    double drive_hz[SPICE_CHANNELS];
    double settle_s; // simulated before the record starts
    double record_s;
    double record_step_s;
    double solver_step_s; // the longest that ngspice may take
};

size_t spice_tran_count(const struct spice_tran_case *tran);

// Fills spice_tran_count() samples of each driver's voltage; the first is at settle_s.
bool spice_solve_tran(const struct spice_tran_case *tran, double *left_v, double *right_v);

#endif
