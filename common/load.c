// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "load.h"

#include <math.h>
#include <string.h>

// Corners of the R||L sections, symmetric about sqrt(20 * 20000) Hz, and how much more the ends of
// the band and the magnitude (rather than the phase) weigh: found by minimising the worst error of
// a divider with any resistor over n, as a part of 0.01 dB and 0.1 degree (Nelder-Mead). 0.093 %
// and 0.08 degree at the worst n.
static const double section_hz[SEMI_SECTIONS] = {10.4960569, 48.0430374, 175.771582, 632.455532,
                                                 2275.68072, 8325.86826, 38109.5493};
static const double end_weight = 0.33;
static const double magnitude_weight = 1.98;

#define SEMI_BASIS  (SEMI_SECTIONS + 2) // resistor, inductor, sections
#define SEMI_POINTS 28
#define TOP_HZ      20000.0

#define BOTTOM_HZ 20.0

// Solves the symmetric positive definite a x = b by Cholesky, in place; x comes back in b.
static void solve_normal_equations(double a[SEMI_BASIS][SEMI_BASIS], double b[SEMI_BASIS]) {
    for (int i = 0; i < SEMI_BASIS; ++i) {
        for (int j = 0; j <= i; ++j) {
            double sum = a[i][j];
            for (int k = 0; k < j; ++k) {
                sum -= a[i][k] * a[j][k];
            }
            a[i][j] = i == j ? sqrt(sum) : sum / a[j][j];
        }
    }
    for (int i = 0; i < SEMI_BASIS; ++i) {
        for (int k = 0; k < i; ++k) {
            b[i] -= a[i][k] * b[k];
        }
        b[i] /= a[i][i];
    }
    for (int i = SEMI_BASIS - 1; i >= 0; --i) {
        for (int k = i + 1; k < SEMI_BASIS; ++k) {
            b[i] -= a[k][i] * b[k];
        }
        b[i] /= a[i][i];
    }
}

// With x = f / 20 kHz and unit impedance there, the basis is 1, jx and jx / (jx + x_k).
static void add_equation(double a[SEMI_BASIS][SEMI_BASIS], double b[SEMI_BASIS],
                         const double row[SEMI_BASIS], double target) {
    for (int i = 0; i < SEMI_BASIS; ++i) {
        for (int j = 0; j <= i; ++j) {
            a[i][j] += row[i] * row[j];
        }
        b[i] += row[i] * target;
    }
}

// Near n = 0 and 1 most of the basis is not needed, and rounding leaves 1e-13 of it, of either
// sign.
static double without_rounding(double part) {
    return part > 1e-6 ? part : 0.0;
}

void semi_inductance_fit(double ohm_at_20_khz, double exponent, struct semi_inductance *semi) {
    double a[SEMI_BASIS][SEMI_BASIS] = {{0}};
    double b[SEMI_BASIS] = {0};
    const double target_re = cos(exponent * M_PI / 2.0);
    const double target_im = sin(exponent * M_PI / 2.0);
    const double step = pow(TOP_HZ / BOTTOM_HZ, 1.0 / (SEMI_POINTS - 1));
    const double magnitude_step = pow(step, exponent);
    double x = BOTTOM_HZ / TOP_HZ;
    double magnitude = pow(x, exponent);
    for (int point = 0; point < SEMI_POINTS; ++point) {
        const double position = 2.0 * point / (SEMI_POINTS - 1) - 1.0; // -1 at 20 Hz, 1 at 20 kHz
        const double square = position * position;
        const double weight = (1.0 + end_weight * square * square * square) / magnitude; // relative
        double re[SEMI_BASIS] = {weight, 0.0}, im[SEMI_BASIS] = {0.0, weight * x};
        double along[SEMI_BASIS], across[SEMI_BASIS];
        for (int k = 0; k < SEMI_SECTIONS; ++k) {
            const double corner = section_hz[k] / TOP_HZ;
            const double scale = weight * x / (x * x + corner * corner);
            re[2 + k] = scale * x;
            im[2 + k] = scale * corner;
        }
        for (int k = 0; k < SEMI_BASIS; ++k) { // turned so that the target is real
            along[k] = magnitude_weight * (re[k] * target_re + im[k] * target_im);
            across[k] = im[k] * target_re - re[k] * target_im;
        }
        add_equation(a, b, along, magnitude_weight * weight * magnitude);
        add_equation(a, b, across, 0.0);
        x *= step;
        magnitude *= magnitude_step;
    }
    solve_normal_equations(a, b);
    semi->ohm = ohm_at_20_khz * without_rounding(b[0]);
    semi->henry = ohm_at_20_khz * without_rounding(b[1]) / (2.0 * M_PI * TOP_HZ);
    for (int k = 0; k < SEMI_SECTIONS; ++k) {
        semi->section_ohm[k] = ohm_at_20_khz * without_rounding(b[2 + k]);
        semi->section_henry[k] = semi->section_ohm[k] / (2.0 * M_PI * section_hz[k]);
    }
}

// Element names carry the branch and the peak or section: "Rpeak1", with several branches
// "Rpeak1b2".
static const char *name(char text[static CIRCUIT_NAME_SIZE], const char *stem, int part,
                        int branch) {
    char *end = text + strlen(strcpy(text, stem));
    if (part >= 0) {
        *end++ = (char)('1' + part);
    }
    if (branch > 0) {
        *end++ = 'b';
        *end++ = (char)('1' + branch);
    }
    *end = '\0';
    return text;
}

// A resonance rise/(1 + jQ(f/f0 - f0/f)) is R||L||C with R = rise, C = Q/(w0 R), L = R/(w0 Q).
static int add_peak(struct circuit *circuit, int from, const struct load_peak *peak, int index,
                    int branch) {
    if (peak->rise_ohm <= 0.0) {
        return from;
    }
    char text[CIRCUIT_NAME_SIZE];
    const double w0 = 2.0 * M_PI * peak->hz;
    const int to = circuit_series(circuit, CIRCUIT_RESISTOR, name(text, "Rpeak", index, branch),
                                  from, peak->rise_ohm, false);
    circuit_add(circuit, CIRCUIT_INDUCTOR, name(text, "Lpeak", index, branch), from, to,
                peak->rise_ohm / (w0 * peak->q));
    circuit_add(circuit, CIRCUIT_CAPACITOR, name(text, "Cpeak", index, branch), from, to,
                peak->q / (w0 * peak->rise_ohm));
    return to;
}

static int add_semi_inductance(struct circuit *circuit, int from, const struct load_branch *load,
                               int branch) {
    if (load->semi_ohm <= 0.0) {
        return from;
    }
    struct semi_inductance semi;
    char text[CIRCUIT_NAME_SIZE];
    semi_inductance_fit(load->semi_ohm, load->semi_exponent, &semi);
    from = circuit_series(circuit, CIRCUIT_RESISTOR, name(text, "Rsemi", -1, branch), from,
                          semi.ohm, false);
    from = circuit_series(circuit, CIRCUIT_INDUCTOR, name(text, "Lsemi", -1, branch), from,
                          semi.henry, false);
    for (int k = 0; k < SEMI_SECTIONS; ++k) {
        if (semi.section_ohm[k] > 0.0) {
            const int to = circuit_series(circuit, CIRCUIT_RESISTOR, name(text, "Rsemi", k, branch),
                                          from, semi.section_ohm[k], false);
            circuit_add(circuit, CIRCUIT_INDUCTOR, name(text, "Lsemi", k, branch), from, to,
                        semi.section_henry[k]);
            from = to;
        }
    }
    return from;
}

static void add_branch(struct circuit *circuit, int from, int to, const struct load_branch *load,
                       int branch) {
    char text[CIRCUIT_NAME_SIZE];
    const double series_farad = load->farad > 0.0 ? load->farad : (double)INFINITY;
    from = circuit_series(circuit, CIRCUIT_CAPACITOR, name(text, "Cload", -1, branch), from,
                          series_farad, false);
    from = circuit_series(circuit, CIRCUIT_INDUCTOR, name(text, "Lload", -1, branch), from,
                          load->henry, false);
    for (int k = 0; k < LOAD_PEAKS_MAX; ++k) {
        from = add_peak(circuit, from, &load->peak[k], k, branch);
    }
    from = add_semi_inductance(circuit, from, load, branch);
    circuit_add(circuit, CIRCUIT_RESISTOR, name(text, "Rload", -1, branch), from, to, load->ohm);
}

void load_build(const struct load_params *load, struct circuit *circuit, int plus, int minus) {
    for (int i = 0; i < (int)load->branch_count; ++i) {
        add_branch(circuit, plus, minus, &load->branch[i], i);
    }
}
