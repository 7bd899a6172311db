// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// loadline advise: its figures against sums done here, and what it says of them.
#include "tool.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const json_t *output_of(const json_t *root, size_t amplifier, size_t output) {
    const json_t *model = json_array_get(json_object_get(root, "amplifiers"), amplifier);
    return json_array_get(json_object_get(model, "outputs"), output);
}

static double number(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    return json_is_object(value) ? number(value, "value") : json_number_value(value);
}

// Topping A50 III into HD 600: 10.96 V peak and twice 10.89 V, at 1 kHz into 300 ohm and 103.7
// dB/V.
static void test_loudness_is_volts_times_sensitivity(void **state) {
    (void)state;
    assert_code(RUN("advise", "--headphone", "Sennheiser HD 600", "--amplifier", "Topping A50 III",
                    "--format", "json"),
                DONE);
    json_t *root = said_json();
    const json_t *single = output_of(root, 0, 0), *bridge = output_of(root, 0, 1);
    const double expected = 103.7 + 20 * log10(10.96 / sqrt(2));
    assert_true(fabs(number(single, "maximum_spl_db") - expected) < 0.1);
    assert_true(fabs(number(single, "headroom_db") - expected + 100) < 0.1);
    assert_true(fabs(number(bridge, "maximum_spl_db") - number(single, "maximum_spl_db") -
                     20 * log10(2 * 10.89 / 10.96)) < 0.05);
    assert_string_equal(json_string_value(json_object_get(single, "limit")), "limited by voltage");
    json_decref(root);
}

// Into 16 ohm the same amplifier runs out of current.
static void test_amps_limit_low_impedances(void **state) {
    (void)state;
    assert_code(RUN("advise", "--headphone", "Shure SE846 Gen 2", "--amplifier", "Topping A50 III"),
                DONE);
    assert_says(said, "limited by current");
    assert_says(said, "Balanced is not needed to be loud enough");
}

static void test_hiss_is_noise_times_sensitivity(void **state) {
    (void)state;
    assert_code(RUN("advise", "--headphone", "Grado SR60x", "--amplifier", "JDS Labs O2",
                    "--format", "json"),
                DONE);
    json_t *root = said_json();
    // 3.482 uV unweighted are 2.75 uV(A); 112.2 dB/V; cable and output take 2 % of it.
    const double expected = 112.2 + 20 * log10(2.75e-6 * 0.98);
    assert_true(fabs(number(output_of(root, 0, 0), "hiss") - expected) < 0.2);
    json_decref(root);
}

static void test_unknown_stays_unknown(void **state) {
    (void)state;
    assert_code(
        RUN("advise", "--headphone", "Sennheiser HD 600", "--amplifier", "Sennheiser HDV 820"),
        DONE);
    assert_says(said, "maximum SPL          not known");
    assert_says(said, "hiss                 not known");
    assert_code(RUN("advise", "--headphone", "Sennheiser HD 600", "--amplifier",
                    "Sennheiser HDV 820", "--format", "json"),
                DONE);
    json_t *root = said_json();
    assert_true(json_is_null(json_object_get(output_of(root, 0, 0), "maximum_spl_db")));
    json_decref(root);
}

static void test_three_wires_need_recabling(void **state) {
    (void)state;
    assert_code(RUN("advise", "--headphone", "Beyerdynamic DT 990 PRO 250 ohm", "--amplifier",
                    "Topping A50 III"),
                DONE);
    assert_says(said, "it needs recabling before any of the balanced figures holds");
    assert_code(RUN("advise", "--headphone", "Sennheiser HD 600", "--amplifier", "Topping A50 III"),
                DONE);
    assert_null(strstr(said, "recabl"));
}

static void test_exposure_above_100_db(void **state) {
    (void)state;
    assert_code(RUN("advise", "--headphone", "Sennheiser HD 600", "--amplifier", "Topping A50 III",
                    "--spl", "103"),
                DONE);
    assert_says(said, "Exposure: 103 dB are safe for 7.5 minutes a day");
    assert_code(RUN("advise", "--headphone", "Sennheiser HD 600", "--amplifier", "Topping A50 III"),
                DONE);
    assert_null(strstr(said, "Exposure"));
}

static double hum_dba(const char *line) {
    assert_code(RUN("advise", "--headphone", "Grado SR60x", "--amplifier", "JDS Labs O2",
                    "--environment", "Studio rack with a ground loop", "--line", line, "--format",
                    "json"),
                DONE);
    json_t *root = said_json();
    const double db = number(output_of(root, 0, 0), "hum");
    json_decref(root);
    return db;
}

static void test_a_balanced_line_takes_the_hum_away(void **state) {
    (void)state;
    const double unbalanced = hum_dba("Generic RCA, 1 m");
    const double balanced = hum_dba("Generic XLR, 1 m");
    assert_true(unbalanced > 30);
    assert_true(balanced < unbalanced - 40);
}

// Any output's name stands for its model.
static void test_all_outputs_are_judged(void **state) {
    (void)state;
    assert_code(RUN("advise", "--headphone", "Sennheiser HD 600", "--amplifier",
                    "Topping A50 III, 6.35 mm"),
                DONE);
    assert_says(said, "Topping A50 III, balanced");
}

static void test_complaints(void **state) {
    (void)state;
    assert_code(RUN("advise"), WRONG_USAGE);
    assert_complaint("--headphone", "missing");
    assert_code(RUN("advise", "--headphone", "HD600", "--amplifier", "x"), WRONG_USAGE);
    assert_complaint("--headphone", "HD600");
    assert_code(RUN("advise", "--headphone", "Sennheiser HD 600", "--amplifier", "Toping A50 III"),
                WRONG_USAGE);
    assert_complaint("did you mean", "Topping A50 III");
    assert_code(RUN("advise", "--headphone", "Sennheiser HD 600", "--amplifier", "JDS Labs O2",
                    "--spl", "nan"),
                WRONG_USAGE);
    assert_complaint("--spl", "60");
    assert_code(RUN("advise", "--headphone", "Sennheiser HD 600", "--amplifier", "JDS Labs O2",
                    "--line", "Generic XLR, 1 m; gain=3"),
                WRONG_USAGE);
    assert_complaint("--line", "there is no");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_loudness_is_volts_times_sensitivity),
        cmocka_unit_test(test_amps_limit_low_impedances),
        cmocka_unit_test(test_hiss_is_noise_times_sensitivity),
        cmocka_unit_test(test_unknown_stays_unknown),
        cmocka_unit_test(test_three_wires_need_recabling),
        cmocka_unit_test(test_exposure_above_100_db),
        cmocka_unit_test(test_a_balanced_line_takes_the_hum_away),
        cmocka_unit_test(test_all_outputs_are_judged),
        cmocka_unit_test(test_complaints),
    };
    return cmocka_run_group_tests(tests, tool_set_up, tool_tear_down);
}
