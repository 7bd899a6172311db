// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// From figures to whether anyone hears them. Each threshold has its source.
#ifndef LOADLINE_AUDIBILITY_H
#define LOADLINE_AUDIBILITY_H

enum audible_figure { AUDIBLE_NOISE, AUDIBLE_DEVIATION, AUDIBLE_CROSSTALK, AUDIBLE_FIGURES };

enum audibility { AUDIBILITY_UNKNOWN, INAUDIBLE, MARGINAL, AUDIBLE, OBVIOUS, AUDIBILITIES };

struct audible_range {
    const char *name;         // "hiss and hum"
    const char *unit;         // "dBA"
    double from[OBVIOUS + 1]; // from[MARGINAL]: lowest figure that is marginal, and so on
    const char *word[OBVIOUS + 1];
    const char *source;
};

extern const struct audible_range audible_ranges[AUDIBLE_FIGURES];

// Of NaN: unknown.
enum audibility audibility_of(enum audible_figure figure, double value);
const char *audibility_word(enum audible_figure figure, enum audibility audibility);

#endif
