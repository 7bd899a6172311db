// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// For programs that cannot go on: a message that begins with the program's name, then abort().
#ifndef LOADLINE_TESTS_DIE_H
#define LOADLINE_TESTS_DIE_H

#include <stddef.h>

__attribute__((noreturn, format(printf, 1, 2))) void die(const char *format, ...);

// Zeroed memory, or death. To be freed.
void *allocate(size_t count, size_t size);

#endif
