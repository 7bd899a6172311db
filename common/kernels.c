// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "kernels.h"

#include <stdlib.h>
#include <string.h>

const struct kernels *kernels_select(void) {
#ifdef LOADLINE_HAVE_V3
    const char *wanted = getenv("LOADLINE_KERNELS");
    const int able = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                     __builtin_cpu_supports("bmi2");
    if (able && !(wanted && strcmp(wanted, "baseline") == 0)) {
        return &kernels_v3;
    }
#endif
    return &kernels_baseline;
}
