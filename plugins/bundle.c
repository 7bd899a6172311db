// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The one symbol that a host looks up: the plugins in the order of PLUGIN_LIST.
#include "bundle.h"

#include "ports.h"

LV2_SYMBOL_EXPORT const LV2_Descriptor *lv2_descriptor(uint32_t index) {
    return index == PLUGIN_INDEX_ABX ? &abx_descriptor : circuit_descriptor(index);
}
