// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The tape plays what was written, however it is cut.
#include "random_circuit.h"
#include "tape.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { LENGTH = 20000, CHUNK = 300 };

static void it_plays_what_was_written(void **state) {
    (void)state;
    static struct tape tape;
    static float in[2][LENGTH];
    struct dice dice = {91};
    for (int n = 0; n < LENGTH; n++) {
        in[0][n] = (float)(n + 1);
        in[1][n] = (float)(-2 * n);
    }
    tape_clear(&tape);
    for (int end = 0; end < LENGTH;) {
        int count = 1 + roll_index(&dice, CHUNK);
        count = count < LENGTH - end ? count : LENGTH - end;
        tape_write(&tape, in[0] + end, in[1] + end, count);
        end += count;
        const int frames = 1 + roll_index(&dice, CHUNK);
        const int delay = roll_index(&dice, (int)TAPE_FRAMES - frames + 1);
        float left[CHUNK], right[CHUNK], mono[CHUNK];
        tape_read(&tape, delay, left, right, frames);
        tape_read_mono(&tape, delay, mono, frames);
        for (int n = 0; n < frames; n++) {
            const int at = end - delay - frames + n;
            assert_true(left[n] == (at < 0 ? 0 : in[0][at]));
            assert_true(right[n] == (at < 0 ? 0 : in[1][at]));
            assert_true(mono[n] == left[n] + 0.5F * right[n]);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_plays_what_was_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
