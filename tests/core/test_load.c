// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// A headphone driver as elements: its impedance against the formula.
#include "load.h"
#include "random_circuit.h"
#include "topology.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define SEMI_HZ      20000.0
#define SEMI_PART    0.00095
#define SEMI_DEGREES 0.082

// Z of the load alone, from the current that 1 V drives.
static double complex impedance(const struct load_params *load, double hz) {
    static struct circuit circuit, view;
    topology_build_load(load, &circuit);
    circuit_view(&circuit, CIRCUIT_MID, &view);
    assert_false(view.overflow);
    return 1 / respond_at(&view, hz).leg_current_a[0];
}

static double complex branch_formula(const struct load_branch *branch, double hz) {
    const double complex s = 2 * PI * I * hz;
    double complex z = branch->ohm + s * branch->henry;
    if (branch->farad > 0)
        z += 1 / (s * branch->farad);
    for (int k = 0; k < LOAD_PEAKS_MAX; k++) {
        const struct load_peak *peak = &branch->peak[k];
        const double detuning = peak->q * (hz / peak->hz - peak->hz / hz);
        z += peak->rise_ohm / (1 + I * detuning);
    }
    const double n = branch->semi_exponent;
    return z + branch->semi_ohm * pow(hz / SEMI_HZ, n) * cexp(I * n * PI / 2);
}

static double complex formula(const struct load_params *load, double hz) {
    double complex admittance = 0;
    for (int i = 0; i < (int)load->branch_count; i++)
        admittance += 1 / branch_formula(&load->branch[i], hz);
    return 1 / admittance;
}

static void assert_formula(const struct load_params *load, double tolerance) {
    for (int i = 0; i < AUDIBLE_POINTS; i++) {
        const double complex found = impedance(load, audible_hz(i));
        const double complex expected = formula(load, audible_hz(i));
        const double error = cabs(found / expected - 1);
        if (!(error <= tolerance))
            fail_msg("%g Hz: |Z| %g is not %g", audible_hz(i), cabs(found), cabs(expected));
    }
}

static struct load_params one_branch(void) {
    struct load_params load = {.branch_count = 1};
    load.branch[0] = (struct load_branch){.ohm = 300, .semi_exponent = 0.6};
    for (int k = 0; k < LOAD_PEAKS_MAX; k++)
        load.branch[0].peak[k] = (struct load_peak){0, 1000, 1};
    return load;
}

static void random_branch(struct dice *dice, struct load_branch *branch) {
    branch->farad = roll(dice) < 0.5 ? 0 : roll_log(dice, 1e-7, 1e-4);
    branch->ohm = roll_log(dice, 1, 2000);
    branch->henry = roll(dice) < 0.5 ? 0 : roll_log(dice, 1e-6, 20e-3);
    for (int k = 0; k < LOAD_PEAKS_MAX; k++)
        branch->peak[k] = (struct load_peak){roll(dice) < 0.3 ? 0 : roll_log(dice, 1, 2000),
                                             roll_log(dice, 5, 20000), roll_log(dice, 0.1, 20)};
}

static void peaks_follow_their_formula(void **state) {
    (void)state;
    struct dice dice = {61};
    for (int i = 0; i < 300; i++) {
        struct load_params load = one_branch();
        random_branch(&dice, &load.branch[0]);
        assert_formula(&load, 1e-8);
    }
}

static void a_peak_rises_by_its_rise(void **state) {
    (void)state;
    struct load_params load = one_branch();
    load.branch[0].peak[0] = (struct load_peak){260, 100, 1.5};
    assert_near(cabs(impedance(&load, 100)), 560, 1e-6);
    const double upper_hz = 100 * (1 / 3.0 + sqrt(1 / 9.0 + 1)); // Q (f/f0 - f0/f) = 1
    assert_near(cabs(impedance(&load, upper_hz) - 300), 260 / sqrt(2), 1e-6);
}

static void branches_are_in_parallel(void **state) {
    (void)state;
    struct dice dice = {62};
    for (int i = 0; i < 100; i++) {
        struct load_params load = one_branch();
        load.branch_count = 1 + roll_index(&dice, LOAD_BRANCHES_MAX);
        for (int b = 0; b < (int)load.branch_count; b++)
            random_branch(&dice, &load.branch[b]);
        assert_formula(&load, 1e-8);
    }
}

// --- The semi-inductance ---

static double complex semi_impedance(const struct semi_inductance *semi, double hz) {
    const double complex s = 2 * PI * I * hz;
    double complex z = semi->ohm + s * semi->henry;
    for (int k = 0; k < SEMI_SECTIONS; k++)
        if (semi->section_ohm[k] > 0)
            z += 1 / (1 / semi->section_ohm[k] + 1 / (s * semi->section_henry[k]));
    return z;
}

static void a_semi_inductance_is_as_close_as_promised(void **state) {
    (void)state;
    for (int n = 0; n <= 200; n++) {
        const double exponent = n / 200.0;
        struct semi_inductance semi;
        semi_inductance_fit(70, exponent, &semi);
        for (double hz = 20; hz < 20000.001; hz *= pow(1000, 1.0 / 200)) {
            const double complex expected =
                70 * pow(hz / SEMI_HZ, exponent) * cexp(I * exponent * PI / 2);
            const double complex ratio = semi_impedance(&semi, hz) / expected;
            if (!(fabs(cabs(ratio) - 1) <= SEMI_PART &&
                  fabs(to_degrees(carg(ratio))) <= SEMI_DEGREES))
                fail_msg("n = %g, %g Hz: %g %% and %g degrees off", exponent, hz,
                         100 * (cabs(ratio) - 1), to_degrees(carg(ratio)));
        }
    }
}

static void a_semi_inductance_is_passive(void **state) {
    (void)state;
    for (int n = 0; n <= 200; n++) {
        struct semi_inductance semi;
        semi_inductance_fit(70, n / 200.0, &semi);
        assert_true(semi.ohm >= 0 && semi.henry >= 0);
        for (int k = 0; k < SEMI_SECTIONS; k++)
            assert_true(semi.section_ohm[k] >= 0 && semi.section_henry[k] >= 0);
    }
}

static void a_load_contains_its_semi_inductance(void **state) {
    (void)state;
    for (double exponent = 0; exponent < 1.01; exponent += 0.1) {
        struct load_params load = one_branch();
        load.branch[0].semi_ohm = 100;
        load.branch[0].semi_exponent = fmin(exponent, 1);
        assert_formula(&load, SEMI_PART);
    }
}

static int count_named(const struct load_params *load, const char *part) {
    static struct circuit circuit;
    int count = 0;
    topology_build_load(load, &circuit);
    for (int i = 0; i < circuit.element_count; i++)
        count += strstr(circuit.element[i].name, part) != NULL;
    return count;
}

// What rounding leaves is no element: a femto-ohm ruins the precision of everything else.
static void at_its_ends_a_semi_inductance_is_one_element(void **state) {
    (void)state;
    struct load_params load = one_branch();
    load.branch[0].semi_ohm = 100;
    load.branch[0].semi_exponent = 0;
    assert_int_equal(count_named(&load, "semi"), 1);
    assert_int_equal(count_named(&load, "Rsemi"), 1);
    load.branch[0].semi_exponent = 1;
    assert_int_equal(count_named(&load, "semi"), 1);
    assert_int_equal(count_named(&load, "Lsemi"), 1);
    load.branch[0].semi_ohm = 0;
    assert_int_equal(count_named(&load, "semi"), 0);
}

static void names_of_all_elements_differ(void **state) {
    (void)state;
    static struct circuit circuit;
    struct dice dice = {63};
    struct load_params load = {.branch_count = LOAD_BRANCHES_MAX};
    for (int b = 0; b < LOAD_BRANCHES_MAX; b++) {
        random_branch(&dice, &load.branch[b]);
        load.branch[b].semi_ohm = 10;
        load.branch[b].semi_exponent = 0.5;
    }
    topology_build_load(&load, &circuit);
    for (int i = 0; i < circuit.element_count; i++)
        for (int k = 0; k < i; k++)
            assert_string_not_equal(circuit.element[i].name, circuit.element[k].name);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(peaks_follow_their_formula),
        cmocka_unit_test(a_peak_rises_by_its_rise),
        cmocka_unit_test(branches_are_in_parallel),
        cmocka_unit_test(a_semi_inductance_is_as_close_as_promised),
        cmocka_unit_test(a_semi_inductance_is_passive),
        cmocka_unit_test(a_load_contains_its_semi_inductance),
        cmocka_unit_test(at_its_ends_a_semi_inductance_is_one_element),
        cmocka_unit_test(names_of_all_elements_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
