// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// How loud a measurement of small signals may be.
#ifndef LOADLINE_SAFE_LEVEL_H
#define LOADLINE_SAFE_LEVEL_H

#include "controls.h"

// The peak, of which 1 is full scale, that keeps every leg at a thousandth of its rail and of its
// current limit: knee and harmonics then add less than 0.001 dB. At most 0.01; 0 when memory is
// short.
double safe_level(const struct controls *controls);

#endif
