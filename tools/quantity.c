// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "quantity.h"

#include "distortion_sweep.h"
#include "nearest.h"
#include "noise_sweep.h"
#include "report.h"
#include "response_sweep.h"

#include <string.h>

static const struct quantity quantities[] = {
    {"response", RESPONSE_POINTS, response_of_circuit, response_of_plugin},
    {"impedance", RESPONSE_POINTS, response_of_circuit, NULL},
    {"crosstalk", RESPONSE_POINTS, response_of_circuit, crosstalk_of_plugin},
    {"distortion", DISTORTION_LEVELS, NULL, distortion_of_plugin},
    {"noise", NOISE_BANDS, NULL, noise_of_plugin},
};

const struct quantity *quantity_parse(const char *name) {
    struct nearest nearest = nearest_to(name);
    for (size_t i = 0; i < sizeof quantities / sizeof *quantities; i++) {
        if (strcmp(quantities[i].name, name) == 0)
            return &quantities[i];
        nearest_offer(&nearest, quantities[i].name);
    }
    const char *found = nearest_found(&nearest);
    if (found)
        report_usage_error("--what: there is no '%s'; did you mean '%s'?", name, found);
    report_usage_error("--what: there is no '%s' (see --help)", name);
}

struct sweep *quantity_sweep(const struct quantity *quantity, const struct setup *setup,
                             bool of_plugin) {
    struct setup usual = *setup;
    if (usual.point_count == 0)
        usual.point_count = quantity->usual_points;
    return of_plugin ? quantity->of_plugin(&usual) : quantity->of_circuit(&usual);
}
