// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "chain_host.h"

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
