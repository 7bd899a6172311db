// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "gsm.h"
#include "fourier.h"

#include <math.h>

#define FRAMES       26 // a multiframe; the last is idle
#define MULTIFRAME_S 120e-3
#define FRAME_S      (MULTIFRAME_S / FRAMES)
#define BURST_S      (FRAME_S / 8.0)
#define RAMP_S       28e-6
#define COUPLED_LINE 3 // 25 Hz: the first that passes

// The transform of a burst of height 1 around t = 0: a rectangle with raised-cosine ramps, whose
// transform is pi/4 (sinc(f ramp - 1/2) + sinc(f ramp + 1/2)).
static double burst(double hz) {
    const double ramp =
        M_PI_4 * (fourier_sinc(hz * RAMP_S - 0.5) + fourier_sinc(hz * RAMP_S + 0.5));
    return BURST_S * fourier_sinc(hz * BURST_S) * ramp * fourier_taper_audible(hz);
}

// Bursts in all frames, without their mean.
static void add_bursts(struct loop *loop, double scale) {
    double complex line[FOURIER_LINES] = {0};
    const int count = (int)ceil(POWER_SPECTRUM_HIGHEST_HZ * FRAME_S);
    for (int h = 1; h < count; ++h) {
        const double hz = h / FRAME_S;
        line[h] = scale * 2.0 / FRAME_S * burst(hz) * cexp(-I * M_PI * hz * BURST_S);
    }
    fourier_add(line, count, FRAMES, loop->length, loop->sample);
}

// The idle frame, from the middle of the gap before its slot to the middle of the one after.
static void clear_idle_frame(struct loop *loop) {
    const double frame = (double)loop->length / FRAMES;
    const double slot = frame / 8.0;
    const int first = (int)ceil((FRAMES - 1) * frame - (frame - slot) / 2.0);
    for (int n = first; n < first + frame; ++n) {
        loop->sample[n] = loop->sample[first];
    }
}

// One burst less has moved the mean and the two lines below 20 Hz; this takes them away.
static void couple(struct loop *loop, double scale) {
    double complex line[COUPLED_LINE];
    const double late_s = (FRAMES - 1) * FRAME_S + BURST_S / 2.0;
    for (int k = 0; k < COUPLED_LINE; ++k) {
        const double hz = k / MULTIFRAME_S;
        line[k] = scale * (k == 0 ? 1.0 : 2.0) / MULTIFRAME_S * burst(hz) *
                  cexp(-2.0 * M_PI * I * hz * late_s);
    }
    fourier_add(line, COUPLED_LINE, 1, loop->length, loop->sample);
}

bool gsm_init(struct loop *loop, double rate_hz) {
    if (!loop_init_silent(loop, (int)round(MULTIFRAME_S * rate_hz), 1.0 / MULTIFRAME_S)) {
        return false;
    }
    for (int k = COUPLED_LINE; k < loop->spectrum.count; ++k) {
        const double bursts = k % FRAMES == 0 ? FRAMES - 1 : 1;
        const double amplitude = 2.0 / MULTIFRAME_S * bursts * burst(k / MULTIFRAME_S);
        loop->spectrum.power[k] = (float)(0.5 * amplitude * amplitude);
    }
    const double scale = 1.0 / sqrt(power_spectrum_normalize(&loop->spectrum));
    add_bursts(loop, scale);
    clear_idle_frame(loop);
    couple(loop, scale);
    return true;
}
