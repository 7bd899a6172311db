// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// What a fuzzer calls with whatever it thinks up: libFuzzer in the long run of the tests, replay.c
// with the corpus in the normal one. Each fuzz_*.c defines it once; anything wrong aborts.
#ifndef LOADLINE_FUZZ_H
#define LOADLINE_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
