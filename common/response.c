// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "response.h"

#include "nodal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct response {
    struct circuit circuit;
    struct nodal nodal;
    double complex *matrix; // size rows of size + 1: the last column is the right-hand side
};

struct response *response_new(const struct circuit *view) {
    struct response *response = calloc(1, sizeof *response);
    if (!response || view->overflow) {
        free(response);
        return NULL;
    }
    response->circuit = *view;
    nodal_init(&response->nodal, &response->circuit);
    const size_t size = (size_t)response->nodal.size;
    response->matrix = calloc(size * (size + 1), sizeof *response->matrix);
    if (!response->matrix) {
        free(response);
        return NULL;
    }
    return response;
}

void response_free(struct response *response) {
    if (response) {
        free(response->matrix);
        free(response);
    }
}

static double complex *row_of(struct response *response, int row) {
    return response->matrix + (size_t)row * (size_t)(response->nodal.size + 1);
}

// Sources of the second channel follow the first channel's in a stereo view: they return to the
// same EMF share.
static int channel_of(const struct circuit *circuit, int element) {
    return circuit->channel_count == 2 && element >= circuit->output[1].leg ? 1 : 0;
}

static void fill(struct response *response, double hz, const double complex emf_v[2]) {
    const struct nodal *nodal = &response->nodal;
    const double complex s = I * 2.0 * M_PI * hz;
    const size_t size = (size_t)nodal->size;
    memset(response->matrix, 0, size * (size + 1) * sizeof *response->matrix);
    for (int i = 0; i < nodal->entry_count; ++i) {
        const struct nodal_entry *entry = &nodal->entry[i];
        row_of(response, entry->row)[entry->column] += entry->constant + s * entry->per_s;
    }
    for (int i = 0; i < response->circuit.element_count; ++i) {
        const struct circuit_element *element = &response->circuit.element[i];
        if (element->kind == CIRCUIT_SOURCE) {
            row_of(response, nodal->branch[i])[size] =
                element->value * emf_v[channel_of(&response->circuit, i)];
        }
    }
}

static bool eliminate(struct response *response) {
    const int size = response->nodal.size;
    for (int k = 0; k < size; ++k) {
        int pivot = k;
        for (int i = k + 1; i < size; ++i) {
            pivot = cabs(row_of(response, i)[k]) > cabs(row_of(response, pivot)[k]) ? i : pivot;
        }
        double complex *top = row_of(response, k);
        double complex *best = row_of(response, pivot);
        if (best[k] == 0.0) {
            return false;
        }
        for (int j = k; pivot != k && j <= size; ++j) {
            const double complex swap = top[j];
            top[j] = best[j];
            best[j] = swap;
        }
        for (int i = 0; i < size; ++i) {
            double complex *row = row_of(response, i);
            const double complex factor = row[k] / top[k];
            for (int j = k + 1; i != k && factor != 0.0 && j <= size; ++j) {
                row[j] -= factor * top[j];
            }
        }
    }
    return true;
}

static double complex solved(struct response *response, int row) {
    return row == NODAL_NONE
               ? 0.0
               : row_of(response, row)[response->nodal.size] / row_of(response, row)[row];
}

bool response_solve(struct response *response, double hz, const double complex emf_v[2],
                    struct response_point *point) {
    memset(point, 0, sizeof *point);
    fill(response, hz, emf_v);
    if (!eliminate(response)) {
        return false;
    }
    for (int channel = 0; channel < response->circuit.channel_count; ++channel) {
        const struct circuit_output *output = &response->circuit.output[channel];
        point->driver_v[channel] =
            output->plus_gain * solved(response, nodal_row(output->driver_plus)) -
            output->minus_gain * solved(response, nodal_row(output->driver_minus));
        point->leg_current_a[channel] = -solved(response, response->nodal.branch[output->leg]);
    }
    return true;
}
