// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "utf8.h"

#include <stdbool.h>

// By how many bytes a letter has.
static const struct form {
    unsigned char mark, mask; // of the first byte
    uint32_t least;           // what fewer bytes could hold is written in fewer
} forms[] = {
    [1] = {0x00, 0x80, 0x01},
    [2] = {0xc0, 0xe0, 0x80},
    [3] = {0xe0, 0xf0, 0x800},
    [4] = {0xf0, 0xf8, 0x10000},
};

enum { BYTES_MAX = sizeof forms / sizeof *forms - 1 };

static bool is_letter(uint32_t letter) {
    const bool is_half_of_utf16 = letter >= 0xd800 && letter <= 0xdfff;
    return letter <= 0x10ffff && !is_half_of_utf16;
}

size_t utf8_letter(const char *text, uint32_t *letter) {
    const unsigned char *bytes = (const unsigned char *)text;
    size_t count = 1;
    while (count <= BYTES_MAX && (bytes[0] & forms[count].mask) != forms[count].mark)
        count++;
    if (count > BYTES_MAX)
        return 0;
    *letter = bytes[0] & ~(uint32_t)forms[count].mask;
    for (size_t i = 1; i < count; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
        *letter = *letter << 6 | (bytes[i] & 0x3f);
    }
    return *letter >= forms[count].least && is_letter(*letter) ? count : 0;
}
