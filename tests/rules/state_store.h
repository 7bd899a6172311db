// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// What a plugin saves, in memory: the calls are the plugin's own, without lilv, which is not for
// several threads.
#ifndef LOADLINE_TESTS_STATE_STORE_H
#define LOADLINE_TESTS_STATE_STORE_H

#include <lilv/lilv.h>
#include <lv2/state/state.h>
#include <stddef.h>
#include <stdint.h>

enum { STATE_STORE_PROPERTIES = 16, STATE_STORE_BYTES = 64 };

struct state_store {
    size_t count;
    struct state_property {
        uint32_t key, type;
        size_t size;
        char value[STATE_STORE_BYTES];
    } property[STATE_STORE_PROPERTIES];
};

// NULL, if the plugin has no state.
const LV2_State_Interface *state_interface(const LilvInstance *instance);

// Replaces what is stored.
LV2_State_Status state_save(LilvInstance *instance, struct state_store *store);
LV2_State_Status state_restore(LilvInstance *instance, const struct state_store *store);

#endif
