// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// What a host can offer a plugin: every feature of the LV2 specification that is not for user
// interfaces.
//
// Work that a plugin schedules is done at once, as by a host without time to lose; the responses
// wait for features_deliver(). Files of the state go into the directory TMPDIR or /tmp. Not for
// several threads.
#ifndef LOADLINE_TESTS_HOST_FEATURES_H
#define LOADLINE_TESTS_HOST_FEATURES_H

#include <lilv/lilv.h>
#include <lv2/urid/urid.h>
#include <stdint.h>

struct features;

// `block_max` is the longest run.
struct features *features_new(double rate_hz, uint32_t block_max);
void features_free(struct features *features);

// For lilv_plugin_instantiate(): every feature, or the URID map alone. They have to outlive the
// instance.
const LV2_Feature *const *features_all(const struct features *features);
const LV2_Feature *const *features_urid_map(void);

// Once there is an instance, and after each run.
void features_attach(struct features *features, LilvInstance *instance);
void features_deliver(struct features *features);

// One map for all. URIDs live until the end of the process.
LV2_URID features_urid(const char *uri);
LV2_URID_Map *features_map(void);
LV2_URID_Unmap *features_unmap(void);

#endif
