// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// A host's side of LV2 state: it maps URIs, keeps what a plugin stores, and gives it back, or
// anything else that a script says.
#ifndef LOADLINE_FUZZ_LOOSE_STATE_H
#define LOADLINE_FUZZ_LOOSE_STATE_H

#include "script.h"

#include <lv2/core/lv2.h>
#include <lv2/state/state.h>

// A blind test's, which is all that any of our plugins has.
enum { LOOSE_TRIALS, LOOSE_PLANNED_TRIALS, LOOSE_SEALED, LOOSE_PROPERTIES };

struct loose_property {
    bool is_there;
    uint32_t type, flags;
    size_t size;
    uint8_t *value; // of exactly that size
};

struct loose_state {
    struct loose_property property[LOOSE_PROPERTIES];
};

struct loose_counts {
    int trials, correct, planned_trials;
    bool are_sane;
};

// The URID map alone, or nothing.
const LV2_Feature *const *loose_state_features(bool maps);

// Anything: of the wrong type or size, or nothing. To be freed.
void loose_state_invent(struct loose_state *state, struct script *script);
// What is sealed as the plugin does it, with any counts. To be freed.
struct loose_counts loose_state_forge(struct loose_state *state, struct script *script);
// What the plugin stores, which has to be whole unless there is an error. To be freed.
LV2_State_Status loose_state_save(struct loose_state *state, const LV2_State_Interface *interface,
                                  LV2_Handle handle);
LV2_State_Status loose_state_restore(struct loose_state *state,
                                     const LV2_State_Interface *interface, LV2_Handle handle);
void loose_state_free(struct loose_state *state);

// Of a state that was saved.
int32_t loose_state_trials(const struct loose_state *state);

#endif
