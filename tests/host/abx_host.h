// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The blind test as a host runs it: two recordings in, one out.
#ifndef LOADLINE_TESTS_ABX_HOST_H
#define LOADLINE_TESTS_ABX_HOST_H

#include "plugin_host.h"
#include "stereo.h"

#define ABX_URI     "urn:loadline:abx"
#define ABX_RATE_HZ 48000.0

enum {
    ABX_LATENCY = 1024, // frames
    ABX_FADE = 240,     // frames, of 5 ms
    ABX_A = 0,          // values of `select`
    ABX_B = 1,
    ABX_X = 2,
};

struct abx_sound {
    struct stereo a, b, out;
    size_t at; // frames that have been played
};

// A plugin at its defaults that can save state.
struct plugin_host *abx_open(void);

// Silence. The sounds are the test's to fill.
struct abx_sound abx_sound_new(size_t frames);
void abx_sound_free(struct abx_sound *sound);
// A is +level, B is -level in both channels, for ever: what is heard shows by its sign.
struct abx_sound abx_sound_signs(size_t frames, float level);

// The next frames. The host's own memory is connected again afterwards.
void abx_play(struct plugin_host *host, struct abx_sound *sound, size_t frames, uint32_t block);
// Presses a button and lets it go, between two frames.
void abx_press(struct plugin_host *host, const char *symbol);

// What X is, found by ear; `select` then is at X. The sound is one of signs, and starts anew.
bool abx_x_is_b(struct plugin_host *host, struct abx_sound *signs);
// The least seed from `first` on whose first X, in a fresh instance, is as asked.
int abx_seed(int first, bool x_is_b);

#endif
