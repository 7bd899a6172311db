// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "lettering.h"

#include <string.h>

#define FONT     "sans-serif"
#define ELLIPSIS "…"

// Half the height of capitals and digits, as a part of the font's size.
#define MIDDLE 0.36

// Metrics that do not depend on pixels: the picture looks the same in every format and size.
static void use_plain_metrics(cairo_t *cr) {
    cairo_font_options_t *options = cairo_font_options_create();
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    cairo_set_font_options(cr, options);
    cairo_font_options_destroy(options);
}

void lettering_font(cairo_t *cr, double size, bool bold) {
    use_plain_metrics(cr);
    cairo_select_font_face(cr, FONT, CAIRO_FONT_SLANT_NORMAL,
                           bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(cr, size);
}

double lettering_width(cairo_t *cr, const char *text) {
    cairo_text_extents_t extents;
    cairo_text_extents(cr, text, &extents);
    return extents.x_advance;
}

void lettering_draw(cairo_t *cr, const char *text, double x, double y, double anchor) {
    cairo_matrix_t size;
    cairo_get_font_matrix(cr, &size);
    cairo_move_to(cr, x - anchor * lettering_width(cr, text), y + MIDDLE * size.yy);
    cairo_show_text(cr, text);
    cairo_new_path(cr);
}

static bool is_inside_letter(char c) {
    return ((unsigned char)c & 0xc0) == 0x80;
}

// Cuts the last letter, of one or more bytes.
static void drop_letter(char *text) {
    size_t length = strlen(text);
    while (length > 0 && is_inside_letter(text[--length])) {
    }
    text[length] = '\0';
}

// The first `length` bytes, or as many letters of them as there is room for beside an ellipsis.
static struct lettering take(const char *text, size_t length) {
    struct lettering taken = {0};
    const size_t room = LETTERING_MAX - sizeof ELLIPSIS;
    const size_t count = length < room ? length : room;
    for (size_t i = 0; i < count; i++)
        taken.text[i] = (unsigned char)text[i] < ' ' || text[i] == 0x7f ? ' ' : text[i];
    if (count < length && is_inside_letter(text[count]))
        drop_letter(taken.text);
    return taken;
}

static struct lettering with_ellipsis(const struct lettering *lettering) {
    struct lettering longer = *lettering;
    memcpy(longer.text + strlen(longer.text), ELLIPSIS, sizeof ELLIPSIS);
    return longer;
}

static struct lettering cut_to_fit(cairo_t *cr, struct lettering lettering, double width) {
    struct lettering cut = with_ellipsis(&lettering);
    while (lettering.text[0] != '\0' && lettering_width(cr, cut.text) > width) {
        drop_letter(lettering.text);
        cut = with_ellipsis(&lettering);
    }
    return cut;
}

struct lettering lettering_fit(cairo_t *cr, const char *text, double width) {
    const size_t length = strlen(text);
    const struct lettering whole = take(text, length);
    const bool is_whole = strlen(whole.text) == length;
    return is_whole && lettering_width(cr, whole.text) <= width ? whole
                                                                : cut_to_fit(cr, whole, width);
}

// How many bytes of the text make a line; at least one word.
static size_t line_length(cairo_t *cr, const char *text, double width) {
    size_t length = strcspn(text, " ");
    while (text[length] != '\0') {
        const size_t longer = length + 1 + strcspn(text + length + 1, " ");
        const struct lettering line = take(text, longer);
        if (strlen(line.text) < longer || lettering_width(cr, line.text) > width)
            break;
        length = longer;
    }
    return length;
}

size_t lettering_wrap(cairo_t *cr, const char *text, double width, struct lettering *lines,
                      size_t max) {
    size_t count = 0;
    while (*text != '\0' && count < max) {
        const size_t length = count + 1 < max ? line_length(cr, text, width) : strlen(text);
        const struct lettering line = take(text, length);
        lines[count++] = lettering_fit(cr, line.text, width);
        text += length;
        text += *text == ' ';
    }
    return count;
}
