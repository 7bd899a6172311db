// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Views of a circuit: mid and side say the same as both channels spelled out.
#include "circuit.h"
#include "random_circuit.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define CIRCUITS  80
#define TOLERANCE 1e-9

// A floating secondary hangs on a giga-ohm while a micro-ohm feeds the primary: rounding shows.
#define TOLERANCE_FLOATING 1e-6

static struct circuit_element *find_element(struct circuit *circuit, const char *name) {
    for (int i = 0; i < circuit->element_count; i++)
        if (strcmp(circuit->element[i].name, name) == 0)
            return &circuit->element[i];
    return NULL;
}

static int count_shared(const struct circuit *circuit) {
    int count = 0;
    for (int i = 0; i < circuit->element_count; i++)
        count += circuit->element[i].shared;
    return count;
}

// --- Against each other ---

static void solve_stereo(struct response *response, double hz, double complex left,
                         double complex right, struct response_point *point) {
    const double complex emf_v[2] = {left, right};
    assert_non_null(response);
    assert_true(response_solve(response, hz, emf_v, point));
}

static void assert_answer(double complex found, double complex expected, double tolerance) {
    if (!(cabs(found - expected) <= tolerance))
        fail_msg("%g %+gj is not %g %+gj", creal(found), cimag(found), creal(expected),
                 cimag(expected));
}

static void assert_views_agree(const struct chain_params *params, double hz, double complex left,
                               double complex right) {
    static struct circuit stereo, mid, side;
    struct response_point both;
    build_view(params, CIRCUIT_STEREO, &stereo);
    build_view(params, CIRCUIT_MID, &mid);
    build_view(params, CIRCUIT_SIDE, &side);
    struct response *response = response_new(&stereo);
    solve_stereo(response, hz, left, right, &both);
    response_free(response);
    const struct response_point m = respond_at(&mid, hz), s = respond_at(&side, hz);
    const double complex mid_emf = (left + right) / 2, side_emf = (left - right) / 2;
    const bool floating = (int)params->stage.topology == TOPOLOGY_TRANSFORMER;
    const double tolerance = floating ? TOLERANCE_FLOATING : TOLERANCE;
    const double within_v = tolerance * fmax(cabs(m.driver_v[0]), cabs(s.driver_v[0]));
    const double within_a = tolerance * fmax(cabs(m.leg_current_a[0]), cabs(s.leg_current_a[0]));
    for (int channel = 0; channel < 2; channel++) {
        const double complex sign = channel == 0 ? 1 : -1;
        assert_answer(both.driver_v[channel],
                      m.driver_v[0] * mid_emf + sign * s.driver_v[0] * side_emf, within_v);
        assert_answer(both.leg_current_a[channel],
                      m.leg_current_a[0] * mid_emf + sign * s.leg_current_a[0] * side_emf,
                      within_a);
    }
}

static void stereo_is_mid_and_side(void **state) {
    (void)state;
    struct dice dice = {51};
    for (int i = 0; i < CIRCUITS; i++) {
        struct chain_params params;
        random_params(&dice, (enum topology)(i % TOPOLOGY_COUNT), &params);
        const double hz = roll_log(&dice, 20, 20000);
        assert_views_agree(&params, hz, 1, 0);
        assert_views_agree(&params, hz, 0.3 - I, roll_between(&dice, -1, 1) + 0.7 * I);
    }
}

// --- What a view is made of ---

static void shared_return(struct circuit *circuit) {
    circuit_init(circuit);
    const int emf = circuit_node(circuit, "emf", false);
    circuit->output[0].leg = circuit_add(circuit, CIRCUIT_SOURCE, "V", emf, CIRCUIT_GROUND, 1);
    int joint = circuit_series(circuit, CIRCUIT_RESISTOR, "Rcom", CIRCUIT_GROUND, 3, true);
    joint = circuit_series(circuit, CIRCUIT_INDUCTOR, "Lcom", joint, 5e-6, true);
    joint = circuit_series(circuit, CIRCUIT_CAPACITOR, "Ccom", joint, 7e-6, true);
    circuit_add(circuit, CIRCUIT_RESISTOR, "Rload", emf, joint, 32);
    circuit->output[0].driver_plus = emf;
    circuit->output[0].driver_minus = joint;
}

static void mid_doubles_shared_impedances(void **state) {
    (void)state;
    static struct circuit circuit, mid;
    shared_return(&circuit);
    circuit_view(&circuit, CIRCUIT_MID, &mid);
    assert_int_equal(mid.channel_count, 1);
    assert_int_equal(mid.element_count, circuit.element_count);
    assert_near(find_element(&mid, "Rcom")->value, 6, 0);
    assert_near(find_element(&mid, "Lcom")->value, 10e-6, 0);
    assert_near(find_element(&mid, "Ccom")->value, 3.5e-6, 0);
    assert_near(find_element(&mid, "Rload")->value, 32, 0);
}

static void side_grounds_shared_nodes(void **state) {
    (void)state;
    static struct circuit circuit, side;
    shared_return(&circuit);
    circuit_view(&circuit, CIRCUIT_SIDE, &side);
    assert_int_equal(count_shared(&side), 0);
    assert_int_equal(side.element_count, 2);
    assert_int_equal(side.output[0].driver_minus, CIRCUIT_GROUND);
    assert_int_equal(find_element(&side, "Rload")->node[1], CIRCUIT_GROUND);
}

static void stereo_spells_out_both_channels(void **state) {
    (void)state;
    static struct circuit circuit, stereo;
    shared_return(&circuit);
    circuit_view(&circuit, CIRCUIT_STEREO, &stereo);
    assert_int_equal(stereo.channel_count, 2);
    assert_int_equal(count_shared(&stereo), 3);
    assert_int_equal(stereo.element_count, 3 + 2 * 2);
    assert_near(find_element(&stereo, "Rcom")->value, 3, 0);
    assert_non_null(find_element(&stereo, "Rload_l"));
    assert_non_null(find_element(&stereo, "Rload_r"));
    assert_null(find_element(&stereo, "Rload"));
    assert_int_equal(stereo.output[0].driver_minus, stereo.output[1].driver_minus);
    assert_int_not_equal(stereo.output[0].driver_plus, stereo.output[1].driver_plus);
    assert_string_equal(stereo.element[stereo.output[1].leg].name, "V_r");
}

// --- Building ---

static void what_is_not_there_adds_nothing(void **state) {
    (void)state;
    static struct circuit circuit;
    circuit_init(&circuit);
    const int node = circuit_node(&circuit, "a", false);
    assert_int_equal(circuit_series(&circuit, CIRCUIT_RESISTOR, "R", node, 0, false), node);
    assert_int_equal(circuit_series(&circuit, CIRCUIT_INDUCTOR, "L", node, 0, false), node);
    assert_int_equal(
        circuit_series(&circuit, CIRCUIT_CAPACITOR, "C", node, (double)INFINITY, false), node);
    assert_int_equal(circuit.element_count, 0);
    const int next = circuit_series(&circuit, CIRCUIT_RESISTOR, "Rlong", node, 1e-9, false);
    assert_int_not_equal(next, node);
    assert_string_equal(circuit.node[next].name, "Rlong");
    assert_int_equal(circuit.element_count, 1);
}

static void too_many_elements_overflow(void **state) {
    (void)state;
    static struct circuit circuit, view;
    circuit_init(&circuit);
    const int node = circuit_node(&circuit, "a", false);
    circuit.output[0].leg = circuit_add(&circuit, CIRCUIT_SOURCE, "V", node, CIRCUIT_GROUND, 1);
    for (int i = 1; i < CIRCUIT_ELEMENTS_MAX; i++)
        circuit_add(&circuit, CIRCUIT_RESISTOR, "R", node, CIRCUIT_GROUND, 1);
    assert_false(circuit.overflow);
    circuit_view(&circuit, CIRCUIT_MID, &view);
    assert_false(view.overflow);
    circuit_view(&circuit, CIRCUIT_STEREO, &view); // twice as many do not fit
    assert_true(view.overflow);
    circuit_add(&circuit, CIRCUIT_RESISTOR, "R", node, CIRCUIT_GROUND, 1);
    assert_true(circuit.overflow);
    assert_int_equal(circuit.element_count, CIRCUIT_ELEMENTS_MAX);
    circuit_view(&circuit, CIRCUIT_MID, &view);
    assert_true(view.overflow);
    assert_null(response_new(&view));
}

static void too_many_nodes_overflow(void **state) {
    (void)state;
    static struct circuit circuit;
    circuit_init(&circuit);
    for (int i = 1; i < CIRCUIT_NODES_MAX; i++)
        circuit_node(&circuit, "a", false);
    assert_false(circuit.overflow);
    assert_int_equal(circuit_node(&circuit, "a", false), CIRCUIT_GROUND);
    assert_true(circuit.overflow);
    assert_int_equal(circuit.node_count, CIRCUIT_NODES_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stereo_is_mid_and_side),
        cmocka_unit_test(mid_doubles_shared_impedances),
        cmocka_unit_test(side_grounds_shared_nodes),
        cmocka_unit_test(stereo_spells_out_both_channels),
        cmocka_unit_test(what_is_not_there_adds_nothing),
        cmocka_unit_test(too_many_elements_overflow),
        cmocka_unit_test(too_many_nodes_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
