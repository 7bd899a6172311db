// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "loose_state.h"

#include "abx.h"
#include "bundle.h"

#include <lv2/atom/atom.h>
#include <lv2/urid/urid.h>
#include <string.h>

// A URID is an index of this, plus one.
static const char *const uris[] = {
    [LOOSE_TRIALS] = URI_PREFIX "abx#trials",
    [LOOSE_PLANNED_TRIALS] = URI_PREFIX "abx#planned_trials",
    [LOOSE_SEALED] = URI_PREFIX "abx#sealed",
    LV2_ATOM__Int,
    LV2_ATOM__Long,
};

enum { URIS = sizeof uris / sizeof *uris, URID_INT = LOOSE_PROPERTIES + 1, URID_LONG };

enum { INVENTED_BYTES_MAX = 16 };

static LV2_URID map_uri(LV2_URID_Map_Handle handle, const char *uri) {
    (void)handle;
    LV2_URID urid = 0;
    while (urid < URIS && strcmp(uris[urid], uri) != 0)
        urid++;
    demand(urid < URIS);
    return urid + 1;
}

const LV2_Feature *const *loose_state_features(bool maps) {
    static LV2_URID_Map map = {NULL, map_uri};
    static const LV2_Feature feature = {LV2_URID__map, &map};
    static const LV2_Feature *const with[] = {&feature, NULL};
    return maps ? with : with + 1;
}

// --- Making one ---

static void put(struct loose_state *state, unsigned key, uint32_t type, const void *value,
                size_t size) {
    struct loose_property *property = &state->property[key];
    *property = (struct loose_property){true, type, LV2_STATE_IS_POD | LV2_STATE_IS_PORTABLE, size,
                                        malloc(size > 0 ? size : 1)};
    demand(property->value != NULL);
    memcpy(property->value, value, size);
}

void loose_state_invent(struct loose_state *state, struct script *script) {
    *state = (struct loose_state){0};
    for (unsigned key = 0; key < LOOSE_PROPERTIES; key++) {
        const bool is_long = key == LOOSE_SEALED;
        const uint8_t how = script_byte(script);
        uint8_t bytes[INVENTED_BYTES_MAX];
        if (how % 8 == 0)
            continue;
        const uint32_t type = how % 8 == 1 ? script_word(script) : is_long ? URID_LONG : URID_INT;
        const size_t usual = is_long ? sizeof(int64_t) : sizeof(int32_t);
        const size_t size = how % 8 == 2 ? script_choice(script, INVENTED_BYTES_MAX + 1) : usual;
        for (size_t i = 0; i < size; i++)
            bytes[i] = script_byte(script);
        put(state, key, type, bytes, size);
        state->property[key].flags = how % 8 == 3 ? script_word(script) : LV2_STATE_IS_POD;
    }
}

static bool are_sane(const struct loose_counts *counts) {
    return counts->planned_trials >= ABX_TRIALS_MIN && counts->planned_trials <= ABX_TRIALS_MAX &&
           counts->trials <= counts->planned_trials && counts->correct <= counts->trials;
}

struct loose_counts loose_state_forge(struct loose_state *state, struct script *script) {
    struct loose_counts counts = {0};
    counts.trials = script_byte(script);
    counts.correct = script_byte(script);
    counts.planned_trials = script_byte(script);
    counts.are_sane = are_sane(&counts);
    const struct abx_record record =
        abx_record(counts.trials, counts.correct, counts.planned_trials, script_word(script));
    *state = (struct loose_state){0};
    put(state, LOOSE_TRIALS, URID_INT, &record.trials, sizeof record.trials);
    put(state, LOOSE_PLANNED_TRIALS, URID_INT, &record.planned_trials,
        sizeof record.planned_trials);
    put(state, LOOSE_SEALED, URID_LONG, &record.sealed, sizeof record.sealed);
    return counts;
}

void loose_state_free(struct loose_state *state) {
    for (unsigned key = 0; key < LOOSE_PROPERTIES; key++)
        free(state->property[key].value);
    *state = (struct loose_state){0};
}

// --- To and from a plugin ---

static LV2_State_Status store(LV2_State_Handle handle, uint32_t key, const void *value, size_t size,
                              uint32_t type, uint32_t flags) {
    struct loose_state *state = handle;
    demand(key >= 1 && key <= LOOSE_PROPERTIES && !state->property[key - 1].is_there);
    demand(type == URID_INT || type == URID_LONG);
    demand(size == (type == URID_INT ? sizeof(int32_t) : sizeof(int64_t)));
    demand(flags == (LV2_STATE_IS_POD | LV2_STATE_IS_PORTABLE));
    put(state, key - 1, type, value, size);
    return LV2_STATE_SUCCESS;
}

static const void *retrieve(LV2_State_Handle handle, uint32_t key, size_t *size, uint32_t *type,
                            uint32_t *flags) {
    const struct loose_state *state = handle;
    demand(key >= 1 && key <= LOOSE_PROPERTIES);
    const struct loose_property *property = &state->property[key - 1];
    if (!property->is_there)
        return NULL;
    *size = property->size;
    *type = property->type;
    *flags = property->flags;
    return property->value;
}

LV2_State_Status loose_state_save(struct loose_state *state, const LV2_State_Interface *interface,
                                  LV2_Handle handle) {
    const uint32_t plain = LV2_STATE_IS_POD | LV2_STATE_IS_PORTABLE;
    *state = (struct loose_state){0};
    const LV2_State_Status status = interface->save(handle, store, state, plain, NULL);
    for (unsigned key = 0; key < LOOSE_PROPERTIES; key++)
        demand(state->property[key].is_there == (status == LV2_STATE_SUCCESS));
    return status;
}

LV2_State_Status loose_state_restore(struct loose_state *state,
                                     const LV2_State_Interface *interface, LV2_Handle handle) {
    return interface->restore(handle, retrieve, state, 0, NULL);
}

int32_t loose_state_trials(const struct loose_state *state) {
    int32_t trials;
    memcpy(&trials, state->property[LOOSE_TRIALS].value, sizeof trials);
    return trials;
}
