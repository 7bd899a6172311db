// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The course of a blind test: X is A or B, the listener answers which, and gets the next X.
//
// X is a function of the seed, of how often the test began, and of the number of answers, so what
// was said before tells nothing about it. How many answers were right shows only when the planned
// number is reached; the plan is fixed from the first answer until a reset, and answers beyond it
// do not count. So nobody can stop, or go on, because it looks good.
//
// All of it is real-time safe.
#ifndef LOADLINE_ABX_H
#define LOADLINE_ABX_H

#include <stdbool.h>
#include <stdint.h>

enum { ABX_TRIALS_MIN = 5, ABX_TRIALS_MAX = 100 };

struct abx_controls {
    bool answer_a, answer_b, reset; // act when they go from false to true; both answers are none
    int planned_trials;             // ABX_TRIALS_MIN to ABX_TRIALS_MAX
    uint32_t seed;                  // 0: the entropy of abx_init()
};

// What survives the end of the program. The counts of right answers are sealed: not encrypted, for
// the key is in the program, but not to be read by looking either, and no two seals look alike.
struct abx_record {
    int32_t trials, planned_trials;
    int64_t sealed;
};

struct abx {
    uint64_t entropy;
    uint32_t seed, round; // round: how often the test began
    int trials, correct, planned_trials;
    double p_value; // once the planned trials are done
    bool x_is_b;
    uint32_t draws; // counts every new X, be it the same
    struct abx_controls last;
    bool listens; // `last` is from the last update
};

struct abx_result {
    int trials;
    int correct;    // 0 until the planned trials are done, as the next
    double p_value; // chance to be as often right, or more often, by guessing
};

void abx_init(struct abx *abx, uint64_t entropy);
// At activation: what is true already at the next update did not just become so.
void abx_pause(struct abx *abx);
void abx_update(struct abx *abx, const struct abx_controls *controls);
struct abx_result abx_result(const struct abx *abx);

// `nonce` should be another one each time.
struct abx_record abx_record(int trials, int correct, int planned_trials, uint32_t nonce);
// A record that does not hold together begins a new test and returns false; NULL does as well.
// Either way X is drawn anew, and abx_pause() implied.
bool abx_restore(struct abx *abx, const struct abx_record *record);

// P(K >= correct) of K successes in `trials` (at most ABX_TRIALS_MAX) throws of a coin, correctly
// rounded.
double abx_p_value(int correct, int trials);

#endif
