// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Both machines compute the same, to rounding, in every kernel.
#define _POSIX_C_SOURCE 200809L
#include "discrete_response.h"
#include "kernels.h"
#include "limiter.h"
#include "random_circuit.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT   256
#define PAIRS   23
#define PAST    128 // in front of what a kernel is given
#define LENGTH  (PAST + COUNT)
#define WIDE    1e-12
#define NARROW  1e-5 // of single precision, after a filter
#define REPEATS 20

// The same input for both; the outputs of each.
struct bench {
    double a[LENGTH], b[LENGTH], positive[LENGTH];
    float c[LENGTH], d[LENGTH], coefficient[PAIRS];
};

struct answer {
    double wide[4][LENGTH];
    float narrow[2][2 * LENGTH];
    double scalar[4];
};

typedef void kernel_use(const struct kernels *kernels, const struct bench *bench,
                        struct answer *answer);

static void fill(struct dice *dice, struct bench *bench) {
    for (int n = 0; n < LENGTH; n++) {
        bench->a[n] = roll(dice) < 0.1 ? 0 : roll_between(dice, -2, 2);
        bench->b[n] = roll_between(dice, -2, 2);
        bench->positive[n] = roll_between(dice, 0.5, 1.5);
        bench->c[n] = (float)roll_between(dice, -2, 2);
        bench->d[n] = (float)roll_between(dice, -2, 2);
    }
    for (int i = 0; i < PAIRS; i++)
        bench->coefficient[i] = (float)roll_between(dice, -0.1, 0.1);
}

static void assert_answers(const struct answer *a, const struct answer *b) {
    for (int k = 0; k < 4; k++) {
        assert_near(a->scalar[k], b->scalar[k], WIDE * (1 + fabs(a->scalar[k])));
        for (int n = 0; n < LENGTH; n++)
            assert_near(a->wide[k][n], b->wide[k][n], WIDE * (1 + fabs(a->wide[k][n])));
    }
    for (int k = 0; k < 2; k++)
        for (int n = 0; n < 2 * LENGTH; n++)
            assert_near((double)a->narrow[k][n], (double)b->narrow[k][n], NARROW);
}

static bool is_empty(const struct answer *answer) {
    static const struct answer nothing;
    return memcmp(answer, &nothing, sizeof nothing) == 0;
}

// A kernel that does nothing would agree with itself.
static void compare(kernel_use *use) {
    static struct bench bench;
    static struct answer first, second;
    struct dice dice = {111};
    for (int i = 0; i < REPEATS; i++) {
        fill(&dice, &bench);
        memset(&first, 0, sizeof first);
        memset(&second, 0, sizeof second);
        use(&kernels_baseline, &bench, &first);
        use(kernels_select(), &bench, &second);
        assert_false(is_empty(&first));
        assert_answers(&first, &second);
    }
}

// --- Filters ---

static void use_halfbands(const struct kernels *kernels, const struct bench *bench,
                          struct answer *answer) {
    for (int pairs = PAIRS - 1; pairs <= PAIRS; pairs++) {
        kernels->halfband_up(bench->coefficient, pairs, bench->c + PAST, answer->narrow[0], COUNT);
        kernels->halfband_down(bench->coefficient, pairs, bench->c + PAST, bench->d + PAST,
                               answer->narrow[1], COUNT);
    }
    kernels->separate(bench->a, answer->narrow[1] + LENGTH, answer->narrow[1] + LENGTH + COUNT / 2,
                      COUNT / 2);
}

static void halfbands_agree(void **state) {
    (void)state;
    compare(use_halfbands);
}

static void use_allpass(const struct kernels *kernels, const struct bench *bench,
                        struct answer *answer) {
    struct allpass_pair filter = {.section_count = 3};
    for (int s = 0; s < 3; s++)
        for (int lane = 0; lane < LANES; lane++)
            filter.coefficient[s][lane] = 0.1 + 0.2 * s + 0.05 * lane;
    struct allpass_pair other = filter;
    kernels->allpass_up(&filter, bench->a, bench->b, answer->wide[0], answer->wide[1], COUNT / 2);
    kernels->allpass_down(&other, bench->a, bench->b, answer->wide[2], answer->wide[3], COUNT / 2);
    answer->scalar[0] = filter.out[1][2];
    answer->scalar[1] = other.in[2][3];
}

static void allpasses_agree(void **state) {
    (void)state;
    compare(use_allpass);
}

static void use_short_fir(const struct kernels *kernels, const struct bench *bench,
                          struct answer *answer) {
    static const double tap[5] = {0.1, -0.3, 1.2, 0.4, -0.7};
    kernels->short_fir(tap, bench->a + PAST, NULL, answer->wide[0], COUNT);
    kernels->short_fir(tap, bench->a + PAST, bench->b + PAST, answer->wide[1], COUNT);
}

static void short_firs_agree(void **state) {
    (void)state;
    compare(use_short_fir);
}

// --- The stage ---

static void use_residuals(const struct kernels *kernels, const struct bench *bench,
                          struct answer *answer) {
    const struct clip_shape hard = {0, bench->positive + PAST, bench->positive + 64};
    const struct clip_shape soft = {0.3, bench->positive + PAST, bench->positive + 64};
    double *moment = answer->wide[2] + LANES;
    kernels->clip_hard(&hard, bench->a + PAST, moment, answer->wide[0], COUNT - LANES);
    kernels->clip_soft(&soft, bench->a + PAST, moment, answer->wide[1], COUNT - LANES);
    kernels->dead_zone_residual(0.4, bench->a + PAST, moment, answer->wide[3], COUNT);
}

static void residuals_agree(void **state) {
    (void)state;
    compare(use_residuals);
}

// --- Arithmetic ---

static void use_arithmetic(const struct kernels *kernels, const struct bench *bench,
                           struct answer *answer) {
    memcpy(answer->wide[0], bench->a, sizeof bench->a);
    kernels->polynomial(0.1, -0.03, 0.5, answer->wide[0], COUNT);
    kernels->scale(-1.7, bench->b, answer->wide[1], COUNT);
    kernels->subtract(bench->a, bench->b, answer->wide[2], COUNT);
    answer->scalar[0] = kernels->peak(bench->a, COUNT);
    const struct signal_power power = kernels->power(bench->a, bench->b, COUNT);
    answer->scalar[1] = power.peak_v;
    answer->scalar[2] = power.peak_a;
    answer->scalar[3] = power.mean_w;
}

static void arithmetic_agrees(void **state) {
    (void)state;
    compare(use_arithmetic);
}

static void use_conversions(const struct kernels *kernels, const struct bench *bench,
                            struct answer *answer) {
    memcpy(answer->wide[0], bench->a, sizeof bench->a);
    memcpy(answer->wide[1], bench->b, sizeof bench->b);
    kernels->rotate_mid_side(0.5, answer->wide[0], answer->wide[1], COUNT);
    kernels->widen(bench->c, answer->wide[2], COUNT);
    kernels->narrow(bench->a, answer->narrow[0], COUNT);
    kernels->multiply(1.3F, bench->c, bench->d, answer->narrow[1], COUNT);
    answer->scalar[0] = (double)kernels->peak_float(bench->c, COUNT);
}

static void conversions_agree(void **state) {
    (void)state;
    compare(use_conversions);
}

static void use_noise(const struct kernels *kernels, const struct bench *bench,
                      struct answer *answer) {
    struct random_lanes random;
    for (int k = 0; k < 4; k++)
        for (int lane = 0; lane < LANES; lane++)
            random.state[k][lane] = (uint64_t)(1e15 * bench->positive[LANES * k + lane]);
    memcpy(answer->wide[0], bench->a, sizeof bench->a);
    kernels->add_noise(&random, 0.3, answer->wide[0], COUNT);
    struct noise_filter filter = {.direct = 0.7};
    _Alignas(32) double section[NOISE_SECTIONS] = {0};
    for (int k = 0; k < NOISE_SECTIONS; k++) {
        filter.pole[k] = 0.99 - 0.1 * k / NOISE_SECTIONS;
        filter.residue[k] = 0.1 * bench->b[k];
    }
    kernels->add_filtered(&filter, section, bench->b, answer->wide[1], COUNT);
    for (int k = 0; k < 4; k++) // whole numbers: not a bit may differ
        answer->scalar[k] = (double)(random.state[k][k] >> 12) * 0x1p-52;
}

static void noise_agrees(void **state) {
    (void)state;
    compare(use_noise);
}

// --- Networks ---

static const struct built *networks(int half) {
    static struct built built[2];
    if (built[0].engine.blocks.count == 0) {
        struct chain_params params;
        resonant_params(&params);
        build_discrete(&params, CIRCUIT_MID, 192000, &built[0]);
        build_discrete(&params, CIRCUIT_SIDE, 192000, &built[1]);
    }
    return &built[half];
}

static void use_engine(const struct kernels *kernels, const struct bench *bench,
                       struct answer *answer) {
    const struct engine *const engine[2] = {&networks(0)->engine, &networks(1)->engine};
    struct engine_state mid = {0}, side = {0};
    const struct engine_signals signals = {
        .half = {bench->a + PAST, bench->b + PAST},
        .driver_v = {answer->wide[0], answer->wide[1]},
        .leg_a = {answer->wide[2], answer->wide[3]},
    };
    kernels->engine_process(engine, (struct engine_state *const[]){&mid, &side}, &signals, COUNT);
    answer->scalar[0] = mid.state[0][0];
    answer->scalar[1] = side.state[1][1];
}

static void use_filter(const struct kernels *kernels, const struct bench *bench,
                       struct answer *answer) {
    struct engine_state x = {0};
    kernels->engine_filter(&networks(0)->engine, &x, bench->a + PAST, answer->wide[0], COUNT);
    answer->scalar[0] = x.state[0][0];
}

static void engines_agree(void **state) {
    (void)state;
    compare(use_engine);
    compare(use_filter);
}

static void use_causal(const struct kernels *kernels, const struct bench *bench,
                       struct answer *answer) {
    struct engine_state x = {0};
    for (int n = 0; n < COUNT; n++) {
        const struct causal *causal = &networks(0)->causal;
        answer->wide[0][n] = kernels->causal_history(causal, &x, MODAL_DRIVER_V);
        answer->wide[1][n] = kernels->causal_history(causal, &x, MODAL_LEG_A);
        kernels->causal_advance(causal, &x, bench->a[n]);
    }
}

static void causal_networks_agree(void **state) {
    (void)state;
    compare(use_causal);
}

static void use_limit(const struct kernels *kernels, const struct bench *bench,
                      struct answer *answer) {
    struct limiter limiter;
    struct chain_params params;
    resonant_params(&params);
    params.stage.current_limit_a = 0.5;
    limiter_init(&limiter, kernels, &params.stage, compensation_at(192000));
    const struct causal fine[2] = {networks(0)->causal, networks(1)->causal};
    for (int channel = 0; channel < 2; channel++)
        for (int n = 0; n < COUNT; n++) {
            answer->wide[channel][n] = bench->b[n];
            answer->wide[2 + channel][n] = burst(n + 50 * channel) / 2;
        }
    answer->scalar[0] =
        limiter_process(&limiter, fine, (double *const[]){answer->wide[0], answer->wide[1]},
                        (double *const[]){answer->wide[2], answer->wide[3]}, COUNT);
    assert_near(answer->scalar[0], 1, 0); // it limits
}

static void limits_agree(void **state) {
    (void)state;
    compare(use_limit);
}

// --- The choice ---

static void the_baseline_can_be_asked_for(void **state) {
    (void)state;
    setenv("LOADLINE_KERNELS", "baseline", 1);
    assert_ptr_equal(kernels_select(), &kernels_baseline);
    unsetenv("LOADLINE_KERNELS");
    assert_string_equal(kernels_baseline.machine, "baseline");
}

// Every kernel above: a new one needs its line.
static void no_kernel_is_left_out(void **state) {
    (void)state;
    static const char *const compared[] = {"engine_process", "engine_filter",
                                           "causal_history", "causal_advance",
                                           "limit",          "halfband_up",
                                           "halfband_down",  "separate",
                                           "allpass_up",     "allpass_down",
                                           "short_fir",      "clip_hard",
                                           "clip_soft",      "dead_zone_residual",
                                           "polynomial",     "scale",
                                           "subtract",       "peak",
                                           "power",          "add_noise",
                                           "add_filtered",   "rotate_mid_side",
                                           "widen",          "narrow",
                                           "multiply",       "peak_float"};
#define KERNEL_NAME(type, name, arguments) #name,
    static const char *const names[] = {KERNEL_LIST(KERNEL_NAME)};
#undef KERNEL_NAME
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t k = 0;
        while (k < sizeof compared / sizeof *compared && strcmp(names[i], compared[k]) != 0)
            k++;
        if (k == sizeof compared / sizeof *compared)
            fail_msg("%s is not compared", names[i]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(halfbands_agree),
        cmocka_unit_test(allpasses_agree),
        cmocka_unit_test(short_firs_agree),
        cmocka_unit_test(residuals_agree),
        cmocka_unit_test(arithmetic_agrees),
        cmocka_unit_test(conversions_agree),
        cmocka_unit_test(noise_agrees),
        cmocka_unit_test(engines_agree),
        cmocka_unit_test(causal_networks_agree),
        cmocka_unit_test(limits_agree),
        cmocka_unit_test(the_baseline_can_be_asked_for),
        cmocka_unit_test(no_kernel_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
