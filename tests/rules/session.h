// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// A session that a host saves and opens again.
#ifndef LOADLINE_TESTS_SESSION_H
#define LOADLINE_TESTS_SESSION_H

#include "plugin_host.h"

// Saves the plugin as it stands and restores it into a fresh instance of the same rate: the ports,
// the meters and the sound are those of the saved one, started again, over noise of that seed.
void session_expect_kept(struct plugin_host *host, uint64_t seed);

#endif
