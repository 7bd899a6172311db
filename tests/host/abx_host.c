// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "abx_host.h"

#include <stdio.h>
#include <stdlib.h>

enum { BLOCK = 512 };

struct plugin_host *abx_open(void) {
    return plugin_host_open(ABX_URI, ABX_RATE_HZ, PLUGIN_HOST_URID_MAP);
}

struct abx_sound abx_sound_new(size_t frames) {
    return (struct abx_sound){stereo_new(frames), stereo_new(frames), stereo_new(frames), 0};
}

void abx_sound_free(struct abx_sound *sound) {
    stereo_free(&sound->a);
    stereo_free(&sound->b);
    stereo_free(&sound->out);
}

struct abx_sound abx_sound_signs(size_t frames, float level) {
    struct abx_sound sound = abx_sound_new(frames);
    for (size_t n = 0; n < frames; n++) {
        sound.a.left[n] = sound.a.right[n] = level;
        sound.b.left[n] = sound.b.right[n] = -level;
    }
    return sound;
}

void abx_play(struct plugin_host *host, struct abx_sound *sound, size_t frames, uint32_t block) {
    const size_t end = sound->at + frames;
    if (end > sound->a.frames) {
        fputs("abx_host: the sound is over\n", stderr);
        abort();
    }
    while (sound->at < end) {
        const size_t rest = end - sound->at;
        const uint32_t count = rest < block ? (uint32_t)rest : block;
        plugin_host_connect(host, "a_l", sound->a.left + sound->at);
        plugin_host_connect(host, "a_r", sound->a.right + sound->at);
        plugin_host_connect(host, "b_l", sound->b.left + sound->at);
        plugin_host_connect(host, "b_r", sound->b.right + sound->at);
        plugin_host_connect(host, "out_l", sound->out.left + sound->at);
        plugin_host_connect(host, "out_r", sound->out.right + sound->at);
        plugin_host_run(host, count);
        sound->at += count;
    }
    plugin_host_reconnect(host);
}

void abx_press(struct plugin_host *host, const char *symbol) {
    plugin_host_set(host, symbol, 1);
    plugin_host_run(host, 0);
    plugin_host_set(host, symbol, 0);
    plugin_host_run(host, 0);
}

// Two crossfades, as one may be on its way already.
bool abx_x_is_b(struct plugin_host *host, struct abx_sound *signs) {
    plugin_host_set(host, "select", ABX_X);
    signs->at = 0;
    abx_play(host, signs, (size_t)2 * ABX_FADE + 1, BLOCK);
    return signs->out.left[signs->at - 1] < 0;
}

int abx_seed(int first, bool x_is_b) {
    struct abx_sound signs = abx_sound_signs((size_t)2 * ABX_LATENCY, 1);
    bool found = !x_is_b;
    int seed = first;
    for (; found != x_is_b; seed++) {
        struct plugin_host *host = abx_open();
        plugin_host_set(host, "seed", seed);
        signs.at = 0;
        abx_play(host, &signs, signs.a.frames, BLOCK);
        found = abx_x_is_b(host, &signs);
        plugin_host_close(host);
    }
    abx_sound_free(&signs);
    return seed - 1;
}
