// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// How a host cuts its blocks cannot be heard: the same input with the same controls at the same
// frames gives the same output, bit for bit, and the same meters. Controls of every kind change on
// the way, some before the last change is done.
//
// What takes effect only after it has stayed for a while has the time for it, and one more choice
// is in force before the end.
//
// LOADLINE_LONG=1 plays every scene at every rate, with all cuts.
#include "fixture.h"

#include <lv2/core/lv2.h>

#define LENGTH_S   0.7
#define CHOICE_S   0.35
#define FORCE_S    0.25 // of it, at most
#define IN_FORCE   0.5  // of the checks, at least
#define UNHEARD_DB (-60.0)

enum {
    CHANGES = 16,
    REFERENCE_BLOCK = 512,
    LONGEST_RANDOM = 300,
    SHARE = 3,
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

static const struct partition reference = {"", REFERENCE_BLOCK, false};

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

// The changes in the first third, then the choice, which can be heard.
static struct automation changes_of(struct plugin_host *host, uint64_t seed, size_t frames) {
    struct automation automation = automation_random(host, seed, CHANGES, frames / 3);
    const struct plugin_host_port *enabled = plugin_host_designated(host, LV2_CORE__enabled);
    automation.change[automation.count++] =
        (struct automation_change){frames / 3, enabled->symbol, 1};
    automation_choose(&automation, host, (size_t)(CHOICE_S * plugin_host_rate_hz(host)), seed);
    return automation;
}

// As if the choice were not made, the end of what comes out is another.
static bool is_choice_in_force(struct plugin_host *host, struct automation without,
                               const struct tracks *in, const struct tracks *expected) {
    const size_t from = (size_t)((CHOICE_S + FORCE_S) * plugin_host_rate_hz(host));
    struct tracks out = fixture_outputs(host, in->frames);
    without.count--;
    play(host, &without, &reference, in, &out);
    const bool same = tracks_null_depth_db(&out, expected, from) <= UNHEARD_DB;
    tracks_free(&out);
    return !same;
}

// Against blocks of one length; in a short run only a third of the cuts. Whether the choice was in
// force.
static bool check(double rate_hz, size_t number) {
    struct plugin_host *host = fixture_open(rate_hz);
    struct tracks in = fixture_inputs(host, (size_t)(LENGTH_S * rate_hz));
    struct tracks expected = fixture_outputs(host, in.frames);
    struct tracks out = fixture_outputs(host, in.frames);
    struct scene scenes[SCENES_MAX];
    const struct scene *scene = &scenes[number % scenes_of(host, scenes)];
    scene_start(host, scene);
    const struct automation automation = changes_of(host, number, in.frames);
    tracks_add_noise(&in, 0.8, 5);
    play(host, &automation, &reference, &in, &expected);
    const struct fixture_meters expected_meters = fixture_meters(host);
    assert_true(tracks_peak(&expected) > 0);
    for (size_t i = 0; i < PARTITIONS; i++) {
        if (!long_run() && (i + number) % SHARE != 0)
            continue;
        host = fixture_renew(host);
        scene_start(host, scene);
        play(host, &automation, &partitions[i], &in, &out);
        const struct fixture_meters meters = fixture_meters(host);
        if (!tracks_same(&out, &expected) || !fixture_same_meters(&meters, &expected_meters))
            fail_msg("blocks of %s at %g Hz differ: %s", partitions[i].name, rate_hz,
                     scene_text(scene));
    }
    host = fixture_renew(host);
    scene_start(host, scene);
    const bool in_force = is_choice_in_force(host, automation, &in, &expected);
    tracks_free(&in);
    tracks_free(&expected);
    tracks_free(&out);
    plugin_host_close(host);
    return in_force;
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
    const size_t numbers = scenes > HOST_RATES ? scenes : HOST_RATES;
    size_t checks = 0, in_force = 0;
    for (size_t i = 0; i < numbers; i++)
        for (size_t rate = 0; rate < HOST_RATES; rate++)
            if (long_run() || i % HOST_RATES == rate) {
                checks++;
                in_force += check(host_rates_hz[rate], i);
            }
    print_message("a choice was in force in %zu of %zu\n", in_force, checks);
    assert_true((double)in_force >= IN_FORCE * (double)checks);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_cut_is_heard),
    };
    return fixture_run(tests);
}
