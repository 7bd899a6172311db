// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "tone.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include <setjmp.h>

#include <cmocka.h>

#define AMPLITUDE 0.02
#define TONE_HZ   200.0
#define CURVES    2.5
#define FLOOR     (2e-6 * AMPLITUDE) // of rounding to float
#define NOISE     (1e-2 * AMPLITUDE) // need not be the same before and after
#define SETTLE_S  0.333              // a change is over by then
#define STRETCH_S 0.100              // of steady tone that is measured

enum { BLOCK = 64, WHAT_BYTES = 128 };

struct tone tone_new(struct plugin_host *host) {
    struct tone tone = {.host = host};
    tone.period = (size_t)lround(plugin_host_rate_hz(host) / TONE_HZ);
    tone.in = tracks_new(plugin_host_audio_count(host, true), BLOCK);
    tone.out = tracks_new(plugin_host_audio_count(host, false), BLOCK);
    tone.past = tracks_new(plugin_host_audio_count(host, false), tone.period);
    return tone;
}

void tone_free(struct tone *tone) {
    tracks_free(&tone->in);
    tracks_free(&tone->out);
    tracks_free(&tone->past);
}

// What a new sample tells of the ones before.
static void judge(struct tone *tone, float *past, size_t frame, double now) {
    const size_t period = tone->period;
    const size_t at = frame % period;
    const double before = (double)past[(at + period - 1) % period];
    const double curve = now - 2 * before + (double)past[(at + period - 2) % period];
    // A NaN is the sharpest of all.
    if (!(fabs(curve) <= tone->sharpest))
        tone->sharpest = isnan(curve) ? (double)INFINITY : fabs(curve);
    tone->noise = fmax(tone->noise, fabs(now - (double)past[at]));
    past[at] = (float)now;
}

static void play_block(struct tone *tone) {
    const double step_rad = 2 * acos(-1.0) / (double)tone->period;
    for (unsigned c = 0; c < tone->in.channels; c++)
        for (size_t i = 0; i < BLOCK; i++)
            tone->in.channel[c][i] =
                (float)(AMPLITUDE * (1 - 0.1 * c) *
                        sin(step_rad * (double)((tone->played + i) % tone->period)));
    plugin_host_play(tone->host, &tone->in, &tone->out, 0, BLOCK, BLOCK);
    for (unsigned c = 0; c < tone->out.channels; c++)
        for (size_t i = 0; i < BLOCK; i++)
            judge(tone, tone->past.channel[c], tone->played + i, (double)tone->out.channel[c][i]);
    tone->played += BLOCK;
}

static int blocks_of(const struct tone *tone, double seconds) {
    return (int)ceil(seconds * plugin_host_rate_hz(tone->host) / BLOCK);
}

static void go_on(struct tone *tone, double seconds) {
    for (int i = blocks_of(tone, seconds); i > 0; i--)
        play_block(tone);
}

double tone_play(struct tone *tone, double seconds) {
    tone->sharpest = tone->noise = 0;
    go_on(tone, seconds);
    return tone->sharpest;
}

void tone_settle(struct tone *tone) {
    tone_play(tone, SETTLE_S);
}

int tone_settle_blocks(const struct tone *tone) {
    return blocks_of(tone, SETTLE_S);
}

// --- Changes ---

void tone_begin(struct tone *tone) {
    tone->before = tone_play(tone, STRETCH_S);
    tone->noise_before = tone->noise;
    tone->sharpest = 0;
}

void tone_end(struct tone *tone, const char *what) {
    go_on(tone, SETTLE_S);
    const double during = tone->sharpest;
    const double after = tone_play(tone, STRETCH_S);
    if (fmax(tone->noise_before, tone->noise) > NOISE) {
        tone->noisy++;
        return;
    }
    tone->judged++;
    if (during <= CURVES * fmax(tone->before, after) + FLOOR)
        return;
    tone->clicks++;
    print_message("%s clicks: second difference %.3g, %.3g before, %.3g after\n", what, during,
                  tone->before, after);
}

// A value a block.
static void move(struct tone *tone, const struct plugin_host_port *port, double from, double to,
                 int blocks) {
    const bool by_ratio = from > 0 && to > 0 && fmax(from / to, to / from) > 50;
    for (int i = 1; i <= blocks; i++) {
        const double share = (double)i / blocks;
        plugin_host_set(tone->host, port->symbol,
                        i == blocks ? to
                        : by_ratio  ? from * pow(to / from, share)
                                    : from + (to - from) * share);
        play_block(tone);
    }
}

void tone_change(struct tone *tone, const char *what, const struct plugin_host_port *port,
                 double to, int blocks) {
    const double from = plugin_host_get(tone->host, port->symbol);
    char text[WHAT_BYTES];
    snprintf(text, sizeof text, "%s: %s from %g to %g", what, port->symbol, from, to);
    tone_begin(tone);
    move(tone, port, from, to, blocks);
    tone_end(tone, text);
}
