// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Port values as people write them, in presets and on command lines:
//   "headphone=Sennheiser HD 650; output_impedance=10"
// A value is a number or the label of a choice. "line=NAME" stands for what that row of lines.csv
// states. Not real-time safe.
#ifndef LOADLINE_SETTINGS_H
#define LOADLINE_SETTINGS_H

#include "ports.h"

#include <stdbool.h>

#define SETTINGS_LINE "line"

enum { SETTINGS_ERROR_MAX = 256 };

void settings_default(float values[PORT_COUNT]);
// Changes what the text names, which has to be inputs of one of the plugins, within their range.
// On false, error says what is wrong and what would be right.
bool settings_parse(unsigned plugins, const char *text, float values[PORT_COUNT],
                    char error[SETTINGS_ERROR_MAX]);

#endif
