// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "settings.h"

#include "devices.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SETTING_MAX = 256 };

static bool fail(char error[SETTINGS_ERROR_MAX], const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool fail(char error[SETTINGS_ERROR_MAX], const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error, SETTINGS_ERROR_MAX, format, arguments);
    va_end(arguments);
    return false;
}

// Cuts blanks off both ends, in place.
static char *trim(char *text) {
    while (isspace((unsigned char)*text))
        text++;
    for (size_t end = strlen(text); end > 0 && isspace((unsigned char)text[end - 1]); end--)
        text[end - 1] = '\0';
    return text;
}

static bool parse_value(enum port_id id, const char *text, float *value, char *error) {
    const int choice = port_choice_find(id, text);
    if (choice >= 0) {
        *value = (float)choice;
        return true;
    }
    char *end = NULL;
    const double number = strtod(text, &end);
    if (end == text || *end != '\0')
        return fail(error, "%s is '%s'; use a number%s", ports[id].symbol, text,
                    port_choice_count(id) > 0 ? " or the name of a choice" : "");
    if (!(number >= ports[id].minimum && number <= port_maximum(id)))
        return fail(error, "%s is %s; it can be %g to %g", ports[id].symbol, text,
                    ports[id].minimum, port_maximum(id));
    *value = (float)port_clamp(id, number);
    return true;
}

static bool parse_line(unsigned plugins, const char *name, float values[PORT_COUNT], char *error) {
    const struct device_table *table = &device_tables[DEVICES_LINES];
    const struct device *line = devices_find(DEVICES_LINES, name);
    if (!line)
        return fail(error, "there is no line '%s'", name);
    if (!(ports[PORT_LINE_TYPE].plugins & plugins))
        return fail(error, "'line' is no control of this plugin");
    for (unsigned i = 0; i < table->owned_count; i++) {
        const enum port_id id = table->owned[i];
        if (!isnan(line->value[id]) && (ports[id].plugins & plugins))
            values[id] = (float)line->value[id];
    }
    return true;
}

static bool parse_setting(unsigned plugins, char *setting, float values[PORT_COUNT], char *error) {
    char *equals = strchr(setting, '=');
    if (!equals)
        return fail(error, "'%s' sets nothing; write symbol=value", setting);
    *equals = '\0';
    const char *symbol = trim(setting);
    if (strcmp(symbol, SETTINGS_LINE) == 0)
        return parse_line(plugins, trim(equals + 1), values, error);
    const enum port_id id = port_find(plugins, symbol);
    if (id == PORT_COUNT)
        return fail(error, "'%s' is no control of this plugin", symbol);
    if (port_is_output(id))
        return fail(error, "'%s' is a meter; only inputs can be set", symbol);
    return parse_value(id, trim(equals + 1), &values[id], error);
}

void settings_default(float values[PORT_COUNT]) {
    for (enum port_id id = 0; id < PORT_COUNT; id++)
        values[id] = (float)ports[id].fallback;
}

bool settings_parse(unsigned plugins, const char *text, float values[PORT_COUNT],
                    char error[SETTINGS_ERROR_MAX]) {
    for (const char *next = text; *next != '\0';) {
        const size_t length = strcspn(next, ";");
        char setting[SETTING_MAX];
        if (length >= sizeof setting)
            return fail(error, "a setting is longer than %d characters", SETTING_MAX - 1);
        memcpy(setting, next, length);
        setting[length] = '\0';
        char *trimmed = trim(setting);
        if (*trimmed != '\0' && !parse_setting(plugins, trimmed, values, error))
            return false;
        next += length + (next[length] == ';');
    }
    return true;
}
