// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#define _POSIX_C_SOURCE 200809L // open_memstream
#include "outcome.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

static jmp_buf way_out;
static bool is_caught;
static int exit_code;

_Noreturn void __real_exit(int code);
_Noreturn void __wrap_exit(int code);

_Noreturn void __wrap_exit(int code) {
    if (!is_caught)
        __real_exit(code);
    exit_code = code;
    longjmp(way_out, 1);
}

struct outcome outcome_of(void (*piece)(void *subject), void *subject) {
    static struct outcome outcome;
    static FILE *usual;
    outcome = (struct outcome){.code = OUTCOME_GOES_ON};
    usual = stderr;
    stderr = open_memstream(&outcome.said, &outcome.size);
    demand(stderr != NULL);
    is_caught = true;
    if (setjmp(way_out) == 0)
        piece(subject);
    else
        outcome.code = exit_code;
    is_caught = false;
    demand(fclose(stderr) == 0);
    stderr = usual;
    return outcome;
}

void outcome_free(struct outcome *outcome) {
    free(outcome->said);
    outcome->said = NULL;
}

bool outcome_is_lines(const struct outcome *outcome, unsigned lines) {
    char before = '\n';
    unsigned count = 0;
    for (size_t i = 0; i < outcome->size; i++) {
        const char c = outcome->said[i];
        if (c == '\n' ? before == '\n' : is_control(c))
            return false;
        count += c == '\n';
        before = c;
    }
    return before == '\n' && count == lines;
}

unsigned outcome_own_lines(const struct outcome *outcome) {
    static const char own[] = "loadline: ";
    unsigned count = 0;
    for (const char *line = outcome->said; *line != '\0'; line += strcspn(line, "\n") + 1) {
        count += strncmp(line, own, sizeof own - 1) == 0;
        demand(strchr(line, '\n') != NULL);
    }
    return count;
}
