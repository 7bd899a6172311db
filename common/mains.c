// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "mains.h"

#include <math.h>

#define RECTIFIER_HIGHEST 41
#define STRIKE_FALL_S     300e-6
#define STRIKE_RISE_S     30e-6
#define STRIKE_PEAK       2.0 // relative to the glow
#define ELECTRODE_MISFIT  0.1
#define LAMP_LAG_RAD      (M_PI / 3.0)

// e^(-j turns pi / 2)
static double complex late(int turns) {
    static const double complex turn[4] = {1.0, -I, -1.0, I};
    return turn[turns % 4];
}

double complex ground_loop_line(int harmonic, double fundamental_hz) {
    (void)fundamental_hz;
    if (harmonic % 2 == 0 || harmonic > RECTIFIER_HIGHEST) {
        return 0.0;
    }
    return pow(harmonic, -0.7) * (harmonic % 3 == 0 ? 1.5 : 1.0) * late(harmonic);
}

double complex hum_line(int harmonic, double fundamental_hz) {
    static const double amplitude[] = {0.0, 1.0, 0.05, 0.15, 0.0, 0.05};
    (void)fundamental_hz;
    return harmonic < 6 ? amplitude[harmonic] * late(2 * harmonic) : 0.0;
}

// 1/pi times the integral of sin(a) e^(-j h a) over the two conducting quarters.
double complex dimmer_line(int harmonic, double fundamental_hz) {
    (void)fundamental_hz;
    if (harmonic % 2 == 0) {
        return 0.0;
    }
    if (harmonic == 1) {
        return -1.0 / M_PI - 0.5 * I;
    }
    return harmonic % 4 == 3 ? 2.0 / (M_PI * (harmonic - 1)) : -2.0 / (M_PI * (harmonic + 1));
}

// The transform of e^(-t/fall) from t = 0 on.
static double complex decay(double fall_s, double hz) {
    return fall_s / (1.0 + 2.0 * M_PI * I * hz * fall_s);
}

double complex fluorescent_line(int harmonic, double fundamental_hz) {
    const double hz = harmonic * fundamental_hz;
    const double complex spike = decay(STRIKE_FALL_S, hz) - decay(STRIKE_RISE_S, hz);
    double complex line = 4.0 * fundamental_hz * STRIKE_PEAK * spike; // two strikes a period
    if (harmonic % 2 == 0) {
        line -= 4.0 / (M_PI * (harmonic * harmonic - 1.0)); // of |sin(a)|
    } else {
        line *= ELECTRODE_MISFIT;
    }
    return line * cexp(-(double complex)I * harmonic * LAMP_LAG_RAD);
}
