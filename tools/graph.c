// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "graph.h"

#include <math.h>
#include <stdio.h>

// --- Axes ---

static const struct axis_rule frequency = {
    .title = "Frequency (Hz)",
    .unit = "",
    .prefixed = true,
    .scale = AXIS_LOG,
    .lowest = SWEEP_LOWEST_HZ,
    .highest = SWEEP_HIGHEST_HZ,
    .least_span = SWEEP_HIGHEST_HZ / SWEEP_LOWEST_HZ,
    .most_span = SWEEP_HIGHEST_HZ / SWEEP_LOWEST_HZ,
};

static const struct axis_rule driver_volts = {
    .title = "Voltage at the driver (V RMS)",
    .unit = "V",
    .prefixed = true,
    .scale = AXIS_LOG,
    .lowest = 1e-6,
    .highest = 1e3,
    .least_span = 100.0,
    .most_span = 1e5,
};

static const struct axis_rule level = {
    .title = "Level (dB)",
    .unit = "dB",
    .scale = AXIS_LINEAR,
    .lowest = -200.0,
    .highest = 200.0,
    .least_span = 3.0,
    .most_span = 60.0,
};

static const struct axis_rule impedance = {
    .title = "Impedance (Ω)",
    .unit = "",
    .prefixed = true,
    .scale = AXIS_FROM_ZERO,
    .lowest = 0.0,
    .highest = 1e6,
    .least_span = 10.0,
    .most_span = 1e4,
};

static const struct axis_rule crosstalk = {
    .title = "Crosstalk (dB)",
    .unit = "dB",
    .scale = AXIS_LINEAR,
    .lowest = -140.0,
    .highest = 0.0,
    .least_span = 20.0,
    .most_span = 140.0,
};

// An unbalanced line, at 0 dB, is not to lie on the frame.
static const struct axis_rule cmrr = {
    .title = "Common-mode rejection (dB)",
    .unit = "dB",
    .scale = AXIS_LINEAR,
    .lowest = -20.0,
    .highest = 160.0,
    .least_span = 20.0,
    .most_span = 180.0,
};

// Above what single precision leaves of a perfect sine: -138 dB.
static const struct axis_rule distortion = {
    .title = "Distortion (dB)",
    .unit = "dB",
    .scale = AXIS_LINEAR,
    .lowest = -130.0,
    .highest = 0.0,
    .least_span = 40.0,
    .most_span = 130.0,
};

static const struct axis_rule noise = {
    .title = "Noise density (V/√Hz)",
    .unit = "V",
    .prefixed = true,
    .scale = AXIS_LOG,
    .lowest = 1e-10,
    .highest = 1.0,
    .least_span = 100.0,
    .most_span = 1e6,
};

// --- Graphs ---

static double last_value(const struct sweep *sweep, const char *column) {
    return sweep_value(sweep, sweep->row_count - 1, sweep_column(sweep, column));
}

// The totals are in the last row. Not every plugin knows an ear.
static void note_noise(const struct sweep *sweep, char note[CHART_NOTE_MAX]) {
    const double dba = last_value(sweep, "total_dba");
    char all[AXIS_LABEL_MAX], weighted[AXIS_LABEL_MAX], ear[AXIS_LABEL_MAX];
    axis_prefixed(1e-6 * last_value(sweep, "total_uv"), "V", all);
    axis_prefixed(1e-6 * last_value(sweep, "total_a_uv"), "V", weighted);
    if (isnan(dba) ||
        snprintf(ear, sizeof ear, ", %s%.1f dBA", dba < 0.0 ? "−" : "", fabs(dba)) < 0)
        ear[0] = '\0';
    if (last_value(sweep, "total_uv") > 0.0)
        snprintf(note, CHART_NOTE_MAX, ": %s, A-weighted %s%s", all, weighted, ear);
    else
        snprintf(note, CHART_NOTE_MAX, ": silent");
}

static double decibel_of_percent(double percent) {
    return 20.0 * log10(percent / 100.0);
}

// At every tenfold.
static void percent_label(double db, char label[AXIS_LABEL_MAX]) {
    const int decimals = (int)fmax(-db / 20.0 - 2.0, 0.0);
    const double percent = 100.0 * pow(10.0, db / 20.0);
    const bool tenfold = fmod(db, 20.0) == 0.0;
    if (!tenfold || snprintf(label, AXIS_LABEL_MAX, "%.*f %%", decimals, percent) < 0)
        label[0] = '\0';
}

enum { TRACES_MAX = 4 };

static const struct graph {
    const char *title;
    const struct axis_rule *x, *y;
    const char *x_column;
    // The first is drawn for each setting; the others, too, if there is only one setting.
    struct trace {
        const char *column, *name;
        double (*convert)(double y);
    } traces[TRACES_MAX];
    size_t trace_count;
    void (*right_label)(double value, char label[AXIS_LABEL_MAX]);
    const char *right_title;
    void (*note)(const struct sweep *sweep, char note[CHART_NOTE_MAX]); // in the legend
} graphs[QUANTITY_COUNT] = {
    [QUANTITY_RESPONSE] =
        {
            .title = "Frequency response at the driver",
            .x = &frequency,
            .y = &level,
            .x_column = "frequency_hz",
            .traces = {{"level_db", "Level", NULL}},
            .trace_count = 1,
        },
    [QUANTITY_IMPEDANCE] =
        {
            .title = "Impedance of the headphone",
            .x = &frequency,
            .y = &impedance,
            .x_column = "frequency_hz",
            .traces = {{"load_impedance_ohm", "Impedance", NULL}},
            .trace_count = 1,
        },
    [QUANTITY_CROSSTALK] =
        {
            .title = "Crosstalk, one channel driven",
            .x = &frequency,
            .y = &crosstalk,
            .x_column = "frequency_hz",
            .traces = {{"crosstalk_db", "Crosstalk", NULL}},
            .trace_count = 1,
        },
    [QUANTITY_CMRR] =
        {
            .title = "Common-mode rejection of the line",
            .x = &frequency,
            .y = &cmrr,
            .x_column = "frequency_hz",
            .traces = {{"cmrr_db", "Rejection", NULL}},
            .trace_count = 1,
        },
    [QUANTITY_DISTORTION] =
        {
            .title = "Distortion and noise against level",
            .x = &driver_volts,
            .y = &distortion,
            .x_column = "driver_v_rms",
            .traces = {{"thd_n_percent", "THD+N", decibel_of_percent},
                       {"thd_percent", "THD", decibel_of_percent},
                       {"h2_dbc", "2nd harmonic", NULL},
                       {"h3_dbc", "3rd harmonic", NULL}},
            .trace_count = 4,
            .right_label = percent_label,
            .right_title = "Distortion (%)",
        },
    [QUANTITY_NOISE] =
        {
            .title = "Noise at the driver",
            .x = &frequency,
            .y = &noise,
            .x_column = "frequency_hz",
            .traces = {{"density_v_per_rthz", "20 Hz to 20 kHz", NULL}},
            .trace_count = 1,
            .note = note_noise,
        },
};

static void add_curve(struct chart *chart, const struct graph *graph, const struct trace *trace,
                      const struct sweep *sweep, const char *label) {
    struct chart_curve *curve = &chart->curves[chart->curve_count++];
    *curve = (struct chart_curve){
        .label = label,
        .sweep = sweep,
        .x = sweep_column(sweep, graph->x_column),
        .y = sweep_column(sweep, trace->column),
        .convert = trace->convert,
    };
    if (graph->note)
        graph->note(sweep, curve->note);
}

static void add_traces(struct chart *chart, const struct graph *graph, const struct sweep *sweep) {
    const bool needs_legend = graph->trace_count > 1 || graph->note;
    for (size_t i = 0; i < graph->trace_count; i++) {
        const struct trace *trace = &graph->traces[i];
        add_curve(chart, graph, trace, sweep, needs_legend ? trace->name : NULL);
    }
}

struct chart graph_chart(enum quantity_id id, const struct graph_setting *settings, size_t count) {
    const struct graph *graph = &graphs[id];
    struct chart chart = {
        .title = graph->title,
        .right_label = graph->right_label,
        .right_title = graph->right_title,
    };
    if (count == 1)
        add_traces(&chart, graph, settings[0].sweep);
    for (size_t i = 0; i < count && count > 1; i++)
        add_curve(&chart, graph, &graph->traces[0], settings[i].sweep, settings[i].label);
    chart_fit(&chart, graph->x, graph->y);
    return chart;
}
