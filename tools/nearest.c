// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#define _GNU_SOURCE // strcasestr
#include "nearest.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { LONGEST_WORD = 127, SHORTEST_PART = 3 };

static size_t smallest(size_t a, size_t b, size_t c) {
    const size_t least = a < b ? a : b;
    return least < c ? least : c;
}

// Levenshtein's: how many letters to insert, remove or replace.
static size_t edit_distance(const char *from, const char *to) {
    const size_t width = strlen(to);
    size_t row[LONGEST_WORD + 1];
    if (width > LONGEST_WORD)
        return SIZE_MAX;
    for (size_t i = 0; i <= width; i++)
        row[i] = i;
    for (size_t done = 1; *from != '\0'; from++, done++) {
        size_t diagonal = row[0];
        row[0] = done;
        for (size_t i = 1; i <= width; i++) {
            const size_t differs =
                tolower((unsigned char)*from) != tolower((unsigned char)to[i - 1]);
            const size_t replaced = diagonal + differs;
            diagonal = row[i];
            row[i] = smallest(row[i] + 1, row[i - 1] + 1, replaced);
        }
    }
    return row[width];
}

struct nearest nearest_to(const char *word) {
    return (struct nearest){.word = word, .distance = SIZE_MAX};
}

// A part of a name ("sr60x" of "Grado SR60x") is as good as a slip of one letter.
static size_t distance(const char *word, const char *candidate) {
    const size_t edits = edit_distance(word, candidate);
    const bool part = strlen(word) >= SHORTEST_PART && strcasestr(candidate, word);
    return part && edits > 1 ? 1 : edits;
}

void nearest_offer(struct nearest *nearest, const char *candidate) {
    const size_t candidate_distance = distance(nearest->word, candidate);
    if (candidate_distance < nearest->distance) {
        nearest->distance = candidate_distance;
        nearest->best = candidate;
    }
}

const char *nearest_found(const struct nearest *nearest) {
    const size_t tolerated = 1 + strlen(nearest->word) / 3;
    return nearest->distance <= tolerated ? nearest->best : NULL;
}
