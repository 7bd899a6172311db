// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Current pulses of a USB device between the grounds of computer and converter.
#ifndef LOADLINE_USB_H
#define LOADLINE_USB_H

#include "loop.h"

// One pulse e^(-t/50 us) each frame (1 ms, full speed) and one of a quarter of its height,
// e^(-t/10 us), each microframe (125 us, high speed): combs of 1 kHz and 8 kHz.
#define USB_FRAME_HZ 1000.0
loop_line usb_line;

#endif
