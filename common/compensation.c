// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "compensation.h"

#include <math.h>

#define BAND_HZ 20000.0

// Five symmetric taps closest to 1 / sinc^2(f / rate) up to 20 kHz, exact at DC:
//   1 + 2 c1 (cos w - 1) + 2 c2 (cos 2w - 1)
void compensation_init(struct compensation *compensation, double rate_hz) {
    double *tap = compensation->tap;
    enum { POINTS = 32 };
    double a11 = 0.0, a12 = 0.0, a22 = 0.0, b1 = 0.0, b2 = 0.0;
    for (int i = 1; i <= POINTS; ++i) {
        const double w = 2.0 * M_PI * BAND_HZ / rate_hz * i / POINTS;
        const double sinc = sin(w / 2.0) / (w / 2.0);
        const double x1 = 2.0 * (cos(w) - 1.0);
        const double x2 = 2.0 * (cos(2.0 * w) - 1.0);
        const double y = 1.0 / (sinc * sinc) - 1.0;
        a11 += x1 * x1;
        a12 += x1 * x2;
        a22 += x2 * x2;
        b1 += x1 * y;
        b2 += x2 * y;
    }
    const double determinant = a11 * a22 - a12 * a12;
    tap[1] = tap[3] = (b1 * a22 - b2 * a12) / determinant;
    tap[0] = tap[4] = (b2 * a11 - b1 * a12) / determinant;
    tap[2] = 1.0 - 2.0 * (tap[0] + tap[1]);
}
