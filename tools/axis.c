// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "axis.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

// Lines of a linear axis, at most.
#define STEPS_MAX 9.0

// Between the values and the ends of an axis: linear as a part of its span, logarithmic a ratio.
#define AIR     0.04
#define LOG_AIR 1.03

#define FROM_ZERO_RATIO_MAX 10.0

// Labels at 1, 2 and 5 up to so many decades, at 1 beyond; lines at 2 to 9 up to so many.
#define DECADES_OF_125   3.5
#define DECADES_OF_LINES 8.0

// Rounding is not to cost a line at the end of an axis.
#define SLACK 1e-9

// 999.5 with three digits is 1000.
#define ROUNDS_UP 1.0005003

// --- Range ---

// The smallest of 1, 2 and 5 times a power of ten that is no smaller.
static double round_step(double step) {
    const double decade = pow(10.0, floor(log10(step)));
    const double multiple = step / decade;
    return decade * (multiple <= 1.0 + SLACK   ? 1.0
                     : multiple <= 2.0 + SLACK ? 2.0
                     : multiple <= 5.0 + SLACK ? 5.0
                                               : 10.0);
}

static void fit_linear(struct axis *axis, double least, double greatest) {
    const struct axis_rule *rule = axis->rule;
    const bool from_zero = rule->scale == AXIS_FROM_ZERO;
    least = from_zero ? 0.0 : fmax(least, greatest - rule->most_span);
    const double missing = fmax(rule->least_span - (greatest - least), 0.0);
    const double air = AIR * (greatest - least + missing);
    const double low = least - (from_zero ? 0.0 : missing / 2.0 + air);
    const double high = greatest + (from_zero ? missing : missing / 2.0) + air;
    axis->step = round_step((high - low) / STEPS_MAX);
    axis->low = fmax(floor(low / axis->step + SLACK) * axis->step, rule->lowest);
    axis->high = fmin(ceil(high / axis->step - SLACK) * axis->step, rule->highest);
}

static void fit_log(struct axis *axis, double least, double greatest) {
    const struct axis_rule *rule = axis->rule;
    least = fmax(least, greatest / rule->most_span);
    const double missing = fmax(rule->least_span / (greatest / least), 1.0);
    const double low = least / sqrt(missing), high = greatest * sqrt(missing);
    axis->low = fmax(1.0 / round_step(LOG_AIR / low), rule->lowest);
    axis->high = fmin(round_step(LOG_AIR * high), rule->highest);
}

struct axis axis_fit(const struct axis_rule *rule, double least, double greatest) {
    struct axis axis = {.rule = rule, .logarithmic = rule->scale == AXIS_LOG};
    if (!(least <= greatest)) {
        least = rule->lowest;
        greatest = axis.logarithmic ? least * rule->least_span : least + rule->least_span;
    }
    least = fmin(fmax(least, rule->lowest), rule->highest);
    greatest = fmin(fmax(greatest, rule->lowest), rule->highest);
    if (rule->scale == AXIS_FROM_ZERO)
        axis.logarithmic = least > 0.0 && greatest > FROM_ZERO_RATIO_MAX * least;
    if (axis.logarithmic)
        fit_log(&axis, least, greatest);
    else
        fit_linear(&axis, least, greatest);
    return axis;
}

double axis_position(const struct axis *axis, double value) {
    if (axis->logarithmic)
        return log(value / axis->low) / log(axis->high / axis->low);
    return (value - axis->low) / (axis->high - axis->low);
}

// --- Labels ---

void axis_prefixed(double value, const char *unit, char label[AXIS_LABEL_MAX]) {
    static const char *const prefixes[] = {"f", "p", "n", "µ", "m", "", "k", "M", "G"};
    enum { NONE = 5, LAST = sizeof prefixes / sizeof *prefixes - 1 };
    const int thousands = value > 0.0 ? (int)floor(log10(value * ROUNDS_UP) / 3.0) : 0;
    const int prefix = thousands < -NONE ? 0 : thousands > LAST - NONE ? LAST : NONE + thousands;
    snprintf(label, AXIS_LABEL_MAX, "%.3g%s%s%s", value / pow(1000.0, prefix - NONE),
             *unit != '\0' ? " " : "", prefixes[prefix], unit);
}

// The typographer's minus sign, and never a negative zero.
static void label_plain(double value, double step, char label[AXIS_LABEL_MAX]) {
    const int decimals = step < 1.0 ? (int)ceil(-log10(step) - SLACK) : 0;
    const double rounded = fabs(value) < step * SLACK ? 0.0 : value;
    snprintf(label, AXIS_LABEL_MAX, "%s%.*f", rounded < 0.0 ? "−" : "", decimals, fabs(rounded));
}

static void label_tick(const struct axis *axis, double value, char label[AXIS_LABEL_MAX]) {
    if (axis->rule->prefixed)
        axis_prefixed(value, axis->rule->unit, label);
    else if (axis->logarithmic)
        snprintf(label, AXIS_LABEL_MAX, "%g", value);
    else
        label_plain(value, axis->step, label);
}

void axis_value(const struct axis *axis, double value, char label[AXIS_LABEL_MAX]) {
    label_tick(axis, value, label);
    const size_t length = strlen(label);
    if (!axis->rule->prefixed)
        snprintf(label + length, AXIS_LABEL_MAX - length, " %s", axis->rule->unit);
}

// --- Lines ---

static size_t linear_ticks(const struct axis *axis, struct axis_tick ticks[AXIS_TICKS_MAX]) {
    size_t count = 0;
    const double first = ceil(axis->low / axis->step - SLACK);
    const double last = floor(axis->high / axis->step + SLACK);
    for (double i = first; i <= last && count < AXIS_TICKS_MAX; i++) {
        ticks[count].value = i * axis->step + 0.0; // no negative zero
        label_tick(axis, ticks[count].value, ticks[count].label);
        count++;
    }
    return count;
}

static bool has_label(int digit, double decades) {
    return digit == 1 || ((digit == 2 || digit == 5) && decades <= DECADES_OF_125);
}

static size_t log_ticks(const struct axis *axis, struct axis_tick ticks[AXIS_TICKS_MAX]) {
    const double decades = log10(axis->high / axis->low);
    size_t count = 0;
    for (double exponent = floor(log10(axis->low) + SLACK);
         pow(10.0, exponent) <= axis->high * (1.0 + SLACK); exponent++) {
        for (int digit = 1; digit <= 9 && count < AXIS_TICKS_MAX; digit++) {
            const double value = digit * pow(10.0, exponent);
            if (value < axis->low * (1.0 - SLACK) || value > axis->high * (1.0 + SLACK) ||
                (digit > 1 && decades > DECADES_OF_LINES))
                continue;
            struct axis_tick *tick = &ticks[count++];
            *tick = (struct axis_tick){.value = value};
            if (has_label(digit, decades))
                label_tick(axis, value, tick->label);
        }
    }
    return count;
}

size_t axis_ticks(const struct axis *axis, struct axis_tick ticks[AXIS_TICKS_MAX]) {
    return axis->logarithmic ? log_ticks(axis, ticks) : linear_ticks(axis, ticks);
}
