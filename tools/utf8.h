// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Letters of UTF-8, which the command line need not be.
#ifndef LOADLINE_UTF8_H
#define LOADLINE_UTF8_H

#include <stddef.h>
#include <stdint.h>

// How many bytes the letter at the beginning of a text has, and which it is; 0 at what is no UTF-8
// and at the text's end.
size_t utf8_letter(const char *text, uint32_t *letter);

#endif
