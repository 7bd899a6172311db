// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// A chart as a file: SVG, PNG or PDF.
#ifndef LOADLINE_PICTURE_H
#define LOADLINE_PICTURE_H

#include "chart.h"

#include <stdbool.h>

// By the suffix of its path.
struct picture_format;

// Ends the process over a suffix that says none.
const struct picture_format *picture_format_of(const char *path);

// In pixels of 1/96 inch. False after a message; then nothing is left behind.
bool picture_write(const struct chart *chart, const struct theme *theme, double width,
                   double height, const struct picture_format *format, const char *path,
                   bool force);

#endif
