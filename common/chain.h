// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The whole chain, source to headphone, as a plugin runs it: stereo float in, stereo float out, any
// block length.
//
// Changes never click and never make a block late. Gain and enabled move smoothly at once.
// Everything else (a circuit value, a device, the quality) takes effect a fixed number of samples
// after it last changed: the new path is computed in small slices, warmed up beside the old one,
// and faded in. Time is counted in samples from chain_reset(), so the output does not depend on how
// a host cuts its blocks.
#ifndef LOADLINE_CHAIN_H
#define LOADLINE_CHAIN_H

#include "params.h"

#include <stdbool.h>
#include <stdint.h>

enum quality { QUALITY_LIVE, QUALITY_NORMAL, QUALITY_HIGH, QUALITY_COUNT };

struct chain_controls {
    struct chain_params params;
    double gain_db;
    int quality;
    uint32_t seed; // of the noise; read once after a reset
    bool enabled;
    bool freewheel;    // normal quality becomes high
    uint32_t revision; // has to change whenever params, quality or freewheel do
};

// Every figure is finite; a silent or empty ratio reads its bound in the port table.
struct chain_meters {
    double latency_frames;
    double overload, clipping, limiting; // 0 or 1
    double match_gain_db;
    double peak_spl_db, power_mw, current_ma, headroom_db;
    double noise_spl_dba, response_deviation_db, damping_factor, crosstalk_db;
    double cmrr_db;
};

struct chain; // opaque

// Allocates and designs filters; NULL when memory is short or the rate is not within 8 to 768 kHz.
// Not real-time safe.
struct chain *chain_new(double rate_hz);
void chain_free(struct chain *chain);

// Forgets all sound, as at activation; the next chain_process() takes its controls at once, and
// builds its network there and then (some hundred microseconds). Real-time safe.
void chain_reset(struct chain *chain);

// Inputs and outputs may be the same buffers in any combination. Real-time safe.
void chain_process(struct chain *chain, const struct chain_controls *controls, const float *in_left,
                   const float *in_right, float *out_left, float *out_right, uint32_t frames);

// Of everything processed so far. Real-time safe.
const struct chain_meters *chain_meters(const struct chain *chain);

#endif
