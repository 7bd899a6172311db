// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The life of an instance: made at any rate, or refused; called in any order that LV2 allows; as
// good as new after a restart; alone, however many others there are and in whichever thread; gone
// in the end.
#include "fixture.h"
#include "state_store.h"

#include <dirent.h>
#include <lv2/core/lv2.h>
#include <malloc.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define RATE_HZ 48000.0

enum {
    BLOCK = 128,
    SHORT_FRAMES = 4096,
    LONG_FRAMES = 16384,
    INSTANCES = 3,
    LIVES = 3,
    LIVES_COUNTED = 40,
    PORTS_MAX = 128,
};

// --- Rates ---

// A rate that no sound card has may be refused, with NULL; never anything worse.
static void any_rate_plays_or_is_refused(void **state) {
    (void)state;
    static const double rates[] = {0,     -1,     -48000, 1e-300, 0.5,      1,        100,
                                   1000,  7999,   8000,   11025,  16000,    32000,    44100.5,
                                   47952, 352800, 384000, 705600, 768000,   768001,   1e6,
                                   1e9,   1e18,   1e300,  NAN,    INFINITY, -INFINITY};
    const LilvPlugin *plugin = plugin_host_plugin(fixture_uri());
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        const LV2_Feature *const none[] = {NULL};
        LilvInstance *instance = lilv_plugin_instantiate(plugin, rates[i], none);
        if (!instance)
            continue;
        lilv_instance_free(instance);
        struct plugin_host *host = fixture_open(rates[i]);
        struct tracks in = fixture_inputs(host, SHORT_FRAMES);
        struct tracks out = fixture_outputs(host, SHORT_FRAMES);
        tracks_add_noise(&in, 1, 18);
        fixture_play(host, &in, &out, BLOCK);
        assert_true(tracks_is_finite(&out));
        tracks_free(&in);
        tracks_free(&out);
        plugin_host_close(host);
    }
}

// --- Order of calls ---

// Letters: c connects all ports, a activates, d deactivates, 0 runs no frames, r runs.
static void call(struct plugin_host *host, const char *letters) {
    LilvInstance *instance = plugin_host_instance(host);
    for (; *letters; letters++)
        switch (*letters) {
        case 'c':
            plugin_host_reconnect(host);
            break;
        case 'a':
            lilv_instance_activate(instance);
            break;
        case 'd':
            lilv_instance_deactivate(instance);
            break;
        case '0':
            lilv_instance_run(instance, 0);
            break;
        default:
            lilv_instance_run(instance, BLOCK);
        }
}

static void any_legal_order_plays(void **state) {
    (void)state;
    // Each but the first two leaves the instance as it was made: out of activation.
    static const char *const orders[] = {
        "", "c", "ad", "adad", "a0d", "ca0d", "cacd", "cardard", "acrcrd", "ar0r0rd", "carcdcar0d"};
    struct plugin_host *plain = fixture_open(RATE_HZ);
    struct tracks in = fixture_inputs(plain, SHORT_FRAMES);
    struct tracks expected = fixture_outputs(plain, SHORT_FRAMES);
    struct tracks out = fixture_outputs(plain, SHORT_FRAMES);
    tracks_add_noise(&in, 0.9, 19);
    fixture_play(plain, &in, &expected, BLOCK);
    plugin_host_close(plain);
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        struct plugin_host *unused = fixture_open(RATE_HZ);
        call(unused, orders[i]);
        plugin_host_close(unused);

        struct plugin_host *host = fixture_open(RATE_HZ);
        call(host, orders[i]);
        fixture_play(host, &in, &out, BLOCK);
        if (!tracks_same(&out, &expected))
            fail_msg("after the calls \"%s\" it sounds otherwise", orders[i]);
        plugin_host_close(host);
    }
    tracks_free(&in);
    tracks_free(&expected);
    tracks_free(&out);
}

// --- A second life ---

// Whatever can be turned is turned, at a level of 40 dB over. Triggers are not: what they tell a
// plugin may well outlive a restart.
static void disturb(struct plugin_host *host, uint64_t seed) {
    struct tracks loud = fixture_inputs(host, LONG_FRAMES);
    struct tracks out = fixture_outputs(host, LONG_FRAMES);
    struct splitmix random = {seed};
    tracks_add_noise(&loud, 100, seed);
    loud.channel[0][1] = NAN;
    for (size_t done = 0; done < LONG_FRAMES; done += LONG_FRAMES / 8) {
        for (int i = 0; i < 4; i++) {
            const struct plugin_host_port *port = automation_port(host, &random);
            if (!port->trigger)
                plugin_host_set(host, port->symbol, automation_value(port, &random));
        }
        plugin_host_play(host, &loud, &out, done, LONG_FRAMES / 8, BLOCK);
    }
    tracks_free(&loud);
    tracks_free(&out);
}

static void a_restart_is_as_good_as_new(void **state) {
    (void)state;
    struct plugin_host *used = fixture_open(RATE_HZ);
    struct tracks in = fixture_inputs(used, SHORT_FRAMES);
    struct tracks expected = fixture_outputs(used, SHORT_FRAMES);
    struct tracks out = fixture_outputs(used, SHORT_FRAMES);
    struct scene scenes[SCENES_MAX];
    const size_t count = scenes_of(used, scenes);
    tracks_add_noise(&in, 0.9, 15);
    for (size_t i = 0; i < count; i++) {
        struct plugin_host *fresh = fixture_open(RATE_HZ);
        scene_start(fresh, &scenes[i]);
        fixture_play(fresh, &in, &expected, BLOCK);
        disturb(used, i);
        scene_start(used, &scenes[i]);
        fixture_play(used, &in, &out, BLOCK);
        if (!tracks_same(&out, &expected))
            fail_msg("the past is heard: %s", scene_text(&scenes[i]));
        // And once more, with all of it already there.
        plugin_host_restart(used);
        fixture_play(used, &in, &out, BLOCK);
        assert_true(tracks_same(&out, &expected));
        plugin_host_close(fresh);
    }
    tracks_free(&in);
    tracks_free(&expected);
    tracks_free(&out);
    plugin_host_close(used);
}

// --- Neighbours ---

struct neighbour {
    struct plugin_host *host;
    struct scene scene;
    struct tracks in, alone, together;
};

// Of other rates, scenes and sounds.
static void open_neighbours(struct neighbour neighbours[INSTANCES]) {
    for (unsigned i = 0; i < INSTANCES; i++) {
        struct neighbour *neighbour = &neighbours[i];
        struct scene scenes[SCENES_MAX];
        neighbour->host = fixture_open(RATE_HZ * (1 + i % 2));
        neighbour->scene = scenes[scenes_of(neighbour->host, scenes) * i / INSTANCES];
        neighbour->in = fixture_inputs(neighbour->host, SHORT_FRAMES);
        neighbour->alone = fixture_outputs(neighbour->host, SHORT_FRAMES);
        neighbour->together = fixture_outputs(neighbour->host, SHORT_FRAMES);
        tracks_add_noise(&neighbour->in, 0.9, 16 + i);
        scene_start(neighbour->host, &neighbour->scene);
        fixture_play(neighbour->host, &neighbour->in, &neighbour->alone, BLOCK);
        plugin_host_restart(neighbour->host);
    }
}

static void close_neighbours(struct neighbour neighbours[INSTANCES]) {
    for (unsigned i = 0; i < INSTANCES; i++) {
        tracks_free(&neighbours[i].in);
        tracks_free(&neighbours[i].alone);
        tracks_free(&neighbours[i].together);
        plugin_host_close(neighbours[i].host);
    }
}

static void expect_alone(const struct neighbour neighbours[INSTANCES]) {
    for (unsigned i = 0; i < INSTANCES; i++)
        assert_true(tracks_same(&neighbours[i].together, &neighbours[i].alone));
}

static void instances_in_turn_do_not_know_each_other(void **state) {
    (void)state;
    struct neighbour neighbours[INSTANCES];
    open_neighbours(neighbours);
    for (size_t done = 0; done < SHORT_FRAMES; done += BLOCK)
        for (unsigned i = 0; i < INSTANCES; i++)
            plugin_host_play(neighbours[i].host, &neighbours[i].in, &neighbours[i].together, done,
                             BLOCK, BLOCK);
    expect_alone(neighbours);
    close_neighbours(neighbours);
}

// A host's thread for each. Only run() is called there: the rest, lilv's share, is not for several.
static void *play_together(void *context) {
    struct neighbour *neighbour = context;
    plugin_host_play(neighbour->host, &neighbour->in, &neighbour->together, 0, SHORT_FRAMES, BLOCK);
    return NULL;
}

static void instances_in_threads_do_not_know_each_other(void **state) {
    (void)state;
    struct neighbour neighbours[INSTANCES];
    pthread_t threads[INSTANCES];
    open_neighbours(neighbours);
    for (unsigned i = 0; i < INSTANCES; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, play_together, &neighbours[i]), 0);
    for (unsigned i = 0; i < INSTANCES; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    expect_alone(neighbours);
    close_neighbours(neighbours);
}

// --- Whole lives in threads ---

// What a thread needs of a neighbour to play it without lilv.
struct life {
    const struct neighbour *neighbour;
    const LV2_Descriptor *descriptor;
    char *bundle;
    float control[PORTS_MAX];
    struct tracks out;
    bool is_as_alone;
};

static void prepare_life(struct life *life, struct neighbour *neighbour) {
    const LilvPlugin *plugin = plugin_host_plugin(fixture_uri());
    *life = (struct life){
        .neighbour = neighbour,
        .descriptor = lilv_instance_get_descriptor(plugin_host_instance(neighbour->host)),
        .bundle = lilv_file_uri_parse(lilv_node_as_uri(lilv_plugin_get_bundle_uri(plugin)), NULL),
        .out = fixture_outputs(neighbour->host, SHORT_FRAMES),
        .is_as_alone = true,
    };
    const uint32_t count = plugin_host_port_count(neighbour->host);
    assert_true(count <= PORTS_MAX);
    for (uint32_t i = 0; i < count; i++) {
        const struct plugin_host_port *port = plugin_host_port(neighbour->host, i);
        if (port->control)
            life->control[i] = (float)plugin_host_get(neighbour->host, port->symbol);
    }
}

static void connect_life(struct life *life, LV2_Handle instance, size_t from) {
    const struct plugin_host *host = life->neighbour->host;
    unsigned channels[2] = {0, 0};
    for (uint32_t i = 0; i < plugin_host_port_count(host); i++) {
        const struct plugin_host_port *port = plugin_host_port(host, i);
        void *data = port->control ? &life->control[i] : NULL;
        if (port->audio) {
            const struct tracks *along = port->input ? &life->neighbour->in : &life->out;
            data = along->channel[channels[port->input]++] + from;
        }
        life->descriptor->connect_port(instance, i, data);
    }
}

static bool live_once(struct life *life) {
    static const LV2_Feature *const none[] = {NULL};
    const LV2_Descriptor *descriptor = life->descriptor;
    LV2_Handle instance = descriptor->instantiate(
        descriptor, plugin_host_rate_hz(life->neighbour->host), life->bundle, none);
    if (!instance)
        return false;
    connect_life(life, instance, 0);
    if (descriptor->activate)
        descriptor->activate(instance);
    for (size_t done = 0; done < SHORT_FRAMES; done += BLOCK) {
        connect_life(life, instance, done);
        descriptor->run(instance, BLOCK);
    }
    if (descriptor->deactivate)
        descriptor->deactivate(instance);
    descriptor->cleanup(instance);
    return tracks_same(&life->out, &life->neighbour->alone);
}

static void *live_together(void *context) {
    struct life *life = context;
    for (int i = 0; i < LIVES; i++)
        life->is_as_alone &= live_once(life);
    return NULL;
}

static void lives_in_threads_do_not_know_each_other(void **state) {
    (void)state;
    struct neighbour neighbours[INSTANCES];
    struct life lives[INSTANCES];
    pthread_t threads[INSTANCES];
    open_neighbours(neighbours);
    for (unsigned i = 0; i < INSTANCES; i++)
        prepare_life(&lives[i], &neighbours[i]);
    for (unsigned i = 0; i < INSTANCES; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, live_together, &lives[i]), 0);
    for (unsigned i = 0; i < INSTANCES; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (unsigned i = 0; i < INSTANCES; i++) {
        assert_true(lives[i].is_as_alone);
        lilv_free(lives[i].bundle);
        tracks_free(&lives[i].out);
    }
    close_neighbours(neighbours);
}

// --- Saving ---

struct saving {
    struct plugin_host *host;
    struct tracks in, out;
    atomic_bool has_saved, has_played;
};

static struct saving saving_new(void) {
    struct saving saving = {.host = fixture_open(RATE_HZ)};
    saving.in = fixture_inputs(saving.host, SHORT_FRAMES);
    saving.out = fixture_outputs(saving.host, SHORT_FRAMES);
    tracks_add_noise(&saving.in, 0.9, 24);
    return saving;
}

static void saving_free(struct saving *saving) {
    tracks_free(&saving->in);
    tracks_free(&saving->out);
    plugin_host_close(saving->host);
}

// All buttons are pressed in every other block: what is saved moves.
static void play_and_press(struct saving *saving) {
    for (size_t done = 0; done < SHORT_FRAMES; done += BLOCK) {
        for (uint32_t i = 0; i < plugin_host_port_count(saving->host); i++)
            if (plugin_host_port(saving->host, i)->trigger)
                plugin_host_set(saving->host, plugin_host_port(saving->host, i)->symbol,
                                (double)(done / BLOCK % 2));
        plugin_host_play(saving->host, &saving->in, &saving->out, done, BLOCK, BLOCK);
    }
}

static void *play_while_saved(void *context) {
    struct saving *saving = context;
    while (!atomic_load(&saving->has_saved))
        sched_yield();
    play_and_press(saving);
    atomic_store(&saving->has_played, true);
    return NULL;
}

// LV2 lets a host save at any time, in another thread than run().
static void saving_while_it_runs_is_not_heard(void **state) {
    (void)state;
    struct saving alone = saving_new(), saved = saving_new();
    LilvInstance *instance = plugin_host_instance(saved.host);
    struct state_store store;
    pthread_t thread;
    if (state_interface(instance)) {
        play_and_press(&alone);
        assert_int_equal(pthread_create(&thread, NULL, play_while_saved, &saved), 0);
        do {
            assert_int_equal(state_save(instance, &store), LV2_STATE_SUCCESS);
            atomic_store(&saved.has_saved, true);
        } while (!atomic_load(&saved.has_played));
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_true(tracks_same(&saved.out, &alone.out));
    }
    saving_free(&alone);
    saving_free(&saved);
}

// --- The end ---

// Of the process: bytes that are in use, and open files.
struct remains {
    size_t bytes, files;
};

static struct remains remains_now(void) {
    const struct mallinfo2 memory = mallinfo2();
    struct remains remains = {.bytes = memory.uordblks + memory.hblkhd};
    DIR *directory = opendir("/proc/self/fd");
    assert_non_null(directory);
    while (readdir(directory))
        remains.files++;
    closedir(directory);
    return remains;
}

static void live_and_save(const struct tracks *in, struct tracks *out) {
    struct plugin_host *host = fixture_open(RATE_HZ);
    struct state_store store;
    disturb(host, 20);
    fixture_play(host, in, out, BLOCK);
    if (state_interface(plugin_host_instance(host)))
        assert_int_equal(state_save(plugin_host_instance(host), &store), LV2_STATE_SUCCESS);
    plugin_host_close(host);
}

// Each life leaves what the one before has left: the first ones fill caches, such as the C
// library's, which has seven places for each size. (Of memory this sees nothing with a sanitizer's
// malloc, which has its own eye on it.)
static void nothing_is_left_of_an_instance(void **state) {
    (void)state;
    struct plugin_host *host = fixture_open(RATE_HZ);
    struct tracks in = fixture_inputs(host, SHORT_FRAMES);
    struct tracks out = fixture_outputs(host, SHORT_FRAMES);
    plugin_host_close(host);
    struct remains before = {0};
    int growing = 0;
    for (int life = 0; life < LIVES_COUNTED; life++) {
        live_and_save(&in, &out);
        const struct remains after = remains_now();
        growing = after.bytes > before.bytes || after.files > before.files ? growing + 1 : 0;
        if (growing >= LIVES_COUNTED / 2)
            fail_msg("each life leaves something: the last %zd bytes and %zd files",
                     (ssize_t)(after.bytes - before.bytes), (ssize_t)(after.files - before.files));
        before = after;
    }
    tracks_free(&in);
    tracks_free(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_rate_plays_or_is_refused),
        cmocka_unit_test(any_legal_order_plays),
        cmocka_unit_test(a_restart_is_as_good_as_new),
        cmocka_unit_test(instances_in_turn_do_not_know_each_other),
        cmocka_unit_test(instances_in_threads_do_not_know_each_other),
        cmocka_unit_test(lives_in_threads_do_not_know_each_other),
        cmocka_unit_test(saving_while_it_runs_is_not_heard),
        cmocka_unit_test(nothing_is_left_of_an_instance),
    };
    return fixture_run(tests);
}
