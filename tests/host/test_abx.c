// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The blind test from outside: that it is fair, that it counts, and that nothing tells what X is
// before it is answered: no port, no sample, no crossfade, no instruction.
#define _GNU_SOURCE // MAP_ANONYMOUS
#include "abx_host.h"

#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { BLOCK = 512, SECOND = 48000 };

static bool shows(const struct plugin_host *host, int trials, int correct, double p_value) {
    return plugin_host_get(host, "trials") == trials &&
           plugin_host_get(host, "correct") == correct &&
           plugin_host_get(host, "p_value") == (double)(float)p_value;
}

// Lets the sound fill the plugin.
static void settle(struct plugin_host *host, struct abx_sound *sound) {
    abx_play(host, sound, (size_t)2 * ABX_LATENCY, BLOCK);
}

// --- Fair ---

enum { TRIALS = 10000, A_TEST = 100 };

// As a listener hears them, who answers at random; every test has to end with the right count.
static void collect(int seed, bool xs[TRIALS]) {
    struct plugin_host *host = abx_open();
    struct abx_sound signs = abx_sound_signs((size_t)2 * ABX_LATENCY, 0.5F);
    uint32_t random = 1;
    int right = 0;
    plugin_host_set(host, "seed", seed);
    plugin_host_set(host, "planned_trials", A_TEST);
    settle(host, &signs);
    for (int i = 0; i < TRIALS; i++) {
        random = random * 1664525U + 1013904223U;
        const bool guess = random >> 31;
        assert_true(shows(host, i % A_TEST, 0, 0));
        xs[i] = abx_x_is_b(host, &signs);
        right += guess == xs[i];
        abx_press(host, guess ? "answer_b" : "answer_a");
        if (i % A_TEST < A_TEST - 1)
            continue;
        assert_int_equal((int)plugin_host_get(host, "correct"), right);
        assert_true(plugin_host_get(host, "p_value") > 0);
        abx_press(host, "reset");
        right = 0;
    }
    abx_sound_free(&signs);
    plugin_host_close(host);
}

// How many standard deviations a count of fair coins is off; six happen once in 500 million.
static double off(int heads, int throws) {
    return fabs(heads - throws / 2.0) / sqrt(throws / 4.0);
}

static void check_fair(int seed) {
    static bool xs[TRIALS];
    int heads = 0;
    collect(seed, xs);
    for (int i = 0; i < TRIALS; i++)
        heads += xs[i];
    print_message("seed %d: B in %d of %d\n", seed, heads, TRIALS);
    assert_true(off(heads, TRIALS) < 6);
    // Distance 1 counts the runs.
    for (int distance = 1; distance <= 2 * A_TEST; distance++) {
        int changes = 0;
        for (int i = distance; i < TRIALS; i++)
            changes += xs[i] != xs[i - distance];
        assert_true(off(changes, TRIALS - distance) < 6);
    }
}

static void ten_thousand_trials_are_fair_and_independent(void **state) {
    (void)state;
    check_fair(1);
    check_fair(65535);
    check_fair(0);
}

static void a_seed_repeats_and_chance_does_not(void **state) {
    (void)state;
    static bool first[TRIALS], second[TRIALS];
    collect(7, first);
    collect(7, second);
    assert_memory_equal(first, second, sizeof first);
    collect(0, first);
    collect(0, second);
    assert_memory_not_equal(first, second, sizeof first);
}

// --- Counting ---

static void a_test_of_sixteen_tells_at_its_end(void **state) {
    (void)state;
    struct plugin_host *host = abx_open();
    struct abx_sound signs = abx_sound_signs((size_t)2 * ABX_LATENCY, 0.5F);
    settle(host, &signs);
    for (int i = 0; i < 16; i++) {
        const bool right = i % 4 != 0; // 12 of 16
        const bool is_b = abx_x_is_b(host, &signs) == right;
        assert_true(shows(host, i, 0, 0));
        abx_press(host, is_b ? "answer_b" : "answer_a");
    }
    assert_true(shows(host, 16, 12, 2517.0 / 65536));
    abx_press(host, "answer_a"); // does not count
    assert_true(shows(host, 16, 12, 2517.0 / 65536));
    plugin_host_set(host, "planned_trials", 100);
    plugin_host_run(host, 0); // nor does it hide again, or go on
    abx_press(host, "answer_a");
    assert_true(shows(host, 16, 12, 2517.0 / 65536));
    abx_press(host, "reset");
    assert_true(shows(host, 0, 0, 0));
    abx_sound_free(&signs);
    plugin_host_close(host);
}

// Hosts leave triggers at 1, sweep through 0.5, and send nonsense.
static void only_a_rise_through_a_half_counts(void **state) {
    (void)state;
    static const struct {
        double value;
        int trials;
    } steps[] = {{1, 1},    {1, 1},     {0.6, 1},   {0.4, 1},  {0.6, 2}, {0.49, 2},     {NAN, 2},
                 {1e30, 3}, {-1e30, 3}, {0.499, 3}, {0.51, 4}, {0, 4},   {INFINITY, 4}, {1, 5}};
    struct plugin_host *host = abx_open();
    plugin_host_set(host, "answer_a", 1);
    plugin_host_run(host, 0);
    plugin_host_run(host, 64);
    assert_true(shows(host, 0, 0, 0)); // high at activation
    plugin_host_set(host, "answer_a", 0);
    plugin_host_run(host, 64);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        plugin_host_set(host, "answer_a", steps[i].value);
        plugin_host_run(host, 64);
        assert_true(shows(host, steps[i].trials, 0, 0));
    }
    plugin_host_set(host, "answer_a", 0);
    plugin_host_run(host, 64);
    plugin_host_restart(host);
    plugin_host_set(host, "answer_a", 1);
    plugin_host_run(host, 64);
    assert_true(shows(host, 5, 0, 0)); // the test goes on, but that was no answer
    plugin_host_set_all(host, "answer_a=0 answer_b=0");
    plugin_host_run(host, 64);
    plugin_host_set_all(host, "answer_a=1 answer_b=1");
    plugin_host_run(host, 64);
    assert_true(shows(host, 5, 0, 0)); // both are none
    plugin_host_close(host);
}

// --- Nothing tells ---

// Two instances whose X differ, and what a listener does with both.
struct pair {
    struct plugin_host *host[2]; // X is A in the first, B in the second
    struct abx_sound sound[2];
};

static struct pair pair_open(size_t frames, double b_level) {
    struct pair pair;
    for (int i = 0; i < 2; i++) {
        pair.host[i] = abx_open();
        pair.sound[i] = abx_sound_new(frames);
        plugin_host_set(pair.host[i], "seed", abx_seed(1, i));
        stereo_add_noise(&pair.sound[i].a, 0.3, 3);
        stereo_add_noise(&pair.sound[i].b, b_level, 3);
        stereo_add_sine(&pair.sound[i].b, 0.01, 0.02);
    }
    return pair;
}

static void pair_set(struct pair *pair, const char *settings) {
    plugin_host_set_all(pair->host[0], settings);
    plugin_host_set_all(pair->host[1], settings);
}

static void pair_play(struct pair *pair, size_t frames) {
    abx_play(pair->host[0], &pair->sound[0], frames, BLOCK);
    abx_play(pair->host[1], &pair->sound[1], frames, BLOCK);
}

static void pair_close(struct pair *pair) {
    for (int i = 0; i < 2; i++) {
        abx_sound_free(&pair->sound[i]);
        plugin_host_close(pair->host[i]);
    }
}

static void expect_same_meters(const struct pair *pair) {
    for (uint32_t i = 0; i < plugin_host_port_count(pair->host[0]); i++) {
        const struct plugin_host_port *port = plugin_host_port(pair->host[0], i);
        if (!port->control || port->input)
            continue;
        const double first = plugin_host_get(pair->host[0], port->symbol);
        const double second = plugin_host_get(pair->host[1], port->symbol);
        assert_memory_equal(&first, &second, sizeof first);
    }
}

// Every output port, block by block, through select, answers, align and bypass.
static void no_port_tells(void **state) {
    (void)state;
    static const char *const settings[] = {
        "select=2", "select=0",   "select=1", "align=1",   "select=2", "answer_a=1", "answer_a=0",
        "align=0",  "answer_b=1", "select=0", "enabled=0", "select=2", "enabled=1",  "select=1",
    };
    enum { SETTINGS = sizeof settings / sizeof *settings, BLOCKS = 100 };
    struct pair pair = pair_open((size_t)SETTINGS * BLOCKS * BLOCK, 0.25);
    for (size_t i = 0; i < SETTINGS; i++) {
        pair_set(&pair, settings[i]);
        for (int block = 0; block < BLOCKS; block++) {
            pair_play(&pair, BLOCK);
            expect_same_meters(&pair);
        }
    }
    assert_int_equal((int)plugin_host_get(pair.host[0], "trials"), 2);
    assert_true(plugin_host_get(pair.host[0], "null_depth") > 10);
    pair_close(&pair);
}

// X is what it is, to the bit; and where it is A, from A to X there is nothing to be heard at all.
static void no_sample_tells(void **state) {
    (void)state;
    struct pair pair = pair_open((size_t)2 * SECOND, 0.25);
    pair_play(&pair, SECOND);
    pair_set(&pair, "select=2");
    pair_play(&pair, SECOND);
    for (int i = 0; i < 2; i++) {
        const struct abx_sound *sound = &pair.sound[i];
        const size_t from = i == 0 ? ABX_LATENCY : SECOND + ABX_FADE;
        const struct stereo *of = i == 0 ? &sound->a : &sound->b;
        const size_t size = (sound->at - from) * sizeof(float);
        assert_memory_equal(sound->out.left + from, of->left + from - ABX_LATENCY, size);
        assert_memory_equal(sound->out.right + from, of->right + from - ABX_LATENCY, size);
    }
    pair_close(&pair);
}

// B is raised and moved to match A, but not while X is heard: only a B would move.
static void no_alignment_tells(void **state) {
    (void)state;
    struct pair pair = pair_open((size_t)14 * SECOND, 0.25);
    pair_set(&pair, "select=2 align=1");
    pair_play(&pair, (size_t)13 * SECOND);
    for (int i = 0; i < 2; i++) {
        const struct abx_sound *sound = &pair.sound[i];
        const struct stereo *of = i == 0 ? &sound->a : &sound->b;
        assert_memory_equal(sound->out.left + ABX_LATENCY, of->left,
                            (sound->at - ABX_LATENCY) * sizeof(float));
    }
    pair_set(&pair, "select=0"); // then it takes hold
    assert_true(plugin_host_get(pair.host[0], "level_difference") < -1);
    pair_play(&pair, SECOND);
    assert_true(fabs(plugin_host_get(pair.host[0], "level_difference")) < 0.05);
    pair_close(&pair);
}

// Where the other signal is the same upside down, a crossfade to it dips, and so has every other.
// The level has to go the same way whatever was drawn, and in 5 ms.
static void check_way(struct pair *pair, const char *what) {
    pair->sound[0].at = pair->sound[1].at = 0;
    pair_play(pair, (size_t)2 * ABX_FADE);
    bool dips = false;
    for (int n = 0; n < 2 * ABX_FADE; n++) {
        const float first = fabsf(pair->sound[0].out.left[n]);
        const float second = fabsf(pair->sound[1].out.left[n]);
        if (!(fabsf(first - second) < 1e-6F))
            fail_msg("%s: %g and %g at %d", what, (double)first, (double)second, n);
        dips = dips || first < 0.1F;
        assert_true(n < ABX_FADE || first == 0.5F);
    }
    if (!dips)
        fail_msg("%s: no crossfade", what);
}

static void no_crossfade_tells(void **state) {
    (void)state;
    struct pair pair;
    for (int i = 0; i < 2; i++) {
        pair.host[i] = abx_open();
        pair.sound[i] = abx_sound_signs(SECOND, 0.5F);
        plugin_host_set(pair.host[i], "seed", abx_seed(1, i));
    }
    pair_play(&pair, SECOND);
    pair_set(&pair, "select=2");
    check_way(&pair, "A to X");
    for (int i = 0; i < 40; i++) {
        pair_set(&pair, i % 3 ? "answer_a=1" : "answer_b=1");
        check_way(&pair, "answer");
        pair_set(&pair, "answer_a=0 answer_b=0");
        pair_play(&pair, 1);
        if (i % 10 < 9)
            continue;
        pair_set(&pair, "reset=1");
        check_way(&pair, "reset");
        pair_set(&pair, "reset=0 select=1");
        check_way(&pair, "X to B");
        pair_set(&pair, "select=2");
        check_way(&pair, "B to X");
        pair_set(&pair, "enabled=0");
        check_way(&pair, "X to bypass");
        pair_set(&pair, "enabled=1");
        check_way(&pair, "bypass to X");
    }
    pair_close(&pair);
}

// --- Instructions ---

// Tracing is slow, so a low rate, where a crossfade takes 40 frames.
#define COUNTED_RATE_HZ 8000.0

enum { COUNTED_RUNS = 24, COUNTED_FRAMES = 10, COUNTED_SESSIONS = 2 };

// One instance, of which each session gets a copy in a child process, so that the sessions differ
// in nothing but X.
struct counted {
    struct plugin_host *host;
    float sound[6][COUNTED_FRAMES];
    float select, answer_a;
    volatile int *run; // which is on, 0 for none; written by the child
    long counts[COUNTED_SESSIONS][COUNTED_RUNS + 1];
};

static void open_counted(struct counted *counted) {
    static const char *const symbols[] = {"a_l", "a_r", "b_l", "b_r", "out_l", "out_r"};
    struct plugin_host *host = plugin_host_open(ABX_URI, COUNTED_RATE_HZ, PLUGIN_HOST_NO_FEATURES);
    counted->host = host;
    counted->run =
        mmap(NULL, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(counted->run != MAP_FAILED);
    for (int i = 0; i < 6; i++) {
        plugin_host_connect(host, symbols[i], counted->sound[i]);
        for (int n = 0; n < COUNTED_FRAMES; n++)
            counted->sound[i][n] = (float)((n * 37 + i * 11) % 101) / 200.0F;
    }
    plugin_host_connect(host, "select", &counted->select);
    plugin_host_connect(host, "answer_a", &counted->answer_a);
    plugin_host_set(host, "seed", 1);
    for (int i = 0; i < 500; i++)
        plugin_host_run(host, COUNTED_FRAMES);
}

// X is selected, answered twice, and left; in between is time for a crossfade and more.
static _Noreturn void run_session(struct counted *counted) {
    LilvInstance *instance = plugin_host_instance(counted->host);
    ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    raise(SIGSTOP);
    for (int i = 0; i < COUNTED_RUNS; i++) {
        counted->select = i >= 1 && i < 18 ? ABX_X : ABX_A;
        counted->answer_a = i == 6 || i == 12;
        *counted->run = i + 1;
        lilv_instance_run(instance, COUNTED_FRAMES);
        *counted->run = 0;
    }
    _exit(0);
}

// Steps a child through a session, one instruction at a time.
static void count_session(struct counted *counted, long counts[COUNTED_RUNS + 1]) {
    int status = 0;
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        run_session(counted);
    assert_int_equal(waitpid(child, &status, 0), child);
    while (WIFSTOPPED(status)) {
        if (ptrace(PTRACE_SINGLESTEP, child, NULL, NULL) != 0)
            fail_msg("this machine allows no tracing: nothing can be shown here");
        assert_int_equal(waitpid(child, &status, 0), child);
        counts[*counted->run]++;
    }
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

// The first X of each session is A and B by turns, as a twin that hears the same seed and the same
// resets knows.
static void count_all(struct counted *counted) {
    struct plugin_host *twin = abx_open();
    struct abx_sound signs = abx_sound_signs((size_t)2 * ABX_LATENCY, 0.5F);
    plugin_host_set(twin, "seed", 1);
    settle(twin, &signs);
    for (int i = 0; i < COUNTED_SESSIONS; i++) {
        while (abx_x_is_b(twin, &signs) != i % 2) {
            abx_press(twin, "reset");
            abx_press(counted->host, "reset");
        }
        count_session(counted, counted->counts[i]);
    }
    abx_sound_free(&signs);
    plugin_host_close(twin);
}

// The same number in each run, whatever X was.
static void no_instruction_tells(void **state) {
    (void)state;
    static struct counted counted;
    open_counted(&counted);
    count_all(&counted);
    print_message("%ld instructions in a steady run, %ld in a crossfade\n", counted.counts[0][1],
                  counted.counts[0][2]);
    assert_true(counted.counts[0][2] > counted.counts[0][1]);
    for (int run = 1; run <= COUNTED_RUNS; run++)
        for (int i = 0; i < COUNTED_SESSIONS; i++) {
            assert_true(counted.counts[i][run] > 1000);
            if (counted.counts[i][run] != counted.counts[0][run])
                fail_msg("run %d takes %ld instructions, or %ld", run, counted.counts[i][run],
                         counted.counts[0][run]);
        }
    munmap((void *)(uintptr_t)counted.run, sizeof(int));
    plugin_host_close(counted.host);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_thousand_trials_are_fair_and_independent),
        cmocka_unit_test(a_seed_repeats_and_chance_does_not),
        cmocka_unit_test(a_test_of_sixteen_tells_at_its_end),
        cmocka_unit_test(only_a_rise_through_a_half_counts),
        cmocka_unit_test(no_port_tells),
        cmocka_unit_test(no_sample_tells),
        cmocka_unit_test(no_alignment_tells),
        cmocka_unit_test(no_crossfade_tells),
        cmocka_unit_test(no_instruction_tells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
