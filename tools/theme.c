// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "theme.h"

#include "report.h"

#include <stddef.h>
#include <string.h>

// The curves' hues are those of Okabe and Ito, "Color Universal Design" (2008), which colour-blind
// people can tell apart; darker on white where their yellow and sky blue would be faint, lighter on
// black where their blue and black would be.
static const struct theme themes[] = {
    {
        .name = "light",
        .background = 0xffffff,
        .text = 0x1b1f24,
        .quiet_text = 0x59616b,
        .frame = 0x8a929c,
        .line = 0xd3d8de,
        .faint_line = 0xeceff2,
        .curve = {0x0072b2, 0xd55e00, 0x008060, 0xb0468a, 0x1b1f24, 0xb8860b, 0x3a9ad9, 0x7a5230},
    },
    {
        .name = "dark",
        .background = 0x15181d,
        .text = 0xe8eaed,
        .quiet_text = 0xa3abb5,
        .frame = 0x6b747f,
        .line = 0x3a414a,
        .faint_line = 0x242930,
        .curve = {0x56b4e9, 0xff9a3c, 0x2fd3a4, 0xe58bc1, 0xf3f4f6, 0xf0e442, 0x7f9cff, 0xc9a27a},
    },
};

const struct theme *theme_parse(const char *name) {
    for (size_t i = 0; i < sizeof themes / sizeof *themes; i++)
        if (strcmp(themes[i].name, name) == 0)
            return &themes[i];
    report_usage_error("--theme: there is no '%s'; use light or dark", name);
}

void theme_set(cairo_t *cr, unsigned color) {
    cairo_set_source_rgb(cr, (color >> 16 & 0xff) / 255.0, (color >> 8 & 0xff) / 255.0,
                         (color & 0xff) / 255.0);
}

// Strokes and gaps, in widths of the line. The first is solid, so that whatever coincides with it
// shows on top of it.
static const struct dash {
    int count;
    double lengths[6];
} dashes[THEME_CURVES] = {
    {0, {0}},         {2, {5.0, 2.5}},
    {2, {1.2, 1.8}},  {4, {6.0, 2.0, 1.2, 2.0}},
    {2, {10.0, 3.0}}, {6, {6.0, 2.0, 1.2, 2.0, 1.2, 2.0}},
    {2, {2.5, 2.5}},  {4, {10.0, 2.0, 3.0, 2.0}},
};

void theme_set_curve(cairo_t *cr, const struct theme *theme, unsigned curve, double width) {
    const struct dash *dash = &dashes[curve % THEME_CURVES];
    double lengths[6];
    for (int i = 0; i < dash->count; i++)
        lengths[i] = dash->lengths[i] * width;
    theme_set(cr, theme->curve[curve % THEME_CURVES]);
    cairo_set_line_width(cr, width);
    cairo_set_dash(cr, lengths, dash->count, 0.0);
}
