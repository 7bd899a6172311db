// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The null depth against signals of known difference.
#include "null.h"
#include "random_circuit.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define RATE_HZ  8000.0
#define EXACT_DB 1e-6

enum { SECOND = 8000, LENGTH = 4 * SECOND };

static float a[2][LENGTH], b[2][LENGTH];

static void add(struct null_meter *meter, int from, int frames) {
    null_add(meter, (const float *const[]){a[0] + from, a[1] + from},
             (const float *const[]){b[0] + from, b[1] + from}, frames);
}

static void fill(uint64_t seed, double gain) {
    struct dice dice = {seed};
    for (int n = 0; n < LENGTH; n++)
        for (int channel = 0; channel < 2; channel++) {
            a[channel][n] = (float)roll_between(&dice, -1, 1);
            b[channel][n] = (float)gain * a[channel][n];
        }
}

static double depth_of_all(void) {
    static struct null_meter meter;
    null_init(&meter, RATE_HZ);
    add(&meter, 0, LENGTH);
    return null_depth_db(&meter);
}

// 20 log |1 / (1 - gain)|, with a gain that floats hold exactly: a sum of powers of 2.
static void a_gain_nulls_as_deep_as_it_is_near_one(void **state) {
    (void)state;
    for (int bits = 1; bits <= 12; bits++) {
        fill(1, 1 - ldexp(1, -bits));
        for (int n = 0; n < LENGTH; n++) // so that the product is exact as well
            for (int channel = 0; channel < 2; channel++) {
                a[channel][n] = ldexpf(rintf(ldexpf(a[channel][n], 11)), -11);
                b[channel][n] = a[channel][n] - ldexpf(a[channel][n], -bits);
            }
        assert_near(depth_of_all(), -to_db(ldexp(1, -bits)), EXACT_DB);
    }
}

static void the_ends_read_their_bounds(void **state) {
    (void)state;
    fill(2, 1);
    assert_true(depth_of_all() == NULL_DEEPEST_DB);
    fill(2, -1); // the difference is stronger than A
    assert_true(depth_of_all() == 0);
    fill(2, 0);
    assert_true(depth_of_all() == 0);
    for (int n = 0; n < LENGTH; n++)
        a[0][n] = a[1][n] = 0; // both are silent
    assert_true(depth_of_all() == 0);
    b[0][LENGTH / 2] = 1; // A is
    assert_true(depth_of_all() == 0);
    struct null_meter meter;
    null_init(&meter, RATE_HZ);
    assert_true(null_depth_db(&meter) == 0);
}

static void one_sample_counts_for_three_seconds(void **state) {
    (void)state;
    struct null_meter meter;
    fill(3, 1);
    b[1][100] += 0.5F;
    null_init(&meter, RATE_HZ);
    add(&meter, 0, SECOND);
    assert_true(null_depth_db(&meter) < 60);
    add(&meter, SECOND, 2 * SECOND);
    assert_true(null_depth_db(&meter) < 60);
    add(&meter, 3 * SECOND, SECOND / 10);
    assert_true(null_depth_db(&meter) == NULL_DEEPEST_DB);
}

static void it_does_not_matter_how_it_is_cut(void **state) {
    (void)state;
    struct null_meter meter;
    struct dice dice = {4};
    fill(4, 0.9);
    const double expected = depth_of_all();
    null_init(&meter, RATE_HZ);
    for (int done = 0; done < LENGTH;) {
        int count = roll_index(&dice, 500);
        count = count < LENGTH - done ? count : LENGTH - done;
        add(&meter, done, count);
        done += count;
    }
    assert_true(null_depth_db(&meter) == expected);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gain_nulls_as_deep_as_it_is_near_one),
        cmocka_unit_test(the_ends_read_their_bounds),
        cmocka_unit_test(one_sample_counts_for_three_seconds),
        cmocka_unit_test(it_does_not_matter_how_it_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
