// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// For kernel_*.c only: gives each function the name of the machine it is compiled for
// (KERNEL_MACHINE).
#ifndef LOADLINE_KERNEL_H
#define LOADLINE_KERNEL_H

#include "kernels.h"
#include "simd.h"

#define KERNEL_JOIN_(name, machine) name##_##machine
#define KERNEL_JOIN(name, machine)  KERNEL_JOIN_(name, machine)
#define KERNEL(name)                KERNEL_JOIN(name, KERNEL_MACHINE)

#define KERNEL_DECLARE(type, name, arguments) type KERNEL(name) arguments;
KERNEL_LIST(KERNEL_DECLARE)
#undef KERNEL_DECLARE

#endif
