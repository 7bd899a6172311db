// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#define _POSIX_C_SOURCE 200809L // open_memstream
#include "controls.h"

#include "devices.h"
#include "nearest.h"
#include "report.h"
#include "settings.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_PLUGIN = 'P', KEY_PRESET = 'p', KEY_SET = 's' };

void controls_init(struct controls *controls) {
    *controls = (struct controls){.plugin = &plugin_names[0]};
    settings_default(controls->values);
}

const char *controls_choice(const struct controls *controls, enum port_id id) {
    return port_choice_label(id, (unsigned)controls->values[id]);
}

// A signal goes in and comes out, which is all that commands know of.
static bool is_circuit(const struct plugin_name *plugin) {
    return (audios[AUDIO_IN_L].plugins & (unsigned)plugin->bit) != 0;
}

static void choose_plugin(struct controls *controls, const char *name) {
    struct nearest nearest = nearest_to(name);
    for (size_t i = 0; i < PLUGIN_COUNT; i++) {
        const bool is_named = strcmp(plugin_names[i].name, name) == 0;
        if (is_named && !is_circuit(&plugin_names[i]))
            report_usage_error("plugin '%s' compares two signals by ear, so there is nothing to do "
                               "for this command; load it in a host",
                               name);
        if (is_named) {
            controls->plugin = &plugin_names[i];
            return;
        }
        if (is_circuit(&plugin_names[i]))
            nearest_offer(&nearest, plugin_names[i].name);
    }
    const char *found = nearest_found(&nearest);
    report_usage_error("there is no plugin '%s'; use '%s'", name,
                       found ? found : plugin_names[0].name);
}

// --- Settings ---

// Long enough for all that settings_parse() takes, and more for it to refuse.
struct word {
    char text[512];
};

static bool is_blank(char c) {
    return isspace((unsigned char)c); // as for settings_parse()
}

// Part of a setting, without the blanks around it.
static struct word trimmed(const char *from, size_t length) {
    struct word word;
    while (length > 0 && is_blank(*from)) {
        from++;
        length--;
    }
    while (length > 0 && is_blank(from[length - 1]))
        length--;
    snprintf(word.text, sizeof word.text, "%.*s", (int)length, from);
    return word;
}

// The next of several settings, which ends at a semicolon.
static struct word next_setting(const char **settings) {
    const size_t length = strcspn(*settings, ";");
    const struct word setting = trimmed(*settings, length);
    *settings += length + ((*settings)[length] == ';');
    return setting;
}

static enum port_id setting_port(const struct controls *controls, const char *setting) {
    const struct word symbol = trimmed(setting, strcspn(setting, "="));
    return port_find(controls->plugin->bit, symbol.text);
}

static const char *suggest_symbol(const struct controls *controls, const char *word) {
    struct nearest nearest = nearest_to(word);
    for (enum port_id id = 0; id < PORT_COUNT; id++)
        if ((ports[id].plugins & controls->plugin->bit) && !port_is_output(id))
            nearest_offer(&nearest, ports[id].symbol);
    return nearest_found(&nearest);
}

static const char *suggest_line(const char *word) {
    struct nearest nearest = nearest_to(word);
    for (unsigned i = 0; i < line_count; i++)
        nearest_offer(&nearest, lines[i].name);
    return nearest_found(&nearest);
}

static const char *suggest_choice(enum port_id id, const char *word) {
    struct nearest nearest = nearest_to(word);
    for (unsigned i = 0; i < port_choice_count(id); i++)
        nearest_offer(&nearest, port_choice_label(id, i));
    return nearest_found(&nearest);
}

// What a setting that was refused may have meant: a control or one of its choices.
static const char *suggest(const struct controls *controls, const char *setting) {
    const enum port_id id = setting_port(controls, setting);
    const size_t length = strcspn(setting, "=");
    const struct word symbol = trimmed(setting, length);
    const char *value = setting + length + (setting[length] == '=');
    const struct word choice = trimmed(value, strlen(value));
    if (strcmp(symbol.text, SETTINGS_LINE) == 0)
        return suggest_line(choice.text);
    if (id == PORT_COUNT || port_is_output(id))
        return suggest_symbol(controls, symbol.text);
    return suggest_choice(id, choice.text);
}

// Where settings come from, and what a message says of it.
struct origin {
    enum control_origin origin;
    const char *where;
};

// A line sets several.
static void note_origin(struct controls *controls, enum control_origin origin,
                        const char *setting) {
    const struct device_table *line = &device_tables[DEVICES_LINES];
    const enum port_id id = setting_port(controls, setting);
    if (id < PORT_COUNT)
        controls->origin[id] = origin;
    for (unsigned i = 0; i < line->owned_count && id == PORT_COUNT; i++)
        controls->origin[line->owned[i]] = origin;
}

static void apply_setting(struct controls *controls, const struct origin *from,
                          const char *setting) {
    char error[SETTINGS_ERROR_MAX];
    if (settings_parse(controls->plugin->bit, setting, controls->values, error)) {
        note_origin(controls, from->origin, setting);
        return;
    }
    const char *suggestion = suggest(controls, setting);
    if (suggestion)
        report_usage_error("%s: %s; did you mean '%s'?", from->where, error, suggestion);
    report_usage_error("%s: %s (see 'loadline list symbols' and 'devices')", from->where, error);
}

// --- Presets ---

// Of this plugin, or, if it is NULL, of any.
static const struct preset *find_preset(const struct plugin_name *plugin, const char *where,
                                        const char *name) {
    struct nearest nearest = nearest_to(name);
    for (unsigned i = 0; i < preset_count; i++) {
        if (plugin && strcmp(presets[i].plugin, plugin->name) != 0)
            continue;
        if (strcmp(presets[i].slug, name) == 0 || strcmp(presets[i].name, name) == 0)
            return &presets[i];
        nearest_offer(&nearest, presets[i].slug);
    }
    const char *found = nearest_found(&nearest);
    if (found)
        report_usage_error("%s: there is no preset '%s'; did you mean '%s'?", where, name, found);
    report_usage_error("%s: there is no preset '%s' (see 'loadline list presets')", where, name);
}

// What "preset=NAME", which is as good as a setting, names; NULL if it is another setting.
static const struct preset *setting_preset(const struct controls *controls, const char *where,
                                           const char *setting) {
    const size_t length = strcspn(setting, "=");
    const struct word symbol = trimmed(setting, length);
    if (setting[length] == '\0' || strcmp(symbol.text, "preset") != 0)
        return NULL;
    const char *value = setting + length + 1;
    const struct word name = trimmed(value, strlen(value));
    return find_preset(controls->plugin, where, name.text);
}

// One at a time, so that a message can say which it was.
static void apply_settings(struct controls *controls, const struct origin *from,
                           const char *settings) {
    while (*settings != '\0') {
        const struct word setting = next_setting(&settings);
        const struct preset *preset = setting_preset(controls, from->where, setting.text);
        if (preset)
            apply_settings(controls, &(struct origin){CONTROL_PRESET, preset->slug},
                           preset->settings);
        else if (setting.text[0] != '\0')
            apply_setting(controls, from, setting.text);
    }
}

// --- Overruling ---

// What named devices set a control to over what a setting gave; NaN: nothing.
struct overruled {
    double to[PORT_COUNT];
};

static struct overruled find_overruled(const struct controls *controls) {
    struct overruled overruled;
    double applied[PORT_COUNT];
    for (enum port_id id = 0; id < PORT_COUNT; id++)
        applied[id] = port_clamp(id, (double)controls->values[id]);
    devices_apply(applied);
    for (enum port_id id = 0; id < PORT_COUNT; id++) {
        const bool differs = applied[id] != port_clamp(id, (double)controls->values[id]);
        const bool set = controls->origin[id] == CONTROL_SETTING;
        overruled.to[id] = set && differs ? applied[id] : (double)NAN;
    }
    return overruled;
}

// Those that `known` has are no news; NULL: all are.
static void note_overruled(const struct controls *controls, const struct overruled *known) {
    const struct overruled overruled = find_overruled(controls);
    for (enum port_id id = 0; id < PORT_COUNT; id++)
        if (!isnan(overruled.to[id]) && !(known && !isnan(known->to[id])))
            report_note("%s=%g has no effect, because a named device sets it to %g",
                        ports[id].symbol, (double)controls->values[id], overruled.to[id]);
}

// --- Options ---

void controls_apply(struct controls *controls, const char *where, const char *settings) {
    const struct overruled known = find_overruled(controls);
    apply_settings(controls, &(struct origin){CONTROL_SETTING, where}, settings);
    note_overruled(controls, &known);
}

static void apply_all(struct controls *controls) {
    const struct origin from = {CONTROL_SETTING, "--set"};
    if (controls->preset) {
        const struct preset *preset = find_preset(controls->plugin_given ? controls->plugin : NULL,
                                                  "--preset", controls->preset);
        choose_plugin(controls, preset->plugin);
        apply_settings(controls, &(struct origin){CONTROL_PRESET, preset->slug}, preset->settings);
    }
    for (unsigned i = 0; i < controls->setting_count; i++)
        apply_settings(controls, &from, controls->settings[i]);
    free(controls->settings);
    controls->settings = NULL;
    note_overruled(controls, NULL);
}

static void add_setting(struct controls *controls, const char *setting) {
    const char **settings =
        realloc(controls->settings, (controls->setting_count + 1) * sizeof *settings);
    if (!settings)
        report_usage_error("out of memory");
    controls->settings = settings;
    controls->settings[controls->setting_count++] = setting;
}

static error_t parse_option(int key, char *argument, struct argp_state *state) {
    struct controls *controls = state->input;
    switch (key) {
    case KEY_PLUGIN:
        choose_plugin(controls, argument);
        controls->plugin_given = true;
        return 0;
    case KEY_PRESET:
        controls->preset = argument;
        return 0;
    case KEY_SET:
        add_setting(controls, argument);
        return 0;
    case ARGP_KEY_ARG: // of a command that takes none
        report_usage_error("'%s' is no option; name controls with --set", argument);
    case ARGP_KEY_SUCCESS:
        apply_all(controls);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void print_label(FILE *file, const struct controls *controls, const char *setting) {
    const enum port_id id = setting_port(controls, setting);
    const struct preset *preset = setting_preset(controls, "--curve", setting);
    const char *unit = id < PORT_COUNT ? units[ports[id].unit].symbol : "";
    const char *value = setting + strcspn(setting, "=");
    if (preset)
        fputs(preset->name, file);
    else if (id == PORT_COUNT)
        fputs(trimmed(value + 1, strlen(value + 1)).text, file); // the name of a line
    else if (port_choice_count(id) > 0)
        fputs(controls_choice(controls, id), file);
    else
        fprintf(file, "%s %g%s%s", ports[id].name, (double)controls->values[id],
                *unit != '\0' ? " " : "", unit);
}

char *controls_label(const struct controls *controls, const char *settings) {
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    if (!file)
        return NULL;
    const char *separator = "";
    for (const char *next = settings; *next != '\0';) {
        const struct word setting = next_setting(&next);
        if (setting.text[0] == '\0')
            continue;
        fputs(separator, file);
        print_label(file, controls, setting.text);
        separator = ", ";
    }
    fclose(file);
    return text;
}

struct chain_params controls_params(const struct controls *controls) {
    struct chain_params params;
    ports_to_params(controls->plugin->bit, controls->values, &params);
    return params;
}

void controls_describe(const struct controls *controls, FILE *file) {
    const char *separator = "";
    if (controls->preset)
        fprintf(file, "preset %s", controls->preset);
    if (controls->preset)
        separator = "; ";
    for (enum port_id id = 0; id < PORT_COUNT; id++) {
        if (controls->origin[id] != CONTROL_SETTING)
            continue;
        fprintf(file, "%s%s=", separator, ports[id].symbol);
        separator = "; ";
        if (port_choice_count(id) > 0)
            fputs(controls_choice(controls, id), file);
        else
            fprintf(file, "%g", (double)controls->values[id]);
    }
}

// Zero would draw a fresh one.
void controls_fix_seed(struct controls *controls) {
    if (controls->values[PORT_SEED] == 0.0f)
        controls->values[PORT_SEED] = (float)ports[PORT_SEED].fallback;
}

double controls_full_scale_v(const struct controls *controls) {
    const struct chain_params params = controls_params(controls);
    const double gain = pow(10.0, (double)controls->values[PORT_GAIN] / 20.0);
    return sqrt(2.0) * params.source.level_v * gain;
}

void controls_note_bypass(const struct controls *controls) {
    if (controls->values[PORT_ENABLED] <= 0)
        report_note("enabled=0 has no effect here: this is the circuit");
}

static const struct argp_option options[] = {
    {"plugin", KEY_PLUGIN, "chain|line|stage|load", 0,
     "Which plugin (chain); a preset brings its own", 0},
    {"preset", KEY_PRESET, "NAME", 0, "Start from a preset ('loadline list presets')", 0},
    {"set", KEY_SET, "SYMBOL=VALUE", 0,
     "Set a control to a number or the name of a choice ('loadline list symbols', "
     "'loadline list devices'); can be repeated",
     0},
    {0},
};

const struct argp controls_argp = {.options = options, .parser = parse_option};
const struct argp_child controls_children[] = {{&controls_argp, 0, NULL, 0}, {0}};
