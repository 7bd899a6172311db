// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// loadline render: a sound file through the plugin.
#define _POSIX_C_SOURCE 200809L // sigaction
#include "commands.h"
#include "controls.h"
#include "plugin_session.h"
#include "progress.h"
#include "report.h"
#include "sound_file.h"

#include <math.h>
#include <signal.h>
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
    {"encoding", KEY_ENCODING, "KIND", 0,
     "float or 24 (bit); without it, float where the format has it", 0},
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
        "  loadline render in.wav out.wav --preset sr60x-10-ohm",
};

// --- Being stopped ---

static volatile sig_atomic_t stop_signal;

static void note_signal(int number) {
    stop_signal = number;
}

static void catch_signals(void) {
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = note_signal};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        sigaction(signals[i], &action, NULL);
}

// Ends as the signal would have ended it, now that nothing is left behind.
static void obey_signal(void) {
    if (stop_signal == 0)
        return;
    signal(stop_signal, SIG_DFL);
    raise(stop_signal);
}

// --- Figures ---

struct figures {
    double peak_spl_db, power_mw, current_ma, headroom_db;
    bool clipped, limited, stopped;
};

static void note_figures(struct figures *figures, const struct plugin_session *session) {
    figures->peak_spl_db = fmax(figures->peak_spl_db, plugin_session_meter(session, PORT_PEAK_SPL));
    figures->power_mw = fmax(figures->power_mw, plugin_session_meter(session, PORT_POWER));
    figures->current_ma = fmax(figures->current_ma, plugin_session_meter(session, PORT_CURRENT));
    figures->headroom_db = fmin(figures->headroom_db, plugin_session_meter(session, PORT_HEADROOM));
    figures->clipped |= plugin_session_meter(session, PORT_CLIPPING) > 0.0;
    figures->limited |= plugin_session_meter(session, PORT_LIMITING) > 0.0;
    figures->stopped |= plugin_session_meter(session, PORT_OVERLOAD) > 0.0;
}

// To a tenth, and never "-0.0".
static double tenths(double value) {
    return round(value * 10.0) / 10.0 + 0.0;
}

static void print_happened(bool happened, const char *what, bool *first) {
    if (happened)
        printf("%s%s", *first ? "" : ", ", what);
    *first = *first && !happened;
}

static void print_figures(const char *path, const struct figures *figures) {
    bool nothing = true;
    printf("%s: peak %.1f dB SPL, power %.3g mW, current %.3g mA peak, headroom %.1f dB; ", path,
           tenths(figures->peak_spl_db), figures->power_mw, figures->current_ma,
           tenths(figures->headroom_db));
    print_happened(figures->clipped, "clipped at the rails", &nothing);
    print_happened(figures->limited, "current limited", &nothing);
    print_happened(figures->stopped, "held by the safety stop", &nothing);
    puts(nothing ? "nothing clipped" : "");
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
    return stop_signal == 0 && take_block(render, out, count);
}

// The length is that of what could be read: a damaged header may promise more.
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
    note_clipped(path, clipped);
    return true;
}

static bool render_file(struct render *render, const struct options *options, int format) {
    render->input = sound_input_open(options->in);
    if (!render->input)
        return false;
    const double rate_hz = sound_input_rate_hz(render->input);
    const size_t frames = sound_input_frames(render->input) + (size_t)(TAIL_MAX_S * rate_hz);
    catch_signals();
    render->output = sound_output_open(options->out, format, rate_hz, frames, options->force);
    if (!render->output)
        return false;
    render->session = plugin_session_open(&options->controls, rate_hz);
    return finish_output(render, options->out, render->session && render_all(render));
}

int cmd_render(int argc, char **argv) {
    struct options options = {.encoding = SOUND_BEST};
    struct render render = {.figures = {.headroom_db = INFINITY}};
    controls_init(&options.controls);
    options.controls.values[PORT_FREEWHEEL] = 1.0f;
    argp_parse(&argp, argc, argv, 0, NULL, &options);
    const int format = sound_output_format(options.out, options.encoding);
    const bool done = render_file(&render, &options, format);
    free(render.tail[0]);
    free(render.tail[1]);
    plugin_session_close(render.session);
    sound_input_close(render.input);
    obey_signal();
    return done ? EXIT_DONE : EXIT_RUNTIME;
}
