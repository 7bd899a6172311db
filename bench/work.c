// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "work.h"

#include "die.h"
#include "path.h"
#include "ports.h"
#include "settings.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CHANNELS 2

// Sums and products for a sample of a leg (kernel_stage.c, hard clipping): the parabola's mean and
// moment in a group that crosses a rail, and in one that is all beyond it; in both, and in the
// group after, the triangle and the compensation.
#define CROSSING_FMA 45
#define BEYOND_FMA   15
#define BUSY_FMA     7

const char *const work_names[WORK_PARTS] = {
    [WORK_UP] = "half-bands up",     [WORK_LINE] = "line",   [WORK_STAGE] = "clipping",
    [WORK_DOWN] = "half-bands down", [WORK_NOISE] = "noise", [WORK_NETWORK] = "network",
    [WORK_OTHER] = "scales, meters",
};

// --- Filters ---

// Both phases run for each sample at the lower rate, up and down alike.
static double halfband_work(const struct oversampler *over, int first, int end) {
    double sum = 0;
    for (int stage = first; stage < end; stage++) {
        const struct fir *phase = over->stage[stage].filter.phase;
        sum += CHANNELS * (phase[0].taps + phase[1].taps) * ldexp(1, stage);
    }
    return sum;
}

// --- Networks ---

// For a sample of one half: its states move by eight steps for a group of inputs, and leave
// something for each of the group's outputs. What enters and leaves them may be single precision.
static struct work state_work(const struct engine_half *half, bool single) {
    const int lanes = (half->blocks.count + LANES - 1) / LANES * LANES;
    const double moved = lanes * 4.0 / GROUP, entered = lanes * 2.0;
    const double left = half->blocks.count * 2.0 * MODAL_OUTPUTS;
    return single ? (struct work){.single = entered + left, .wide = moved}
                  : (struct work){.wide = entered + left + moved};
}

static struct work network_work(const struct engine *engine) {
    const double answers = engine->halves_differ ? CHANNELS + 1 : CHANNELS;
    const struct work mid = state_work(&engine->half[ENGINE_MID], engine->is_single);
    const struct work side = state_work(&engine->half[ENGINE_SIDE], engine->is_single);
    return (struct work){
        .single = answers * ENGINE_INPUTS * MODAL_OUTPUTS + mid.single + side.single,
        .wide = mid.wide + side.wide,
    };
}

static struct work line_work(const struct network *network) {
    if (!network->line_has_states)
        return (struct work){.single = CHANNELS * network->line_fir.taps};
    return (struct work){
        .single = CHANNELS * ENGINE_INPUTS * MODAL_OUTPUTS,
        .wide = CHANNELS * state_work(&network->line[LINE_SIGNAL], false).wide,
    };
}

// --- Stage and noise ---

// Whether the signal, at a gain of 0 dB, is beyond a rail somewhere in a group of internal samples,
// and whether everywhere.
struct excess {
    bool somewhere, everywhere;
};

static struct excess excess_of(const float *x, size_t frames, double threshold) {
    struct excess excess = {false, true};
    for (size_t i = 0; i < frames; i++) {
        const bool beyond = fabs((double)x[i]) > threshold;
        excess.somewhere |= beyond;
        excess.everywhere &= beyond;
    }
    return excess;
}

// Of hard clipping, for a frame of one channel, from the signal before oversampling.
static double clipping_work(const float *x, size_t frames, double threshold, int factor) {
    const size_t step = (size_t)(GROUP / factor > 0 ? GROUP / factor : 1);
    size_t groups = 0;
    double sum = 0;
    bool before = false;
    for (size_t i = 0; i + step <= frames; i += step) {
        const struct excess excess = excess_of(x + i, step, threshold);
        sum += excess.everywhere ? BEYOND_FMA : excess.somewhere ? CROSSING_FMA : 0;
        sum += excess.somewhere || before ? BUSY_FMA : 0;
        before = excess.somewhere;
        groups++;
    }
    return groups ? sum / (double)groups * factor : 0;
}

// Both legs of a bridge, if they are not each other's mirror image.
static double stage_work(const struct path *path, const struct sound *signal, int factor) {
    if (!signal)
        return 0;
    const double threshold = path->stage.rail_v / path->volts_in;
    const int legs = path->stage.mirrored ? 1 : path->stage.leg_count / CHANNELS;
    return legs * (clipping_work(signal->left, signal->frames, threshold, factor) +
                   clipping_work(signal->right, signal->frames, threshold, factor));
}

// Of a sample: white noise is scaled and added; coloured noise goes through sections that answer
// to a group's inputs, leave something for its outputs and move on.
static double noise_work(const struct noise_shape *shape) {
    if (shape->sigma <= 0)
        return 0;
    return shape->colored ? 1 + 3.0 * GROUP + 1 : 1;
}

// --- The chain ---

static struct chain_params params_of(const char *settings) {
    float values[PORT_COUNT];
    char error[SETTINGS_ERROR_MAX];
    struct chain_params params;
    settings_default(values);
    if (!settings_parse(PLUGIN_CHAIN, settings, values, error))
        die("%s", error);
    ports_to_params(PLUGIN_CHAIN, values, &params);
    return params;
}

// Real-time code, built here at leisure.
static void start(struct path *path, struct network *network, const struct chain_params *params,
                  int quality) {
    struct network_builder *builder = allocate(1, sizeof *builder);
    const struct random_streams random = {0};
    const struct network_site site = path_site(path, quality, params);
    network_begin(builder, params, &site, network);
    while (!network_step(builder))
        ;
    if (builder->failed)
        die("a circuit is too large");
    free(builder);
    path_start(path, quality, params, network, &random);
}

static struct chain_work work_of(const struct path *path, const struct sound *signal) {
    const struct oversampler *over = &path->over[path->quality];
    const struct network *network = path->network;
    const int stages = over->stage_count;
    const int after = path_format(path)->network[path->speed].stages_before;
    const int before = path_format(path)->network[NETWORK_RELAXED].stages_before;
    const double network_rate = ldexp(1, stages - after), line_rate = ldexp(1, stages - before);
    struct chain_work work = {
        .modes = {network->modal[0].mode_count, network->modal[1].mode_count},
        .line_modes = network->line_has_states ? network->line_modal[LINE_SIGNAL].mode_count : 0,
    };
    const struct work line = line_work(network), output = network_work(&network->engine);
    work.part[WORK_UP].single = halfband_work(over, 0, stages);
    work.part[WORK_LINE] = (struct work){line.single * line_rate, line.wide * line_rate};
    work.part[WORK_STAGE].single = stage_work(path, signal, over->factor);
    work.part[WORK_DOWN].single = halfband_work(over, 0, stages);
    work.part[WORK_NOISE].single =
        CHANNELS * noise_work(&path->source_noise) +
        path->stage.leg_count * noise_work(&path->stage_noise) * network_rate;
    work.part[WORK_NETWORK] =
        (struct work){output.single * network_rate, output.wide * network_rate};
    // In and out a scale and a gain each; the meters' powers at the network's rate.
    work.part[WORK_OTHER].single = CHANNELS * (4 + network_rate);
    return work;
}

struct chain_work work_of_chain(const char *settings, int quality, const struct sound *signal) {
    const struct chain_params params = params_of(settings);
    struct path *path = aligned_alloc(64, (sizeof *path + 63) / 64 * 64);
    struct network *network = aligned_alloc(64, (sizeof *network + 63) / 64 * 64);
    if (!path || !network)
        die("out of memory");
    memset(network, 0, sizeof *network);
    path_init(path, kernels_select(), RATE_HZ);
    struct interference *interference = interference_new(path_line_rate_hz(path));
    path->interference = interference;
    start(path, network, &params, quality);
    const struct chain_work work = work_of(path, signal);
    interference_free(interference);
    free(network);
    free(path);
    return work;
}

struct work work_total(const struct chain_work *work) {
    struct work total = {0};
    for (int part = 0; part < WORK_PARTS; part++) {
        total.single += work->part[part].single;
        total.wide += work->part[part].wide;
    }
    return total;
}
