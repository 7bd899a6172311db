// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "params.h"

#include <math.h>

#define LEVEL_V        2.0
#define RECEIVER_OHM   1e8
#define SUPPLY_FARAD   1.0
#define MAGNETIZING_H  1e3
#define SENSITIVITY_DB 100.0

struct chain_params chain_params_ideal(double load_ohm) {
    return (struct chain_params){
        .source = {.level_v = LEVEL_V},
        .line = {.receiver_ohm = RECEIVER_OHM, .receiver_cmrr_db = INFINITY},
        .stage = {.topology = TOPOLOGY_SEPARATE_RETURNS,
                  .rail_v = RAIL_NONE_V,
                  .current_limit_a = INFINITY,
                  .second_harmonic_db = HARMONIC_NONE_DB,
                  .third_harmonic_db = HARMONIC_NONE_DB,
                  .slew_v_per_s = INFINITY,
                  .output_farad = INFINITY,
                  .supply_farad = SUPPLY_FARAD,
                  .magnetizing_h = MAGNETIZING_H},
        .load = {.branch_count = 1,
                 .branch = {{.ohm = load_ohm}},
                 .sensitivity_db = SENSITIVITY_DB},
    };
}
