// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Hosts that offer no feature at all, the usual one, or all of them: every plugin of the bundle
// sounds and reads the same.
#include "plugin_host.h"

#include <lv2/core/lv2.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define RATE_HZ 48000.0

enum { FRAMES = 4800, BLOCK = 480, PORTS_MAX = 128 };

static const LilvPlugin *tested;
static float noise[PORTS_MAX][FRAMES];

struct recording {
    float audio[PORTS_MAX][FRAMES];
    double control[PORTS_MAX];
};

static bool port_is(const LilvPort *port, const char *class_uri) {
    LilvNode *node = lilv_new_uri(plugin_host_world(), class_uri);
    const bool is = lilv_port_is_a(tested, port, node);
    lilv_node_free(node);
    return is;
}

static const LilvPort *port_at(uint32_t index) {
    return lilv_plugin_get_port_by_index(tested, index);
}

static const char *symbol_at(uint32_t index) {
    return lilv_node_as_string(lilv_port_get_symbol(tested, port_at(index)));
}

static void connect_audio(struct plugin_host *host, struct recording *recording, size_t done) {
    for (uint32_t i = 0; i < lilv_plugin_get_num_ports(tested); i++)
        if (port_is(port_at(i), LV2_CORE__AudioPort))
            plugin_host_connect(host, symbol_at(i),
                                port_is(port_at(i), LV2_CORE__InputPort)
                                    ? &noise[i][done]
                                    : &recording->audio[i][done]);
}

// At defaults.
static void record(enum plugin_host_features features, struct recording *recording) {
    struct plugin_host *host =
        plugin_host_open(lilv_node_as_uri(lilv_plugin_get_uri(tested)), RATE_HZ, features);
    memset(recording, 0, sizeof *recording);
    assert_in_range(lilv_plugin_get_num_ports(tested), 1, PORTS_MAX);
    for (size_t done = 0; done < FRAMES; done += BLOCK) {
        connect_audio(host, recording, done);
        plugin_host_run(host, BLOCK);
    }
    for (uint32_t i = 0; i < lilv_plugin_get_num_ports(tested); i++)
        if (port_is(port_at(i), LV2_CORE__ControlPort))
            recording->control[i] = plugin_host_get(host, symbol_at(i));
    plugin_host_close(host);
}

static bool sounds(const struct recording *recording) {
    const float *samples = &recording->audio[0][0];
    for (size_t i = 0; i < sizeof recording->audio / sizeof *samples; i++)
        if (samples[i] != 0)
            return true;
    return false;
}

static void features_change_nothing(void **state) {
    (void)state;
    static struct recording without, with;
    static const enum plugin_host_features offers[] = {PLUGIN_HOST_URID_MAP,
                                                       PLUGIN_HOST_ALL_FEATURES};
    record(PLUGIN_HOST_NO_FEATURES, &without);
    assert_true(sounds(&without));
    for (size_t i = 0; i < sizeof offers / sizeof *offers; i++) {
        record(offers[i], &with);
        assert_memory_equal(&with, &without, sizeof with);
    }
}

static void fill_noise(void) {
    float *samples = &noise[0][0];
    uint32_t word = 1;
    for (size_t i = 0; i < sizeof noise / sizeof *samples; i++) {
        word = word * 1664525U + 1013904223U;
        samples[i] = (float)(int32_t)word / 4294967296.0F;
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(features_change_nothing)};
    const LilvPlugins *plugins = lilv_world_get_all_plugins(plugin_host_world());
    int failed = lilv_plugins_size(plugins) == 0;
    fill_noise();
    LILV_FOREACH(plugins, i, plugins) {
        tested = lilv_plugins_get(plugins, i);
        failed += cmocka_run_group_tests_name(lilv_node_as_uri(lilv_plugin_get_uri(tested)), tests,
                                              NULL, NULL);
    }
    return failed;
}
