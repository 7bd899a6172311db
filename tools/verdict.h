// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Plain sentences on the outputs of one amplifier: whether balanced helps here, and what would help
// more.
#ifndef LOADLINE_VERDICT_H
#define LOADLINE_VERDICT_H

#include "advice.h"

#include <stddef.h>
#include <stdio.h>

// The model's name: that of the output up to its last comma.
size_t verdict_model_length(const struct device *amplifier);

// One sentence a line, without an end of line after the last.
void verdict_write(FILE *file, const struct question *question, const struct advice *outputs,
                   size_t count);

// How long a level may be heard, if it is above 100 dB: a sentence. Else nothing, and false.
bool verdict_write_exposure(FILE *file, double spl_db);

#endif
