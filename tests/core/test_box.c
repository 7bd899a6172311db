// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Two current limits that see each other, against trying out every case.
#include "box.h"
#include "random_circuit.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define PROBLEMS 200000

enum side { BELOW = -1, WITHIN = 0, ABOVE = 1 };

// The EMF changes if it were known on which side of their limits both currents end up.
static struct stereo solve_case(const struct box *box, struct stereo j, enum side l, enum side r) {
    const double diagonal = 1 / box->slope_ohm + box->self_s;
    const double over_l = j.l - (int)l * box->limit_a, over_r = j.r - (int)r * box->limit_a;
    if (l == WITHIN && r == WITHIN)
        return (struct stereo){0, 0};
    if (r == WITHIN)
        return (struct stereo){-over_l / diagonal, 0};
    if (l == WITHIN)
        return (struct stereo){0, -over_r / diagonal};
    const double determinant = diagonal * diagonal - box->cross_s * box->cross_s;
    return (struct stereo){(box->cross_s * over_r - diagonal * over_l) / determinant,
                           (box->cross_s * over_l - diagonal * over_r) / determinant};
}

// How far a current is from the side on which it was said to be.
static double contradiction(const struct box *box, double current_a, enum side side) {
    if (side == WITHIN)
        return fmax(fabs(current_a) - box->limit_a, 0);
    return fmax(box->limit_a - (int)side * current_a, 0);
}

static struct stereo solve_by_trial(const struct box *box, struct stereo j) {
    struct stereo best = {NAN, NAN};
    double least = INFINITY;
    for (int l = BELOW; l <= ABOVE; l++)
        for (int r = BELOW; r <= ABOVE; r++) {
            const struct stereo delta = solve_case(box, j, l, r);
            const double i_l = j.l + box->self_s * delta.l + box->cross_s * delta.r;
            const double i_r = j.r + box->cross_s * delta.l + box->self_s * delta.r;
            const double wrong = contradiction(box, i_l, l) + contradiction(box, i_r, r);
            if (wrong < least) {
                least = wrong;
                best = delta;
            }
        }
    assert_true(least < 1e-9 * (fabs(j.l) + fabs(j.r)));
    return best;
}

static void every_problem_is_solved_as_by_trial(void **state) {
    (void)state;
    struct dice dice = {21};
    for (int n = 0; n < PROBLEMS; n++) {
        const double limit_a = roll_log(&dice, 1e-3, 10), self_s = roll_log(&dice, 1e-5, 10);
        const double cross_s = self_s * roll_between(&dice, -1, 1);
        const struct box box = box_make(limit_a, roll(&dice) < 0.5 ? 10e3 : 20e3, self_s, cross_s);
        const struct stereo j = {limit_a * roll_sign(&dice) * roll_log(&dice, 0.1, 100),
                                 limit_a * roll_sign(&dice) * roll_log(&dice, 0.1, 100)};
        const struct stereo expected = solve_by_trial(&box, j), found = box_solve(&box, j);
        const double tolerance = 1e-8 * (fabs(expected.l) + fabs(expected.r));
        assert_near(found.l, expected.l, tolerance);
        assert_near(found.r, expected.r, tolerance);
    }
}

static void within_both_limits_nothing_happens(void **state) {
    (void)state;
    const struct box box = box_make(1, 10e3, 0.03, -0.01);
    const struct stereo delta = box_solve(&box, (struct stereo){0.999, -1});
    assert_true(delta.l == 0 && delta.r == 0);
}

// i = j + self delta, delta = -slope (i - limit)
static void one_channel_alone_is_held(void **state) {
    (void)state;
    const struct box box = box_make(0.1, 10e3, 1.0 / 32, 0);
    const struct stereo delta = box_solve(&box, (struct stereo){0.5, -0.05});
    const double i = 0.5 + delta.l / 32;
    assert_near(delta.l, -10e3 * (i - 0.1), 1e-9);
    assert_near(i, 0.1, 0.4 * 32 / 10e3);
    assert_true(delta.r == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_problem_is_solved_as_by_trial),
        cmocka_unit_test(within_both_limits_nothing_happens),
        cmocka_unit_test(one_channel_alone_is_held),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
