// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Poles and residues against the nodal analysis of the same circuit.
#include "modal.h"
#include "random_circuit.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define CIRCUITS      300
#define MANY_CIRCUITS 25000
// The tolerance of the parts (1e-7, modal.c), times what nearly double and triple poles make of it.
#define ANSWER_PART   1e-4
#define TOLERANCE     1e-5
#define REST          1e-9  // of the highest answer: nobody hears what is below -180 dB
#define SHORTEST_S    1e-15 // rounding cannot tell such a time constant from zero
#define SLOWEST_RAD_S 1e-3  // nor such a pole
#define RESIDUE_NONE  1e-8  // rad/s

// The largest error of either output, as a part of that output, and apart from REST.
static double worst_error(const struct circuit *view, const struct modal *modal) {
    struct audible exact;
    double worst = 0;
    respond_audibly(view, &exact);
    for (enum modal_output k = 0; k < MODAL_OUTPUTS; k++)
        for (int i = 0; i < AUDIBLE_POINTS; i++) {
            const double complex found = modal_response(modal, k, I * 2 * PI * audible_hz(i));
            const double off = cabs(found - exact.at[k][i]) - REST * exact.highest[k];
            const double error = off / cabs(exact.at[k][i]);
            worst = error <= worst ? worst : error; // NaN counts
        }
    return worst;
}

// A charge between two capacitors that nothing moves and nothing drains has its pole at zero, and
// capacitors in parallel (inductors in series) leave one that is infinitely fast.
static bool is_rounding(const struct modal_mode *mode, double complex pole) {
    if (cabs(mode->mu) < SHORTEST_S)
        return true;
    const double complex *gain = mode->gain;
    const double residue = fmax(cabs(gain[0]), cabs(gain[1])) / pow(cabs(mode->mu), 2);
    return cabs(pole) < SLOWEST_RAD_S && residue < RESIDUE_NONE;
}

static void assert_stable(const struct modal *modal, const char *what) {
    for (int k = 0; k < modal->mode_count; k++) {
        const double complex pole = modal_pole(modal, k);
        if (!(creal(pole) < 0) && !is_rounding(&modal->mode[k], pole))
            fail_msg("%s: pole %d of %d at %g %+gj", what, k, modal->mode_count, creal(pole),
                     cimag(pole));
    }
}

static void assert_modes_answer(const struct chain_params *params, const char *what) {
    for (int v = 0; v < VIEW_COUNT; v++) {
        struct circuit view;
        struct modal modal;
        build_view(params, one_channel_views[v], &view);
        solve_modes(&view, &modal);
        const double error = worst_error(&view, &modal);
        if (!(error <= ANSWER_PART))
            fail_msg("%s: error %g, topology %g, view %d", what, error, params->stage.topology, v);
        assert_stable(&modal, what);
    }
}

static void random_circuits_answer_like_their_nodal_analysis(void **state) {
    (void)state;
    for (int i = 0; i < how_many(CIRCUITS); i++) {
        char what[32];
        struct chain_params params;
        numbered_params(i, &params);
        snprintf(what, sizeof what, "circuit %d", i);
        assert_modes_answer(&params, what);
    }
}

// None is too large, and the eigenvalues of every one converge.
static void many_random_circuits_are_solved(void **state) {
    (void)state;
    for (int i = 0; i < how_many(MANY_CIRCUITS); i++) {
        struct chain_params params;
        struct circuit view;
        struct modal modal;
        numbered_params(i, &params);
        build_view(&params, numbered_view(i), &view);
        solve_modes(&view, &modal);
    }
}

// --- Special circuits ---

static struct load_branch *only_branch(struct chain_params *params) {
    return &params->load.branch[0];
}

static void no_memory_leaves_no_modes(void **state) {
    (void)state;
    struct chain_params params;
    struct circuit view;
    struct modal modal;
    plain_params(TOPOLOGY_SEPARATE_RETURNS, 32, &params);
    params.stage.output_ohm = 8;
    build_view(&params, CIRCUIT_MID, &view);
    solve_modes(&view, &modal);
    assert_int_equal(modal.mode_count, 0);
    assert_near(modal.at_shift[MODAL_DRIVER_V], 0.8, 1e-12);
    assert_near(modal.at_shift[MODAL_LEG_A], 1.0 / 40, 1e-12);
}

// Two, and three, identical resonances: a repeated pole.
static void equal_resonances_are_solved(void **state) {
    (void)state;
    for (enum topology topology = 0; topology < TOPOLOGY_COUNT; topology++)
        for (int count = 2; count <= LOAD_PEAKS_MAX; count++) {
            struct chain_params params;
            plain_params(topology, 50, &params);
            for (int i = 0; i < count; i++)
                only_branch(&params)->peak[i] = (struct load_peak){260, 100, 1.5};
            assert_modes_answer(&params, "ideal source, equal resonances");
            params.stage.output_ohm = 10;
            params.cable.length_m = 2;
            assert_modes_answer(&params, "real source, equal resonances");
        }
}

static void nearly_equal_resonances_are_solved(void **state) {
    (void)state;
    for (double apart = 1e-2; apart > 1e-15; apart /= 10) {
        struct chain_params params;
        plain_params(TOPOLOGY_SHARED_RETURN, 50, &params);
        only_branch(&params)->peak[0] = (struct load_peak){260, 100, 1.5};
        only_branch(&params)->peak[1] = (struct load_peak){260, 100 * (1 + apart), 1.5};
        assert_modes_answer(&params, "nearly equal resonances");
    }
}

// R in parallel with L and C sees the rest of the loop R0 beside it: Q_eff = Q R0 / (R0 + rise).
static void set_critical(struct chain_params *params, double ohm, double rise, double off) {
    plain_params((enum topology)params->stage.topology, ohm, params);
    const double q = 0.5 * (ohm + rise) / ohm * (1 + off);
    only_branch(params)->peak[0] = (struct load_peak){rise, 100, q};
}

static void critical_damping_is_solved(void **state) {
    (void)state;
    static const double off[] = {0, 1e-15, -1e-15, 1e-12, -1e-12, 1e-8, -1e-8, 1e-4, -1e-4};
    for (enum topology topology = 0; topology < TOPOLOGY_COUNT; topology++)
        for (size_t i = 0; i < sizeof off / sizeof *off; i++) {
            struct chain_params params = {.stage.topology = topology};
            set_critical(&params, 300, 300, off[i]);
            assert_modes_answer(&params, "critically damped, Q = 1");
            set_critical(&params, 32, 58, off[i]);
            assert_modes_answer(&params, "critically damped");
        }
}

// Both at once: a fourfold pole.
static void equal_and_critically_damped_is_solved(void **state) {
    (void)state;
    for (double ohm = 1; ohm < 1e4; ohm *= 7) {
        struct chain_params params;
        plain_params(TOPOLOGY_SEPARATE_RETURNS, ohm, &params);
        for (int i = 0; i < LOAD_PEAKS_MAX; i++)
            only_branch(&params)->peak[i] = (struct load_peak){ohm, 1000, 1};
        assert_modes_answer(&params, "equal resonances at Q = 1");
    }
}

// Inductors in series and capacitors in parallel share their state.
static void shared_states_are_solved(void **state) {
    (void)state;
    for (enum topology topology = 0; topology < TOPOLOGY_COUNT; topology++) {
        struct chain_params params;
        plain_params(topology, 16, &params);
        params.stage.output_h = 1e-6;
        params.cable.length_m = 3;
        params.cable.shared_m = 1;
        only_branch(&params)->henry = 1e-3;
        assert_modes_answer(&params, "inductors in series");
        params.stage.output_farad = 100e-6;
        params.load.branch[1] = params.load.branch[0];
        params.load.branch[0].farad = params.load.branch[1].farad = 2e-6;
        params.load.branch_count = 2;
        assert_modes_answer(&params, "equal branches with capacitors");
    }
}

// A semi-inductance at the ends of its exponent is a resistor, or an inductor.
static void exponents_of_zero_and_one_are_solved(void **state) {
    (void)state;
    for (enum topology topology = 0; topology < TOPOLOGY_COUNT; topology++)
        for (int exponent = 0; exponent <= 1; exponent++) {
            struct chain_params params;
            plain_params(topology, 3, &params);
            params.cable.length_m = 2;
            only_branch(&params)->peak[0] = (struct load_peak){2000, 360, 0.1};
            only_branch(&params)->semi_ohm = 950;
            only_branch(&params)->semi_exponent = exponent;
            assert_modes_answer(&params, "semi-inductance at an end");
        }
}

// --- Known poles ---

static void a_coupling_capacitor_has_the_pole_of_rc(void **state) {
    (void)state;
    struct chain_params params;
    struct circuit view;
    struct modal modal;
    plain_params(TOPOLOGY_SEPARATE_RETURNS, 90, &params);
    params.stage.output_ohm = 10;
    params.stage.output_farad = 100e-6;
    build_view(&params, CIRCUIT_MID, &view);
    solve_modes(&view, &modal);
    assert_int_equal(modal.mode_count, 1);
    assert_false(modal.mode[0].pair);
    assert_near(creal(modal_pole(&modal, 0)), -100, 100 * TOLERANCE);
}

static void a_resonance_has_its_pair_of_poles(void **state) {
    (void)state;
    struct chain_params params;
    struct circuit view;
    struct modal modal;
    plain_params(TOPOLOGY_SEPARATE_RETURNS, 300, &params);
    only_branch(&params)->peak[0] = (struct load_peak){300, 100, 4}; // Q_eff = 2
    build_view(&params, CIRCUIT_MID, &view);
    solve_modes(&view, &modal);
    assert_int_equal(modal.mode_count, 1);
    assert_true(modal.mode[0].pair);
    const double w0 = 2 * PI * 100;
    const double complex pole = modal_pole(&modal, 0);
    assert_near(creal(pole), -w0 / 4, w0 * TOLERANCE);
    assert_near(fabs(cimag(pole)), w0 * sqrt(1 - 1.0 / 16), w0 * TOLERANCE);
}

// --- What cannot be solved ---

static void too_large_circuits_fail(void **state) {
    (void)state;
    static struct modal_builder builder;
    struct circuit circuit;
    circuit_init(&circuit);
    const int emf = circuit_node(&circuit, "emf", false);
    circuit.output[0].leg = circuit_add(&circuit, CIRCUIT_SOURCE, "V", emf, CIRCUIT_GROUND, 1);
    int end = emf;
    for (int i = 0; i <= MODAL_MAX; i++) {
        end = circuit_series(&circuit, CIRCUIT_RESISTOR, "R", end, 1, false);
        circuit_add(&circuit, CIRCUIT_CAPACITOR, "C", end, CIRCUIT_GROUND, 1e-6);
    }
    circuit.output[0].driver_plus = end;
    modal_begin(&builder, &circuit);
    while (!modal_step(&builder)) {
    }
    assert_true(builder.failed);
    circuit.element_count--;
    modal_begin(&builder, &circuit);
    while (!modal_step(&builder)) {
    }
    assert_false(builder.failed);
    circuit.overflow = true;
    modal_begin(&builder, &circuit);
    while (!modal_step(&builder)) {
    }
    assert_true(builder.failed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_circuits_answer_like_their_nodal_analysis),
        cmocka_unit_test(many_random_circuits_are_solved),
        cmocka_unit_test(no_memory_leaves_no_modes),
        cmocka_unit_test(equal_resonances_are_solved),
        cmocka_unit_test(nearly_equal_resonances_are_solved),
        cmocka_unit_test(critical_damping_is_solved),
        cmocka_unit_test(equal_and_critically_damped_is_solved),
        cmocka_unit_test(shared_states_are_solved),
        cmocka_unit_test(exponents_of_zero_and_one_are_solved),
        cmocka_unit_test(a_coupling_capacitor_has_the_pole_of_rc),
        cmocka_unit_test(a_resonance_has_its_pair_of_poles),
        cmocka_unit_test(too_large_circuits_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
