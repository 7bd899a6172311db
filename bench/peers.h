// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The plugins of others that ours are compared with.
#ifndef LOADLINE_BENCH_PEERS_H
#define LOADLINE_BENCH_PEERS_H

#include <stddef.h>

#define PEER_GUITARIX "http://guitarix.sourceforge.net/plugins/gx_amp_stereo#GUITARIX_ST"

struct peer {
    const char *name, *uri;
};

extern const struct peer peers[];
extern const size_t peer_count;

#endif
