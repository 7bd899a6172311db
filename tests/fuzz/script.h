// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// A fuzzer's input read as a script, from front to back. Beyond its end everything is zero.
#ifndef LOADLINE_FUZZ_SCRIPT_H
#define LOADLINE_FUZZ_SCRIPT_H

#include "fuzz.h"

struct script {
    const uint8_t *data;
    size_t left;
};

uint8_t script_byte(struct script *script);
// Below `count`.
unsigned script_choice(struct script *script, unsigned count);
uint32_t script_word(struct script *script);
// 0 to 1, both included.
double script_share(struct script *script);
// Any bits at all.
float script_float(struct script *script);

#endif
