// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "path.h"

#include <math.h>
#include <string.h>

#define SQRT2       1.41421356237309504880
#define SAFETY_STOP 4.0f    // above every calibrated signal
#define RELAXED_HZ  88199.0 // a hair below 88.2 kHz

static int whole_groups(int samples) {
    return (samples + GROUP - 1) / GROUP * GROUP;
}

// Internal samples that line, stage and network take.
static int inner_latency(const struct path_format *format, enum network_speed speed) {
    const int line = ENGINE_LATENCY << format->network[NETWORK_RELAXED].stages_before;
    const int engine = ENGINE_LATENCY << format->network[speed].stages_before;
    return line + STAGE_LATENCY + engine + (speed == NETWORK_FULL ? LIMITER_LATENCY : 0);
}

static void init_network_format(struct network_format *network, double internal_hz, int stage_count,
                                double lowest_hz) {
    network->stages_before = 0;
    network->rate_hz = internal_hz;
    while (network->stages_before < stage_count && network->rate_hz / 2.0 >= lowest_hz) {
        network->rate_hz /= 2.0;
        ++network->stages_before;
    }
    band_init(&network->band, network->rate_hz);
}

// The delay is measured, by an impulse through the filters: where it peaks highest, it falls on a
// whole frame.
static void measure_delay(struct path *path, int quality) {
    struct path_format *format = &path->format[quality];
    struct oversampler *over = &path->over[quality];
    const int relaxed = inner_latency(format, NETWORK_RELAXED);
    const int full = inner_latency(format, NETWORK_FULL);
    const int longest = relaxed > full ? relaxed : full;
    double highest = 0.0;
    for (int pad = 0; pad < over->factor; ++pad) {
        double height;
        const int peak = oversample_peak(over, longest + pad, &height);
        if (height > highest) {
            highest = height;
            format->delay = peak;
            format->network[NETWORK_RELAXED].pad = longest - relaxed + pad;
            format->network[NETWORK_FULL].pad = longest - full + pad;
        }
    }
}

static void init_format(struct path *path, int quality) {
    struct path_format *format = &path->format[quality];
    struct oversampler *over = &path->over[quality];
    oversample_init(over, path->kernels, path->host_rate_hz, quality == QUALITY_LIVE,
                    quality == QUALITY_HIGH);
    format->rate_hz = path->host_rate_hz * over->factor;
    init_network_format(&format->network[NETWORK_RELAXED], format->rate_hz, over->stage_count,
                        RELAXED_HZ);
    init_network_format(&format->network[NETWORK_FULL], format->rate_hz, 0, RELAXED_HZ);
    compensation_init(&format->compensation, format->rate_hz);
    measure_delay(path, quality);
}

void path_init(struct path *path, const struct kernels *kernels, double host_rate_hz) {
    memset(path, 0, sizeof *path);
    path->kernels = kernels;
    path->host_rate_hz = host_rate_hz;
    for (int quality = 0; quality < QUALITY_COUNT; ++quality) {
        init_format(path, quality);
    }
    struct path_format *normal = &path->format[QUALITY_NORMAL];
    struct path_format *high = &path->format[QUALITY_HIGH];
    const int later = normal->delay > high->delay ? normal->delay : high->delay;
    normal->padding = later - normal->delay;
    high->padding = later - high->delay;
    normal->delay = high->delay = later;
}

int path_past(const struct path *path) {
    int longest = 0;
    for (int quality = 0; quality < QUALITY_COUNT; ++quality) {
        const int delay = path->format[quality].delay;
        longest = delay > longest ? delay : longest;
    }
    return whole_groups(longest);
}

static enum network_speed speed_for(const struct chain_params *params) {
    return network_has_feedback(params) ? NETWORK_FULL : NETWORK_RELAXED;
}

struct network_site path_site(const struct path *path, int quality,
                              const struct chain_params *params) {
    const struct network_format *network = path->format[quality].network;
    return (struct network_site){
        .line_band = &network[NETWORK_RELAXED].band,
        .output_band = &network[speed_for(params)].band,
        .interference = path->interference,
    };
}

double path_line_rate_hz(const struct path *path) {
    return path->format[QUALITY_NORMAL].network[NETWORK_RELAXED].rate_hz;
}

static const struct network_format *network_format(const struct path *path) {
    return &path_format(path)->network[path->speed];
}

static void silence(struct path *path) {
    oversample_reset(&path->over[path->quality]);
    memset(path->source_state, 0, sizeof path->source_state);
    memset(path->stage_state, 0, sizeof path->stage_state);
    memset(path->engine_state, 0, sizeof path->engine_state);
    memset(path->line_state, 0, sizeof path->line_state);
    for (int which = 0; which < LINE_INPUTS; ++which) { // of a line, its past
        memset(path->line[which], 0, ENGINE_PAST * sizeof(float));
    }
    for (int channel = 0; channel < 2; ++channel) {
        memset(path->emf[channel], 0, PATH_PAD_MAX * sizeof(float));
        memset(path->network_in[channel], 0, ENGINE_PAST * sizeof(float));
    }
    path->rails.lowest_v = 0.0;
}

static void start_line(struct path *path) {
    path->picks_up = false;
    line_common_v(&path->params.line, path->common_v);
    for (int kind = 0; kind < INTERFERENCE_KINDS; ++kind) {
        path->common_v[kind] *= path->volts_per_volt;
        path->picks_up |= path->common_v[kind] > 0.0;
    }
}

void path_start(struct path *path, int quality, const struct chain_params *params,
                const struct network *network, const struct random_streams *random) {
    const struct stage_params *stage = &params->stage;
    const double rate_hz = path->format[quality].rate_hz;
    const struct compensation *compensation = &path->format[quality].compensation;
    const double full_scale_v = SQRT2 * params->source.level_v;
    path->quality = quality;
    path->params = *params;
    path->speed = speed_for(params);
    path->network = network;
    path->random = *random;
    // The share of a volt at the end of the line that drives a leg.
    path->volts_per_volt = figures_input_gain(params) / figures_emf_gain(stage);
    path->volts_in = full_scale_v * path->volts_per_volt;
    path->per_volt = (params->match != 0.0 ? network->figures.match : 1.0) / full_scale_v;
    start_line(path);
    stage_init(&path->stage, path->kernels, stage, compensation, rate_hz);
    supply_init(&path->supply, path->kernels, stage, rate_hz);
    limiter_init(&path->limiter, path->kernels, stage, compensation);
    noise_design(&path->source_noise, path->host_rate_hz,
                 params->source.noise_v * path->volts_per_volt, 0.0);
    noise_design(&path->stage_noise, network_format(path)->rate_hz, stage->noise_v,
                 stage->noise_corner_hz);
    silence(path);
}

void path_continue(struct path *path, const struct path *from) {
    path->random = from->random;
    supply_continue(&path->supply, &from->supply);
}

// Samples to volts at the source, with the amplifier's gain, which a line that does not change lets
// through as well before as after it. Noise of the source rises with the gain, too.
static void scale_input(struct path *path, const float *const in[2], const float *gain,
                        float *const volts[2], int frames) {
    for (int channel = 0; channel < 2; ++channel) {
        path->kernels->scale((float)path->volts_in, in[channel], volts[channel], frames);
        noise_add(&path->source_noise, &path->source_state[channel], &path->random.source,
                  path->kernels, volts[channel], frames);
        path->kernels->multiply(volts[channel], gain, volts[channel], frames);
    }
}

static float *line_input(struct path *path, enum line_input which) {
    return path->line[which] + ENGINE_PAST;
}

// The common-mode emf, with the amplifier's gain.
static void pick_up(struct path *path, const float *gain, int frames, int count) {
    double common_v[CHUNK_MAX];
    float *input = line_input(path, LINE_EMF);
    memset(common_v, 0, (size_t)count * sizeof *common_v);
    interference_add(path->interference, &path->random.interference, path->common_v,
                     (int)path->params.line.mains, common_v, count);
    for (int n = 0; n < count; ++n) {
        input[n] = gain[n / (count / frames)] * (float)common_v[n];
    }
}

// From the line's inputs to the receiver's output, ENGINE_LATENCY samples later.
static void run_line(struct path *path, float *const out[2], int count) {
    const struct network *network = path->network;
    const struct kernels *kernels = path->kernels;
    const float *const in[2] = {line_input(path, LINE_LEFT), line_input(path, LINE_RIGHT)};
    if (network->line_has_states) {
        for (int channel = 0; channel < 2; ++channel) {
            kernels->engine_filter(&network->line[LINE_SIGNAL], &path->line_state[channel],
                                   in[channel], out[channel], count);
        }
    } else {
        kernels->filter(&network->line_fir, in, out, count);
    }
    if (path->picks_up) {
        float common_v[CHUNK_MAX];
        kernels->engine_filter(&network->line[LINE_COMMON], &path->line_state[LINE_EMF],
                               line_input(path, LINE_EMF), common_v, count);
        kernels->add(out[0], common_v, out[0], count);
        kernels->add(out[1], common_v, out[1], count);
    }
    const int inputs = path->picks_up ? LINE_INPUTS : LINE_EMF;
    for (int which = 0; which < inputs; ++which) {
        kernels->keep_past(line_input(path, (enum line_input)which), ENGINE_PAST, count);
    }
}

// From samples to volts at the stage's input.
static void enter_stage(struct path *path, const float *const in[2], const float *gain,
                        float *const v[2], int frames) {
    struct oversampler *over = &path->over[path->quality];
    const int stages =
        over->stage_count - path_format(path)->network[NETWORK_RELAXED].stages_before;
    const int count = frames << stages;
    float *const line[2] = {line_input(path, LINE_LEFT), line_input(path, LINE_RIGHT)};
    float *source_v[2], *receiver_v[2];
    oversample_entry(over, 0, stages, line, source_v);
    oversample_entry(over, stages, over->stage_count, v, receiver_v);
    scale_input(path, in, gain, source_v, frames);
    oversample_up(over, 0, stages, line, frames);
    if (path->picks_up) {
        pick_up(path, gain, frames, count);
    }
    run_line(path, receiver_v, count);
    oversample_up(over, stages, over->stage_count, v, count);
}

// EMFs of both channels behind their past.
static void run_stage(struct path *path, float *const v[2], int count, struct path_peaks *peaks) {
    float *const emf[2] = {path->emf[0] + PATH_PAD_MAX, path->emf[1] + PATH_PAD_MAX};
    supply_process(&path->supply, &path->stage, path->network->causal,
                   (const float *const[]){v[0], v[1]}, &path->rails, count);
    stage_process(&path->stage, &path->rails, emf, count, &peaks->stage);
}

// Delays the EMFs, brings them to the network's rate and adds the amplifier's noise.
static void enter_network(struct path *path, struct oversampler *over, int count,
                          int network_count) {
    const struct network_format *network = network_format(path);
    float *const in[2] = {path->network_in[0] + ENGINE_PAST, path->network_in[1] + ENGINE_PAST};
    float *const emf[2] = {path->emf[0] + PATH_PAD_MAX, path->emf[1] + PATH_PAD_MAX};
    const int pad = network->pad;
    oversample_down(over, over->stage_count - 1, over->stage_count - network->stages_before,
                    (const float *const[]){emf[0] - pad, emf[1] - pad}, in, network_count);
    for (int channel = 0; channel < 2; ++channel) {
        path->kernels->keep_past(emf[channel], whole_groups(pad), count);
    }
    for (int leg = 0; leg < path->stage.leg_count;
         ++leg) { // noise of either polarity is the same noise
        noise_add(&path->stage_noise, &path->stage_state[leg], &path->random.stage, path->kernels,
                  in[leg % 2], network_count);
    }
}

// Driver voltages and leg currents, left and right.
static void run_network(struct path *path, float *const driver_v[2], float *const leg_a[2],
                        int count, struct path_peaks *peaks) {
    const struct network *network = path->network;
    float *const in[2] = {path->network_in[0] + ENGINE_PAST, path->network_in[1] + ENGINE_PAST};
    const struct engine_signals signals = {
        .in = {in[0], in[1]},
        .driver_v = {driver_v[0], driver_v[1]},
        .leg_a = {leg_a[0], leg_a[1]},
    };
    path->kernels->engine_process(&network->engine, path->engine_state, &signals, count);
    if (path->speed == NETWORK_FULL) {
        peaks->limited = limiter_process(&path->limiter, network->fine, driver_v, leg_a, count);
    }
    path->kernels->keep_past(in[0], ENGINE_PAST, count);
    path->kernels->keep_past(in[1], ENGINE_PAST, count);
}

static void note_peaks(const struct path *path, float *const driver_v[2], float *const leg_a[2],
                       int count, struct path_peaks *peaks) {
    const struct signal_power power =
        path->kernels->power((const float *const[]){driver_v[0], driver_v[1]},
                             (const float *const[]){leg_a[0], leg_a[1]}, count);
    peaks->driver_v = (double)power.peak_v;
    peaks->leg_a = (double)power.peak_a;
    peaks->power_w[0] = (double)power.mean_w[0];
    peaks->power_w[1] = (double)power.mean_w[1];
    peaks->finite = isfinite(power.mean_w[0] + power.mean_w[1]);
}

// Volts to samples: divided by the gain that was in force when the sound came in, if at all, and
// held at the safety stop.
static void scale_output(struct path *path, float *const driver_v[2], const float *gain,
                         float *const out[2], int frames, struct path_peaks *peaks) {
    const float *was = gain - path_format(path)->delay;
    const float factor = (float)path->per_volt;
    for (int channel = 0; channel < 2; ++channel) {
        if (path->params.gain_role == GAIN_HEARD) {
            path->kernels->scale(factor, driver_v[channel], out[channel], frames);
        } else {
            path->kernels->divide(factor, driver_v[channel], was, out[channel], frames);
        }
        const float highest = path->kernels->stop(SAFETY_STOP, out[channel], frames);
        peaks->overloaded |= highest > SAFETY_STOP;
    }
}

void path_process(struct path *path, const float *const in[2], const float *gain,
                  float *const out[2], int frames, struct path_peaks *peaks) {
    struct oversampler *over = &path->over[path->quality];
    const int count = frames * over->factor;
    const int stages_after = over->stage_count - network_format(path)->stages_before;
    const int network_count = frames << stages_after;
    float signal[2][CHUNK_MAX], current[2][CHUNK_MAX];
    float *const v[2] = {signal[0], signal[1]};
    float *const leg_a[2] = {current[0], current[1]};
    const int padding = path_format(path)->padding;
    *peaks = (struct path_peaks){0};
    float *const stage_v[2] = {stage_input(&path->stage, 0), stage_input(&path->stage, 1)};
    enter_stage(path, (const float *const[]){in[0] - padding, in[1] - padding}, gain - padding,
                stage_v, frames);
    run_stage(path, stage_v, count, peaks);
    enter_network(path, over, count, network_count);
    run_network(path, v, leg_a, network_count, peaks);
    note_peaks(path, v, leg_a, network_count, peaks);
    oversample_down(over, stages_after - 1, 0, (const float *const[]){v[0], v[1]}, v, frames);
    scale_output(path, v, gain, out, frames, peaks);
}
