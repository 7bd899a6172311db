// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The axis of a chart: a range that fits what is to be seen, and where its lines and labels go.
#ifndef LOADLINE_AXIS_H
#define LOADLINE_AXIS_H

#include <stdbool.h>
#include <stddef.h>

enum axis_scale {
    AXIS_LINEAR,
    AXIS_LOG,
    AXIS_FROM_ZERO, // linear from 0, or logarithmic if the values differ by more than ten times
};

struct axis_rule {
    const char *title; // with its unit
    const char *unit;
    bool prefixed; // labels have an SI prefix and the unit; otherwise they are plain numbers
    enum axis_scale scale;
    double lowest, highest; // the range never goes beyond
    double least_span;      // so that nothing is blown up: a difference, or logarithmic a ratio
    double most_span;       // what would be lower is out of sight
};

struct axis {
    const struct axis_rule *rule;
    bool logarithmic;
    double low, high;
    double step; // between lines of a linear axis
};

enum { AXIS_LABEL_MAX = 32, AXIS_TICKS_MAX = 256 };

struct axis_tick {
    double value;
    char label[AXIS_LABEL_MAX]; // empty: a line without
};

// For values from `least` to `greatest`; if there are none (least > greatest), the lowest range.
struct axis axis_fit(const struct axis_rule *rule, double least, double greatest);

// 0 at the low end, 1 at the high end; beyond for what is out of sight.
double axis_position(const struct axis *axis, double value);

// In rising order; returns how many.
size_t axis_ticks(const struct axis *axis, struct axis_tick ticks[AXIS_TICKS_MAX]);

// A value with its unit.
void axis_value(const struct axis *axis, double value, char label[AXIS_LABEL_MAX]);

// Three digits: 1000 is 1k, and 1e-9 V is 1 nV.
void axis_prefixed(double value, const char *unit, char label[AXIS_LABEL_MAX]);

#endif
