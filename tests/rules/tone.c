// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "tone.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#define AMPLITUDE 0.02
#define TONE_HZ   200.0
#define CURVES    2.5
#define FLOOR     (2e-6 * AMPLITUDE) // of rounding to float
#define UNHEARD   (2e-3 * AMPLITUDE) // -88 dB of full scale
#define NOISE     (1e-2 * AMPLITUDE) // need not be the same before and after
#define SETTLE_S  0.333              // a change is over by then
#define STRETCH_S 0.100              // of steady tone that is measured
#define CHANGE_S  (2 * SETTLE_S)     // no single change takes longer
#define LEAD_S    0.050              // what is fast is over by then
#define SLOW_S    0.190              // what is slow has not begun
#define OVER_S    0.300              // and is over

enum {
    BLOCK = 64,
    WHAT_BYTES = 128,
    ABOUT = 8,    // periods on each side of one
    PLAYS_ON = 4, // so many of them make it what plays
};

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
    const double sharp = isnan(curve) ? (double)INFINITY : fabs(curve);
    const size_t number = (frame - tone->begun) / period;
    tone->sharpest = fmax(tone->sharpest, sharp);
    if (number < TONE_PERIODS_MAX)
        tone->sharpest_of[number] = fmax(tone->sharpest_of[number], sharp);
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

// Long where there is noise.
static double play_steady(struct tone *tone) {
    tone_play(tone, STRETCH_S);
    if (tone->noise > NOISE)
        go_on(tone, CHANGE_S);
    return tone->sharpest;
}

static void begin(struct tone *tone) {
    tone->begun = tone->played;
    memset(tone->sharpest_of, 0, sizeof tone->sharpest_of);
}

// `before` has played.
static void begin_change(struct tone *tone, double before) {
    tone->before = before;
    tone->noise_before = tone->noise;
    tone->changes = tone->played;
    tone->sharpest = 0;
}

void tone_begin(struct tone *tone) {
    begin(tone);
    begin_change(tone, play_steady(tone));
}

void tone_wait(struct tone *tone, double seconds) {
    go_on(tone, seconds);
}

static void count(struct tone *tone, const char *what, double when_s, double sharpest, double limit,
                  double after) {
    tone->judged++;
    tone->noisy += fmax(tone->noise_before, tone->noise) > NOISE;
    tone->deaf += limit > AMPLITUDE;
    if (sharpest <= limit)
        return;
    tone->clicks++;
    print_message("%s clicks at %.3f s: second difference %.3g of %.3g, %.3g before, %.3g after\n",
                  what, when_s, sharpest, limit, tone->before, after);
}

static double limit_of(const struct tone *tone, double after) {
    return CURVES * fmax(tone->before, after) + FLOOR;
}

void tone_end(struct tone *tone, const char *what) {
    go_on(tone, SETTLE_S);
    const double during = tone->sharpest;
    const double after = play_steady(tone);
    count(tone, what, 0, during, limit_of(tone, after), after);
}

static int falling(const void *a, const void *b) {
    const double one = *(const double *)a;
    const double other = *(const double *)b;
    return (one < other) - (one > other);
}

// How sharp what plays about a period is again and again.
static double playing(const struct tone *tone, size_t number, size_t periods) {
    double about[2 * ABOUT + 1];
    size_t count = 0;
    const size_t end = number + ABOUT + 1 < periods ? number + ABOUT + 1 : periods;
    for (size_t i = number > ABOUT ? number - ABOUT : 0; i < end; i++)
        about[count++] = tone->sharpest_of[i];
    qsort(about, count, sizeof *about, falling);
    return about[PLAYS_ON - 1];
}

// After `seconds` more, by which all is over. What is sharper than `floor` may be a click.
static void end_of_several(struct tone *tone, const char *what, double seconds, double floor) {
    go_on(tone, seconds);
    const double after = play_steady(tone);
    const bool noisy = fmax(tone->noise_before, tone->noise) > NOISE;
    const size_t played = (tone->played - tone->begun) / tone->period;
    const size_t periods = played < TONE_PERIODS_MAX ? played : TONE_PERIODS_MAX;
    double worst = -1, sharpest = 0, limit = 0;
    size_t at = 0;
    for (size_t i = (tone->changes - tone->begun) / tone->period; i < periods; i++) {
        const double plays = fmax(playing(tone, i, periods), tone->on_the_way);
        const double calm = CURVES * plays + floor;
        const double allowed = noisy ? fmax(calm, limit_of(tone, after)) : calm;
        const double over = tone->sharpest_of[i] / allowed;
        if (over <= worst)
            continue;
        worst = over;
        sharpest = tone->sharpest_of[i];
        limit = allowed;
        at = i;
    }
    count(tone, what, (double)(at * tone->period) / plugin_host_rate_hz(tone->host), sharpest,
          limit, after);
}

void tone_end_of_several(struct tone *tone, const char *what) {
    end_of_several(tone, what, SETTLE_S, FLOOR);
    tone->on_the_way = 0;
}

void tone_note(struct tone *tone) {
    tone->on_the_way = fmax(tone->on_the_way, play_steady(tone));
}

// Loud noise may have charged any reactance before, and what comes into force may let nothing
// through: what is left then is told by its level alone.
void tone_rest(struct tone *tone, const char *what) {
    go_on(tone, LEAD_S);
    begin(tone);
    begin_change(tone, tone_play(tone, SLOW_S - LEAD_S));
    end_of_several(tone, what, OVER_S - SLOW_S, UNHEARD);
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
