// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// A command line as sub-commands parse it, one argument after the other, each ended by a zero byte.
// The first letter says what takes the argument (KIND_...), and the rest is its text. Whatever it
// is, either it is taken, and what comes of it is within its range and can be written down and read
// back, or the process ends as after a usage error, and one line says why.
#define _POSIX_C_SOURCE 200809L // open_memstream
#include "controls.h"
#include "fuzz.h"
#include "number.h"
#include "outcome.h"
#include "quantity.h"
#include "report.h"

#include <math.h>
#include <string.h>

enum kind {
    KIND_CURVE = 'c',
    KIND_NUMBER = 'n',
    KIND_PLUGIN = 'P',
    KIND_PRESET = 'p',
    KIND_QUANTITY = 'q',
    KIND_SET = 's',
    KIND_WHOLE = 'w',
};

enum { ARGUMENTS_MAX = 64 };

static const double number_range[] = {-40.5, 1e5};
static const unsigned whole_range[] = {1, 65535};

// All of a command line, and what has come of it.
struct line {
    char *argument[ARGUMENTS_MAX];
    unsigned count;
    struct controls controls;
    const char *curve; // the last
    double number;
    unsigned whole;
    enum quantity_id quantity;
};

// --- As argp calls it ---

static int key_of(const char *option) {
    const struct argp_option *next = controls_argp.options;
    while (strcmp(next->name, option) != 0)
        next++;
    return next->key;
}

static void give(struct controls *controls, int key, char *argument) {
    struct argp_state state = {.input = controls};
    demand(controls_argp.parser(key, argument, &state) == 0);
}

static void parse_argument(struct line *line, char *argument) {
    char *text = argument + 1;
    switch (argument[0]) {
    case KIND_PLUGIN:
        give(&line->controls, key_of("plugin"), text);
        break;
    case KIND_PRESET:
        give(&line->controls, key_of("preset"), text);
        break;
    case KIND_SET:
        give(&line->controls, key_of("set"), text);
        break;
    case KIND_CURVE:
        line->curve = text;
        break;
    case KIND_NUMBER:
        line->number = number_parse("--number", text, number_range[0], number_range[1]);
        break;
    case KIND_WHOLE:
        line->whole = number_parse_whole("--whole", text, whole_range[0], whole_range[1]);
        break;
    case KIND_QUANTITY:
        line->quantity = quantity_parse(text);
        break;
    default:
        break;
    }
}

static void parse(void *subject) {
    struct line *line = subject;
    for (unsigned i = 0; i < line->count; i++)
        parse_argument(line, line->argument[i]);
    give(&line->controls, ARGP_KEY_SUCCESS, NULL);
    if (line->curve)
        controls_apply(&line->controls, "--curve", line->curve);
}

// --- What holds then ---

// Notes come before what ends the process.
static unsigned count_notes(const struct outcome *outcome) {
    static const char note[] = "loadline: note: ";
    unsigned count = 0;
    for (const char *next = outcome->said; (next = strstr(next, note)); next += sizeof note - 1)
        count += next == outcome->said || next[-1] == '\n';
    return count;
}

// What has moved is known to have been set.
static void check_values(const struct line *line) {
    const float *values = line->controls.values;
    for (enum port_id id = 0; id < PORT_COUNT; id++) {
        demand((float)port_clamp(id, (double)values[id]) == values[id]);
        demand(line->controls.origin[id] != CONTROL_DEFAULT ||
               values[id] == (float)ports[id].fallback);
    }
    demand(line->number >= number_range[0] && line->number <= number_range[1]);
    demand(line->whole >= whole_range[0] && line->whole <= whole_range[1]);
    demand(line->quantity < QUANTITY_COUNT);
}

static void check_label(const struct line *line) {
    char *label = controls_label(&line->controls, line->curve ? line->curve : "");
    demand(label != NULL);
    for (const char *next = label; *next != '\0'; next++)
        demand(!is_control(*next));
    free(label);
}

// What a description names as set.
struct description {
    char *text;
    const struct controls *controls;
    struct controls again;
};

static void read_again(void *subject) {
    struct description *description = subject;
    controls_apply(&description->again, "again", description->text);
}

// A number is written with six digits.
static bool is_same(const struct description *description, enum port_id id) {
    const double was = (double)description->controls->values[id];
    const double is = (double)description->again.values[id];
    return description->controls->origin[id] != CONTROL_SETTING ||
           fabs(is - was) <= 1e-5 * fabs(was);
}

static void check_description(const struct line *line) {
    struct controls controls = line->controls;
    struct description description = {.controls = &controls};
    size_t size = 0;
    controls.preset = NULL; // the preset is no setting
    FILE *file = open_memstream(&description.text, &size);
    demand(file != NULL);
    controls_describe(&controls, file);
    fclose(file);
    controls_init(&description.again);
    description.again.plugin = controls.plugin;
    struct outcome outcome = outcome_of(read_again, &description);
    demand(outcome.code == OUTCOME_GOES_ON);
    for (enum port_id id = 0; id < PORT_COUNT; id++)
        demand(is_same(&description, id));
    outcome_free(&outcome);
    free(description.text);
}

static void split(struct line *line, char *text, size_t size) {
    for (size_t at = 0; at < size && line->count < ARGUMENTS_MAX; at += strlen(text + at) + 1)
        line->argument[line->count++] = text + at;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct line line = {.number = number_range[0], .whole = whole_range[0]};
    char *text = malloc(size + 1);
    demand(text != NULL);
    memcpy(text, data, size);
    text[size] = '\0';
    split(&line, text, size);
    controls_init(&line.controls);
    struct outcome outcome = outcome_of(parse, &line);
    check_values(&line);
    const bool refused = outcome.code != OUTCOME_GOES_ON;
    demand(!refused || outcome.code == EXIT_USAGE);
    demand(outcome_is_lines(&outcome, count_notes(&outcome) + refused));
    if (!refused) {
        check_label(&line);
        check_description(&line);
    }
    outcome_free(&outcome);
    free(line.controls.settings);
    free(text);
    return 0;
}
