// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Colours and dashes of a chart, for paper and for dark screens.
#ifndef LOADLINE_THEME_H
#define LOADLINE_THEME_H

#include <cairo.h>

enum { THEME_CURVES = 8 };

// 0xRRGGBB.
struct theme {
    const char *name;
    unsigned background, text, quiet_text, frame, line, faint_line;
    unsigned curve[THEME_CURVES];
};

// Ends the process over a name that is none.
const struct theme *theme_parse(const char *name);

void theme_set(cairo_t *cr, unsigned color);

// Color and dash of a curve, whose lines are `width` wide; each can be told by either alone.
void theme_set_curve(cairo_t *cr, const struct theme *theme, unsigned curve, double width);

#endif
