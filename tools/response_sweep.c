// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "response_sweep.h"

#include "impulse.h"
#include "report.h"
#include "small_signal.h"

#include <math.h>

#define DEGREES_PER_RADIAN (180.0 / M_PI)

enum response_column {
    HZ,
    LEVEL_DB,
    PHASE_DEG,
    CROSSTALK_DB,
    LOAD_OHM,
    LOAD_DEG,
    CMRR_DB,
    RESPONSE_COLUMNS
};

static const struct table_column response_columns[RESPONSE_COLUMNS] = {
    {"frequency_hz"},       {"level_db"},       {"phase_deg"}, {"crosstalk_db"},
    {"load_impedance_ohm"}, {"load_phase_deg"}, {"cmrr_db"},
};

enum crosstalk_column { ACROSS_HZ, ACROSS_DB, ACROSS_DEG, CROSSTALK_COLUMNS };

static const struct table_column crosstalk_columns[CROSSTALK_COLUMNS] = {
    {"frequency_hz"},
    {"crosstalk_db"},
    {"crosstalk_phase_deg"},
};

static double degrees(double complex value) {
    return carg(value) * DEGREES_PER_RADIAN;
}

// Frequency is the first column.
static struct sweep *new_sweep(const struct table_column *columns, size_t column_count,
                               const struct setup *setup) {
    struct sweep *sweep = sweep_new(columns, column_count, setup->point_count);
    for (size_t i = 0; sweep && i < sweep->row_count; i++)
        sweep_row(sweep, i)[0] = sweep_hz(i, sweep->row_count);
    return sweep;
}

// --- Of the circuit ---

static void solve_row(struct small_signal *small_signal, double row[RESPONSE_COLUMNS]) {
    const struct small_signal_point point = small_signal_at(small_signal, row[HZ]);
    row[LEVEL_DB] = sweep_db(cabs(point.both));
    row[PHASE_DEG] = degrees(point.both);
    row[CROSSTALK_DB] = sweep_db(cabs(point.across) / cabs(point.alone));
    row[LOAD_OHM] = cabs(point.load_ohm);
    row[LOAD_DEG] = degrees(point.load_ohm);
    row[CMRR_DB] = point.cmrr_db;
}

struct sweep *response_of_circuit(const struct setup *setup) {
    const struct chain_params params = controls_params(&setup->controls);
    struct small_signal *small_signal =
        small_signal_new(&params, (double)setup->controls.values[PORT_GAIN]);
    if (!small_signal) {
        report_error("out of memory");
        return NULL;
    }
    struct sweep *sweep = new_sweep(response_columns, RESPONSE_COLUMNS, setup);
    for (size_t i = 0; sweep && i < sweep->row_count; i++)
        solve_row(small_signal, sweep_row(sweep, i));
    small_signal_free(small_signal);
    return sweep;
}

// --- Of the running plugin ---

typedef void record_function(struct sweep *sweep, struct impulse *impulse,
                             struct plugin_session *session);

static void record_level(struct sweep *sweep, struct impulse *impulse,
                         struct plugin_session *session) {
    impulse_record(impulse, session, IMPULSE_BOTH);
    for (size_t i = 0; i < sweep->row_count; i++) {
        double *row = sweep_row(sweep, i);
        const double complex both = impulse_response(impulse, 0, row[HZ]);
        row[LEVEL_DB] = sweep_db(cabs(both));
        row[PHASE_DEG] = degrees(both);
    }
}

static double complex crosstalk(const struct impulse *impulse, double hz) {
    return impulse_response(impulse, 1, hz) / impulse_response(impulse, 0, hz);
}

static void record_response(struct sweep *sweep, struct impulse *impulse,
                            struct plugin_session *session) {
    record_level(sweep, impulse, session);
    impulse_record(impulse, session, IMPULSE_LEFT);
    for (size_t i = 0; i < sweep->row_count; i++) {
        double *row = sweep_row(sweep, i);
        row[CROSSTALK_DB] = sweep_db(cabs(crosstalk(impulse, row[HZ])));
    }
}

static void record_crosstalk(struct sweep *sweep, struct impulse *impulse,
                             struct plugin_session *session) {
    impulse_record(impulse, session, IMPULSE_LEFT);
    for (size_t i = 0; i < sweep->row_count; i++) {
        double *row = sweep_row(sweep, i);
        const double complex across = crosstalk(impulse, row[ACROSS_HZ]);
        row[ACROSS_DB] = sweep_db(cabs(across));
        row[ACROSS_DEG] = degrees(across);
    }
}

// A dead zone swallows small signals, and nothing that is no small signal has a response.
void response_refuse_dead_zone(const struct controls *controls) {
    const struct chain_params params = controls_params(controls);
    if (params.stage.crossover_v > 0.0)
        report_usage_error("crossover is %g mV, and a dead zone has no small-signal response; "
                           "add --set crossover=%g",
                           params.stage.crossover_v * 1e3, ports[PORT_CROSSOVER].minimum);
}

static bool run_plugin(struct sweep *sweep, const struct setup *setup, record_function *record) {
    struct controls controls = setup->controls;
    controls_fix_seed(&controls);
    struct plugin_session *session = plugin_session_open(&controls, setup->rate_hz);
    if (!session)
        return false;
    struct impulse *impulse = impulse_new(&controls, setup->rate_hz);
    if (impulse)
        record(sweep, impulse, session);
    else
        report_error("out of memory");
    const bool done = impulse;
    impulse_free(impulse);
    plugin_session_close(session);
    return done;
}

static struct sweep *measure(const struct table_column *columns, size_t column_count,
                             const struct setup *setup, record_function *record) {
    response_refuse_dead_zone(&setup->controls);
    struct sweep *sweep = new_sweep(columns, column_count, setup);
    if (sweep && run_plugin(sweep, setup, record))
        return sweep;
    sweep_free(sweep);
    return NULL;
}

struct sweep *response_of_plugin(const struct setup *setup) {
    return measure(response_columns, RESPONSE_COLUMNS, setup, record_response);
}

struct sweep *crosstalk_of_plugin(const struct setup *setup) {
    return measure(crosstalk_columns, CROSSTALK_COLUMNS, setup, record_crosstalk);
}
