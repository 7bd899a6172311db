// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "stereo.h"

#include "tracks.h"

static struct tracks as_tracks(const struct stereo *stereo) {
    return (struct tracks){2, stereo->frames, {stereo->left, stereo->right}};
}

struct stereo stereo_new(size_t frames) {
    const struct tracks tracks = tracks_new(2, frames);
    return (struct stereo){frames, tracks.channel[0], tracks.channel[1]};
}

void stereo_free(struct stereo *stereo) {
    struct tracks tracks = as_tracks(stereo);
    tracks_free(&tracks);
    *stereo = (struct stereo){0};
}

void stereo_add_sine(struct stereo *stereo, double amplitude, double cycles_per_frame) {
    struct tracks tracks = as_tracks(stereo);
    tracks_add_sine(&tracks, amplitude, cycles_per_frame);
}

void stereo_add_noise(struct stereo *stereo, double amplitude, uint64_t seed) {
    struct tracks tracks = as_tracks(stereo);
    tracks_add_noise(&tracks, amplitude, seed);
}

bool stereo_same(const struct stereo *a, const struct stereo *b) {
    const struct tracks one = as_tracks(a);
    const struct tracks other = as_tracks(b);
    return tracks_same(&one, &other);
}

bool stereo_is_finite(const struct stereo *stereo) {
    const struct tracks tracks = as_tracks(stereo);
    return tracks_is_finite(&tracks);
}

double stereo_peak(const struct stereo *stereo) {
    const struct tracks tracks = as_tracks(stereo);
    return tracks_peak(&tracks);
}

double stereo_null_depth_db(const struct stereo *a, const struct stereo *b, size_t first) {
    const struct tracks one = as_tracks(a);
    const struct tracks other = as_tracks(b);
    return tracks_null_depth_db(&one, &other, first);
}
