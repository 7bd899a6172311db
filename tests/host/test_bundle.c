// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The built bundle as lilv reads it, field by field against the port table. What is asked of any
// bundle is in tests/rules/test_description.c.
#include "devices.h"
#include "plugin_host.h"
#include "ports.h"

#include <lv2/core/lv2.h>
#include <lv2/port-groups/port-groups.h>
#include <lv2/port-props/port-props.h>
#include <lv2/presets/presets.h>
#include <lv2/state/state.h>
#include <lv2/units/units.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define URI_PREFIX   "urn:loadline:"
#define RDF_TYPE     "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
#define RDFS_LABEL   "http://www.w3.org/2000/01/rdf-schema#label"
#define RDFS_COMMENT "http://www.w3.org/2000/01/rdf-schema#comment"
#define SHORT_NAME   LV2_CORE_PREFIX "shortName"
#define LICENCE_URI  "http://spdx.org/licenses/ISC"
#define DOAP_LICENCE "http://usefulinc.com/ns/doap#license"

// The tests run once for each plugin.
static const struct plugin_name *tested;
static struct port_layout layout;

// --- Short forms of lilv. A node lives until the end of the process: there are few. ---

#ifdef __SANITIZE_ADDRESS__
const char *__asan_default_options(void);
const char *__asan_default_options(void) {
    return "detect_leaks=0";
}
#endif

static LilvNode *uri(const char *text) {
    return lilv_new_uri(plugin_host_world(), text);
}

static const char *plugin_uri(void) {
    static char text[64];
    snprintf(text, sizeof text, URI_PREFIX "%s", tested->name);
    return text;
}

static const LilvPlugin *plugin(void) {
    return plugin_host_plugin(plugin_uri());
}

static const LilvPort *port_at(unsigned index) {
    return lilv_plugin_get_port_by_index(plugin(), index);
}

// The tested plugin's controls: for (id = first_control(); id < PORT_COUNT; id = next_control(id))
static enum port_id next_control(enum port_id id) {
    do
        id++;
    while (id < PORT_COUNT && !(ports[id].plugins & tested->bit));
    return id;
}

static enum port_id first_control(void) {
    return layout.control[0];
}

static unsigned control_index(enum port_id id) {
    unsigned index = 0;
    while (layout.control[index] != id)
        index++;
    return layout.audio_count + index;
}

static const LilvPort *control(enum port_id id) {
    return port_at(control_index(id));
}

static bool port_is_a(const LilvPort *port, const char *class_uri) {
    return lilv_port_is_a(plugin(), port, uri(class_uri));
}

static bool port_has(const LilvPort *port, const char *property) {
    return lilv_port_has_property(plugin(), port, uri(property));
}

static const char *port_text(const LilvPort *port, const char *property) {
    LilvNodes *all = lilv_port_get_value(plugin(), port, uri(property));
    assert_int_equal(lilv_nodes_size(all), 1);
    return lilv_node_as_string(lilv_nodes_get_first(all));
}

static unsigned port_value_count(const LilvPort *port, const char *property) {
    return lilv_nodes_size(lilv_port_get_value(plugin(), port, uri(property)));
}

static const char *text_of(const LilvNode *subject, const char *property) {
    const LilvNode *node = lilv_world_get(plugin_host_world(), subject, uri(property), NULL);
    if (!node)
        fail_msg("%s has no %s", lilv_node_as_string(subject), property);
    return lilv_node_as_string(node);
}

// --- Ports ---

static void audio_ports_come_first(void **state) {
    (void)state;
    for (unsigned i = 0; i < layout.audio_count; i++) {
        const struct audio *row = &audios[layout.audio[i]];
        const LilvPort *port = port_at(i);
        assert_string_equal(lilv_node_as_string(lilv_port_get_symbol(plugin(), port)), row->symbol);
        assert_string_equal(lilv_node_as_string(lilv_port_get_name(plugin(), port)), row->name);
        assert_true(port_is_a(port, LV2_CORE__AudioPort));
        assert_true(port_is_a(port, LV2_CORE__InputPort) == (strcmp(row->direction, "Input") == 0));
        assert_true(port_is_a(port, LV2_CORE__OutputPort) ==
                    (strcmp(row->direction, "Output") == 0));
        const bool is_side_chain = strcmp(row->group, "b") == 0;
        const bool is_input = strcmp(row->direction, "Input") == 0;
        assert_true(port_has(port, LV2_CORE_PREFIX "isSideChain") == is_side_chain);
        assert_true(port_has(port, LV2_CORE__connectionOptional) ==
                    (is_side_chain || (is_input && strcmp(row->side, "right") == 0)));
    }
}

static void every_control_is_a_row_of_the_table(void **state) {
    (void)state;
    assert_int_equal(lilv_plugin_get_num_ports(plugin()),
                     layout.audio_count + layout.control_count);
    for (enum port_id id = first_control(); id < PORT_COUNT; id = next_control(id)) {
        const LilvPort *port = control(id);
        const struct port *row = &ports[id];
        assert_string_equal(lilv_node_as_string(lilv_port_get_symbol(plugin(), port)), row->symbol);
        assert_string_equal(lilv_node_as_string(lilv_port_get_name(plugin(), port)), row->name);
        assert_string_equal(port_text(port, SHORT_NAME), row->short_name);
        assert_string_equal(port_text(port, RDFS_COMMENT), row->comment);
        assert_true(port_is_a(port, LV2_CORE__ControlPort));
        assert_true(port_is_a(port, LV2_CORE__OutputPort) == port_is_output(id));
        assert_true(port_is_a(port, LV2_CORE__InputPort) == !port_is_output(id));
    }
}

static void ranges_and_defaults_are_the_tables(void **state) {
    (void)state;
    for (enum port_id id = first_control(); id < PORT_COUNT; id = next_control(id)) {
        LilvNode *fallback = NULL;
        LilvNode *minimum = NULL;
        LilvNode *maximum = NULL;
        lilv_port_get_range(plugin(), control(id), &fallback, &minimum, &maximum);
        assert_true(lilv_node_as_float(fallback) == (float)ports[id].fallback);
        assert_true(lilv_node_as_float(minimum) == (float)ports[id].minimum);
        assert_true(lilv_node_as_float(maximum) == (float)port_maximum(id));
    }
}

static void properties_follow_the_scale(void **state) {
    (void)state;
    for (enum port_id id = first_control(); id < PORT_COUNT; id = next_control(id)) {
        const LilvPort *port = control(id);
        const enum port_scale scale = ports[id].scale;
        assert_true(port_has(port, LV2_PORT_PROPS__logarithmic) ==
                    (scale == SCALE_LOG || scale == SCALE_LOG_ZERO || scale == SCALE_LOG_OFF));
        assert_true(
            port_has(port, LV2_CORE__toggled) ==
            (scale == SCALE_TOGGLE || scale == SCALE_METER_TOGGLE || scale == SCALE_TRIGGER));
        assert_true(port_has(port, LV2_CORE__enumeration) == (scale == SCALE_CHOICE));
        assert_true(port_has(port, LV2_CORE__integer) ==
                    (scale == SCALE_CHOICE || scale == SCALE_INTEGER || id == PORT_LATENCY));
    }
}

static void designations_are_these_and_no_others(void **state) {
    (void)state;
    for (enum port_id id = first_control(); id < PORT_COUNT; id = next_control(id)) {
        const char *expected = id == PORT_ENABLED     ? LV2_CORE__enabled
                               : id == PORT_FREEWHEEL ? LV2_CORE__freeWheeling
                               : id == PORT_LATENCY   ? LV2_CORE__latency
                                                      : NULL;
        assert_int_equal(port_value_count(control(id), LV2_CORE__designation), expected ? 1 : 0);
        if (expected)
            assert_string_equal(port_text(control(id), LV2_CORE__designation), expected);
    }
}

static void assert_own_unit(const LilvNode *node, const struct unit *unit) {
    char render[64];
    snprintf(render, sizeof render, "%%f %s", unit->symbol);
    assert_true(lilv_world_ask(plugin_host_world(), node, uri(RDF_TYPE), uri(LV2_UNITS__Unit)));
    assert_string_equal(text_of(node, RDFS_LABEL), unit->name);
    assert_string_equal(text_of(node, LV2_UNITS__symbol), unit->symbol);
    assert_string_equal(text_of(node, LV2_UNITS__render), render);
}

static void every_unit_is_known_or_spelled_out(void **state) {
    (void)state;
    for (enum port_id id = first_control(); id < PORT_COUNT; id = next_control(id)) {
        const struct unit *unit = &units[ports[id].unit];
        LilvNodes *nodes = lilv_port_get_value(plugin(), control(id), uri(LV2_UNITS__unit));
        assert_int_equal(lilv_nodes_size(nodes), ports[id].unit == UNIT_NONE ? 0 : 1);
        if (ports[id].unit == UNIT_NONE)
            continue;
        const LilvNode *node = lilv_nodes_get_first(nodes);
        if (!unit->lv2) {
            assert_own_unit(node, unit);
            continue;
        }
        char expected[128];
        snprintf(expected, sizeof expected, LV2_UNITS_PREFIX "%s", unit->lv2);
        assert_string_equal(lilv_node_as_uri(node), expected);
        // LV2 itself has it, typed.
        assert_true(lilv_world_ask(plugin_host_world(), node, uri(RDF_TYPE), uri(LV2_UNITS__Unit)));
    }
}

static void scale_points_are_the_choices(void **state) {
    (void)state;
    for (enum port_id id = first_control(); id < PORT_COUNT; id = next_control(id)) {
        LilvScalePoints *points = lilv_port_get_scale_points(plugin(), control(id));
        assert_int_equal(points ? lilv_scale_points_size(points) : 0, port_choice_count(id));
        LILV_FOREACH(scale_points, i, points) {
            const LilvScalePoint *point = lilv_scale_points_get(points, i);
            const float value = lilv_node_as_float(lilv_scale_point_get_value(point));
            const char *label = lilv_node_as_string(lilv_scale_point_get_label(point));
            assert_true(value == (float)port_choice_find(id, label));
        }
        lilv_scale_points_free(points);
    }
}

static void audio_ports_are_in_stereo_groups(void **state) {
    (void)state;
    for (unsigned i = 0; i < layout.audio_count; i++) {
        LilvNode *group = uri(port_text(port_at(i), LV2_PORT_GROUPS__group));
        assert_string_equal(text_of(group, LV2_CORE__symbol), audios[layout.audio[i]].group);
        LilvNodes *elements =
            lilv_world_find_nodes(plugin_host_world(), group, uri(LV2_PORT_GROUPS__element), NULL);
        assert_int_equal(lilv_nodes_size(elements), 2);
    }
}

static LilvNode *group(const char *name) {
    char text[96];
    snprintf(text, sizeof text, "%s#%s", plugin_uri(), name);
    return uri(text);
}

// Hosts find the main way through, and know a side chain from it.
static void groups_know_each_other(void **state) {
    (void)state;
    const char *main_input = tested->bit == PLUGIN_ABX ? "a" : "in";
    const char *main_uri = lilv_node_as_uri(group(main_input));
    const LilvNode *self = lilv_plugin_get_uri(plugin());
    assert_string_equal(text_of(self, LV2_PORT_GROUPS__mainInput), main_uri);
    assert_string_equal(text_of(self, LV2_PORT_GROUPS__mainOutput), lilv_node_as_uri(group("out")));
    assert_string_equal(text_of(group("out"), LV2_PORT_GROUPS__source), main_uri);
    if (tested->bit == PLUGIN_ABX)
        assert_string_equal(text_of(group("b"), LV2_PORT_GROUPS__sideChainOf), main_uri);
}

// --- The plugin ---

// The others are their ports. What the Turtle says, the binary does.
static void only_a_blind_test_has_state(void **state) {
    (void)state;
    struct plugin_host *host = plugin_host_open(plugin_uri(), 48000, PLUGIN_HOST_NO_FEATURES);
    const LilvInstance *instance = plugin_host_instance(host);
    const bool expected = tested->bit == PLUGIN_ABX;
    assert_true(lilv_plugin_has_extension_data(plugin(), uri(LV2_STATE__interface)) == expected);
    assert_true(!lilv_instance_get_extension_data(instance, LV2_STATE__interface) == !expected);
    assert_null(lilv_instance_get_extension_data(instance, "urn:loadline:no-such-extension"));
    plugin_host_close(host);
}

static void class_and_licence_are_as_they_should(void **state) {
    (void)state;
    const LilvNode *class_uri = lilv_plugin_class_get_uri(lilv_plugin_get_class(plugin()));
    assert_string_equal(lilv_node_as_uri(class_uri), tested->bit == PLUGIN_ABX
                                                         ? LV2_CORE__UtilityPlugin
                                                         : LV2_CORE__SimulatorPlugin);
    assert_string_equal(text_of(lilv_plugin_get_uri(plugin()), DOAP_LICENCE), LICENCE_URI);
}

// --- Presets ---

static bool is_of_session(enum port_id id) {
    return id == PORT_ENABLED || id == PORT_QUALITY || id == PORT_FREEWHEEL || id == PORT_SEED ||
           id == PORT_ABX_SEED;
}

// Every input once, except what belongs to the session; nothing out of range.
static void assert_complete(const LilvNode *preset) {
    LilvNodes *stated =
        lilv_world_find_nodes(plugin_host_world(), preset, uri(LV2_CORE__port), NULL);
    unsigned count[PORT_COUNT] = {0};
    LILV_FOREACH(nodes, i, stated) {
        const LilvNode *port = lilv_nodes_get(stated, i);
        const enum port_id id = port_find(tested->bit, text_of(port, LV2_CORE__symbol));
        assert_true(id < PORT_COUNT);
        const double value = strtod(text_of(port, LV2_PRESETS__value), NULL);
        assert_true((float)value == (float)port_clamp(id, value));
        count[id]++;
    }
    lilv_nodes_free(stated);
    for (enum port_id id = first_control(); id < PORT_COUNT; id = next_control(id))
        assert_int_equal(count[id], port_is_output(id) || is_of_session(id) ? 0 : 1);
}

static void presets_state_every_input(void **state) {
    (void)state;
    LilvNodes *all = lilv_plugin_get_related(plugin(), uri(LV2_PRESETS__Preset));
    unsigned expected = 0;
    for (unsigned i = 0; i < preset_count; i++)
        expected += strcmp(presets[i].plugin, tested->name) == 0;
    assert_int_equal(lilv_nodes_size(all), expected);
    LILV_FOREACH(nodes, i, all) {
        const LilvNode *preset = lilv_nodes_get(all, i);
        assert_true(lilv_world_load_resource(plugin_host_world(), preset) >= 0);
        assert_complete(preset);
    }
    lilv_nodes_free(all);
}

static void preset_uris_are_made_of_plugin_and_slug(void **state) {
    (void)state;
    for (unsigned i = 0; i < preset_count; i++) {
        if (strcmp(presets[i].plugin, tested->name) != 0)
            continue;
        char name[256];
        snprintf(name, sizeof name, "urn:loadline:preset:%s-%s", presets[i].plugin,
                 presets[i].slug);
        LilvNode *preset = uri(name);
        assert_true(lilv_world_load_resource(plugin_host_world(), preset) >= 0);
        assert_string_equal(text_of(preset, RDFS_LABEL), presets[i].name);
        assert_string_equal(text_of(preset, LV2_CORE__appliesTo), plugin_uri());
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(audio_ports_come_first),
        cmocka_unit_test(every_control_is_a_row_of_the_table),
        cmocka_unit_test(ranges_and_defaults_are_the_tables),
        cmocka_unit_test(properties_follow_the_scale),
        cmocka_unit_test(designations_are_these_and_no_others),
        cmocka_unit_test(every_unit_is_known_or_spelled_out),
        cmocka_unit_test(scale_points_are_the_choices),
        cmocka_unit_test(audio_ports_are_in_stereo_groups),
        cmocka_unit_test(groups_know_each_other),
        cmocka_unit_test(only_a_blind_test_has_state),
        cmocka_unit_test(class_and_licence_are_as_they_should),
        cmocka_unit_test(presets_state_every_input),
        cmocka_unit_test(preset_uris_are_made_of_plugin_and_slug),
    };
    int failed = 0;
    for (unsigned i = 0; i < PLUGIN_COUNT; i++) {
        tested = &plugin_names[i];
        ports_layout(tested->bit, &layout);
        failed += cmocka_run_group_tests_name(tested->name, tests, NULL, NULL);
    }
    return failed;
}
