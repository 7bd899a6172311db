// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// How each quantity is drawn: which columns of its sweeps over which axes.
#ifndef LOADLINE_GRAPH_H
#define LOADLINE_GRAPH_H

#include "chart.h"
#include "quantity.h"

struct graph_setting {
    const char *label;
    const struct sweep *sweep;
};

// A chart of sweeps of one quantity, at most CHART_CURVES_MAX, which have to stay. A single one may
// have several curves, and needs no label. The footnote is left to the caller, who may also replace
// the title.
struct chart graph_chart(enum quantity_id id, const struct graph_setting *settings, size_t count);

#endif
