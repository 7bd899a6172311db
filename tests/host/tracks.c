// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "tracks.h"

#include "die.h"
#include "spectrum.h"
#include "splitmix.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PI 3.14159265358979323846

struct tracks tracks_new(unsigned channels, size_t frames) {
    struct tracks tracks = {.channels = channels, .frames = frames};
    if (channels > TRACKS_MAX)
        die("%u channels are more than %d", channels, TRACKS_MAX);
    for (unsigned c = 0; c < channels; c++)
        tracks.channel[c] = allocate(frames + 1, sizeof(float)); // of no frames, something, too
    return tracks;
}

void tracks_free(struct tracks *tracks) {
    for (unsigned c = 0; c < tracks->channels; c++)
        free(tracks->channel[c]);
    *tracks = (struct tracks){0};
}

void tracks_add_sine(struct tracks *tracks, double amplitude, double cycles_per_frame) {
    for (size_t i = 0; i < tracks->frames; i++) {
        const double cycles = fmod(cycles_per_frame * (double)i, 1.0);
        const float x = (float)(amplitude * sin(2.0 * PI * cycles));
        for (unsigned c = 0; c < tracks->channels; c++)
            tracks->channel[c][i] += x;
    }
}

void tracks_add_noise(struct tracks *tracks, double amplitude, uint64_t seed) {
    struct splitmix random = {seed};
    for (size_t i = 0; i < tracks->frames; i++)
        for (unsigned c = 0; c < tracks->channels; c++)
            tracks->channel[c][i] += (float)(amplitude * splitmix_even(&random));
}

bool tracks_same(const struct tracks *a, const struct tracks *b) {
    if (a->channels != b->channels || a->frames != b->frames)
        return false;
    for (unsigned c = 0; c < a->channels; c++)
        if (memcmp(a->channel[c], b->channel[c], a->frames * sizeof(float)) != 0)
            return false;
    return true;
}

bool tracks_is_finite(const struct tracks *tracks) {
    for (unsigned c = 0; c < tracks->channels; c++)
        for (size_t i = 0; i < tracks->frames; i++)
            if (!isfinite(tracks->channel[c][i]))
                return false;
    return true;
}

double tracks_peak(const struct tracks *tracks) {
    float peak = 0;
    for (unsigned c = 0; c < tracks->channels; c++)
        for (size_t i = 0; i < tracks->frames; i++)
            peak = fmaxf(peak, fabsf(tracks->channel[c][i]));
    return (double)peak;
}

double tracks_null_depth_db(const struct tracks *a, const struct tracks *b, size_t first) {
    double rest = 0;
    double signal = 0;
    for (unsigned c = 0; c < b->channels; c++)
        for (size_t i = first; i < b->frames; i++) {
            const double difference = (double)a->channel[c][i] - (double)b->channel[c][i];
            rest += difference * difference;
            signal += (double)b->channel[c][i] * (double)b->channel[c][i];
        }
    return rest == 0 ? spectrum_decibel(0) : spectrum_decibel(sqrt(rest / signal));
}
