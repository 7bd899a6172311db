// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// What a fuzzer calls with whatever it thinks up: libFuzzer in the long run of the tests, replay.c
// with the corpus in the normal one. Each fuzz_*.c defines it once; anything wrong aborts.
#ifndef LOADLINE_FUZZ_H
#define LOADLINE_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// In a release, too. Past what stderr may have been made into.
#define demand(truth) demand_of(truth, __FILE__, __LINE__, #truth)

static inline void demand_of(bool truth, const char *file, int line, const char *words) {
    if (truth)
        return;
    dprintf(STDERR_FILENO, "%s:%d: does not hold: %s\n", file, line, words);
    abort();
}

// In a text for people: no line may end within it.
static inline bool is_control(char c) {
    return (unsigned char)c < ' ' || c == 0x7f;
}

#endif
