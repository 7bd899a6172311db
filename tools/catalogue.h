// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// What there is to choose from, as tables.
#ifndef LOADLINE_CATALOGUE_H
#define LOADLINE_CATALOGUE_H

#include "table.h"

// Every device, with where its figures come from and which of them are estimated.
struct table *catalogue_devices(void);
struct table *catalogue_presets(void);
// Every control and meter.
struct table *catalogue_symbols(void);

#endif
