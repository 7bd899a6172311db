// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "fourier.h"

#include <math.h>

#define BLOCK 8 // angles at once

// What Clenshaw's recurrence leaves of a sum over h > 0:
//   sum c[h] cos(h a) = b1 cos(a) - b2,  sum c[h] sin(h a) = b1 sin(a)
struct clenshaw {
    double b1[BLOCK], b2[BLOCK];
};

static void recur(const double *coefficient, int count, const double twice_cos[BLOCK],
                  struct clenshaw *sum) {
    double b1[BLOCK] = {0};
    double b2[BLOCK] = {0};
    for (int h = count - 1; h > 0; --h) {
        for (int i = 0; i < BLOCK; ++i) {
            const double b0 = coefficient[h] + twice_cos[i] * b1[i] - b2[i];
            b2[i] = b1[i];
            b1[i] = b0;
        }
    }
    for (int i = 0; i < BLOCK; ++i) {
        sum->b1[i] = b1[i];
        sum->b2[i] = b2[i];
    }
}

// Cosines are even and sines odd about n = 0, so that half of the angles give all samples.
void fourier_add(const double complex *line, int count, int cycles, int length, float *to) {
    double cosine[FOURIER_LINES];
    double sine[FOURIER_LINES];
    while (count > 1 && line[count - 1] == 0.0) {
        --count;
    }
    for (int h = 0; h < count; ++h) {
        cosine[h] = creal(line[h]);
        sine[h] = -cimag(line[h]);
    }
    for (int first = 0; first <= length / 2; first += BLOCK) {
        double turn_cos[BLOCK];
        double turn_sin[BLOCK];
        double twice_cos[BLOCK];
        struct clenshaw even;
        struct clenshaw odd;
        for (int i = 0; i < BLOCK; ++i) {
            const double angle = 2.0 * M_PI * ((first + i) * cycles % length) / length;
            turn_cos[i] = cos(angle);
            turn_sin[i] = sin(angle);
            twice_cos[i] = 2.0 * turn_cos[i];
        }
        recur(cosine, count, twice_cos, &even);
        recur(sine, count, twice_cos, &odd);
        for (int i = 0; i < BLOCK && first + i <= length / 2; ++i) {
            const double cosines = cosine[0] + even.b1[i] * turn_cos[i] - even.b2[i];
            const double sines = odd.b1[i] * turn_sin[i];
            const int n = first + i;
            to[n] += (float)(cosines + sines);
            if (n > 0 && length - n > n) {
                to[length - n] += (float)(cosines - sines);
            }
        }
    }
}

double fourier_taper(double hz, double edge_hz, double width_hz) {
    const double scale = 1.0 / (M_SQRT2 * width_hz);
    return 0.5 * (erfc((hz - edge_hz) * scale) - erfc((hz + edge_hz) * scale));
}

double fourier_taper_audible(double hz) {
    return fourier_taper(hz, 16600.0, 800.0);
}

double fourier_sinc(double x) {
    return x == 0.0 ? 1.0 : sin(M_PI * x) / (M_PI * x);
}
