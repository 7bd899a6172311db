// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// What each topology is made of, in which order, and what it does.
#include "random_circuit.h"
#include "topology.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void build(const struct chain_params *params, struct circuit *circuit) {
    topology_build(&params->stage, &params->cable, &params->load, circuit);
    assert_false(circuit->overflow);
}

// Everything there is, with a value of its own.
static void full_params(enum topology topology, struct chain_params *params) {
    plain_params(topology, 32, params);
    params->stage.output_ohm = 2;
    params->stage.output_h = 3e-6;
    params->stage.output_farad = 470e-6;
    params->stage.ground_ohm = 0.04;
    params->stage.winding_ohm = 5;
    params->stage.leakage_h = 1e-4;
    params->stage.magnetizing_h = 2;
    params->cable = (struct cable_params){.length_m = 3,
                                          .ohm_per_m = 0.2,
                                          .henry_per_m = 0.7e-6,
                                          .farad_per_m = 100e-12,
                                          .contact_ohm = 0.015,
                                          .shared_m = 1};
}

static void assert_elements(enum topology topology, const char *const names[]) {
    static struct circuit circuit;
    struct chain_params params;
    full_params(topology, &params);
    build(&params, &circuit);
    int i = 0;
    for (; names[i]; i++) {
        assert_true(i < circuit.element_count);
        assert_string_equal(circuit.element[i].name, names[i]);
    }
    assert_int_equal(circuit.element_count, i);
}

static const struct circuit_element *find_element(const struct circuit *circuit, const char *name) {
    for (int i = 0; i < circuit->element_count; i++)
        if (strcmp(circuit->element[i].name, name) == 0)
            return &circuit->element[i];
    fail_msg("there is no %s", name);
    return NULL;
}

static bool has_element(const struct circuit *circuit, const char *name) {
    for (int i = 0; i < circuit->element_count; i++)
        if (strcmp(circuit->element[i].name, name) == 0)
            return true;
    return false;
}

// --- Elements ---

static void elements_come_in_their_order(void **state) {
    (void)state;
    assert_elements(TOPOLOGY_SHARED_RETURN,
                    (const char *const[]){"Vemf", "Rout", "Lout", "Cout", "Rcontact", "Rcable",
                                          "Lcable", "Rground", "Rcontact_com", "Rcable_com",
                                          "Lcable_com", "Rcable_ret", "Lcable_ret", "Ccable",
                                          "Rload", NULL});
    assert_elements(TOPOLOGY_SEPARATE_RETURNS,
                    (const char *const[]){"Vemf", "Rout", "Lout", "Cout", "Rcontact", "Rcable",
                                          "Lcable", "Rcontact_ret", "Rcable_ret", "Lcable_ret",
                                          "Ccable", "Rload", NULL});
    assert_elements(TOPOLOGY_BRIDGE,
                    (const char *const[]){"Vemf", "Rout", "Lout", "Cout", "Rcontact", "Rcable",
                                          "Lcable", "Vemf_n", "Rout_n", "Lout_n", "Cout_n",
                                          "Rcontact_ret", "Rcable_ret", "Lcable_ret", "Ccable",
                                          "Rload", NULL});
    assert_elements(TOPOLOGY_TRANSFORMER,
                    (const char *const[]){"Vemf", "Rout", "Lout", "Cout", "Rwinding", "Lleakage",
                                          "Lmagnetizing", "T", "Rfloat", "Rcontact", "Rcable",
                                          "Lcable", "Rcontact_ret", "Rcable_ret", "Lcable_ret",
                                          "Ccable", "Rload", NULL});
}

static void elements_have_their_values(void **state) {
    (void)state;
    static struct circuit circuit;
    struct chain_params params;
    full_params(TOPOLOGY_SHARED_RETURN, &params);
    build(&params, &circuit);
    assert_near(find_element(&circuit, "Rcable")->value, 0.6, 1e-12);
    assert_near(find_element(&circuit, "Lcable")->value, 1.05e-6, 1e-18);
    assert_near(find_element(&circuit, "Rcable_com")->value, 0.2, 1e-12);
    assert_near(find_element(&circuit, "Lcable_com")->value, 0.35e-6, 1e-18);
    assert_near(find_element(&circuit, "Rcable_ret")->value, 0.4, 1e-12);
    assert_near(find_element(&circuit, "Lcable_ret")->value, 0.7e-6, 1e-18);
    assert_near(find_element(&circuit, "Ccable")->value, 300e-12, 1e-22);
    assert_near(find_element(&circuit, "Rground")->value, 0.04, 0);
    assert_true(find_element(&circuit, "Rground")->shared);
    assert_true(find_element(&circuit, "Rcontact_com")->shared);
    assert_true(find_element(&circuit, "Lcable_com")->shared);
    assert_false(find_element(&circuit, "Rcable_ret")->shared);
}

static void zero_elements_are_absent(void **state) {
    (void)state;
    static struct circuit circuit;
    static const int counts[TOPOLOGY_COUNT] = {3, 3, 5, 6}; // EMF, wire, load; both legs; T
    for (enum topology topology = 0; topology < TOPOLOGY_COUNT; topology++) {
        struct chain_params params;
        plain_params(topology, 32, &params);
        params.cable.ohm_per_m = params.cable.henry_per_m = params.cable.farad_per_m = 0;
        build(&params, &circuit);
        assert_int_equal(circuit.element_count, counts[topology]);
        for (int i = 0; i < circuit.element_count; i++)
            assert_true(circuit.element[i].value != 0 && isfinite(circuit.element[i].value));
    }
}

static void the_shared_length_ends_with_the_cable(void **state) {
    (void)state;
    static struct circuit circuit;
    struct chain_params params;
    full_params(TOPOLOGY_SHARED_RETURN, &params);
    params.cable.shared_m = 10;
    build(&params, &circuit);
    assert_near(find_element(&circuit, "Rcable_com")->value, 0.6, 1e-12);
    assert_false(has_element(&circuit, "Rcable_ret"));
    assert_false(has_element(&circuit, "Lcable_ret"));
}

// One contact for each pin: three on a TRS plug, four on the others.
static void every_pin_has_a_contact(void **state) {
    (void)state;
    static struct circuit circuit, stereo;
    for (enum topology topology = 0; topology < TOPOLOGY_COUNT; topology++) {
        struct chain_params params;
        full_params(topology, &params);
        build(&params, &circuit);
        circuit_view(&circuit, CIRCUIT_STEREO, &stereo);
        int count = 0;
        for (int i = 0; i < stereo.element_count; i++)
            if (strncmp(stereo.element[i].name, "Rcontact", 8) == 0) {
                assert_near(stereo.element[i].value, 0.015, 0);
                count++;
            }
        assert_int_equal(count, topology == TOPOLOGY_SHARED_RETURN ? 3 : 4);
    }
}

// --- What they do ---

static double complex driver_v(const struct chain_params *params, double hz) {
    static struct circuit view;
    build_view(params, CIRCUIT_MID, &view);
    return respond_at(&view, hz).driver_v[0];
}

static void a_bridge_doubles_the_output_impedance(void **state) {
    (void)state;
    struct chain_params params;
    plain_params(TOPOLOGY_SEPARATE_RETURNS, 32, &params);
    params.stage.output_ohm = 10;
    assert_near(cabs(driver_v(&params, 1000)), 32.0 / 42, 1e-9);
    params.stage.topology = TOPOLOGY_BRIDGE;
    assert_near(cabs(driver_v(&params, 1000)), 32.0 / 52, 1e-9);
}

static void a_separate_return_carries_contact_and_wire(void **state) {
    (void)state;
    struct chain_params params;
    plain_params(TOPOLOGY_SEPARATE_RETURNS, 30, &params);
    params.cable = (struct cable_params){.length_m = 2, .ohm_per_m = 0.5, .contact_ohm = 0.25};
    assert_near(cabs(driver_v(&params, 1000)), 30 / 32.5, 1e-6);
}

// Rout and winding in series, the magnetising inductance in shunt; the load behind it.
static void a_transformer_has_its_equivalent_circuit(void **state) {
    (void)state;
    struct chain_params params;
    full_params(TOPOLOGY_TRANSFORMER, &params);
    params.cable = (struct cable_params){0};
    for (int i = 0; i < AUDIBLE_POINTS; i++) {
        const double complex s = 2 * PI * I * audible_hz(i);
        const double complex series = 7 + s * (3e-6 + 1e-4) + 1 / (s * 470e-6);
        const double complex shunt = 1 / (1 / (2 * s) + 1 / 32.0);
        const double complex expected = shunt / (series + shunt);
        assert_near(cabs(driver_v(&params, audible_hz(i)) - expected), 0, 1e-6);
    }
}

static void a_load_alone_sees_its_emf(void **state) {
    (void)state;
    static struct circuit circuit, view;
    struct chain_params params;
    full_params(TOPOLOGY_BRIDGE, &params);
    topology_build_load(&params.load, &circuit);
    circuit_view(&circuit, CIRCUIT_MID, &view);
    const struct response_point point = respond_at(&view, 1000);
    assert_near(cabs(point.driver_v[0] - 1), 0, 1e-12);
    assert_near(cabs(point.leg_current_a[0] - 1.0 / 32), 0, 1e-12);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements_come_in_their_order),
        cmocka_unit_test(elements_have_their_values),
        cmocka_unit_test(zero_elements_are_absent),
        cmocka_unit_test(the_shared_length_ends_with_the_cable),
        cmocka_unit_test(every_pin_has_a_contact),
        cmocka_unit_test(a_bridge_doubles_the_output_impedance),
        cmocka_unit_test(a_separate_return_carries_contact_and_wire),
        cmocka_unit_test(a_transformer_has_its_equivalent_circuit),
        cmocka_unit_test(a_load_alone_sees_its_emf),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
