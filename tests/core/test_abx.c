// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The course of a blind test: draws, answers, what shows when, records, and the p value.
#include "abx.h"
#include "random_circuit.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PLAN 16

static struct abx_controls idle(int planned_trials, uint32_t seed) {
    return (struct abx_controls){.planned_trials = planned_trials, .seed = seed};
}

// Presses a button and lets it go.
static void say(struct abx *abx, bool is_b, const struct abx_controls *idle_controls) {
    struct abx_controls controls = *idle_controls;
    *(is_b ? &controls.answer_b : &controls.answer_a) = true;
    abx_update(abx, &controls);
    abx_update(abx, idle_controls);
}

static void reset(struct abx *abx, const struct abx_controls *idle_controls) {
    struct abx_controls controls = *idle_controls;
    controls.reset = true;
    abx_update(abx, &controls);
    abx_update(abx, idle_controls);
}

static struct abx started(int planned_trials, uint32_t seed, uint64_t entropy) {
    struct abx abx;
    const struct abx_controls controls = idle(planned_trials, seed);
    abx_init(&abx, entropy);
    abx_update(&abx, &controls);
    return abx;
}

// --- The p value ---

__extension__ typedef unsigned __int128 wide;

// By Pascal's rule alone: the number of ways to be right at least `correct` times.
static wide ways(int correct, int trials) {
    static wide table[ABX_TRIALS_MAX + 1][ABX_TRIALS_MAX + 2];
    for (int n = 0; n <= ABX_TRIALS_MAX; n++)
        for (int k = 0; k <= n + 1; k++)
            table[n][k] = k > n ? 0 : k == 0 ? (wide)1 << n : table[n - 1][k - 1] + table[n - 1][k];
    return table[trials][correct];
}

static void the_p_value_is_exact(void **state) {
    (void)state;
    for (int trials = 1; trials <= ABX_TRIALS_MAX; trials++)
        for (int correct = 0; correct <= trials; correct++)
            assert_true(abx_p_value(correct, trials) ==
                        ldexp((double)ways(correct, trials), -trials));
}

// As tables print them, and as fractions.
static void known_p_values_come_out(void **state) {
    (void)state;
    static const struct {
        int correct, trials;
        double p;
    } known[] = {
        {0, 16, 1.0},
        {16, 16, 1.0 / 65536},
        {12, 16, 2517.0 / 65536},
        {9, 10, 11.0 / 1024},
        {8, 10, 56.0 / 1024},
        {5, 5, 1.0 / 32},
        {7, 10, 176.0 / 1024},
        {100, 100, 0x1p-100},
        {1, 100, 1.0 - 0x1p-100},
        {14, 20, 60460.0 / 1048576},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        assert_true(abx_p_value(known[i].correct, known[i].trials) == known[i].p);
}

// --- Draws ---

#define TRIALS 10000

// The 10000 X of 100 tests of 100 trials.
static void collect(uint32_t seed, uint64_t entropy, bool xs[TRIALS]) {
    struct abx abx = started(ABX_TRIALS_MAX, seed, entropy);
    const struct abx_controls controls = idle(ABX_TRIALS_MAX, seed);
    for (int i = 0; i < TRIALS; i++) {
        xs[i] = abx.x_is_b;
        say(&abx, i & 1, &controls);
        if (i % ABX_TRIALS_MAX == ABX_TRIALS_MAX - 1)
            reset(&abx, &controls);
    }
}

// How many standard deviations a count of fair coins is off.
static double off(int heads, int throws) {
    return fabs(heads - throws / 2.0) / sqrt(throws / 4.0);
}

// Each of the figures is a count of fair coins if the draws are fair and independent: five standard
// deviations happen once in 1.7 million.
static void check_draws(const bool xs[TRIALS]) {
    int heads = 0;
    for (int i = 0; i < TRIALS; i++)
        heads += xs[i];
    assert_true(off(heads, TRIALS) < 5);
    for (int distance = 1; distance <= 200; distance++) {
        int unlike = 0;
        for (int i = distance; i < TRIALS; i++)
            unlike += xs[i] != xs[i - distance];
        assert_true(off(unlike, TRIALS - distance) < 5);
    }
}

static void draws_are_fair_and_independent(void **state) {
    (void)state;
    static bool xs[TRIALS], others[TRIALS];
    for (uint32_t seed = 1; seed <= 20; seed++) {
        collect(seed, 0, xs);
        check_draws(xs);
        collect(seed + 1, 0, others);
        int unlike = 0;
        for (int i = 0; i < TRIALS; i++)
            unlike += xs[i] != others[i];
        assert_true(off(unlike, TRIALS) < 5);
    }
    struct dice dice = {1};
    for (int i = 0; i < 20; i++) {
        collect(0, dice.state, xs);
        check_draws(xs);
        roll(&dice);
    }
}

// Nor do seeds share draws across trials: not trial 3 of seed 5 and trial 5 of seed 3.
static void seeds_and_trials_are_not_exchangeable(void **state) {
    (void)state;
    static bool xs[ABX_TRIALS_MAX][TRIALS];
    int unlike = 0, pairs = 0;
    for (uint32_t seed = 1; seed < ABX_TRIALS_MAX; seed++)
        collect(seed, 0, xs[seed]);
    for (int i = 1; i < ABX_TRIALS_MAX; i++)
        for (int k = 1; k < i; k++, pairs++)
            unlike += xs[i][k] != xs[k][i];
    assert_true(off(unlike, pairs) < 5);
}

// Over all seeds, and the first few trials of each.
static void every_trial_is_fair_over_the_seeds(void **state) {
    (void)state;
    int heads[8] = {0};
    for (uint32_t seed = 1; seed <= 65535; seed++) {
        struct abx abx = started(PLAN, seed, 0);
        const struct abx_controls controls = idle(PLAN, seed);
        for (int i = 0; i < 8; i++) {
            heads[i] += abx.x_is_b;
            say(&abx, false, &controls);
        }
    }
    for (int i = 0; i < 8; i++)
        assert_true(off(heads[i], 65535) < 5);
}

static void a_seed_repeats_and_chance_does_not(void **state) {
    (void)state;
    static bool first[TRIALS], second[TRIALS];
    collect(7, 1, first);
    collect(7, 2, second);
    assert_memory_equal(first, second, sizeof first);
    collect(0, 1, first);
    collect(0, 2, second);
    assert_memory_not_equal(first, second, sizeof first);
}

// What was answered does not matter to what is drawn.
static void the_next_x_does_not_know_the_answer(void **state) {
    (void)state;
    const struct abx_controls controls = idle(ABX_TRIALS_MAX, 0);
    struct abx left = started(ABX_TRIALS_MAX, 0, 99), right = left;
    for (int i = 0; i < ABX_TRIALS_MAX; i++) {
        assert_true(left.x_is_b == right.x_is_b);
        assert_int_equal(left.draws, right.draws);
        say(&left, false, &controls);
        say(&right, true, &controls);
    }
    assert_int_equal(left.correct + right.correct, ABX_TRIALS_MAX);
}

static void each_event_draws(void **state) {
    (void)state;
    struct abx abx = started(PLAN, 3, 5);
    struct abx_controls controls = idle(PLAN, 3);
    uint32_t draws = abx.draws;
    say(&abx, true, &controls);
    assert_int_equal(abx.draws, ++draws);
    reset(&abx, &controls);
    assert_int_equal(abx.draws, ++draws);
    controls.seed = 4;
    abx_update(&abx, &controls);
    assert_int_equal(abx.draws, ++draws);
    controls.planned_trials = 20;
    abx_update(&abx, &controls);
    assert_int_equal(abx.draws, draws);
    abx_restore(&abx, NULL);
    assert_int_equal(abx.draws, ++draws);
}

// --- Answers ---

static void counts_are_of_what_was_right(void **state) {
    (void)state;
    struct dice dice = {11};
    for (int round = 0; round < 200; round++) {
        const int plan = 5 + roll_index(&dice, 96);
        struct abx abx = started(plan, 0, dice.state);
        const struct abx_controls controls = idle(plan, 0);
        int right = 0;
        for (int i = 0; i < plan; i++) {
            const bool guess = roll(&dice) < 0.5;
            right += guess == abx.x_is_b;
            say(&abx, guess, &controls);
        }
        const struct abx_result result = abx_result(&abx);
        assert_int_equal(result.trials, plan);
        assert_int_equal(result.correct, right);
        assert_true(result.p_value == abx_p_value(right, plan));
    }
}

static void nothing_shows_before_the_plan_is_done(void **state) {
    (void)state;
    struct abx abx = started(PLAN, 0, 21);
    const struct abx_controls controls = idle(PLAN, 0);
    for (int i = 0; i < PLAN; i++) {
        const struct abx_result result = abx_result(&abx);
        assert_int_equal(result.trials, i);
        assert_int_equal(result.correct, 0);
        assert_true(result.p_value == 0);
        say(&abx, abx.x_is_b, &controls);
    }
    assert_int_equal(abx_result(&abx).correct, PLAN);
    assert_true(abx_result(&abx).p_value == 0x1p-16);
}

static void answers_beyond_the_plan_do_not_count(void **state) {
    (void)state;
    struct abx abx = started(PLAN, 0, 22);
    const struct abx_controls controls = idle(PLAN, 0);
    for (int i = 0; i < PLAN; i++)
        say(&abx, !abx.x_is_b, &controls);
    for (int i = 0; i < 10; i++) {
        say(&abx, abx.x_is_b, &controls);
        assert_int_equal(abx_result(&abx).trials, PLAN);
        assert_int_equal(abx_result(&abx).correct, 0);
        assert_true(abx_result(&abx).p_value == 1);
    }
}

// Neither a smaller plan, to stop, nor a larger one, to go on.
static void the_plan_holds_from_the_first_answer(void **state) {
    (void)state;
    struct abx abx = started(PLAN, 0, 23);
    struct abx_controls controls = idle(PLAN, 0);
    controls.planned_trials = 10;
    abx_update(&abx, &controls);
    say(&abx, abx.x_is_b, &controls); // the plan is 10 now
    static const int plans[] = {5, 100, 6, 10};
    for (int i = 1; i < 10; i++) {
        assert_int_equal(abx_result(&abx).correct, 0);
        controls.planned_trials = plans[i % 4];
        say(&abx, abx.x_is_b, &controls);
    }
    assert_int_equal(abx_result(&abx).correct, 10);
    controls.planned_trials = 50;
    say(&abx, abx.x_is_b, &controls);
    assert_int_equal(abx_result(&abx).trials, 10);
    assert_int_equal(abx_result(&abx).correct, 10);
    reset(&abx, &controls);
    assert_int_equal(abx_result(&abx).trials, 0);
    assert_int_equal(abx_result(&abx).correct, 0);
    for (int i = 0; i < 11; i++)
        say(&abx, abx.x_is_b, &controls);
    assert_int_equal(abx_result(&abx).correct, 0);
}

static void buttons_act_when_pressed(void **state) {
    (void)state;
    struct abx abx = started(PLAN, 0, 24);
    struct abx_controls controls = idle(PLAN, 0);
    controls.answer_a = true;
    for (int i = 0; i < 5; i++)
        abx_update(&abx, &controls);
    assert_int_equal(abx.trials, 1);
    controls.answer_b = true; // A is still down
    abx_update(&abx, &controls);
    assert_int_equal(abx.trials, 2);
    controls.answer_a = controls.answer_b = false;
    abx_update(&abx, &controls);
    controls.answer_a = controls.answer_b = true; // that is no answer
    abx_update(&abx, &controls);
    assert_int_equal(abx.trials, 2);
}

static void a_button_that_is_down_from_the_start_was_not_pressed(void **state) {
    (void)state;
    for (int way = 0; way < 3; way++) {
        struct abx abx;
        struct abx_controls controls = idle(PLAN, 0);
        abx_init(&abx, 25);
        if (way > 0) {
            abx_update(&abx, &controls);
            say(&abx, false, &controls);
        }
        const int trials = abx.trials;
        if (way == 1)
            abx_pause(&abx);
        if (way == 2) {
            const struct abx_record record = abx_record(trials, 0, PLAN, 1);
            assert_true(abx_restore(&abx, &record));
        }
        controls.answer_a = controls.reset = true;
        abx_update(&abx, &controls);
        assert_int_equal(abx.trials, trials);
        controls.answer_a = controls.reset = false;
        abx_update(&abx, &controls);
        say(&abx, false, &controls);
        assert_int_equal(abx.trials, trials + 1);
    }
}

// --- Records ---

static void counts_survive_a_record(void **state) {
    (void)state;
    struct dice dice = {31};
    for (int planned = ABX_TRIALS_MIN; planned <= ABX_TRIALS_MAX; planned++)
        for (int i = 0; i < 50; i++) {
            const int trials = roll_index(&dice, planned + 1);
            const int correct = roll_index(&dice, trials + 1);
            const struct abx_record record =
                abx_record(trials, correct, planned, (uint32_t)dice.state);
            struct abx abx = started(50, 0, 1);
            assert_true(abx_restore(&abx, &record));
            assert_int_equal(abx.trials, trials);
            assert_int_equal(abx.correct, correct);
            assert_int_equal(abx.planned_trials, planned);
            const struct abx_result result = abx_result(&abx);
            assert_int_equal(result.correct, trials == planned ? correct : 0);
            assert_true(result.p_value == (trials == planned ? abx_p_value(correct, trials) : 0));
        }
}

// A plan goes on where it was, whatever the port says then.
static void a_restored_test_keeps_its_plan(void **state) {
    (void)state;
    struct abx abx = started(50, 0, 2);
    const struct abx_record record = abx_record(4, 4, 5, 77);
    const struct abx_controls controls = idle(50, 0);
    assert_true(abx_restore(&abx, &record));
    abx_update(&abx, &controls);
    say(&abx, abx.x_is_b, &controls);
    assert_int_equal(abx_result(&abx).correct, 5);
}

// With the same entropy, so that only the restoring makes the difference.
static void a_restored_test_draws_anew(void **state) {
    (void)state;
    int unlike = 0;
    for (uint64_t entropy = 0; entropy < 1000; entropy++) {
        struct abx abx = started(PLAN, 0, entropy);
        const bool before = abx.x_is_b;
        const struct abx_record record = abx_record(0, 0, PLAN, 1);
        abx_restore(&abx, &record);
        unlike += abx.x_is_b != before;
    }
    assert_true(off(unlike, 1000) < 5);
}

static void a_false_record_begins_a_new_test(void **state) {
    (void)state;
    const struct abx_record good = abx_record(7, 5, PLAN, 123456);
    struct abx_record bad[64 + 12];
    unsigned count = 0;
    for (int bit = 0; bit < 64; bit++) {
        bad[count] = good;
        bad[count++].sealed ^= (int64_t)(1ULL << bit);
    }
    static const int32_t trials[] = {-1, 6, 8, 17, 101, INT32_MAX, INT32_MIN, 7 + 256};
    for (size_t i = 0; i < sizeof trials / sizeof *trials; i++)
        bad[count++] = (struct abx_record){trials[i], PLAN, good.sealed};
    bad[count++] = (struct abx_record){7, 17, good.sealed};
    bad[count++] = (struct abx_record){7, -16, good.sealed};
    bad[count++] = abx_record(5, 6, PLAN, 9);  // more right than were answered
    bad[count++] = abx_record(20, 6, PLAN, 9); // more answered than planned
    for (unsigned i = 0; i < count; i++) {
        struct abx abx = started(PLAN, 0, 3);
        assert_false(abx_restore(&abx, &bad[i]));
        assert_int_equal(abx.trials, 0);
        assert_int_equal(abx.correct, 0);
        assert_int_equal(abx_result(&abx).correct, 0);
    }
    assert_int_equal(count, sizeof bad / sizeof *bad);
}

// Over many seals no bit of them goes with the number of right answers.
static void a_seal_does_not_show_what_is_in_it(void **state) {
    (void)state;
    enum { SEALS = 4000 };
    int ones[2][64] = {{0}};
    struct dice dice = {41};
    for (int i = 0; i < SEALS; i++)
        for (int right = 0; right < 2; right++) {
            roll(&dice);
            const struct abx_record record =
                abx_record(8, right ? 8 : 0, PLAN, (uint32_t)(dice.state >> 16));
            for (int bit = 0; bit < 64; bit++)
                ones[right][bit] += (int)((uint64_t)record.sealed >> bit & 1);
        }
    for (int bit = 0; bit < 64; bit++)
        assert_true(abs(ones[0][bit] - ones[1][bit]) < 5 * sqrt(SEALS / 2.0));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_p_value_is_exact),
        cmocka_unit_test(known_p_values_come_out),
        cmocka_unit_test(draws_are_fair_and_independent),
        cmocka_unit_test(seeds_and_trials_are_not_exchangeable),
        cmocka_unit_test(every_trial_is_fair_over_the_seeds),
        cmocka_unit_test(a_seed_repeats_and_chance_does_not),
        cmocka_unit_test(the_next_x_does_not_know_the_answer),
        cmocka_unit_test(each_event_draws),
        cmocka_unit_test(counts_are_of_what_was_right),
        cmocka_unit_test(nothing_shows_before_the_plan_is_done),
        cmocka_unit_test(answers_beyond_the_plan_do_not_count),
        cmocka_unit_test(the_plan_holds_from_the_first_answer),
        cmocka_unit_test(buttons_act_when_pressed),
        cmocka_unit_test(a_button_that_is_down_from_the_start_was_not_pressed),
        cmocka_unit_test(counts_survive_a_record),
        cmocka_unit_test(a_restored_test_keeps_its_plan),
        cmocka_unit_test(a_restored_test_draws_anew),
        cmocka_unit_test(a_false_record_begins_a_new_test),
        cmocka_unit_test(a_seal_does_not_show_what_is_in_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
