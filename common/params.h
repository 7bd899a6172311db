// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// What the simulated chain is made of, in SI units. "No limit" is INFINITY, "none" is zero.
// Every member is a double so that one row of the port table can fill any of them.
#ifndef LOADLINE_PARAMS_H
#define LOADLINE_PARAMS_H

enum topology {
    TOPOLOGY_SHARED_RETURN,    // single-ended, 3-wire plug
    TOPOLOGY_SEPARATE_RETURNS, // single-ended amplifier, 4-wire plug
    TOPOLOGY_BRIDGE,           // two legs a channel
    TOPOLOGY_TRANSFORMER,      // single-ended amplifier, 1:1, floating secondary
};

// How the line from source to amplifier is wired.
enum line_type {
    LINE_UNBALANCED,         // one conductor and the shield
    LINE_BALANCED,           // two driven legs and a differential receiver
    LINE_IMPEDANCE_BALANCED, // one driven leg, the other only as heavy
    LINE_TRANSFORMER,        // two driven legs into a transformer
};

enum mains { MAINS_50_HZ, MAINS_60_HZ };

struct source_params {
    double level_v; // RMS of a full-scale sine
    double noise_v; // RMS, 20 Hz to 20 kHz
};

// What a line picks up, RMS 20 Hz to 20 kHz: between the two chassis, or per metre in a field.
struct line_noise {
    double ground_loop_v, usb_v;
    double hum_v_per_m, dimmer_v_per_m, fluorescent_v_per_m, motor_v_per_m, gsm_v_per_m,
        radio_v_per_m;
};

// The interconnect from source to amplifier.
struct line_params {
    double type; // enum line_type
    double length_m;
    double source_ohm;       // a leg
    double source_imbalance; // difference of the legs' source_ohm, as a part of it
    double receiver_ohm;     // a leg
    double receiver_cmrr_db; // with balanced sources
    double farad_per_m;      // a leg
    double shield_ohm_per_m, loop_ohm;
    double mains; // enum mains
    struct line_noise noise;
};

// The amplifier. Everything is per leg.
struct stage_params {
    double topology; // enum topology
    double rail_v;
    double knee;                                  // 0 to 1
    double current_limit_a;                       // peak
    double second_harmonic_db, third_harmonic_db; // at half rail; HARMONIC_NONE_DB or less is none
    double crossover_v;
    double slew_v_per_s;
    double leg_mismatch; // 0 to 0.1
    double noise_v;      // RMS, 20 Hz to 20 kHz, the 1/f part included
    double noise_corner_hz;
    double output_ohm, output_h, output_farad;
    double ground_ohm; // shared return only
    double supply_ohm, supply_farad;
    double winding_ohm, magnetizing_h, leakage_h; // transformer only
};

#define HARMONIC_NONE_DB (-160.0)
#define RAIL_NONE_V      1e6 // above whatever can come in

// The headphone cable. Values per metre are of one conductor, except the loop inductance.
struct cable_params {
    double length_m;
    double ohm_per_m, henry_per_m, farad_per_m;
    double contact_ohm; // of each pin
    double shared_m;    // length whose return carries both channels
};

#define LOAD_PEAKS_MAX    3
#define LOAD_BRANCHES_MAX 5

// Z = 1/(jw farad) + ohm + jw henry + sum rise/(1 + jQ(f/f0 - f0/f)) + K (jw)^n, |K (jw)^n| =
// semi_ohm at 20 kHz.
struct load_branch {
    double farad; // 0: no capacitor
    double ohm, henry;
    struct load_peak {
        double rise_ohm, hz, q;
    } peak[LOAD_PEAKS_MAX];
    double semi_ohm, semi_exponent;
};

// One driver, or the branches of a multi-driver in-ear in parallel.
struct load_params {
    double branch_count;
    struct load_branch branch[LOAD_BRANCHES_MAX];
    double sensitivity_db; // dB SPL at 1 V RMS
};

// Whether the result is divided by the gain, and whether that counts as level match.
enum gain_role { GAIN_HEARD, GAIN_DIVIDED, GAIN_MATCHED };

struct chain_params {
    struct source_params source;
    struct line_params line;
    struct stage_params stage;
    struct cable_params cable;
    struct load_params load;
    double match;     // 0 or 1
    double gain_role; // enum gain_role
    double whole_emf; // 0 or 1: a bridge halves its input between its legs
};

// An ideal amplifier with separate returns on ideal wires and a plain resistor: 2 V, no match. A
// start from which to set what is not ideal. Real-time safe.
struct chain_params chain_params_ideal(double load_ohm);

#endif
