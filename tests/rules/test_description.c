// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// What the specification and the strictest of linters ask of any plugin, whatever it does: nothing
// here knows the port table. Every plugin of the bundle is tested.
#include "plugin_host.h"

#include <ctype.h>
#include <lv2/atom/atom.h>
#include <lv2/buf-size/buf-size.h>
#include <lv2/core/lv2.h>
#include <lv2/event/event.h>
#include <lv2/options/options.h>
#include <lv2/patch/patch.h>
#include <lv2/port-groups/port-groups.h>
#include <lv2/port-props/port-props.h>
#include <lv2/presets/presets.h>
#include <lv2/state/state.h>
#include <lv2/units/units.h>
#include <lv2/uri-map/uri-map.h>
#include <lv2/urid/urid.h>
#include <lv2/worker/worker.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define RDF          "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
#define RDFS         "http://www.w3.org/2000/01/rdf-schema#"
#define DOAP_NAME    "http://usefulinc.com/ns/doap#name"
#define DOAP_LICENCE "http://usefulinc.com/ns/doap#license"

#define RATE_HZ 48000.0

enum { LINE_MAX_BYTES = 512 };

// The tests run once for each plugin.
static const LilvPlugin *tested;
static struct plugin_host *host;

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
    return lilv_node_as_uri(lilv_plugin_get_uri(tested));
}

// As (subject, predicate, object) of the world, either of which may be NULL.
static bool is_said(const LilvNode *subject, const char *predicate, const char *object) {
    return lilv_world_ask(plugin_host_world(), subject, uri(predicate),
                          object ? uri(object) : NULL);
}

static const LilvNode *only_value(const LilvNode *subject, const char *predicate) {
    LilvNodes *nodes = lilv_world_find_nodes(plugin_host_world(), subject, uri(predicate), NULL);
    if (lilv_nodes_size(nodes) != 1)
        fail_msg("%s has %u values of %s", lilv_node_as_string(subject), lilv_nodes_size(nodes),
                 predicate);
    return lilv_nodes_get_first(nodes);
}

static void assert_text(const LilvNode *node, const char *what) {
    if (!node || !lilv_node_is_string(node) || *lilv_node_as_string(node) == '\0')
        fail_msg("<%s>: %s is missing, empty or no text", plugin_uri(), what);
}

static void assert_uri(const LilvNode *node, const char *what) {
    if (!node || !lilv_node_is_uri(node) || *lilv_node_as_uri(node) == '\0')
        fail_msg("<%s>: %s is missing, empty or no URI", plugin_uri(), what);
}

static void assert_all_typed(const LilvNodes *nodes, const char *type, const char *what) {
    LILV_FOREACH(nodes, i, nodes) {
        const LilvNode *node = lilv_nodes_get(nodes, i);
        if (!is_said(node, RDF "type", type))
            fail_msg("<%s>: %s <%s> is not defined", plugin_uri(), what, lilv_node_as_string(node));
    }
}

static bool has_feature(const char *feature) {
    return lilv_plugin_has_feature(tested, uri(feature));
}

// --- The world ---

// Without the specification most rules below would hold for nothing.
static void the_specification_is_loaded(void **state) {
    (void)state;
    static const char *const terms[] = {LV2_CORE__InstrumentPlugin, LV2_UNITS__Unit,
                                        LV2_CORE__hardRTCapable, LV2_PATCH__Message};
    for (size_t i = 0; i < sizeof terms / sizeof *terms; i++)
        assert_true(is_said(uri(terms[i]), RDFS "label", NULL));
}

// --- The plugin ---

static void lilv_verifies_it(void **state) {
    (void)state;
    assert_true(lilv_plugin_verify(tested));
}

static void it_says_who_made_it_and_what_it_is(void **state) {
    (void)state;
    const LilvNode *subject = lilv_plugin_get_uri(tested);
    assert_text(lilv_plugin_get_name(tested), "doap:name");
    assert_uri(only_value(subject, DOAP_LICENCE), "doap:license");
    assert_text(only_value(subject, RDFS "comment"), "rdfs:comment");
    assert_text(lilv_plugin_get_author_name(tested), "foaf:name");
    assert_uri(lilv_plugin_get_author_email(tested), "foaf:mbox");
    assert_uri(lilv_plugin_get_author_homepage(tested), "foaf:homepage");
    assert_text(only_value(lilv_plugin_get_project(tested), DOAP_NAME), "the project's doap:name");
}

// Odd numbers and zero mark what is not to be relied on.
static void versions_are_even_and_not_zero(void **state) {
    (void)state;
    static const char *const properties[] = {LV2_CORE__minorVersion, LV2_CORE__microVersion};
    for (size_t i = 0; i < sizeof properties / sizeof *properties; i++) {
        const LilvNode *version = only_value(lilv_plugin_get_uri(tested), properties[i]);
        assert_true(lilv_node_is_int(version));
        assert_true(lilv_node_as_int(version) > 0 && lilv_node_as_int(version) % 2 == 0);
    }
}

static void its_class_is_a_specific_one(void **state) {
    (void)state;
    const LilvPluginClass *class = lilv_plugin_get_class(tested);
    const LilvNode *class_uri = lilv_plugin_class_get_uri(class);
    assert_string_not_equal(lilv_node_as_uri(class_uri), LV2_CORE__Plugin);
    assert_non_null(lilv_plugin_classes_get_by_uri(
        lilv_world_get_plugin_classes(plugin_host_world()), class_uri));
}

static void its_features_exist_and_none_is_required(void **state) {
    (void)state;
    assert_all_typed(lilv_plugin_get_supported_features(tested), LV2_CORE__Feature, "feature");
    assert_int_equal(lilv_nodes_size(lilv_plugin_get_required_features(tested)), 0);
    assert_true(has_feature(LV2_CORE__hardRTCapable));
    static const char *const harmful[] = {LV2_CORE__inPlaceBroken, LV2_BUF_SIZE__fixedBlockLength,
                                          LV2_BUF_SIZE__powerOf2BlockLength, LV2_URI_MAP_URI};
    for (size_t i = 0; i < sizeof harmful / sizeof *harmful; i++)
        assert_false(has_feature(harmful[i]));
}

// --- Extension data ---

// Each is a struct of functions; the first ones must be there.
static const struct extension {
    const char *uri;
    size_t functions;
    const char *feature; // that goes with it, or NULL
} extensions[] = {
    {LV2_STATE__interface, 2, NULL},
    {LV2_WORKER__interface, 2, LV2_WORKER__schedule},
    {LV2_OPTIONS__interface, 2, LV2_OPTIONS__options},
    {"http://harrisonconsoles.com/lv2/inlinedisplay#interface", 1,
     "http://harrisonconsoles.com/lv2/inlinedisplay#queue_draw"},
};

static const void *extension_data(const char *extension) {
    return lilv_instance_get_extension_data(plugin_host_instance(host), extension);
}

static void declared_extensions_exist_and_are_returned(void **state) {
    (void)state;
    LilvNodes *declared = lilv_plugin_get_extension_data(tested);
    assert_all_typed(declared, LV2_CORE__ExtensionData, "extension data");
    LILV_FOREACH(nodes, i, declared) {
        assert_non_null(extension_data(lilv_node_as_uri(lilv_nodes_get(declared, i))));
    }
}

static void returned_extensions_are_declared_and_complete(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof extensions / sizeof *extensions; i++) {
        const struct extension *extension = &extensions[i];
        void (*const *functions)(void) = extension_data(extension->uri);
        if (extension->feature)
            assert_true(has_feature(extension->feature) == (functions != NULL));
        if (!functions)
            continue;
        assert_true(lilv_plugin_has_extension_data(tested, uri(extension->uri)));
        for (size_t k = 0; k < extension->functions; k++)
            assert_non_null(functions[k]);
    }
}

static void what_it_does_not_know_it_does_not_return(void **state) {
    (void)state;
    assert_null(extension_data("urn:loadline:no-such-extension"));
}

// --- Ports ---

static const LilvPort *port;

static bool port_is(const char *class_uri) {
    return lilv_port_is_a(tested, port, uri(class_uri));
}

static bool port_has(const char *property) {
    return lilv_port_has_property(tested, port, uri(property));
}

static const char *port_symbol(void) {
    return lilv_node_as_string(lilv_port_get_symbol(tested, port));
}

// Runs a check for every port, which it finds in `port`.
static void for_each_port(void (*check)(void)) {
    const uint32_t count = lilv_plugin_get_num_ports(tested);
    assert_true(count > 0);
    for (uint32_t i = 0; i < count; i++) {
        port = lilv_plugin_get_port_by_index(tested, i);
        check();
    }
}

static void check_classes(void) {
    const LilvNodes *classes = lilv_port_get_classes(tested, port);
    LILV_FOREACH(nodes, i, classes) {
        const LilvNode *class = lilv_nodes_get(classes, i);
        if (!is_said(class, RDFS "subClassOf", LV2_CORE__Port))
            fail_msg("port %s is a <%s>, which is no kind of port", port_symbol(),
                     lilv_node_as_string(class));
    }
    assert_true(port_is(LV2_CORE__InputPort) != port_is(LV2_CORE__OutputPort));
    // Some hosts refuse plugins with control voltage; LV2 itself has replaced event ports.
    assert_false(port_is(LV2_CORE__CVPort));
    assert_false(port_is(LV2_EVENT__EventPort));
    if (port_is(LV2_ATOM__AtomPort)) {
        assert_true(has_feature(LV2_URID__map));
        assert_true(port_has(LV2_CORE__connectionOptional));
    }
    assert_all_typed(lilv_port_get_properties(tested, port), LV2_CORE__PortProperty, "property");
}

static void ports_are_of_known_kinds(void **state) {
    (void)state;
    for_each_port(check_classes);
}

static bool is_identifier(const char *text) {
    if (!isalpha((unsigned char)*text) && *text != '_')
        return false;
    while (isalnum((unsigned char)*text) || *text == '_')
        text++;
    return *text == '\0';
}

static void check_words(void) {
    const LilvNode *subject = lilv_port_get_node(tested, port);
    if (!is_identifier(port_symbol()))
        fail_msg("the symbol %s is no identifier", port_symbol());
    assert_text(lilv_port_get_name(tested, port), "a port's name");
    if (port_is(LV2_CORE__ControlPort))
        assert_text(only_value(subject, RDFS "comment"), "a control's comment");
    // A host shows 16 characters of it.
    const LilvNode *brief = only_value(subject, LV2_CORE_PREFIX "shortName");
    assert_text(brief, "a port's short name");
    assert_in_range(strlen(lilv_node_as_string(brief)), 1, 16);
    if (is_said(subject, LV2_PORT_GROUPS__group, NULL))
        assert_uri(only_value(subject, LV2_PORT_GROUPS__group), "a port's group");
}

static void ports_have_names_and_comments(void **state) {
    (void)state;
    for_each_port(check_words);
}

static void symbols_and_names_are_unique(void **state) {
    (void)state;
    const uint32_t count = lilv_plugin_get_num_ports(tested);
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t k = 0; k < i; k++) {
            const LilvPort *one = lilv_plugin_get_port_by_index(tested, i);
            const LilvPort *other = lilv_plugin_get_port_by_index(tested, k);
            assert_false(lilv_node_equals(lilv_port_get_symbol(tested, one),
                                          lilv_port_get_symbol(tested, other)));
            assert_false(lilv_node_equals(lilv_port_get_name(tested, one),
                                          lilv_port_get_name(tested, other)));
        }
}

static double number(const LilvNode *node, const char *what) {
    const bool is_number = node && (lilv_node_is_float(node) || lilv_node_is_int(node));
    if (!is_number || !isfinite(lilv_node_as_float(node)))
        fail_msg("port %s: %s is missing or no number", port_symbol(), what);
    return (double)lilv_node_as_float(node);
}

static void check_range(void) {
    if (!port_is(LV2_CORE__ControlPort))
        return;
    LilvNode *fallback = NULL;
    LilvNode *minimum = NULL;
    LilvNode *maximum = NULL;
    lilv_port_get_range(tested, port, &fallback, &minimum, &maximum);
    const double low = number(minimum, "minimum");
    const double high = number(maximum, "maximum");
    const double preset = number(fallback, "default");
    if (!(low < high && low <= preset && preset <= high))
        fail_msg("port %s: %g is not within %g and %g", port_symbol(), preset, low, high);
    if (port_has(LV2_CORE__integer) || port_has(LV2_CORE__enumeration))
        assert_true(low == rint(low) && high == rint(high) && preset == rint(preset));
    if (port_has(LV2_CORE__toggled))
        assert_true(low == 0 && high == 1 && (preset == 0 || preset == 1));
    if (port_has(LV2_PORT_PROPS__logarithmic))
        assert_true(low * high > 0);
}

static void controls_have_sane_ranges(void **state) {
    (void)state;
    for_each_port(check_range);
}

static void check_unit(void) {
    const LilvNode *subject = lilv_port_get_node(tested, port);
    if (!is_said(subject, LV2_UNITS__unit, NULL))
        return;
    const LilvNode *unit = only_value(subject, LV2_UNITS__unit);
    assert_true(lilv_node_is_uri(unit) || lilv_node_is_blank(unit));
    if (!is_said(unit, RDF "type", LV2_UNITS__Unit))
        fail_msg("port %s: the unit has no type", port_symbol());
    assert_text(only_value(unit, LV2_UNITS__symbol), "a unit's symbol");
    const LilvNode *render = only_value(unit, LV2_UNITS__render);
    if (!strstr(lilv_node_as_string(render), "%f"))
        fail_msg("port %s: the unit's render has no %%f", port_symbol());
}

static void units_are_typed(void **state) {
    (void)state;
    for_each_port(check_unit);
}

static void check_scale_points(void) {
    LilvScalePoints *points = lilv_port_get_scale_points(tested, port);
    if (port_has(LV2_CORE__enumeration))
        assert_true(points && lilv_scale_points_size(points) >= 2);
    LILV_FOREACH(scale_points, i, points) {
        const LilvScalePoint *one = lilv_scale_points_get(points, i);
        assert_text(lilv_scale_point_get_label(one), "a scale point's label");
        number(lilv_scale_point_get_value(one), "a scale point");
        for (LilvIter *k = lilv_scale_points_begin(points); k != i;
             k = lilv_scale_points_next(points, k)) {
            const LilvScalePoint *other = lilv_scale_points_get(points, k);
            assert_false(lilv_node_equals(lilv_scale_point_get_label(one),
                                          lilv_scale_point_get_label(other)));
            assert_false(lilv_node_equals(lilv_scale_point_get_value(one),
                                          lilv_scale_point_get_value(other)));
        }
    }
}

static void scale_points_differ_in_label_and_value(void **state) {
    (void)state;
    for_each_port(check_scale_points);
}

// How many ports come before this one in its group.
static int place_in_group(const LilvNode *group) {
    int place = 0;
    for (uint32_t i = 0; i < lilv_port_get_index(tested, port); i++) {
        const LilvNode *other =
            lilv_port_get_node(tested, lilv_plugin_get_port_by_index(tested, i));
        place += lilv_world_ask(plugin_host_world(), other, uri(LV2_PORT_GROUPS__group), group);
    }
    return place;
}

// A host that does not know pg:StereoGroup finds each side among the group's own elements.
static void check_group(void) {
    const LilvNode *subject = lilv_port_get_node(tested, port);
    if (!is_said(subject, LV2_PORT_GROUPS__group, NULL))
        return;
    const LilvNode *group = only_value(subject, LV2_PORT_GROUPS__group);
    const LilvNode *side = only_value(subject, LV2_CORE__designation);
    LilvNodes *elements =
        lilv_world_find_nodes(plugin_host_world(), group, uri(LV2_PORT_GROUPS__element), NULL);
    unsigned found = 0;
    LILV_FOREACH(nodes, i, elements) {
        const LilvNode *element = lilv_nodes_get(elements, i);
        if (!lilv_node_equals(only_value(element, LV2_CORE__designation), side))
            continue;
        assert_int_equal(lilv_node_as_int(only_value(element, LV2_CORE__index)),
                         place_in_group(group));
        found++;
    }
    if (found != 1)
        fail_msg("port %s: the group has its side %u times", port_symbol(), found);
}

static void groups_name_their_elements(void **state) {
    (void)state;
    for_each_port(check_group);
}

// Each of these takes a port out of Ardour's automation.
static void check_automation(void) {
    assert_true(port_has(LV2_PORT_PROPS__notAutomatic) == (strcmp(port_symbol(), "quality") == 0));
    assert_false(port_has(LV2_PORT_PROPS__causesArtifacts));
    assert_false(port_has(LV2_PORT_PROPS__expensive));
}

static void only_the_quality_cannot_be_automated(void **state) {
    (void)state;
    for_each_port(check_automation);
}

// By the property and by the designation: hosts look for either.
static void the_latency_is_reported(void **state) {
    (void)state;
    assert_true(lilv_plugin_has_latency(tested));
    const uint32_t index = lilv_plugin_get_latency_port_index(tested);
    port = lilv_plugin_get_port_by_index(tested, index);
    assert_non_null(port);
    assert_true(port_is(LV2_CORE__OutputPort) && port_has(LV2_CORE__reportsLatency));
    const LilvNode *designation =
        only_value(lilv_port_get_node(tested, port), LV2_CORE__designation);
    assert_string_equal(lilv_node_as_string(designation), LV2_CORE__latency);
}

// --- Presets ---

// Ardour tells a preset of the plugin's from one of the user's by the comment.
static void presets_have_labels_and_comments(void **state) {
    (void)state;
    LilvNodes *presets = lilv_plugin_get_related(tested, uri(LV2_PRESETS__Preset));
    LILV_FOREACH(nodes, i, presets) {
        const LilvNode *preset = lilv_nodes_get(presets, i);
        assert_true(lilv_world_load_resource(plugin_host_world(), preset) >= 0);
        assert_text(only_value(preset, RDFS "label"), "a preset's label");
        assert_text(only_value(preset, RDFS "comment"), "a preset's comment");
    }
}

// --- Parameters ---

static unsigned patch_ports(const char *direction) {
    unsigned count = 0;
    for (uint32_t i = 0; i < lilv_plugin_get_num_ports(tested); i++) {
        port = lilv_plugin_get_port_by_index(tested, i);
        count += port_is(direction) && port_is(LV2_ATOM__AtomPort) &&
                 lilv_port_supports_event(tested, port, uri(LV2_PATCH__Message));
    }
    return count;
}

// A parameter is of use only if messages about it can go both ways.
static void parameters_can_be_reached(void **state) {
    (void)state;
    static const char *const kinds[] = {LV2_PATCH__writable, LV2_PATCH__readable};
    bool any = false;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        LilvNodes *parameters = lilv_plugin_get_value(tested, uri(kinds[i]));
        LILV_FOREACH(nodes, k, parameters) {
            const LilvNode *parameter = lilv_nodes_get(parameters, k);
            assert_text(only_value(parameter, RDFS "label"), "a parameter's label");
            assert_uri(only_value(parameter, RDFS "range"), "a parameter's range");
            any = true;
        }
    }
    assert_true(any == (patch_ports(LV2_CORE__InputPort) > 0));
    assert_true(any == (patch_ports(LV2_CORE__OutputPort) > 0));
}

// --- The binary ---

// Calls `each` with every line that the command writes about the binary.
static void for_each_line(const char *command, void (*each)(const char *line, void *context),
                          void *context) {
    const LilvNode *library = lilv_plugin_get_library_uri(tested);
    char *path = lilv_file_uri_parse(lilv_node_as_uri(library), NULL);
    char whole[4096 + LINE_MAX_BYTES];
    snprintf(whole, sizeof whole, "%s '%s' 2>&1", command, path);
    lilv_free(path);

    FILE *from = popen(whole, "r");
    assert_non_null(from);
    char line[LINE_MAX_BYTES];
    while (fgets(line, sizeof line, from)) {
        line[strcspn(line, "\n")] = '\0';
        each(line, context);
    }
    if (pclose(from) != 0)
        fail_msg("%s failed; install binutils", whole);
}

static void expect_descriptor(const char *line, void *context) {
    unsigned *symbols = context;
    if (!strstr(line, " T lv2_descriptor"))
        fail_msg("the binary exports %s", line);
    (*symbols)++;
}

static void only_the_descriptor_is_exported(void **state) {
    (void)state;
    unsigned symbols = 0;
    for_each_line("nm -D --defined-only", expect_descriptor, &symbols);
    assert_int_equal(symbols, 1);
}

static void expect_system_library(const char *line, void *context) {
    static const char *const allowed[] = {
        "[libc.so.",       "[libm.so.",     "[ld-linux",
        "[libebur128.so.", // MIT
#ifdef __SANITIZE_ADDRESS__
        "[libasan.so.",    "[libubsan.so.", // only in a build that hunts for errors
#endif
    };
    unsigned *libraries = context;
    if (!strstr(line, "(NEEDED)"))
        return;
    (*libraries)++;
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++)
        if (strstr(line, allowed[i]))
            return;
    fail_msg("the binary needs %s", line);
}

// So it links nothing under the GPL.
static void only_free_libraries_are_needed(void **state) {
    (void)state;
    unsigned libraries = 0;
    for_each_line("readelf -d", expect_system_library, &libraries);
    assert_true(libraries > 0);
}

// What would change or end the host's process.
static void expect_harmless(const char *line, void *context) {
    static const char *const harmful[] = {"fork",   "vfork",     "system", "popen", "execve",
                                          "exit",   "_exit",     "signal", "chdir", "sigaction",
                                          "setenv", "setlocale", "srand",  "umask", "dlopen"};
    unsigned *symbols = context;
    const char *name = line + strspn(line, " U");
    (*symbols)++;
    for (size_t i = 0; i < sizeof harmful / sizeof *harmful; i++)
        if (strncmp(name, harmful[i], strlen(harmful[i])) == 0 &&
            strchr("@", name[strlen(harmful[i])]))
            fail_msg("the binary calls %s", name);
}

static void it_leaves_the_process_alone(void **state) {
    (void)state;
    unsigned symbols = 0;
    for_each_line("nm -D --undefined-only", expect_harmless, &symbols);
    assert_true(symbols > 0);
}

// --- Frame ---

static int set_up(void **state) {
    (void)state;
    host = plugin_host_open(plugin_uri(), RATE_HZ, PLUGIN_HOST_ALL_FEATURES);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    plugin_host_close(host);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_specification_is_loaded),
        cmocka_unit_test(lilv_verifies_it),
        cmocka_unit_test(it_says_who_made_it_and_what_it_is),
        cmocka_unit_test(versions_are_even_and_not_zero),
        cmocka_unit_test(its_class_is_a_specific_one),
        cmocka_unit_test(its_features_exist_and_none_is_required),
        cmocka_unit_test(declared_extensions_exist_and_are_returned),
        cmocka_unit_test(returned_extensions_are_declared_and_complete),
        cmocka_unit_test(what_it_does_not_know_it_does_not_return),
        cmocka_unit_test(ports_are_of_known_kinds),
        cmocka_unit_test(ports_have_names_and_comments),
        cmocka_unit_test(symbols_and_names_are_unique),
        cmocka_unit_test(controls_have_sane_ranges),
        cmocka_unit_test(units_are_typed),
        cmocka_unit_test(scale_points_differ_in_label_and_value),
        cmocka_unit_test(groups_name_their_elements),
        cmocka_unit_test(only_the_quality_cannot_be_automated),
        cmocka_unit_test(the_latency_is_reported),
        cmocka_unit_test(presets_have_labels_and_comments),
        cmocka_unit_test(parameters_can_be_reached),
        cmocka_unit_test(only_the_descriptor_is_exported),
        cmocka_unit_test(only_free_libraries_are_needed),
        cmocka_unit_test(it_leaves_the_process_alone),
    };
    const LilvPlugins *plugins = lilv_world_get_all_plugins(plugin_host_world());
    int failed = lilv_plugins_size(plugins) == 0;
    LILV_FOREACH(plugins, i, plugins) {
        tested = lilv_plugins_get(plugins, i);
        failed += cmocka_run_group_tests_name(plugin_uri(), tests, set_up, tear_down);
    }
    return failed;
}
