// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// What the meters read against closed forms of the circuit, worked out here from the design's text.
#include "chain_host.h"
#include "circuits.h"
#include "response.h"
#include "spectrum.h"
#include "stereo.h"

#include <complex.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define PI        3.14159265358979323846
#define RATE_HZ   48000.0
#define TONE_HZ   1000.0
#define SETTLE_S  3.0 // ten times the time constant of the power meter
#define SOURCE_V  2.0
#define MATCH_DB  0.01
#define BOTTOM_DB (-12.0) // of the match
#define TOP_DB    40.0

enum { RANDOM_CIRCUITS = 64, BLOCK = 256 };

static struct plugin_host *host;

static int open_host(void **state) {
    (void)state;
    host = chain_open(RATE_HZ);
    return 0;
}

static int close_host(void **state) {
    (void)state;
    plugin_host_close(host);
    return 0;
}

static double meter(const char *symbol) {
    return plugin_host_get(host, symbol);
}

static void expect(const char *symbol, double expected, double tolerance) {
    const double value = meter(symbol);
    print_message("%-20s %12.6g, expected %12.6g\n", symbol, value, expected);
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%s reads %g, not %g within %g", symbol, value, expected, tolerance);
}

static void expect_share(const char *symbol, double expected, double share) {
    expect(symbol, expected, share * fabs(expected));
}

// --- A load as the design has it ---

struct load {
    double ohm, rise_ohm, peak_hz, peak_q, semi_ohm, semi_exponent, sensitivity_db;
};

static const struct load resistor_32 = {32, 0, 100, 1, 0, 0.6, 110};
static const struct load hd_600 = {300.9, 266.8, 100, 1.45, 110.3, 0.618, 103.7};

static double complex load_ohm(const struct load *load, double hz) {
    const double complex peak =
        load->rise_ohm / (1 + I * load->peak_q * (hz / load->peak_hz - load->peak_hz / hz));
    return load->ohm + peak + load->semi_ohm * cpow(I * hz / 20000, load->semi_exponent);
}

// What the EMF of one leg gives, and what the circuit around it is; the wire is ideal.
struct drive {
    int topology;
    double source_ohm, ground_ohm;
};

static void start(const struct drive *drive, const struct load *load, const char *settings) {
    chain_start(host, CHAIN_WIRE "cable=0 cable_length=min contact_resistance=min", CHAIN_NORMAL);
    plugin_host_set(host, "topology", drive->topology);
    plugin_host_set(host, "output_impedance", drive->source_ohm);
    plugin_host_set(host, "ground_resistance", drive->ground_ohm * 1e3);
    plugin_host_set(host, "resistance", load->ohm);
    plugin_host_set(host, "peak1_rise", load->rise_ohm);
    plugin_host_set(host, "peak1_frequency", load->peak_hz);
    plugin_host_set(host, "peak1_q", load->peak_q);
    plugin_host_set(host, "semi_impedance", load->semi_ohm);
    plugin_host_set(host, "semi_exponent", load->semi_exponent);
    plugin_host_set(host, "sensitivity", load->sensitivity_db);
    plugin_host_set_all(host, settings);
}

static double legs(const struct drive *drive) {
    return drive->topology == SPICE_BRIDGE ? 2 : 1;
}

// Both channels in phase: the ground carries two currents.
static double complex source_ohm(const struct drive *drive) {
    const double ground = drive->topology == SPICE_SHARED_RETURN ? 2 * drive->ground_ohm : 0;
    return legs(drive) * drive->source_ohm + ground;
}

// Driver over the input of the stage.
static double complex gain_at(const struct drive *drive, const struct load *load, double hz) {
    const double complex z = load_ohm(load, hz);
    return legs(drive) * z / (z + source_ohm(drive));
}

static double deviation_db(const struct drive *drive, const struct load *load) {
    double lowest = INFINITY;
    double highest = 0;
    for (int i = 0; i <= 30000; i++) {
        const double gain = cabs(gain_at(drive, load, 20 * pow(1000, i / 30000.0)));
        lowest = fmin(lowest, gain);
        highest = fmax(highest, gain);
    }
    return spectrum_decibel(highest / lowest);
}

static double crosstalk_db(const struct drive *drive, const struct load *load) {
    if (drive->topology != SPICE_SHARED_RETURN || drive->ground_ohm == 0)
        return -200;
    const double complex z = load_ohm(load, TONE_HZ) + drive->source_ohm;
    return spectrum_decibel(cabs(drive->ground_ohm / (z + drive->ground_ohm)));
}

static void check_meters(const struct drive *drive, const struct load *load) {
    const double amplitude = 0.5;
    const double rail_v = 5;
    const double emf_v = amplitude * SOURCE_V * sqrt(2);
    const double complex gain = gain_at(drive, load, TONE_HZ);
    const double complex z = load_ohm(load, TONE_HZ);
    const double driver_v = emf_v * cabs(gain);
    start(drive, load, "rail=5");
    response_play_sine(host, amplitude, TONE_HZ, SETTLE_S);
    print_message("Topology %d, %g ohm a leg, %g ohm shared, into %g ohm:\n", drive->topology,
                  drive->source_ohm, drive->ground_ohm, load->ohm);
    expect("peak_spl", load->sensitivity_db + spectrum_decibel(driver_v / sqrt(2)), 0.01);
    expect_share("power", driver_v * driver_v / 2 * creal(1 / z) * 1e3, 0.002);
    expect_share("current", driver_v / cabs(z) * 1e3, 0.002);
    expect("headroom", spectrum_decibel(rail_v / emf_v), 0.01);
    expect("match_gain", -spectrum_decibel(cabs(gain)), 0.001);
    expect_share("damping_factor", cabs(z / source_ohm(drive)), 0.001);
    expect("response_deviation", deviation_db(drive, load), 0.002);
    expect("crosstalk", crosstalk_db(drive, load), 0.01);
    expect("clipping", 0, 0);
    expect("limiting", 0, 0);
    expect("overload", 0, 0);
}

static void meters_read_the_circuit(void **state) {
    (void)state;
    static const struct drive drives[] = {
        {SPICE_SHARED_RETURN, 2, 0.2},
        {SPICE_SHARED_RETURN, 33, 1.5},
        {SPICE_SEPARATE_RETURNS, 10, 0.2},
        {SPICE_BRIDGE, 5, 0.2},
    };
    for (size_t i = 0; i < sizeof drives / sizeof *drives; i++) {
        check_meters(&drives[i], &resistor_32);
        check_meters(&drives[i], &hd_600);
    }
}

// --- Clipping, limiting, headroom ---

static const struct drive plain = {SPICE_SEPARATE_RETURNS, 1, 0};

static void clipping_shows_from_the_rail_on(void **state) {
    (void)state;
    const double full_scale_v = SOURCE_V * sqrt(2);
    start(&plain, &resistor_32, "rail=2");
    response_play_sine(host, 1.98 / full_scale_v, TONE_HZ, 0.5);
    expect("clipping", 0, 0);
    expect("headroom", spectrum_decibel(2 / 1.98), 0.01);
    response_play_sine(host, 2.02 / full_scale_v, TONE_HZ, 0.5);
    expect("clipping", 1, 0);
    expect("headroom", 0, 0.01);
    response_play_sine(host, 4 / full_scale_v, TONE_HZ, 0.5);
    expect("clipping", 1, 0);
    expect("headroom", 0, 0.01);
    // A soft knee reaches the rail at twice as much; there is room until then.
    start(&plain, &resistor_32, "rail=2 knee=100");
    response_play_sine(host, 3.9 / full_scale_v, TONE_HZ, 0.5);
    expect("clipping", 0, 0);
    response_play_sine(host, 4.1 / full_scale_v, TONE_HZ, 0.5);
    expect("clipping", 1, 0);
    expect("headroom", 0, 0.01);
    // A leg of a bridge has its own rail: four volts across the load are two a leg.
    const struct drive bridge = {SPICE_BRIDGE, 1, 0};
    start(&bridge, &resistor_32, "rail=2");
    response_play_sine(host, 1.98 / full_scale_v, TONE_HZ, 0.5);
    expect("clipping", 0, 0);
    expect("headroom", spectrum_decibel(2 / 1.98), 0.01);
}

static void limiting_shows_from_the_limit_on(void **state) {
    (void)state;
    static const struct drive drives[] = {
        {SPICE_SHARED_RETURN, 1, 0}, {SPICE_SEPARATE_RETURNS, 1, 0}, {SPICE_BRIDGE, 1, 0}};
    for (size_t i = 0; i < sizeof drives / sizeof *drives; i++) {
        const double loop_ohm = resistor_32.ohm + legs(&drives[i]);
        const double limit_a = 0.02;
        const double just = limit_a * loop_ohm / legs(&drives[i]) / (SOURCE_V * sqrt(2));
        start(&drives[i], &resistor_32, "current_limit=20");
        response_play_sine(host, 0.99 * just, TONE_HZ, 0.5);
        expect("limiting", 0, 0);
        expect_share("current", 0.99 * limit_a * 1e3, 0.002);
        response_play_sine(host, 1.01 * just, TONE_HZ, 0.5);
        expect("limiting", 1, 0);
        response_play_sine(host, 2 * just, TONE_HZ, 0.5);
        expect("limiting", 1, 0);
        // The 10 kohm of the limit let 0.3 % more through.
        expect_share("current", limit_a * 1e3, 0.01);
    }
}

static void a_meter_holds_and_lets_go(void **state) {
    (void)state;
    struct stereo tone = stereo_new((size_t)(0.1 * RATE_HZ));
    start(&plain, &resistor_32, "rail=1");
    stereo_add_sine(&tone, 1, TONE_HZ / RATE_HZ);
    chain_play(host, &tone, &tone, BLOCK);
    const double loud_db = meter("peak_spl");
    expect("clipping", 1, 0);
    plugin_host_render(host, NULL, NULL, NULL, NULL, (size_t)(0.25 * RATE_HZ), BLOCK);
    expect("peak_spl", loud_db, 0.5);
    expect("clipping", 1, 0);
    plugin_host_render(host, NULL, NULL, NULL, NULL, (size_t)(3 * RATE_HZ), BLOCK);
    expect("peak_spl", 0, 0);
    expect("clipping", 0, 0);
    stereo_free(&tone);
}

// Power is a mean before it is a maximum: neither ears that take turns nor what a coil gives back
// may add to it.
static void power_is_the_mean_of_one_ear(void **state) {
    (void)state;
    const size_t frames = (size_t)(SETTLE_S * RATE_HZ);
    const double amplitude = 0.25, volts_rms = amplitude * SOURCE_V;
    const struct case_of_power {
        const char *settings;
        double hz, ohm, henry;
    } cases[] = {
        {CHAIN_IDEAL " peak1_rise=0 resistance=300", 50, 300, 0},
        {CHAIN_IDEAL " peak1_rise=0 resistance=10 inductance=20 rail=100", 100, 10, 20e-3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const double w = 2 * PI * cases[i].hz;
        struct stereo in = stereo_new(frames), out = stereo_new(frames);
        for (size_t n = 0; n < frames; n++) {
            in.left[n] = (float)(amplitude * sin(w * (double)n / RATE_HZ));
            in.right[n] = (float)(amplitude * cos(w * (double)n / RATE_HZ));
        }
        chain_start(host, cases[i].settings, CHAIN_NORMAL);
        plugin_host_render(host, in.left, in.right, out.left, out.right, frames, BLOCK);
        const double reactance_ohm = w * cases[i].henry;
        const double ohm_squared = cases[i].ohm * cases[i].ohm + reactance_ohm * reactance_ohm;
        expect_share("power", 1e3 * volts_rms * volts_rms * cases[i].ohm / ohm_squared, 0.01);
        stereo_free(&in);
        stereo_free(&out);
    }
}

// A lower peak that came later takes over when the higher one has been held long enough.
static void a_later_peak_outlives_an_earlier_one(void **state) {
    (void)state;
    static const struct burst {
        double start_s, stop_s, amplitude;
    } bursts[] = {{0.10, 0.11, 0.5}, {0.30, 0.31, 0.25}};
    const size_t frames = (size_t)(0.5 * RATE_HZ);
    struct stereo in = stereo_new(frames), out = stereo_new(frames);
    for (size_t b = 0; b < sizeof bursts / sizeof *bursts; b++) {
        const size_t stop = (size_t)(bursts[b].stop_s * RATE_HZ);
        for (size_t n = (size_t)(bursts[b].start_s * RATE_HZ); n < stop; n++)
            in.left[n] = in.right[n] =
                (float)(bursts[b].amplitude * sin(2 * PI * TONE_HZ * (double)n / RATE_HZ));
    }
    chain_start(host, CHAIN_IDEAL " peak1_rise=0 sensitivity=100", CHAIN_NORMAL);
    plugin_host_render(host, in.left, in.right, out.left, out.right, frames, BLOCK);
    expect("peak_spl", 100 + 20 * log10(bursts[1].amplitude * SOURCE_V), 0.2);
    stereo_free(&in);
    stereo_free(&out);
}

static void silence_reads_the_bounds(void **state) {
    (void)state;
    start(&plain, &resistor_32, "");
    response_play_sine(host, 0, TONE_HZ, 1);
    expect("peak_spl", 0, 0);
    expect("power", 0, 0);
    expect("current", 0, 0);
    expect("headroom", 120, 0);
    expect("noise_spl", -120, 0);
    expect("crosstalk", -200, 0);
    expect("overload", 0, 0);
}

// --- Level match ---

// What the input's level at 1 kHz becomes.
static double level_db(double amplitude, double seconds) {
    double harmonic[2];
    response_harmonics(host, amplitude, TONE_HZ, seconds, harmonic, 2);
    return spectrum_decibel(harmonic[1] / amplitude);
}

static void match_holds_the_level_of_any_circuit(void **state) {
    (void)state;
    double worst_db = 0;
    unsigned at_bounds = 0;
    for (unsigned i = 0; i < RANDOM_CIRCUITS; i++) {
        const struct spice_circuit circuit =
            circuit_random((enum spice_topology)(i % 4), 90210 + i);
        plugin_host_restart(host);
        circuit_neutral_ports(host);
        circuit_stage_to_ports(host, &circuit);
        circuit_load_to_ports(host, &circuit);
        const double open_db = level_db(1e-3, 1);
        plugin_host_set(host, "match", 1);
        const double matched_db = level_db(1e-3, 1);
        const double needed_db = fmin(fmax(-open_db, BOTTOM_DB), TOP_DB);
        at_bounds += needed_db != -open_db;
        assert_true(fabs(meter("match_gain") - needed_db) <= MATCH_DB);
        const double error_db = fabs(matched_db - (open_db + needed_db));
        worst_db = fmax(worst_db, error_db);
        if (!(error_db <= MATCH_DB))
            fail_msg("random circuit %u: %g dB off", i, error_db);
    }
    print_message("%d random circuits: worst %.5f dB from level, %u at the bounds of the match\n",
                  (int)RANDOM_CIRCUITS, worst_db, at_bounds);
    assert_true(at_bounds < RANDOM_CIRCUITS / 4);
}

// 2 ohm behind 1 kohm are 54 dB down: the match gives what it has.
static void match_ends_at_its_bound(void **state) {
    (void)state;
    const struct load short_circuit = {2, 0, 100, 1, 0, 0.6, 104};
    const struct drive thin = {SPICE_SEPARATE_RETURNS, 1000, 0};
    start(&thin, &short_circuit, "");
    const double db = level_db(0.1, 0.5);
    expect("match_gain", TOP_DB, 1e-6);
    assert_true(fabs(db - TOP_DB - spectrum_decibel(2 / 1002.0)) <= MATCH_DB);
}

static void match_holds_the_level_of_any_device(void **state) {
    (void)state;
    static const char *const choices[] = {"headphone", "amplifier", "cable"};
    double worst_db = 0;
    unsigned devices = 0;
    for (size_t i = 0; i < sizeof choices / sizeof *choices; i++) {
        plugin_host_set_to_maximum(host, choices[i]);
        const int last = (int)lround(plugin_host_get(host, choices[i]));
        for (int row = 0; row <= last; row++, devices++) {
            chain_start(host, "", CHAIN_LIVE);
            plugin_host_set(host, choices[i], row);
            worst_db = fmax(worst_db, fabs(level_db(1e-2, 0.25)));
        }
    }
    print_message("%u devices: worst %.5f dB from level\n", devices, worst_db);
    assert_true(devices > 30);
    assert_true(worst_db <= MATCH_DB);
}

// --- Gain ---

static void gain_moves_clipping_and_not_the_level(void **state) {
    (void)state;
    const double amplitude = 0.1;
    for (double gain_db = -40; gain_db <= 40; gain_db += 10) {
        const double emf_v = amplitude * SOURCE_V * sqrt(2) * pow(10, gain_db / 20);
        start(&plain, &resistor_32, "rail=3");
        plugin_host_set(host, "gain", gain_db);
        const double db = level_db(amplitude, 0.5);
        print_message("Gain %+3.0f dB: level %+8.4f dB, clipping %g, %.2f dB SPL\n", gain_db, db,
                      meter("clipping"), meter("peak_spl"));
        assert_true((meter("clipping") > 0) == (emf_v >= 3));
        if (emf_v < 3) {
            const double driver_v = emf_v * cabs(gain_at(&plain, &resistor_32, TONE_HZ));
            assert_true(fabs(db) <= MATCH_DB);
            expect("peak_spl", resistor_32.sensitivity_db + spectrum_decibel(driver_v / sqrt(2)),
                   0.01);
        } else {
            assert_true(db < -1);
        }
    }
}

// --- Safety stop ---

// Matched at 1 kHz, where little comes through, 100 Hz is far too loud.
static void the_safety_stop_holds_at_four_and_shows(void **state) {
    (void)state;
    const struct load peaked = {2, 2000, 100, 5, 0, 0.6, 104};
    const struct drive thin = {SPICE_SEPARATE_RETURNS, 1000, 0};
    struct stereo tone = stereo_new((size_t)RATE_HZ);
    start(&thin, &peaked, "");
    stereo_add_sine(&tone, 1, 100 / RATE_HZ);
    chain_play(host, &tone, &tone, BLOCK);
    expect("match_gain", -spectrum_decibel(cabs(gain_at(&thin, &peaked, TONE_HZ))), 0.001);
    expect("overload", 1, 0);
    assert_true(stereo_peak(&tone) == 4);
    stereo_free(&tone);
    // The same at a level that stays below.
    start(&thin, &peaked, "");
    response_play_sine(host, 0.01, 100, 1);
    expect("overload", 0, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(meters_read_the_circuit),
        cmocka_unit_test(clipping_shows_from_the_rail_on),
        cmocka_unit_test(limiting_shows_from_the_limit_on),
        cmocka_unit_test(a_meter_holds_and_lets_go),
        cmocka_unit_test(power_is_the_mean_of_one_ear),
        cmocka_unit_test(a_later_peak_outlives_an_earlier_one),
        cmocka_unit_test(silence_reads_the_bounds),
        cmocka_unit_test(match_holds_the_level_of_any_circuit),
        cmocka_unit_test(match_ends_at_its_bound),
        cmocka_unit_test(match_holds_the_level_of_any_device),
        cmocka_unit_test(gain_moves_clipping_and_not_the_level),
        cmocka_unit_test(the_safety_stop_holds_at_four_and_shows),
    };
    return cmocka_run_group_tests(tests, open_host, close_host);
}
