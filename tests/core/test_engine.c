// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The real-time form of a network against the nodal analysis of its circuit.
#include "discrete_response.h"
#include "kernels.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define CIRCUITS     1500
#define PAIRS        300
#define LENGTH       2048
#define CROSS_FLOOR  1e-5 // of the driven channel
#define CROSS_REST   1e-6 // of its highest
#define CROSS_DB     0.05
#define CURRENT_PART 1e-3 // 0.01 dB
#define CURRENT_REST 1e-6 // of the highest
#define IMAGE_PART   1e-5
#define SINGLE_DB    (-115.0)
#define LATE(at, w)  cexp(I *(w) * ((at)-ENGINE_LATENCY))

// What the driver hears is right however little it is.
static void assert_voltages(const struct built *built, double rate_hz, const char *what) {
    struct audible exact;
    respond_audibly(&built->view, &exact);
    for (int i = 0; i < AUDIBLE_POINTS; i++) {
        const double w = 2 * PI * audible_hz(i) / rate_hz;
        for (int at = i % 2; at < GROUP; at += 2)
            assert_same_answer(half_answer(&built->engine, MODAL_DRIVER_V, at, w) / LATE(at, w),
                               exact.at[MODAL_DRIVER_V][i], audible_hz(i), what);
    }
}

// A current is metered and limited: where it nearly vanishes, its own size is no measure.
static void assert_currents(const struct built *built, double rate_hz, const char *what) {
    struct audible exact;
    respond_audibly(&built->view, &exact);
    for (int i = 0; i < AUDIBLE_POINTS; i++) {
        const int at = i % GROUP;
        const double w = 2 * PI * audible_hz(i) / rate_hz;
        const double complex found = half_answer(&built->engine, MODAL_LEG_A, at, w) / LATE(at, w);
        const double complex wanted = exact.at[MODAL_LEG_A][i];
        const double error = cabs(found - wanted);
        if (!(error <= CURRENT_PART * cabs(wanted) + CURRENT_REST * exact.highest[MODAL_LEG_A]))
            fail_msg("%s, %g Hz: a current of %g A instead of %g, at most %g", what, audible_hz(i),
                     cabs(found), cabs(wanted), exact.highest[MODAL_LEG_A]);
    }
}

static void assert_no_state_grows(const struct built *built, const char *what) {
    for (int block = 0; block < built->engine.blocks.count; block++) {
        double t[4];
        for (int i = 0; i < 4; i++)
            t[i] = built->engine.blocks.transition[i][block];
        const double trace = t[0] + t[3], determinant = t[0] * t[3] - t[1] * t[2];
        if (!(fabs(determinant) <= 1 && fabs(trace) <= 1 + determinant + 1e-12))
            fail_msg("%s: block %d of trace %g and determinant %g", what, block, trace,
                     determinant);
    }
}

static void assert_engine_answers(const struct built *built, double rate_hz, const char *what) {
    assert_voltages(built, rate_hz, what);
    assert_currents(built, rate_hz, what);
    assert_no_state_grows(built, what);
}

static void random_circuits_answer_like_their_nodal_analysis(void **state) {
    (void)state;
    for_numbered_networks(how_many(CIRCUITS), assert_engine_answers);
}

static void random_crosstalk_is_that_of_the_nodal_analysis(void **state) {
    (void)state;
    static struct built mid, side;
    static struct engine engine;
    for (int i = 0; i < how_many(PAIRS); i++) {
        const int number = i * TOPOLOGY_COUNT + TOPOLOGY_SHARED_RETURN;
        const double rate_hz = numbered_rate_hz(number);
        struct audible of_mid, of_side;
        struct chain_params params;
        numbered_params(number, &params);
        build_discrete(&params, CIRCUIT_MID, rate_hz, &mid);
        build_discrete(&params, CIRCUIT_SIDE, rate_hz, &side);
        join_halves(&mid, &side, &engine);
        respond_audibly(&mid.view, &of_mid);
        respond_audibly(&side.view, &of_side);
        for (int k = 0; k < AUDIBLE_POINTS; k++) {
            const double complex m = of_mid.at[MODAL_DRIVER_V][k],
                                 s = of_side.at[MODAL_DRIVER_V][k];
            const double w = 2 * PI * audible_hz(k) / rate_hz;
            const double complex found = cross_answer(&engine, MODAL_DRIVER_V, k % GROUP, w);
            const double counts =
                fmax(CROSS_FLOOR * cabs(m + s), CROSS_REST * 2 * of_side.highest[MODAL_DRIVER_V]);
            if (cabs(m - s) <= counts)
                continue;
            const double db = to_db(cabs(found) / cabs((m - s) / 2));
            if (!(fabs(db) <= CROSS_DB))
                fail_msg("circuit %d at a rate of %g Hz, %g Hz: %g dB off at %g dB", number,
                         rate_hz, audible_hz(k), db, to_db(cabs((m - s) / (m + s))));
        }
    }
}

// Output inductance, cable and a load of hardly any loss ring where sampling has an image of hz.
static void set_resonance(struct chain_params *params, double rate_hz, int image, double hz) {
    const double w = 2 * PI * (image * rate_hz + hz), farad = 10e-9, henry = 20e-3;
    plain_params(TOPOLOGY_SEPARATE_RETURNS, 1, params);
    params->cable.length_m = 1;
    params->cable.farad_per_m = farad;
    params->load.branch[0].henry = henry;
    params->stage.output_h = 1 / (w * w * farad - 1 / henry);
}

static void a_resonance_at_an_image_is_not_heard(void **state) {
    (void)state;
    static struct built built;
    for (int n = 0; n < RATES * 2 * 2 * AUDIBLE_POINTS; n++) {
        const double rate_hz = rates_hz[n % RATES], hz = audible_hz(n / (RATES * 4));
        const double w = 2 * PI * hz / rate_hz;
        struct chain_params params;
        set_resonance(&params, rate_hz, 1 + n / RATES % 2, n / RATES % 4 < 2 ? hz : -hz);
        build_discrete(&params, CIRCUIT_MID, rate_hz, &built);
        const double complex found = half_answer(&built.engine, MODAL_DRIVER_V, 0, w) / LATE(0, w);
        const double complex exact = respond_at(&built.view, hz).driver_v[0];
        assert_near(cabs(found / exact - 1), 0, IMAGE_PART);
    }
}

static void equal_and_critical_resonances_answer(void **state) {
    (void)state;
    static struct built built;
    for (int r = 0; r < RATES; r++)
        for (double hz = 20; hz < 20000; hz *= 3) {
            struct chain_params params;
            plain_params(TOPOLOGY_SEPARATE_RETURNS, 300, &params);
            params.load.branch[0].peak[0] = (struct load_peak){300, hz, 1};
            build_discrete(&params, CIRCUIT_MID, rates_hz[r], &built);
            assert_engine_answers(&built, rates_hz[r], "critically damped");
            params.load.branch[0].peak[1] = params.load.branch[0].peak[0];
            build_discrete(&params, CIRCUIT_MID, rates_hz[r], &built);
            assert_engine_answers(&built, rates_hz[r], "equal resonances");
        }
}

static void an_ideal_wire_only_waits(void **state) {
    (void)state;
    static struct built built;
    struct chain_params params;
    plain_params(TOPOLOGY_SEPARATE_RETURNS, 300, &params);
    build_discrete(&params, CIRCUIT_MID, 96000, &built);
    assert_int_equal(built.engine.blocks.count, 0);
    for (double w = 0; w < PI; w += 0.1) {
        const double complex waited = cexp(-I * w * ENGINE_LATENCY);
        const double off = cabs(half_answer(&built.engine, MODAL_DRIVER_V, 0, w) - waited);
        assert_near(off, 0, 1e-8); // a micro-ohm stays in the wire
    }
}

// --- In time ---

// Left and right, with the past that an engine reads.
typedef float engine_input[2][ENGINE_PAST + LENGTH];

static void run_engine(const struct engine *engine, engine_input in,
                       float out[MODAL_OUTPUTS][2][LENGTH]) {
    enum { PIECE = 64 };
    struct engine_state state[ENGINE_HALVES] = {0};
    for (int n = 0; n < LENGTH; n += PIECE) {
        const struct engine_signals signals = {
            .in = {in[0] + ENGINE_PAST + n, in[1] + ENGINE_PAST + n},
            .driver_v = {out[MODAL_DRIVER_V][0] + n, out[MODAL_DRIVER_V][1] + n},
            .leg_a = {out[MODAL_LEG_A][0] + n, out[MODAL_LEG_A][1] + n},
        };
        kernels_select()->engine_process(engine, state, &signals, PIECE);
    }
}

// To a smooth signal the causal network gives the same answer some samples earlier.
static void mid_and_side_come_out_as_left_and_right(void **state) {
    (void)state;
    static struct built mid, side;
    static struct engine engine;
    static double of_mid[LENGTH], of_side[LENGTH];
    static float out[MODAL_OUTPUTS][2][LENGTH];
    static engine_input in; // the burst as mid and half of it as side
    struct chain_params params;
    for (int n = 0; n < LENGTH; n++) {
        in[0][ENGINE_PAST + n] = (float)(1.5 * burst(n));
        in[1][ENGINE_PAST + n] = (float)(0.5 * burst(n));
    }
    resonant_params(&params);
    build_discrete(&params, CIRCUIT_MID, 192000, &mid);
    build_discrete(&params, CIRCUIT_SIDE, 192000, &side);
    join_halves(&mid, &side, &engine);
    run_engine(&engine, in, out);
    for (enum modal_output k = 0; k < MODAL_OUTPUTS; k++) {
        const double tolerance = 2e-3 * mid.causal.gain[k];
        run_causal(&mid.causal, k, of_mid, LENGTH);
        run_causal(&side.causal, k, of_side, LENGTH);
        for (int n = ENGINE_LATENCY; n < LENGTH; n++) {
            const double m = of_mid[n - ENGINE_LATENCY], s = 0.5 * of_side[n - ENGINE_LATENCY];
            assert_near(out[k][0][n], m + s, tolerance);
            assert_near(out[k][1][n], m - s, tolerance);
        }
    }
}

static double difference_db(float a[2][LENGTH], float b[2][LENGTH]) {
    double off = 0, all = 0;
    for (int channel = 0; channel < 2; channel++)
        for (int n = 0; n < LENGTH; n++) {
            off += pow((double)a[channel][n] - (double)b[channel][n], 2);
            all += pow((double)b[channel][n], 2);
        }
    return 10 * log10(off / all);
}

// White noise, and then what lets slow states grow.
static void fill_input(engine_input in, bool slow) {
    struct dice dice = {71};
    for (int channel = 0; channel < 2; channel++)
        for (int n = 0; n < LENGTH; n++)
            in[channel][ENGINE_PAST + n] =
                (float)(slow ? 0.2 + 0.7 * sin((0.0037 + 0.001 * channel) * n)
                             : roll_between(&dice, -1, 1));
}

// Where modes hardly cancel, what rounding to single precision adds.
static void single_precision_is_not_heard(void **state) {
    (void)state;
    static struct built mid, side;
    static struct engine engine;
    static engine_input in;
    static float single[MODAL_OUTPUTS][2][LENGTH], wide[MODAL_OUTPUTS][2][LENGTH];
    int compared = 0;
    double worst_db = -INFINITY;
    for (int i = 0; i < how_many(PAIRS); i++) {
        struct chain_params params;
        numbered_params(i, &params);
        build_discrete(&params, CIRCUIT_MID, numbered_rate_hz(i), &mid);
        build_discrete(&params, CIRCUIT_SIDE, numbered_rate_hz(i), &side);
        join_halves(&mid, &side, &engine);
        if (!engine.is_single || mid.engine.blocks.count == 0)
            continue;
        compared++;
        for (int slow = 0; slow < 2; slow++) {
            fill_input(in, slow);
            engine.is_single = true;
            run_engine(&engine, in, single);
            engine.is_single = false;
            run_engine(&engine, in, wide);
            for (enum modal_output k = 0; k < MODAL_OUTPUTS; k++)
                worst_db = fmax(worst_db, difference_db(single[k], wide[k]));
        }
    }
    print_message("%d of %d circuits, at worst %.1f dB\n", compared, how_many(PAIRS), worst_db);
    assert_true(compared > how_many(PAIRS) / 8);
    assert_true(worst_db < SINGLE_DB);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_circuits_answer_like_their_nodal_analysis),
        cmocka_unit_test(random_crosstalk_is_that_of_the_nodal_analysis),
        cmocka_unit_test(a_resonance_at_an_image_is_not_heard),
        cmocka_unit_test(equal_and_critical_resonances_answer),
        cmocka_unit_test(an_ideal_wire_only_waits),
        cmocka_unit_test(mid_and_side_come_out_as_left_and_right),
        cmocka_unit_test(single_precision_is_not_heard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
