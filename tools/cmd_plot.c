// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// loadline plot: draws what response and measure tabulate.
#define _POSIX_C_SOURCE 200809L // open_memstream
#include "arguments.h"
#include "commands.h"
#include "graph.h"
#include "output_file.h"
#include "picture.h"
#include "report.h"
#include "utf8.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DASH " · "

enum { PIXELS_MIN = 300, PIXELS_MAX = 8000 };
enum {
    KEY_WHAT = 'w',
    KEY_CURVE = 'c',
    KEY_MEASURED = 'm',
    KEY_THEME = 'T',
    KEY_TITLE = 'i',
    KEY_SIZE = 'S',
    KEY_FORCE = 'f'
};

struct options {
    struct setup setup;
    enum quantity_id quantity;
    bool measured, force;
    const char *curves[CHART_CURVES_MAX]; // as given
    size_t curve_count;
    const struct theme *theme;
    const char *title, *path;
    unsigned width, height;
};

// --- Arguments ---

// A picture can be of XML, which has all letters but two.
static bool is_letter_of_xml(uint32_t letter) {
    return letter != 0xfffe && letter != 0xffff;
}

// What is written in a picture: all of it, even where there is room to draw only its beginning.
static const char *check_text(const char *option, const char *text) {
    for (const char *next = text; *next != '\0';) {
        uint32_t letter;
        const size_t length = utf8_letter(next, &letter);
        if (length == 0 || !is_letter_of_xml(letter))
            report_usage_error("%s: no letter begins at byte %td of the text; write it in "
                               "UTF-8",
                               option, next - text + 1);
        next += length;
    }
    return text;
}

static void add_curve(struct options *options, const char *curve) {
    if (options->curve_count == CHART_CURVES_MAX)
        report_usage_error("--curve: more than %d cannot be told apart; draw the others in a "
                           "second picture",
                           CHART_CURVES_MAX);
    options->curves[options->curve_count++] = curve;
}

static void parse_size(struct options *options, const char *size) {
    int end = 0;
    const bool read = sscanf(size, "%5ux%5u%n", &options->width, &options->height, &end) == 2 &&
                      size[end] == '\0';
    if (!read || options->width < PIXELS_MIN || options->width > PIXELS_MAX ||
        options->height < PIXELS_MIN || options->height > PIXELS_MAX)
        report_usage_error("--size is '%s'; use WIDTHxHEIGHT, such as 960x600, each from %d to %d",
                           size, PIXELS_MIN, PIXELS_MAX);
}

static void take_path(struct options *options, const char *path) {
    if (options->path)
        report_usage_error("'%s' is one file too many; give OUT", path);
    options->path = path;
}

static void check(const struct options *options) {
    const struct quantity *quantity = &quantities[options->quantity];
    if (!options->path)
        report_usage_error("OUT is missing; give a .svg, .png or .pdf");
    if (options->measured && !quantity->of_plugin)
        report_usage_error("--measured: %s cannot be seen from outside the plugin; leave it out",
                           quantity->name);
}

static error_t parse_option(int key, char *argument, struct argp_state *state) {
    struct options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->setup;
        state->child_inputs[1] = &options->setup;
        return 0;
    case KEY_WHAT:
        options->quantity = quantity_parse(argument);
        return 0;
    case KEY_CURVE:
        add_curve(options, check_text("--curve", argument));
        return 0;
    case KEY_MEASURED:
        options->measured = true;
        return 0;
    case KEY_THEME:
        options->theme = theme_parse(argument);
        return 0;
    case KEY_TITLE:
        options->title = check_text("--title", argument);
        return 0;
    case KEY_SIZE:
        parse_size(options, argument);
        return 0;
    case KEY_FORCE:
        options->force = true;
        return 0;
    case ARGP_KEY_ARG:
        take_path(options, argument);
        return 0;
    case ARGP_KEY_END:
        check(options);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option argp_options[] = {
    {"what", KEY_WHAT, "response|impedance|crosstalk|cmrr|distortion|noise", 0,
     "What to draw (response); impedance is of the headphone, cmrr of the line", 0},
    {"curve", KEY_CURVE, "[LABEL:]SETTINGS", 0,
     "One curve: settings as for --set, or preset=NAME, on top of the common ones. Up to 8; "
     "without "
     "it there is one curve, of the common settings",
     0},
    {"measured", KEY_MEASURED, NULL, 0,
     "Of the running plugin, where the circuit would be computed", 0},
    {"theme", KEY_THEME, "light|dark", 0, "Colours (light)", 0},
    {"title", KEY_TITLE, "TEXT", 0, "Instead of the usual title", 0},
    {"size", KEY_SIZE, "WIDTHxHEIGHT", 0, "In pixels, 96 to the inch (960x600)", 0},
    {"force", KEY_FORCE, NULL, 0, "Replace OUT if it exists", 0},
    {0},
};

static const struct argp_child children[] = {
    {&setup_argp, 0, NULL, 0}, {&setup_bench_argp, 0, NULL, 0}, {0}};

static const struct argp argp = {
    .options = argp_options,
    .parser = parse_option,
    .children = children,
    .args_doc = "OUT",
    .doc = "Draw what 'loadline response' and 'loadline measure' tabulate.\v"
           "OUT is a .svg, .png or .pdf. Response, impedance, crosstalk and CMRR are computed from "
           "the "
           "circuit, distortion and noise measured on the running plugin.\n\n"
           "  loadline plot sr60x.svg --set headphone=\"Grado SR60x\" \\\n"
           "      --curve \"0.1 ohm: output_impedance=0.1\" \\\n"
           "      --curve \"10 ohm: output_impedance=10\"",
};

// --- Curves ---

struct curve {
    char *label; // NULL: none was given
    struct setup setup;
    struct sweep *sweep;
};

struct curves {
    struct curve curve[CHART_CURVES_MAX];
    size_t count;
};

// What is before the last colon before the first setting.
static size_t label_length(const char *curve) {
    size_t length = strcspn(curve, "=");
    while (length > 0 && curve[length - 1] != ':')
        length--;
    return length > 0 ? length - 1 : 0;
}

static void parse_curve(struct curve *curve, const struct setup *common, const char *text) {
    const size_t length = label_length(text);
    const char *settings = text[length] == ':' ? text + length + 1 : text;
    curve->setup = *common;
    controls_apply(&curve->setup.controls, "--curve", settings);
    curve->label =
        length > 0 ? strndup(text, length) : controls_label(&curve->setup.controls, settings);
}

static void parse_curves(struct curves *curves, const struct options *options) {
    for (size_t i = 0; i < options->curve_count; i++)
        parse_curve(&curves->curve[i], &options->setup, options->curves[i]);
    curves->count = options->curve_count;
    if (curves->count == 0)
        curves->curve[curves->count++].setup = options->setup;
}

static bool is_measured(const struct options *options) {
    return options->measured || !quantities[options->quantity].of_circuit;
}

static bool sweep_curves(struct curves *curves, const struct options *options) {
    for (size_t i = 0; i < curves->count; i++) {
        struct curve *curve = &curves->curve[i];
        if (!is_measured(options))
            controls_note_bypass(&curve->setup.controls);
        curve->sweep = quantity_sweep(options->quantity, &curve->setup, is_measured(options));
        if (!curve->sweep)
            return false;
    }
    return true;
}

static void free_curves(struct curves *curves) {
    for (size_t i = 0; i < curves->count; i++) {
        free(curves->curve[i].label);
        sweep_free(curves->curve[i].sweep);
    }
}

// --- Footnote ---

static void describe_source(FILE *file, const struct options *options) {
    fputs(argp_program_version, file);
    if (is_measured(options))
        fprintf(file, DASH "measured on the running plugin at %g kHz",
                options->setup.rate_hz / 1000.0);
    else
        fputs(DASH "computed from the circuit", file);
    if (options->quantity == QUANTITY_DISTORTION)
        fprintf(file, DASH "%g Hz", options->setup.tone_hz);
}

static void describe_settings(FILE *file, const struct options *options) {
    char *common = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&common, &size);
    if (!memory)
        return;
    controls_describe(&options->setup.controls, memory);
    fclose(memory);
    if (size > 0)
        fprintf(file, DASH "%s", common);
    free(common);
    for (size_t i = 0; i < options->curve_count; i++)
        fprintf(file, DASH "%s", options->curves[i]);
}

// From what, and of which settings; to be freed. NULL when memory is short.
static char *footnote(const struct options *options) {
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    if (!file)
        return NULL;
    describe_source(file, options);
    describe_settings(file, options);
    fclose(file);
    return text;
}

// --- Drawing ---

static bool draw(const struct options *options, const struct curves *curves,
                 const struct picture_format *format) {
    struct graph_setting settings[CHART_CURVES_MAX];
    for (size_t i = 0; i < curves->count; i++)
        settings[i] = (struct graph_setting){curves->curve[i].label, curves->curve[i].sweep};
    struct chart chart = graph_chart(options->quantity, settings, curves->count);
    char *text = footnote(options);
    if (options->title)
        chart.title = options->title;
    else if (curves->count == 1 && settings[0].label)
        chart.title = settings[0].label;
    chart.footnote = text ? text : "";
    const bool done = picture_write(&chart, options->theme, options->width, options->height, format,
                                    options->path, options->force);
    free(text);
    return done;
}

int cmd_plot(int argc, char **argv) {
    struct options options = {
        .quantity = QUANTITY_RESPONSE,
        .theme = theme_parse("light"),
        .width = CHART_WIDTH,
        .height = CHART_HEIGHT,
    };
    struct curves curves = {0};
    setup_init(&options.setup);
    arguments_parse(&argp, argc, argv, 0, &options);
    const struct picture_format *format = picture_format_of(options.path);
    parse_curves(&curves, &options);
    const bool done = output_file_may_open(options.path, options.force) &&
                      sweep_curves(&curves, &options) && draw(&options, &curves, format);
    free_curves(&curves);
    return done ? EXIT_DONE : EXIT_RUNTIME;
}
