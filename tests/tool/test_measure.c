// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// loadline measure, against closed forms.
#include "tool.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROW_MAX = 400, LEVELS = 67, BANDS = 61 };

// No impedance between the amplifier and 300 ohm.
// clang-format off
#define IDEAL "source_impedance=1; line_length=0.1; topology=1; output_impedance=0.01; cable_length=0.1; contact_resistance=0.1; peak1_rise=0; "
// clang-format on

// Full scale is half the rail.
#define HALF_RAIL "source_level=1; rail=2.8284271; "

static double decibel(double ratio) {
    return 20.0 * log10(ratio);
}

static void assert_near(const char *what, double actual, double expected, double tolerance) {
    if (!(fabs(actual - expected) <= tolerance))
        fail_msg("%s: %.6g, not %.6g within %g", what, actual, expected, tolerance);
}

// One column of what the last run said; its rows have to be as many as expected.
static void read_column(const char *name, double values[ROW_MAX], size_t rows) {
    assert_int_equal(said_column(name, values, ROW_MAX), rows);
}

// --- Distortion ---

static void test_levels_and_volts(void **state) {
    (void)state;
    double dbfs[ROW_MAX], volt[ROW_MAX];
    assert_code(RUN("measure", "--what", "distortion", "--set", IDEAL, "--set", "gain=6"), DONE);
    assert_string_equal(complained, "");
    read_column("level_dbfs", dbfs, LEVELS);
    read_column("driver_v_rms", volt, LEVELS);
    for (size_t i = 0; i < LEVELS; i++) {
        assert_near("level", dbfs[i], -60.0 + (double)i, 1e-9);
        assert_near("volts", decibel(volt[i] / 2.0), dbfs[i] + 6.0, 0.001);
    }
}

// Of v + a2 v^2 + a3 v^3: a2 A^2 / 2 and a3 A^3 / 4 over A + 3 a3 A^3 / 4.
static void test_harmonics_of_a_polynomial(void **state) {
    (void)state;
    static const char *const rates[] = {"44100", "48000", "96000"};
    static const char settings[] = HALF_RAIL "second_harmonic=-60; third_harmonic=-50";
    const double h2_half = 1e-3, h3_half = 3.1622776602e-3;
    for (size_t k = 0; k < sizeof rates / sizeof *rates; k++) {
        double dbfs[ROW_MAX], h2[ROW_MAX], h3[ROW_MAX], h4[ROW_MAX], thd[ROW_MAX], thd_n[ROW_MAX];
        assert_code(RUN("measure", "--what", "distortion", "--rate", rates[k], "--points", "12",
                        "--set", IDEAL, "--set", settings),
                    DONE);
        read_column("level_dbfs", dbfs, 12);
        read_column("h2_dbc", h2, 12);
        read_column("h3_dbc", h3, 12);
        read_column("h4_dbc", h4, 12);
        read_column("thd_percent", thd, 12);
        read_column("thd_n_percent", thd_n, 12);
        // The last one clips. At the lowest levels single precision has its share: -160 dBc in a
        // harmonic, -140 dB in all.
        for (size_t i = 0; i < 11; i++) {
            const double share = pow(10.0, dbfs[i] / 20.0); // of half the rail
            const double grown = 1.0 + 3.0 * h3_half * share * share;
            const double second = h2_half * share / grown;
            const double third = h3_half * share * share / grown;
            const double percent = 100.0 * hypot(second, third);
            assert_near("H2", h2[i], decibel(second), 0.02);
            assert_near("H3", fmax(h3[i], -130.0), fmax(decibel(third), -130.0), 0.15);
            assert_true(h4[i] < -140.0);
            assert_near("THD", decibel(thd[i] / percent), 0.0, 0.02);
            const double of_all = percent / sqrt(1.0 + 1e-4 * percent * percent);
            assert_near("THD+N", decibel(thd_n[i] / of_all), 0.0, 0.1);
        }
    }
}

// Amplitude of a harmonic of a sine of peak `drive`, clipped at 1: by quadrature, which a polygon
// of so many corners makes exact enough.
static double clipped_harmonic(double drive, int harmonic) {
    enum { CORNERS = 200000 };
    double sum = 0.0;
    for (int i = 0; i < CORNERS; i++) {
        const double radians = 2.0 * M_PI * i / CORNERS;
        sum += fmax(-1.0, fmin(1.0, drive * sin(radians))) * sin(harmonic * radians);
    }
    return 2.0 * sum / CORNERS;
}

static void test_harmonics_of_clipping(void **state) {
    (void)state;
    double dbfs[ROW_MAX], volt[ROW_MAX], h3[ROW_MAX], h5[ROW_MAX], thd[ROW_MAX];
    // Full scale is the rail.
    assert_code(RUN("measure", "--what", "distortion", "--hz", "997", "--set", IDEAL, "--set",
                    "source_level=1; rail=1.41421356"),
                DONE);
    read_column("level_dbfs", dbfs, LEVELS);
    read_column("driver_v_rms", volt, LEVELS);
    read_column("h3_dbc", h3, LEVELS);
    read_column("h5_dbc", h5, LEVELS);
    read_column("thd_percent", thd, LEVELS);
    for (size_t i = 0; i < LEVELS; i++) {
        const double drive = pow(10.0, dbfs[i] / 20.0);
        if (dbfs[i] < -0.5)
            assert_true(thd[i] < 1e-4);
        if (dbfs[i] < 0.5)
            continue;
        const double fundamental = clipped_harmonic(drive, 1);
        double harmonics = 0.0;
        for (int n = 3; 997 * n < 20000; n += 2)
            harmonics += pow(clipped_harmonic(drive, n), 2.0);
        const double all = sqrt(harmonics + fundamental * fundamental);
        assert_near("volts", decibel(volt[i] / all), 0.0, 0.005);
        assert_near("H3", h3[i], decibel(fabs(clipped_harmonic(drive, 3)) / fundamental), 0.02);
        assert_near("H5", h5[i], decibel(fabs(clipped_harmonic(drive, 5)) / fundamental), 0.02);
        assert_near("THD", decibel(thd[i] / (100.0 * sqrt(harmonics) / fundamental)), 0.0, 0.01);
    }
}

// Both legs have a2 v^2, the inverting one of (1 - m)^2: the difference is all that is left.
static void test_a_bridge_cancels_even_harmonics_as_far_as_its_legs_match(void **state) {
    (void)state;
    static const struct {
        const char *settings;
        double mismatch;
    } cases[] = {
        {HALF_RAIL "second_harmonic=-40; topology=2", 0.0},
        {HALF_RAIL "second_harmonic=-40; topology=2; leg_mismatch=1", 0.01},
        {HALF_RAIL "second_harmonic=-40; topology=2; leg_mismatch=10", 0.1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double dbfs[ROW_MAX], h2[ROW_MAX];
        assert_code(RUN("measure", "--what", "distortion", "--points", "12", "--set", IDEAL,
                        "--set", cases[i].settings),
                    DONE);
        read_column("level_dbfs", dbfs, 12);
        read_column("h2_dbc", h2, 12);
        assert_near("level", dbfs[10], 0.0, 1e-9);
        const double other = 1.0 - cases[i].mismatch;
        const double expected = 0.01 * (1.0 - other * other) / (1.0 + other);
        if (cases[i].mismatch > 0.0)
            assert_near("H2", h2[10], decibel(expected), 0.02);
        else
            assert_true(h2[10] < -130.0);
    }
}

// THD+N reads the noise, THD does not.
static void test_noise_counts_for_thd_n_alone(void **state) {
    (void)state;
    double dbfs[ROW_MAX], thd[ROW_MAX], thd_n[ROW_MAX];
    assert_code(RUN("measure", "--what", "distortion", "--points", "12", "--set", IDEAL, "--set",
                    "stage_noise=100"),
                DONE);
    read_column("level_dbfs", dbfs, 12);
    read_column("thd_percent", thd, 12);
    read_column("thd_n_percent", thd_n, 12);
    for (size_t i = 0; i < 12; i++) {
        const double signal_v = 2.0 * pow(10.0, dbfs[i] / 20.0);
        const double expected = 100.0 * 100e-6 / hypot(100e-6, signal_v);
        assert_near("THD+N", decibel(thd_n[i] / expected), 0.0, 0.2); // one second of noise
        assert_true(thd[i] < expected / 100.0);
    }
}

// A dead zone of 100 mV swallows the quiet half, but for what its filters leave.
static void test_a_dead_zone(void **state) {
    (void)state;
    double dbfs[ROW_MAX], volt[ROW_MAX], h3[ROW_MAX];
    assert_code(RUN("measure", "--what", "distortion", "--set", IDEAL, "--set", "crossover=100"),
                DONE);
    read_column("level_dbfs", dbfs, LEVELS);
    read_column("driver_v_rms", volt, LEVELS);
    read_column("h3_dbc", h3, LEVELS);
    for (size_t i = 0; i < LEVELS; i++) {
        const double peak_v = 2.0 * sqrt(2.0) * pow(10.0, dbfs[i] / 20.0);
        // The dead zone takes away what clipping at the same voltage would leave.
        const double drive = peak_v / 0.1;
        const double fundamental = drive - clipped_harmonic(drive, 1);
        if (peak_v < 0.1)
            assert_true(volt[i] < 1e-6 * peak_v);
        else
            assert_near("H3", h3[i], decibel(fabs(clipped_harmonic(drive, 3)) / fundamental), 0.02);
    }
}

// A series resonance that drives the plugin into its safety stop.
static void test_a_stopped_level_stays_empty(void **state) {
    (void)state;
    double volt[ROW_MAX], thd[ROW_MAX];
    assert_code(RUN("measure", "--what", "distortion", "--hz", "1125", "--set", IDEAL, "--set",
                    "resistance=1; inductance=20; output_capacitor=1; rail=100"),
                DONE);
    read_column("driver_v_rms", volt, LEVELS);
    read_column("thd_percent", thd, LEVELS);
    assert_true(volt[0] > 0.2);
    assert_true(isnan(volt[LEVELS - 1]) && isnan(thd[LEVELS - 1]));
}

static void test_measurements_repeat(void **state) {
    (void)state;
    static const char *const quantities[] = {"distortion", "noise"};
    for (size_t i = 0; i < sizeof quantities / sizeof *quantities; i++) {
        assert_code(RUN("measure", "--what", quantities[i], "--points", "3", "--set",
                        "stage_noise=100; seed=0"),
                    DONE);
        char *first = strdup(said);
        assert_code(RUN("measure", "--what", quantities[i], "--points", "3", "--set",
                        "stage_noise=100; seed=0"),
                    DONE);
        assert_string_equal(said, first);
        free(first);
    }
}

// --- Noise ---

// White noise of a density of 1 / Hz, with a 1/f corner, from 20 Hz to `high_hz`.
static double noise_power(double corner_hz, double high_hz, double (*weight)(double hz)) {
    double sum = 0.0;
    const double ratio = 1.0001;
    for (double hz = 20.0; hz < high_hz; hz *= ratio) {
        const double middle_hz = hz * sqrt(ratio);
        const double step_hz = fmin(hz * ratio, high_hz) - hz;
        sum += pow(weight(middle_hz), 2.0) * (1.0 + corner_hz / middle_hz) * step_hz;
    }
    return sum;
}

static double flat(double hz) {
    (void)hz;
    return 1.0;
}

// IEC 61672-1.
static double a_weighting(double hz) {
    const double f2 = hz * hz;
    return pow(10.0, 2.0 / 20.0) * 12194.217 * 12194.217 * f2 * f2 /
           ((f2 + 20.598997 * 20.598997) *
            sqrt((f2 + 107.65265 * 107.65265) * (f2 + 737.86223 * 737.86223)) *
            (f2 + 12194.217 * 12194.217));
}

static void check_noise(const char *settings, const char *rate, double expected_v,
                        double corner_hz) {
    double hz[ROW_MAX], density[ROW_MAX], total_uv[ROW_MAX], a_uv[ROW_MAX], dba[ROW_MAX];
    assert_code(RUN("measure", "--what", "noise", "--rate", rate, "--set", settings), DONE);
    assert_string_equal(complained, "");
    read_column("frequency_hz", hz, BANDS);
    read_column("density_v_per_rthz", density, BANDS);
    read_column("total_uv", total_uv, BANDS);
    read_column("total_a_uv", a_uv, BANDS);
    read_column("total_dba", dba, BANDS);
    const double v2_per_hz = expected_v * expected_v / (19980.0 + corner_hz * log(20000.0 / 20.0));
    for (size_t i = 0; i < BANDS; i++) {
        const double expected = sqrt(v2_per_hz * (1.0 + corner_hz / hz[i]));
        // Four standard deviations of so many seconds and hertz, two channels, and what the middle
        // of a band differs from it all, or sections from 1/f.
        const double width_hz = hz[i] * 0.115 * (i == 0 || i + 1 == BANDS ? 0.5 : 1.0);
        const double scatter_db = 4.0 * 4.343 / sqrt(2.0 * 21.0 * width_hz);
        const double shape_db = corner_hz > 0.0 ? 0.4 : 0.01;
        assert_near("density", decibel(density[i] / expected), 0.0, scatter_db + shape_db);
        if (i > 0)
            assert_true(total_uv[i] > total_uv[i - 1]);
    }
    assert_near("total", decibel(total_uv[BANDS - 1] * 1e-6 / expected_v), 0.0, 0.1);
    const double a_v = sqrt(v2_per_hz * noise_power(corner_hz, 20000.0, a_weighting));
    assert_near("A-weighted", decibel(a_uv[BANDS - 1] * 1e-6 / a_v), 0.0, 0.1);
    assert_near("dBA", dba[BANDS - 1], 100.0 + decibel(a_v), 0.1);
    const double half_v = sqrt(v2_per_hz * noise_power(corner_hz, hz[40] * 1.0593, flat));
    assert_near("part", decibel(total_uv[40] * 1e-6 / half_v), 0.0, 0.2);
}

static void test_noise(void **state) {
    (void)state;
    check_noise(IDEAL "sensitivity=100; stage_noise=10", "48000", 10e-6, 0.0);
    check_noise(IDEAL "sensitivity=100; stage_noise=10; match=0", "44100", 10e-6, 0.0);
    check_noise(IDEAL "sensitivity=100; stage_noise=10; gain=20", "192000", 10e-6, 0.0);
    check_noise(IDEAL "sensitivity=100; stage_noise=20; noise_corner=1000", "48000", 20e-6, 1000.0);
    check_noise(IDEAL "sensitivity=100; source_noise=5; gain=20", "48000", 50e-6, 0.0);
    check_noise(IDEAL "sensitivity=100; stage_noise=10; topology=2", "48000", sqrt(2.0) * 10e-6,
                0.0);
}

static void test_silence_reads_the_bounds(void **state) {
    (void)state;
    double density[ROW_MAX], total_uv[ROW_MAX], dba[ROW_MAX];
    assert_code(RUN("measure", "--what", "noise"), DONE);
    read_column("density_v_per_rthz", density, BANDS);
    read_column("total_uv", total_uv, BANDS);
    read_column("total_dba", dba, BANDS);
    for (size_t i = 0; i < BANDS; i++) {
        assert_true(density[i] == 0.0 && total_uv[i] == 0.0);
        assert_near("dBA", dba[i], -120.0, 1e-9);
    }
}

// --- Crosstalk ---

// -Rs / (Z + Rs), in opposite polarity.
static void test_crosstalk_of_a_shared_return(void **state) {
    (void)state;
    static const char *const settings[] = {
        "ground_resistance=1000; resistance=300", "ground_resistance=100; resistance=32",
        "ground_resistance=19; resistance=150", // -78 dB
    };
    static const double shared_ohm[] = {1.0, 0.1, 0.019}, load_ohm[] = {300.0, 32.0, 150.0};
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        double level_db[ROW_MAX], phase_deg[ROW_MAX];
        char all[500];
        snprintf(all, sizeof all, "%s%s; topology=0", IDEAL, settings[i]);
        assert_code(RUN("measure", "--what", "crosstalk", "--points", "11", "--set", all), DONE);
        read_column("crosstalk_db", level_db, 11);
        read_column("crosstalk_phase_deg", phase_deg, 11);
        for (size_t k = 0; k < 11; k++) {
            assert_near("crosstalk", level_db[k],
                        decibel(shared_ohm[i] / (load_ohm[i] + shared_ohm[i])), 0.05);
            assert_near("polarity", fabs(phase_deg[k]), 180.0, 1.0);
        }
    }
}

// --- Common-mode rejection ---

// Of the difference of two dividers, which the receiver's own error adds to (Whitlock).
static double bridge_cmrr_db(double source_ohm, double imbalance, double receiver_ohm,
                             double receiver_cmrr_db, double cold_drive) {
    const double hot = receiver_ohm / (receiver_ohm + source_ohm * (1.0 + imbalance / 2.0));
    const double cold = receiver_ohm / (receiver_ohm + source_ohm * (1.0 - imbalance / 2.0));
    const double error = pow(10.0, -receiver_cmrr_db / 20.0);
    const double common = fabs(hot - cold) + error * (hot + cold) / 2.0;
    const double signal = (hot + cold_drive * cold) / 2.0;
    return decibel(signal / common);
}

static void test_rejection_of_a_bridge(void **state) {
    (void)state;
    static const struct {
        const char *settings;
        double source_ohm, imbalance, receiver_ohm, receiver_cmrr_db, cold_drive;
    } cases[] = {
        // 10 ohm on 20 kohm is 66 dB.
        {"line_type=1; source_impedance=1000; source_imbalance=1; receiver_cmrr=140", 1000.0, 0.01,
         20e3, 140.0, 1.0},
        {"line_type=1; source_impedance=100; source_imbalance=5; receiver_cmrr=60", 100.0, 0.05,
         20e3, 60.0, 1.0},
        {"line_type=2; source_impedance=100; source_imbalance=5; receiver_cmrr=90", 100.0, 0.05,
         20e3, 90.0, 0.0},
        {"line_type=1; source_imbalance=0; receiver_cmrr=80", 100.0, 0.0, 20e3, 80.0, 1.0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double hz[ROW_MAX], rejection_db[ROW_MAX];
        assert_code(RUN("measure", "--what", "cmrr", "--points", "9", "--set",
                        "line_capacitance=0; line_length=3; stage_noise=100", "--set",
                        cases[i].settings),
                    DONE);
        assert_string_equal(complained, "");
        const size_t count = said_column("frequency_hz", hz, ROW_MAX);
        read_column("cmrr_db", rejection_db, count);
        assert_true(count >= 8 && hz[0] == 50.0 && hz[count - 1] == 19950.0);
        const double expected =
            bridge_cmrr_db(cases[i].source_ohm, cases[i].imbalance, cases[i].receiver_ohm,
                           cases[i].receiver_cmrr_db, cases[i].cold_drive);
        for (size_t k = 0; k < count; k++)
            assert_near("CMRR", rejection_db[k], expected, 0.01);
    }
}

// To ground there is only capacitance: 1 / (w C dR), 6 dB less each octave.
static void test_rejection_of_a_transformer(void **state) {
    (void)state;
    double hz[ROW_MAX], rejection_db[ROW_MAX];
    assert_code(RUN("measure", "--what", "cmrr", "--points", "9", "--set",
                    "line_type=3; mains=1; line_length=10; line_capacitance=100", "--set",
                    "source_impedance=100; source_imbalance=10"),
                DONE);
    const size_t count = said_column("frequency_hz", hz, ROW_MAX);
    read_column("cmrr_db", rejection_db, count);
    assert_true(hz[0] == 60.0);
    for (size_t i = 0; i < count; i++)
        assert_near("CMRR", rejection_db[i], -decibel(2.0 * M_PI * hz[i] * 1.05e-9 * 10.0), 0.02);
}

// Between its points the computed curve is smooth enough for straight lines.
static double computed_db(const double *hz, const double *db, size_t count, double at_hz) {
    size_t i = 1;
    while (i + 1 < count && hz[i] < at_hz)
        i++;
    const double part = log(at_hz / hz[i - 1]) / log(hz[i] / hz[i - 1]);
    return db[i - 1] + part * (db[i] - db[i - 1]);
}

static void test_rejection_agrees_with_the_circuit(void **state) {
    (void)state;
    static const char *const settings[] = {
        "line_type=0; line_length=30; source_impedance=1000",
        "line_type=1; source_impedance=10000; source_imbalance=20; line_length=100",
        "line_type=2; source_impedance=600; receiver_impedance=5; line_length=20; environment=3",
        "line_type=3; line_length=50; source_imbalance=20; source_noise=100; stage_noise=100",
        "line_type=1; line_length=10; amplifier=JDS Labs O2; headphone=Grado SR60x; gain=20",
        "line_type=1; rail=0.1; gain=40; line_length=100; knee=100; second_harmonic=-20",
    };
    static const char *const rates[] = {"44100", "48000", "44101"};
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        double hz[ROW_MAX], db[ROW_MAX], measured_hz[ROW_MAX], measured_db[ROW_MAX];
        assert_code(RUN("response", "--set", settings[i]), DONE);
        const size_t count = said_column("frequency_hz", hz, ROW_MAX);
        read_column("cmrr_db", db, count);
        assert_code(RUN("measure", "--what", "cmrr", "--rate", rates[i % 3], "--points", "40",
                        "--set", settings[i]),
                    DONE);
        const size_t points = said_column("frequency_hz", measured_hz, ROW_MAX);
        read_column("cmrr_db", measured_db, points);
        for (size_t k = 0; k < points; k++)
            assert_near(settings[i], measured_db[k], computed_db(hz, db, count, measured_hz[k]),
                        0.02);
    }
}

static void test_rejection_where_there_is_none(void **state) {
    (void)state;
    assert_code(RUN("measure", "--what", "cmrr", "--set", "line_length=0.1"), WRONG_USAGE);
    assert_complaint("no length", "line_length");
    assert_code(RUN("measure", "--what", "cmrr", "--plugin", "stage"), WRONG_USAGE);
    assert_complaint("stage", "--plugin");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_levels_and_volts),
        cmocka_unit_test(test_harmonics_of_a_polynomial),
        cmocka_unit_test(test_harmonics_of_clipping),
        cmocka_unit_test(test_a_bridge_cancels_even_harmonics_as_far_as_its_legs_match),
        cmocka_unit_test(test_noise_counts_for_thd_n_alone),
        cmocka_unit_test(test_a_dead_zone),
        cmocka_unit_test(test_a_stopped_level_stays_empty),
        cmocka_unit_test(test_measurements_repeat),
        cmocka_unit_test(test_noise),
        cmocka_unit_test(test_silence_reads_the_bounds),
        cmocka_unit_test(test_crosstalk_of_a_shared_return),
        cmocka_unit_test(test_rejection_of_a_bridge),
        cmocka_unit_test(test_rejection_of_a_transformer),
        cmocka_unit_test(test_rejection_agrees_with_the_circuit),
        cmocka_unit_test(test_rejection_where_there_is_none),
    };
    return cmocka_run_group_tests(tests, tool_set_up, tool_tear_down);
}
