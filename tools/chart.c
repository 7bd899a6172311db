// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "chart.h"

#include "lettering.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

// In pixels of a chart of the usual size.
#define MARGIN        22.0
#define TITLE_SIZE    19.0
#define TITLE_HEIGHT  34.0
#define LABEL_SIZE    13.0
#define NOTE_SIZE     11.0
#define NOTE_HEIGHT   15.0
#define LEGEND_HEIGHT 21.0
#define LEGEND_GAP    26.0 // between entries
#define SAMPLE_LENGTH 38.0 // of a curve in the legend
#define SAMPLE_GAP    8.0
#define TICK_GAP      8.0  // between a label and the frame
#define AXIS_HEIGHT   48.0 // labels and title under the frame
#define CURVE_WIDTH   2.2

// A small picture has larger lettering for its size.
#define SCALE_MIN 0.55

enum { NOTE_LINES_MAX = 3 };

struct sheet {
    const struct chart *chart;
    const struct theme *theme;
    cairo_t *cr;
    double width, height;            // of the page
    double left, right, top, bottom; // of the frame
    struct axis_tick x_ticks[AXIS_TICKS_MAX], y_ticks[AXIS_TICKS_MAX];
    size_t x_count, y_count;
};

double chart_curve_x(const struct chart_curve *curve, size_t row) {
    return sweep_value(curve->sweep, row, curve->x);
}

double chart_curve_y(const struct chart_curve *curve, size_t row) {
    const double y = sweep_value(curve->sweep, row, curve->y);
    return curve->convert ? curve->convert(y) : y;
}

// --- Fitting ---

struct extent {
    double least, greatest;
};

// What is beyond an axis for good has no say in where it ends.
static void extend(struct extent *extent, const struct axis_rule *rule, double value) {
    if (!(value >= rule->lowest && value <= rule->highest))
        return;
    extent->least = fmin(extent->least, value);
    extent->greatest = fmax(extent->greatest, value);
}

void chart_fit(struct chart *chart, const struct axis_rule *x, const struct axis_rule *y) {
    struct extent x_extent = {INFINITY, -INFINITY}, y_extent = {INFINITY, -INFINITY};
    for (size_t i = 0; i < chart->curve_count; i++) {
        const struct chart_curve *curve = &chart->curves[i];
        for (size_t row = 0; row < curve->sweep->row_count; row++) {
            extend(&x_extent, x, chart_curve_x(curve, row));
            extend(&y_extent, y, chart_curve_y(curve, row));
        }
    }
    chart->x = axis_fit(x, x_extent.least, x_extent.greatest);
    chart->y = axis_fit(y, y_extent.least, y_extent.greatest);
}

// --- Coordinates ---

static double x_of(const struct sheet *sheet, double value) {
    const double position = axis_position(&sheet->chart->x, value);
    return sheet->left + position * (sheet->right - sheet->left);
}

static double y_of(const struct sheet *sheet, double value) {
    const double position = axis_position(&sheet->chart->y, value);
    return sheet->bottom - position * (sheet->bottom - sheet->top);
}

static void line(cairo_t *cr, double x1, double y1, double x2, double y2) {
    cairo_move_to(cr, x1, y1);
    cairo_line_to(cr, x2, y2);
    cairo_stroke(cr);
}

// --- Title and footnote ---

static void draw_title(struct sheet *sheet) {
    theme_set(sheet->cr, sheet->theme->text);
    lettering_font(sheet->cr, TITLE_SIZE, true);
    const struct lettering title =
        lettering_fit(sheet->cr, sheet->chart->title, sheet->width - 2.0 * MARGIN);
    lettering_draw(sheet->cr, title.text, MARGIN, sheet->top + TITLE_SIZE / 2.0, 0.0);
    sheet->top += TITLE_HEIGHT;
}

static void draw_footnote(struct sheet *sheet) {
    struct lettering lines[NOTE_LINES_MAX];
    theme_set(sheet->cr, sheet->theme->quiet_text);
    lettering_font(sheet->cr, NOTE_SIZE, false);
    const size_t count = lettering_wrap(sheet->cr, sheet->chart->footnote,
                                        sheet->width - 2.0 * MARGIN, lines, NOTE_LINES_MAX);
    for (size_t i = count; i-- > 0; sheet->bottom -= NOTE_HEIGHT)
        lettering_draw(sheet->cr, lines[i].text, MARGIN, sheet->bottom - NOTE_SIZE / 2.0, 0.0);
}

// --- Legend ---

static bool is_visible(const struct chart *chart, const struct chart_curve *curve) {
    for (size_t i = 0; i < curve->sweep->row_count; i++) {
        const double y = axis_position(&chart->y, chart_curve_y(curve, i));
        if (y >= 0.0 && y <= 1.0)
            return true;
    }
    return false;
}

// The greatest value that is known; NaN if none is.
static double highest_of(const struct chart_curve *curve) {
    double highest = (double)NAN;
    for (size_t i = 0; i < curve->sweep->row_count; i++)
        highest = fmax(highest, chart_curve_y(curve, i));
    return highest;
}

// Where a curve is that cannot be seen: beyond all charts of the kind, or beyond this one. Empty if
// it can.
static void describe_hidden(const struct chart *chart, const struct chart_curve *curve,
                            char text[CHART_REMARK_MAX]) {
    const struct axis_rule *rule = chart->y.rule;
    const double highest = highest_of(curve);
    const bool above = highest > rule->highest;
    char end[AXIS_LABEL_MAX];
    axis_value(&chart->y,
               above                     ? rule->highest
               : highest >= rule->lowest ? chart->y.low
                                         : rule->lowest,
               end);
    text[0] = '\0';
    if (isnan(highest))
        snprintf(text, CHART_REMARK_MAX, "(not known)");
    else if (!is_visible(chart, curve))
        snprintf(text, CHART_REMARK_MAX, "(%s %s)", above ? "above" : "below", end);
}

void chart_remark(const struct chart *chart, const struct chart_curve *curve,
                  char remark[CHART_REMARK_MAX]) {
    char hidden[CHART_REMARK_MAX];
    describe_hidden(chart, curve, hidden);
    const int length = snprintf(remark, CHART_REMARK_MAX, "%s%s%s", curve->note,
                                hidden[0] != '\0' ? " " : "", hidden);
    if (length < 0)
        remark[0] = '\0';
}

// Only the label is cut.
static struct lettering legend_text(const struct sheet *sheet, const struct chart_curve *curve,
                                    double width) {
    char remark[CHART_REMARK_MAX];
    chart_remark(sheet->chart, curve, remark);
    struct lettering text =
        lettering_fit(sheet->cr, curve->label, width - lettering_width(sheet->cr, remark));
    const size_t length = strlen(text.text);
    snprintf(text.text + length, sizeof text.text - length, "%s", remark);
    return text;
}

static void draw_entry(const struct sheet *sheet, size_t index, const char *text, double x,
                       double y) {
    cairo_t *cr = sheet->cr;
    cairo_save(cr);
    theme_set_curve(cr, sheet->theme, (unsigned)index, CURVE_WIDTH);
    line(cr, x, y, x + SAMPLE_LENGTH, y);
    cairo_restore(cr);
    theme_set(cr, sheet->theme->text);
    lettering_draw(cr, text, x + SAMPLE_LENGTH + SAMPLE_GAP, y, 0.0);
}

struct legend {
    size_t count;
    size_t curve[CHART_CURVES_MAX];
    struct lettering text[CHART_CURVES_MAX];
    double width[CHART_CURVES_MAX]; // of the entries
    double widest, sum;
};

static void gather_legend(const struct sheet *sheet, struct legend *legend, double width) {
    const double sample = SAMPLE_LENGTH + SAMPLE_GAP;
    *legend = (struct legend){0};
    for (size_t i = 0; i < sheet->chart->curve_count; i++) {
        const struct chart_curve *curve = &sheet->chart->curves[i];
        if (!curve->label)
            continue;
        const size_t entry = legend->count++;
        legend->curve[entry] = i;
        legend->text[entry] = legend_text(sheet, curve, width - sample);
        legend->width[entry] = sample + lettering_width(sheet->cr, legend->text[entry].text);
        legend->widest = fmax(legend->widest, legend->width[entry]);
        legend->sum += legend->width[entry] + (entry > 0 ? LEGEND_GAP : 0.0);
    }
}

// Above the frame, where no curve can be: in columns, or, where that would be one line or one
// column, one entry after the other.
static void draw_legend(struct sheet *sheet) {
    const double width = sheet->width - 2.0 * MARGIN;
    struct legend legend;
    lettering_font(sheet->cr, LABEL_SIZE, false);
    gather_legend(sheet, &legend, width);
    const double columns = floor((width + LEGEND_GAP) / (legend.widest + LEGEND_GAP));
    const bool in_columns = columns > 1.0 && legend.sum > width;
    double x = INFINITY;
    for (size_t i = 0; i < legend.count; i++) {
        const double entry_width = in_columns ? legend.widest : legend.width[i];
        if (x + entry_width > MARGIN + width + 1.0) {
            x = MARGIN;
            sheet->top += LEGEND_HEIGHT;
        }
        draw_entry(sheet, legend.curve[i], legend.text[i].text, x,
                   sheet->top - LEGEND_HEIGHT / 2.0);
        x += LEGEND_GAP + entry_width;
    }
}

// --- Axes ---

static double widest_label(const struct sheet *sheet, bool on_right) {
    double widest = 0.0;
    for (size_t i = 0; i < sheet->y_count; i++) {
        char label[AXIS_LABEL_MAX];
        memcpy(label, sheet->y_ticks[i].label, sizeof label);
        if (on_right)
            sheet->chart->right_label(sheet->y_ticks[i].value, label);
        widest = fmax(widest, lettering_width(sheet->cr, label));
    }
    return widest;
}

// What is left for the frame beside, above and below the lettering.
static void place_frame(struct sheet *sheet) {
    const double beside = LABEL_SIZE + 2.0 * TICK_GAP;
    lettering_font(sheet->cr, LABEL_SIZE, false);
    sheet->left = MARGIN + widest_label(sheet, false) + beside;
    sheet->right = sheet->width - MARGIN;
    if (sheet->chart->right_label)
        sheet->right -= widest_label(sheet, true) + beside;
    sheet->top += LABEL_SIZE;
    sheet->bottom -= AXIS_HEIGHT + TICK_GAP;
}

static unsigned grid_color(const struct sheet *sheet, const struct axis_tick *tick) {
    return tick->label[0] != '\0' ? sheet->theme->line : sheet->theme->faint_line;
}

static void draw_grid(const struct sheet *sheet) {
    cairo_t *cr = sheet->cr;
    cairo_set_line_width(cr, 1.0);
    for (size_t i = 0; i < sheet->x_count; i++) {
        const double x = x_of(sheet, sheet->x_ticks[i].value);
        theme_set(cr, grid_color(sheet, &sheet->x_ticks[i]));
        line(cr, x, sheet->top, x, sheet->bottom);
    }
    for (size_t i = 0; i < sheet->y_count; i++) {
        const double y = y_of(sheet, sheet->y_ticks[i].value);
        const bool zero = !sheet->chart->y.logarithmic && fabs(sheet->y_ticks[i].value) < 1e-9;
        theme_set(cr, zero ? sheet->theme->frame : grid_color(sheet, &sheet->y_ticks[i]));
        line(cr, sheet->left, y, sheet->right, y);
    }
}

static void draw_frame(const struct sheet *sheet) {
    theme_set(sheet->cr, sheet->theme->frame);
    cairo_set_line_width(sheet->cr, 1.0);
    cairo_rectangle(sheet->cr, sheet->left, sheet->top, sheet->right - sheet->left,
                    sheet->bottom - sheet->top);
    cairo_stroke(sheet->cr);
}

// A label that would touch the one before it is left out.
static void draw_x_labels(const struct sheet *sheet) {
    const double y = sheet->bottom + TICK_GAP + LABEL_SIZE / 2.0;
    double free_from = 0.0;
    for (size_t i = 0; i < sheet->x_count; i++) {
        const char *label = sheet->x_ticks[i].label;
        const double x = x_of(sheet, sheet->x_ticks[i].value);
        const double half = lettering_width(sheet->cr, label) / 2.0;
        if (*label == '\0' || x - half < free_from)
            continue;
        lettering_draw(sheet->cr, label, x, y, 0.5);
        free_from = x + half + TICK_GAP;
    }
}

static void draw_y_labels(const struct sheet *sheet) {
    const struct chart *chart = sheet->chart;
    double free_above = INFINITY;
    for (size_t i = 0; i < sheet->y_count; i++) {
        const struct axis_tick *tick = &sheet->y_ticks[i];
        const double y = y_of(sheet, tick->value);
        char label[AXIS_LABEL_MAX] = "";
        if (tick->label[0] == '\0' || y > free_above)
            continue;
        free_above = y - LABEL_SIZE;
        lettering_draw(sheet->cr, tick->label, sheet->left - TICK_GAP, y, 1.0);
        if (chart->right_label)
            chart->right_label(tick->value, label);
        lettering_draw(sheet->cr, label, sheet->right + TICK_GAP, y, 0.0);
    }
}

static void draw_upright(const struct sheet *sheet, const char *text, double x) {
    cairo_save(sheet->cr);
    cairo_translate(sheet->cr, x, (sheet->top + sheet->bottom) / 2.0);
    cairo_rotate(sheet->cr, -M_PI / 2.0);
    const struct lettering fitted =
        lettering_fit(sheet->cr, text, sheet->bottom - sheet->top + 2.0 * LABEL_SIZE);
    lettering_draw(sheet->cr, fitted.text, 0.0, 0.0, 0.5);
    cairo_restore(sheet->cr);
}

static void draw_axis_titles(const struct sheet *sheet) {
    const struct chart *chart = sheet->chart;
    lettering_draw(sheet->cr, chart->x.rule->title, (sheet->left + sheet->right) / 2.0,
                   sheet->bottom + AXIS_HEIGHT - LABEL_SIZE / 2.0, 0.5);
    draw_upright(sheet, chart->y.rule->title, MARGIN + LABEL_SIZE / 2.0);
    if (chart->right_label)
        draw_upright(sheet, chart->right_title, sheet->width - MARGIN - LABEL_SIZE / 2.0);
}

// --- Curves ---

// Far outside is far enough.
static double within_reach(double position, double low, double high) {
    const double span = high - low;
    return fmin(fmax(position, low - span), high + span);
}

// A gap where a value is not known.
static void draw_curve(const struct sheet *sheet, size_t index) {
    const struct chart_curve *curve = &sheet->chart->curves[index];
    bool drawing = false;
    cairo_save(sheet->cr);
    theme_set_curve(sheet->cr, sheet->theme, (unsigned)index, CURVE_WIDTH);
    cairo_set_line_join(sheet->cr, CAIRO_LINE_JOIN_ROUND);
    for (size_t i = 0; i < curve->sweep->row_count; i++) {
        const double x = x_of(sheet, chart_curve_x(curve, i));
        const double y = y_of(sheet, chart_curve_y(curve, i));
        const bool known = !isnan(x) && !isnan(y);
        const double near_x = within_reach(x, sheet->left, sheet->right);
        const double near_y = within_reach(y, sheet->top, sheet->bottom);
        if (known && drawing)
            cairo_line_to(sheet->cr, near_x, near_y);
        else if (known)
            cairo_move_to(sheet->cr, near_x, near_y);
        drawing = known;
    }
    cairo_stroke(sheet->cr);
    cairo_restore(sheet->cr);
}

static void draw_curves(const struct sheet *sheet) {
    cairo_save(sheet->cr);
    cairo_rectangle(sheet->cr, sheet->left, sheet->top, sheet->right - sheet->left,
                    sheet->bottom - sheet->top);
    cairo_clip(sheet->cr);
    for (size_t i = 0; i < sheet->chart->curve_count; i++)
        draw_curve(sheet, i);
    cairo_restore(sheet->cr);
}

// A picture without a curve says why.
static void draw_absence(const struct sheet *sheet) {
    char text[CHART_REMARK_MAX] = "";
    for (size_t i = 0; i < sheet->chart->curve_count; i++) {
        describe_hidden(sheet->chart, &sheet->chart->curves[i], text);
        if (text[0] == '\0')
            return;
    }
    theme_set(sheet->cr, sheet->theme->quiet_text);
    lettering_draw(sheet->cr, text, (sheet->left + sheet->right) / 2.0,
                   (sheet->top + sheet->bottom) / 2.0, 0.5);
}

// --- All of it ---

static void draw_sheet(struct sheet *sheet) {
    theme_set(sheet->cr, sheet->theme->background);
    cairo_paint(sheet->cr);
    draw_title(sheet);
    draw_footnote(sheet);
    draw_legend(sheet);
    place_frame(sheet);
    draw_grid(sheet);
    draw_curves(sheet);
    draw_frame(sheet);
    draw_absence(sheet);
    theme_set(sheet->cr, sheet->theme->quiet_text);
    draw_x_labels(sheet);
    draw_y_labels(sheet);
    theme_set(sheet->cr, sheet->theme->text);
    draw_axis_titles(sheet);
}

void chart_draw(const struct chart *chart, const struct theme *theme, cairo_t *cr, double width,
                double height) {
    const double scale = fmax(fmin(width / CHART_WIDTH, height / CHART_HEIGHT), SCALE_MIN);
    struct sheet sheet = {
        .chart = chart,
        .theme = theme,
        .cr = cr,
        .width = width / scale,
        .height = height / scale,
        .top = MARGIN,
        .bottom = height / scale - MARGIN,
    };
    sheet.x_count = axis_ticks(&chart->x, sheet.x_ticks);
    sheet.y_count = axis_ticks(&chart->y, sheet.y_ticks);
    cairo_save(cr);
    cairo_scale(cr, scale, scale);
    draw_sheet(&sheet);
    cairo_restore(cr);
}
