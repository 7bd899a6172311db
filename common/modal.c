// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "modal.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

// Amid the audio band on a logarithmic scale, so that slow and fast poles lose alike little
// precision.
#define SHIFT_RAD_S 6283.0

enum {
    PHASE_ASSEMBLE,
    PHASE_FACTOR,
    PHASE_INPUT,
    PHASE_OUTPUT,
    PHASE_DYNAMIC,
    PHASE_EIGENVALUES,
    PHASE_MODES,
    PHASE_DONE,
};

static void enter(struct modal_builder *builder, int phase) {
    builder->phase = phase;
    builder->index = 0;
}

// Two equal resonances, or a critically damped one, leave poles that coincide, whose residues no
// arithmetic can tell apart. No real part is that exact: each gets a tolerance of its own, at most
// 1e-7, that depends on its name alone, so that mid and side agree.
static double tolerance(const char *name) {
    uint32_t hash = 2166136261u; // FNV-1a
    for (; *name; ++name) {
        hash = (hash ^ (unsigned char)*name) * 16777619u;
    }
    return 1.0 + 1e-7 * (hash >> 8) / 16777216.0;
}

void modal_begin(struct modal_builder *builder, const struct circuit *view) {
    builder->circuit = *view;
    for (int i = 0; i < view->element_count; ++i) {
        const enum circuit_kind kind = view->element[i].kind;
        if (kind == CIRCUIT_CAPACITOR || kind == CIRCUIT_INDUCTOR) {
            builder->circuit.element[i].value *= tolerance(view->element[i].name);
        }
    }
    builder->failed = false;
    builder->modal.mode_count = 0;
    builder->modal.shift_rad_s = SHIFT_RAD_S;
    enter(builder, PHASE_ASSEMBLE);
}

int modal_step_cost(const struct modal_builder *builder) {
    const int size = builder->nodal.size, dynamic = builder->dynamic_count;
    switch (builder->phase) {
    case PHASE_ASSEMBLE:
        return 2;
    case PHASE_INPUT:
    case PHASE_OUTPUT:
    case PHASE_DYNAMIC:
        return 1 + size * size / 330;
    case PHASE_EIGENVALUES:
        return 1 + dynamic / 9;
    case PHASE_MODES:
        return 1 + dynamic / 3;
    default:
        return 1;
    }
}

static void fail(struct modal_builder *builder) {
    builder->failed = true;
    enter(builder, PHASE_DONE);
}

static void assemble(struct modal_builder *builder) {
    nodal_init(&builder->nodal, &builder->circuit);
    const struct nodal *nodal = &builder->nodal;
    builder->dynamic_count = 0;
    if (builder->circuit.overflow || nodal->size > MODAL_NODAL_MAX) {
        fail(builder);
        return;
    }
    for (int i = 0; i < nodal->size; ++i) {
        memset(builder->lu[i], 0, (size_t)nodal->size * sizeof builder->lu[i][0]);
    }
    for (int i = 0; i < nodal->entry_count; ++i) {
        const struct nodal_entry *entry = &nodal->entry[i];
        builder->lu[entry->row][entry->column] += entry->constant + SHIFT_RAD_S * entry->per_s;
    }
    for (int i = 0; i < builder->circuit.element_count; ++i) {
        const enum circuit_kind kind = builder->circuit.element[i].kind;
        if (kind != CIRCUIT_CAPACITOR && kind != CIRCUIT_INDUCTOR) {
            continue;
        }
        if (builder->dynamic_count == MODAL_MAX) {
            fail(builder);
            return;
        }
        const int k = builder->dynamic_count++;
        builder->dynamic[k] = i;
        builder->sign[k] = kind == CIRCUIT_CAPACITOR ? 1.0 : -1.0;
        builder->weight[k] = sqrt(builder->circuit.element[i].value);
    }
    enter(builder, PHASE_FACTOR);
}

// One column of an LU factorisation with partial pivoting.
static void factor_column(struct modal_builder *builder, int k) {
    const int size = builder->nodal.size;
    int pivot = k;
    for (int i = k + 1; i < size; ++i) {
        pivot = fabs(builder->lu[i][k]) > fabs(builder->lu[pivot][k]) ? i : pivot;
    }
    builder->pivot[k] = pivot;
    double *top = builder->lu[k];
    double *best = builder->lu[pivot];
    if (best[k] == 0.0) {
        fail(builder);
        return;
    }
    for (int j = 0; pivot != k && j < size; ++j) {
        const double swap = top[j];
        top[j] = best[j];
        best[j] = swap;
    }
    for (int i = k + 1; i < size; ++i) {
        double *row = builder->lu[i];
        if (row[k] != 0.0) { // most are: the matrix is sparse
            row[k] /= top[k];
            for (int j = k + 1; j < size; ++j) {
                row[j] -= row[k] * top[j];
            }
        }
    }
}

// column <- K^-1 column
static void solve(struct modal_builder *builder) {
    const int size = builder->nodal.size;
    double *x = builder->column;
    for (int k = 0; k < size; ++k) {
        const double swap = x[k];
        x[k] = x[builder->pivot[k]];
        x[builder->pivot[k]] = swap;
    }
    for (int i = 1; i < size; ++i) {
        for (int k = 0; k < i; ++k) {
            x[i] -= builder->lu[i][k] * x[k];
        }
    }
    for (int i = size - 1; i >= 0; --i) {
        for (int j = i + 1; j < size; ++j) {
            x[i] -= builder->lu[i][j] * x[j];
        }
        x[i] /= builder->lu[i][i];
    }
}

static void clear_column(struct modal_builder *builder) {
    memset(builder->column, 0, sizeof builder->column);
}

static void add_to_node(struct modal_builder *builder, int node, double value) {
    if (nodal_row(node) != NODAL_NONE) {
        builder->column[nodal_row(node)] += value;
    }
}

static void add_voltage(struct modal_builder *builder, int plus, int minus, double value) {
    add_to_node(builder, plus, value);
    add_to_node(builder, minus, -value);
}

static double node_voltage(const struct modal_builder *builder, int node) {
    return nodal_row(node) != NODAL_NONE ? builder->column[nodal_row(node)] : 0.0;
}

static double voltage(const struct modal_builder *builder, int plus, int minus) {
    return node_voltage(builder, plus) - node_voltage(builder, minus);
}

// |D|^1/2 P^T column for one element: a capacitor's voltage, an inductor's current.
static double project(const struct modal_builder *builder, int k) {
    const int element = builder->dynamic[k];
    const struct circuit_element *e = &builder->circuit.element[element];
    const double x = builder->sign[k] > 0.0 ? voltage(builder, e->node[0], e->node[1])
                                            : builder->column[builder->nodal.branch[element]];
    return builder->weight[k] * x;
}

static void load_dynamic(struct modal_builder *builder, int k) {
    const int element = builder->dynamic[k];
    const struct circuit_element *e = &builder->circuit.element[element];
    clear_column(builder);
    if (builder->sign[k] > 0.0) {
        add_voltage(builder, e->node[0], e->node[1], builder->weight[k]);
    } else {
        builder->column[builder->nodal.branch[element]] = builder->weight[k];
    }
}

static void solve_input(struct modal_builder *builder) {
    clear_column(builder);
    for (int i = 0; i < builder->circuit.element_count; ++i) {
        if (builder->circuit.element[i].kind == CIRCUIT_SOURCE) {
            builder->column[builder->nodal.branch[i]] = builder->circuit.element[i].value;
        }
    }
    solve(builder);
    const struct circuit_output *output = &builder->circuit.output[0];
    builder->modal.at_shift[MODAL_DRIVER_V] =
        output->plus_gain * node_voltage(builder, output->driver_plus) -
        output->minus_gain * node_voltage(builder, output->driver_minus);
    builder->modal.at_shift[MODAL_LEG_A] = -builder->column[builder->nodal.branch[output->leg]];
    for (int k = 0; k < builder->dynamic_count; ++k) {
        builder->input[k] = project(builder, k);
    }
    enter(builder, PHASE_OUTPUT);
}

static void solve_output(struct modal_builder *builder, int which) {
    const struct circuit_output *output = &builder->circuit.output[0];
    clear_column(builder);
    if (which == MODAL_DRIVER_V) {
        add_to_node(builder, output->driver_plus, output->plus_gain);
        add_to_node(builder, output->driver_minus, -output->minus_gain);
    } else {
        builder->column[builder->nodal.branch[output->leg]] = -1.0;
    }
    solve(builder);
    for (int k = 0; k < builder->dynamic_count; ++k) {
        builder->output[which][k] = project(builder, k);
    }
}

// One column of X J.
static void solve_dynamic(struct modal_builder *builder, int k) {
    load_dynamic(builder, k);
    solve(builder);
    for (int i = 0; i < builder->dynamic_count; ++i) {
        builder->eigen.matrix[i][k] = project(builder, i) * builder->sign[k];
    }
}

static void add_mode(struct modal_builder *builder, int index) {
    const double complex mu = builder->eigen.value[index];
    if (cimag(mu) < 0.0) { // p = s0 - 1/mu keeps the sign; the conjugate is already there
        return;
    }
    double complex v[EIGEN_MAX];
    eigen_vector(&builder->eigen, index, v);
    double complex self = 0.0, in = 0.0, out[MODAL_OUTPUTS] = {0};
    for (int k = 0; k < builder->dynamic_count; ++k) {
        const double complex left = builder->sign[k] * v[k];
        self += left * v[k];
        in += left * builder->input[k];
        out[MODAL_DRIVER_V] += left * builder->output[MODAL_DRIVER_V][k];
        out[MODAL_LEG_A] += left * builder->output[MODAL_LEG_A][k];
    }
    builder->modal.mode[builder->modal.mode_count++] = (struct modal_mode){
        .mu = mu,
        .gain = {out[MODAL_DRIVER_V] * in / self, out[MODAL_LEG_A] * in / self},
        .pair = cimag(mu) > 0.0,
    };
}

bool modal_step(struct modal_builder *builder) {
    switch (builder->phase) {
    case PHASE_ASSEMBLE:
        assemble(builder);
        break;
    case PHASE_FACTOR:
        factor_column(builder, builder->index);
        if (!builder->failed && ++builder->index == builder->nodal.size) {
            enter(builder, PHASE_INPUT);
        }
        break;
    case PHASE_INPUT:
        solve_input(builder);
        break;
    case PHASE_OUTPUT:
        solve_output(builder, builder->index);
        if (++builder->index == MODAL_OUTPUTS) {
            builder->eigen.size = builder->dynamic_count;
            enter(builder, builder->dynamic_count > 0 ? PHASE_DYNAMIC : PHASE_DONE);
        }
        break;
    case PHASE_DYNAMIC:
        solve_dynamic(builder, builder->index);
        if (++builder->index == builder->dynamic_count) {
            eigen_begin(&builder->eigen);
            enter(builder, PHASE_EIGENVALUES);
        }
        break;
    case PHASE_EIGENVALUES:
        if (eigen_step(&builder->eigen)) {
            enter(builder, PHASE_MODES);
        }
        break;
    case PHASE_MODES:
        if (!builder->eigen.converged) {
            fail(builder);
            break;
        }
        add_mode(builder, builder->index);
        if (++builder->index == builder->dynamic_count) {
            enter(builder, PHASE_DONE);
        }
        break;
    default:
        break;
    }
    return builder->phase == PHASE_DONE;
}

double complex modal_response(const struct modal *modal, enum modal_output output,
                              double complex s) {
    const double complex sigma = s - modal->shift_rad_s;
    double complex sum = 0.0;
    for (int k = 0; k < modal->mode_count; ++k) {
        const struct modal_mode *mode = &modal->mode[k];
        sum += mode->gain[output] / (1.0 + sigma * mode->mu);
        if (mode->pair) {
            sum += conj(mode->gain[output]) / (1.0 + sigma * conj(mode->mu));
        }
    }
    return modal->at_shift[output] - sigma * sum;
}
