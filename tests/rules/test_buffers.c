// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Which memory a host connects, and whether it connects any, changes nothing: ports share buffers
// in every way, some lead nowhere, and not a sample beside what belongs to the plugin is touched.
#include "fixture.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define RATE_HZ 48000.0

enum {
    FRAMES = 6000,
    BLOCK = 500,
    PORTS_MAX = 2 * TRACKS_MAX,
    SHARINGS_MAX = 16,
};

// --- Shared buffers ---

// Which array each port lies on: inputs, then outputs. Array i begins as the source's channel i.
struct sharing {
    const char *name;
    int array[PORTS_MAX];
};

static unsigned wrap(unsigned n, unsigned count) {
    return count > 0 ? n % count : 0;
}

// The arrays of a host that is sparing with them.
static size_t list_sharings(unsigned inputs, unsigned outputs, struct sharing *list) {
    size_t count = 0;
    const struct {
        const char *name;
        unsigned in_stride, out_stride, out_offset;
    } patterns[] = {
        {"in place", 1, 1, 0},
        {"in place, crossed", 1, inputs - 1, inputs - 1},
        {"one input", 0, 1, 0},
        {"all on one buffer", 0, 0, 0},
        {"outputs on the first input", 1, 0, 0},
        {"outputs on the last input", 1, 0, inputs - 1},
        {"in place, over the last inputs", 1, 1, inputs - outputs},
    };
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        list[count].name = patterns[i].name;
        for (unsigned n = 0; n < inputs; n++)
            list[count].array[n] = (int)(n * patterns[i].in_stride);
        for (unsigned n = 0; n < outputs; n++)
            list[count].array[inputs + n] =
                (int)wrap(n * patterns[i].out_stride + patterns[i].out_offset, inputs);
        count++;
    }
    return count;
}

// As recordings, whose channels may be the same.
static struct tracks view(const struct tracks *arrays, const int *array, unsigned channels) {
    struct tracks tracks = {.channels = channels, .frames = arrays->frames};
    for (unsigned c = 0; c < channels; c++)
        tracks.channel[c] = arrays->channel[array[c]];
    return tracks;
}

// Where several outputs share an array, any may be left in it.
static bool as_expected(const struct sharing *sharing, const struct tracks *arrays,
                        const struct tracks *expected, unsigned inputs) {
    const int *array = sharing->array + inputs;
    for (unsigned c = 0; c < expected->channels; c++) {
        bool found = false;
        for (unsigned other = 0; other < expected->channels; other++)
            found |= array[other] == array[c] &&
                     memcmp(arrays->channel[array[c]], expected->channel[other],
                            expected->frames * sizeof(float)) == 0;
        if (!found)
            return false;
    }
    return true;
}

static void check_sharing(struct plugin_host *host, const struct scene *scene,
                          const struct sharing *sharing, uint32_t block) {
    struct tracks source = fixture_inputs(host, FRAMES);
    struct tracks arrays = fixture_inputs(host, FRAMES);
    struct tracks expected = fixture_outputs(host, FRAMES);
    tracks_add_noise(&source, 0.8, 6);
    tracks_add_noise(&arrays, 0.8, 6);
    const struct tracks apart = view(&source, sharing->array, source.channels);
    const struct tracks in = view(&arrays, sharing->array, source.channels);
    const struct tracks out = view(&arrays, sharing->array + source.channels, expected.channels);
    scene_start(host, scene);
    fixture_play(host, &apart, &expected, block);
    scene_start(host, scene);
    plugin_host_play(host, &in, &out, 0, FRAMES, block);
    if (!as_expected(sharing, &arrays, &expected, source.channels))
        fail_msg("%s, blocks of %u: %s", sharing->name, block, scene_text(scene));
    tracks_free(&source);
    tracks_free(&arrays);
    tracks_free(&expected);
}

static void no_shared_buffer_is_heard(void **state) {
    (void)state;
    static const uint32_t blocks[] = {1, 64, 500, 8192};
    struct plugin_host *host = fixture_open(RATE_HZ);
    struct scene scenes[SCENES_MAX];
    struct sharing sharings[SHARINGS_MAX];
    const unsigned inputs = plugin_host_audio_count(host, true);
    const unsigned outputs = plugin_host_audio_count(host, false);
    assert_true(inputs >= outputs && outputs > 0);
    const size_t scene_count = scenes_of(host, scenes);
    const size_t sharing_count = list_sharings(inputs, outputs, sharings);
    for (size_t i = 0; i < scene_count; i++)
        for (size_t s = 0; s < sharing_count; s++)
            if (fixture_is_whole(scene_count) || (i + s) % 3 == 0)
                check_sharing(host, &scenes[i], &sharings[s], blocks[(i + s / 3) % 4]);
    plugin_host_close(host);
}

// --- Ports that lead nowhere ---

struct trial {
    struct plugin_host *host;
    struct tracks in, expected, out;
    struct fixture_meters expected_meters;
};

static struct trial open_trial(void) {
    struct trial trial = {.host = fixture_open(RATE_HZ)};
    trial.in = fixture_inputs(trial.host, FRAMES);
    trial.expected = fixture_outputs(trial.host, FRAMES);
    trial.out = fixture_outputs(trial.host, FRAMES);
    tracks_add_noise(&trial.in, 0.8, 7);
    scene_start_defaults(trial.host);
    fixture_play(trial.host, &trial.in, &trial.expected, BLOCK);
    assert_true(tracks_peak(&trial.expected) > 0);
    trial.expected_meters = fixture_meters(trial.host);
    return trial;
}

static void close_trial(struct trial *trial) {
    tracks_free(&trial->in);
    tracks_free(&trial->expected);
    tracks_free(&trial->out);
    plugin_host_close(trial->host);
}

static void restart(struct trial *trial) {
    plugin_host_reconnect(trial->host);
    scene_start_defaults(trial->host);
}

static void expect_same(const struct trial *trial, const char *what) {
    if (!tracks_same(&trial->out, &trial->expected))
        fail_msg("without %s it sounds otherwise", what);
}

static void a_missing_control_has_its_default(void **state) {
    (void)state;
    struct trial trial = open_trial();
    for (uint32_t i = 0; i < plugin_host_port_count(trial.host); i++) {
        const struct plugin_host_port *port = plugin_host_port(trial.host, i);
        if (!port->control || !port->input || scene_is_seed(port))
            continue;
        const struct scene scene = fixture_scene_of(trial.host, port);
        scene_start(trial.host, &scene);
        plugin_host_set(trial.host, port->symbol, port->preset);
        fixture_play(trial.host, &trial.in, &trial.expected, BLOCK);
        const struct fixture_meters expected = fixture_meters(trial.host);
        plugin_host_restart(trial.host);
        plugin_host_connect_port(trial.host, i, NULL);
        fixture_play(trial.host, &trial.in, &trial.out, BLOCK);
        const struct fixture_meters meters = fixture_meters(trial.host);
        expect_same(&trial, port->symbol);
        if (!fixture_same_meters(&meters, &expected))
            fail_msg("without %s the meters read otherwise", port->symbol);
    }
    close_trial(&trial);
}

static void a_missing_meter_is_left_out(void **state) {
    (void)state;
    struct trial trial = open_trial();
    for (uint32_t i = 0; i < plugin_host_port_count(trial.host); i++) {
        const struct plugin_host_port *port = plugin_host_port(trial.host, i);
        if (!port->control || port->input)
            continue;
        restart(&trial);
        plugin_host_connect_port(trial.host, i, NULL);
        fixture_play(trial.host, &trial.in, &trial.out, BLOCK);
        expect_same(&trial, port->symbol);
    }
    close_trial(&trial);
}

// Plays block by block, with the audio port of that index left out.
static void play_without(struct trial *trial, const struct tracks *in, uint32_t missing,
                         uint32_t block) {
    for (size_t done = 0; done < FRAMES; done += block) {
        for (int input = 0; input < 2; input++)
            for (unsigned n = 0; n < plugin_host_audio_count(trial->host, input); n++) {
                const uint32_t port = plugin_host_audio_port(trial->host, input, n);
                float *channel = (input ? in : &trial->out)->channel[n];
                plugin_host_connect_port(trial->host, port,
                                         port == missing ? NULL : channel + done);
            }
        plugin_host_run(trial->host, block);
    }
}

// Short blocks, and one as long as all of it.
static const uint32_t missing_blocks[] = {BLOCK, FRAMES};

enum { MISSING_BLOCKS = sizeof missing_blocks / sizeof *missing_blocks };

static void check_missing_input(struct trial *trial, unsigned n, uint32_t block) {
    struct tracks in = fixture_inputs(trial->host, FRAMES);
    tracks_add_noise(&in, 0.8, 7);
    memset(in.channel[n], 0, FRAMES * sizeof(float));
    restart(trial);
    fixture_play(trial->host, &in, &trial->expected, BLOCK);
    restart(trial);
    play_without(trial, &trial->in, plugin_host_audio_port(trial->host, true, n), block);
    expect_same(trial, "an input");
    tracks_free(&in);
}

static void a_missing_input_is_silence(void **state) {
    (void)state;
    struct trial trial = open_trial();
    for (unsigned n = 0; n < trial.in.channels; n++)
        for (size_t i = 0; i < MISSING_BLOCKS; i++)
            check_missing_input(&trial, n, missing_blocks[i]);
    close_trial(&trial);
}

// The others are what they were, the meters too, and time has gone on: what follows, follows.
static void check_missing_output(struct trial *trial, unsigned n, uint32_t block) {
    restart(trial);
    play_without(trial, &trial->in, plugin_host_audio_port(trial->host, false, n), block);
    const struct fixture_meters meters = fixture_meters(trial->host);
    assert_true(fixture_same_meters(&meters, &trial->expected_meters));
    for (unsigned c = 0; c < trial->out.channels; c++)
        if (c != n)
            assert_memory_equal(trial->out.channel[c], trial->expected.channel[c],
                                FRAMES * sizeof(float));
    struct tracks later = fixture_outputs(trial->host, FRAMES);
    fixture_play(trial->host, &trial->in, &later, BLOCK);
    restart(trial);
    fixture_play(trial->host, &trial->in, &trial->out, BLOCK);
    fixture_play(trial->host, &trial->in, &trial->out, BLOCK);
    assert_true(tracks_same(&trial->out, &later));
    tracks_free(&later);
}

static void a_missing_output_leaves_the_rest(void **state) {
    (void)state;
    struct trial trial = open_trial();
    for (unsigned n = 0; n < trial.out.channels; n++)
        for (size_t i = 0; i < MISSING_BLOCKS; i++)
            check_missing_output(&trial, n, missing_blocks[i]);
    close_trial(&trial);
}

static void nothing_connected_does_no_harm(void **state) {
    (void)state;
    struct trial trial = open_trial();
    restart(&trial);
    for (uint32_t i = 0; i < plugin_host_port_count(trial.host); i++)
        plugin_host_connect_port(trial.host, i, NULL);
    plugin_host_run(trial.host, 0);
    plugin_host_run(trial.host, PLUGIN_HOST_MAX_BLOCK);
    close_trial(&trial);
}

// How a host asks for the latency.
static void no_frames_tell_the_meters_and_change_nothing(void **state) {
    (void)state;
    struct trial trial = open_trial();
    const uint32_t latency = plugin_host_latency(trial.host);
    restart(&trial);
    float told = -1;
    plugin_host_connect(trial.host, "latency", &told);
    plugin_host_run(trial.host, 0);
    assert_int_equal(told, latency);
    plugin_host_reconnect(trial.host);
    plugin_host_run(trial.host, 0);
    fixture_play(trial.host, &trial.in, &trial.out, BLOCK);
    assert_true(tracks_same(&trial.out, &trial.expected));
    close_trial(&trial);
}

// --- Borders ---

// Whole pages between two that nobody may touch.
struct pages {
    char *begin, *end;
};

static size_t page_bytes(void) {
    return (size_t)sysconf(_SC_PAGESIZE);
}

static struct pages pages_new(size_t bytes) {
    const size_t page = page_bytes();
    const size_t inner = (bytes + page - 1) / page * page;
    char *all = mmap(NULL, inner + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(all != MAP_FAILED);
    assert_int_equal(mprotect(all + page, inner, PROT_READ | PROT_WRITE), 0);
    return (struct pages){all + page, all + page + inner};
}

static void pages_free(struct pages *pages) {
    const size_t page = page_bytes();
    munmap(pages->begin - page, (size_t)(pages->end - pages->begin) + 2 * page);
}

// Each port has pages of its own: the buffer is the end of them, or their beginning.
static float *place(const struct pages *pages, size_t count, bool at_end) {
    float *end = (float *)(void *)pages->end;
    return at_end ? end - count : (float *)(void *)pages->begin;
}

static void run_bordered(struct plugin_host *host, struct pages *pages, uint32_t frames,
                         bool at_end) {
    for (uint32_t i = 0; i < plugin_host_port_count(host); i++) {
        const struct plugin_host_port *port = plugin_host_port(host, i);
        if (!port->control && !port->audio)
            continue;
        const size_t count = port->control ? 1 : frames;
        const size_t bytes = (size_t)(pages[i].end - pages[i].begin);
        assert_int_equal(mprotect(pages[i].begin, bytes, PROT_READ | PROT_WRITE), 0);
        float *data = place(&pages[i], count, at_end);
        if (port->control && port->input)
            *data = (float)plugin_host_get(host, port->symbol);
        else if (port->input)
            for (size_t n = 0; n < count; n++)
                data[n] = (float)(n % 7) / 7 - 0.5F;
        if (port->input)
            assert_int_equal(mprotect(pages[i].begin, bytes, PROT_READ), 0);
        plugin_host_connect_port(host, i, data);
    }
    plugin_host_run(host, frames);
}

// Reading beyond the border, or writing there or to an input, ends in a signal.
static void nothing_beside_its_own_is_touched(void **state) {
    (void)state;
    static const uint32_t lengths[] = {0, 1, 7, 64, 500, 1023, 8192};
    struct plugin_host *host = fixture_open(RATE_HZ);
    const uint32_t ports = plugin_host_port_count(host);
    struct pages *pages = calloc(ports, sizeof *pages);
    assert_non_null(pages);
    for (uint32_t i = 0; i < ports; i++)
        pages[i] =
            pages_new(plugin_host_port(host, i)->audio ? PLUGIN_HOST_MAX_BLOCK * sizeof(float)
                                                       : sizeof(float));
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
        for (int at_end = 0; at_end < 2; at_end++)
            run_bordered(host, pages, lengths[i], at_end);
    plugin_host_reconnect(host);
    for (uint32_t i = 0; i < ports; i++)
        pages_free(&pages[i]);
    free(pages);
    plugin_host_close(host);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_shared_buffer_is_heard),
        cmocka_unit_test(a_missing_control_has_its_default),
        cmocka_unit_test(a_missing_meter_is_left_out),
        cmocka_unit_test(a_missing_input_is_silence),
        cmocka_unit_test(a_missing_output_leaves_the_rest),
        cmocka_unit_test(nothing_connected_does_no_harm),
        cmocka_unit_test(no_frames_tell_the_meters_and_change_nothing),
        cmocka_unit_test(nothing_beside_its_own_is_touched),
    };
    return fixture_run(tests);
}
