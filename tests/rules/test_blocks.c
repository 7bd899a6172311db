// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// How a host cuts its blocks cannot be heard: the same input with the same controls at the same
// frames gives the same output, bit for bit, and the same meters. Controls of every kind change on
// the way, some before the last change is done.
//
// LOADLINE_LONG=1 plays every scene at every rate.
#include "fixture.h"

enum {
    FRAMES = 20000,
    CHANGES = 16,
    REFERENCE_BLOCK = 512,
    LONGEST_RANDOM = 300,
};

static const struct partition {
    const char *name;
    uint32_t length; // 0 is random
    bool with_empty; // a block of no frames before each
} partitions[] = {
    {"1", 1, false},      {"7", 7, true},      {"64", 64, false},
    {"8192", 8192, true}, {"random", 0, true}, {"random", 0, false},
};

enum { PARTITIONS = sizeof partitions / sizeof *partitions };

static uint32_t next_length(const struct partition *partition, struct splitmix *random) {
    return partition->length ? partition->length
                             : (uint32_t)automation_below(random, LONGEST_RANDOM);
}

static void apply_changes_at(struct plugin_host *host, const struct automation *automation,
                             size_t at, size_t *next) {
    for (; *next < automation->count && automation->change[*next].at == at; ++*next) {
        const struct automation_change *change = &automation->change[*next];
        plugin_host_set(host, change->symbol, change->value);
    }
}

static void play(struct plugin_host *host, const struct automation *automation,
                 const struct partition *partition, const struct tracks *in, struct tracks *out) {
    struct splitmix random = {1};
    size_t next = 0;
    for (size_t done = 0; done < in->frames;) {
        apply_changes_at(host, automation, done, &next);
        const size_t end = next < automation->count ? automation->change[next].at : in->frames;
        const size_t length = next_length(partition, &random);
        const size_t count = length < end - done ? length : end - done;
        if (partition->with_empty)
            plugin_host_run(host, 0);
        if (count > 0)
            plugin_host_play(host, in, out, done, count, (uint32_t)count);
        done += count;
    }
}

// Against blocks of one length.
static void check(double rate_hz, size_t number) {
    static const struct partition reference = {"", REFERENCE_BLOCK, false};
    struct plugin_host *host = fixture_open(rate_hz);
    struct tracks in = fixture_inputs(host, FRAMES);
    struct tracks expected = fixture_outputs(host, FRAMES);
    struct tracks out = fixture_outputs(host, FRAMES);
    struct scene scenes[SCENES_MAX];
    const struct scene *scene = &scenes[number % scenes_of(host, scenes)];
    const struct automation automation = automation_random(host, number, CHANGES, FRAMES);
    tracks_add_noise(&in, 0.8, 5);
    scene_start(host, scene);
    play(host, &automation, &reference, &in, &expected);
    const struct fixture_meters expected_meters = fixture_meters(host);
    assert_true(tracks_peak(&expected) > 0);
    for (size_t i = 0; i < PARTITIONS; i++) {
        host = fixture_renew(host);
        scene_start(host, scene);
        play(host, &automation, &partitions[i], &in, &out);
        const struct fixture_meters meters = fixture_meters(host);
        if (!tracks_same(&out, &expected) || !fixture_same_meters(&meters, &expected_meters))
            fail_msg("blocks of %s at %g Hz differ: %s", partitions[i].name, rate_hz,
                     scene_text(scene));
    }
    tracks_free(&in);
    tracks_free(&expected);
    tracks_free(&out);
    plugin_host_close(host);
}

static size_t count_scenes(void) {
    struct scene scenes[SCENES_MAX];
    struct plugin_host *host = fixture_open(host_rates_hz[0]);
    const size_t count = scenes_of(host, scenes);
    plugin_host_close(host);
    return count;
}

static void no_cut_is_heard(void **state) {
    (void)state;
    const size_t scenes = count_scenes();
    const size_t checks = scenes > HOST_RATES ? scenes : HOST_RATES;
    for (size_t i = 0; i < checks; i++)
        for (size_t rate = 0; rate < HOST_RATES; rate++)
            if (long_run() || i % HOST_RATES == rate)
                check(host_rates_hz[rate], i);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_cut_is_heard),
    };
    return fixture_run(tests);
}
