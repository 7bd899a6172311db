// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "kernel.h"

#define TEXT_(text) #text
#define TEXT(text)  TEXT_(text)

const struct kernels KERNEL(kernels) = {.machine = TEXT(KERNEL_MACHINE),
#define KERNEL_ENTRY(type, name, arguments) .name = KERNEL(name),
                                        KERNEL_LIST(KERNEL_ENTRY)
#undef KERNEL_ENTRY
};
