// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// A chart: curves over two axes, with a title, a legend and a footnote.
#ifndef LOADLINE_CHART_H
#define LOADLINE_CHART_H

#include "axis.h"
#include "sweep.h"
#include "theme.h"

// As many as can be told apart.
enum { CHART_CURVES_MAX = THEME_CURVES };

enum {
    CHART_NOTE_MAX = 4 * AXIS_LABEL_MAX,
    CHART_REMARK_MAX = CHART_NOTE_MAX + AXIS_LABEL_MAX + 16
};

// In pixels of 1/96 inch. A chart of any size is this one, enlarged or reduced, on a page of other
// proportions.
enum { CHART_WIDTH = 960, CHART_HEIGHT = 600 };

struct chart_curve {
    const char *label;         // NULL: the legend leaves it out
    char note[CHART_NOTE_MAX]; // what the legend adds to it
    const struct sweep *sweep;
    size_t x, y;                 // columns of the sweep
    double (*convert)(double y); // to what the axis shows; NULL: as it is
};

double chart_curve_x(const struct chart_curve *curve, size_t row);
double chart_curve_y(const struct chart_curve *curve, size_t row);

struct chart {
    const char *title, *footnote;
    struct axis x, y;
    // What the axis on the right says where the left one has a label, or nothing; NULL: no such
    // axis.
    void (*right_label)(double value, char label[AXIS_LABEL_MAX]);
    const char *right_title;
    struct chart_curve curves[CHART_CURVES_MAX];
    size_t curve_count;
};

// Has both axes fit the curves.
void chart_fit(struct chart *chart, const struct axis_rule *x, const struct axis_rule *y);

// What the legend says after a curve's label: its note, and if it is out of sight, where it is.
void chart_remark(const struct chart *chart, const struct chart_curve *curve,
                  char remark[CHART_REMARK_MAX]);

void chart_draw(const struct chart *chart, const struct theme *theme, cairo_t *cr, double width,
                double height);

#endif
