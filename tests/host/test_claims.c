// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// What the suite has to show (design: "What it must be able to show"), claim by claim, in the
// running plugins with the presets and devices of the bundle. Each case fails if the numbers come
// out otherwise.
#include "devices.h"
#include "figure.h"
#include "response.h"
#include "spectrum.h"

#include <complex.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define PI       3.14159265358979323846
#define TONE_HZ  1000.0
#define RECORD_S 1.0
#define ALONE_DB (-140.0) // no crosstalk at all, in single precision

// --- Looking at presets ---

static double shown(const char *plugin, const char *slug, const char *figure) {
    struct plugin_host *host = figure_open_preset(plugin, slug);
    const double value = figure_measure(host, figure);
    plugin_host_close(host);
    print_message("%-5s %-40s %-20s %9.4g\n", plugin, slug, figure, value);
    return value;
}

static void expect(const char *what, double value, double expected, double tolerance) {
    print_message("%-68s %9.4f, expected %8.4g\n", what, value, expected);
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%s: %g is not %g within %g", what, value, expected, tolerance);
}

static void expect_between(const char *what, double value, double low, double high) {
    print_message("%-68s %9.4f, expected %g to %g\n", what, value, low, high);
    if (!(value >= low && value <= high))
        fail_msg("%s: %g is not between %g and %g", what, value, low, high);
}

static struct plugin_host *open_with(const char *plugin, const char *settings) {
    struct plugin_host *host = figure_open(plugin);
    plugin_host_set_all(host, settings);
    return host;
}

static double figure_of(const char *plugin, const char *settings, const char *figure) {
    struct plugin_host *host = open_with(plugin, settings);
    const double value = figure_measure(host, figure);
    plugin_host_close(host);
    return value;
}

static void choose(struct plugin_host *host, const char *symbol, const char *label) {
    plugin_host_set(host, symbol, plugin_host_scale_point(host, symbol, label));
}

// --- 1: +6 dB of voltage; 4 times the power where volts limit, less where amperes do ---

static double power_ratio(const char *bridge, const char *single) {
    assert_true(shown("stage", bridge, "clipping") == 0);
    assert_true(shown("stage", bridge, "limiting") == 0);
    assert_true(shown("stage", single, "clipping") == 0);
    return shown("stage", bridge, "power") / shown("stage", single, "power");
}

static void claim_1_a_bridge_gives_more_power_where_volts_limit(void **state) {
    (void)state;
    const char *const plain = "load_resistance=600 match=0 output_impedance=min";
    char bridge[128];
    snprintf(bridge, sizeof bridge, "%s topology=2", plain);
    expect("Bridge over single-ended, voltage, dB",
           figure_of("stage", bridge, "level") - figure_of("stage", plain, "level"), 6.0206, 0.001);
    expect("A50 III into 600 ohm, power ratio",
           power_ratio("claim-1-volts-bridge", "claim-1-volts-single-ended"), 4, 0.01);
    expect("A50 III into 32 ohm, power ratio",
           power_ratio("claim-1-amperes-bridge", "claim-1-amperes-single-ended"), 2.5, 0.05);
    expect("Zen CAN 3 into 32 ohm, power ratio",
           power_ratio("claim-1-less-bridge", "claim-1-less-single-ended"), 0.75, 0.02);
}

// 1 dB more, and what limits says so: rails, then current.
static void claim_1_the_limits_are_where_they_are_said_to_be(void **state) {
    (void)state;
    static const struct {
        const char *slug, *meter;
    } cases[] = {
        {"claim-1-volts-single-ended", "clipping"},   {"claim-1-volts-bridge", "clipping"},
        {"claim-1-amperes-single-ended", "limiting"}, {"claim-1-amperes-bridge", "limiting"},
        {"claim-1-less-single-ended", "clipping"},    {"claim-1-less-bridge", "limiting"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct plugin_host *host = figure_open_preset("stage", cases[i].slug);
        plugin_host_set(host, "gain", plugin_host_get(host, "gain") + 1);
        assert_true(figure_measure(host, cases[i].meter) > 0);
        plugin_host_close(host);
    }
}

// --- 2: twice the output impedance, 3 dB more hiss, 3 dB more signal to noise ---

static void claim_2_a_bridge_doubles_impedance_and_adds_hiss(void **state) {
    (void)state;
    expect("Damping factor, bridge over single-ended",
           shown("chain", "claim-2-impedance-bridge", "damping_factor") /
               shown("chain", "claim-2-impedance-single-ended", "damping_factor"),
           0.5, 0.005);
    expect("Hiss at the ear, bridge over single-ended, dB",
           shown("chain", "claim-2-hiss-bridge", "noise_spl") -
               shown("chain", "claim-2-hiss-single-ended", "noise_spl"),
           3.0103, 0.02);
    // As heard: two records of 2 s of independent noise, each known within 0.05 dB.
    expect("Hiss beside full scale, bridge over single-ended, dB",
           shown("chain", "claim-2-hiss-bridge", "noise") -
               shown("chain", "claim-2-hiss-single-ended", "noise"),
           -3.0103, 0.15);
}

static void claim_2_noise_of_the_source_rises_with_the_signal(void **state) {
    (void)state;
    const char *const hissing = "source_noise=100 output_impedance=min topology=%d";
    double ear[2], beside[2];
    for (int i = 0; i < 2; i++) {
        char settings[128];
        snprintf(settings, sizeof settings, hissing, i + 1);
        ear[i] = figure_of("chain", settings, "noise_spl");
        beside[i] = figure_of("chain", settings, "noise");
    }
    expect("Source's hiss at the ear, bridge over single-ended, dB", ear[1] - ear[0], 6.0206, 0.02);
    expect("Source's hiss beside full scale, dB", beside[1] - beside[0], 0, 0.01);
}

// --- 3: even harmonics cancel as far as the legs match, odd ones stay ---

static void claim_3_a_bridge_cancels_even_harmonics_as_far_as_legs_match(void **state) {
    (void)state;
    const double single = shown("stage", "claim-3-single-ended", "h2");
    const double third = shown("stage", "claim-3-single-ended", "h3");
    assert_true(shown("stage", "claim-3-bridge", "h2") <= -120);
    expect("Third harmonic, matched bridge, dB", shown("stage", "claim-3-bridge", "h3"), third,
           0.01);
    expect("Second harmonic, legs 1 % apart, below one leg, dB",
           shown("stage", "claim-3-mismatched-bridge", "h2") - single, -40, 0.2);
    expect("Third harmonic, legs 1 % apart, dB", shown("stage", "claim-3-mismatched-bridge", "h3"),
           third, 0.1);
}

// --- 4: a shared return causes crosstalk of -Rs/(Z + Rs); separate returns remove it ---

static double complex crossing(struct plugin_host *host) {
    struct response response = response_measure(host, RESPONSE_LEFT, RECORD_S);
    const double complex ratio =
        response_at(&response, 1, TONE_HZ) / response_at(&response, 0, TONE_HZ);
    response_free(&response);
    return ratio;
}

static void claim_4_a_shared_return_crosses_in_opposite_polarity(void **state) {
    (void)state;
    struct plugin_host *host = figure_open_preset("load", "claim-4-shared-return");
    const double length_m = plugin_host_get(host, "shared_length");
    // Half of the loop's inductance is in the return.
    const double complex wire_ohm =
        1e-3 * (plugin_host_get(host, "cable_resistance") * length_m +
                plugin_host_get(host, "contact_resistance")) +
        I * 2 * PI * TONE_HZ * 1e-6 * plugin_host_get(host, "cable_inductance") * length_m / 2;
    // Each ear has a driver and a signal wire like the return.
    const double complex z_ohm = plugin_host_get(host, "resistance") + wire_ohm;
    const double complex ratio = crossing(host);
    plugin_host_close(host);
    print_message("crosses by %+.6f%+.6fi\n", creal(ratio), cimag(ratio));
    assert_true(creal(ratio) < 0);
    expect("Crosstalk over -Rs/(Z + Rs)", cabs(ratio / (-wire_ohm / (z_ohm + wire_ohm))), 1, 0.001);
}

static void claim_4_separate_returns_do_it_without_a_bridge(void **state) {
    (void)state;
    static const char *const slugs[] = {"claim-4-separate-returns", "claim-4-bridge"};
    for (size_t i = 0; i < 2; i++) {
        struct plugin_host *host = figure_open_preset("load", slugs[i]);
        assert_true(spectrum_decibel(cabs(crossing(host))) <= ALONE_DB);
        plugin_host_close(host);
    }
}

// The drive is no other, and three wires stay three wires.
static void claim_4_an_adapter_changes_the_connector_only(void **state) {
    (void)state;
    const double three_wires_db = shown("chain", "claim-4-three-wires", "crosstalk");
    expect("Three wires in an adapter, crosstalk, dB",
           shown("chain", "claim-4-adapter", "crosstalk"), three_wires_db, 0.2);
    expect("Three wires in an adapter, peak SPL",
           shown("chain", "claim-4-adapter", "peak_spl") -
               shown("chain", "claim-4-three-wires", "peak_spl"),
           0, 0.01);
    assert_true(shown("chain", "claim-4-four-wires", "crosstalk") <= three_wires_db - 30);
    assert_true(shown("chain", "claim-4-four-pins", "crosstalk") <= ALONE_DB);
    expect("Four pins without a bridge, peak SPL",
           shown("chain", "claim-4-four-pins", "peak_spl") -
               shown("chain", "claim-4-four-wires", "peak_spl"),
           0, 0.02);
}

// --- 5: rejection belongs to line inputs; a headphone has none ---

static void claim_5_line_inputs_reject_what_headphones_cannot(void **state) {
    (void)state;
    const double unbalanced_db = shown("line", "claim-5-unbalanced", "noise");
    const double balanced_db = shown("line", "claim-5-balanced", "noise");
    expect("Unbalanced line, rejection", shown("line", "claim-5-unbalanced", "cmrr"), 0, 0.001);
    expect("Buzz, unbalanced over balanced line, dB", unbalanced_db - balanced_db,
           shown("line", "claim-5-balanced", "cmrr"), 0.5);
    expect("Buzz on a headphone, bridge over single-ended, dB",
           shown("chain", "claim-5-headphone-bridge", "noise") -
               shown("chain", "claim-5-headphone-single-ended", "noise"),
           0, 0.02);
    expect_between("Buzz on a headphone, balanced line over unbalanced, dB",
                   shown("chain", "claim-5-headphone-balanced-line", "noise_spl") -
                       shown("chain", "claim-5-headphone-single-ended", "noise_spl"),
                   -62, -57);
}

static void claim_5_noise_before_the_line_is_never_rejected(void **state) {
    (void)state;
    expect("Noise of the source, balanced over unbalanced line, dB",
           shown("line", "claim-5-source-noise-balanced", "noise") -
               shown("line", "claim-5-source-noise-unbalanced", "noise"),
           0, 0.001);
}

// --- 6: rejection depends on impedance balance ---

#define TEN_OHM_ON_20_KOHM                                                                         \
    "source_impedance=100 source_imbalance=10 receiver_impedance=20 line_capacitance=0 "

static void claim_6_impedance_balance_decides(void **state) {
    (void)state;
    expect("10 ohm on 20 kohm, receiver of 100 dB",
           figure_of("line", TEN_OHM_ON_20_KOHM "line_type=1 receiver_cmrr=100", "cmrr"), 66, 0.25);
    expect("10 ohm on 20 kohm, receiver of 120 dB", shown("line", "claim-6-balanced", "cmrr"), 66,
           0.25);
    expect("Legs alike", shown("line", "claim-6-matched", "cmrr"), 120, 0.01);
    expect("A receiver of 1 % resistors", shown("line", "claim-6-poor-receiver", "cmrr"), 34, 0.1);
    assert_true(shown("line", "claim-6-transformer", "cmrr") >= 120);
}

// The undriven leg takes 6 dB off the signal and nothing off the rejection: the hum is the same.
static void claim_6_the_inverted_signal_does_not(void **state) {
    (void)state;
    double hum_db[2];
    for (int type = 1; type <= 2; type++) {
        char settings[256];
        snprintf(settings, sizeof settings,
                 TEN_OHM_ON_20_KOHM "line_type=%d receiver_cmrr=120 hum=100 line_length=10", type);
        hum_db[type - 1] = figure_of("line", settings, "noise");
    }
    expect("Hum, one leg driven over both, dB", hum_db[1] - hum_db[0], 0, 0.01);
    expect("Rejection, one leg driven over both, dB",
           shown("line", "claim-6-impedance-balanced", "cmrr") -
               shown("line", "claim-6-balanced", "cmrr"),
           -6.0206, 0.01);
}

// --- 7: longer unbalanced runs pick up more; short ones in a quiet room do not matter ---

static double run_noise(const char *environment, double length_m, const char *figure) {
    struct plugin_host *host = figure_open_preset("chain", "claim-5-headphone-single-ended");
    choose(host, "environment", environment);
    plugin_host_set(host, "line_length", length_m);
    const double db = figure_measure(host, figure);
    plugin_host_close(host);
    return db;
}

static void claim_7_longer_runs_pick_up_more(void **state) {
    (void)state;
    for (unsigned i = 0; i < environment_count; i++) {
        double last_db = -INFINITY;
        for (double length_m = 1; length_m <= 16; length_m *= 2) {
            const double db = run_noise(environments[i].name, length_m, "noise");
            print_message("%-32s %4.0f m: %7.2f dB\n", environments[i].name, length_m, db);
            assert_true(db > last_db + 1);
            last_db = db;
        }
    }
}

// 10 dBA: audible, if at all, in a very quiet room. The headphone is a sensitive one, at 2 V.
static void claim_7_under_two_metres_in_a_quiet_room_it_does_not_matter(void **state) {
    (void)state;
    expect_between("2 m in a quiet room, dBA at the ear", run_noise("Quiet room", 2, "noise_spl"),
                   -120, 10);
    expect_between("2 m with a ground loop, dBA at the ear",
                   run_noise("Studio rack with a ground loop", 2, "noise_spl"), 40, 100);
}

// --- 8: the 1/8 rule is a 1 dB rule, to be applied to the minimum impedance ---

static void claim_8_one_eighth_is_one_decibel(void **state) {
    (void)state;
    const double bound_db = spectrum_decibel(1 + 1 / 8.0);
    expect_between("At 1/8, a peak of 2 kohm",
                   shown("load", "claim-8-one-eighth", "response_deviation"), 0.95, bound_db);
    expect_between("In-ear at 1/8 of its minimum",
                   shown("load", "claim-8-minimum", "response_deviation"), 0.5, bound_db);
    expect_between("In-ear at 1/8 of its nominal impedance",
                   shown("load", "claim-8-nominal", "response_deviation"), bound_db, 3);
    expect_between("Flat planar from 120 ohm",
                   shown("load", "claim-8-planar", "response_deviation"), 0, 0.01);
}

// Every headphone of the table at 1/8 of its minimum, found in its own response from far away.
static void claim_8_no_headphone_breaks_the_rule(void **state) {
    (void)state;
    const double bound_db = spectrum_decibel(1 + 1 / 8.0);
    struct plugin_host *host =
        open_with("load", "match=0 cable=0 cable_length=min contact_resistance=min");
    double worst_db = 0;
    for (unsigned row = 1; row <= headphone_count; row++) {
        plugin_host_set(host, "headphone", row);
        plugin_host_set(host, "output_impedance", 1000);
        struct response response = response_measure(host, RESPONSE_BOTH, RECORD_S);
        double minimum_ohm = INFINITY;
        for (double hz = SPECTRUM_LOW_HZ; hz <= SPECTRUM_HIGH_HZ; hz *= pow(2, 1 / 24.0)) {
            const double complex h = response_at(&response, 0, hz);
            minimum_ohm = fmin(minimum_ohm, cabs(1000 * h / (1 - h)));
        }
        response_free(&response);
        plugin_host_set(host, "output_impedance", minimum_ohm / 8);
        const double db = figure_measure(host, "response_deviation");
        print_message("%-36s minimum %6.1f ohm, %.2f dB\n", headphones[row - 1].name, minimum_ohm,
                      db);
        worst_db = fmax(worst_db, db);
    }
    plugin_host_close(host);
    expect_between("Worst headphone at 1/8 of its minimum, dB", worst_db, 0.5, bound_db);
}

// --- 9: sensitive in-ears reveal hiss that 300 ohm hide ---

static void claim_9_in_ears_reveal_hiss(void **state) {
    (void)state;
    // Audible in a quiet room, and far below anything audible.
    assert_true(shown("chain", "claim-9-in-ear", "noise_spl") > 15);
    assert_true(shown("chain", "claim-9-300-ohm", "noise_spl") < 0);
}

// --- 10: capacitance and inductance of a cable do nothing; resistance and shared returns do ---

static double worst_difference_db(struct response *a, struct response *b) {
    double worst_db = 0;
    for (double hz = SPECTRUM_LOW_HZ; hz <= SPECTRUM_HIGH_HZ * 1.0001; hz *= pow(2, 1 / 6.0))
        worst_db = fmax(worst_db, fabs(response_level_db(a, 0, hz) - response_level_db(b, 0, hz)));
    return worst_db;
}

static double reactance_db(double load_ohm, double source_ohm) {
    struct plugin_host *host =
        open_with("load", "headphone=0 peak1_rise=0 cable=0 cable_resistance=min "
                          "contact_resistance=min cable_length=min");
    plugin_host_set(host, "resistance", load_ohm);
    plugin_host_set(host, "output_impedance", source_ohm);
    struct response none = response_measure(host, RESPONSE_BOTH, RECORD_S);
    plugin_host_set_all(host, "cable_length=3 cable_inductance=0.8 cable_capacitance=200");
    struct response cable = response_measure(host, RESPONSE_BOTH, RECORD_S);
    plugin_host_close(host);
    const double db = worst_difference_db(&none, &cable);
    response_free(&none);
    response_free(&cable);
    return db;
}

static void claim_10_capacitance_and_inductance_do_nothing(void **state) {
    (void)state;
    static const double loads_ohm[] = {16, 32, 300, 600};
    static const double sources_ohm[] = {0.1, 1, 10, 120};
    double worst_db = 0;
    for (size_t i = 0; i < 4; i++)
        for (size_t k = 0; k < 4; k++)
            worst_db = fmax(worst_db, reactance_db(loads_ohm[i], sources_ohm[k]));
    expect_between("3 m of 0.8 uH/m and 200 pF/m, at most, dB", worst_db, 0, 0.1);
}

static void claim_10_resistance_and_a_shared_return_do(void **state) {
    (void)state;
    assert_true(shown("load", "claim-10-resistance", "response_deviation") > 0.5);
    assert_true(shown("load", "claim-10-resistance", "crosstalk") > -30);
}

// --- 11: level-matched pairs of competent amplifiers, or of cables, are alike ---

enum { THIRD_OCTAVES = 31 }; // 20 Hz to 20 kHz

struct fingerprint {
    double level_db[THIRD_OCTAVES]; // by sines, which noise does not disturb
    double distortion;              // harmonics 2 to 10 of a full-scale sine
};

static struct fingerprint take_fingerprint(struct plugin_host *host) {
    struct fingerprint fingerprint;
    const double reference_db = figure_measure(host, "level");
    for (int i = 0; i < THIRD_OCTAVES; i++) {
        char name[32];
        snprintf(name, sizeof name, "level_%.3f", SPECTRUM_LOW_HZ * pow(10, i / 10.0));
        fingerprint.level_db[i] = reference_db + figure_measure(host, name);
    }
    double amplitude[11];
    double square = 0;
    response_harmonics(host, 1, TONE_HZ, 0.5, amplitude, 11);
    for (int n = 2; n <= 10; n++)
        square += amplitude[n] * amplitude[n];
    fingerprint.distortion = sqrt(square) / amplitude[1];
    return fingerprint;
}

static double levels_apart_db(const struct fingerprint *a, const struct fingerprint *b) {
    double worst_db = 0;
    for (int i = 0; i < THIRD_OCTAVES; i++)
        worst_db = fmax(worst_db, fabs(a->level_db[i] - b->level_db[i]));
    return worst_db;
}

static struct fingerprint fingerprint_of(const char *slug, const char *amplifier) {
    struct plugin_host *host = figure_open_preset("chain", slug);
    if (amplifier)
        choose(host, "amplifier", amplifier);
    const struct fingerprint fingerprint = take_fingerprint(host);
    plugin_host_close(host);
    return fingerprint;
}

static void expect_alike(const char *what, const char *first, const char *second) {
    const struct fingerprint a = fingerprint_of(first, NULL);
    const struct fingerprint b = fingerprint_of(second, NULL);
    print_message("%s:\n", what);
    expect_between("  apart by, dB", levels_apart_db(&a, &b), 0, 0.2);
    expect_between("  distortion of one, %", 100 * a.distortion, 0, 0.01);
    expect_between("  distortion of the other, %", 100 * b.distortion, 0, 0.01);
}

static void claim_11_competent_pairs_are_alike(void **state) {
    (void)state;
    expect_alike("O2 and HPA4", "claim-11-amplifier-a", "claim-11-amplifier-b");
    expect_alike("28 and 24 AWG", "claim-11-cable-a", "claim-11-cable-b");
}

// The same measure tells a tube amplifier of 120 ohm from either.
static void claim_11_an_incompetent_one_is_told(void **state) {
    (void)state;
    const struct fingerprint good = fingerprint_of("claim-11-amplifier-a", NULL);
    const struct fingerprint bad = fingerprint_of("claim-11-amplifier-a", "Bottlehead Crack");
    expect_between("O2 and Crack apart by, dB", levels_apart_db(&good, &bad), 0.5, 3);
    expect_between("Distortion of the Crack, %", 100 * bad.distortion, 0.5, 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(claim_1_a_bridge_gives_more_power_where_volts_limit),
        cmocka_unit_test(claim_1_the_limits_are_where_they_are_said_to_be),
        cmocka_unit_test(claim_2_a_bridge_doubles_impedance_and_adds_hiss),
        cmocka_unit_test(claim_2_noise_of_the_source_rises_with_the_signal),
        cmocka_unit_test(claim_3_a_bridge_cancels_even_harmonics_as_far_as_legs_match),
        cmocka_unit_test(claim_4_a_shared_return_crosses_in_opposite_polarity),
        cmocka_unit_test(claim_4_separate_returns_do_it_without_a_bridge),
        cmocka_unit_test(claim_4_an_adapter_changes_the_connector_only),
        cmocka_unit_test(claim_5_line_inputs_reject_what_headphones_cannot),
        cmocka_unit_test(claim_5_noise_before_the_line_is_never_rejected),
        cmocka_unit_test(claim_6_impedance_balance_decides),
        cmocka_unit_test(claim_6_the_inverted_signal_does_not),
        cmocka_unit_test(claim_7_longer_runs_pick_up_more),
        cmocka_unit_test(claim_7_under_two_metres_in_a_quiet_room_it_does_not_matter),
        cmocka_unit_test(claim_8_one_eighth_is_one_decibel),
        cmocka_unit_test(claim_8_no_headphone_breaks_the_rule),
        cmocka_unit_test(claim_9_in_ears_reveal_hiss),
        cmocka_unit_test(claim_10_capacitance_and_inductance_do_nothing),
        cmocka_unit_test(claim_10_resistance_and_a_shared_return_do),
        cmocka_unit_test(claim_11_competent_pairs_are_alike),
        cmocka_unit_test(claim_11_an_incompetent_one_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
