// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// loadline advise: does this headphone need a balanced output?
#define _POSIX_C_SOURCE 200809L // open_memstream
#include "advice.h"
#include "arguments.h"
#include "audibility.h"
#include "commands.h"
#include "figures.h"
#include "nearest.h"
#include "number.h"
#include "report.h"
#include "settings.h"
#include "table.h"
#include "verdict.h"

#include <argp.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LOWEST_SPL_DB       60.0
#define HIGHEST_SPL_DB      140.0
#define DEFAULT_SPL_DB      100.0
#define DEFAULT_ENVIRONMENT "Quiet room"

enum {
    KEY_HEADPHONE = 'H',
    KEY_AMPLIFIER = 'a',
    KEY_SPL = 'S',
    KEY_LINE = 'l',
    KEY_ENVIRONMENT = 'E',
    KEY_FORMAT = 'f'
};

enum { AMPLIFIERS_MAX = 64, NAME_BYTES = 128 };

struct options {
    struct question question;
    const char *amplifier[AMPLIFIERS_MAX];
    unsigned amplifier_count;
    enum table_format format;
};

// --- Arguments ---

// What its outputs have in common; stays.
static const char *model_name(unsigned row) {
    static char names[AMPLIFIERS_MAX][NAME_BYTES];
    snprintf(names[row], sizeof names[row], "%.*s", (int)verdict_model_length(&amplifiers[row]),
             amplifiers[row].name);
    return names[row];
}

static _Noreturn void refuse_name(const char *option, const char *name, enum device_kind kind) {
    const struct device_table *table = &device_tables[kind];
    struct nearest nearest = nearest_to(name);
    for (unsigned i = 0; i < *table->count; i++) {
        nearest_offer(&nearest, table->devices[i].name);
        if (kind == DEVICES_AMPLIFIERS && i < AMPLIFIERS_MAX)
            nearest_offer(&nearest, model_name(i));
    }
    const char *found = nearest_found(&nearest);
    if (found)
        report_usage_error("%s: there is no '%s'; did you mean '%s'?", option, name, found);
    report_usage_error("%s: there is no '%s' (see 'loadline list devices')", option, name);
}

static void set(struct options *options, const char *option, const char *symbol, const char *name) {
    char setting[SETTINGS_ERROR_MAX], error[SETTINGS_ERROR_MAX];
    snprintf(setting, sizeof setting, "%s=%s", symbol, name);
    if (strchr(name, ';') ||
        !settings_parse(PLUGIN_CHAIN, setting, options->question.values, error))
        refuse_name(option, name,
                    strcmp(symbol, SETTINGS_LINE) == 0 ? DEVICES_LINES : DEVICES_ENVIRONMENTS);
}

// A model's name, or that of one of its outputs: either stands for all of them.
static bool is_named(const struct device *amplifier, const char *name) {
    const struct device *output = devices_find(DEVICES_AMPLIFIERS, name);
    const size_t length = verdict_model_length(amplifier);
    const size_t named = output ? verdict_model_length(output) : strlen(name);
    return named == length && strncmp(amplifier->name, name, length) == 0;
}

static void add_amplifier(struct options *options, const char *name) {
    bool found = false;
    for (unsigned i = 0; i < amplifier_count; i++)
        found |= is_named(&amplifiers[i], name);
    if (!found)
        refuse_name("--amplifier", name, DEVICES_AMPLIFIERS);
    if (options->amplifier_count == AMPLIFIERS_MAX)
        report_usage_error("--amplifier: more than %d; ask again for the rest", AMPLIFIERS_MAX);
    options->amplifier[options->amplifier_count++] = name;
}

static error_t parse_option(int key, char *argument, struct argp_state *state) {
    struct options *options = state->input;
    switch (key) {
    case KEY_HEADPHONE:
        options->question.headphone = devices_find(DEVICES_HEADPHONES, argument);
        if (!options->question.headphone)
            refuse_name("--headphone", argument, DEVICES_HEADPHONES);
        return 0;
    case KEY_AMPLIFIER:
        add_amplifier(options, argument);
        return 0;
    case KEY_SPL:
        options->question.wanted_spl_db =
            number_parse("--spl", argument, LOWEST_SPL_DB, HIGHEST_SPL_DB);
        return 0;
    case KEY_LINE:
        set(options, "--line", SETTINGS_LINE, argument);
        return 0;
    case KEY_ENVIRONMENT:
        set(options, "--environment", ports[PORT_ENVIRONMENT].symbol, argument);
        return 0;
    case KEY_FORMAT:
        options->format = table_parse_format(argument, true);
        if (options->format == TABLE_CSV)
            report_usage_error("--format: there is no csv here; use text or json");
        return 0;
    case ARGP_KEY_ARG:
        report_usage_error("'%s' is no option; name devices with --headphone and --amplifier",
                           argument);
    case ARGP_KEY_END:
        if (!options->question.headphone || options->amplifier_count == 0)
            report_usage_error("%s is missing (see 'loadline list devices')",
                               options->question.headphone ? "--amplifier" : "--headphone");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option argp_options[] = {
    {"headphone", KEY_HEADPHONE, "NAME", 0, "Which headphone ('loadline list devices')", 0},
    {"amplifier", KEY_AMPLIFIER, "NAME", 0,
     "Which amplifier, with all outputs that it has; can be repeated", 0},
    {"spl", KEY_SPL, "DB", 0, "Wanted peak sound pressure in dB SPL (100)", 0},
    {"line", KEY_LINE, "NAME", 0,
     "The interconnect before the amplifier, and what is at its ends; can be repeated", 0},
    {"environment", KEY_ENVIRONMENT, "NAME", 0, "What it picks up (" DEFAULT_ENVIRONMENT ")", 0},
    {"format", KEY_FORMAT, "text|json", 0, "How to print it (text)", 0},
    {0},
};

static const struct argp argp = {
    .options = argp_options,
    .parser = parse_option,
    .doc = "Tell whether a headphone needs a balanced output.\v"
           "For each output: how loud it gets and what ends it, hiss and hum at the ear, how far "
           "it bends the response, crosstalk, and whether any of it can be heard. It shows what "
           "the electrical path changes, not how a headphone sounds.\n\n"
           "  loadline advise --headphone \"Sennheiser HD 600\" --amplifier \"Topping A50 III\"",
};

// --- Text ---

// A figure and whether it is heard, or that it is not known.
static void print_audible(const char *name, enum audible_figure figure, double value,
                          const char *tolerance) {
    const enum audibility heard = audibility_of(figure, value);
    if (heard == AUDIBILITY_UNKNOWN)
        printf("  %-20s not known\n", name);
    else
        printf("  %-20s %.*f %s%s: %s\n", name, figure == AUDIBLE_DEVIATION ? 2 : 0, value + 0.0,
               audible_ranges[figure].unit, tolerance, audibility_word(figure, heard));
}

static const char *limit_words(const struct advice *advice) {
    switch (advice->limit) {
    case LIMIT_AMPS:
        return "limited by current";
    case LIMIT_LEVEL:
        return "limited by its own full scale";
    case LIMIT_VOLTS:
        return advice->current_known ? "limited by voltage"
                                     : "limited by voltage; its current limit is not known";
    case LIMIT_UNKNOWN:
        break;
    }
    return "not known";
}

static const char *drive_words(const struct advice *advice) {
    return advice->topology < 0 ? "drive not known"
                                : port_choice_label(PORT_TOPOLOGY, (unsigned)advice->topology);
}

static void print_crosstalk(const struct advice *advice) {
    if (advice->crosstalk_db <= FIGURES_CROSSTALK_FLOOR_DB)
        printf("  %-20s none\n", "crosstalk");
    else if (isnan(advice->crosstalk_db) && advice->topology >= 0)
        printf("  %-20s not known; the cable alone makes %.0f dB\n", "crosstalk",
               advice->cable_crosstalk_db);
    else
        print_audible("crosstalk", AUDIBLE_CROSSTALK, advice->crosstalk_db, "");
}

static void print_advice(const struct advice *advice, const struct question *question) {
    printf("%s (%s)%s\n", advice->amplifier->name, drive_words(advice),
           advice->needs_wires ? ", once the headphone is recabled" : "");
    if (isnan(advice->max_spl_db)) {
        printf("  %-20s not known\n  %-20s not known\n", "maximum SPL", "headroom");
    } else {
        printf("  %-20s %.0f dB SPL +-%.0f, %s\n", "maximum SPL", advice->max_spl_db,
               ADVICE_SPL_ERROR_DB, limit_words(advice));
        printf("  %-20s %+.0f dB +-%.0f at %.0f dB SPL\n", "headroom", advice->headroom_db,
               ADVICE_SPL_ERROR_DB, question->wanted_spl_db);
    }
    print_audible("hiss", AUDIBLE_NOISE, advice->hiss_dba, " +-3");
    if (advice->is_source)
        printf("  %-20s none: it is its own source\n", "hum of the line");
    else
        print_audible("hum of the line", AUDIBLE_NOISE, advice->hum_dba, " +-3");
    print_audible("response deviation", AUDIBLE_DEVIATION, advice->deviation_db, "");
    print_crosstalk(advice);
    if (isnan(advice->damping_factor))
        printf("  %-20s not known\n", "damping factor");
    else
        printf("  %-20s %.3g\n", "damping factor", advice->damping_factor);
}

static void print_sources(void) {
    puts("\nHow figures are judged:");
    for (int i = 0; i < AUDIBLE_FIGURES; i++)
        printf("  %s: %s.\n", audible_ranges[i].name, audible_ranges[i].source);
    puts("  sound pressures: sensitivities of one model differ by 3 dB (Head-Fi, xnor), so +-3 "
         "dB.");
}

// --- Models ---

struct model {
    struct advice *outputs;
    size_t count;
    char *verdict;
};

static void free_model(struct model *model) {
    free(model->outputs);
    free(model->verdict);
}

static bool compute_model(const struct options *options, const char *name, struct model *model) {
    size_t size = 0;
    *model = (struct model){.outputs = calloc(amplifier_count, sizeof *model->outputs)};
    for (unsigned i = 0; model->outputs && i < amplifier_count; i++)
        if (is_named(&amplifiers[i], name) &&
            !advice_compute(&options->question, &amplifiers[i], &model->outputs[model->count++]))
            return false;
    FILE *file = model->outputs ? open_memstream(&model->verdict, &size) : NULL;
    if (!file)
        return false;
    verdict_write(file, &options->question, model->outputs, model->count);
    return fclose(file) == 0;
}

static void print_model(const struct model *model, const struct question *question) {
    for (size_t i = 0; i < model->count; i++)
        print_advice(&model->outputs[i], question);
    printf("\n%s\n\n", model->verdict);
}

// --- JSON ---

static void set_number(json_t *object, const char *key, double value) {
    json_object_set_new(object, key, isnan(value) ? json_null() : json_real(value));
}

static void set_audible(json_t *object, const char *key, enum audible_figure figure, double value) {
    json_t *audible = json_object();
    set_number(audible, "value", value);
    json_object_set_new(audible, "unit", json_string(audible_ranges[figure].unit));
    json_object_set_new(audible, "audibility",
                        json_string(audibility_word(figure, audibility_of(figure, value))));
    json_object_set_new(object, key, audible);
}

static json_t *advice_json(const struct advice *advice) {
    json_t *object = json_object();
    json_object_set_new(object, "output", json_string(advice->amplifier->name));
    json_object_set_new(object, "drive", json_string(drive_words(advice)));
    json_object_set_new(object, "needs_recabling", json_boolean(advice->needs_wires));
    set_number(object, "maximum_spl_db", advice->max_spl_db);
    json_object_set_new(object, "limit", json_string(limit_words(advice)));
    set_number(object, "headroom_db", advice->headroom_db);
    set_number(object, "spl_error_db", ADVICE_SPL_ERROR_DB);
    set_audible(object, "hiss", AUDIBLE_NOISE, advice->hiss_dba);
    set_audible(object, "hum", AUDIBLE_NOISE, advice->hum_dba);
    set_audible(object, "response_deviation", AUDIBLE_DEVIATION, advice->deviation_db);
    set_audible(object, "crosstalk", AUDIBLE_CROSSTALK, advice->crosstalk_db);
    set_number(object, "damping_factor", advice->damping_factor);
    return object;
}

static json_t *model_json(const struct model *model) {
    json_t *object = json_object(), *outputs = json_array();
    const char *name = model->outputs[0].amplifier->name;
    json_object_set_new(object, "amplifier",
                        json_stringn(name, verdict_model_length(model->outputs[0].amplifier)));
    for (size_t i = 0; i < model->count; i++)
        json_array_append_new(outputs, advice_json(&model->outputs[i]));
    json_object_set_new(object, "outputs", outputs);
    json_object_set_new(object, "verdict", json_string(model->verdict));
    return object;
}

// --- All of it ---

static void print_text(const struct options *options, const struct model *models) {
    const struct question *question = &options->question;
    const float *values = question->values;
    printf("%s at %.0f dB SPL peak; interconnect: %s, %g m; environment: %s\n\n",
           question->headphone->name, question->wanted_spl_db,
           port_choice_label(PORT_LINE_TYPE, (unsigned)values[PORT_LINE_TYPE]),
           (double)values[PORT_LINE_LENGTH],
           port_choice_label(PORT_ENVIRONMENT, (unsigned)values[PORT_ENVIRONMENT]));
    for (unsigned i = 0; i < options->amplifier_count; i++)
        print_model(&models[i], question);
    if (verdict_write_exposure(stdout, question->wanted_spl_db))
        putchar('\n');
    print_sources();
}

static void print_json(const struct options *options, const struct model *models) {
    json_t *root = json_object(), *array = json_array();
    json_object_set_new(root, "headphone", json_string(options->question.headphone->name));
    set_number(root, "wanted_spl_db", options->question.wanted_spl_db);
    for (unsigned i = 0; i < options->amplifier_count; i++)
        json_array_append_new(array, model_json(&models[i]));
    json_object_set_new(root, "amplifiers", array);
    json_dumpf(root, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(root);
}

int cmd_advise(int argc, char **argv) {
    struct options options = {.question.wanted_spl_db = DEFAULT_SPL_DB, .format = TABLE_TEXT};
    settings_default(options.question.values);
    set(&options, "--environment", ports[PORT_ENVIRONMENT].symbol, DEFAULT_ENVIRONMENT);
    arguments_parse(&argp, argc, argv, 0, &options);
    struct model models[AMPLIFIERS_MAX];
    bool done = true;
    unsigned count = 0;
    while (done && count < options.amplifier_count) {
        done = compute_model(&options, options.amplifier[count], &models[count]);
        count++;
    }
    if (!done)
        report_error("out of memory");
    else if (options.format == TABLE_JSON)
        print_json(&options, models);
    else
        print_text(&options, models);
    while (count > 0)
        free_model(&models[--count]);
    return done ? EXIT_DONE : EXIT_RUNTIME;
}
