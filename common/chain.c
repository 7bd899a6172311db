// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "chain.h"

#include "path.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Sound is processed in chunks on a grid of its own, so that the host's block lengths cannot
// matter.
#define CHUNK_S (1.0 / 1500.0)

// A change takes effect this long after the last one; the new network is ready well before.
#define SETTLE_S  0.200
#define WARM_UP_S 0.030
#define FADE_S    0.010
#define RAMP_S    0.020 // of the gain
#define BYPASS_S  0.010
#define HOLD_S    0.300 // of peak meters

#define SLICES_PER_S     4500.0
#define LARGEST_INPUT    1e4f // keeps a hostile host's numbers out of reach of infinity
#define HEADROOM_BEST_DB 120.0
#define NOISE_FLOOR_DBA  (-120.0)

// Everything that needs a new path.
struct chain_target {
    struct chain_params params;
    int quality;
};

enum incoming { INCOMING_NONE, INCOMING_WARMS_UP, INCOMING_FADES_IN };

// The highest value of the last HOLD_S, a little more: time goes by in slots, and the oldest is
// forgotten.
#define HOLD_SLOTS 16
struct held_peak {
    double value, slot[HOLD_SLOTS];
    int now, frames; // the slot that fills, and how far it has
};

struct chain {
    double rate_hz;
    int chunk_frames, slices_per_chunk;
    struct chain_meters meters;
    struct interference *interference;

    // The grid.
    float in[2][FRAMES_MAX], out[2][FRAMES_MAX];
    int filled;
    struct delay dry[2];

    // Paths: one sounds, the other may be on its way in.
    struct path path[2];
    int sounding;
    enum incoming incoming;
    int incoming_frames; // in its present state
    struct network network[3];
    struct network *in_use[2]; // by each path

    // The next path in the making.
    struct chain_target target;
    uint32_t revision;
    bool pending, built;
    int pending_frames; // since the last change
    struct network_builder builder;

    // Smoothly moving values.
    double gain_db, gain_step_db, gain_target_db;
    int gain_frames;
    double wet; // 0 bypassed, 1 enabled

    bool figures_stale; // the circuit or the gain has moved
    bool fresh;         // since reset

    struct held_peak driver_v, leg_a, of_rail, clipped, limited, overloaded;
    double power_w[2], power_share; // a chunk's share in the mean
};

static int frames_of(const struct chain *chain, double seconds) {
    const int chunks = (int)lround(seconds * chain->rate_hz / chain->chunk_frames);
    return chunks * chain->chunk_frames;
}

struct chain *chain_new(double rate_hz) {
    if (!(rate_hz >= 8000.0 && rate_hz <= 768000.0)) {
        return NULL;
    }
    struct chain *chain = aligned_alloc(64, (sizeof *chain + 63) / 64 * 64);
    if (!chain) {
        return NULL;
    }
    memset(chain, 0, sizeof *chain);
    chain->rate_hz = rate_hz;
    const int frames = 8 * (int)lround(rate_hz * CHUNK_S / 8.0);
    chain->chunk_frames = frames < 8 ? 8 : frames > FRAMES_MAX ? FRAMES_MAX : frames;
    chain->slices_per_chunk = (int)ceil(SLICES_PER_S * chain->chunk_frames / rate_hz);
    chain->power_share = 1.0 - exp(-chain->chunk_frames / (HOLD_S * rate_hz));
    const struct kernels *kernels = kernels_select();
    path_init(&chain->path[0], kernels, rate_hz);
    chain->interference = interference_new(path_line_rate_hz(&chain->path[0]));
    if (!chain->interference) {
        free(chain);
        return NULL;
    }
    chain->path[0].interference = chain->interference;
    chain->path[1] = chain->path[0];
    chain_reset(chain);
    return chain;
}

void chain_free(struct chain *chain) {
    if (chain) {
        interference_free(chain->interference);
    }
    free(chain);
}

static void forget_peaks(struct chain *chain) {
    chain->driver_v = chain->leg_a = chain->of_rail = (struct held_peak){0};
    chain->clipped = chain->limited = chain->overloaded = (struct held_peak){0};
}

void chain_reset(struct chain *chain) {
    chain->fresh = true;
    chain->filled = 0;
    chain->incoming = INCOMING_NONE;
    chain->pending = false;
    memset(chain->in, 0, sizeof chain->in);
    memset(chain->out, 0, sizeof chain->out);
    delay_fill(&chain->dry[0], 0.0f);
    delay_fill(&chain->dry[1], 0.0f);
    forget_peaks(chain);
    chain->power_w[0] = chain->power_w[1] = 0.0;
}

const struct chain_meters *chain_meters(const struct chain *chain) {
    return &chain->meters;
}

static struct chain_target target_of(const struct chain_controls *controls) {
    struct chain_target target;
    memset(&target, 0, sizeof target);
    target.params = controls->params;
    target.quality = controls->quality == QUALITY_NORMAL && controls->freewheel ? QUALITY_HIGH
                                                                                : controls->quality;
    return target;
}

static bool same_params(const struct chain_params *a, const struct chain_params *b) {
    return memcmp(a, b, sizeof *a) == 0;
}

// The network that neither path uses.
static struct network *spare_network(struct chain *chain) {
    int i = 0;
    while (&chain->network[i] == chain->in_use[0] || &chain->network[i] == chain->in_use[1]) {
        ++i;
    }
    return &chain->network[i];
}

static void begin_build(struct chain *chain) {
    const struct network_site site =
        path_site(&chain->path[0], chain->target.quality, &chain->target.params);
    network_begin(&chain->builder, &chain->target.params, &site, spare_network(chain));
    chain->built = false;
}

static void finish_build(struct chain *chain) {
    while (!chain->built) {
        chain->built = network_step(&chain->builder);
    }
}

static void start_path(struct chain *chain, int index, const struct random_streams *random) {
    chain->in_use[index] = chain->builder.network;
    path_start(&chain->path[index], chain->target.quality, &chain->target.params,
               chain->builder.network, random);
}

// The first block after activation has the right circuit from its first sample.
static void start_fresh(struct chain *chain, const struct chain_controls *controls) {
    struct random_streams random;
    random_seed(&random.source, controls->seed);
    random_seed(&random.stage, ~(uint64_t)controls->seed);
    interference_reset(&random.interference, controls->seed);
    const struct path *path = &chain->path[chain->sounding];
    const struct chain_target target = target_of(controls);
    const bool known = chain->in_use[chain->sounding] && path->quality == target.quality &&
                       same_params(&path->params, &target.params);
    chain->target = target;
    chain->revision = controls->revision;
    if (known) {
        path_start(&chain->path[chain->sounding], target.quality, &target.params,
                   chain->in_use[chain->sounding], &random);
    } else {
        begin_build(chain);
        finish_build(chain);
        start_path(chain, chain->sounding, &random);
    }
    chain->gain_db = chain->gain_target_db = controls->gain_db;
    chain->gain_frames = 0;
    chain->wet = controls->enabled ? 1.0 : 0.0;
    chain->figures_stale = true;
    chain->fresh = false;
}

static void note_change(struct chain *chain, const struct chain_controls *controls) {
    if (controls->gain_db != chain->gain_target_db) {
        chain->gain_target_db = controls->gain_db;
        chain->gain_frames = frames_of(chain, RAMP_S);
        chain->gain_step_db = (controls->gain_db - chain->gain_db) / chain->gain_frames;
    }
    if (controls->revision == chain->revision) {
        return;
    }
    chain->revision = controls->revision;
    const struct chain_target target = target_of(controls);
    if (target.quality != chain->target.quality ||
        !same_params(&target.params, &chain->target.params)) {
        chain->target = target;
        chain->pending = true;
        chain->pending_frames = 0;
        begin_build(chain);
    }
}

static void advance_change(struct chain *chain) {
    if (!chain->pending) {
        return;
    }
    for (int slices = 0; slices < chain->slices_per_chunk && !chain->built;) {
        slices += network_step_is_long(&chain->builder) ? 2 : 1;
        chain->built = network_step(&chain->builder);
    }
    if (chain->pending_frames >= frames_of(chain, SETTLE_S) && chain->incoming == INCOMING_NONE) {
        finish_build(chain);
        chain->pending = false;
        if (chain->builder.failed) { // stay with what sounds
            return;
        }
        start_path(chain, !chain->sounding, &chain->path[chain->sounding].random);
        chain->incoming = INCOMING_WARMS_UP;
        chain->incoming_frames = 0;
        chain->pending = false;
    }
    chain->pending_frames += chain->chunk_frames;
}

static void advance_incoming(struct chain *chain) {
    if (chain->incoming == INCOMING_NONE) {
        return;
    }
    chain->incoming_frames += chain->chunk_frames;
    if (chain->incoming == INCOMING_WARMS_UP &&
        chain->incoming_frames >= frames_of(chain, WARM_UP_S)) {
        chain->incoming = INCOMING_FADES_IN;
        chain->incoming_frames = 0;
    } else if (chain->incoming == INCOMING_FADES_IN &&
               chain->incoming_frames >= frames_of(chain, FADE_S)) {
        chain->in_use[chain->sounding] = NULL;
        chain->sounding = !chain->sounding;
        chain->incoming = INCOMING_NONE;
        forget_peaks(chain); // they belong to another circuit
        chain->figures_stale = true;
    }
}

static void ramp_gain(struct chain *chain, float gain[]) {
    const float held = (float)pow(10.0, chain->gain_db / 20.0);
    for (int n = 0; n < chain->chunk_frames; ++n) {
        gain[n] = held;
        if (chain->gain_frames > 0) {
            --chain->gain_frames;
            chain->gain_db = chain->gain_target_db - chain->gain_step_db * chain->gain_frames;
            gain[n] = (float)pow(10.0, chain->gain_db / 20.0);
            chain->figures_stale = true;
        }
    }
}

// Replaces a path's output by the delayed input as far as the plugin is bypassed.
static void mix_dry(struct chain *chain, const struct path *path, const float wet[],
                    float out[2][FRAMES_MAX]) {
    const int last = chain->chunk_frames - 1;
    if (wet[0] >= 1.0f && wet[last] >= 1.0f) {
        return;
    }
    for (int channel = 0; channel < 2; ++channel) {
        float dry[FRAMES_MAX];
        delay_read(&chain->dry[channel], path_format(path)->delay, dry, chain->chunk_frames);
        for (int n = 0; n <= last; ++n) {
            out[channel][n] = wet[n] > 0.0f ? dry[n] + wet[n] * (out[channel][n] - dry[n]) : dry[n];
        }
    }
}

static float smooth_step(double x) {
    return (float)(x * x * (3.0 - 2.0 * x));
}

static void ramp_wet(struct chain *chain, bool enabled, float wet[]) {
    const double step = (enabled ? 1.0 : -1.0) / frames_of(chain, BYPASS_S);
    if (chain->wet == (enabled ? 1.0 : 0.0)) {
        for (int n = 0; n < chain->chunk_frames; ++n) {
            wet[n] = (float)chain->wet;
        }
        return;
    }
    for (int n = 0; n < chain->chunk_frames; ++n) {
        chain->wet = fmin(fmax(chain->wet + step, 0.0), 1.0);
        wet[n] = smooth_step(chain->wet);
    }
}

// A path that has gone astray, which no known input does to it, starts anew in silence.
static void restart_path(struct path *path, float out[2][FRAMES_MAX]) {
    const struct random_streams random = path->random;
    const struct chain_params params = path->params;
    memset(out, 0, sizeof(float[2][FRAMES_MAX]));
    path_start(path, path->quality, &params, path->network, &random);
}

static void run_path(struct chain *chain, struct path *path, const float *gain, const float *wet,
                     float out[2][FRAMES_MAX], struct path_peaks *peaks) {
    path_process(path, (const float *const[]){chain->in[0], chain->in[1]}, gain,
                 (float *const[]){out[0], out[1]}, chain->chunk_frames, peaks);
    if (!peaks->finite) {
        restart_path(path, out);
        *peaks = (struct path_peaks){.finite = true};
    }
    mix_dry(chain, path, wet, out);
}

static void cross_fade(struct chain *chain, float next[2][FRAMES_MAX]) {
    const double length = frames_of(chain, FADE_S);
    for (int n = 0; n < chain->chunk_frames; ++n) {
        const float weight = smooth_step((chain->incoming_frames + n + 1) / length);
        for (int channel = 0; channel < 2; ++channel) {
            chain->out[channel][n] += weight * (next[channel][n] - chain->out[channel][n]);
        }
    }
}

static void hold_peak(const struct chain *chain, struct held_peak *held, double value) {
    held->slot[held->now] = fmax(held->slot[held->now], value);
    held->value = fmax(held->value, value);
    held->frames += chain->chunk_frames;
    if (held->frames >= (int)(HOLD_S * chain->rate_hz / (HOLD_SLOTS - 1))) {
        held->frames = 0;
        held->now = (held->now + 1) % HOLD_SLOTS;
        held->slot[held->now] = 0.0;
        held->value = 0.0;
        for (int i = 0; i < HOLD_SLOTS; ++i) {
            held->value = fmax(held->value, held->slot[i]);
        }
    }
}

static void note_peaks(struct chain *chain, const struct path_peaks *peaks) {
    hold_peak(chain, &chain->driver_v, peaks->driver_v);
    hold_peak(chain, &chain->leg_a, peaks->leg_a);
    hold_peak(chain, &chain->of_rail, peaks->stage.of_rail);
    hold_peak(chain, &chain->clipped, peaks->stage.clipped ? 1.0 : 0.0);
    hold_peak(chain, &chain->limited, peaks->limited ? 1.0 : 0.0);
    hold_peak(chain, &chain->overloaded, peaks->overloaded ? 1.0 : 0.0);
    for (int channel = 0; channel < 2; ++channel) {
        chain->power_w[channel] +=
            (peaks->power_w[channel] - chain->power_w[channel]) * chain->power_share;
    }
}

static void update_meters(struct chain *chain) {
    const double sensitivity_db = chain->path[chain->sounding].params.load.sensitivity_db;
    struct chain_meters *meters = &chain->meters;
    meters->peak_spl_db =
        fmax(sensitivity_db + figures_db(chain->driver_v.value / sqrt(2.0), -1000.0), 0.0);
    meters->power_mw = fmax(fmax(chain->power_w[0], chain->power_w[1]), 0.0) * 1e3;
    meters->current_ma = chain->leg_a.value * 1e3;
    meters->headroom_db = 0.0 - figures_db(chain->of_rail.value, -HEADROOM_BEST_DB);
    meters->clipping = chain->clipped.value;
    meters->limiting = chain->limited.value;
    meters->overload = chain->overloaded.value;
}

static double match_gain_db(const struct chain *chain, const struct path *path) {
    if (path->params.match == 0.0) {
        return 0.0;
    }
    const double gain_db = path->params.gain_role == GAIN_MATCHED ? chain->gain_db : 0.0;
    return 20.0 * log10(path->network->figures.match) - gain_db;
}

// What follows from the circuit alone.
static void update_figures(struct chain *chain) {
    const struct path *path = &chain->path[chain->sounding];
    const struct figures *figures = &path->network->figures;
    struct chain_meters *meters = &chain->meters;
    const double gain = pow(10.0, chain->gain_db / 20.0);
    const double source_v = hypot(figures->source_noise_v, figures->interference_v);
    const double noise_v = hypot(figures->stage_noise_v, gain * source_v);
    chain->figures_stale = false;
    meters->latency_frames = chain->chunk_frames + path_format(path)->delay;
    meters->match_gain_db = match_gain_db(chain, path);
    meters->cmrr_db = figures->cmrr_db;
    meters->noise_spl_dba =
        fmax(path->params.load.sensitivity_db + figures_db(noise_v, -1000.0), NOISE_FLOOR_DBA);
    meters->response_deviation_db = figures->response_deviation_db;
    meters->damping_factor = figures->damping_factor;
    meters->crosstalk_db = figures->crosstalk_db;
}

static void process_chunk(struct chain *chain, const struct chain_controls *controls) {
    float gain[FRAMES_MAX], wet[FRAMES_MAX], next[2][FRAMES_MAX];
    struct path_peaks peaks, other;
    const struct kernels *kernels = chain->path[0].kernels;
    note_change(chain, controls);
    advance_change(chain);
    ramp_gain(chain, gain);
    ramp_wet(chain, controls->enabled, wet);
    for (int channel = 0; channel < 2; ++channel) { // NaN, infinity and near it are silence
        kernels->remove_insane(LARGEST_INPUT, chain->in[channel], chain->chunk_frames);
        delay_write(&chain->dry[channel], chain->in[channel], chain->chunk_frames);
    }
    run_path(chain, &chain->path[chain->sounding], gain, wet, chain->out, &peaks);
    if (chain->incoming != INCOMING_NONE) {
        run_path(chain, &chain->path[!chain->sounding], gain, wet, next, &other);
    }
    if (chain->incoming == INCOMING_FADES_IN) {
        cross_fade(chain, next);
    }
    note_peaks(chain, &peaks);
    advance_incoming(chain);
}

void chain_process(struct chain *chain, const struct chain_controls *controls, const float *in_left,
                   const float *in_right, float *out_left, float *out_right, uint32_t frames) {
    if (chain->fresh) {
        start_fresh(chain, controls);
    }
    uint32_t done = 0;
    while (done < frames) {
        const uint32_t room = (uint32_t)(chain->chunk_frames - chain->filled);
        const uint32_t count = frames - done < room ? frames - done : room;
        // Inputs first: any of them may be an output.
        memcpy(chain->in[0] + chain->filled, in_left + done, count * sizeof(float));
        memcpy(chain->in[1] + chain->filled, in_right + done, count * sizeof(float));
        memcpy(out_left + done, chain->out[0] + chain->filled, count * sizeof(float));
        memcpy(out_right + done, chain->out[1] + chain->filled, count * sizeof(float));
        chain->filled += (int)count;
        done += count;
        if (chain->filled == chain->chunk_frames) {
            chain->filled = 0;
            process_chunk(chain, controls);
        }
    }
    update_meters(chain);
    if (chain->figures_stale) {
        update_figures(chain);
    }
}
