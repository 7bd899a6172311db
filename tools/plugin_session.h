// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// A built plugin, hosted through lilv: the one in LV2_PATH, or else where this command was told at
// build time to look (LOADLINE_LV2_PATH). Nothing but the one bundle is read.
#ifndef LOADLINE_PLUGIN_SESSION_H
#define LOADLINE_PLUGIN_SESSION_H

#include "controls.h"

#include <stddef.h>

// The longest run, and the step in which meters can be read.
enum { SESSION_BLOCK_MAX = 1024 };

struct plugin_session; // opaque

// Reads the values of its controls at every run. NULL after a message.
struct plugin_session *plugin_session_open(const struct controls *controls, double rate_hz);
void plugin_session_close(struct plugin_session *session);

// The next run starts from silence, with the controls in force at once.
void plugin_session_restart(struct plugin_session *session);

// At most SESSION_BLOCK_MAX frames, left and right.
void plugin_session_run(struct plugin_session *session, float *const in[2], float *const out[2],
                        size_t frames);

// An output as the last run left it; the latency is known after a run of no frames.
double plugin_session_meter(const struct plugin_session *session, enum port_id id);
size_t plugin_session_latency(const struct plugin_session *session);

#endif
