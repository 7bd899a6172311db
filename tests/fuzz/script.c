// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "script.h"

#include <string.h>

uint8_t script_byte(struct script *script) {
    if (script->left == 0)
        return 0;
    script->left--;
    return *script->data++;
}

static unsigned script_half(struct script *script) {
    const unsigned low = script_byte(script);
    return low | (unsigned)script_byte(script) << 8;
}

unsigned script_choice(struct script *script, unsigned count) {
    return (count > UINT8_MAX + 1 ? script_half(script) : script_byte(script)) % count;
}

uint32_t script_word(struct script *script) {
    const uint32_t low = script_half(script);
    return low | (uint32_t)script_half(script) << 16;
}

double script_share(struct script *script) {
    return (double)script_half(script) / UINT16_MAX;
}

float script_float(struct script *script) {
    const uint32_t bits = script_word(script);
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}
