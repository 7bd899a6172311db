// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// How a host cuts its blocks, and which buffers it shares, cannot be heard: the same input with the
// same controls at the same frames gives the same output, bit for bit, and the same meters.
//
// LOADLINE_LONG=1 plays every circuit at every rate.
#include "chain_host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum {
    FRAMES = 20000,
    REFERENCE_BLOCK = 512,
    LONGEST_RANDOM = 300,
    METERS_MAX = 32,
};

// Controls that change while it plays.
struct event {
    size_t at;
    const char *settings;
};

struct score {
    size_t count;
    const struct event *events;
};

// --- Partitions ---

struct partition {
    const char *name;
    uint32_t length; // 0 is random
    bool with_empty; // a block of no frames before each
};

static const struct partition partitions[] = {
    {"1", 1, false},      {"7", 7, true},      {"64", 64, false},
    {"8192", 8192, true}, {"random", 0, true}, {"random", 0, false},
};

enum { PARTITIONS = sizeof partitions / sizeof *partitions };

static uint32_t next_length(const struct partition *partition, uint32_t *random) {
    *random = *random * 1664525u + 1013904223u;
    return partition->length ? partition->length : (*random >> 8) % LONGEST_RANDOM;
}

// --- Playing ---

static void connect_at(struct plugin_host *host, const struct stereo *in, struct stereo *out,
                       size_t at) {
    plugin_host_connect(host, "in_l", in->left + at);
    plugin_host_connect(host, "in_r", in->right + at);
    plugin_host_connect(host, "out_l", out->left + at);
    plugin_host_connect(host, "out_r", out->right + at);
}

static void apply_events_at(struct plugin_host *host, const struct score *score, size_t at,
                            size_t *next) {
    for (; *next < score->count && score->events[*next].at == at; ++*next)
        plugin_host_set_all(host, score->events[*next].settings);
}

static void play(struct plugin_host *host, const struct score *score,
                 const struct partition *partition, const struct stereo *in, struct stereo *out) {
    uint32_t random = 1;
    size_t next = 0;
    for (size_t done = 0; done < in->frames;) {
        apply_events_at(host, score, done, &next);
        const size_t end = next < score->count ? score->events[next].at : in->frames;
        const size_t length = next_length(partition, &random);
        const size_t count = length < end - done ? length : end - done;
        connect_at(host, in, out, done);
        if (partition->with_empty)
            plugin_host_run(host, 0);
        plugin_host_run(host, (uint32_t)count);
        done += count;
    }
    plugin_host_reconnect(host);
}

// --- Comparing ---

struct meters {
    struct plugin_host *host;
    size_t count;
    double value[METERS_MAX];
};

static void note_meter(const struct plugin_host_control *control, void *context) {
    struct meters *meters = context;
    if (control->input)
        return;
    assert_true(meters->count < METERS_MAX);
    meters->value[meters->count++] = plugin_host_get(meters->host, control->symbol);
}

static struct meters read_meters(struct plugin_host *host) {
    struct meters meters = {.host = host};
    plugin_host_each_control(host, note_meter, &meters);
    assert_true(meters.count > 0);
    return meters;
}

static bool same_meters(const struct meters *a, const struct meters *b) {
    return a->count == b->count && memcmp(a->value, b->value, a->count * sizeof *a->value) == 0;
}

static void check_partitions(double rate_hz, const char *settings, int quality,
                             const struct score *score) {
    struct plugin_host *host = chain_open(rate_hz);
    struct stereo in = stereo_new(FRAMES);
    struct stereo expected = stereo_new(FRAMES);
    struct stereo out = stereo_new(FRAMES);
    stereo_add_noise(&in, 0.8, 5);
    chain_start(host, settings, quality);
    play(host, score, &(struct partition){"", REFERENCE_BLOCK, false}, &in, &expected);
    const struct meters expected_meters = read_meters(host);
    assert_true(stereo_peak(&expected) > 0);
    for (size_t i = 0; i < PARTITIONS; i++) {
        chain_start(host, settings, quality);
        play(host, score, &partitions[i], &in, &out);
        const struct meters meters = read_meters(host);
        const bool same = stereo_same(&out, &expected) && same_meters(&meters, &expected_meters);
        if (!same)
            print_message("blocks of %s, %.0f Hz, quality %d: %s\n", partitions[i].name, rate_hz,
                          quality, settings);
        assert_true(same);
    }
    stereo_free(&in);
    stereo_free(&expected);
    stereo_free(&out);
    plugin_host_close(host);
}

// --- Tests ---

static void no_cut_is_heard(void **state) {
    (void)state;
    static const struct event events[] = {{5003, "headphone=1"}, {15001, "headphone=0"}};
    static const struct score score = {2, events};
    for (size_t rate = 0; rate < CHAIN_RATES; rate++) {
        for (size_t i = 0; i < CHAIN_CIRCUITS; i++)
            for (int quality = 0; quality < CHAIN_QUALITIES; quality++)
                if (chain_long_run() || i % CHAIN_RATES == rate || chain_rates_hz[rate] == 48000)
                    check_partitions(chain_rates_hz[rate], chain_circuits[i].settings, quality,
                                     &score);
    }
}

// Every kind of change, some before the last one is done, on and off the grid that the plugin may
// have.
static void every_change_takes_effect_at_its_frame(void **state) {
    (void)state;
    static const struct event events[] = {
        {1, "gain=6"},
        {160, "topology=2"},
        {3000, "amplifier=3 enabled=0"},
        {3001, "enabled=1"},
        {3017, "quality=2 cable=2"},
        {9001, "gain=-12 match=0"},
        {9002, "seed=9"},
        {12345, "headphone=max freewheel=1 quality=1"},
        {12346, "rail=3 amplifier=0 current_limit=10"},
        {17000, "topology=3"},
        {19000, "quality=0"},
    };
    static const struct score score = {sizeof events / sizeof *events, events};
    for (size_t rate = 0; rate < CHAIN_RATES; rate++)
        for (int quality = 0; quality < CHAIN_QUALITIES; quality++)
            check_partitions(chain_rates_hz[rate], "stage_noise=50 source_noise=20 rail=2", quality,
                             &score);
}

// One run over buffers of the test's choice: where each port lies, out of two arrays.
struct sharing {
    const char *name;
    int in_l, in_r, out_l, out_r; // -1 is nothing
};

static float *array_of(struct stereo *arrays, int which) {
    return which < 0 ? NULL : which == 0 ? arrays->left : arrays->right;
}

static void play_shared(struct plugin_host *host, const struct sharing *sharing,
                        struct stereo *arrays, uint32_t block) {
    float *const in_l = array_of(arrays, sharing->in_l);
    float *const in_r = array_of(arrays, sharing->in_r);
    float *const out_l = array_of(arrays, sharing->out_l);
    float *const out_r = array_of(arrays, sharing->out_r);
    for (size_t done = 0; done < arrays->frames; done += block) {
        const size_t rest = arrays->frames - done;
        plugin_host_connect(host, "in_l", in_l ? in_l + done : NULL);
        plugin_host_connect(host, "in_r", in_r ? in_r + done : NULL);
        plugin_host_connect(host, "out_l", out_l ? out_l + done : NULL);
        plugin_host_connect(host, "out_r", out_r ? out_r + done : NULL);
        plugin_host_run(host, rest < block ? (uint32_t)rest : block);
    }
    plugin_host_reconnect(host);
}

static bool same_channel(const float *a, const float *b) {
    return memcmp(a, b, FRAMES * sizeof *a) == 0;
}

// Where both outputs share an array, either may be left in it.
static bool as_expected(const struct sharing *sharing, struct stereo *arrays,
                        const struct stereo *expected) {
    const float *left = array_of(arrays, sharing->out_l);
    const float *right = array_of(arrays, sharing->out_r);
    const bool left_same = !left || same_channel(left, expected->left);
    const bool right_same = !right || same_channel(right, expected->right);
    return left && left == right ? left_same || right_same : left_same && right_same;
}

static void check_sharing(struct plugin_host *host, const char *settings,
                          const struct sharing *sharing, uint32_t block) {
    struct stereo source = stereo_new(FRAMES);
    struct stereo in = stereo_new(FRAMES);
    struct stereo arrays = stereo_new(FRAMES);
    struct stereo expected = stereo_new(FRAMES);
    const size_t size = FRAMES * sizeof(float);
    stereo_add_noise(&source, 0.8, 6);
    stereo_add_noise(&arrays, 0.8, 6);
    if (sharing->in_l >= 0)
        memcpy(in.left, array_of(&source, sharing->in_l), size);
    if (sharing->in_r >= 0)
        memcpy(in.right, array_of(&source, sharing->in_r), size);
    chain_start(host, settings, CHAIN_NORMAL);
    chain_play(host, &in, &expected, block);
    chain_start(host, settings, CHAIN_NORMAL);
    play_shared(host, sharing, &arrays, block);
    if (!as_expected(sharing, &arrays, &expected))
        fail_msg("%s, blocks of %u: %s", sharing->name, block, settings);
    stereo_free(&source);
    stereo_free(&in);
    stereo_free(&arrays);
    stereo_free(&expected);
}

static void no_shared_buffer_is_heard(void **state) {
    (void)state;
    static const struct sharing sharings[] = {
        {"in place", 0, 1, 0, 1},
        {"in place, crossed", 0, 1, 1, 0},
        {"one input", 0, 0, 0, 1},
        {"all on one buffer", 0, 0, 0, 0},
        {"all but the right input on one buffer", 0, 1, 0, 0},
        {"no right input", 0, -1, 0, 1},
        {"no right output", 0, 1, 0, -1},
        {"no left output", 0, 1, -1, 1},
    };
    static const uint32_t blocks[] = {1, 64, 500, 8192};
    struct plugin_host *host = chain_open(48000);
    for (size_t i = 0; i < CHAIN_CIRCUITS; i++)
        for (size_t s = 0; s < sizeof sharings / sizeof *sharings; s++)
            for (size_t b = 0; b < sizeof blocks / sizeof *blocks; b++)
                check_sharing(host, chain_circuits[i].settings, &sharings[s], blocks[b]);
    check_sharing(host, "enabled=0", &sharings[0], 64);
    plugin_host_close(host);
}

// Meters go on where nobody listens, and the sound is where it would have been.
static void without_outputs_time_goes_on(void **state) {
    (void)state;
    static const struct sharing deaf = {"", 0, 1, -1, -1};
    struct plugin_host *host = chain_open(48000);
    struct stereo in = stereo_new(FRAMES);
    struct stereo expected = stereo_new(FRAMES);
    struct stereo out = stereo_new(FRAMES);
    stereo_add_noise(&in, 0.8, 7);
    chain_start(host, "stage_noise=100", CHAIN_NORMAL);
    chain_play(host, &in, &expected, 100);
    const struct meters meters = read_meters(host);
    chain_play(host, &in, &expected, 100);
    chain_start(host, "stage_noise=100", CHAIN_NORMAL);
    play_shared(host, &deaf, &in, 100);
    const struct meters deaf_meters = read_meters(host);
    assert_true(same_meters(&meters, &deaf_meters));
    chain_play(host, &in, &out, 100);
    assert_true(stereo_same(&out, &expected));
    stereo_free(&in);
    stereo_free(&expected);
    stereo_free(&out);
    plugin_host_close(host);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_cut_is_heard),
        cmocka_unit_test(every_change_takes_effect_at_its_frame),
        cmocka_unit_test(no_shared_buffer_is_heard),
        cmocka_unit_test(without_outputs_time_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
