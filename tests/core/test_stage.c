// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The amplifier's nonlinearity: closed forms of its curve, and what must not depend on anything.
#include "kernels.h"
#include "random_circuit.h"
#include "stage.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define RATE_HZ   192000.0
#define LENGTH    19200 // a tenth of a second
#define RAIL_V    10.0
#define SETTLE    64 // samples in which a constant input arrives
#define CUTS_MAX  CHUNK_MAX
#define SINE_HZ   1060.0 // 53 periods in half the length: rounding repeats in none
#define FLAT_V    (1e-4 * RAIL_V)
#define ROUNDING  1e-7 // of single precision
#define SPIKES    6.0  // rails
#define BELOW_ALL 3e-9 // of the fundamental: nothing but rounding, over many samples

struct run {
    float v[2][LENGTH], emf[2][LENGTH];
    float plus_v[LENGTH], minus_v[LENGTH];
    struct stage_peak peak;
};

static struct stage_params clean_params(enum topology topology) {
    struct chain_params params;
    plain_params(topology, 300, &params);
    params.stage.rail_v = RAIL_V;
    return params.stage;
}

static void constant_rails(struct run *run, double plus_v, double minus_v) {
    for (int n = 0; n < LENGTH; n++) {
        run->plus_v[n] = (float)plus_v;
        run->minus_v[n] = (float)minus_v;
    }
}

static void process_piece(struct stage *stage, struct run *run, int from, int count) {
    struct rails rails;
    rails.lowest_v = INFINITY;
    for (int n = 0; n < count; n++) {
        rails.plus_v[n] = run->plus_v[from + n];
        rails.minus_v[n] = run->minus_v[from + n];
        rails.lowest_v = fmin(rails.lowest_v, (double)fminf(rails.plus_v[n], rails.minus_v[n]));
    }
    for (int channel = 0; channel < 2; channel++)
        memcpy(stage_input(stage, channel), run->v[channel] + from, (size_t)count * sizeof(float));
    stage_process(stage, &rails, (float *const[]){run->emf[0] + from, run->emf[1] + from}, count,
                  &run->peak);
}

// In pieces of equal size, or of random ones.
static void process(const struct stage_params *params, struct run *run, int piece,
                    struct dice *dice) {
    static struct stage stage;
    stage_init(&stage, kernels_select(), params, compensation_at(RATE_HZ), RATE_HZ);
    run->peak = (struct stage_peak){0};
    for (int n = 0; n < LENGTH;) {
        int count = dice ? GROUP * (1 + roll_index(dice, CUTS_MAX / GROUP)) : piece;
        count = count < LENGTH - n ? count : LENGTH - n;
        process_piece(&stage, run, n, count);
        n += count;
    }
}

static void play_sine(struct run *run, double hz, double peak_v) {
    for (int n = 0; n < LENGTH; n++) {
        run->v[0][n] = (float)(peak_v * sin(2 * PI * hz * n / RATE_HZ));
        run->v[1][n] = -0.5F * run->v[0][n];
    }
}

static void play_noise(struct run *run, struct dice *dice, double peak_v) {
    for (int n = 0; n < LENGTH; n++)
        for (int channel = 0; channel < 2; channel++)
            run->v[channel][n] = (float)roll_between(dice, -peak_v, peak_v);
}

static void play_constant(struct run *run, double left_v, double right_v) {
    for (int n = 0; n < LENGTH; n++) {
        run->v[0][n] = (float)left_v;
        run->v[1][n] = (float)right_v;
    }
}

// Amplitude of a harmonic of the sine, over whole periods of the second half.
static double harmonic(const float *x, int number) {
    double complex sum = 0;
    for (int n = LENGTH / 2; n < LENGTH; n++)
        sum += (double)x[n] * cexp(-2 * PI * I * SINE_HZ * number * n / RATE_HZ);
    return 4 * cabs(sum) / LENGTH;
}

static double steepest_step(const float *x) {
    double steepest = 0;
    for (int n = 1; n < LENGTH; n++)
        steepest = fmax(steepest, fabs((double)x[n] - (double)x[n - 1]));
    return steepest;
}

// --- Below the rails ---

static void assert_pure_delay(const struct run *run, float gain) {
    for (int n = STAGE_LATENCY; n < LENGTH; n++)
        for (int channel = 0; channel < 2; channel++)
            if (run->emf[channel][n] != gain * run->v[channel][n - STAGE_LATENCY])
                fail_msg("sample %d: %.9g is not %.9g", n, (double)run->emf[channel][n],
                         (double)(gain * run->v[channel][n - STAGE_LATENCY]));
}

static void below_the_rails_it_only_waits(void **state) {
    (void)state;
    static struct run run;
    struct dice dice = {31};
    const struct stage_params params = clean_params(TOPOLOGY_SHARED_RETURN);
    constant_rails(&run, RAIL_V, RAIL_V);
    play_sine(&run, SINE_HZ, 0.999 * RAIL_V);
    process(&params, &run, CHUNK_MAX, NULL);
    assert_pure_delay(&run, 1);
    assert_false(run.peak.clipped);
    assert_near(run.peak.of_rail, 0.999, 1e-3);
    play_noise(&run, &dice, 0.4 * RAIL_V);
    process(&params, &run, CHUNK_MAX, NULL);
    assert_pure_delay(&run, 1);
}

static void a_knee_leaves_what_is_below_it(void **state) {
    (void)state;
    static struct run run;
    struct stage_params params = clean_params(TOPOLOGY_TRANSFORMER);
    params.knee = 0.5;
    constant_rails(&run, RAIL_V, RAIL_V);
    play_sine(&run, SINE_HZ, 0.49 * RAIL_V);
    process(&params, &run, CHUNK_MAX, NULL);
    assert_pure_delay(&run, 1);
}

static void a_bridge_doubles(void **state) {
    (void)state;
    static struct run run;
    const struct stage_params params = clean_params(TOPOLOGY_BRIDGE);
    constant_rails(&run, RAIL_V, RAIL_V);
    play_sine(&run, SINE_HZ, 0.999 * RAIL_V);
    process(&params, &run, CHUNK_MAX, NULL);
    assert_pure_delay(&run, 2);
}

// --- The curve ---

// After design: d + a2 d^2 + a3 d^3, then the clip.
static double curve(const struct stage_params *params, double v, double plus_v, double minus_v) {
    const double c = params->crossover_v;
    const double d = v > c ? v - c : v < -c ? v + c : 0;
    const double h2 =
        params->second_harmonic_db > HARMONIC_NONE_DB ? from_db(params->second_harmonic_db) : 0;
    const double h3 =
        params->third_harmonic_db > HARMONIC_NONE_DB ? from_db(params->third_harmonic_db) : 0;
    const double x = d + 4 * h2 / RAIL_V * d * d + 16 * h3 / (RAIL_V * RAIL_V) * d * d * d;
    const double rail = x > 0 ? plus_v : minus_v, size = fabs(x), k = params->knee;
    if (size <= rail * (1 - k))
        return x;
    if (size >= rail * (1 + k))
        return copysign(rail, x);
    const double over = size - rail * (1 - k);
    return copysign(size - over * over / (4 * k * rail), x);
}

// A constant input, after it has arrived.
static void assert_curve(const struct stage_params *params, double plus_v, double minus_v) {
    static struct run run;
    static struct stage stage;
    constant_rails(&run, plus_v, minus_v);
    for (double v = -2.3 * RAIL_V; v < 2.4 * RAIL_V; v += 0.0971 * RAIL_V) {
        play_constant(&run, v, -v / 3);
        stage_init(&stage, kernels_select(), params, compensation_at(RATE_HZ), RATE_HZ);
        process_piece(&stage, &run, 0, SETTLE);
        const double tolerance = 6 * ROUNDING * RAIL_V;
        assert_near(run.emf[0][SETTLE - 1], curve(params, v, plus_v, minus_v), tolerance);
        assert_near(run.emf[1][SETTLE - 1], curve(params, -v / 3, plus_v, minus_v), tolerance);
        double slewed_v[2];
        assert_near(stage_emf(&stage, v, plus_v, minus_v, slewed_v),
                    curve(params, v, plus_v, minus_v), 1e-12 * RAIL_V);
    }
}

static void constant_inputs_follow_the_curve(void **state) {
    (void)state;
    static const double knees[] = {0, 0.01, 0.3, 1};
    static const double crossovers_v[] = {0, 0.1};
    static const double harmonics_db[] = {HARMONIC_NONE_DB, -40};
    for (size_t k = 0; k < sizeof knees / sizeof *knees; k++)
        for (int c = 0; c < 2; c++)
            for (int h = 0; h < 2; h++) {
                struct stage_params params = clean_params(TOPOLOGY_SHARED_RETURN);
                params.knee = knees[k];
                params.crossover_v = crossovers_v[c];
                params.second_harmonic_db = params.third_harmonic_db = harmonics_db[h];
                assert_curve(&params, RAIL_V, RAIL_V);
                assert_curve(&params, 0.9 * RAIL_V, 0.7 * RAIL_V);
            }
}

static void a_sine_is_clipped_at_its_rails(void **state) {
    (void)state;
    static struct run run;
    const struct stage_params params = clean_params(TOPOLOGY_SHARED_RETURN);
    constant_rails(&run, RAIL_V, 0.8 * RAIL_V);
    play_sine(&run, 50, 3 * RAIL_V);
    process(&params, &run, CHUNK_MAX, NULL);
    assert_true(run.peak.clipped);
    assert_near(run.peak.of_rail, 1, 0);
    int at_plus = 0, at_minus = 0;
    for (int n = 0; n < LENGTH; n++) {
        at_plus += fabs((double)run.emf[0][n] - RAIL_V) < FLAT_V;
        at_minus += fabs((double)run.emf[0][n] + 0.8 * RAIL_V) < FLAT_V;
        assert_true(run.emf[0][n] < 1.01 * RAIL_V && run.emf[0][n] > -0.81 * RAIL_V);
    }
    const double part_plus = 0.5 - asin(1.0 / 3) / PI, part_minus = 0.5 - asin(0.8 / 3) / PI;
    assert_near((double)at_plus / LENGTH, part_plus, 0.01);
    assert_near((double)at_minus / LENGTH, part_minus, 0.01);
}

static void harmonics_have_their_levels_at_half_rail(void **state) {
    (void)state;
    static struct run run;
    for (double db = -100; db <= -30; db += 10) {
        struct stage_params params = clean_params(TOPOLOGY_SHARED_RETURN);
        params.second_harmonic_db = db;
        params.third_harmonic_db = db - 6;
        constant_rails(&run, RAIL_V, RAIL_V);
        play_sine(&run, SINE_HZ, RAIL_V / 2);
        process(&params, &run, CHUNK_MAX, NULL);
        assert_near(to_db(harmonic(run.emf[0], 2) / (RAIL_V / 2)), db, 0.002);
        assert_near(to_db(harmonic(run.emf[0], 3) / (RAIL_V / 2)), db - 6, 0.002);
    }
}

// A sine in a dead zone: the third harmonic of a part that is missing, by numerical integration.
// At sixteen times the rails the cubic would reach six thousand.
static void harmonics_far_over_the_rails_leave_no_spikes(void **state) {
    (void)state;
    static struct run run;
    struct stage_params params = clean_params(TOPOLOGY_SEPARATE_RETURNS);
    params.third_harmonic_db = -20;
    constant_rails(&run, RAIL_V, RAIL_V);
    play_sine(&run, 10000, 16 * RAIL_V);
    process(&params, &run, CUTS_MAX, NULL);
    for (int n = 0; n < LENGTH; n++)
        assert_true(fabs((double)run.emf[0][n]) < SPIKES * RAIL_V);
}

static void a_dead_zone_takes_its_part_of_a_sine(void **state) {
    (void)state;
    static struct run run;
    struct stage_params params = clean_params(TOPOLOGY_SHARED_RETURN);
    params.crossover_v = 0.1;
    constant_rails(&run, RAIL_V, RAIL_V);
    play_sine(&run, SINE_HZ, 1);
    process(&params, &run, CHUNK_MAX, NULL);
    enum { FINE = 100000 };
    for (int number = 1; number <= 7; number += 2) {
        double sum = 0;
        for (int n = 0; n < FINE; n++) {
            const double x = 2 * PI * (n + 0.5) / FINE;
            sum += 2 * curve(&params, sin(x), RAIL_V, RAIL_V) * sin(number * x) / FINE;
        }
        assert_near(harmonic(run.emf[0], number), fabs(sum), 1e-4);
    }
    assert_true(harmonic(run.emf[0], 2) < BELOW_ALL);
}

static void nothing_rises_faster_than_the_slew_rate(void **state) {
    (void)state;
    static struct run run;
    struct stage_params params = clean_params(TOPOLOGY_SHARED_RETURN);
    params.slew_v_per_s = 0.02e6;
    const double step_v = params.slew_v_per_s / RATE_HZ;
    constant_rails(&run, RAIL_V, RAIL_V);
    play_sine(&run, 20000, 0.9 * RAIL_V);
    process(&params, &run, CHUNK_MAX, NULL);
    assert_near(steepest_step(run.emf[0]), step_v, ROUNDING * RAIL_V);
    play_constant(&run, 5, 0);
    process(&params, &run, CHUNK_MAX, NULL);
    for (int n = 0; n < LENGTH; n++) // from rest at the first sample that arrives
        assert_near(run.emf[0][n], fmin(fmax(n - STAGE_LATENCY + 1, 0) * step_v, 5),
                    ROUNDING * RAIL_V);
    play_sine(&run, SINE_HZ, 1); // 6283 V/s: no limit
    process(&params, &run, CHUNK_MAX, NULL);
    for (int n = STAGE_LATENCY; n < LENGTH; n++)
        assert_near(run.emf[0][n], run.v[0][n - STAGE_LATENCY], 1e-15);
}

// --- The bridge ---

static void play_bridge(struct run *run, double second_db, double third_db, double mismatch) {
    struct stage_params params = clean_params(TOPOLOGY_BRIDGE);
    params.second_harmonic_db = second_db;
    params.third_harmonic_db = third_db;
    params.leg_mismatch = mismatch;
    constant_rails(run, RAIL_V, RAIL_V);
    play_sine(run, SINE_HZ, RAIL_V / 2);
    process(&params, run, CHUNK_MAX, NULL);
}

// f(v) - f(-(1 - m) v): of the even part 1 - (1 - m)^2 is left.
static void even_harmonics_cancel_as_far_as_the_legs_match(void **state) {
    (void)state;
    static struct run run;
    play_bridge(&run, -40, HARMONIC_NONE_DB, 0);
    assert_near(harmonic(run.emf[0], 1), RAIL_V, ROUNDING * RAIL_V);
    assert_true(harmonic(run.emf[0], 2) < BELOW_ALL * RAIL_V);
    for (double m = 1e-4; m <= 0.1; m *= 3) {
        play_bridge(&run, -40, HARMONIC_NONE_DB, m);
        assert_near(harmonic(run.emf[0], 1), (2 - m) * RAIL_V / 2, ROUNDING * RAIL_V);
        const double left = RAIL_V / 2 * 0.01 * (1 - (1 - m) * (1 - m));
        assert_near(harmonic(run.emf[0], 2), left, 1e-6 * left + BELOW_ALL * RAIL_V);
    }
}

static void odd_harmonics_stay(void **state) {
    (void)state;
    static struct run run;
    play_bridge(&run, HARMONIC_NONE_DB, -40, 0);
    assert_near(harmonic(run.emf[0], 3), RAIL_V * 0.01, BELOW_ALL * RAIL_V);
}

// The cancellation comes out of two legs; where one leg is the mirror of the other, computing both
// gives the same bits.
static void a_mirrored_leg_is_computed_once(void **state) {
    (void)state;
    static struct stage stage;
    static struct run once, twice;
    struct dice dice = {33};
    static const double knees[] = {0, 0.3};
    for (int k = 0; k < 2; k++) {
        struct stage_params params = clean_params(TOPOLOGY_BRIDGE);
        params.knee = knees[k];
        params.third_harmonic_db = -40;
        params.slew_v_per_s = 2e6;
        constant_rails(&once, RAIL_V, RAIL_V);
        play_noise(&once, &dice, 2 * RAIL_V);
        twice = once;
        stage_init(&stage, kernels_select(), &params, compensation_at(RATE_HZ), RATE_HZ);
        assert_true(stage.mirrored);
        for (int n = 0; n < LENGTH; n += CHUNK_MAX / 4)
            process_piece(&stage, &once, n, CHUNK_MAX / 4);
        stage_init(&stage, kernels_select(), &params, compensation_at(RATE_HZ), RATE_HZ);
        stage.mirrored = false;
        for (int n = 0; n < LENGTH; n += CHUNK_MAX / 4)
            process_piece(&stage, &twice, n, CHUNK_MAX / 4);
        assert_memory_equal(once.emf, twice.emf, sizeof once.emf);
        assert_true(once.peak.of_rail == twice.peak.of_rail);
        assert_true(once.peak.clipped && twice.peak.clipped);
    }
}

static bool is_mirrored(const struct stage_params *params) {
    static struct stage stage;
    stage_init(&stage, kernels_select(), params, compensation_at(RATE_HZ), RATE_HZ);
    return stage.mirrored;
}

static void legs_that_differ_are_no_mirrors(void **state) {
    (void)state;
    const struct stage_params clean = clean_params(TOPOLOGY_BRIDGE);
    struct stage_params params = clean;
    assert_true(is_mirrored(&params));
    params.leg_mismatch = 1e-6;
    assert_false(is_mirrored(&params));
    params = clean;
    params.second_harmonic_db = -150;
    assert_false(is_mirrored(&params));
    params = clean;
    params.supply_ohm = 0.01; // the rails part
    assert_false(is_mirrored(&params));
    params = clean_params(TOPOLOGY_SHARED_RETURN);
    assert_false(is_mirrored(&params));
}

static void a_bridge_clips_each_leg(void **state) {
    (void)state;
    static struct run run;
    struct stage_params params = clean_params(TOPOLOGY_BRIDGE);
    params.leg_mismatch = 0.1;
    constant_rails(&run, RAIL_V, 0.8 * RAIL_V);
    play_constant(&run, 0.85 * RAIL_V, 3 * RAIL_V);
    process(&params, &run, CHUNK_MAX, NULL);
    assert_near(run.emf[0][SETTLE], 0.85 * RAIL_V + 0.9 * 0.85 * RAIL_V, 3 * ROUNDING * RAIL_V);
    assert_near(run.emf[1][SETTLE], 1.8 * RAIL_V, 3 * ROUNDING * RAIL_V);
}

// --- Blocks ---

static void wild_params(struct stage_params *params) {
    params->knee = 0.2;
    params->crossover_v = 0.05;
    params->second_harmonic_db = -40;
    params->third_harmonic_db = -50;
    params->slew_v_per_s = 1e6;
    params->leg_mismatch = 0.03;
}

static void no_cut_can_be_heard(void **state) {
    (void)state;
    static struct run whole, cut;
    struct dice dice = {32};
    for (enum topology topology = 0; topology < TOPOLOGY_COUNT; topology++) {
        struct stage_params params = clean_params(topology);
        wild_params(&params);
        for (int n = 0; n < LENGTH; n++) { // clipping comes and goes, the rails move
            whole.v[0][n] = (float)(1.3 * RAIL_V * sin(0.013 * n) * sin(0.0007 * n));
            whole.v[1][n] = n / 997 % 2 ? (float)roll_between(&dice, -RAIL_V, RAIL_V) : 0;
            whole.plus_v[n] = (float)(RAIL_V * (1 + 0.1 * sin(0.0031 * n)));
            whole.minus_v[n] = (float)(RAIL_V * (1 - 0.1 * sin(0.0047 * n)));
        }
        cut = whole;
        process(&params, &whole, CHUNK_MAX, NULL);
        for (int piece = GROUP; piece <= CHUNK_MAX; piece *= 2) {
            process(&params, &cut, piece, NULL);
            assert_memory_equal(cut.emf, whole.emf, sizeof whole.emf);
        }
        process(&params, &cut, 0, &dice);
        assert_memory_equal(cut.emf, whole.emf, sizeof whole.emf);
        assert_true(whole.peak.clipped && cut.peak.clipped);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(below_the_rails_it_only_waits),
        cmocka_unit_test(a_knee_leaves_what_is_below_it),
        cmocka_unit_test(a_bridge_doubles),
        cmocka_unit_test(constant_inputs_follow_the_curve),
        cmocka_unit_test(a_sine_is_clipped_at_its_rails),
        cmocka_unit_test(harmonics_have_their_levels_at_half_rail),
        cmocka_unit_test(harmonics_far_over_the_rails_leave_no_spikes),
        cmocka_unit_test(a_dead_zone_takes_its_part_of_a_sine),
        cmocka_unit_test(nothing_rises_faster_than_the_slew_rate),
        cmocka_unit_test(even_harmonics_cancel_as_far_as_the_legs_match),
        cmocka_unit_test(odd_harmonics_stay),
        cmocka_unit_test(a_mirrored_leg_is_computed_once),
        cmocka_unit_test(legs_that_differ_are_no_mirrors),
        cmocka_unit_test(a_bridge_clips_each_leg),
        cmocka_unit_test(no_cut_can_be_heard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
