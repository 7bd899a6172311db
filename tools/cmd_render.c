// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// loadline render: a sound file through the plugin.
#include "arguments.h"
#include "commands.h"
#include "controls.h"
#include "plugin_session.h"
#include "progress.h"
#include "report.h"
#include "sound_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The network rings on after the input: up to a second, or to the last sample above -120 dB of full
// scale.
#define TAIL_MAX_S 1.0
#define QUIET      1e-6f

enum { KEY_FORCE = 'f', KEY_ENCODING = 'e' };

struct options {
    struct controls controls;
    const char *in, *out;
    enum sound_encoding encoding;
    bool force;
};

// --- Arguments ---

static enum sound_encoding parse_encoding(const char *name) {
    if (strcmp(name, "float") == 0)
        return SOUND_FLOAT;
    if (strcmp(name, "24") == 0)
        return SOUND_24_BIT;
    report_usage_error("--encoding: there is no '%s'; use float or 24", name);
}

static void take_path(struct options *options, const char *path) {
    if (!options->in)
        options->in = path;
    else if (!options->out)
        options->out = path;
    else
        report_usage_error("'%s' is one file too many; give IN and OUT", path);
}

static error_t parse_option(int key, char *argument, struct argp_state *state) {
    struct options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->controls;
        return 0;
    case KEY_FORCE:
        options->force = true;
        return 0;
    case KEY_ENCODING:
        options->encoding = parse_encoding(argument);
        return 0;
    case ARGP_KEY_ARG:
        take_path(options, argument);
        return 0;
    case ARGP_KEY_END:
        if (!options->out)
            report_usage_error("%s; give IN and OUT",
                               options->in ? "OUT is missing" : "IN and OUT are missing");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option argp_options[] = {
    {"encoding", KEY_ENCODING, "float|24", 0,
     "Samples as float or of 24 bit; without it, float where the format has it", 0},
    {"force", KEY_FORCE, NULL, 0, "Replace OUT if it exists", 0},
    {0},
};

static const struct argp argp = {
    .options = argp_options,
    .parser = parse_option,
    .children = controls_children,
    .args_doc = "IN OUT",
    .doc =
        "Render a sound file through the plugin.\v"
        "IN is any file that libsndfile reads, mono (heard in both ears) or stereo. OUT is a .wav, "
        ".flac, .ogg or .aiff; its latency is removed, and what still rings at the end is kept. "
        "The "
        "plugin works offline: normal quality becomes high.\n\n"
        "A file that is cut short is rendered as far as it goes, with a note; a FLAC, or an Ogg "
        "with a gap, is refused, because its decoder cannot go on. Samples that are no numbers "
        "are silence, with a note. Other damage within a WAV or AIFF cannot be told from sound.\n\n"
        "  loadline render in.wav out.wav --preset sr60x-10-ohm",
};

// --- Figures ---

// The meters that are reported, of those that the plugin has: the highest or the lowest that each
// reads, in words.
static const struct reported {
    enum port_id id;
    bool lowest;
    const char *name, *unit;
    double step; // rounded to this; 0: three digits
} reported[] = {
    {PORT_PEAK_SPL, false, "peak", "dB SPL", 0.1},  {PORT_POWER, false, "power", "mW", 0},
    {PORT_CURRENT, false, "current", "mA peak", 0}, {PORT_HEADROOM, true, "headroom", "dB", 0.1},
    {PORT_NOISE_SPL, false, "noise", "dBA", 0.1},   {PORT_CMRR, false, "rejection", "dB", 0.1},
};

static const struct event {
    enum port_id id;
    const char *words;
} events[] = {
    {PORT_CLIPPING, "clipped at the rails"},
    {PORT_LIMITING, "current limited"},
    {PORT_OVERLOAD, "held by the safety stop"},
};

enum {
    REPORTED_COUNT = sizeof reported / sizeof *reported,
    EVENT_COUNT = sizeof events / sizeof *events
};

struct figures {
    unsigned plugin;
    double figure[REPORTED_COUNT];
    bool happened[EVENT_COUNT];
};

static bool has(const struct figures *figures, enum port_id id) {
    return (ports[id].plugins & figures->plugin) != 0;
}

static void begin_figures(struct figures *figures, unsigned plugin) {
    *figures = (struct figures){.plugin = plugin};
    for (int i = 0; i < REPORTED_COUNT; i++)
        figures->figure[i] = reported[i].lowest ? INFINITY : -INFINITY;
}

static void note_figures(struct figures *figures, const struct plugin_session *session) {
    for (int i = 0; i < REPORTED_COUNT; i++) {
        const double now = plugin_session_meter(session, reported[i].id);
        figures->figure[i] =
            reported[i].lowest ? fmin(figures->figure[i], now) : fmax(figures->figure[i], now);
    }
    for (int i = 0; i < EVENT_COUNT; i++)
        figures->happened[i] |= plugin_session_meter(session, events[i].id) > 0.0;
}

// Never "-0.0".
static void print_figure(const struct reported *what, double figure) {
    if (what->step > 0.0)
        printf("%s %.1f %s", what->name, round(figure / what->step) * what->step + 0.0, what->unit);
    else
        printf("%s %.3g %s", what->name, figure, what->unit);
}

static void print_figures(const char *path, const struct figures *figures) {
    const char *separator = ": ";
    report_print(stdout, path);
    for (int i = 0; i < REPORTED_COUNT; i++) {
        if (!has(figures, reported[i].id))
            continue;
        fputs(separator, stdout);
        print_figure(&reported[i], figures->figure[i]);
        separator = ", ";
    }
    separator = "; ";
    for (int i = 0; i < EVENT_COUNT; i++) {
        if (!has(figures, events[i].id) || !figures->happened[i])
            continue;
        printf("%s%s", separator, events[i].words);
        separator = ", ";
    }
    puts(separator[0] == ';' ? "; nothing clipped" : "");
}

// --- Rendering ---

struct render {
    struct sound_input *input;
    struct sound_output *output;
    struct plugin_session *session;
    struct progress progress;
    struct figures figures;
    float *tail[2]; // after the input's end, held back until its last sound is known
    size_t tail_frames, tail_max;
    size_t to_skip; // of the latency
    size_t in_frames, out_frames;
};

static size_t last_sound(const struct render *render) {
    size_t count = render->tail_frames;
    while (count > 0 && fabsf(render->tail[0][count - 1]) <= QUIET &&
           fabsf(render->tail[1][count - 1]) <= QUIET)
        count--;
    return count;
}

static void hold_back(struct render *render, const float *left, const float *right, size_t count) {
    const size_t room = render->tail_max - render->tail_frames;
    const size_t kept = count < room ? count : room;
    memcpy(render->tail[0] + render->tail_frames, left, kept * sizeof *left);
    memcpy(render->tail[1] + render->tail_frames, right, kept * sizeof *right);
    render->tail_frames += kept;
}

// Takes a block from the plugin: drops the latency, writes as long as the input was, keeps the
// rest.
static bool take_block(struct render *render, float *const out[2], size_t count) {
    const size_t skipped = render->to_skip < count ? render->to_skip : count;
    const float *left = out[0] + skipped;
    const float *right = out[1] + skipped;
    render->to_skip -= skipped;
    count -= skipped;
    const size_t wanted = render->in_frames - render->out_frames;
    const size_t written = count < wanted ? count : wanted;
    render->out_frames += written;
    if (!sound_output_write(render->output, left, right, written))
        return false;
    hold_back(render, left + written, right + written, count - written);
    return true;
}

static bool run_block(struct render *render, float *const in[2], size_t count) {
    float left[SESSION_BLOCK_MAX], right[SESSION_BLOCK_MAX];
    float *const out[2] = {left, right};
    plugin_session_run(render->session, in, out, count);
    note_figures(&render->figures, render->session);
    return take_block(render, out, count);
}

// The length is that of what could be read: a header may promise more.
static bool render_input(struct render *render) {
    float left[SESSION_BLOCK_MAX], right[SESSION_BLOCK_MAX];
    float *const in[2] = {left, right};
    const size_t total = sound_input_frames(render->input);
    for (size_t got = SESSION_BLOCK_MAX; got == SESSION_BLOCK_MAX;) {
        if (!sound_input_read(render->input, left, right, SESSION_BLOCK_MAX, &got))
            return false;
        render->in_frames += got;
        if (!run_block(render, in, got))
            return false;
        progress_show(&render->progress, render->in_frames, total);
    }
    return true;
}

static bool render_tail(struct render *render) {
    float silence[SESSION_BLOCK_MAX] = {0};
    float *const in[2] = {silence, silence};
    while (render->tail_frames < render->tail_max)
        if (!run_block(render, in, SESSION_BLOCK_MAX))
            return false;
    return sound_output_write(render->output, render->tail[0], render->tail[1], last_sound(render));
}

// A run of no frames: the latency is known before there is sound.
static void find_latency(struct render *render) {
    float none[2][1];
    float *const nothing[2] = {none[0], none[1]};
    plugin_session_run(render->session, nothing, nothing, 0);
    render->to_skip = plugin_session_latency(render->session);
}

static bool render_all(struct render *render) {
    render->tail_max = (size_t)(TAIL_MAX_S * sound_input_rate_hz(render->input));
    render->tail[0] = calloc(render->tail_max, sizeof(float));
    render->tail[1] = calloc(render->tail_max, sizeof(float));
    if (!render->tail[0] || !render->tail[1]) {
        report_error("out of memory");
        return false;
    }
    find_latency(render);
    render->progress = progress_begin();
    const bool done = render_input(render) && render_tail(render);
    progress_end(&render->progress);
    return done;
}

static void note_clipped(const char *path, size_t samples) {
    if (samples > 0)
        report_note("%s: %zu samples were beyond full scale and are clipped; a float .wav or .aiff "
                    "holds them",
                    path, samples);
}

// The output goes either into its place or away.
static bool finish_output(struct render *render, const char *path, bool rendered) {
    const size_t clipped = sound_output_clipped(render->output);
    if (!rendered) {
        sound_output_discard(render->output);
        return false;
    }
    if (!sound_output_commit(render->output))
        return false;
    print_figures(path, &render->figures);
    sound_input_note(render->input);
    note_clipped(path, clipped);
    return true;
}

static bool render_file(struct render *render, const struct options *options, int format) {
    render->input = sound_input_open(options->in);
    if (!render->input)
        return false;
    const double rate_hz = sound_input_rate_hz(render->input);
    const size_t frames = sound_input_frames(render->input) + (size_t)(TAIL_MAX_S * rate_hz);
    render->output = sound_output_open(options->out, format, rate_hz, frames, options->force);
    if (!render->output)
        return false;
    render->session = plugin_session_open(&options->controls, rate_hz);
    return finish_output(render, options->out, render->session && render_all(render));
}

int cmd_render(int argc, char **argv) {
    struct options options = {.encoding = SOUND_BEST};
    struct render render = {0};
    controls_init(&options.controls);
    options.controls.values[PORT_FREEWHEEL] = 1.0f;
    arguments_parse(&argp, argc, argv, 0, &options);
    begin_figures(&render.figures, options.controls.plugin->bit);
    const int format = sound_output_format(options.out, options.encoding);
    const bool done = render_file(&render, &options, format);
    free(render.tail[0]);
    free(render.tail[1]);
    plugin_session_close(render.session);
    sound_input_close(render.input);
    return done ? EXIT_DONE : EXIT_RUNTIME;
}
