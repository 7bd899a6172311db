// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "state_store.h"

#include <string.h>

static const LV2_Feature *const no_features[] = {NULL};

const LV2_State_Interface *state_interface(const LilvInstance *instance) {
    const LV2_Descriptor *descriptor = lilv_instance_get_descriptor(instance);
    return descriptor->extension_data ? descriptor->extension_data(LV2_STATE__interface) : NULL;
}

static LV2_State_Status put(LV2_State_Handle handle, uint32_t key, const void *value, size_t size,
                            uint32_t type, uint32_t flags) {
    struct state_store *store = handle;
    (void)flags;
    if (store->count == STATE_STORE_PROPERTIES || size > STATE_STORE_BYTES)
        return LV2_STATE_ERR_NO_SPACE;
    struct state_property *property = &store->property[store->count++];
    *property = (struct state_property){key, type, size, {0}};
    memcpy(property->value, value, size);
    return LV2_STATE_SUCCESS;
}

static const void *get(LV2_State_Handle handle, uint32_t key, size_t *size, uint32_t *type,
                       uint32_t *flags) {
    const struct state_store *store = handle;
    for (size_t i = 0; i < store->count; i++)
        if (store->property[i].key == key) {
            *size = store->property[i].size;
            *type = store->property[i].type;
            *flags = LV2_STATE_IS_POD | LV2_STATE_IS_PORTABLE;
            return store->property[i].value;
        }
    return NULL;
}

LV2_State_Status state_save(LilvInstance *instance, struct state_store *store) {
    store->count = 0;
    return state_interface(instance)->save(lilv_instance_get_handle(instance), put, store,
                                           LV2_STATE_IS_POD | LV2_STATE_IS_PORTABLE, no_features);
}

LV2_State_Status state_restore(LilvInstance *instance, const struct state_store *store) {
    // Only get() has it, which does not write.
    return state_interface(instance)->restore(lilv_instance_get_handle(instance), get,
                                              (void *)(uintptr_t)store, 0, no_features);
}
