// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// What a piece of the command comes to: whether it ends the process, and what it says on standard
// error. The linker has to be told that exit() is ours (--wrap=exit).
#ifndef LOADLINE_FUZZ_OUTCOME_H
#define LOADLINE_FUZZ_OUTCOME_H

#include "fuzz.h"

enum { OUTCOME_GOES_ON = -1 };

struct outcome {
    int code; // of exit(), or OUTCOME_GOES_ON
    char *said;
    size_t size;
};

// To be freed. What the piece holds when it ends the process is its caller's to free.
struct outcome outcome_of(void (*piece)(void *subject), void *subject);
void outcome_free(struct outcome *outcome);

// All that is said is so many lines, none of them empty and none with a control character.
bool outcome_is_lines(const struct outcome *outcome, unsigned lines);
// Lines that the command itself says, among those of libraries.
unsigned outcome_own_lines(const struct outcome *outcome);

#endif
