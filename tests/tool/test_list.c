// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// loadline list.
#include "tool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_lists(void **state) {
    (void)state;
    static const char *const names[] = {"devices", "presets", "symbols"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_code(RUN("list", names[i]), DONE);
        const size_t lines = line_count(said);
        assert_true(lines > 5);
        assert_code(RUN("list", names[i], "--format", "csv"), DONE);
        assert_int_equal(line_count(said), lines);
        assert_code(RUN("list", names[i], "--format", "json"), DONE);
        json_t *root = said_json();
        assert_int_equal(json_array_size(root), lines - 1);
        json_decref(root);
    }
}

static void test_devices_say_where_figures_come_from(void **state) {
    (void)state;
    assert_code(RUN("list", "devices", "--format", "json"), DONE);
    json_t *root = said_json();
    size_t index;
    json_t *row;
    json_array_foreach(root, index, row) {
        const char *tag = json_string_value(json_object_get(row, "tag"));
        const char *figures = json_string_value(json_object_get(row, "figures"));
        assert_non_null(tag);
        assert_non_null(figures);
        assert_null(strstr(figures, "nan"));
        assert_true(json_is_string(json_object_get(row, "name")));
        if (strcmp(tag, "estimated") == 0)
            assert_true(json_is_string(json_object_get(row, "estimated")));
    }
    json_decref(root);
}

static void test_presets_work(void **state) {
    (void)state;
    assert_code(RUN("list", "presets", "--format", "json"), DONE);
    json_t *root = said_json();
    size_t index;
    json_t *row;
    json_array_foreach(root, index, row) {
        const char *preset = json_string_value(json_object_get(row, "preset"));
        const char *plugin = json_string_value(json_object_get(row, "plugin"));
        if (strcmp(plugin, "abx") == 0) { // for hosts
            assert_code(RUN("response", "--preset", preset), WRONG_USAGE);
            assert_complaint("'abx'", "host");
            continue;
        }
        assert_code(RUN("response", "--points", "2", "--preset", preset), DONE);
        assert_string_equal(complained, "");
        char *found = strdup(said);
        assert_code(RUN("response", "--points", "2", "--preset", preset, "--plugin", plugin), DONE);
        assert_string_equal(said, found); // it brings its plugin
        free(found);
    }
    json_decref(root);
    assert_code(RUN("response", "--set", "output_impedance=120", "--preset", "sr60x-10-ohm"), DONE);
    char *first = strdup(said);
    assert_code(RUN("response", "--set", "headphone=Grado SR60x;output_impedance=120"), DONE);
    assert_string_equal(said, first); // a setting goes over the preset, wherever it stands
    free(first);
    assert_code(RUN("response", "--preset", "sr60x-10-ohms"), WRONG_USAGE);
    assert_complaint("'sr60x-10-ohms'", "'sr60x-10-ohm'");
    assert_code(RUN("response", "--plugin", "stage", "--preset", "sr60x-10-ohm"), WRONG_USAGE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_devices_say_where_figures_come_from),
        cmocka_unit_test(test_presets_work),
    };
    return cmocka_run_group_tests(tests, tool_set_up, tool_tear_down);
}
