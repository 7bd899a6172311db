// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// loadline response, what loadline measure and ngspice make of the same circuit.
#include "tool.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { POINT_MAX = 400 };

// --- Responses ---

struct point {
    double hz, level_db, phase_deg, crosstalk_db;
};

// The rows of what the last run said.
static size_t said_points(struct point points[static POINT_MAX]) {
    static const struct {
        const char *name;
        size_t offset;
    } columns[] = {
        {"frequency_hz", offsetof(struct point, hz)},
        {"level_db", offsetof(struct point, level_db)},
        {"phase_deg", offsetof(struct point, phase_deg)},
        {"crosstalk_db", offsetof(struct point, crosstalk_db)},
    };
    double values[POINT_MAX];
    size_t count = 0;
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        count = said_column(columns[i].name, values, POINT_MAX);
        for (size_t k = 0; k < count; k++)
            memcpy((char *)&points[k] + columns[i].offset, &values[k], sizeof values[k]);
    }
    return count;
}

static void test_response(void **state) {
    (void)state;
    struct point points[POINT_MAX];
    assert_code(RUN("response"), DONE);
    assert_int_equal(said_points(points), 241);
    assert_true(fabs(points[0].hz - 20.0) < 1e-6);
    assert_true(fabs(points[240].hz - 20000.0) < 1e-3);
    assert_code(RUN("response", "--format", "json", "--points", "3"), DONE);
    json_t *root = said_json();
    assert_int_equal(json_array_size(root), 3);
    const json_t *load = json_object_get(json_array_get(root, 2), "load_impedance_ohm");
    assert_true(fabs(json_real_value(load) - 300.0) < 1.0);
    json_decref(root);
}

static void test_bridge_is_6_db_louder_unless_matched(void **state) {
    (void)state;
    struct point points[POINT_MAX];
    assert_code(RUN("response", "--set",
                    "topology=2;match=0;output_impedance=0.01;cable_length=0.1;source_impedance=1"),
                DONE);
    said_points(points);
    assert_true(fabs(points[120].level_db - 6.0206) < 0.01);
    assert_code(RUN("response", "--set", "topology=Bridge-tied (BTL)"), DONE);
    said_points(points);
    assert_true(fabs(points[120].level_db) < 0.01);
}

static double angle_between(double a_deg, double b_deg) {
    return fabs(remainder(a_deg - b_deg, 360.0));
}

static const char *const circuit_settings[] = {
    "",
    "headphone=Grado SR60x; output_impedance=10",
    "headphone=Westone 3; output_impedance=120; contact_resistance=100",
    "headphone=Sennheiser HD 650; topology=1; output_impedance=47; output_capacitor=47",
    "headphone=Sennheiser HD 600; topology=2; output_impedance=10; leg_mismatch=5; match=0",
    "headphone=Sennheiser HD 600; topology=3; output_impedance=1; gain=20",
    "amplifier=Bottlehead Crack; headphone=Etymotic ER4SR",
    "amplifier=LG Nexus 5X, headphone jack; headphone=Koss Porta Pro; gain=-20",
    "knee=100; second_harmonic=-20; third_harmonic=-20; stage_noise=100; source_noise=100",
    "rail=0.1; current_limit=1; slew_rate=0.01; supply_resistance=100",
};
enum { CIRCUIT_COUNT = sizeof circuit_settings / sizeof *circuit_settings };

static void test_measure_agrees_with_response(void **state) {
    (void)state;
    for (size_t i = 0; i < CIRCUIT_COUNT; i++) {
        struct point computed[POINT_MAX];
        struct point measured[POINT_MAX];
        assert_code(RUN("response", "--points", "121", "--set", circuit_settings[i]), DONE);
        const size_t count = said_points(computed);
        assert_code(RUN("measure", "--points", "121", "--set", circuit_settings[i]), DONE);
        assert_int_equal(said_points(measured), count);
        for (size_t k = 0; k < count; k++) {
            assert_true(measured[k].hz == computed[k].hz);
            const double off_db = fabs(measured[k].level_db - computed[k].level_db);
            const double off_deg = angle_between(measured[k].phase_deg, computed[k].phase_deg);
            if (!(off_db < 0.01 && off_deg < 0.1))
                fail_msg("\"%s\": off by %g dB, %g degrees at %g Hz", circuit_settings[i], off_db,
                         off_deg, computed[k].hz);
            if (computed[k].crosstalk_db > -100.0)
                assert_true(fabs(measured[k].crosstalk_db - computed[k].crosstalk_db) < 0.05);
            else
                assert_true(measured[k].crosstalk_db < -99.0);
        }
    }
}

static void test_measure_refuses_a_dead_zone(void **state) {
    (void)state;
    assert_code(RUN("measure", "--points", "2", "--set", "crossover=10"), WRONG_USAGE);
    assert_complaint("crossover", "10 mV");
}

// --- Netlists ---

static bool have_ngspice(void) {
    return system("ngspice --version >/dev/null 2>&1") == 0;
}

static void run_ngspice(void) {
    FILE *deck = fopen("deck.cir", "w");
    assert_non_null(deck);
    fputs(said, deck);
    fclose(deck);
    if (system("ngspice -b deck.cir >spice.txt 2>&1") != 0) {
        read_text("spice.txt", said);
        fail_msg("ngspice failed:\n%s", said);
    }
}

static double said_offset_db(void) {
    double offset_db = (double)NAN;
    const char *note = strstr(said, "* Add ");
    assert_non_null(note);
    assert_int_equal(sscanf(note, "* Add %lf dB", &offset_db), 1);
    return offset_db;
}

// ngspice prints the grid of the response table.
static void assert_spice_agrees(const struct point *points, size_t count, double offset_db) {
    size_t rows = 0;
    read_text("spice.txt", said);
    for (const char *line = said; (line = strchr(line, '\n'));) {
        double hz, left_db, left_deg, right_db;
        if (sscanf(++line, "%*d %lf %lf %lf %lf", &hz, &left_db, &left_deg, &right_db) != 4)
            continue;
        const struct point *point = &points[rows++];
        assert_true(rows <= count);
        assert_true(fabs(hz / point->hz - 1.0) < 1e-6);
        if (!(fabs(left_db + offset_db - point->level_db) < 0.001))
            fail_msg("%g Hz: %g dB + %g dB is not %g dB", hz, left_db, offset_db, point->level_db);
    }
    assert_int_equal(rows, count);
}

static void test_netlists_agree_with_response(void **state) {
    (void)state;
    if (!have_ngspice())
        skip();
    for (size_t i = 0; i < CIRCUIT_COUNT; i++) {
        struct point points[POINT_MAX];
        assert_code(RUN("response", "--set", circuit_settings[i]), DONE);
        const size_t count = said_points(points);
        assert_code(RUN("netlist", "--drive", "both", "--set", circuit_settings[i]), DONE);
        const double offset_db = said_offset_db();
        run_ngspice();
        assert_spice_agrees(points, count, offset_db);
    }
}

static void test_transient_netlists_run(void **state) {
    (void)state;
    if (!have_ngspice())
        skip();
    for (size_t i = 0; i < CIRCUIT_COUNT; i++) {
        assert_code(RUN("netlist", "--analysis", "tran", "--level", "-6", "--frequency", "500",
                        "--set", circuit_settings[i]),
                    DONE);
        run_ngspice();
        read_text("spice.txt", said);
        assert_says(said, "THD");
        assert_says(said, "driver_l_max");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_response),
        cmocka_unit_test(test_bridge_is_6_db_louder_unless_matched),
        cmocka_unit_test(test_measure_agrees_with_response),
        cmocka_unit_test(test_measure_refuses_a_dead_zone),
        cmocka_unit_test(test_netlists_agree_with_response),
        cmocka_unit_test(test_transient_netlists_run),
    };
    return cmocka_run_group_tests(tests, tool_set_up, tool_tear_down);
}
