// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The arithmetic of the thread that calls belongs to the caller: every call leaves rounding,
// masks and flags as it found them. And on a host that leaves denormal numbers on, none is computed
// with: not in the silence after a sound, nor with denormal samples.
//
// The second is found by hardware: a processor that may raise the exception "denormal operand"
// does so at the first one, unless the plugin has such numbers read as zero.
#include "fixture.h"
#include "state_store.h"

#include <float.h>
#include <lv2/core/lv2.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifdef __SSE2__
#include <xmmintrin.h>
#endif

#define RATE_HZ      48000.0
#define DEAREST      1.5 // silence over signal, by time
#define LEAST_COSTLY 0.2 // of a microsecond a block: shorter than that nobody can tell
#define DYING_S      1.0

enum { BLOCK = 64, SETTLE = 16384, SILENT_S = 4, REPEATS = 40, ROUNDS = 4, STRETCH = 32 };

// --- The caller's state ---

#ifdef __x86_64__

// What a program can set: SSE's control and status, and the x87's control word.
struct arithmetic {
    unsigned sse;
    unsigned short x87;
};

static struct arithmetic get_arithmetic(void) {
    struct arithmetic arithmetic = {.sse = _mm_getcsr()};
    __asm__ volatile("fnstcw %0" : "=m"(arithmetic.x87));
    return arithmetic;
}

static void set_arithmetic(struct arithmetic arithmetic) {
    _mm_setcsr(arithmetic.sse);
    __asm__ volatile("fldcw %0" : : "m"(arithmetic.x87));
}

enum { SSE_FLAGS = 0x3f };

enum life { LIFE_MAKE, LIFE_CONNECT, LIFE_ACTIVATE, LIFE_RUN, LIFE_DEACTIVATE, LIFE_FREE, LIVES };

static const char *const life_names[LIVES] = {"instantiate", "connect_port", "activate",
                                              "run",         "deactivate",   "cleanup"};

static const struct arithmetic modes[] = {
    {0x1f80, 0x37f}, // as a process begins
    {0x9fc0, 0x37f}, // flush to zero, denormals are zero
    {0x5f80, 0xb7f}, // towards plus infinity
    {0x3fa5, 0x27f}, // towards minus infinity, some flags raised; doubles on the x87
};

enum { MODES = sizeof modes / sizeof *modes };

// run() leaves the flags, too: it is in the middle of the host's own work.
static void expect_kept(const char *what, bool is_run, struct arithmetic before,
                        struct arithmetic after) {
    const unsigned ignored = is_run ? 0 : SSE_FLAGS;
    if ((after.sse | ignored) != (before.sse | ignored) || after.x87 != before.x87)
        fail_msg("%s turns %x %x into %x %x", what, before.sse, before.x87, after.sse, after.x87);
}

// One instance from the beginning to the end, in the arithmetic given; what each call leaves.
static void live(struct arithmetic before, struct arithmetic after[LIVES]) {
    const struct arithmetic mine = get_arithmetic();
    struct plugin_host *host = fixture_open(RATE_HZ);
    const LilvPlugin *plugin = plugin_host_plugin(fixture_uri());
    static const LV2_Feature *const none[] = {NULL};
    LilvInstance *instance = NULL;
    static float memory[TRACKS_MAX * 2][BLOCK];
    for (enum life life = LIFE_MAKE; life < LIVES; life++) {
        set_arithmetic(before);
        if (life == LIFE_MAKE)
            instance = lilv_plugin_instantiate(plugin, RATE_HZ, none);
        else if (life == LIFE_CONNECT)
            for (uint32_t i = 0; i < plugin_host_port_count(host); i++)
                lilv_instance_connect_port(
                    instance, i, plugin_host_port(host, i)->audio ? memory[i % 16] : NULL);
        else if (life == LIFE_ACTIVATE)
            lilv_instance_activate(instance);
        else if (life == LIFE_RUN)
            lilv_instance_run(instance, BLOCK);
        else if (life == LIFE_DEACTIVATE)
            lilv_instance_deactivate(instance);
        else
            lilv_instance_free(instance);
        after[life] = get_arithmetic();
    }
    set_arithmetic(mine);
    plugin_host_close(host);
}

static void every_call_keeps(struct arithmetic before) {
    struct arithmetic after[LIVES];
    live(before, after);
    for (enum life life = LIFE_MAKE; life < LIVES; life++)
        expect_kept(life_names[life], life == LIFE_RUN, before, after[life]);
}

// Blocks of one sample over and over, or of none.
static void run_kept(struct plugin_host *host, const char *what, struct arithmetic before,
                     float sample, double seconds) {
    static float sound[BLOCK];
    const struct arithmetic mine = get_arithmetic();
    for (size_t i = 0; i < BLOCK; i++)
        sound[i] = i % 3 ? sample : -0.7F;
    for (unsigned n = 0; n < plugin_host_audio_count(host, true); n++)
        plugin_host_connect_port(host, plugin_host_audio_port(host, true, n), sound);
    const double frames = seconds * plugin_host_rate_hz(host);
    for (double done = 0; done <= frames; done += BLOCK) {
        set_arithmetic(before);
        lilv_instance_run(plugin_host_instance(host), seconds > 0 ? BLOCK : 0);
        const struct arithmetic after = get_arithmetic();
        set_arithmetic(mine);
        expect_kept(what, true, before, after);
    }
}

static void state_kept(struct plugin_host *host, struct arithmetic before) {
    struct state_store store;
    const struct arithmetic mine = get_arithmetic();
    if (!state_interface(plugin_host_instance(host)))
        return;
    set_arithmetic(before);
    state_save(plugin_host_instance(host), &store);
    const struct arithmetic saved = get_arithmetic();
    set_arithmetic(before);
    state_restore(plugin_host_instance(host), &store);
    const struct arithmetic restored = get_arithmetic();
    set_arithmetic(mine);
    expect_kept("save", false, before, saved);
    expect_kept("restore", false, before, restored);
}

static void change_a_choice(struct plugin_host *host, struct splitmix *random) {
    const struct plugin_host_port *port;
    do
        port = automation_port(host, random);
    while (!port->whole || port->fixed || port->trigger);
    plugin_host_set(host, port->symbol, automation_value(port, random));
}

// A session of any sound, through a change and into bypass.
static void a_session_keeps(struct plugin_host *host, const struct scene *scene,
                            struct arithmetic before, struct splitmix *random) {
    scene_start(host, scene);
    plugin_host_reconnect(host);
    lilv_instance_activate(plugin_host_instance(host));
    run_kept(host, "run, no frames at first,", before, 0, 0);
    run_kept(host, "run", before, 0.9F, 0.02);
    run_kept(host, "run, of silence,", before, 0, 0.02);
    run_kept(host, "run, of denormals,", before, 1e-41F, 0.02);
    run_kept(host, "run, of NaN,", before, NAN, 0.02);
    run_kept(host, "run, of 1e30,", before, 1e30F, 0.02);
    change_a_choice(host, random);
    run_kept(host, "run, through a change,", before, 0.9F, 0.3);
    plugin_host_set(host, plugin_host_designated(host, LV2_CORE__enabled)->symbol, 0);
    run_kept(host, "run, in bypass,", before, 0.9F, 0.1);
    run_kept(host, "run, no frames,", before, 0, 0);
    state_kept(host, before);
    lilv_instance_deactivate(plugin_host_instance(host));
}

static void the_callers_arithmetic_stays(void **state) {
    (void)state;
    struct splitmix random = {22};
    for (size_t i = 0; i < MODES; i++)
        every_call_keeps(modes[i]);
    for (struct fixture_cell cell = fixture_grid(); fixture_next(&cell);)
        a_session_keeps(cell.host, cell.scene, modes[cell.number % MODES], &random);
}

#else

static void the_callers_arithmetic_stays(void **state) {
    (void)state;
    skip();
}

#endif

// --- Denormals ---

#ifdef __SSE2__

static void trap_denormals(bool on) {
    const unsigned control = _mm_getcsr() & ~(unsigned)_MM_EXCEPT_DENORM;
    _mm_setcsr(on ? control & ~(unsigned)_MM_MASK_DENORM : control | _MM_MASK_DENORM);
}

// Only around run(): what the test computes may well be denormal.
static void play_trapped(struct plugin_host *host, const struct tracks *in, size_t from,
                         size_t frames) {
    struct tracks out = fixture_outputs(host, in->frames);
    LilvInstance *instance = plugin_host_instance(host);
    for (size_t done = 0; done < frames; done += BLOCK) {
        for (int input = 0; input < 2; input++)
            for (unsigned n = 0; n < plugin_host_audio_count(host, input); n++)
                plugin_host_connect_port(host, plugin_host_audio_port(host, input, n),
                                         (input ? in : &out)->channel[n] + from + done);
        trap_denormals(true);
        lilv_instance_run(instance, BLOCK);
        trap_denormals(false);
    }
    tracks_free(&out);
}

// A sound, then nothing until the slowest resonance has died away; or next to nothing, which is
// denormal itself.
static void check_denormals(struct plugin_host *host, const struct scene *scene, float rest) {
    struct tracks in = fixture_inputs(host, SETTLE);
    scene_start(host, scene);
    lilv_instance_activate(plugin_host_instance(host));
    tracks_add_noise(&in, 0.5, 20);
    play_trapped(host, &in, 0, SETTLE);
    for (unsigned c = 0; c < in.channels; c++)
        for (size_t i = 0; i < SETTLE; i++)
            in.channel[c][i] = i % 2 ? rest : -rest;
    for (size_t done = 0; done < (size_t)(SILENT_S * RATE_HZ); done += SETTLE)
        play_trapped(host, &in, 0, SETTLE);
    lilv_instance_deactivate(plugin_host_instance(host));
    tracks_free(&in);
}

static void no_denormal_is_computed_with(void **state) {
    (void)state;
    struct plugin_host *host = fixture_open(RATE_HZ);
    struct scene scenes[SCENES_MAX];
    const size_t count = scenes_of(host, scenes);
    plugin_host_reconnect(host);
    // Of many scenes each in one of its modes.
    for (size_t i = 0; i < count; i++)
        if (fixture_is_whole(count) || i % 3 == i / 3 % 3)
            for (int denormal = 0; denormal < 2; denormal++)
                check_denormals(host, &scenes[i], denormal ? 1e-41F : 0);
    plugin_host_close(host);
}

#else

static void no_denormal_is_computed_with(void **state) {
    (void)state;
    skip();
}

#endif

// --- Time ---

static double now_s(void) {
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

// Seconds of the fastest of some stretches of the same: what is more is the machine's.
static double least_time_s(struct plugin_host *host, const struct tracks *in) {
    struct tracks out = fixture_outputs(host, in->frames);
    double least = INFINITY;
    for (int i = 0; i < REPEATS; i++) {
        const double start = now_s();
        plugin_host_play(host, in, &out, 0, in->frames, BLOCK);
        least = fmin(least, now_s() - start);
    }
    tracks_free(&out);
    return least;
}

struct stretches {
    struct tracks sound, silence, out;
};

// The silence is that after a sound, when what could become small has.
static double silence_to_sound(struct plugin_host *host, const struct scene *scene,
                               struct stretches *stretches) {
    scene_start(host, scene);
    const double sound_s = least_time_s(host, &stretches->sound);
    for (double at = 0; at < DYING_S * RATE_HZ; at += (double)STRETCH * BLOCK)
        fixture_play(host, &stretches->silence, &stretches->out, BLOCK);
    const double silence_s = least_time_s(host, &stretches->silence);
    const double floor_s = LEAST_COSTLY * 1e-6 * STRETCH;
    return (silence_s - floor_s) / sound_s;
}

// Other programs may slow one of both down, but not in every round.
static double least_ratio(struct plugin_host *host, const struct scene *scene,
                          struct stretches *stretches) {
    double least = INFINITY;
    for (int round = 0; round < ROUNDS && !(least <= DEAREST); round++)
        least = fmin(least, silence_to_sound(host, scene, stretches));
    return least;
}

static void silence_costs_no_more_than_signal(void **state) {
    (void)state;
    struct plugin_host *host = fixture_open(RATE_HZ);
    struct stretches stretches = {
        .sound = fixture_inputs(host, (size_t)STRETCH * BLOCK),
        .silence = fixture_inputs(host, (size_t)STRETCH * BLOCK),
        .out = fixture_outputs(host, (size_t)STRETCH * BLOCK),
    };
    struct scene scenes[SCENES_MAX];
    const size_t count = scenes_of(host, scenes);
    double worst = 0;
    tracks_add_noise(&stretches.sound, 0.5, 21);
    for (size_t i = 0; i < count; i++) {
        const double ratio = least_ratio(host, &scenes[i], &stretches);
        worst = fmax(worst, ratio);
        if (!(ratio <= DEAREST))
            fail_msg("silence takes %.2f times as long: %s", ratio, scene_text(&scenes[i]));
    }
    print_message("silence takes %.2f times as long as signal at most\n", worst);
    tracks_free(&stretches.sound);
    tracks_free(&stretches.silence);
    tracks_free(&stretches.out);
    plugin_host_close(host);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_callers_arithmetic_stays),
        cmocka_unit_test(no_denormal_is_computed_with),
        cmocka_unit_test(silence_costs_no_more_than_signal),
    };
    return fixture_run(tests);
}
