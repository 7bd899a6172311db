// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// What each file of LV2 glue offers to the bundle.
#ifndef LOADLINE_BUNDLE_H
#define LOADLINE_BUNDLE_H

#include <lv2/core/lv2.h>
#include <stdint.h>

#define URI_PREFIX "urn:loadline:"

// The plugins that are a circuit, by index; NULL beyond the last.
const LV2_Descriptor *circuit_descriptor(uint32_t index);
extern const LV2_Descriptor abx_descriptor;

#endif
