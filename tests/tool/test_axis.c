// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Ranges, lines and labels of axes.
#include "axis.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct axis_rule level = {
    .title = "Level (dB)",
    .unit = "dB",
    .scale = AXIS_LINEAR,
    .lowest = -200.0,
    .highest = 200.0,
    .least_span = 3.0,
    .most_span = 60.0,
};

static const struct axis_rule frequency = {
    .title = "Frequency (Hz)",
    .unit = "",
    .prefixed = true,
    .scale = AXIS_LOG,
    .lowest = 20.0,
    .highest = 20000.0,
    .least_span = 1000.0,
    .most_span = 1000.0,
};

static const struct axis_rule volts = {
    .title = "Voltage (V)",
    .unit = "V",
    .prefixed = true,
    .scale = AXIS_LOG,
    .lowest = 1e-10,
    .highest = 1e3,
    .least_span = 100.0,
    .most_span = 1e15,
};

static const struct axis_rule impedance = {
    .title = "Impedance",
    .unit = "",
    .prefixed = true,
    .scale = AXIS_FROM_ZERO,
    .lowest = 0.0,
    .highest = 1e6,
    .least_span = 10.0,
    .most_span = 1e4,
};

static void assert_range(const struct axis *axis, double low, double high) {
    if (!(fabs(axis->low - low) < 1e-9 * fabs(high) && fabs(axis->high - high) < 1e-9 * high))
        fail_msg("from %g to %g, not %g to %g", axis->low, axis->high, low, high);
}

// The labels that there are, one after the other.
static void assert_labels(const struct axis *axis, const char *expected) {
    struct axis_tick ticks[AXIS_TICKS_MAX];
    char labels[2000] = "";
    const size_t count = axis_ticks(axis, ticks);
    for (size_t i = 0; i < count; i++) {
        const double position = axis_position(axis, ticks[i].value);
        assert_true(position > -1e-6 && position < 1.0 + 1e-6);
        if (ticks[i].label[0] == '\0')
            continue;
        strcat(labels, labels[0] != '\0' ? "|" : "");
        strcat(labels, ticks[i].label);
    }
    assert_string_equal(labels, expected);
}

static void test_frequencies(void **state) {
    (void)state;
    const struct axis axis = axis_fit(&frequency, 20.0, 20000.0);
    struct axis_tick ticks[AXIS_TICKS_MAX];
    assert_range(&axis, 20.0, 20000.0);
    assert_labels(&axis, "20|50|100|200|500|1k|2k|5k|10k|20k");
    assert_int_equal(axis_ticks(&axis, ticks), 8 + 9 + 9 + 2); // the lines of each decade
    assert_true(fabs(axis_position(&axis, sqrt(20.0 * 20000.0)) - 0.5) < 1e-12);
}

static void test_levels(void **state) {
    (void)state;
    struct axis axis = axis_fit(&level, -0.01, 0.02); // nothing is blown up
    assert_range(&axis, -2.0, 2.0);
    assert_labels(&axis, "−2.0|−1.5|−1.0|−0.5|0.0|0.5|1.0|1.5|2.0");
    axis = axis_fit(&level, -1.0, 5.3);
    assert_range(&axis, -2.0, 6.0);
    assert_labels(&axis, "−2|−1|0|1|2|3|4|5|6");
    axis = axis_fit(&level, -55.0, 0.0);
    assert_range(&axis, -60.0, 10.0);
    axis = axis_fit(&level, -200.0, 0.0); // what is that low is out of sight
    assert_true(axis.low >= -70.0 && axis.high <= 10.0);
    assert_true(axis_position(&axis, -200.0) < -1.0);
    axis = axis_fit(&level, INFINITY, -INFINITY); // no values
    assert_true(axis.low >= -200.0 && axis.high - axis.low >= 3.0);
}

// Whatever the values, they are within, and the lines are few and at round numbers.
static void test_any_level(void **state) {
    (void)state;
    srand(1);
    for (int i = 0; i < 10000; i++) {
        const double least = 100.0 * (double)rand() / RAND_MAX - 80.0;
        const double greatest = least + pow(10.0, 4.0 * (double)rand() / RAND_MAX - 2.3);
        struct axis_tick ticks[AXIS_TICKS_MAX];
        if (greatest > least + 55.0)
            continue;
        const struct axis axis = axis_fit(&level, least, greatest);
        const size_t count = axis_ticks(&axis, ticks);
        assert_true(axis.low < least && axis.high > greatest);
        assert_true(axis.high - axis.low < 2.5 * fmax(greatest - least, 3.0));
        assert_true(count >= 4 && count <= 12);
        const double mantissa = axis.step / pow(10.0, floor(log10(axis.step) + 1e-9));
        assert_true(fabs(mantissa - 1) < 1e-6 || fabs(mantissa - 2) < 1e-6 ||
                    fabs(mantissa - 5) < 1e-6);
        assert_true(fabs(ticks[0].value - axis.low) < 1e-9);
        assert_true(fabs(ticks[count - 1].value - axis.high) < 1e-9);
    }
}

static void test_volts(void **state) {
    (void)state;
    struct axis axis = axis_fit(&volts, 30e-9, 40e-9);
    assert_range(&axis, 2e-9, 500e-9);
    assert_labels(&axis, "2 nV|5 nV|10 nV|20 nV|50 nV|100 nV|200 nV|500 nV");
    axis = axis_fit(&volts, 1.1e-3, 9.0);
    assert_range(&axis, 1e-3, 10.0);
    assert_labels(&axis, "1 mV|10 mV|100 mV|1 V|10 V");
    axis = axis_fit(&volts, 2e-10, 900.0);
    assert_labels(&axis, "100 pV|1 nV|10 nV|100 nV|1 µV|10 µV|100 µV|1 mV|10 mV|100 mV|1 V|10 V|"
                         "100 V|1 kV");
    axis = axis_fit(&volts, INFINITY, -INFINITY);
    assert_range(&axis, 1e-10, 2e-8);
}

static void test_impedances(void **state) {
    (void)state;
    struct axis axis = axis_fit(&impedance, 300.0, 570.0);
    assert_range(&axis, 0.0, 600.0);
    assert_labels(&axis, "0|100|200|300|400|500|600");
    axis = axis_fit(&impedance, 16.0, 1200.0);
    assert_range(&axis, 10.0, 2000.0);
    assert_labels(&axis, "10|20|50|100|200|500|1k|2k");
    axis = axis_fit(&impedance, 16.0, 16.0);
    assert_range(&axis, 0.0, 18.0);
}

static void test_values_have_units(void **state) {
    (void)state;
    char text[AXIS_LABEL_MAX];
    const struct axis decibel = axis_fit(&level, -20.0, 5.0);
    axis_value(&decibel, -15.0, text);
    assert_string_equal(text, "−15 dB");
    const struct axis volt = axis_fit(&volts, 1e-9, 1e-6);
    axis_value(&volt, 1e-10, text);
    assert_string_equal(text, "100 pV");
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {0.0, "0 V"},        {6.856e-3, "6.86 mV"}, {999.4e-6, "999 µV"}, {999.6e-6, "1 mV"},
        {1234.0, "1.23 kV"}, {1e-9, "1 nV"},        {1e-6, "1 µV"},       {1e3, "1 kV"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        axis_prefixed(cases[i].value, "V", text);
        assert_string_equal(text, cases[i].text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frequencies), cmocka_unit_test(test_levels),
        cmocka_unit_test(test_any_level),   cmocka_unit_test(test_volts),
        cmocka_unit_test(test_impedances),  cmocka_unit_test(test_values_have_units),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
