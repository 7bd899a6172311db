// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Large signals: the running chain plugin against ngspice .tran with behavioural sources.
//
// Every tone is a multiple of 100 Hz, so once settled both signals repeat after 10 ms, and the bins
// 100 Hz apart hold all there is from 20 Hz to 20 kHz, the plugin's aliases too. Nothing is fitted:
// time comes from the reported latency, the scale from the definition of the output.
//
// LOADLINE_LONG=1 or --long adds the other rates, high quality, and a check that ngspice's own step
// is fine.
#include "circuits.h"
#include "plugin_host.h"
#include "spectrum.h"
#include "spice_oracle.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PI              3.14159265358979323846
#define CHAIN_URI       "urn:loadline:chain"
#define LARGEST_DB      (-80.0)
#define SOLVER_DB       (-90.0) // what ngspice may differ from itself at half the step
#define PERIOD_S        10e-3
#define BIN_HZ          100.0
#define RECORD_STEP_S   0.25e-6
#define PLUGIN_SETTLE_S 0.4
#define SOURCE_LEVEL_V  10.0
#define LATENCY_MAX     8192
#define RAIL_V          5.0

enum { BINS = 200, NORMAL_QUALITY = 1, HIGH_QUALITY = 2, BLOCK = 256 };

static bool long_run;

// Bins 100 Hz to 20 kHz of the voltage at each driver.
struct periodic_spectrum {
    double complex volt[SPICE_CHANNELS][BINS];
};

// --- ngspice ---

static void transform_period(const double *x, size_t count, double complex *bins) {
    for (size_t i = 0; i < BINS; i++)
        bins[i] =
            spectrum_transform_at(x, count, (double)count / PERIOD_S, BIN_HZ * (double)(i + 1)) *
            2 / (double)count;
}

static struct periodic_spectrum solve(const struct spice_tran_case *tran) {
    struct periodic_spectrum spectrum;
    const size_t count = spice_tran_count(tran);
    double *volt[SPICE_CHANNELS] = {calloc(count, sizeof(double)), calloc(count, sizeof(double))};
    assert_non_null(volt[0]);
    assert_non_null(volt[1]);
    assert_true(spice_solve_tran(tran, volt[0], volt[1]));
    for (int channel = 0; channel < SPICE_CHANNELS; channel++) {
        transform_period(volt[channel], count, spectrum.volt[channel]);
        free(volt[channel]);
    }
    return spectrum;
}

// --- The plugin ---

static void fill_sine(float *x, size_t count, double peak, double frequency_hz, double rate_hz) {
    for (size_t n = 0; n < count; n++)
        x[n] = (float)(peak * sin(2 * PI * frequency_hz / rate_hz * (double)n));
}

static struct plugin_host *open_plugin(const struct spice_circuit *circuit, double rate_hz,
                                       int quality) {
    struct plugin_host *host = plugin_host_open(CHAIN_URI, rate_hz, PLUGIN_HOST_URID_MAP);
    circuit_neutral_ports(host);
    circuit_stage_to_ports(host, circuit);
    circuit_load_to_ports(host, circuit);
    plugin_host_set(host, "source_level", SOURCE_LEVEL_V);
    plugin_host_set(host, "quality", quality);
    return host;
}

static struct periodic_spectrum play(const struct spice_tran_case *tran, double rate_hz,
                                     int quality) {
    const double full_scale_v = sqrt(2) * SOURCE_LEVEL_V; // gain is 0 dB
    const size_t settle = (size_t)lround(PLUGIN_SETTLE_S * rate_hz);
    const size_t period = (size_t)lround(PERIOD_S * rate_hz);
    const size_t count = settle + period + LATENCY_MAX;
    struct plugin_host *host = open_plugin(&tran->circuit, rate_hz, quality);
    float *input[SPICE_CHANNELS] = {calloc(count, sizeof(float)), calloc(count, sizeof(float))};
    float *output[SPICE_CHANNELS] = {calloc(count, sizeof(float)), calloc(count, sizeof(float))};
    double *volt = calloc(period, sizeof *volt);
    assert_true(input[0] && input[1] && output[0] && output[1] && volt);
    for (int channel = 0; channel < SPICE_CHANNELS; channel++)
        fill_sine(input[channel], count, tran->drive_v[channel] / full_scale_v,
                  tran->drive_hz[channel], rate_hz);
    plugin_host_render(host, input[0], input[1], output[0], output[1], count, BLOCK);
    const uint32_t latency = plugin_host_latency(host);
    assert_true(latency <= LATENCY_MAX);

    struct periodic_spectrum spectrum;
    for (int channel = 0; channel < SPICE_CHANNELS; channel++) {
        for (size_t i = 0; i < period; i++)
            volt[i] = (double)output[channel][settle + latency + i] * full_scale_v;
        transform_period(volt, period, spectrum.volt[channel]);
        free(input[channel]);
        free(output[channel]);
    }
    free(volt);
    plugin_host_close(host);
    return spectrum;
}

// --- Comparing ---

static double residual_db(const struct periodic_spectrum *expected,
                          const struct periodic_spectrum *measured, int channel) {
    double signal = 0;
    double rest = 0;
    for (size_t i = 0; i < BINS; i++) {
        const double size = cabs(expected->volt[channel][i]);
        const double error = cabs(measured->volt[channel][i] - expected->volt[channel][i]);
        signal += size * size;
        rest += error * error;
    }
    return spectrum_decibel(sqrt(rest / signal));
}

static bool compare(const char *head, const struct periodic_spectrum *expected,
                    const struct periodic_spectrum *measured, double largest_db) {
    const double left_db = residual_db(expected, measured, 0);
    const double right_db = residual_db(expected, measured, 1);
    // Written so that a NaN fails.
    const bool good = left_db <= largest_db && right_db <= largest_db;
    print_message("%-58s left %7.1f dB  right %7.1f dB%s\n", head, left_db, right_db,
                  good ? "" : "  FAIL");
    return good;
}

static bool compare_at(const char *name, const struct spice_tran_case *tran,
                       const struct periodic_spectrum *expected, double rate_hz, int quality) {
    char head[128];
    snprintf(head, sizeof head, "%s, %.0f Hz, rate %.0f, quality %d", name, tran->drive_hz[0],
             rate_hz, quality);
    const struct periodic_spectrum measured = play(tran, rate_hz, quality);
    return compare(head, expected, &measured, LARGEST_DB);
}

static bool compare_half_step(const char *name, const struct spice_tran_case *tran,
                              const struct periodic_spectrum *expected) {
    char head[128];
    struct spice_tran_case finer = *tran;
    finer.solver_step_s /= 2;
    snprintf(head, sizeof head, "%s, %.0f Hz, ngspice at half the step", name, tran->drive_hz[0]);
    const struct periodic_spectrum better = solve(&finer);
    return compare(head, expected, &better, SOLVER_DB);
}

static bool compare_long(const char *name, const struct spice_tran_case *tran,
                         const struct periodic_spectrum *expected) {
    static const double rates_hz[] = {44100, 48000, 88200, 96000, 176400, 192000};
    bool good = compare_half_step(name, tran, expected);
    for (size_t i = 0; i < sizeof rates_hz / sizeof *rates_hz; i++)
        for (int quality = NORMAL_QUALITY; quality <= HIGH_QUALITY; quality++)
            good &= compare_at(name, tran, expected, rates_hz[i], quality);
    return good;
}

// Rails, resonances and a transformer take some ten time constants of about 6 ms.
static double settle_s(const struct spice_circuit *circuit) {
    const bool slow = circuit->supply_ohm > 0 || circuit->branch[0].peak[0].rise_ohm > 0 ||
                      circuit->topology == SPICE_TRANSFORMER;
    return slow ? 80e-3 : 10e-3;
}

// The longest step that leaves ngspice well below the tolerance. A limited inductance is stiff: 10
// kohm on it, twice that between two legs.
static double solver_step_s(const struct spice_circuit *circuit, double tone_hz) {
    if (isfinite(circuit->current_limit_a) && circuit->branch[0].henry > 0)
        return tone_hz <= 500 ? 0.5e-6 : circuit->topology == SPICE_BRIDGE ? 0.05e-6 : 0.1e-6;
    if (tone_hz < 500)
        return 1e-6;
    return tone_hz > 2000 ? 0.25e-6 : 0.5e-6;
}

// False when out of tolerance; the callers assert once all of their cases have been printed.
static bool check(const char *name, struct spice_circuit circuit, double drive_v, double tone_hz) {
    // The right channel is quieter and inverted, so that both are loud enough to count and differ.
    const struct spice_tran_case tran = {
        .circuit = circuit,
        .drive_v = {drive_v, -0.75 * drive_v},
        .drive_hz = {tone_hz, tone_hz},
        .settle_s = settle_s(&circuit),
        .record_s = PERIOD_S,
        .record_step_s = RECORD_STEP_S,
        .solver_step_s = solver_step_s(&circuit, tone_hz),
    };
    const struct periodic_spectrum expected = solve(&tran);
    if (long_run)
        return compare_long(name, &tran, &expected);
    return compare_at(name, &tran, &expected, 48000, NORMAL_QUALITY);
}

// --- Circuits ---

static struct spice_circuit amplifier(enum spice_topology topology, struct spice_branch load) {
    struct spice_circuit circuit = spice_plain_circuit(topology, 1);
    circuit.rail_v = RAIL_V;
    circuit.output_ohm = 2;
    circuit.ground_ohm = 0.5;
    circuit.cable_m = 1.5;
    circuit.cable_ohm_per_m = 0.2;
    circuit.cable_henry_per_m = 0.7e-6;
    circuit.contact_ohm = 0.02;
    circuit.shared_m = 1;
    circuit.branch[0] = load;
    return circuit;
}

static const struct spice_branch planar = {.ohm = 32};
static const struct spice_branch inductive = {.ohm = 32, .henry = 0.5e-3};
// Close to an HD 600.
static const struct spice_branch resonant = {.ohm = 300, .peak = {{260, 100, 1.5}}};

// --- Tests ---

static void test_hard_clip(void **state) {
    (void)state;
    const struct spice_circuit circuit = amplifier(SPICE_SEPARATE_RETURNS, planar);
    bool good = check("hard clip", circuit, 2 * RAIL_V, 100);
    good &= check("hard clip", circuit, 2 * RAIL_V, 1000);
    good &= check("hard clip", circuit, 2 * RAIL_V, 5000);
    assert_true(good);
}

static void test_knee_clip(void **state) {
    (void)state;
    struct spice_circuit circuit = amplifier(SPICE_SEPARATE_RETURNS, planar);
    circuit.knee = 0.2;
    bool good = check("knee 20 %", circuit, 2 * RAIL_V, 100);
    good &= check("knee 20 %", circuit, 2 * RAIL_V, 1000);
    good &= check("knee 20 %", circuit, 2 * RAIL_V, 5000);
    assert_true(good);
}

static void test_clip_into_reactive_loads(void **state) {
    (void)state;
    bool good =
        check("clip, inductive", amplifier(SPICE_SHARED_RETURN, inductive), 2 * RAIL_V, 5000);
    good &= check("clip, resonant", amplifier(SPICE_SHARED_RETURN, resonant), 2 * RAIL_V, 100);
    struct spice_circuit transformer = amplifier(SPICE_TRANSFORMER, planar);
    // Enough resistance for the magnetizing current to settle in time.
    transformer.output_ohm = 20;
    transformer.winding_ohm = 10;
    transformer.magnetizing_henry = 0.1;
    transformer.leakage_henry = 0.1e-3;
    good &= check("clip, transformer", transformer, 2 * RAIL_V, 1000);
    assert_true(good);
}

static void test_crossover(void **state) {
    (void)state;
    struct spice_circuit circuit = amplifier(SPICE_SEPARATE_RETURNS, planar);
    circuit.crossover_v = 0.02;
    bool good = check("crossover", circuit, 0.5, 1000);
    good &= check("crossover", circuit, 0.5, 5000);
    assert_true(good);
}

static void test_harmonics(void **state) {
    (void)state;
    struct spice_circuit circuit = amplifier(SPICE_SEPARATE_RETURNS, planar);
    circuit.second_harmonic = 0.01;
    circuit.third_harmonic = 0.005;
    bool good = check("second and third harmonic", circuit, RAIL_V / 2, 1000);
    good &= check("second and third harmonic", circuit, RAIL_V / 2, 5000);
    assert_true(good);
}

static void test_bridge_mismatch(void **state) {
    (void)state;
    struct spice_circuit circuit = amplifier(SPICE_BRIDGE, planar);
    circuit.leg_mismatch = 0.05;
    circuit.second_harmonic = 0.01;
    bool good = check("bridge, mismatch, second harmonic", circuit, RAIL_V / 2, 1000);
    good &= check("bridge, mismatch, clip", circuit, 2 * RAIL_V, 1000);
    good &= check("bridge, mismatch, clip", circuit, 2 * RAIL_V, 5000);
    assert_true(good);
}

static bool check_limit(const char *name, enum spice_topology topology, struct spice_branch load,
                        double limit_a, double tone_hz) {
    struct spice_circuit circuit = amplifier(topology, load);
    circuit.current_limit_a = limit_a;
    // A bridge drives twice the voltage through the same load.
    const double drive_v = topology == SPICE_BRIDGE ? 2 : 4;
    return check(name, circuit, drive_v, tone_hz);
}

static void test_current_limit_resonant(void **state) {
    (void)state;
    bool good = true;
    for (int hz = 100; hz <= 1000; hz *= 10) {
        const double limit_a = hz == 100 ? 4e-3 : 8e-3;
        good &=
            check_limit("limit, resonant, separate", SPICE_SEPARATE_RETURNS, resonant, limit_a, hz);
        good &= check_limit("limit, resonant, bridge", SPICE_BRIDGE, resonant, limit_a, hz);
        good &= check_limit("limit, resonant, shared", SPICE_SHARED_RETURN, resonant, limit_a, hz);
    }
    assert_true(good);
}

static void test_current_limit_inductive(void **state) {
    (void)state;
    bool good = true;
    for (int hz = 100; hz <= 1000; hz *= 10) {
        good &=
            check_limit("limit, inductive, separate", SPICE_SEPARATE_RETURNS, inductive, 0.07, hz);
        good &= check_limit("limit, inductive, bridge", SPICE_BRIDGE, inductive, 0.07, hz);
        good &= check_limit("limit, inductive, shared", SPICE_SHARED_RETURN, inductive, 0.07, hz);
    }
    assert_true(good);
}

static void test_sag(void **state) {
    (void)state;
    bool good = true;
    for (int hz = 100; hz <= 1000; hz *= 10) {
        struct spice_circuit circuit = amplifier(SPICE_SHARED_RETURN, planar);
        circuit.supply_ohm = 5;
        circuit.supply_farad = 1000e-6;
        good &= check("sag, shared return", circuit, 2 * RAIL_V, hz);
        circuit.topology = SPICE_BRIDGE;
        good &= check("sag, bridge", circuit, 2 * RAIL_V, hz);
    }
    assert_true(good);
}

int main(int argc, char **argv) {
    const char *asked = getenv("LOADLINE_LONG");
    long_run = (asked && strcmp(asked, "1") == 0) || (argc > 1 && strcmp(argv[1], "--long") == 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hard_clip),
        cmocka_unit_test(test_knee_clip),
        cmocka_unit_test(test_clip_into_reactive_loads),
        cmocka_unit_test(test_crossover),
        cmocka_unit_test(test_harmonics),
        cmocka_unit_test(test_bridge_mismatch),
        cmocka_unit_test(test_current_limit_resonant),
        cmocka_unit_test(test_current_limit_inductive),
        cmocka_unit_test(test_sag),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
