// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Runs at build time: writes the Turtle of the bundle. What people say about a plugin comes from
// its template, everything else from the port table, the device tables and the presets.
//
//   write_ttl BINARY BUNDLE TEMPLATE...
//
// writes manifest.ttl, presets.ttl and, from each template <plugin>.ttl.in, <plugin>.ttl into the
// directory BUNDLE. project.ttl, which is about all plugins, lies beside them as it is.
#include "devices.h"
#include "settings.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define URI         "urn:loadline:"
#define PORTS_HERE  "@PORTS@\n"
#define PREFIX_LV2  "@prefix lv2:  <http://lv2plug.in/ns/lv2core#> .\n"
#define PREFIX_PSET "@prefix pset: <http://lv2plug.in/ns/ext/presets#> .\n"
#define PREFIX_RDFS "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"

static _Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

static _Noreturn void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("write_ttl: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(EXIT_FAILURE);
}

// --- Output ---

static FILE *open_file(const char *path, const char *mode) {
    FILE *file = fopen(path, mode);
    if (!file) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    return file;
}

static void close_written(FILE *file, const char *path) {
    const bool failed = ferror(file);
    if (fclose(file) != 0 || failed)
        fail("%s: not written", path);
}

static void write_string(FILE *to, const char *text) {
    fputc('"', to);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', to);
        fputc(*text, to);
    }
    fputc('"', to);
}

static void write_text(FILE *to, const char *property, const char *text) {
    fprintf(to, "        %s ", property);
    write_string(to, text);
    fputs(" ;\n", to);
}

// Enough digits for the same float, and a point or exponent, so that it is no integer.
static void write_number(FILE *to, const char *property, double value) {
    char text[32];
    snprintf(text, sizeof text, "%.9g", value);
    fprintf(to, "        %s %s%s ;\n", property, text, strpbrk(text, ".e") ? "" : ".0");
}

// --- Ports ---

// What the host treats in a way of its own.
static const char *designation(enum port_id id) {
    switch (id) {
    case PORT_ENABLED:
        return "lv2:enabled";
    case PORT_FREEWHEEL:
        return "lv2:freeWheeling";
    case PORT_LATENCY:
        return "lv2:latency";
    default:
        return NULL;
    }
}

static const char *special_property(enum port_id id) {
    switch (id) {
    case PORT_QUALITY:
        return "pprop:notAutomatic";
    case PORT_FREEWHEEL:
        return "pprop:notOnGUI";
    case PORT_LATENCY:
        return "lv2:reportsLatency , lv2:integer";
    default:
        return NULL;
    }
}

static const char *scale_property(enum port_scale scale) {
    switch (scale) {
    case SCALE_LOG:
    case SCALE_LOG_ZERO:
    case SCALE_LOG_OFF:
        return "pprop:logarithmic";
    case SCALE_TOGGLE:
    case SCALE_METER_TOGGLE:
        return "lv2:toggled";
    case SCALE_TRIGGER:
        return "pprop:trigger , lv2:toggled";
    case SCALE_INTEGER:
        return "lv2:integer";
    case SCALE_CHOICE:
        return "lv2:integer , lv2:enumeration";
    case SCALE_LINEAR:
    case SCALE_METER:
        break;
    }
    return NULL;
}

static void write_property(FILE *to, const char *property) {
    if (property)
        fprintf(to, "        lv2:portProperty %s ;\n", property);
}

static void write_unit(FILE *to, enum port_unit id) {
    const struct unit *unit = &units[id];
    if (id == UNIT_NONE)
        return;
    if (unit->lv2) {
        fprintf(to, "        units:unit units:%s ;\n", unit->lv2);
        return;
    }
    fprintf(to,
            "        units:unit [\n            a units:Unit ;\n            rdfs:label \"%s\" ;\n"
            "            units:symbol \"%s\" ;\n            units:render \"%%f %s\"\n        ] ;\n",
            unit->name, unit->symbol, unit->symbol);
}

static void write_scale_points(FILE *to, enum port_id id) {
    for (unsigned i = 0; i < port_choice_count(id); i++) {
        fputs("        lv2:scalePoint [ rdfs:label ", to);
        write_string(to, port_choice_label(id, i));
        fprintf(to, " ; rdf:value %u.0 ] ;\n", i);
    }
}

// What a person reaches for first: the rows before quality; in a blind test, what it is made of.
static void write_display_priority(FILE *to, enum port_id id) {
    if (id < PORT_QUALITY)
        fprintf(to, "        pprop:displayPriority %d ;\n", PORT_QUALITY - (int)id);
    else if (id >= PORT_SELECT && id < PORT_PLANNED_TRIALS)
        fprintf(to, "        pprop:displayPriority %d ;\n", PORT_PLANNED_TRIALS - (int)id);
}

static void write_control_port(FILE *to, unsigned index, enum port_id id) {
    const struct port *port = &ports[id];
    fprintf(to, "    [\n        a lv2:%s , lv2:ControlPort ;\n        lv2:index %u ;\n",
            port_is_output(id) ? "OutputPort" : "InputPort", index);
    write_text(to, "lv2:symbol", port->symbol);
    write_text(to, "lv2:name", port->name);
    write_text(to, "lv2:shortName", port->short_name);
    write_text(to, "rdfs:comment", port->comment);
    if (designation(id))
        fprintf(to, "        lv2:designation %s ;\n", designation(id));
    write_property(to, scale_property(port->scale));
    write_property(to, special_property(id));
    write_unit(to, port->unit);
    write_scale_points(to, id);
    write_display_priority(to, id);
    write_number(to, "lv2:minimum", port->minimum);
    write_number(to, "lv2:maximum", port_maximum(id));
    write_number(to, "lv2:default", port->fallback);
    fputs("    ]", to);
}

static bool is_side_chain(enum audio_id id) {
    return id == AUDIO_B_L || id == AUDIO_B_R;
}

// A right input or a side chain that is missing is silence.
static bool is_optional(enum audio_id id) {
    return id == AUDIO_IN_R || id == AUDIO_A_R || is_side_chain(id);
}

static void write_audio_port(FILE *to, const char *plugin, unsigned index, enum audio_id id) {
    const struct audio *port = &audios[id];
    fprintf(to,
            "    [\n        a lv2:%sPort , lv2:AudioPort ;\n        lv2:index %u ;\n"
            "        lv2:symbol \"%s\" ;\n        lv2:name \"%s\" ;\n"
            "        lv2:shortName \"%s\" ;\n        lv2:designation pg:%s ;\n"
            "        pg:group <" URI "%s#%s> ;\n",
            port->direction, index, port->symbol, port->name, port->short_name, port->side, plugin,
            port->group);
    write_property(to, is_optional(id) ? "lv2:connectionOptional" : NULL);
    write_property(to, is_side_chain(id) ? "lv2:isSideChain" : NULL);
    fputs("    ]", to);
}

static const char *group_name(const char *group) {
    static const char *const names[][2] = {
        {"in", "Input"}, {"out", "Output"}, {"a", "A"}, {"b", "B"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(group, names[i][0]) == 0)
            return names[i][1];
    fail("group '%s' has no name", group);
}

// NULL if there is none.
static const char *relation_to_main_input(const char *group) {
    return strcmp(group, "out") == 0 ? "pg:source"
           : strcmp(group, "b") == 0 ? "pg:sideChainOf"
                                     : NULL;
}

// Spells out the elements of pg:StereoGroup: some hosts do not look there.
static void write_group(FILE *to, const char *plugin, const char *main_input,
                        const struct audio *port) {
    const char *group = port->group;
    const char *relation = relation_to_main_input(group);
    fprintf(to,
            "\n<" URI "%s#%s>\n    a pg:StereoGroup , pg:%sGroup ;\n    lv2:symbol \"%s\" ;\n"
            "    lv2:name \"%s\" ;\n",
            plugin, group, port->direction, group, group_name(group));
    if (relation)
        fprintf(to, "    %s <" URI "%s#%s> ;\n", relation, plugin, main_input);
    fputs("    pg:element\n"
          "        [ lv2:index 0 ; lv2:designation pg:left ] ,\n"
          "        [ lv2:index 1 ; lv2:designation pg:right ] .\n",
          to);
}

// Each group once, in the order of its first port.
static void write_groups(FILE *to, const char *plugin, const struct port_layout *layout) {
    const char *last = "";
    for (unsigned i = 0; i < layout->audio_count; i++) {
        const struct audio *port = &audios[layout->audio[i]];
        if (strcmp(port->group, last) != 0)
            write_group(to, plugin, audios[layout->audio[0]].group, port);
        last = port->group;
    }
}

static void write_ports(FILE *to, const struct plugin_name *plugin) {
    struct port_layout layout;
    ports_layout(plugin->bit, &layout);
    fprintf(to,
            "    pg:mainInput <" URI "%s#%s> ;\n    pg:mainOutput <" URI "%s#out> ;\n    lv2:port ",
            plugin->name, audios[layout.audio[0]].group, plugin->name);
    for (unsigned i = 0; i < layout.audio_count; i++) {
        write_audio_port(to, plugin->name, i, layout.audio[i]);
        fputs(" ,\n", to);
    }
    for (unsigned i = 0; i < layout.control_count; i++) {
        write_control_port(to, layout.audio_count + i, layout.control[i]);
        fputs(i + 1 < layout.control_count ? " ,\n" : " .\n", to);
    }
    write_groups(to, plugin->name, &layout);
}

// --- Files ---

// The plugin of a path's file name, which ends in .ttl or .ttl.in.
static const struct plugin_name *plugin_of(const char *path) {
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    for (unsigned i = 0; i < PLUGIN_COUNT; i++)
        if (strcspn(name, ".") == strlen(plugin_names[i].name) &&
            strncmp(name, plugin_names[i].name, strlen(plugin_names[i].name)) == 0)
            return &plugin_names[i];
    fail("%s: is no plugin's template; name it after one", path);
}

static void write_plugin(const char *template_path, const char *bundle) {
    const struct plugin_name *plugin = plugin_of(template_path);
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s.ttl", bundle, plugin->name);
    FILE *from = open_file(template_path, "r");
    FILE *to = open_file(path, "w");
    char line[4096];
    unsigned places = 0;
    while (fgets(line, sizeof line, from)) {
        if (strcmp(line, PORTS_HERE) == 0) {
            write_ports(to, plugin);
            places++;
        } else {
            fputs(line, to);
        }
    }
    if (places != 1)
        fail("%s: has %u lines " PORTS_HERE "it needs one", template_path, places);
    fclose(from);
    close_written(to, path);
}

static const struct plugin_name *preset_plugin(const struct preset *preset) {
    for (unsigned i = 0; i < PLUGIN_COUNT; i++)
        if (strcmp(preset->plugin, plugin_names[i].name) == 0)
            return &plugin_names[i];
    fail("preset %s: there is no plugin '%s'", preset->slug, preset->plugin);
}

static void write_manifest(const char *path, const char *binary) {
    FILE *to = open_file(path, "w");
    fputs(PREFIX_LV2 PREFIX_PSET PREFIX_RDFS, to);
    for (unsigned i = 0; i < PLUGIN_COUNT; i++)
        fprintf(to,
                "\n<" URI "%s>\n    a lv2:Plugin ;\n    lv2:binary <%s> ;\n"
                "    rdfs:seeAlso <%s.ttl> , <project.ttl> .\n",
                plugin_names[i].name, binary, plugin_names[i].name);
    for (unsigned i = 0; i < preset_count; i++)
        fprintf(to,
                "\n<" URI "preset:%s-%s>\n    a pset:Preset ;\n    lv2:appliesTo <" URI "%s> ;\n"
                "    rdfs:seeAlso <presets.ttl> .\n",
                presets[i].plugin, presets[i].slug, presets[i].plugin);
    close_written(to, path);
}

// These stay as they are when a preset is chosen.
static bool is_of_session(enum port_id id) {
    return id == PORT_ENABLED || id == PORT_QUALITY || id == PORT_FREEWHEEL || id == PORT_SEED ||
           id == PORT_ABX_SEED;
}

static void write_preset(FILE *to, const struct preset *preset) {
    const struct plugin_name *plugin = preset_plugin(preset);
    float values[PORT_COUNT];
    char error[SETTINGS_ERROR_MAX];
    settings_default(values);
    if (!settings_parse(plugin->bit, preset->settings, values, error))
        fail("preset %s: %s", preset->slug, error);

    fprintf(to, "\n<" URI "preset:%s-%s>\n    a pset:Preset ;\n    lv2:appliesTo <" URI "%s> ;\n",
            plugin->name, preset->slug, plugin->name);
    write_text(to, "rdfs:label", preset->name);
    write_text(to, "rdfs:comment", preset->comment);
    fputs("    lv2:port", to);

    struct port_layout layout;
    ports_layout(plugin->bit, &layout);
    const char *separator = " ";
    for (unsigned i = 0; i < layout.control_count; i++) {
        const enum port_id id = layout.control[i];
        if (port_is_output(id) || is_of_session(id))
            continue;
        fprintf(to, "%s[\n", separator);
        write_text(to, "lv2:symbol", ports[id].symbol);
        write_number(to, "pset:value", (double)values[id]);
        fputs("    ]", to);
        separator = " , ";
    }
    fputs(" .\n", to);
}

static void write_presets(const char *path) {
    FILE *to = open_file(path, "w");
    fputs(PREFIX_LV2 PREFIX_PSET PREFIX_RDFS, to);
    for (unsigned i = 0; i < preset_count; i++)
        write_preset(to, &presets[i]);
    close_written(to, path);
}

int main(int argc, char *argv[]) {
    if (argc != 3 + PLUGIN_COUNT)
        fail("usage: write_ttl BINARY BUNDLE TEMPLATE...");
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/manifest.ttl", argv[2]);
    write_manifest(path, argv[1]);
    snprintf(path, sizeof path, "%s/presets.ttl", argv[2]);
    write_presets(path);
    for (unsigned i = 0; i < PLUGIN_COUNT; i++)
        write_plugin(argv[3 + i], argv[2]);
    return EXIT_SUCCESS;
}
