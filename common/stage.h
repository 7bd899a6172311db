// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The amplifier's nonlinearity, leg by leg, at the internal rate: from the input voltage to the EMF
// of each channel.
//
//   f(v) = clip(d + a2 d^2 + a3 d^3),  d = v - clamp(v, +-crossover),  then the slew rate.
//
// clip is linear to rail (1 - knee), then a parabola that reaches the rail with zero slope at rail
// (1 + knee).
//
// What the dead zone and the clipping subtract is anti-aliased (kernel_stage.c); the signal itself
// only waits for it. Below the rails and without a dead zone the stage is a pure delay. The residue
// is compensated on both sides of the nonlinearity for what straight lines between samples and the
// triangle do to it, sinc^2(f / rate) each, so that clipping is true to the continuous circuit up
// to 20 kHz.
#ifndef LOADLINE_STAGE_H
#define LOADLINE_STAGE_H

#include "compensation.h"
#include "kernels.h"
#include "params.h"

#include <stdbool.h>

#define STAGE_LEGS_MAX 4 // left +, right +, left -, right -

#define STAGE_LATENCY (2 * SHAPER_LATENCY) // of the dead zone and of the clipping

// What the clipping compares with the rails has entered the stage so many samples ago.
#define STAGE_RAIL_LATENCY (SHAPER_LATENCY + COMPENSATION_LATENCY)

// Samples of the past in front of a line: what a nonlinearity reads, and the first one's delay.
#define STAGE_PAST (2 * GROUP)
_Static_assert(STAGE_PAST >= SHAPER_PAST + SHAPER_LATENCY,
               "the clipping may read the input's line");

struct stage {
    const struct kernels *kernels;
    int leg_count;
    double inverting_gain; // of the second leg of a bridge
    bool mirrored;         // both legs of a bridge do exactly the same, in opposite polarity
    double rail_v, crossover_v, a2, a3, knee, slew_v; // slew per sample
    struct compensation compensation;
    float input[2][STAGE_PAST + CHUNK_MAX]; // left, right, past first
    struct leg {
        float shaped[STAGE_PAST + CHUNK_MAX]; // what clips, past first; unless the input does
        struct residue_past dead_zone, clipped;
        double slewed;
    } leg[STAGE_LEGS_MAX];
};

// One value a sample, that of STAGE_RAIL_LATENCY samples ago.
struct rails {
    float plus_v[CHUNK_MAX], minus_v[CHUNK_MAX];
    double lowest_v;
};

// What the meters need of a chunk.
struct stage_peak {
    double of_rail; // highest |EMF| of a leg as a part of its rail
    bool clipped;
};

// Real-time safe, microseconds.
void stage_init(struct stage *stage, const struct kernels *kernels,
                const struct stage_params *params, const struct compensation *compensation,
                double rate_hz);

// Where a channel's next chunk of input is to be written.
static inline float *stage_input(struct stage *stage, int channel) {
    return stage->input[channel] + STAGE_PAST;
}

// To emf[channel] (the difference of a bridge's legs), `count` samples, a multiple of GROUP and at
// most CHUNK_MAX. Real-time safe.
void stage_process(struct stage *stage, const struct rails *rails, float *const emf[2], int count,
                   struct stage_peak *peak);

// A channel's EMF for one sample of input, without anti-aliasing and noise. `slewed_v` is where its
// legs are, before and after.
double stage_emf(const struct stage *stage, double v, double rail_plus, double rail_minus,
                 double slewed_v[2]);

#endif
