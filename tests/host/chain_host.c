// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "chain_host.h"

#include <stdlib.h>
#include <string.h>

const double chain_rates_hz[CHAIN_RATES] = {22050, 44100,  48000,  88200,
                                            96000, 176400, 192000, 384000};

const struct chain_circuit chain_circuits[CHAIN_CIRCUITS] = {
    {"ideal", CHAIN_IDEAL},
    {"defaults", ""},
    {"shared return", "ground_resistance=200 shared_length=1 output_impedance=10"},
    {"clipping", "rail=1.2 knee=10"},
    {"current limit", "current_limit=5 resistance=32"},
    {"current limit, shared return", "current_limit=5 ground_resistance=1000 resistance=32"},
    {"sag", "supply_resistance=10 supply_capacitance=200 rail=3 resistance=32"},
    {"bridge", "topology=2 rail=1.2 leg_mismatch=2"},
    {"bridge, limited, sagging",
     "topology=2 current_limit=20 supply_resistance=2 supply_capacitance=100 rail=2 resistance=16"},
    {"transformer", "topology=3 output_impedance=100 magnetizing_inductance=0.2"},
    {"distortion", "second_harmonic=-50 third_harmonic=-60 crossover=5 slew_rate=0.05 rail=3"},
    {"noise", "stage_noise=200 noise_corner=1000 source_noise=100 gain=6"},
};

bool chain_long_run(void) {
    const char *asked = getenv("LOADLINE_LONG");
    return asked && strcmp(asked, "1") == 0;
}

struct plugin_host *chain_open(double rate_hz) {
    return plugin_host_open(CHAIN_URI, rate_hz, PLUGIN_HOST_URID_MAP);
}

void chain_start(struct plugin_host *host, const char *settings, int quality) {
    plugin_host_restart(host);
    plugin_host_set_defaults(host);
    plugin_host_set_all(host, settings);
    plugin_host_set(host, "quality", quality);
}

void chain_play(struct plugin_host *host, const struct stereo *in, struct stereo *out,
                uint32_t block) {
    plugin_host_render(host, in->left, in->right, out->left, out->right, in->frames, block);
}
