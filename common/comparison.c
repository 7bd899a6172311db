// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "comparison.h"

#include "alignment.h"
#include "kernels.h"
#include "null.h"
#include "sample.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#define LOUDEST 4.0f // 12 dB over full scale: no alignment makes B louder than that

_Static_assert((int)COMPARISON_LATENCY == (int)ALIGNMENT_LATENCY,
               "what is reported is what happens");

// One of the two signals, and how it is aligned if it is B.
struct heard {
    bool is_b;
    struct alignment alignment;
};

// A crossfade on its way.
struct fade {
    int frames, at; // its length, and how far it is; at its end there is none
    struct heard to;
    bool is_null; // it leads to where it began
    // Amplitudes of the signal it leaves and of the other one, and the energy of their difference
    // as far as that is more than a difference in level.
    double left, other, unlike;
};

struct comparison {
    const struct kernels *kernels;
    bool fresh; // since reset
    uint32_t view;
    struct heard heard;
    struct fade fade;
    struct tape a, b;
    int tick_frames; // since the last tick
    struct aligner aligner;
    struct null_meter null;
};

// A stretch of sound, left and right.
struct sound {
    float left[ALIGNMENT_TICK], right[ALIGNMENT_TICK];
};

struct comparison *comparison_new(double rate_hz) {
    if (!(rate_hz >= 8000.0 && rate_hz <= 768000.0)) {
        return NULL;
    }
    struct comparison *comparison = calloc(1, sizeof *comparison);
    if (!comparison) {
        return NULL;
    }
    comparison->kernels = kernels_select();
    comparison->fade.frames = (int)lround(COMPARISON_FADE_S * rate_hz);
    null_init(&comparison->null, rate_hz);
    if (!aligner_init(&comparison->aligner, rate_hz)) {
        comparison_free(comparison);
        return NULL;
    }
    comparison_reset(comparison);
    return comparison;
}

void comparison_free(struct comparison *comparison) {
    if (comparison) {
        aligner_free(&comparison->aligner);
        free(comparison);
    }
}

void comparison_reset(struct comparison *comparison) {
    comparison->fresh = true;
    comparison->fade.at = comparison->fade.frames;
    comparison->tick_frames = 0;
    tape_clear(&comparison->a);
    tape_clear(&comparison->b);
    null_restart(&comparison->null);
    aligner_reset(&comparison->aligner);
}

struct comparison_meters comparison_meters(const struct comparison *comparison) {
    return (struct comparison_meters){
        aligner_difference_db(&comparison->aligner, &comparison->heard.alignment),
        null_depth_db(&comparison->null),
    };
}

// --- Crossfades ---

static bool is_fading(const struct fade *fade) {
    return fade->at < fade->frames;
}

// The amplitudes are those of the last seconds, the same whatever is heard.
static void note_energies(struct fade *fade, const struct null_energy *energy, bool leaves_b) {
    const double amplitude[2] = {sqrt(energy->a), sqrt(energy->b)};
    const double step = amplitude[1] - amplitude[0];
    fade->left = amplitude[leaves_b];
    fade->other = amplitude[!leaves_b];
    fade->unlike = fmax(energy->difference - step * step, 0.0);
}

static void begin_fade(struct comparison *comparison, const struct comparison_controls *controls) {
    const struct alignment found = aligner_result(&comparison->aligner);
    const struct heard *from = &comparison->heard;
    const bool aligns = controls->is_known && !alignment_same(&found, &from->alignment);
    struct fade *fade = &comparison->fade;
    if (is_fading(fade) || (controls->view == comparison->view && !aligns)) {
        return;
    }
    comparison->view = controls->view;
    fade->at = 0;
    fade->to.is_b = controls->hears_b;
    fade->to.alignment = aligns ? found : from->alignment;
    fade->is_null = (from->is_b == controls->hears_b) & !(aligns & from->is_b);
    note_energies(fade, &comparison->null.sum, from->is_b);
}

static void end_fade(struct comparison *comparison) {
    const bool aligns =
        !alignment_same(&comparison->heard.alignment, &comparison->fade.to.alignment);
    comparison->heard = comparison->fade.to;
    if (aligns) {
        null_restart(&comparison->null);
    }
}

// How much weaker the sum (1 - w) left + w other is than its parts let expect, as an amplitude:
// r^2 = 1 - w (1 - w) unlike / ((1 - w) |left| + w |other|)^2.
static double dip(const struct fade *fade, double w) {
    const double expected = (1.0 - w) * fade->left + w * fade->other;
    const double missing = w * (1.0 - w) * fade->unlike;
    return sqrt(fmax(1.0 - missing / fmax(expected * expected, DBL_MIN), 0.0));
}

// Brings the level to min(1, 2 r), wherever the crossfade leads. No branch, so that the time it
// takes does not tell.
static float correction(const struct fade *fade, double w) {
    const double r = dip(fade, w);
    const double null = (double)fade->is_null;
    return (float)((null * r + (1.0 - null)) / fmax(r, 0.5));
}

// The minus signs keep the sign of a zero.
static float mix(float from, float to, float weight, float gain) {
    return (from - weight * (from - to)) * gain;
}

static void cross_fade(struct fade *fade, const struct sound *to, struct sound *sound, int frames) {
    for (int n = 0; n < frames; ++n) {
        const float weight = sample_fade((double)++fade->at / fade->frames);
        const float gain = correction(fade, (double)weight);
        sound->left[n] = mix(sound->left[n], to->left[n], weight, gain);
        sound->right[n] = mix(sound->right[n], to->right[n], weight, gain);
    }
}

// --- Sound ---

static void take(const struct comparison *comparison, const float *const in[2], uint32_t done,
                 int frames, struct tape *to) {
    struct sound sound = {0};
    for (int n = 0; n < frames; ++n) {
        sound.left[n] = in[0][done + (uint32_t)n];
        sound.right[n] = in[1][done + (uint32_t)n];
    }
    comparison->kernels->remove_insane(SAMPLE_LARGEST, sound.left, ALIGNMENT_TICK);
    comparison->kernels->remove_insane(SAMPLE_LARGEST, sound.right, ALIGNMENT_TICK);
    tape_write(to, sound.left, sound.right, frames);
}

static void amplify(float *samples, float gain, int frames) {
    for (int n = 0; n < frames; ++n) {
        const float own = fabsf(samples[n]);
        const float limit = own > LOUDEST ? own : LOUDEST;
        const float louder = gain * samples[n];
        const float held = louder < limit ? louder : limit;
        samples[n] = held > -limit ? held : -limit;
    }
}

// Without an alignment no bit is changed.
static void read_aligned(const struct tape *tape, const struct alignment *alignment,
                         struct sound *sound, int frames) {
    tape_read(tape, alignment_delay(alignment), sound->left, sound->right, frames);
    if (alignment->gain != 1.0f) {
        amplify(sound->left, alignment->gain, frames);
        amplify(sound->right, alignment->gain, frames);
    }
}

static void measure(struct comparison *comparison, const struct sound sound[2], int frames) {
    null_add(&comparison->null, (const float *const[]){sound[0].left, sound[0].right},
             (const float *const[]){sound[1].left, sound[1].right}, frames);
    aligner_add(&comparison->aligner, &comparison->a, &comparison->b, frames);
}

static void give(const struct sound *sound, float *const out[2], uint32_t done, int frames) {
    for (int n = 0; n < frames; ++n) {
        out[0][done + (uint32_t)n] = sound->left[n];
        out[1][done + (uint32_t)n] = sound->right[n];
    }
}

// A and B are computed alike, whichever is heard: what it costs does not tell either.
static void process_stretch(struct comparison *comparison, float *const out[2], uint32_t done,
                            int frames) {
    struct fade *fade = &comparison->fade;
    struct sound sound[2], next[2];
    tape_read(&comparison->a, COMPARISON_LATENCY, sound[0].left, sound[0].right, frames);
    read_aligned(&comparison->b, &comparison->heard.alignment, &sound[1], frames);
    measure(comparison, sound, frames);
    if (!is_fading(fade)) {
        give(&sound[comparison->heard.is_b], out, done, frames);
        return;
    }
    next[0] = sound[0];
    read_aligned(&comparison->b, &fade->to.alignment, &next[1], frames);
    cross_fade(fade, &next[fade->to.is_b], &sound[comparison->heard.is_b], frames);
    give(&sound[comparison->heard.is_b], out, done, frames);
    if (!is_fading(fade)) {
        end_fade(comparison);
    }
}

static void start_fresh(struct comparison *comparison, const struct comparison_controls *controls) {
    comparison->fresh = false;
    comparison->view = controls->view;
    comparison->heard = (struct heard){controls->hears_b, alignment_none};
}

static int least(int a, int b) {
    return a < b ? a : b;
}

// To the end of the block, the tick or the crossfade.
static int stretch_frames(const struct comparison *comparison, uint32_t rest) {
    const struct fade *fade = &comparison->fade;
    const int to_tick = ALIGNMENT_TICK - comparison->tick_frames;
    const int frames = rest < (uint32_t)to_tick ? (int)rest : to_tick;
    return is_fading(fade) ? least(frames, fade->frames - fade->at) : frames;
}

void comparison_process(struct comparison *comparison, const struct comparison_controls *controls,
                        const float *const a[2], const float *const b[2], float *const out[2],
                        uint32_t frames) {
    if (comparison->fresh) {
        start_fresh(comparison, controls);
    }
    for (uint32_t done = 0; done < frames;) {
        begin_fade(comparison, controls);
        const int count = stretch_frames(comparison, frames - done);
        take(comparison, a, done, count, &comparison->a);
        take(comparison, b, done, count, &comparison->b);
        process_stretch(comparison, out, done, count);
        done += (uint32_t)count;
        comparison->tick_frames += count;
        if (comparison->tick_frames == ALIGNMENT_TICK) {
            comparison->tick_frames = 0;
            aligner_tick(&comparison->aligner, controls->align, &comparison->a, &comparison->b);
        }
    }
}
