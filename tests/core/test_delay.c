// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The delay line, however it is cut.
#include "delay.h"
#include "random_circuit.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define LENGTH 20000

static void it_delays_for_any_chunks(void **state) {
    (void)state;
    static struct delay delay;
    static float in[LENGTH], out[LENGTH];
    struct dice dice = {81};
    for (int n = 0; n < LENGTH; n++)
        in[n] = (float)(n + 1);
    for (int round = 0; round < 50; round++) {
        const int frames = roll_index(&dice, DELAY_MAX / 2);
        delay_fill(&delay, -7);
        for (int n = 0; n < LENGTH;) {
            int count = 1 + roll_index(&dice, DELAY_MAX / 2);
            count = count < LENGTH - n ? count : LENGTH - n;
            delay_write(&delay, in + n, count);
            delay_read(&delay, frames, out + n, count);
            n += count;
        }
        for (int n = 0; n < LENGTH; n++)
            assert_true(out[n] == (n < frames ? -7 : in[n - frames]));
    }
}

static void it_holds_all_that_it_promises(void **state) {
    (void)state;
    static struct delay delay;
    float in[64], out[64];
    delay_fill(&delay, 0);
    for (int chunk = 0; chunk < 100; chunk++) {
        for (int n = 0; n < 64; n++)
            in[n] = (float)(64 * chunk + n);
        delay_write(&delay, in, 64);
    }
    delay_read(&delay, DELAY_MAX - 64, out, 64);
    for (int n = 0; n < 64; n++)
        assert_true(out[n] == (float)(64 * 99 + n - (DELAY_MAX - 64)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_delays_for_any_chunks),
        cmocka_unit_test(it_holds_all_that_it_promises),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
