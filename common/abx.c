// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "abx.h"

#include "splitmix.h"

#include <math.h>
#include <string.h>

static uint64_t mixed(uint64_t word) {
    struct splitmix random = {word};
    return splitmix_word(&random);
}

// A random function of words, another one for each key.
static uint64_t hash(uint64_t key, uint64_t word) {
    return mixed(mixed(key) + word);
}

static void draw(struct abx *abx) {
    const uint64_t key = abx->seed ? abx->seed : abx->entropy;
    const uint64_t word = (uint64_t)abx->round << 32 | (uint32_t)abx->trials;
    abx->x_is_b = hash(key, word) >> 63;
    ++abx->draws;
}

static bool is_done(const struct abx *abx) {
    return abx->trials > 0 && abx->trials >= abx->planned_trials;
}

static void conclude(struct abx *abx) {
    if (is_done(abx)) {
        abx->p_value = abx_p_value(abx->correct, abx->trials);
    }
}

static void begin(struct abx *abx) {
    abx->trials = abx->correct = 0;
    ++abx->round;
}

void abx_init(struct abx *abx, uint64_t entropy) {
    memset(abx, 0, sizeof *abx);
    abx->entropy = entropy;
    abx->planned_trials = ABX_TRIALS_MIN;
    draw(abx);
}

void abx_pause(struct abx *abx) {
    abx->listens = false;
}

static void answer(struct abx *abx, bool is_b) {
    if (abx->trials < abx->planned_trials) {
        ++abx->trials;
        abx->correct += is_b == abx->x_is_b;
        draw(abx);
        conclude(abx);
    }
}

static void act(struct abx *abx, const struct abx_controls *controls) {
    const bool is_a = controls->answer_a && !abx->last.answer_a;
    const bool is_b = controls->answer_b && !abx->last.answer_b;
    if (controls->reset && !abx->last.reset) {
        begin(abx);
        draw(abx);
    } else if (is_a != is_b) {
        answer(abx, is_b);
    }
}

void abx_update(struct abx *abx, const struct abx_controls *controls) {
    if (abx->trials == 0) {
        abx->planned_trials = controls->planned_trials;
    }
    if (controls->seed != abx->seed) {
        abx->seed = controls->seed;
        draw(abx);
    }
    if (abx->listens) {
        act(abx, controls);
    }
    abx->last = *controls;
    abx->listens = true;
}

struct abx_result abx_result(const struct abx *abx) {
    struct abx_result result = {.trials = abx->trials};
    if (is_done(abx)) {
        result.correct = abx->correct;
        result.p_value = abx->p_value;
    }
    return result;
}

// --- Records ---

// A seal is the nonce and, under a mask that the nonce makes, 8 bits of count and 24 bits that
// check it against the rest.
#define COUNT_BITS 8

static uint32_t check_bits(int trials, int correct, int planned_trials, uint32_t nonce) {
    const uint64_t counts = (uint64_t)(uint8_t)trials << 16 | (uint64_t)(uint8_t)correct << 8 |
                            (uint64_t)(uint8_t)planned_trials;
    return (uint32_t)(hash(counts, nonce) << COUNT_BITS);
}

static uint32_t mask(uint32_t nonce) {
    return (uint32_t)(hash(nonce, 0) >> 32);
}

struct abx_record abx_record(int trials, int correct, int planned_trials, uint32_t nonce) {
    const uint32_t open =
        check_bits(trials, correct, planned_trials, nonce) | (uint32_t)(uint8_t)correct;
    const uint64_t sealed = (uint64_t)nonce << 32 | (open ^ mask(nonce));
    return (struct abx_record){trials, planned_trials, (int64_t)sealed};
}

// Negative if the record does not hold together.
static int correct_of(const struct abx_record *record) {
    const uint32_t nonce = (uint32_t)((uint64_t)record->sealed >> 32);
    const uint32_t open = (uint32_t)record->sealed ^ mask(nonce);
    const int correct = (int)(open & ((1u << COUNT_BITS) - 1));
    const bool sane = record->planned_trials >= ABX_TRIALS_MIN &&
                      record->planned_trials <= ABX_TRIALS_MAX && record->trials >= 0 &&
                      record->trials <= record->planned_trials && correct <= record->trials;
    const struct abx_record again =
        abx_record(record->trials, correct, record->planned_trials, nonce);
    return sane && again.sealed == record->sealed ? correct : -1;
}

bool abx_restore(struct abx *abx, const struct abx_record *record) {
    const int correct = record ? correct_of(record) : -1;
    begin(abx);
    if (correct >= 0) {
        abx->trials = record->trials;
        abx->planned_trials = record->planned_trials;
        abx->correct = correct;
    }
    draw(abx);
    conclude(abx);
    abx_pause(abx);
    return correct >= 0;
}

// --- The p value ---

__extension__ typedef unsigned __int128 wide;

// sum_{k = correct}^{trials} C(trials, k) / 2^trials: the sum is at most 2^100, so exact in
// integers.
double abx_p_value(int correct, int trials) {
    wide coefficient = 1, sum = 0; // C(trials, wrong)
    for (int wrong = 0; wrong <= trials - correct; ++wrong) {
        sum += coefficient;
        coefficient = coefficient * (unsigned)(trials - wrong) / (unsigned)(wrong + 1);
    }
    return ldexp((double)sum, -trials);
}
