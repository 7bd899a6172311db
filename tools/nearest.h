// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// "Did you mean ...?"
#ifndef LOADLINE_NEAREST_H
#define LOADLINE_NEAREST_H

#include <stddef.h>

struct nearest {
    const char *word;
    const char *best; // so far, or NULL
    size_t distance;
};

struct nearest nearest_to(const char *word);
// Letter case does not matter. The candidate has to stay.
void nearest_offer(struct nearest *nearest, const char *candidate);
// NULL if nothing offered resembles the word.
const char *nearest_found(const struct nearest *nearest);

#endif
