// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "chain.h"

#include "path.h"
#include "sample.h"

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
#define BEND_S    0.002 // time constant of its corners
#define STILL_DB  1e-5
#define BYPASS_S  0.010
#define HOLD_S    0.300 // of peak meters

#define HEADROOM_BEST_DB 120.0
#define NOISE_FLOOR_DBA  (-120.0)

// Everything that needs a new path.
struct chain_target {
    struct chain_params params;
    int quality;
};

// A path does not run in the chunk that starts it, which is dear enough.
enum incoming { INCOMING_NONE, INCOMING_STARTS, INCOMING_WARMS_UP, INCOMING_FADES_IN };

// What the peak meters show: the highest values of the last HOLD_S, a little more. Time goes by in
// slots, and the oldest is forgotten.
#define HOLD_SLOTS 16
enum peak {
    PEAK_DRIVER_V,
    PEAK_LEG_A,
    PEAK_OF_RAIL,
    PEAK_CLIPPED,
    PEAK_LIMITED,
    PEAK_OVERLOADED,
    PEAKS
};
struct held_peaks {
    double value[PEAKS], slot[HOLD_SLOTS][PEAKS];
    int now, frames, slot_frames; // the slot that fills, how far it has, and how far it can
};

struct chain {
    double rate_hz;
    int chunk_frames;
    int past_frames; // that any path looks back
    struct chain_meters meters;
    struct interference *interference;

    // The grid. Input and gain have their past in front, as far as a path looks back.
    float in[2][PATH_PAST + FRAMES_MAX], gain[PATH_PAST + FRAMES_MAX], out[2][FRAMES_MAX];
    int filled;

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
    int pending_frames;       // since the last change
    int cost_per_chunk, debt; // what a chunk may take for it (network.h), and has taken too much
    struct network_builder builder;

    // Smoothly moving values.
    double gain_db, gain_ramp_db, gain_step_db, gain_target_db, gain_share;
    int gain_frames;
    float gain_now;
    double wet; // 0 bypassed, 1 enabled

    bool figures_stale; // the circuit or the gain has moved
    bool fresh;         // since reset

    struct held_peaks peaks;
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
    chain->cost_per_chunk =
        (int)ceil(NETWORK_COST_MAX * chain->chunk_frames / (SETTLE_S * rate_hz));
    chain->gain_share = 1.0 - exp(-1.0 / (BEND_S * rate_hz));
    chain->power_share = 1.0 - exp(-chain->chunk_frames / (HOLD_S * rate_hz));
    chain->peaks.slot_frames = (int)(HOLD_S * rate_hz / (HOLD_SLOTS - 1));
    const struct kernels *kernels = kernels_select();
    path_init(&chain->path[0], kernels, rate_hz);
    chain->interference = interference_new(path_line_rate_hz(&chain->path[0]));
    if (!chain->interference) {
        free(chain);
        return NULL;
    }
    chain->path[0].interference = chain->interference;
    chain->path[1] = chain->path[0];
    chain->past_frames = path_past(&chain->path[0]);
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
    chain->peaks = (struct held_peaks){.slot_frames = chain->peaks.slot_frames};
}

void chain_reset(struct chain *chain) {
    chain->fresh = true;
    chain->filled = 0;
    chain->incoming = INCOMING_NONE;
    chain->pending = false;
    memset(chain->in, 0, sizeof chain->in);
    memset(chain->out, 0, sizeof chain->out);
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

// All that makes a sound: the sensitivity is only for the meters.
static bool same_sound(const struct chain_target *a, const struct chain_target *b) {
    struct chain_params params = b->params;
    params.load.sensitivity_db = a->params.load.sensitivity_db;
    return a->quality == b->quality && same_params(&a->params, &params);
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
    chain->debt = 0;
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
    chain->gain_db = chain->gain_ramp_db = chain->gain_target_db = controls->gain_db;
    chain->gain_frames = 0;
    chain->gain_now = (float)pow(10.0, controls->gain_db / 20.0);
    for (int n = 0; n < PATH_PAST; ++n) {
        chain->gain[n] = chain->gain_now;
    }
    chain->wet = controls->enabled ? 1.0 : 0.0;
    chain->figures_stale = true;
}

static void note_change(struct chain *chain, const struct chain_controls *controls) {
    if (controls->gain_db != chain->gain_target_db) {
        chain->gain_target_db = controls->gain_db;
        chain->gain_frames = frames_of(chain, RAMP_S);
        chain->gain_step_db = (controls->gain_db - chain->gain_ramp_db) / chain->gain_frames;
    }
    if (controls->revision == chain->revision) {
        return;
    }
    chain->revision = controls->revision;
    const struct chain_target target = target_of(controls);
    const bool sounds_otherwise = !same_sound(&target, &chain->target);
    chain->target = target;
    if (sounds_otherwise) {
        chain->pending = true;
        chain->pending_frames = 0;
        begin_build(chain);
    } else if (!chain->pending) {
        for (int i = 0; i < 2; ++i) {
            chain->path[i].params.load.sensitivity_db = target.params.load.sensitivity_db;
        }
        chain->figures_stale = true;
    }
}

// What is too dear for the rest of a chunk waits for the next, and what is dearer than any chunk
// has one for itself.
static bool may_step(const struct chain *chain) {
    return chain->debt + network_step_cost(&chain->builder) <= 0 ||
           chain->debt <= -chain->cost_per_chunk;
}

static void advance_change(struct chain *chain) {
    if (!chain->pending) {
        return;
    }
    chain->debt -= chain->cost_per_chunk;
    while (!chain->built && may_step(chain)) {
        chain->debt += network_step_cost(&chain->builder);
        chain->built = network_step(&chain->builder);
    }
    if (chain->pending_frames >= frames_of(chain, SETTLE_S) && chain->incoming == INCOMING_NONE) {
        finish_build(chain);
        chain->pending = false;
        if (chain->builder.failed) { // stay with what sounds
            return;
        }
        start_path(chain, !chain->sounding, &chain->path[chain->sounding].random);
        chain->incoming = INCOMING_STARTS;
        chain->incoming_frames = 0;
    }
    chain->pending_frames += chain->chunk_frames;
}

static void advance_incoming(struct chain *chain) {
    if (chain->incoming == INCOMING_NONE) {
        return;
    }
    chain->incoming_frames += chain->chunk_frames;
    if (chain->incoming == INCOMING_STARTS) {
        path_continue(&chain->path[!chain->sounding], &chain->path[chain->sounding]);
        chain->incoming = INCOMING_WARMS_UP;
    }
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

// The chunk that is processed now, past first.
static float *input(struct chain *chain, int channel) {
    return chain->in[channel] + PATH_PAST;
}

// A straight line in decibels whose corners are bent: where the delay depends on frequency, what
// is divided by is some tenths of a frame late, and a corner would be heard as a step.
static void move_gain(struct chain *chain) {
    chain->gain_frames -= chain->gain_frames > 0;
    chain->gain_ramp_db = chain->gain_target_db - chain->gain_step_db * chain->gain_frames;
    chain->gain_db += chain->gain_share * (chain->gain_ramp_db - chain->gain_db);
    if (chain->gain_frames == 0 && fabs(chain->gain_db - chain->gain_target_db) < STILL_DB) {
        chain->gain_db = chain->gain_target_db;
    }
}

static void ramp_gain(struct chain *chain) {
    float *gain = chain->gain + PATH_PAST;
    for (int n = 0; n < chain->chunk_frames; ++n) {
        gain[n] = chain->gain_now;
    }
    for (int n = 0; chain->gain_db != chain->gain_target_db && n < chain->chunk_frames; ++n) {
        move_gain(chain);
        gain[n] = chain->gain_now = (float)pow(10.0, chain->gain_db / 20.0);
        chain->figures_stale = true;
    }
}

// Replaces a path's output by the delayed input as far as the plugin is bypassed.
static void mix_dry(struct chain *chain, const struct path *path, const float wet[],
                    float out[2][FRAMES_MAX]) {
    for (int channel = 0; channel < 2; ++channel) {
        const float *dry = input(chain, channel) - path_format(path)->delay;
        for (int n = 0; n < chain->chunk_frames; ++n) {
            out[channel][n] = wet[n] > 0.0f ? dry[n] + wet[n] * (out[channel][n] - dry[n]) : dry[n];
        }
    }
}

// False if all of the chunk is wet.
static bool ramp_wet(struct chain *chain, bool enabled, float wet[]) {
    const double step = (enabled ? 1.0 : -1.0) / frames_of(chain, BYPASS_S);
    if (enabled && chain->wet == 1.0) {
        return false;
    }
    for (int n = 0; n < chain->chunk_frames; ++n) {
        chain->wet = fmin(fmax(chain->wet + step, 0.0), 1.0);
        wet[n] = sample_fade(chain->wet);
    }
    return true;
}

// A path that has gone astray, which no known input does to it, starts anew in silence.
static void restart_path(struct path *path, float out[2][FRAMES_MAX]) {
    const struct random_streams random = path->random;
    const struct chain_params params = path->params;
    memset(out, 0, sizeof(float[2][FRAMES_MAX]));
    path_start(path, path->quality, &params, path->network, &random);
}

// `wet` is NULL if all of it is.
static void run_path(struct chain *chain, struct path *path, const float *wet,
                     float out[2][FRAMES_MAX], struct path_peaks *peaks) {
    path_process(path, (const float *const[]){input(chain, 0), input(chain, 1)},
                 chain->gain + PATH_PAST, (float *const[]){out[0], out[1]}, chain->chunk_frames,
                 peaks);
    if (!peaks->finite) {
        restart_path(path, out);
        *peaks = (struct path_peaks){.finite = true};
    }
    if (wet) {
        mix_dry(chain, path, wet, out);
    }
}

static void cross_fade(struct chain *chain, float next[2][FRAMES_MAX]) {
    const double length = frames_of(chain, FADE_S);
    for (int n = 0; n < chain->chunk_frames; ++n) {
        const float weight = sample_fade((chain->incoming_frames + n + 1) / length);
        for (int channel = 0; channel < 2; ++channel) {
            chain->out[channel][n] += weight * (next[channel][n] - chain->out[channel][n]);
        }
    }
}

// The oldest slot is forgotten, and the highest of the others remain.
static void next_slot(struct held_peaks *held) {
    held->frames = 0;
    held->now = (held->now + 1) % HOLD_SLOTS;
    memset(held->slot[held->now], 0, sizeof held->slot[held->now]);
    memset(held->value, 0, sizeof held->value);
    for (int i = 0; i < HOLD_SLOTS; ++i) {
        for (int k = 0; k < PEAKS; ++k) {
            held->value[k] = fmax(held->value[k], held->slot[i][k]);
        }
    }
}

static void note_peaks(struct chain *chain, const struct path_peaks *peaks) {
    struct held_peaks *held = &chain->peaks;
    const double now[PEAKS] = {
        [PEAK_DRIVER_V] = peaks->driver_v,
        [PEAK_LEG_A] = peaks->leg_a,
        [PEAK_OF_RAIL] = peaks->stage.of_rail,
        [PEAK_CLIPPED] = peaks->stage.clipped ? 1.0 : 0.0,
        [PEAK_LIMITED] = peaks->limited ? 1.0 : 0.0,
        [PEAK_OVERLOADED] = peaks->overloaded ? 1.0 : 0.0,
    };
    for (int k = 0; k < PEAKS; ++k) {
        double *slot = &held->slot[held->now][k], *value = &held->value[k];
        *slot = now[k] > *slot ? now[k] : *slot;
        *value = now[k] > *value ? now[k] : *value;
    }
    held->frames += chain->chunk_frames;
    if (held->frames >= held->slot_frames) {
        next_slot(held);
    }
    for (int channel = 0; channel < 2; ++channel) {
        chain->power_w[channel] +=
            (peaks->power_w[channel] - chain->power_w[channel]) * chain->power_share;
    }
}

static void update_meters(struct chain *chain) {
    const double *held = chain->peaks.value;
    const double sensitivity_db = chain->path[chain->sounding].params.load.sensitivity_db;
    struct chain_meters *meters = &chain->meters;
    meters->peak_spl_db =
        fmax(sensitivity_db + figures_db(held[PEAK_DRIVER_V] / sqrt(2.0), -1000.0), 0.0);
    meters->power_mw = fmax(fmax(chain->power_w[0], chain->power_w[1]), 0.0) * 1e3;
    meters->current_ma = held[PEAK_LEG_A] * 1e3;
    meters->headroom_db = 0.0 - figures_db(held[PEAK_OF_RAIL], -HEADROOM_BEST_DB);
    meters->clipping = held[PEAK_CLIPPED];
    meters->limiting = held[PEAK_LIMITED];
    meters->overload = held[PEAK_OVERLOADED];
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

// Makes room for the next chunk; no path looks back further than the slowest.
static void age(struct chain *chain) {
    const struct kernels *kernels = chain->path[0].kernels;
    for (int channel = 0; channel < 2; ++channel) {
        kernels->keep_past(input(chain, channel), chain->past_frames, chain->chunk_frames);
    }
    kernels->keep_past(chain->gain + PATH_PAST, chain->past_frames, chain->chunk_frames);
}

static void process_chunk(struct chain *chain, const struct chain_controls *controls) {
    float wets[FRAMES_MAX], next[2][FRAMES_MAX];
    struct path_peaks peaks, other;
    note_change(chain, controls);
    advance_change(chain);
    ramp_gain(chain);
    const float *wet = ramp_wet(chain, controls->enabled, wets) ? wets : NULL;
    for (int channel = 0; channel < 2; ++channel) { // NaN, infinity and near it are silence
        chain->path[0].kernels->remove_insane(SAMPLE_LARGEST, input(chain, channel),
                                              chain->chunk_frames);
    }
    run_path(chain, &chain->path[chain->sounding], wet, chain->out, &peaks);
    if (chain->incoming > INCOMING_STARTS) {
        run_path(chain, &chain->path[!chain->sounding], wet, next, &other);
    }
    if (chain->incoming == INCOMING_FADES_IN) {
        cross_fade(chain, next);
    }
    note_peaks(chain, &peaks);
    advance_incoming(chain);
    age(chain);
}

void chain_process(struct chain *chain, const struct chain_controls *controls, const float *in_left,
                   const float *in_right, float *out_left, float *out_right, uint32_t frames) {
    if (chain->fresh) {
        start_fresh(chain, controls);
        chain->fresh = frames == 0; // until there is a sample
    }
    uint32_t done = 0;
    while (done < frames) {
        const uint32_t room = (uint32_t)(chain->chunk_frames - chain->filled);
        const uint32_t count = frames - done < room ? frames - done : room;
        // Inputs first: any of them may be an output.
        memcpy(input(chain, 0) + chain->filled, in_left + done, count * sizeof(float));
        memcpy(input(chain, 1) + chain->filled, in_right + done, count * sizeof(float));
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
