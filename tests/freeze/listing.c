// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Prints what sessions and scripts of users hold on to, as lilv reads it from the built bundle: a
// section for each list, "[name]", then its lines in the order of their index.
#include "die.h"
#include "plugin_host.h"

#include <lv2/core/lv2.h>
#include <lv2/presets/presets.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static LilvNode *node(const char *uri) {
    return lilv_new_uri(plugin_host_world(), uri);
}

static const char *uri_of(const LilvPlugin *plugin) {
    return lilv_node_as_uri(lilv_plugin_get_uri(plugin));
}

static int compare_texts(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void print_minor_version(const LilvPlugin *plugin) {
    LilvNodes *values = lilv_plugin_get_value(plugin, node(LV2_CORE__minorVersion));
    printf("\n[%s minorVersion]\n%d\n", uri_of(plugin),
           lilv_node_as_int(lilv_nodes_get_first(values)));
}

static void print_ports(const LilvPlugin *plugin) {
    static const char *const facts[] = {LV2_CORE__InputPort, LV2_CORE__OutputPort,
                                        LV2_CORE__AudioPort, LV2_CORE__ControlPort};
    printf("\n[%s ports]\n", uri_of(plugin));
    for (uint32_t i = 0; i < lilv_plugin_get_num_ports(plugin); i++) {
        const LilvPort *port = lilv_plugin_get_port_by_index(plugin, i);
        fputs(lilv_node_as_string(lilv_port_get_symbol(plugin, port)), stdout);
        for (size_t k = 0; k < sizeof facts / sizeof *facts; k++)
            if (lilv_port_is_a(plugin, port, node(facts[k])))
                printf(" %s", strrchr(facts[k], '#') + 1);
        if (lilv_port_has_property(plugin, port, node(LV2_CORE__connectionOptional)))
            fputs(" connectionOptional", stdout);
        putchar('\n');
    }
}

static const char *label_of(const LilvScalePoints *points, unsigned value) {
    LILV_FOREACH(scale_points, i, points) {
        const LilvScalePoint *point = lilv_scale_points_get(points, i);
        if (lilv_node_as_float(lilv_scale_point_get_value(point)) == (float)value)
            return lilv_node_as_string(lilv_scale_point_get_label(point));
    }
    die("there is no choice %u", value);
}

static void print_choices(const LilvPlugin *plugin) {
    for (uint32_t i = 0; i < lilv_plugin_get_num_ports(plugin); i++) {
        const LilvPort *port = lilv_plugin_get_port_by_index(plugin, i);
        const LilvScalePoints *points = lilv_port_get_scale_points(plugin, port);
        if (!points)
            continue;
        printf("\n[%s %s]\n", uri_of(plugin),
               lilv_node_as_string(lilv_port_get_symbol(plugin, port)));
        for (unsigned value = 0; value < lilv_scale_points_size(points); value++)
            puts(label_of(points, value));
    }
}

static void print_presets(const LilvPlugin *plugin) {
    LilvNodes *presets = lilv_plugin_get_related(plugin, node(LV2_PRESETS__Preset));
    const unsigned count = lilv_nodes_size(presets);
    const char **uris = allocate(count + 1, sizeof *uris);
    unsigned next = 0;
    LILV_FOREACH(nodes, i, presets) {
        uris[next++] = lilv_node_as_uri(lilv_nodes_get(presets, i));
    }
    qsort(uris, count, sizeof *uris, compare_texts);
    printf("\n[%s presets]\n", uri_of(plugin));
    for (unsigned i = 0; i < count; i++)
        puts(uris[i]);
    free(uris);
}

#ifdef __SANITIZE_ADDRESS__
const char *__asan_default_options(void);
const char *__asan_default_options(void) {
    return "detect_leaks=0"; // nodes live until the end of the process: there are few
}
#endif

int main(void) {
    const LilvPlugins *plugins = lilv_world_get_all_plugins(plugin_host_world());
    LILV_FOREACH(plugins, i, plugins) {
        const LilvPlugin *plugin = lilv_plugins_get(plugins, i);
        print_minor_version(plugin);
        print_ports(plugin);
        print_choices(plugin);
        print_presets(plugin);
    }
    return EXIT_SUCCESS;
}
