// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// How much work a network is, counted as the chain counts it: any device has to be ready before a
// change takes effect.
#include "band.h"
#include "devices.h"
#include "network.h"
#include "ports.h"
#include "random_circuit.h"
#include "settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define SETTINGS 4

// On its own cable; the last two settings need the causal forms, too.
static void device_params(unsigned headphone, int topology, int setting,
                          struct chain_params *params) {
    float values[PORT_COUNT];
    settings_default(values);
    values[PORT_HEADPHONE] = (float)headphone;
    values[PORT_TOPOLOGY] = (float)topology;
    if (setting % 2)
        values[PORT_OUTPUT_CAPACITOR] = 100;
    if (setting / 2)
        values[PORT_CURRENT_LIMIT] = 50;
    ports_to_params(PLUGIN_CHAIN, values, params);
}

static int cost_of(const struct chain_params *params) {
    static struct band band;
    static struct network network;
    static struct network_builder builder;
    if (band.step_s == 0)
        band_init(&band, 96000);
    const struct network_site site = {.line_band = &band, .output_band = &band};
    int cost = 0;
    network_begin(&builder, params, &site, &network);
    do
        cost += network_step_cost(&builder);
    while (!network_step(&builder));
    assert_false(builder.failed);
    return cost;
}

static void every_headphone_is_built_in_time(void **state) {
    (void)state;
    int highest = 0;
    for (unsigned headphone = 0; headphone <= headphone_count; headphone++)
        for (int topology = 0; topology < TOPOLOGY_COUNT; topology++)
            for (int setting = 0; setting < SETTINGS; setting++) {
                struct chain_params params;
                device_params(headphone, topology, setting, &params);
                const int cost = cost_of(&params);
                highest = cost > highest ? cost : highest;
            }
    print_message("the dearest headphone costs %d of %d\n", highest, NETWORK_COST_MAX);
    assert_in_range(highest, NETWORK_COST_MAX / 2, NETWORK_COST_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_headphone_is_built_in_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
