// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// One signal path with one fixed set of values: up, line, up, stage, network, limit, down. The
// chain (chain.h) runs one, and a second while it moves from one set of values to the next.
#ifndef LOADLINE_PATH_H
#define LOADLINE_PATH_H

#include "chain.h"
#include "interference.h"
#include "limiter.h"
#include "network.h"
#include "noise.h"
#include "oversample.h"
#include "stage.h"
#include "supply.h"

#define PATH_PAD_MAX 128 // internal samples
#define PATH_PAST    256 // frames; no path is as late

// Where the network runs; the line always runs relaxed. While nothing nonlinear depends on its
// currents, half the internal rate is enough and exact; a current limit or a supply that sags wants
// all of it.
enum network_speed { NETWORK_RELAXED, NETWORK_FULL, NETWORK_SPEEDS };

struct network_format {
    int stages_before; // stages of the way down that come before the network
    double rate_hz;
    struct band band;
    int pad; // internal samples that make the delay a whole number of frames
};

// What a quality means at a host rate; computed once.
struct path_format {
    double rate_hz; // internal
    struct compensation compensation;
    struct network_format network[NETWORK_SPEEDS];
    int padding; // frames that make normal and high quality equally late
    int delay;   // frames from input to output, all included
};

// What goes into a line: the signal left and right, and the common-mode emf.
enum line_input { LINE_LEFT, LINE_RIGHT, LINE_EMF, LINE_INPUTS };

struct random_streams {
    struct random_lanes source, stage;
    struct interference_state interference;
};

// Of one chunk.
struct path_peaks {
    double driver_v, leg_a; // louder channel
    double power_w[2];      // left, right: negative while a reactive load gives back
    struct stage_peak stage;
    bool limited, overloaded, finite;
};

struct path {
    const struct kernels *kernels;
    const struct interference *interference; // not owned
    double host_rate_hz;
    struct path_format format[QUALITY_COUNT];
    struct oversampler over[QUALITY_COUNT];

    // The values in effect.
    int quality;
    struct chain_params params;
    enum network_speed speed;
    const struct network *network;
    double volts_per_volt; // at a leg's input, for the end of the line: less than one if whole_emf
    double volts_in;       // volts at the source for a sample of 1, scaled by that
    double common_v[INTERFERENCE_KINDS]; // RMS of what the line picks up, scaled by that
    bool picks_up;                       // whether there is any of that
    double per_volt;                     // sample for a volt at the driver, at a gain of one
    struct stage stage;
    struct supply supply;
    struct rails rails;
    struct limiter limiter;
    struct noise_shape source_noise, stage_noise;
    struct random_streams random;

    // Sound on its way.
    struct noise_state source_state[2], stage_state[STAGE_LEGS_MAX];
    struct engine_state line_state[LINE_INPUTS];
    float line[LINE_INPUTS][ENGINE_PAST + CHUNK_MAX]; // volts, past first
    struct engine_state engine_state[NETWORK_HALVES];
    float emf[2][PATH_PAD_MAX + CHUNK_MAX];       // past first
    float network_in[2][ENGINE_PAST + CHUNK_MAX]; // past first
};

// Designs the filters of every quality. Not for the audio thread.
void path_init(struct path *path, const struct kernels *kernels, double host_rate_hz);

// The rate at which the line runs, and what the line picks up: the same in every quality.
double path_line_rate_hz(const struct path *path);

// Silence, and new values from here on. `network` has to stay. Real-time safe, about a microsecond.
void path_start(struct path *path, int quality, const struct chain_params *params,
                const struct network *network, const struct random_streams *random);

// Once a path has started: the same noise as in the one that sounds, and rails as far down as its.
// Real-time safe.
void path_continue(struct path *path, const struct path *from);

// Frames that a path of any quality looks back at its input and gain: whole groups, at most
// PATH_PAST.
int path_past(const struct path *path);

// `frames` is a multiple of 8 and at most FRAMES_MAX; gain holds one factor a frame. Both have
// path_past() frames of their past in front. Real-time safe.
void path_process(struct path *path, const float *const in[2], const float *gain,
                  float *const out[2], int frames, struct path_peaks *peaks);

// What a network for these values has to be built for.
struct network_site path_site(const struct path *path, int quality,
                              const struct chain_params *params);

static inline const struct path_format *path_format(const struct path *path) {
    return &path->format[path->quality];
}

#endif
