// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Text in a picture: measured, cut to fit, and broken into lines.
#ifndef LOADLINE_LETTERING_H
#define LOADLINE_LETTERING_H

#include <cairo.h>
#include <stdbool.h>
#include <stddef.h>

// Longest piece of text that is drawn, in bytes with the end.
enum { LETTERING_MAX = 512 };

struct lettering {
    char text[LETTERING_MAX];
};

void lettering_font(cairo_t *cr, double size, bool bold);
double lettering_width(cairo_t *cr, const char *text);

// `anchor` says which part of the text is at x: 0 its beginning, 0.5 its middle, 1 its end. The
// middle of its capitals is at y.
void lettering_draw(cairo_t *cr, const char *text, double x, double y, double anchor);

// The text, or its beginning and an ellipsis; tabs and line breaks become blanks.
struct lettering lettering_fit(cairo_t *cr, const char *text, double width);

// Breaks at blanks into at most `max` lines, the last of which is cut. Returns how many there are.
size_t lettering_wrap(cairo_t *cr, const char *text, double width, struct lettering *lines,
                      size_t max);

#endif
