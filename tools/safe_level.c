// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "safe_level.h"

#include "small_signal.h"
#include "sweep.h"

#include <math.h>

#define SHARE_OF_LIMITS 1e-3
#define HIGHEST_LEVEL   0.01 // where there are no limits but the safety stop

static double highest_leg_a(struct small_signal *small_signal) {
    double highest_a = 0.0;
    for (double hz = SWEEP_LOWEST_HZ; hz <= SWEEP_HIGHEST_HZ; hz *= 1.1)
        highest_a = fmax(highest_a, small_signal_at(small_signal, hz).leg_a);
    return highest_a;
}

double safe_level(const struct controls *controls) {
    const struct chain_params params = controls_params(controls);
    struct small_signal *small_signal =
        small_signal_new(&params, (double)controls->values[PORT_GAIN]);
    if (!small_signal)
        return 0.0;
    const double amperes_per_volt = highest_leg_a(small_signal);
    small_signal_free(small_signal);
    const double volts = fmin(params.stage.rail_v, params.stage.current_limit_a / amperes_per_volt);
    return fmin(SHARE_OF_LIMITS * volts / controls_full_scale_v(controls), HIGHEST_LEVEL);
}
