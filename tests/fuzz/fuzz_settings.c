// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Settings as people write them. The first byte chooses the plugin. Whatever the text, values stay
// within their ranges, and a refusal says why in one line, in which only what it quotes of the text
// can be odd.
#include "fuzz.h"
#include "settings.h"

#include <string.h>

static void check_values(const float values[PORT_COUNT]) {
    for (enum port_id id = 0; id < PORT_COUNT; id++)
        demand((float)port_clamp(id, (double)values[id]) == values[id]);
}

static void check_error(const char error[SETTINGS_ERROR_MAX], const char *text) {
    const size_t length = strnlen(error, SETTINGS_ERROR_MAX);
    demand(length > 0 && length < SETTINGS_ERROR_MAX);
    for (const char *next = error; *next != '\0'; next++)
        demand(!is_control(*next) || strchr(text, *next) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    float values[PORT_COUNT];
    char error[SETTINGS_ERROR_MAX] = "";
    if (size == 0)
        return 0;
    const enum plugin_bit plugin = plugin_names[data[0] % PLUGIN_COUNT].bit;
    char *text = malloc(size);
    demand(text != NULL);
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    settings_default(values);
    if (settings_parse(plugin, text, values, error))
        demand(error[0] == '\0');
    else
        check_error(error, text);
    check_values(values);
    free(text);
    return 0;
}
