// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "quantity.h"

#include "cmrr_sweep.h"
#include "distortion_sweep.h"
#include "nearest.h"
#include "noise_sweep.h"
#include "report.h"
#include "response_sweep.h"

#include <string.h>

const struct quantity quantities[QUANTITY_COUNT] = {
    [QUANTITY_RESPONSE] = {"response", RESPONSE_POINTS, response_of_circuit, response_of_plugin},
    [QUANTITY_IMPEDANCE] = {"impedance", RESPONSE_POINTS, response_of_circuit, NULL},
    [QUANTITY_CROSSTALK] = {"crosstalk", RESPONSE_POINTS, response_of_circuit, crosstalk_of_plugin},
    [QUANTITY_CMRR] = {"cmrr", RESPONSE_POINTS, response_of_circuit, cmrr_of_plugin},
    [QUANTITY_DISTORTION] = {"distortion", DISTORTION_LEVELS, NULL, distortion_of_plugin},
    [QUANTITY_NOISE] = {"noise", NOISE_BANDS, NULL, noise_of_plugin},
};

enum quantity_id quantity_parse(const char *name) {
    struct nearest nearest = nearest_to(name);
    for (enum quantity_id id = 0; id < QUANTITY_COUNT; id++) {
        if (strcmp(quantities[id].name, name) == 0)
            return id;
        nearest_offer(&nearest, quantities[id].name);
    }
    const char *found = nearest_found(&nearest);
    if (found)
        report_usage_error("--what: there is no '%s'; did you mean '%s'?", name, found);
    report_usage_error("--what: there is no '%s' (see --help)", name);
}

struct sweep *quantity_sweep(enum quantity_id id, const struct setup *setup, bool of_plugin) {
    const struct quantity *quantity = &quantities[id];
    struct setup usual = *setup;
    if (usual.point_count == 0)
        usual.point_count = quantity->usual_points;
    return of_plugin ? quantity->of_plugin(&usual) : quantity->of_circuit(&usual);
}
