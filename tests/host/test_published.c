// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Figures that others have published or that follow from a published curve, through the running
// plugin with its own tables. A device's own cable would disturb them: here it has no length.
#include "chain_host.h"
#include "devices.h"
#include "response.h"
#include "spectrum.h"

#include <complex.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>

#include <cmocka.h>

#define RATE_HZ   96000.0
#define RECORD_S  1.0
#define NO_CABLE  CHAIN_WIRE "cable=0 cable_length=min contact_resistance=min match=0 "
#define RESISTIVE NO_CABLE "headphone=0 peak1_rise=0 "

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

static void start(const char *settings) {
    chain_start(host, settings, CHAIN_NORMAL);
}

static void start_headphone(const char *name, double source_ohm) {
    start(NO_CABLE);
    plugin_host_set(host, "headphone", plugin_host_scale_point(host, "headphone", name));
    plugin_host_set(host, "output_impedance", source_ohm);
}

static void expect(const char *what, double measured, double published, double tolerance) {
    print_message("%-62s %9.4f, published %7.4g\n", what, measured, published);
    if (!(fabs(measured - published) <= tolerance))
        fail_msg("%s: %g is not %g within %g", what, measured, published, tolerance);
}

// --- Output impedance against the impedance curve ---

static double rise_db(const char *name, double source_ohm, double hz, double reference_hz) {
    start_headphone(name, source_ohm);
    struct response response = response_measure(host, RESPONSE_BOTH, RECORD_S);
    const double db =
        response_level_db(&response, 0, hz) - response_level_db(&response, 0, reference_hz);
    response_free(&response);
    return db;
}

static void output_impedance_lifts_the_bass(void **state) {
    (void)state;
    expect("Grado SR60x, 100 Hz to 1 kHz from 10 ohm, dB", rise_db("Grado SR60x", 10, 100, 1000),
           1.13, 0.03);
    expect("Grado SR60x, 100 Hz to 1 kHz from 120 ohm, dB", rise_db("Grado SR60x", 120, 100, 1000),
           5.29, 0.05);
    expect("Sennheiser HD 650, 100 Hz to 1 kHz from 120 ohm, dB",
           rise_db("Sennheiser HD 650", 120, 100, 1000), 0.83, 0.02);
}

static double above_minimum_db(const char *name, double source_ohm, double hz) {
    start_headphone(name, source_ohm);
    struct response response = response_measure(host, RESPONSE_BOTH, RECORD_S);
    double lowest_db = INFINITY;
    for (double at_hz = SPECTRUM_LOW_HZ; at_hz <= SPECTRUM_HIGH_HZ; at_hz *= pow(2, 1 / 24.0))
        lowest_db = fmin(lowest_db, response_level_db(&response, 0, at_hz));
    const double db = response_level_db(&response, 0, hz) - lowest_db;
    response_free(&response);
    return db;
}

static void an_in_ear_cares_at_two_ohm(void **state) {
    (void)state;
    expect("Westone 3, 1.4 kHz above its lowest from 2 ohm, dB",
           above_minimum_db("Westone 3", 2, 1400), 0.66, 0.03);
    expect("Westone 3, 1.4 kHz above its lowest from 10 ohm, dB",
           above_minimum_db("Westone 3", 10, 1400), 2.54, 0.06);
}

// |Z| from the voltage behind a known resistance.
static void a_published_impedance_curve_comes_back(void **state) {
    (void)state;
    static const struct {
        double hz, ohm;
    } readings[] = {{20, 361},     {50, 530},   {63, 550},   {100, 522},   {200, 400},  {500, 295},
                    {1000, 266.5}, {2000, 257}, {5000, 255}, {10000, 260}, {20000, 278}};
    enum { READINGS = sizeof readings / sizeof *readings };
    const double source_ohm = 500;
    double sum = 0;
    start_headphone("Beyerdynamic DT 1990 PRO 250 ohm", source_ohm);
    struct response response = response_measure(host, RESPONSE_BOTH, RECORD_S);
    for (size_t i = 0; i < READINGS; i++) {
        const double complex h = response_at(&response, 0, readings[i].hz);
        const double ohm = cabs(source_ohm * h / (1 - h));
        const double error = ohm / readings[i].ohm - 1;
        print_message("DT 1990 PRO at %5.0f Hz: %6.1f ohm, reading %6.1f (%+.2f %%)\n",
                      readings[i].hz, ohm, readings[i].ohm, 100 * error);
        sum += error * error;
    }
    response_free(&response);
    // The model was fitted to 500 readings within 1.5 % rms.
    const double rms = sqrt(sum / READINGS);
    print_message("%.2f %% rms\n", 100 * rms);
    assert_true(rms <= 0.02);
}

#define PEAK_OHM 2000.0
#define PEAK_HZ  100.0
#define PEAK_Q   20.0
#define BASE_HZ  20000.0

static double peaked_level_db(double minimum_ohm, double source_ohm, double hz) {
    const double complex z =
        minimum_ohm + PEAK_OHM / (1 + I * PEAK_Q * (hz / PEAK_HZ - PEAK_HZ / hz));
    return spectrum_decibel(cabs(z / (z + source_ohm)));
}

static void one_eighth_is_a_rule_of_one_decibel(void **state) {
    (void)state;
    static const double minimum_ohm[] = {4, 8, 32, 250};
    const double bound_db = spectrum_decibel(1 + 1 / 8.0);
    double worst_db = 0;
    for (size_t i = 0; i < sizeof minimum_ohm / sizeof *minimum_ohm; i++) {
        const double z = minimum_ohm[i];
        start(NO_CABLE "headphone=0");
        plugin_host_set(host, "resistance", z);
        plugin_host_set(host, "output_impedance", z / 8);
        plugin_host_set(host, "peak1_rise", PEAK_OHM);
        plugin_host_set(host, "peak1_frequency", PEAK_HZ);
        plugin_host_set(host, "peak1_q", PEAK_Q);
        struct response response = response_measure(host, RESPONSE_BOTH, RECORD_S);
        const double db =
            response_level_db(&response, 0, PEAK_HZ) - response_level_db(&response, 0, BASE_HZ);
        response_free(&response);
        const double expected_db =
            peaked_level_db(z, z / 8, PEAK_HZ) - peaked_level_db(z, z / 8, BASE_HZ);
        assert_true(fabs(db - expected_db) <= 0.002);
        assert_true(db <= bound_db);
        worst_db = fmax(worst_db, db);
    }
    expect("1/8 rule, worst, dB", worst_db, 1.02, 0.01);
}

// --- Power: a sine just at the limit ---

static bool at_limit(double amplitude, double *power_mw) {
    response_play_sine(host, amplitude, 1000, 0.05);
    const bool stopped =
        plugin_host_get(host, "clipping") > 0 || plugin_host_get(host, "limiting") > 0;
    if (!stopped) {
        response_play_sine(host, amplitude, 1000, 3);
        *power_mw = plugin_host_get(host, "power");
    }
    return stopped;
}

static double clean_power_mw(const char *amplifier, double load_ohm) {
    start(RESISTIVE "gain=20 source_level=2");
    plugin_host_set(host, "resistance", load_ohm);
    plugin_host_set(host, "amplifier", plugin_host_scale_point(host, "amplifier", amplifier));
    double low = 0;
    double high = 1;
    double power_mw = 0;
    assert_true(at_limit(high, &power_mw));
    while (high - low > 1e-3) {
        const double middle = (low + high) / 2;
        if (at_limit(middle, &power_mw))
            high = middle;
        else
            low = middle;
    }
    return power_mw;
}

static void a50_iii_gives_its_stated_power(void **state) {
    (void)state;
    const double single_600 = clean_power_mw("Topping A50 III, 6.35 mm", 600);
    const double single_32 = clean_power_mw("Topping A50 III, 6.35 mm", 32);
    const double bridge_600 = clean_power_mw("Topping A50 III, balanced", 600);
    const double bridge_32 = clean_power_mw("Topping A50 III, balanced", 32);
    expect("A50 III, 6.35 mm, 600 ohm, mW", single_600, 100, 3);
    expect("A50 III, 6.35 mm, 32 ohm, mW", single_32, 1400, 42);
    expect("A50 III, balanced, 600 ohm, mW", bridge_600, 395, 12);
    expect("A50 III, balanced, 32 ohm, mW", bridge_32, 3500, 105);
    expect("A50 III, balanced over 6.35 mm, 600 ohm", bridge_600 / single_600, 3.95, 0.1);
    expect("A50 III, balanced over 6.35 mm, 32 ohm", bridge_32 / single_32, 2.5, 0.07);
}

static void a_balanced_jack_may_give_less(void **state) {
    (void)state;
    const double single = clean_power_mw("iFi Zen CAN 3, 6.35 mm", 32);
    const double bridge = clean_power_mw("iFi Zen CAN 3, 4.4 mm", 32);
    expect("Zen CAN 3, 6.35 mm, 32 ohm, mW", single, 1600, 48);
    expect("Zen CAN 3, 4.4 mm, 32 ohm, mW", bridge, 1200, 36);
    expect("Zen CAN 3, 4.4 mm over 6.35 mm, 32 ohm", bridge / single, 0.75, 0.02);
}

// --- Bridges ---

static void a_bridge_doubles_the_voltage(void **state) {
    (void)state;
    start(RESISTIVE "output_impedance=min topology=2");
    struct response response = response_measure(host, RESPONSE_BOTH, RECORD_S);
    expect("Bridge, level match off, dB", response_level_db(&response, 0, 1000), 6.0206, 0.001);
    response_free(&response);
    start(RESISTIVE "output_impedance=min topology=2 match=1");
    response = response_measure(host, RESPONSE_BOTH, RECORD_S);
    expect("Bridge, level match on, dB", response_level_db(&response, 0, 1000), 0, 0.001);
    response_free(&response);
}

// 2 R, not R: 10 ohm a leg and 20 ohm of load halve the voltage.
static void a_bridge_doubles_the_output_impedance(void **state) {
    (void)state;
    start(RESISTIVE "resistance=20 output_impedance=10 topology=2");
    struct response response = response_measure(host, RESPONSE_BOTH, RECORD_S);
    expect("Bridge of 10 ohm legs into 20 ohm, dB", response_level_db(&response, 0, 1000), 0,
           0.001);
    response_free(&response);
}

static void harmonics_db(const char *settings, double db[4]) {
    double amplitude[4];
    start(settings);
    response_harmonics(host, 0.5, 1000, 0.5, amplitude, 4);
    for (int n = 0; n < 4; n++)
        db[n] = spectrum_decibel(amplitude[n] / amplitude[1]);
}

#define DISTORTING                                                                                 \
    RESISTIVE "second_harmonic=-40 third_harmonic=-50 rail=2.8284 output_impedance=min "

static void even_harmonics_cancel_as_far_as_legs_match(void **state) {
    (void)state;
    double single[4];
    double bridge[4];
    harmonics_db(DISTORTING, single);
    // A sine at half the rail is where the settings are defined.
    expect("Single-ended, second harmonic, dB", single[2], -40, 0.1);
    expect("Single-ended, third harmonic, dB", single[3], -50, 0.1);
    for (double mismatch = 0.01; mismatch <= 0.1; mismatch *= 3) {
        start(DISTORTING);
        plugin_host_set(host, "topology", 2);
        plugin_host_set(host, "leg_mismatch", mismatch * 100);
        double amplitude[4];
        response_harmonics(host, 0.5, 1000, 0.5, amplitude, 4);
        for (int n = 0; n < 4; n++)
            bridge[n] = spectrum_decibel(amplitude[n] / amplitude[1]);
        print_message("Legs %4.1f %% apart:\n", 100 * mismatch);
        expect("  second harmonic, bridge below single-ended, dB", bridge[2] - single[2],
               spectrum_decibel(mismatch), 0.2);
        expect("  third harmonic, bridge below single-ended, dB", bridge[3] - single[3], 0,
               10 * mismatch);
    }
    harmonics_db(DISTORTING "topology=2", bridge);
    print_message("Legs alike: second harmonic %.1f dB, third %.2f dB\n", bridge[2], bridge[3]);
    assert_true(bridge[2] <= -140);
}

// --- Crosstalk ---

static void a_shared_return_crosses_in_opposite_polarity(void **state) {
    (void)state;
    static const struct {
        double load_ohm, shared_mohm;
    } cases[] = {{32, 100}, {16, 400}, {300, 30}, {9, 200}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int driven = 0; driven < 2; driven++) {
            const double z = cases[i].load_ohm;
            const double r = cases[i].shared_mohm * 1e-3;
            start(RESISTIVE "output_impedance=min topology=0");
            plugin_host_set(host, "resistance", z);
            plugin_host_set(host, "ground_resistance", cases[i].shared_mohm);
            struct response response =
                response_measure(host, driven ? RESPONSE_RIGHT : RESPONSE_LEFT, RECORD_S);
            const double complex ratio =
                response_at(&response, !driven, 1000) / response_at(&response, driven, 1000);
            print_message("%g ohm, %g mohm shared: %+.6f%+.6fi, expected %+.6f (%.1f dB)\n", z,
                          cases[i].shared_mohm, creal(ratio), cimag(ratio), -r / (z + r),
                          spectrum_decibel(r / (z + r)));
            assert_true(cabs(ratio * (z + r) / -r - 1) <= 1e-3);
            response_free(&response);
        }
}

// Without any bridging.
static void separate_returns_do_not_cross(void **state) {
    (void)state;
    for (int topology = 1; topology <= 3; topology++) {
        start(RESISTIVE "resistance=32 ground_resistance=400");
        plugin_host_set(host, "topology", topology);
        struct response response = response_measure(host, RESPONSE_LEFT, RECORD_S);
        assert_true(response_level_db(&response, 0, 1000) >= -3);
        assert_true(response_level_db(&response, 1, 1000) <= -140);
        response_free(&response);
    }
}

static void choose(const char *symbol, const char *label) {
    plugin_host_set(host, symbol, plugin_host_scale_point(host, symbol, label));
}

static double crosstalk_db(const char *amplifier, double load_ohm) {
    start(RESISTIVE);
    plugin_host_set(host, "resistance", load_ohm);
    choose("amplifier", amplifier);
    plugin_host_run(host, 0);
    return plugin_host_get(host, "crosstalk");
}

// The same chips, once with a shared and once with separate returns.
static void x3_iii_gains_by_separate_returns(void **state) {
    (void)state;
    expect("X3 III, 3.5 mm, crosstalk, dB", crosstalk_db("FiiO X3 Mark III, 3.5 mm", 32), -69, 0.1);
    // What remains of the 97 dB is on the board, which is not simulated.
    assert_true(crosstalk_db("FiiO X3 Mark III, 2.5 mm", 32) <= -97);
}

// A common impedance of 19 mohm in the one, of 7.5 in the other.
static void o2_and_element_cross_as_measured(void **state) {
    (void)state;
    expect("O2, 150 ohm, crosstalk, dB", crosstalk_db("JDS Labs O2", 150), -78, 0.1);
    expect("Element, 150 ohm, crosstalk, dB", crosstalk_db("JDS Labs Element", 150), -86, 0.1);
    start(RESISTIVE "resistance=150 output_impedance=0.54 ground_resistance=19");
    plugin_host_run(host, 0);
    expect("19 mohm, 150 ohm, crosstalk, dB", plugin_host_get(host, "crosstalk"), -78, 0.1);
}

// --- Noise ---

// An integrated source brings its own; else 1 V is set below.
static double source_level_v(const char *amplifier) {
    const double level_v = devices_find(DEVICES_AMPLIFIERS, amplifier)->value[PORT_SOURCE_LEVEL];
    return isnan(level_v) ? 1 : level_v;
}

// What the plugin puts out in silence, A-weighted (IEC 61672-1, as a formula), in volts at the
// driver.
static double weighted_noise_uv(const char *amplifier) {
    enum { FRAMES = 1 << 19 };
    start(RESISTIVE "resistance=2000 source_level=1 seed=7");
    choose("amplifier", amplifier);
    static double x[FRAMES];
    static double complex bins[FRAMES / 2 + 1];
    struct stereo out = stereo_new(FRAMES);
    chain_play(host, &out, &out, 1024);
    spectrum_from_float(out.left, x, FRAMES);
    stereo_free(&out);
    spectrum_fft(x, FRAMES, bins);
    double square = 0;
    for (size_t i = 1; i < FRAMES / 2; i++) {
        const double hz = (double)i * RATE_HZ / FRAMES;
        const double f2 = hz * hz;
        const double weight = 1.2588966 * 12194.217 * 12194.217 * f2 * f2 /
                              ((f2 + 20.598997 * 20.598997) * (f2 + 12194.217 * 12194.217) *
                               sqrt((f2 + 107.65265 * 107.65265) * (f2 + 737.86223 * 737.86223)));
        if (hz >= SPECTRUM_LOW_HZ && hz <= SPECTRUM_HIGH_HZ)
            square += 2 * pow(weight * cabs(bins[i]) / FRAMES, 2);
    }
    return 1e6 * sqrt(square) * sqrt(2) * source_level_v(amplifier);
}

static void btr15_hisses_more_on_its_balanced_jack(void **state) {
    (void)state;
    const double single = weighted_noise_uv("FiiO BTR15, 3.5 mm");
    const double bridge = weighted_noise_uv("FiiO BTR15, 4.4 mm");
    expect("BTR15, 3.5 mm, uV A-weighted", single, 2.0, 0.04);
    expect("BTR15, 4.4 mm, uV A-weighted", bridge, 2.7, 0.05);
    expect("BTR15, 4.4 over 3.5 mm, dB", spectrum_decibel(bridge / single), 2.6, 0.2);
}

// --- A 4-pin jack that is no bridge ---

static double level_db(const char *settings, const char *amplifier) {
    start(settings);
    choose("amplifier", amplifier);
    plugin_host_restart(host);
    const double amplitude = 0.1;
    double harmonic[2];
    response_harmonics(host, amplitude, 1000, 0.5, harmonic, 2);
    return spectrum_decibel(harmonic[1] / amplitude);
}

static void hpa4_has_the_same_gain_and_impedance_on_both_jacks(void **state) {
    (void)state;
    static const char *const loads[] = {RESISTIVE "resistance=600", RESISTIVE "resistance=8"};
    double db[2][2];
    for (int i = 0; i < 2; i++) {
        db[0][i] = level_db(loads[i], "Benchmark HPA4, 6.35 mm");
        db[1][i] = level_db(loads[i], "Benchmark HPA4, 4-pin XLR");
        expect("HPA4, 4-pin XLR over 6.35 mm, dB", db[1][i] - db[0][i], 0, 0.005);
    }
    // From 600 to 8 ohm, of which the source takes its part.
    const double ratio = pow(10, (db[1][0] - db[1][1]) / 20);
    expect("HPA4, output impedance, ohm", (ratio - 1) / (1 / 8.0 - ratio / 600), 0.6, 0.01);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(output_impedance_lifts_the_bass),
        cmocka_unit_test(an_in_ear_cares_at_two_ohm),
        cmocka_unit_test(a_published_impedance_curve_comes_back),
        cmocka_unit_test(one_eighth_is_a_rule_of_one_decibel),
        cmocka_unit_test(a50_iii_gives_its_stated_power),
        cmocka_unit_test(a_balanced_jack_may_give_less),
        cmocka_unit_test(a_bridge_doubles_the_voltage),
        cmocka_unit_test(a_bridge_doubles_the_output_impedance),
        cmocka_unit_test(even_harmonics_cancel_as_far_as_legs_match),
        cmocka_unit_test(a_shared_return_crosses_in_opposite_polarity),
        cmocka_unit_test(separate_returns_do_not_cross),
        cmocka_unit_test(x3_iii_gains_by_separate_returns),
        cmocka_unit_test(o2_and_element_cross_as_measured),
        cmocka_unit_test(btr15_hisses_more_on_its_balanced_jack),
        cmocka_unit_test(hpa4_has_the_same_gain_and_impedance_on_both_jacks),
    };
    return cmocka_run_group_tests(tests, open_host, close_host);
}
