// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// A chunk of a signal with its past in front, for filters that look back. Real-time safe.
#ifndef LOADLINE_HISTORY_H
#define LOADLINE_HISTORY_H

#include "kernels.h"

#include <string.h>

#define SIGNAL_HISTORY 8 // samples of the past

struct signal {
    _Alignas(32) float sample[SIGNAL_HISTORY + CHUNK_MAX];
};

// The first sample of the chunk.
static inline float *signal_now(struct signal *signal) {
    return signal->sample + SIGNAL_HISTORY;
}

// Puts what was remembered in front of the chunk.
static inline void signal_recall(struct signal *signal, const float past[SIGNAL_HISTORY]) {
    memcpy(signal->sample, past, SIGNAL_HISTORY * sizeof *past);
}

// Keeps the end of a chunk of `count` samples for the next.
static inline void signal_remember(const struct signal *signal, float past[SIGNAL_HISTORY],
                                   int count) {
    memcpy(past, signal->sample + count, SIGNAL_HISTORY * sizeof *past);
}

#endif
