// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "grid.h"

#include <stdlib.h>
#include <string.h>

const double host_rates_hz[HOST_RATES] = {22050, 44100,  48000,  88200,
                                          96000, 176400, 192000, 384000};

bool long_run(void) {
    const char *asked = getenv("LOADLINE_LONG");
    return asked && strcmp(asked, "1") == 0;
}
