// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Both machines compute the same, to rounding, in every kernel.
#define _POSIX_C_SOURCE 200809L
#include "discrete_response.h"
#include "kernels.h"
#include "limiter.h"
#include "noise.h"
#include "random_circuit.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT     256
#define ODD_COUNT (COUNT - 3 * GROUP) // no multiple of what the kernels like best
#define PAST      128                 // in front of what a kernel is given
#define LENGTH    (PAST + COUNT)
#define WIDE      1e-12
#define NARROW    1e-5 // of single precision, after a filter
#define REPEATS   20

// The same input for both; the outputs of each.
struct bench {
    float a[LENGTH], b[LENGTH], positive[LENGTH];
    float rail_plus[LENGTH], rail_minus[LENGTH];
    struct halfband_filter filter;
};

struct answer {
    float signal[4][2 * LENGTH];
    double scalar[4];
};

typedef void kernel_use(const struct kernels *kernels, const struct bench *bench,
                        struct answer *answer);

static void fill(struct dice *dice, struct bench *bench) {
    for (int n = 0; n < LENGTH; n++) {
        bench->a[n] = roll(dice) < 0.1 ? 0 : (float)roll_between(dice, -2, 2);
        bench->b[n] = (float)roll_between(dice, -2, 2);
        bench->positive[n] = (float)roll_between(dice, 0.5, 1.5);
        bench->rail_plus[n] = (float)roll_between(dice, 0.5, 1.5);
        bench->rail_minus[n] = (float)roll_between(dice, 0.5, 1.5);
    }
    for (int p = 0; p < 2; p++) {
        struct fir *phase = &bench->filter.phase[p];
        phase->taps = roll_index(dice, FIR_TAPS_MAX) + 1;
        phase->delay = roll_index(dice, PAST - FIR_TAPS_MAX);
        for (int i = 0; i < phase->taps; i++)
            phase->coefficient[i] = (float)roll_between(dice, -0.1, 0.1);
    }
}

static void assert_answers(const struct answer *a, const struct answer *b) {
    for (int k = 0; k < 4; k++) {
        assert_near(a->scalar[k], b->scalar[k], WIDE * (1 + fabs(a->scalar[k])));
        for (int n = 0; n < 2 * LENGTH; n++)
            assert_near((double)a->signal[k][n], (double)b->signal[k][n], NARROW);
    }
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

// The lines are left with their newest samples as their past.
static void use_halfband_up(const struct kernels *kernels, const struct bench *bench,
                            struct answer *answer) {
    struct bench copy = *bench;
    kernels->halfband_up(&bench->filter, (float *const[]){copy.a + PAST, copy.b + PAST},
                         (float *const[]){answer->signal[0], answer->signal[1]}, 3 * GROUP,
                         ODD_COUNT);
    memcpy(answer->signal[2], copy.a, sizeof copy.a);
    memcpy(answer->signal[3], copy.b, sizeof copy.b);
}

static void use_halfband_down(const struct kernels *kernels, const struct bench *bench,
                              struct answer *answer) {
    struct bench even = *bench, odd = *bench;
    kernels->halfband_down(&bench->filter, (float *const[]){even.a + PAST, even.b + PAST},
                           (float *const[]){odd.positive + PAST, odd.a + PAST},
                           (float *const[]){answer->signal[0], answer->signal[1]}, 3 * GROUP,
                           ODD_COUNT);
    memcpy(answer->signal[2], even.b, sizeof even.b);
    memcpy(answer->signal[3], odd.positive, sizeof odd.positive);
}

static void use_filters(const struct kernels *kernels, const struct bench *bench,
                        struct answer *answer) {
    kernels->filter(&bench->filter.phase[0],
                    (const float *const[]){bench->a + PAST, bench->b + PAST},
                    (float *const[]){answer->signal[0], answer->signal[1]}, ODD_COUNT);
}

static void filters_agree(void **state) {
    (void)state;
    compare(use_filters);
    compare(use_halfband_up);
    compare(use_halfband_down);
}

static void use_lines(const struct kernels *kernels, const struct bench *bench,
                      struct answer *answer) {
    kernels->separate(bench->a, answer->signal[0], answer->signal[1], COUNT / 2);
    memcpy(answer->signal[2], bench->b, sizeof bench->b);
    kernels->keep_past(answer->signal[2] + PAST, PAST, COUNT / 2);
}

static void lines_agree(void **state) {
    (void)state;
    compare(use_lines);
}

static void use_short_fir(const struct kernels *kernels, const struct bench *bench,
                          struct answer *answer) {
    static const double tap[5] = {0.1, -0.3, 1.2, 0.4, -0.7};
    kernels->short_fir(tap, bench->a + PAST, bench->b + PAST, answer->signal[0], COUNT);
}

static void short_firs_agree(void **state) {
    (void)state;
    compare(use_short_fir);
}

// --- The stage ---

static void use_residues(const struct kernels *kernels, const struct bench *bench,
                         struct answer *answer) {
    const struct clip_shape hard = {0, bench->rail_plus, bench->rail_minus, 0.5};
    const struct clip_shape soft = {0.3, bench->rail_plus, bench->rail_minus, 0.5};
    const struct compensation *compensation = compensation_at(192000);
    struct residue_past past[3] = {{.moment = 0.1}, {.moment = 0.1}, {.moment = 0.1}};
    const float *x = bench->a + PAST;
    answer->scalar[0] =
        (double)kernels->clip_hard(&hard, compensation, x, &past[0], answer->signal[0], COUNT);
    answer->scalar[1] =
        (double)kernels->clip_soft(&soft, compensation, x, &past[1], answer->signal[1], COUNT);
    kernels->dead_zone(0.4, compensation, x, &past[2], answer->signal[2], COUNT);
    answer->signal[3][0] = (float)past[0].moment;
    answer->scalar[2] = past[1].moment + past[2].moment;
}

static void residues_agree(void **state) {
    (void)state;
    compare(use_residues);
}

// --- Arithmetic ---

static void use_arithmetic(const struct kernels *kernels, const struct bench *bench,
                           struct answer *answer) {
    memcpy(answer->signal[0], bench->a, sizeof bench->a);
    kernels->polynomial(0.1F, -0.03F, 0.5F, answer->signal[0], COUNT);
    kernels->scale(-1.7F, bench->b, answer->signal[1], COUNT);
    kernels->subtract(bench->a, bench->b, answer->signal[2], COUNT / 2);
    kernels->add(bench->a, bench->b, answer->signal[2] + COUNT / 2, COUNT / 2);
    kernels->multiply(bench->a, bench->b, answer->signal[3], COUNT);
    answer->scalar[0] = (double)kernels->peak(bench->a, COUNT);
}

static void use_more_arithmetic(const struct kernels *kernels, const struct bench *bench,
                                struct answer *answer) {
    memcpy(answer->signal[3], bench->b, sizeof bench->b);
    kernels->divide(1.3F, bench->a, bench->positive, answer->signal[2], COUNT);
    memcpy(answer->signal[0], bench->a, sizeof bench->a);
    answer->scalar[2] = (double)kernels->stop(1.5F, answer->signal[0], COUNT);
    answer->signal[3][3] = NAN;
    kernels->remove_insane(1.5F, answer->signal[3], COUNT);
    const struct signal_power power =
        kernels->power((const float *const[]){bench->a, bench->b},
                       (const float *const[]){bench->b, bench->positive}, COUNT);
    answer->signal[2][COUNT] = power.mean_w[0];
    answer->signal[2][COUNT + 1] = power.mean_w[1];
    answer->scalar[0] = (double)power.peak_v;
    answer->scalar[1] = (double)power.peak_a;
}

static void arithmetic_agrees(void **state) {
    (void)state;
    compare(use_arithmetic);
    compare(use_more_arithmetic);
}

static void use_noise(const struct kernels *kernels, const struct bench *bench,
                      struct answer *answer) {
    struct random_lanes random;
    struct noise_shape shape;
    struct noise_state state = {0};
    for (int k = 0; k < 4; k++)
        for (int lane = 0; lane < LANES; lane++)
            random.state[k][lane] = (uint64_t)(1e15 * (double)bench->positive[LANES * k + lane]);
    memcpy(answer->signal[0], bench->a, sizeof bench->a);
    kernels->add_white_noise(&random, 1e-5F, answer->signal[0], COUNT);
    noise_design(&shape, 192000, 1e-3, 1000);
    kernels->add_colored_noise(&shape.filter, &random, state.section, answer->signal[1], COUNT);
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

static void run_engine(const struct kernels *kernels, const struct bench *bench, bool single,
                       struct engine_state state[ENGINE_HALVES], struct answer *answer) {
    static struct engine engine;
    join_halves(networks(0), networks(1), &engine);
    engine.is_single = single;
    const struct engine_signals signals = {
        .in = {bench->a + PAST, bench->b + PAST},
        .driver_v = {answer->signal[0], answer->signal[1]},
        .leg_a = {answer->signal[2], answer->signal[3]},
    };
    kernels->engine_process(&engine, state, &signals, ODD_COUNT);
}

static void use_engine(const struct kernels *kernels, const struct bench *bench,
                       struct answer *answer) {
    struct engine_state state[ENGINE_HALVES] = {0};
    run_engine(kernels, bench, false, state, answer);
    answer->scalar[0] = state[ENGINE_MID].state[0][0];
    answer->scalar[1] = state[ENGINE_SIDE].state[1][1];
}

static void use_single_engine(const struct kernels *kernels, const struct bench *bench,
                              struct answer *answer) {
    struct engine_state state[ENGINE_HALVES] = {0};
    run_engine(kernels, bench, true, state, answer);
}

static void use_filter(const struct kernels *kernels, const struct bench *bench,
                       struct answer *answer) {
    struct engine_state x = {0};
    kernels->engine_filter(&networks(0)->engine, &x, bench->a + PAST, answer->signal[0], COUNT);
    answer->scalar[0] = x.state[0][0];
}

static void engines_agree(void **state) {
    (void)state;
    compare(use_engine);
    compare(use_single_engine);
    compare(use_filter);
}

static void use_causal(const struct kernels *kernels, const struct bench *bench,
                       struct answer *answer) {
    struct engine_state x = {0};
    for (int n = 0; n < COUNT; n++) {
        const struct causal *causal = &networks(0)->causal;
        answer->scalar[0] += kernels->causal_history(causal, &x, MODAL_DRIVER_V);
        answer->scalar[1] += kernels->causal_history(causal, &x, MODAL_LEG_A);
        kernels->causal_advance(causal, &x, (double)bench->a[n]);
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
            answer->signal[channel][n] = bench->b[n];
            answer->signal[2 + channel][n] = (float)(burst(n + 50 * channel) / 2);
        }
    answer->scalar[0] =
        limiter_process(&limiter, fine, (float *const[]){answer->signal[0], answer->signal[1]},
                        (float *const[]){answer->signal[2], answer->signal[3]}, COUNT);
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
    static const char *const compared[] = {
        "engine_process",
        "engine_filter",
        "add",
        "filter",
        "causal_history",
        "causal_advance",
        "limit",
        "halfband_up",
        "halfband_down",
        "separate",
        "keep_past",
        "short_fir",
        "clip_hard",
        "clip_soft",
        "dead_zone",
        "polynomial",
        "scale",
        "subtract",
        "multiply",
        "peak",
        "power",
        "add_white_noise",
        "add_colored_noise",
        "divide",
        "stop",
        "remove_insane",
    };
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
        cmocka_unit_test(filters_agree),         cmocka_unit_test(lines_agree),
        cmocka_unit_test(short_firs_agree),      cmocka_unit_test(residues_agree),
        cmocka_unit_test(arithmetic_agrees),     cmocka_unit_test(noise_agrees),
        cmocka_unit_test(engines_agree),         cmocka_unit_test(causal_networks_agree),
        cmocka_unit_test(limits_agree),          cmocka_unit_test(the_baseline_can_be_asked_for),
        cmocka_unit_test(no_kernel_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
