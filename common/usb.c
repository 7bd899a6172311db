// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "usb.h"

#include <math.h>

#define MICROFRAMES      8 // a frame
#define FRAME_FALL_S     50e-6
#define MICROFRAME_FALL  10e-6
#define MICROFRAME_SHARE 0.25

double complex usb_line(int harmonic, double fundamental_hz) {
    const double rad_s = 2.0 * M_PI * harmonic * fundamental_hz;
    double complex line = FRAME_FALL_S / (1.0 + I * rad_s * FRAME_FALL_S);
    if (harmonic % MICROFRAMES == 0) {
        line +=
            MICROFRAMES * MICROFRAME_SHARE * MICROFRAME_FALL / (1.0 + I * rad_s * MICROFRAME_FALL);
    }
    return 2.0 * fundamental_hz * line;
}
