// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The netlists, run by ngspice: small signals against the nodal analysis of the same circuit, large
// signals against closed forms.
#define _POSIX_C_SOURCE 200809L
#include "line.h"
#include "response.h"
#include "spice.h"
#include "topology.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define AC_TOLERANCE_DB 0.001
#define AC_FLOOR_DB     (-140.0) // below it, an answer only has to be below it, too

#define PERIOD_POINTS 100
#define RAIL_V        12.0
#define LOAD_OHM      100.0
#define TEST_HZ       1000.0

static struct spice_heading heading = {"Loadline test", "first note\nsecond note"};

// --- Running ngspice ---

// To be freed.
static char *read_all(FILE *file) {
    char *text = NULL;
    size_t size = 0;
    char chunk[4096];
    FILE *whole = open_memstream(&text, &size);
    assert_non_null(whole);
    for (size_t got; (got = fread(chunk, 1, sizeof chunk, file)) > 0;)
        assert_int_equal(fwrite(chunk, 1, got, whole), got);
    assert_int_equal(fclose(whole), 0);
    return text;
}

// What ngspice prints about the deck; fails the test if ngspice does.
static char *run_deck(const char *path) {
    char command[256];
    snprintf(command, sizeof command, "ngspice -b %s 2>&1", path);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    char *text = read_all(pipe);
    const int status = pclose(pipe);
    unlink(path);
    if (status != 0)
        fail_msg("ngspice ended with status %d:\n%s", status, text);
    return text;
}

struct deck {
    char path[64];
    FILE *file;
};

static struct deck open_deck(void) {
    struct deck deck = {.path = "/tmp/loadline-test-spice-XXXXXX"};
    const int descriptor = mkstemp(deck.path);
    assert_true(descriptor >= 0);
    deck.file = fdopen(descriptor, "w");
    assert_non_null(deck.file);
    return deck;
}

static char *run_ac(const struct circuit *stereo, const struct spice_ac *ac) {
    const struct deck deck = open_deck();
    spice_write_ac(deck.file, &(struct spice_circuits){NULL, stereo, 1.0}, &heading, ac);
    assert_int_equal(fclose(deck.file), 0);
    return run_deck(deck.path);
}

static char *run_tran(const struct circuit *stereo, const struct stage_params *stage,
                      const struct spice_tran *tran) {
    const struct deck deck = open_deck();
    spice_write_tran(deck.file, stereo, stage, &heading, tran);
    assert_int_equal(fclose(deck.file), 0);
    return run_deck(deck.path);
}

static bool have_ngspice(void) {
    return system("ngspice --version >/dev/null 2>&1") == 0;
}

// --- Circuits ---

static struct chain_params plain_params(enum topology topology) {
    struct chain_params params = chain_params_ideal(LOAD_OHM);
    params.stage.topology = topology;
    params.stage.rail_v = RAIL_V;
    params.stage.supply_farad = 4700e-6;
    params.stage.magnetizing_h = 1.0;
    return params;
}

// Every element that there is.
static struct chain_params rich_params(enum topology topology) {
    struct chain_params params = plain_params(topology);
    params.stage.output_ohm = 10.0;
    params.stage.output_h = 2e-6;
    params.stage.output_farad = 220e-6;
    params.stage.ground_ohm = 0.1;
    params.stage.winding_ohm = 5.0;
    params.stage.leakage_h = 1e-4;
    params.cable = (struct cable_params){1.5, 0.21, 0.7e-6, 100e-12, 0.015, 0.5};
    params.load.branch[0] = (struct load_branch){
        .ohm = 300.0,
        .henry = 1e-4,
        .peak = {{260.0, 100.0, 1.5}, {20.0, 3000.0, 2.0}, {10.0, 8000.0, 2.0}},
        .semi_ohm = 40.0,
        .semi_exponent = 0.6,
    };
    return params;
}

static struct chain_params branched_params(enum topology topology) {
    struct chain_params params = rich_params(topology);
    params.load.branch_count = 3;
    params.load.branch[0].ohm = 22.0;
    params.load.branch[1] = (struct load_branch){.farad = 4.7e-6, .ohm = 12.0, .henry = 5e-5};
    params.load.branch[2] =
        (struct load_branch){.farad = 1e-6, .ohm = 30.0, .peak = {{15.0, 2500.0, 3.0}}};
    return params;
}

static struct circuit *stereo_circuit(const struct chain_params *params) {
    static struct circuit channel;
    static struct circuit stereo;
    topology_build(&params->stage, &params->cable, &params->load, &channel);
    circuit_view(&channel, CIRCUIT_STEREO, &stereo);
    assert_false(stereo.overflow);
    return &stereo;
}

// --- Small signals ---

static double level_db(double complex v) {
    return 20.0 * log10(cabs(v) + 1e-30);
}

static void assert_level(double hz, const char *channel, double actual_db,
                         double complex expected_v) {
    const double expected_db = level_db(expected_v);
    if (expected_db < AC_FLOOR_DB && actual_db < AC_FLOOR_DB)
        return;
    if (!(fabs(actual_db - expected_db) < AC_TOLERANCE_DB))
        fail_msg("%g Hz, %s: ngspice says %.6f dB, not %.6f", hz, channel, actual_db, expected_db);
}

static void assert_phase(double hz, double actual_deg, double complex expected_v) {
    const double difference =
        remainder(actual_deg - carg(expected_v) * 180.0 / 3.14159265358979, 360.0);
    if (!(fabs(difference) < 0.01))
        fail_msg("%g Hz: the phase is off by %g degrees", hz, difference);
}

static void assert_ac(const struct chain_params *params, enum spice_drive drive) {
    const struct circuit *stereo = stereo_circuit(params);
    struct response *response = response_new(stereo);
    assert_non_null(response);
    char *text = run_ac(stereo, &(struct spice_ac){drive, 20.0, 20000.0, 8});
    int rows = 0;
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        double hz, left_db, left_deg, right_db, right_deg;
        if (sscanf(line, "%*d %lf %lf %lf %lf %lf", &hz, &left_db, &left_deg, &right_db,
                   &right_deg) != 5)
            continue;
        const double complex emf_v[2] = {1.0, drive == SPICE_DRIVE_BOTH ? 1.0 : 0.0};
        struct response_point point;
        assert_true(response_solve(response, hz, emf_v, &point));
        assert_level(hz, "left", left_db, point.driver_v[0]);
        assert_level(hz, "right", right_db, point.driver_v[1]);
        assert_phase(hz, left_deg, point.driver_v[0]);
        ++rows;
    }
    free(text);
    response_free(response);
    assert_int_equal(rows, 25); // three decades of eight, and the last
}

// --- The line ---

static struct circuit *stereo_line(const struct line_params *line) {
    static struct circuit channel;
    static struct circuit stereo;
    line_build(line, LINE_SIGNAL, &channel);
    circuit_view(&channel, CIRCUIT_STEREO, &stereo);
    return &stereo;
}

static double complex line_answer(const struct line_params *line, enum line_drive drive,
                                  double hz) {
    static struct circuit channel;
    static struct circuit view;
    line_build(line, drive, &channel);
    circuit_view(&channel, CIRCUIT_MID, &view);
    struct response *response = response_new(&view);
    struct response_point point;
    assert_non_null(response);
    assert_true(response_solve(response, hz, (const double complex[]){1.0, 1.0}, &point));
    response_free(response);
    return point.driver_v[0];
}

// Alone, or with an output behind it that has `gain` from the receiver to the driver.
static void assert_line(const struct line_params *line, const struct circuit *output, double gain) {
    const struct spice_circuits circuits = {stereo_line(line), output, 1.0};
    struct deck deck = open_deck();
    spice_write_ac(deck.file, &circuits, &heading,
                   &(struct spice_ac){SPICE_DRIVE_BOTH, 20.0, 20000.0, 8});
    assert_int_equal(fclose(deck.file), 0);
    char *text = run_deck(deck.path);
    int rows = 0;
    for (char *row = strtok(text, "\n"); row; row = strtok(NULL, "\n")) {
        double hz, left_db, right_db, cmrr_db;
        if (sscanf(row, "%*d %lf %lf %*f %lf %*f %lf", &hz, &left_db, &right_db, &cmrr_db) != 4)
            continue;
        const double complex signal = line_answer(line, LINE_SIGNAL, hz);
        assert_level(hz, "left", left_db, signal * gain);
        assert_level(hz, "right", right_db, signal * gain);
        assert_level(hz, "rejection", cmrr_db, signal / line_answer(line, LINE_COMMON, hz));
        ++rows;
    }
    free(text);
    assert_int_equal(rows, 25);
}

static void test_lines_and_their_rejection(void **state) {
    (void)state;
    struct line_params line = {
        .length_m = 20.0,
        .source_ohm = 300.0,
        .source_imbalance = 0.1,
        .receiver_ohm = 10e3,
        .receiver_cmrr_db = 70.0,
        .farad_per_m = 100e-12,
    };
    struct chain_params params = chain_params_ideal(100.0);
    params.stage.output_ohm = 100.0;
    for (int type = LINE_UNBALANCED; type <= LINE_TRANSFORMER; ++type) {
        line.type = type;
        assert_line(&line, NULL, 1.0);
        assert_line(&line, stereo_circuit(&params), 0.5);
    }
}

static void test_small_signals_agree_with_the_nodal_analysis(void **state) {
    (void)state;
    for (int topology = TOPOLOGY_SHARED_RETURN; topology <= TOPOLOGY_TRANSFORMER; ++topology) {
        const struct chain_params rich = rich_params((enum topology)topology);
        const struct chain_params branched = branched_params((enum topology)topology);
        const struct chain_params plain = plain_params((enum topology)topology);
        assert_ac(&rich, SPICE_DRIVE_LEFT);
        assert_ac(&rich, SPICE_DRIVE_BOTH);
        assert_ac(&branched, SPICE_DRIVE_LEFT);
        assert_ac(&plain, SPICE_DRIVE_LEFT);
    }
}

static void test_heading_stands_at_the_top(void **state) {
    (void)state;
    const struct chain_params params = plain_params(TOPOLOGY_SEPARATE_RETURNS);
    struct deck deck = open_deck();
    deck.file = freopen(deck.path, "w+", deck.file);
    assert_non_null(deck.file);
    const struct spice_heading two_lines = {"A title\n.end", "a note\n\nanother"};
    const struct spice_circuits circuits = {NULL, stereo_circuit(&params), 1.0};
    spice_write_ac(deck.file, &circuits, &two_lines,
                   &(struct spice_ac){SPICE_DRIVE_LEFT, 20.0, 20000.0, 8});
    rewind(deck.file);
    char *text = read_all(deck.file);
    const char *expected = "* A title\n* a note\n* \n* another\n* Volt";
    assert_memory_equal(text, expected, strlen(expected));
    free(text);
    fclose(deck.file);
    unlink(deck.path);
}

// --- Large signals ---

// The number behind "name =" in the output of .meas.
static double measured(const char *text, const char *name) {
    const char *found = strstr(text, name);
    double value = (double)NAN;
    if (!found || sscanf(found + strlen(name), " = %lf", &value) != 1)
        fail_msg("no %s in:\n%s", name, text);
    return value;
}

// The magnitude of a harmonic of the left driver.
static double harmonic_v(const char *text, int harmonic) {
    const char *line = strstr(text, "Fourier analysis for v(driver_l)");
    while (line && (line = strchr(line, '\n'))) {
        int number;
        double magnitude;
        if (sscanf(++line, "%d %*f %lf", &number, &magnitude) == 2 && number == harmonic)
            return magnitude;
    }
    fail_msg("no harmonic %d in:\n%s", harmonic, text);
    return (double)NAN;
}

static char *play(const struct chain_params *params, double hz, double peak_v, int settle_periods) {
    return run_tran(stereo_circuit(params), &params->stage,
                    &(struct spice_tran){
                        .drive = SPICE_DRIVE_BOTH,
                        .hz = hz,
                        .peak_v = peak_v,
                        .settle_periods = settle_periods,
                        .record_periods = 2,
                        .points_per_period = PERIOD_POINTS,
                        .solver_steps_per_point = 20,
                    });
}

static void assert_near(double actual, double expected, double relative) {
    if (!(fabs(actual - expected) <= relative * fabs(expected)))
        fail_msg("%.9g is not %.9g", actual, expected);
}

// Of the waveforms' columns.
static int count_rows(const char *text) {
    int rows = 0;
    double time_s, left_v;
    const char *line = strstr(text, "Transient Analysis");
    while (line && (line = strchr(line, '\n')))
        rows += sscanf(++line, "%*d %lf %lf", &time_s, &left_v) == 2;
    return rows;
}

static void test_rails_clip(void **state) {
    (void)state;
    for (int i = 0; i < 3; ++i) {
        struct chain_params params = plain_params(TOPOLOGY_SEPARATE_RETURNS);
        params.stage.knee = 0.5 * i;
        char *text = play(&params, TEST_HZ, 3.0 * RAIL_V, 0);
        assert_near(measured(text, "driver_l_max"), RAIL_V, 1e-5);
        assert_near(measured(text, "driver_l_min"), -RAIL_V, 1e-5);
        assert_near(count_rows(text), 2 * PERIOD_POINTS, 0.02);
        free(text);
    }
}

static void test_knee_is_a_parabola(void **state) {
    (void)state;
    struct chain_params params = plain_params(TOPOLOGY_SEPARATE_RETURNS);
    params.stage.knee = 0.2;
    char *text = play(&params, TEST_HZ, RAIL_V, 0); // x - (k rail)^2 / (4 k rail)
    assert_near(measured(text, "driver_l_max"), RAIL_V * (1.0 - 0.2 / 4.0), 1e-5);
    assert_near(measured(text, "driver_r_min"), -RAIL_V * (1.0 - 0.2 / 4.0), 1e-5);
    free(text);
}

static void test_harmonics_at_half_rail(void **state) {
    (void)state;
    struct chain_params params = plain_params(TOPOLOGY_SEPARATE_RETURNS);
    params.stage.second_harmonic_db = -50.0;
    params.stage.third_harmonic_db = -60.0;
    char *text = play(&params, TEST_HZ, RAIL_V / 2.0, 0);
    assert_near(harmonic_v(text, 2), RAIL_V / 2.0 * pow(10.0, -50.0 / 20.0), 2e-3);
    assert_near(harmonic_v(text, 3), RAIL_V / 2.0 * pow(10.0, -60.0 / 20.0), 2e-3);
    free(text);
}

static void test_bridge_cancels_even_harmonics(void **state) {
    (void)state;
    struct chain_params params = plain_params(TOPOLOGY_BRIDGE);
    params.stage.second_harmonic_db = -50.0;
    char *text = play(&params, TEST_HZ, RAIL_V / 2.0, 0);
    assert_near(harmonic_v(text, 1), RAIL_V, 1e-4);
    assert_true(harmonic_v(text, 2) < RAIL_V * 1e-6);
    free(text);
}

static void test_dead_zone_swallows_small_signals(void **state) {
    (void)state;
    struct chain_params params = plain_params(TOPOLOGY_SEPARATE_RETURNS);
    params.stage.crossover_v = 0.05;
    char *text = play(&params, TEST_HZ, 0.2, 0);
    assert_near(measured(text, "driver_l_max"), 0.15, 1e-4);
    free(text);
}

// u = v - 10 kohm (i - limit), i = u / load
static void test_current_limit(void **state) {
    (void)state;
    struct chain_params params = plain_params(TOPOLOGY_SEPARATE_RETURNS);
    params.stage.current_limit_a = 0.05;
    char *text = play(&params, TEST_HZ, RAIL_V - 1.0, 0);
    const double expected_a = (RAIL_V - 1.0 + 10e3 * 0.05) / (LOAD_OHM + 10e3);
    assert_near(measured(text, "current_l_max"), expected_a, 1e-4);
    assert_near(measured(text, "driver_l_max"), expected_a * LOAD_OHM, 1e-4);
    free(text);
}

// Without a reservoir the rail is a divider of the supply's resistance and what all legs draw at
// once.
static void test_supply_is_shared(void **state) {
    (void)state;
    struct chain_params params = plain_params(TOPOLOGY_SEPARATE_RETURNS);
    params.stage.supply_ohm = 10.0;
    params.stage.supply_farad = 1e-9;
    char *text = play(&params, TEST_HZ, 2.0 * RAIL_V, 0);
    const double expected_v = RAIL_V / (1.0 + 2.0 * 10.0 / LOAD_OHM);
    assert_near(measured(text, "railp_min"), expected_v, 1e-3);
    assert_near(measured(text, "railn_max"), -expected_v, 1e-3);
    assert_near(measured(text, "driver_l_max"), expected_v, 1e-3);
    free(text);
}

// Far over its slew rate a sine becomes a triangle of slew / (2 f) from peak to peak.
static void test_slew_rate(void **state) {
    (void)state;
    struct chain_params params = plain_params(TOPOLOGY_SEPARATE_RETURNS);
    params.stage.slew_v_per_s = 1e5;
    char *text = play(&params, 20e3, RAIL_V - 1.0, 100);
    const double span_v = measured(text, "driver_l_max") - measured(text, "driver_l_min");
    assert_near(span_v, 1e5 / 2.0 / 20e3, 0.01);
    free(text);
}

static void test_small_sines_agree_with_the_nodal_analysis(void **state) {
    (void)state;
    for (int topology = TOPOLOGY_SHARED_RETURN; topology <= TOPOLOGY_TRANSFORMER; ++topology) {
        struct chain_params params = branched_params((enum topology)topology);
        params.stage.supply_ohm = 1.0;
        params.stage.slew_v_per_s = 1e7;
        params.stage.current_limit_a = 0.5;
        params.stage.knee = 0.1;
        char *text = play(&params, TEST_HZ, 1.0, 40);
        struct response *response = response_new(stereo_circuit(&params));
        struct response_point point;
        const double legs = topology == TOPOLOGY_BRIDGE ? 2.0 : 1.0; // their drive adds up
        assert_true(
            response_solve(response, TEST_HZ, (const double complex[]){legs, legs}, &point));
        assert_near(harmonic_v(text, 1), cabs(point.driver_v[0]), 1e-3);
        response_free(response);
        free(text);
    }
}

static void test_everything_at_once_converges(void **state) {
    (void)state;
    for (int topology = TOPOLOGY_SHARED_RETURN; topology <= TOPOLOGY_TRANSFORMER; ++topology) {
        struct chain_params params = rich_params((enum topology)topology);
        params.stage.knee = 0.1;
        params.stage.current_limit_a = 0.02;
        params.stage.second_harmonic_db = -60.0;
        params.stage.third_harmonic_db = -70.0;
        params.stage.crossover_v = 0.01;
        params.stage.slew_v_per_s = 1e6;
        params.stage.leg_mismatch = 0.01;
        params.stage.supply_ohm = 5.0;
        char *text = play(&params, TEST_HZ, 2.0 * RAIL_V, 5);
        assert_true(measured(text, "current_l_max") > 0.0199);
        free(text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_and_their_rejection),
        cmocka_unit_test(test_heading_stands_at_the_top),
        cmocka_unit_test(test_small_signals_agree_with_the_nodal_analysis),
        cmocka_unit_test(test_rails_clip),
        cmocka_unit_test(test_knee_is_a_parabola),
        cmocka_unit_test(test_harmonics_at_half_rail),
        cmocka_unit_test(test_bridge_cancels_even_harmonics),
        cmocka_unit_test(test_dead_zone_swallows_small_signals),
        cmocka_unit_test(test_current_limit),
        cmocka_unit_test(test_supply_is_shared),
        cmocka_unit_test(test_slew_rate),
        cmocka_unit_test(test_small_sines_agree_with_the_nodal_analysis),
        cmocka_unit_test(test_everything_at_once_converges),
    };
    if (!have_ngspice()) {
        fputs("ngspice is not installed; skipped\n", stderr);
        return 77;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
