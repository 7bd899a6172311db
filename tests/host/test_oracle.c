// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Proves the oracle itself, before it proves any plugin: ngspice on our decks against closed forms.
#include "circuits.h"
#include "spectrum.h"
#include "spice_oracle.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define PI        3.14159265358979323846
#define TONE_HZ   1000.0
#define STEP_S    0.25e-6
#define RECORD_S  2e-3
#define RAIL_V    5.0
#define LIMIT_OHM 10e3

enum { RANDOM_CIRCUITS = 80 };

// --- Closed form of a whole small-signal circuit ---

static double complex series_impedance(double ohm, double henry, double omega) {
    return ohm + I * omega * henry;
}

static double complex branch_impedance(const struct spice_branch *branch, double omega) {
    double complex z = series_impedance(branch->ohm, branch->henry, omega);
    if (branch->farad > 0)
        z += 1 / (I * omega * branch->farad);
    for (size_t i = 0; i < SPICE_PEAKS; i++) {
        const struct spice_peak *peak = &branch->peak[i];
        const double ratio = omega / (2 * PI * peak->hz);
        if (peak->rise_ohm > 0)
            z += peak->rise_ohm / (1 + I * peak->q * (ratio - 1 / ratio));
    }
    if (branch->semi_ohm > 0)
        z += branch->semi_ohm * cpow(I * omega / (2 * PI * 20000.0), branch->semi_exponent);
    return z;
}

static double complex load_impedance(const struct spice_circuit *circuit, double omega) {
    double complex admittance = I * omega * circuit->cable_farad_per_m * circuit->cable_m;
    for (size_t i = 0; i < circuit->branch_count; i++)
        admittance += 1 / branch_impedance(&circuit->branch[i], omega);
    return 1 / admittance;
}

static double complex leg_impedance(const struct spice_circuit *circuit, double omega) {
    double complex z = series_impedance(circuit->output_ohm, circuit->output_henry, omega);
    return isinf(circuit->output_farad) ? z : z + 1 / (I * omega * circuit->output_farad);
}

static double complex conductor_impedance(const struct spice_circuit *circuit, double length_m,
                                          double omega) {
    return length_m *
           series_impedance(circuit->cable_ohm_per_m, circuit->cable_henry_per_m / 2, omega);
}

// Both channels alike put twice the current through what they share, opposite ones put none. Half
// the sum of the two is the driven channel, half the difference the other.
static void shared_return_gains(const struct spice_circuit *circuit, double omega,
                                double complex gain[SPICE_CHANNELS]) {
    const double shared_m = fmin(circuit->shared_m, circuit->cable_m);
    const double complex load = load_impedance(circuit, omega);
    const double complex shared =
        circuit->ground_ohm + circuit->contact_ohm + conductor_impedance(circuit, shared_m, omega);
    const double complex own = leg_impedance(circuit, omega) + circuit->contact_ohm +
                               conductor_impedance(circuit, circuit->cable_m, omega) +
                               conductor_impedance(circuit, circuit->cable_m - shared_m, omega);
    const double complex alike = load / (load + own + 2 * shared);
    const double complex opposite = load / (load + own);
    gain[0] = (alike + opposite) / 2;
    gain[1] = (alike - opposite) / 2;
}

static double complex separate_gain(const struct spice_circuit *circuit, double omega) {
    const double complex load = load_impedance(circuit, omega);
    const double complex wires =
        2 * (circuit->contact_ohm + conductor_impedance(circuit, circuit->cable_m, omega));
    double complex source = leg_impedance(circuit, omega);
    double complex emf = 1;
    if (circuit->topology == SPICE_BRIDGE) {
        emf = 2 - circuit->leg_mismatch;
        source *= 2;
    }
    if (circuit->topology == SPICE_TRANSFORMER) {
        const double complex shunt = I * omega * circuit->magnetizing_henry;
        source += series_impedance(circuit->winding_ohm, circuit->leakage_henry, omega);
        emf = shunt / (source + shunt);
        source *= emf;
    }
    return emf * load / (load + source + wires);
}

static void closed_gains(const struct spice_circuit *circuit, double frequency_hz,
                         double complex gain[SPICE_CHANNELS]) {
    const double omega = 2 * PI * frequency_hz;
    if (circuit->topology == SPICE_SHARED_RETURN) {
        shared_return_gains(circuit, omega, gain);
        return;
    }
    gain[0] = separate_gain(circuit, omega);
    gain[1] = 0;
}

// Largest error of any point, both channels, relative to the driven channel.
static double worst_ac_error(const struct spice_ac_case *ac) {
    double worst = 0;
    for (size_t point = 0; point < SPICE_POINTS; point++) {
        double complex gain[SPICE_CHANNELS];
        closed_gains(&ac->circuit, spice_frequency_hz(point), gain);
        for (int channel = 0; channel < SPICE_CHANNELS; channel++) {
            const double complex error = ac->driver_v[channel][point] - gain[channel];
            worst = fmax(worst, cabs(error) / cabs(gain[0]));
        }
    }
    return worst;
}

static struct spice_ac_case solve_left(struct spice_circuit circuit) {
    struct spice_ac_case ac = {.circuit = circuit, .drive_v = {1, 0}};
    assert_true(spice_solve_ac(&ac, 1));
    return ac;
}

// --- Small signals: figures anybody can compute ---

static void test_divider(void **state) {
    (void)state;
    struct spice_circuit circuit = spice_plain_circuit(SPICE_SEPARATE_RETURNS, 300);
    circuit.output_ohm = 120;
    const struct spice_ac_case ac = solve_left(circuit);
    for (size_t i = 0; i < SPICE_POINTS; i++) {
        assert_true(cabs(ac.driver_v[0][i] - 300.0 / 420.0) < 1e-9);
        assert_true(cabs(ac.driver_v[1][i]) < 1e-9);
    }
}

static void test_bridge_doubles_voltage_and_impedance(void **state) {
    (void)state;
    struct spice_circuit circuit = spice_plain_circuit(SPICE_BRIDGE, 32);
    circuit.output_ohm = 10;
    const struct spice_ac_case ac = solve_left(circuit);
    assert_true(cabs(ac.driver_v[0][20] - 2 * 32.0 / 52.0) < 1e-9);
}

// 100 uF into 32 + 10 ohm: -3 dB and 45 degrees at the corner, which is put on a point of the grid.
static void test_capacitor_corner(void **state) {
    (void)state;
    struct spice_circuit circuit = spice_plain_circuit(SPICE_SEPARATE_RETURNS, 32);
    circuit.output_ohm = 10;
    circuit.output_farad = 1 / (2 * PI * spice_frequency_hz(8) * 42.0);
    const struct spice_ac_case ac = solve_left(circuit);
    const double complex relative = ac.driver_v[0][8] / (32.0 / 42.0);
    assert_true(fabs(cabs(relative) - sqrt(0.5)) < 1e-8);
    assert_true(fabs(carg(relative) - PI / 4) < 1e-8);
}

// The claim of the field: -Rs / (Z + Rs), in opposite polarity.
static void test_shared_return_crosstalk(void **state) {
    (void)state;
    struct spice_circuit circuit = spice_plain_circuit(SPICE_SHARED_RETURN, 32);
    circuit.ground_ohm = 0.1;
    const struct spice_ac_case ac = solve_left(circuit);
    const double complex crosstalk = ac.driver_v[1][20] / ac.driver_v[0][20];
    assert_true(cabs(crosstalk + 0.1 / 32.1) < 1e-9);
}

static void test_transformer_floats(void **state) {
    (void)state;
    struct spice_circuit circuit = spice_plain_circuit(SPICE_TRANSFORMER, 300);
    circuit.winding_ohm = 5;
    circuit.magnetizing_henry = 1;
    const struct spice_ac_case ac = solve_left(circuit);
    // In the middle only the winding is left, and the sign is that of the amplifier.
    assert_true(cabs(ac.driver_v[0][39] - 300.0 / 305.0) < 1e-4);
    assert_true(worst_ac_error(&ac) < 1e-8);
}

static void test_semi_inductance(void **state) {
    (void)state;
    static const double exponents[] = {0, 0.05, 0.3, 0.5, 0.6, 0.8, 0.946, 0.99, 1};
    for (size_t i = 0; i < sizeof exponents / sizeof *exponents; i++) {
        struct spice_circuit circuit = spice_plain_circuit(SPICE_SEPARATE_RETURNS, 1);
        circuit.output_ohm = 1000;
        circuit.branch[0].semi_ohm = 200;
        circuit.branch[0].semi_exponent = exponents[i];
        const struct spice_ac_case ac = solve_left(circuit);
        assert_true(worst_ac_error(&ac) < 1e-5);
    }
}

static void test_branches_in_parallel(void **state) {
    (void)state;
    struct spice_circuit circuit = spice_plain_circuit(SPICE_SHARED_RETURN, 16);
    circuit.output_ohm = 10;
    circuit.ground_ohm = 0.05;
    circuit.branch_count = 2;
    circuit.branch[0].henry = 0.5e-3;
    circuit.branch[1] = (struct spice_branch){.farad = 4.7e-6, .ohm = 30, .peak[0] = {20, 4000, 2}};
    const struct spice_ac_case ac = solve_left(circuit);
    assert_true(worst_ac_error(&ac) < 1e-8);
}

static void test_random_circuits(void **state) {
    (void)state;
    static struct spice_ac_case cases[RANDOM_CIRCUITS];
    for (unsigned i = 0; i < RANDOM_CIRCUITS; i++) {
        cases[i].circuit = circuit_random((enum spice_topology)(i % 4), 1000 + i);
        cases[i].drive_v[0] = 1;
    }
    assert_true(spice_solve_ac(cases, RANDOM_CIRCUITS));
    double worst = 0;
    for (unsigned i = 0; i < RANDOM_CIRCUITS; i++)
        worst = fmax(worst, worst_ac_error(&cases[i]));
    print_message("%d random circuits: worst error %.2g of the driven channel\n", RANDOM_CIRCUITS,
                  worst);
    assert_true(worst < 1e-5);
}

// --- Large signals ---

struct recording {
    size_t count;
    double *left_v;
    double *right_v;
};

static struct spice_tran_case tone(struct spice_circuit circuit, double left_v, double right_v) {
    return (struct spice_tran_case){
        .circuit = circuit,
        .drive_v = {left_v, right_v},
        .drive_hz = {TONE_HZ, TONE_HZ},
        .settle_s = 1e-3,
        .record_s = RECORD_S,
        .record_step_s = STEP_S,
        .solver_step_s = STEP_S,
    };
}

static struct recording record(const struct spice_tran_case *tran) {
    struct recording recording = {.count = spice_tran_count(tran)};
    recording.left_v = calloc(recording.count, sizeof(double));
    recording.right_v = calloc(recording.count, sizeof(double));
    assert_non_null(recording.left_v);
    assert_non_null(recording.right_v);
    assert_true(spice_solve_tran(tran, recording.left_v, recording.right_v));
    return recording;
}

static void forget(struct recording *recording) {
    free(recording->left_v);
    free(recording->right_v);
}

static double clamp(double value, double limit) {
    return fmax(-limit, fmin(limit, value));
}

static double clip(double x, double rail_v, double knee) {
    const double size = fabs(x);
    if (size >= rail_v * (1 + knee))
        return copysign(rail_v, x);
    if (size <= rail_v * (1 - knee))
        return x;
    const double into = size - rail_v * (1 - knee);
    return copysign(size - into * into / (4 * knee * rail_v), x);
}

static double leg_emf(const struct spice_circuit *circuit, double v) {
    const double rail_v = circuit->rail_v;
    const double d = v - clamp(v, circuit->crossover_v);
    const double a2 = 4 * circuit->second_harmonic / rail_v;
    const double a3 = 16 * circuit->third_harmonic / (rail_v * rail_v);
    return clip(d + a2 * d * d + a3 * d * d * d, rail_v, circuit->knee);
}

// What a circuit of resistors alone gives at one moment.
static double static_driver_v(const struct spice_circuit *circuit, double drive_v) {
    const double legs = circuit->topology == SPICE_BRIDGE ? 2 : 1;
    const double load_ohm = circuit->branch[0].ohm;
    double emf = leg_emf(circuit, drive_v);
    if (circuit->topology == SPICE_BRIDGE)
        emf -= leg_emf(circuit, -(1 - circuit->leg_mismatch) * drive_v);
    const double loop_ohm = legs * circuit->output_ohm + load_ohm;
    const double free_a = emf / loop_ohm;
    const double limit_a = circuit->current_limit_a;
    if (fabs(free_a) <= limit_a)
        return free_a * load_ohm;
    // Each limiting leg adds LIMIT_OHM for what is beyond the limit.
    const double more_ohm = legs * LIMIT_OHM;
    return copysign((fabs(emf) + more_ohm * limit_a) / (loop_ohm + more_ohm), emf) * load_ohm;
}

static double static_residual_db(const struct spice_tran_case *tran,
                                 const struct recording *recording) {
    double *expected_v = calloc(recording->count, sizeof(double));
    assert_non_null(expected_v);
    for (size_t i = 0; i < recording->count; i++) {
        const double time_s = tran->settle_s + (double)i * tran->record_step_s;
        const double drive_v = tran->drive_v[0] * sin(2 * PI * TONE_HZ * time_s);
        expected_v[i] = static_driver_v(&tran->circuit, drive_v);
    }
    const double residual_db =
        spectrum_null_depth_db(expected_v, recording->left_v, recording->count);
    free(expected_v);
    return residual_db;
}

static void check_static(const char *name, struct spice_circuit circuit, double drive_v) {
    const struct spice_tran_case tran = tone(circuit, drive_v, 0);
    struct recording recording = record(&tran);
    const double residual_db = static_residual_db(&tran, &recording);
    print_message("%-24s %7.1f dB\n", name, residual_db);
    forget(&recording);
    assert_true(residual_db < -95);
}

static struct spice_circuit amplifier(enum spice_topology topology) {
    struct spice_circuit circuit = spice_plain_circuit(topology, 32);
    circuit.rail_v = RAIL_V;
    circuit.output_ohm = 2;
    return circuit;
}

static void test_static_curves(void **state) {
    (void)state;
    struct spice_circuit circuit = amplifier(SPICE_SEPARATE_RETURNS);
    check_static("linear", circuit, 4);
    check_static("hard clip", circuit, 10);
    circuit.knee = 0.2;
    check_static("knee 20 %", circuit, 10);
    circuit.knee = 1;
    check_static("knee 100 %", circuit, 10);
    circuit.knee = 0;
    circuit.crossover_v = 0.1;
    check_static("crossover", circuit, 1);
    circuit.second_harmonic = 0.02;
    circuit.third_harmonic = 0.01;
    check_static("crossover and curvature", circuit, 4);
    circuit.topology = SPICE_BRIDGE;
    circuit.leg_mismatch = 0.05;
    circuit.knee = 0.3;
    check_static("bridge, all of it", circuit, 7);
}

static void test_static_current_limit(void **state) {
    (void)state;
    struct spice_circuit circuit = amplifier(SPICE_SEPARATE_RETURNS);
    circuit.current_limit_a = 0.08;
    check_static("current limit", circuit, 4);
    circuit.topology = SPICE_BRIDGE;
    check_static("current limit, bridge", circuit, 4);
}

// H2 and H3 are stated for a sine of half the rail; the output impedance changes nothing of the
// ratio.
static void test_harmonics_at_half_rail(void **state) {
    (void)state;
    struct spice_circuit circuit = amplifier(SPICE_SEPARATE_RETURNS);
    circuit.second_harmonic = 0.003;
    circuit.third_harmonic = 0.001;
    const struct spice_tran_case tran = tone(circuit, RAIL_V / 2, 0);
    struct recording recording = record(&tran);
    double amplitude[4];
    for (int h = 1; h < 4; h++)
        amplitude[h] = spectrum_fit_sine(recording.left_v, recording.count, 1 / STEP_S, h * TONE_HZ)
                           .amplitude *
                       34.0 / 32.0;
    forget(&recording);
    // The cubic term raises the fundamental itself by three times H3.
    assert_true(fabs(amplitude[1] / (RAIL_V / 2) - 1.003) < 1e-5);
    assert_true(fabs(amplitude[2] / (RAIL_V / 2) - 0.003) < 1e-6);
    assert_true(fabs(amplitude[3] / (RAIL_V / 2) - 0.001) < 1e-6);
}

// The two rails integrated by small steps, with both channels on them.
static void sagging_supply(const struct spice_tran_case *tran, double *left_v) {
    const struct spice_circuit *circuit = &tran->circuit;
    const double loop_ohm = circuit->output_ohm + circuit->branch[0].ohm;
    const long settle = lround(tran->settle_s / STEP_S);
    const long count = (long)spice_tran_count(tran);
    double rail_v[2] = {circuit->rail_v, circuit->rail_v};
    for (long n = 0; n < settle + count; n++) {
        double drawn_a[2] = {0, 0};
        for (int channel = 0; channel < SPICE_CHANNELS; channel++) {
            const double drive_v =
                tran->drive_v[channel] * sin(2 * PI * TONE_HZ * STEP_S * (double)n);
            const double emf = fmax(-rail_v[1], fmin(rail_v[0], drive_v));
            drawn_a[0] += fmax(emf, 0) / loop_ohm;
            drawn_a[1] += fmax(-emf, 0) / loop_ohm;
            if (channel == 0 && n >= settle)
                left_v[n - settle] = emf * circuit->branch[0].ohm / loop_ohm;
        }
        for (int side = 0; side < 2; side++)
            rail_v[side] +=
                STEP_S / circuit->supply_farad *
                ((circuit->rail_v - rail_v[side]) / circuit->supply_ohm - drawn_a[side]);
    }
}

static void test_sag(void **state) {
    (void)state;
    struct spice_circuit circuit = amplifier(SPICE_SEPARATE_RETURNS);
    circuit.supply_ohm = 5;
    circuit.supply_farad = 100e-6;
    struct spice_tran_case tran = tone(circuit, 8, -6);
    tran.settle_s = 5e-3;
    struct recording recording = record(&tran);
    double *expected_v = calloc(recording.count, sizeof(double));
    assert_non_null(expected_v);
    sagging_supply(&tran, expected_v);
    const double residual_db =
        spectrum_null_depth_db(expected_v, recording.left_v, recording.count);
    print_message("%-24s %7.1f dB\n", "sag", residual_db);
    free(expected_v);
    forget(&recording);
    assert_true(residual_db < -90);
}

// With small signals the two analyses have to agree: this covers storage elements in .tran decks.
static void check_tran_against_closed(struct spice_circuit circuit) {
    struct spice_tran_case tran = tone(circuit, 0.5, 0);
    tran.settle_s = 50e-3;
    tran.solver_step_s = 0.5e-6;
    struct recording recording = record(&tran);
    double complex gain[SPICE_CHANNELS];
    closed_gains(&circuit, TONE_HZ, gain);
    const double *driver_v[SPICE_CHANNELS] = {recording.left_v, recording.right_v};
    for (int channel = 0; channel < SPICE_CHANNELS; channel++) {
        const struct spectrum_sine fit =
            spectrum_fit_sine(driver_v[channel], recording.count, 1 / STEP_S, TONE_HZ);
        // Of a sine, hence the quarter turn.
        const double complex measured = fit.amplitude / 0.5 * cexp(I * (fit.phase_rad + PI / 2));
        assert_true(cabs(measured - gain[channel]) < 2e-5 * cabs(gain[0]));
    }
    forget(&recording);
}

static void test_tran_agrees_with_ac(void **state) {
    (void)state;
    for (int topology = 0; topology < 4; topology++) {
        struct spice_circuit circuit = amplifier((enum spice_topology)topology);
        circuit.output_henry = 1e-6;
        circuit.ground_ohm = 0.2;
        circuit.winding_ohm = 20;
        circuit.magnetizing_henry = 0.1;
        circuit.leakage_henry = 0.2e-3;
        circuit.cable_m = 3;
        circuit.cable_ohm_per_m = 0.2;
        circuit.cable_henry_per_m = 1e-6;
        circuit.cable_farad_per_m = 100e-12;
        circuit.contact_ohm = 0.05;
        circuit.shared_m = 1;
        circuit.branch[0].henry = 0.5e-3;
        circuit.branch[0].peak[0] = (struct spice_peak){40, 900, 2};
        circuit.branch[0].semi_ohm = 30;
        circuit.branch[0].semi_exponent = 0.6;
        check_tran_against_closed(circuit);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_divider),
        cmocka_unit_test(test_bridge_doubles_voltage_and_impedance),
        cmocka_unit_test(test_capacitor_corner),
        cmocka_unit_test(test_shared_return_crosstalk),
        cmocka_unit_test(test_transformer_floats),
        cmocka_unit_test(test_semi_inductance),
        cmocka_unit_test(test_branches_in_parallel),
        cmocka_unit_test(test_random_circuits),
        cmocka_unit_test(test_static_curves),
        cmocka_unit_test(test_static_current_limit),
        cmocka_unit_test(test_harmonics_at_half_rail),
        cmocka_unit_test(test_sag),
        cmocka_unit_test(test_tran_agrees_with_ac),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
