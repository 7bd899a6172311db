// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The small plugins: what each makes of a signal, and that line, stage and load in a row are the
// chain as long as the amplifier does not care for the current.
#include "chain_host.h"
#include "response.h"
#include "spectrum.h"
#include "stereo.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LINE_URI  "urn:loadline:line"
#define STAGE_URI "urn:loadline:stage"
#define LOAD_URI  "urn:loadline:load"
#define RATE_HZ   48000.0

enum { FRAMES = 48000, SETTLED = 4800 };

static const char line_settings[] =
    "line_type=1 source_impedance=600 line_length=30 line_capacitance=300 ground_loop=500 ";
static const char stage_settings[] = "rail=3 second_harmonic=-60 leg_mismatch=1 ";
static const char load_settings[] =
    "headphone=0 resistance=32 peak1_rise=60 output_impedance=10 cable=0 shared_length=1 ";

static struct plugin_host *open_plugin(const char *uri, const char *settings) {
    struct plugin_host *host = plugin_host_open(uri, RATE_HZ, PLUGIN_HOST_URID_MAP);
    plugin_host_set_all(host, settings);
    if (plugin_host_has_port(host, "match"))
        plugin_host_set(host, "match", 0);
    return host;
}

// Runs `in` through a plugin, in place; returns its latency.
static uint32_t pass(const char *uri, const char *settings, const char *more,
                     struct stereo *signal) {
    struct plugin_host *host = open_plugin(uri, settings);
    plugin_host_set_all(host, more);
    plugin_host_render(host, signal->left, signal->right, signal->left, signal->right,
                       signal->frames, 512);
    const uint32_t latency = plugin_host_latency(host);
    plugin_host_close(host);
    return latency;
}

static struct stereo music(void) {
    struct stereo signal = stereo_new(FRAMES);
    for (size_t n = 0; n < FRAMES; n++) {
        const double t = (double)n / RATE_HZ;
        signal.left[n] = (float)(0.4 * sin(6283 * t) + 0.3 * sin(500 * t));
        signal.right[n] = (float)(0.5 * sin(3000 * t + 1) + 0.2 * sin(40000 * t));
    }
    return signal;
}

static double null_db(const struct stereo *reference, uint32_t reference_latency,
                      const struct stereo *test, uint32_t test_latency) {
    const size_t count = FRAMES - 2 * SETTLED;
    double *a = calloc(2 * count, sizeof *a), *b = a + count;
    assert_non_null(a);
    spectrum_from_float(reference->left + SETTLED + reference_latency, a, count);
    spectrum_from_float(test->left + SETTLED + test_latency, b, count);
    const double db = spectrum_null_depth_db(a, b, count);
    free(a);
    return db;
}

static void check_row(const char *topology) {
    char settings[512];
    struct stereo whole = music(), row = music();
    strcpy(settings, line_settings);
    strcat(settings, stage_settings);
    strcat(settings, load_settings);
    // Of the amplifier, the stage has the EMF and the load the impedance.
    const uint32_t chain_latency = pass(CHAIN_URI, settings, topology, &whole);
    uint32_t latency = pass(LINE_URI, line_settings, "", &row);
    char emf[128];
    snprintf(emf, sizeof emf, "%s output_impedance=min", topology);
    latency += pass(STAGE_URI, stage_settings, emf, &row);
    latency += pass(LOAD_URI, load_settings, topology, &row);
    const double db = null_db(&whole, chain_latency, &row, latency);
    print_message("%s: line, stage and load against the chain: %.1f dB\n", topology, db);
    assert_true(db < -120);
    stereo_free(&whole);
    stereo_free(&row);
}

static void a_row_of_plugins_is_the_chain(void **state) {
    (void)state;
    check_row("topology=0");
    check_row("topology=1");
    check_row("topology=2");
}

static double level_db(const char *uri, const char *settings) {
    struct plugin_host *host = open_plugin(uri, settings);
    struct response response = response_measure(host, RESPONSE_BOTH, 0.2);
    const double db = response_level_db(&response, 0, 1000);
    response_free(&response);
    plugin_host_close(host);
    return db;
}

static void load_takes_its_input_as_the_whole_emf(void **state) {
    (void)state;
    static const char ideal[] = "resistance=300 peak1_rise=0 output_impedance=min cable=0 "
                                "cable_length=min contact_resistance=min ";
    for (int topology = 0; topology < 4; topology++) {
        char settings[256];
        strcpy(settings, ideal);
        strcat(settings, topology == 0   ? "topology=0"
                         : topology == 1 ? "topology=1"
                         : topology == 2 ? "topology=2"
                                         : "topology=3");
        assert_true(fabs(level_db(LOAD_URI, settings)) < 1e-3);
    }
    // Two legs of 10 ohm each.
    assert_true(fabs(level_db(LOAD_URI, "resistance=20 peak1_rise=0 output_impedance=10 cable=0 "
                                        "cable_length=min contact_resistance=min topology=2") -
                     spectrum_decibel(0.5)) < 1e-3);
}

static void stage_does_not_divide_by_gain(void **state) {
    (void)state;
    assert_true(fabs(level_db(STAGE_URI, "gain=6 output_impedance=min") - 6) < 1e-3);
    assert_true(fabs(level_db(STAGE_URI, "gain=6 output_impedance=min topology=2") - 12.0206) <
                1e-3);
    assert_true(fabs(level_db(STAGE_URI, "output_impedance=100 load_resistance=100") -
                     spectrum_decibel(0.5)) < 1e-3);
}

// The level at 1 kHz stays, and the meter says by how much it is held.
static void match_holds_the_stage_against_its_gain(void **state) {
    (void)state;
    struct plugin_host *host = open_plugin(STAGE_URI, "output_impedance=min");
    plugin_host_set(host, "match", 1);
    for (int gain = -10; gain <= 10; gain += 5) {
        plugin_host_restart(host);
        plugin_host_set(host, "gain", gain);
        struct response response = response_measure(host, RESPONSE_BOTH, 0.2);
        assert_true(fabs(response_level_db(&response, 0, 1000)) < 0.01);
        assert_true(fabs(plugin_host_get(host, "match_gain") + gain) < 0.01);
        response_free(&response);
    }
    plugin_host_close(host);
}

static void an_ideal_line_is_a_delay(void **state) {
    (void)state;
    struct stereo in = music(), out = music();
    const uint32_t latency = pass(LINE_URI, "source_impedance=min line_length=min", "", &out);
    const double db = null_db(&in, 0, &out, latency);
    print_message("ideal line: %.1f dB\n", db);
    assert_true(db < -100);
    stereo_free(&in);
    stereo_free(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_of_plugins_is_the_chain),
        cmocka_unit_test(load_takes_its_input_as_the_whole_emf),
        cmocka_unit_test(stage_does_not_divide_by_gain),
        cmocka_unit_test(match_holds_the_stage_against_its_gain),
        cmocka_unit_test(an_ideal_line_is_a_delay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
