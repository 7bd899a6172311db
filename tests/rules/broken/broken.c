// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Plugins that are broken on purpose, to prove that the tests which run over every plugin can fail:
// each breaks what faults.py says, and nothing else. Without a fault this is a small honest plugin:
// a level, a choice of voices, a button that counts, a bypass, a latency that depends on the
// quality, and a filter that remembers.
#define _GNU_SOURCE // syscall
#include "denormals.h"
#include "faults.h"

#include <fcntl.h>
#include <lv2/atom/atom.h>
#include <lv2/core/lv2.h>
#include <lv2/options/options.h>
#include <lv2/state/state.h>
#include <lv2/urid/urid.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define URI_PREFIX  "urn:loadline:broken:"
#define MARKS_URI   "urn:loadline:broken#marks"
#define SAFETY_STOP 4.0F
#define INSANE      1e4F
#define LOUD        50.0F
#define FADE_S      0.020
#define GLIDE_S     0.050
#define FORGETTING  0.99F
#define ECHO        0.05F
#define HISS        2.5e-4F
#define HELD_S      0.200

enum {
    PORT_IN,
    PORT_OUT = 2,
    PORT_ENABLED = 4,
    PORT_LEVEL,
    PORT_VOICE,
    PORT_MARK,
    PORT_QUALITY,
    PORT_LATENCY,
    PORT_OVERLOAD,
    PORT_PEAK,
    PORT_MARKS,
    PORT_COUNT,
};

enum {
    LATENCY = 32,
    LATENCY_HIGH = 64,
    PAST = 128,
    BANK = 32,
    HELD = 9600,
    LONG_BLOCK = 1024,
    MANY_FRAMES = 500000,
    MANY_MOVES = 300,
    SOME_MOVES = 30,
};

struct glide {
    double from, to;
    int left, length;
};

struct broken {
    enum fault fault;
    double rate_hz;
    float *port[PORT_COUNT];

    float past[2][PAST], raw_past[2][PAST];
    unsigned now;
    float memory[2], bank[BANK];
    struct glide level, voice, wet, tap;
    bool fresh, overload;
    float peak;
    int frames_played, moves;
    int moves_played, frames_at_rest; // since it was activated, since anything moved
    int voice_waits;                  // frames

    bool mark_was_up;
    int marks;

    bool soft, dead, has_been_loud, was_saved;
    int voice_held, voices_held;
    pthread_t born_in;
    LV2_URID marks_key, integer;
};

static void *volatile kept;
static volatile int kept_file;

static bool has(const struct broken *broken, enum fault fault) {
    return broken->fault == fault;
}

static void crash(void) {
    raise(SIGSEGV);
}

static void allocate(void) {
    kept = malloc(1);
    free(kept);
}

// --- Controls ---

static double control(const struct broken *broken, int index, double low, double preset,
                      double high) {
    const float *port = broken->port[index];
    if (!port)
        return has(broken, FAULT_MISSING_CONTROL_IS_ZERO) ? 0 : preset;
    if (has(broken, FAULT_NAN_CONTROL_IS_MINIMUM) && isnan(*port))
        return low;
    if (has(broken, FAULT_ALLOCATES_FOR_A_BAD_CONTROL) && !isfinite(*port))
        allocate();
    if (!isfinite(*port))
        return preset;
    if (has(broken, FAULT_NO_CLAMP))
        return fmax(*port, low);
    return fmin(fmax(*port, low), high);
}

static bool is_on(const struct broken *broken, int index, double preset) {
    return control(broken, index, 0, preset, 1) >= 0.5;
}

static double glide_value(const struct glide *glide) {
    const double x = glide->length > 0 ? fmax(1 - (double)glide->left / glide->length, 0) : 1;
    return glide->left == 0 ? glide->to
                            : glide->from + (glide->to - glide->from) * x * x * (3 - 2 * x);
}

static void glide_aim(struct glide *glide, double to, int length) {
    if (to == glide->to)
        return;
    *glide = (struct glide){glide_value(glide), to, length, length};
}

static double glide_next(struct glide *glide) {
    if (glide->left > 0)
        glide->left--;
    return glide_value(glide);
}

static int frames_of(const struct broken *broken, double seconds) {
    return broken->fresh ? 0 : (int)(seconds * broken->rate_hz);
}

static void read_mark(struct broken *broken) {
    const bool up = is_on(broken, PORT_MARK, 0);
    const bool was_up =
        broken->fresh ? !has(broken, FAULT_ACTS_WHEN_ACTIVATED) && up : broken->mark_was_up;
    const bool acts = has(broken, FAULT_ACTS_WHILE_UP)      ? up
                      : has(broken, FAULT_ACTS_WHEN_LET_GO) ? up != was_up
                                                            : up && !was_up;
    broken->marks += acts ? 1 : 0;
    broken->mark_was_up = up;
}

// Work for a choice that has come into force, as long as nothing else was ever moved.
static void prepare_voice(struct broken *broken, double voice, uint32_t frames) {
    const int held = broken->voice_held;
    const bool plain = broken->fresh || broken->level.left + broken->level.length == 0;
    broken->voice_held = voice == broken->voice.to ? held + (int)frames : 0;
    if (held >= HELD || broken->voice_held < HELD)
        return;
    if (++broken->voices_held > 3 && plain && has(broken, FAULT_ALLOCATES_FOR_A_CHOICE))
        allocate();
    if (broken->voices_held > 1 && broken->tap.to > 0 &&
        has(broken, FAULT_ALLOCATES_FOR_A_CHOICE_IN_HIGH_QUALITY))
        allocate();
}

static void burst(void) {
    volatile double waste = 2;
    for (int i = 0; i < 20000; i++)
        waste = sqrt(waste + 1);
}

static void read_voice(struct broken *broken, uint32_t frames) {
    const double voice = rint(control(broken, PORT_VOICE, 0, 0, 2));
    const bool hard = has(broken, FAULT_HARD_CHOICE) || has(broken, FAULT_HARD_CHOICE_UNDER_NOISE);
    const bool moves = voice != broken->voice.to;
    prepare_voice(broken, voice, frames);
    if (moves && has(broken, FAULT_DEAR_CHOICE))
        burst();
    broken->voice_waits = moves ? broken->voice_waits + (int)frames : 0;
    if (has(broken, FAULT_CHOICE_WAITS_FOR_A_BLOCK) &&
        broken->voice_waits < frames_of(broken, HELD_S))
        return;
    glide_aim(&broken->voice, voice, hard ? 0 : frames_of(broken, GLIDE_S));
    if (moves && has(broken, FAULT_BYPASS_CUTS_A_CROSSFADE))
        broken->voice.left += frames_of(broken, HELD_S);
}

// A choice that is fading in is in force at once, where it should not be.
static void cut_crossfade(struct broken *broken, double level, bool enabled) {
    const bool fades = broken->voice.left <= broken->voice.length;
    if ((has(broken, FAULT_LEVEL_CUTS_A_CROSSFADE) && level != broken->level.to) ||
        (has(broken, FAULT_BYPASS_CUTS_A_CROSSFADE) && fades && enabled != (broken->wet.to > 0)))
        broken->voice.left = 0;
}

static void count_moves(struct broken *broken, double level, uint32_t frames) {
    const bool level_moves = level != broken->level.to;
    const bool rests = !level_moves && broken->level.left + broken->voice.left == 0 &&
                       broken->wet.left + broken->tap.left == 0;
    broken->moves += level_moves;
    broken->moves_played += level_moves;
    broken->frames_at_rest = rests ? broken->frames_at_rest + (int)frames : 0;
}

static void read_controls(struct broken *broken, uint32_t frames) {
    const double level = pow(10, control(broken, PORT_LEVEL, -20, -6, 20) / 20);
    const bool enabled = is_on(broken, PORT_ENABLED, 1);
    const bool high = is_on(broken, PORT_QUALITY, 0);
    read_mark(broken);
    read_voice(broken, frames);
    count_moves(broken, level, frames);
    cut_crossfade(broken, level, enabled);
    glide_aim(&broken->level, level, has(broken, FAULT_ZIPPER) ? 0 : frames_of(broken, GLIDE_S));
    glide_aim(&broken->wet, enabled ? 1 : 0,
              has(broken, FAULT_HARD_BYPASS) ? 0 : frames_of(broken, FADE_S));
    glide_aim(&broken->tap, high ? 1 : 0, frames_of(broken, FADE_S));
    if (broken->fresh && high && has(broken, FAULT_ALLOCATES_IN_HIGH_QUALITY))
        allocate();
}

// --- Sound ---

static float ago(const struct broken *broken, const float past[PAST], int frames) {
    return past[(broken->now + PAST - (unsigned)frames) % PAST];
}

static float delayed(const struct broken *broken, const float past[PAST], float tap, int more) {
    const float early = ago(broken, past, LATENCY + more);
    const float late = ago(broken, past, LATENCY_HIGH + more);
    return tap <= 0 ? early : tap >= 1 ? late : early + tap * (late - early);
}

static float sane(float x) {
    return fabsf(x) <= INSANE ? x : 0;
}

static bool latches(const struct broken *broken) {
    return has(broken, FAULT_NAN_LATCHES) ||
           (has(broken, FAULT_NAN_LATCHES_AT_A_HIGH_RATE) && broken->rate_hz > 100e3);
}

// What the filter hears of an input.
static float filtered(struct broken *broken, int channel, float raw) {
    float x = sane(raw);
    if (latches(broken) || has(broken, FAULT_NAN_PASSES) ||
        (has(broken, FAULT_NAN_PASSES_A_CROSSFADE) && broken->voice.left > 0))
        x = raw;
    if (fabsf(x) > LOUD)
        broken->has_been_loud = true;
    const float kept_share = has(broken, FAULT_COMPUTES_WITH_DENORMALS) ? 0.4F : FORGETTING;
    broken->memory[channel] = kept_share * broken->memory[channel] + x;
    return broken->memory[channel];
}

static float stop(struct broken *broken, float y) {
    const bool in_corner = broken->level.to >= 10 && broken->voice.to >= 2;
    const bool has_settled = broken->voice.to > 0 && broken->moves_played > SOME_MOVES &&
                             broken->frames_at_rest > frames_of(broken, HELD_S);
    if ((has(broken, FAULT_RUNS_AWAY_IN_A_CORNER) && in_corner) ||
        (has(broken, FAULT_RUNS_AWAY_ONCE_SETTLED) && has_settled))
        return 100 * y;
    if (has(broken, FAULT_HAS_NO_STOP))
        return y;
    if (latches(broken) && !isfinite(y))
        return 0;
    if (fabsf(y) > SAFETY_STOP)
        broken->overload = true;
    return y > SAFETY_STOP ? SAFETY_STOP : y < -SAFETY_STOP ? -SAFETY_STOP : y;
}

struct frame {
    float level, wet, tap;
};

static struct frame next_frame(struct broken *broken, uint32_t frames) {
    struct frame frame = {.wet = (float)glide_next(&broken->wet),
                          .tap = (float)glide_next(&broken->tap)};
    const double voice = glide_next(&broken->voice);
    frame.level = (float)(glide_next(&broken->level) * (1 - 0.4 * voice));
    if (has(broken, FAULT_BLOCK_PARITY_HEARD) && frames % 2)
        frame.level *= 1.000001F;
    if (broken->soft || (has(broken, FAULT_REMEMBERS_LOUDNESS) && broken->has_been_loud))
        frame.level *= 0.9F;
    if (has(broken, FAULT_WEARS_OUT) && broken->moves > MANY_MOVES)
        frame.level *= 0.999F;
    if (has(broken, FAULT_BYPASS_NEVER_ARRIVES) && broken->wet.length > 0)
        frame.wet = fmaxf(frame.wet, 1e-6F);
    broken->now = (broken->now + 1) % PAST;
    return frame;
}

// In the voices that hiss.
static float hiss(const struct broken *broken) {
    const uint32_t noise = ((uint32_t)broken->frames_played * 2654435761U) >> 8;
    return broken->voice.to > 0 ? HISS * ((float)noise / 8388608.0F - 1) : 0;
}

static float play_sample(struct broken *broken, const struct frame *frame, int channel, float raw) {
    float *past = broken->past[channel];
    float *raw_past = broken->raw_past[channel];
    past[broken->now] = sane(raw);
    raw_past[broken->now] = raw;
    const bool is_raw = has(broken, FAULT_NAN_PASSES_THE_BYPASS) ||
                        (has(broken, FAULT_NAN_PASSES_A_HIGH_BYPASS) && broken->tap.to > 0);
    float dry = delayed(broken, is_raw ? raw_past : past, frame->tap, 0);
    if (has(broken, FAULT_BYPASS_HAS_NO_LATENCY))
        dry = sane(raw);
    if (has(broken, FAULT_BYPASS_BEGINS_WITH_A_HISS) && broken->frames_played < LATENCY)
        dry += 1e-30F;
    const float echo = ECHO * filtered(broken, channel, raw);
    const float late = delayed(broken, past, frame->tap, has(broken, FAULT_ONE_FRAME_LATE));
    float wet = stop(broken, frame->level * (late + echo));
    if (has(broken, FAULT_HARD_CHOICE_UNDER_NOISE))
        wet += hiss(broken);
    return frame->wet <= 0 ? dry : frame->wet >= 1 ? wet : dry + frame->wet * (wet - dry);
}

static float read_input(const struct broken *broken, int channel, uint32_t i) {
    const float *port = broken->port[PORT_IN + channel];
    if (!port && channel == 1 && has(broken, FAULT_MISSING_INPUT_IS_THE_OTHER))
        port = broken->port[PORT_IN];
    if (!broken->port[PORT_OUT + 1] && has(broken, FAULT_MISSING_OUTPUT_REPEATS_LONG_BLOCKS))
        i %= LONG_BLOCK;
    return port ? port[i] : 0;
}

static void write_output(struct broken *broken, int channel, uint32_t i, float y) {
    if (broken->dead || (!broken->port[PORT_PEAK] && has(broken, FAULT_MISSING_METER_MUTES)))
        y = 0;
    broken->peak = fmaxf(broken->peak, fabsf(y));
    if (broken->port[PORT_OUT + channel])
        broken->port[PORT_OUT + channel][i] = y;
}

// Filters that never reach zero: 0.99 of the least numbers rounds up again.
static void ring(struct broken *broken, float x) {
    for (int i = 0; i < BANK; i++)
        broken->bank[i] = FORGETTING * broken->bank[i] + x;
}

static void waste_time(struct broken *broken, float x) {
    if (has(broken, FAULT_STUCK_IN_DENORMALS))
        ring(broken, x);
    volatile double waste = 2;
    if (x == 0 && has(broken, FAULT_SILENCE_IS_DEAR))
        for (int i = 0; i < 30; i++)
            waste = sqrt(waste + 1);
}

static void play(struct broken *broken, uint32_t frames) {
    for (uint32_t i = 0; i < frames; i++) {
        const struct frame frame = next_frame(broken, frames);
        float x[2] = {read_input(broken, 0, i), read_input(broken, 1, i)};
        waste_time(broken, x[0]);
        if (!isfinite(x[0]) && has(broken, FAULT_ALLOCATES_FOR_BAD_INPUT))
            allocate();
        write_output(broken, 0, i, play_sample(broken, &frame, 0, x[0]));
        if (has(broken, FAULT_WRITES_BEFORE_READING))
            x[1] = read_input(broken, 1, i);
        write_output(broken, 1, i, play_sample(broken, &frame, 1, x[1]));
        broken->frames_played++;
    }
}

// --- Meters ---

static void show(const struct broken *broken, int index, float value) {
    if (broken->port[index])
        *broken->port[index] = value;
}

static float peak_db(const struct broken *broken) {
    const float db = 20 * log10f(broken->peak);
    if (has(broken, FAULT_METER_OF_SILENCE_IS_INFINITE))
        return fminf(db, 20);
    return fminf(fmaxf(db, -120), 20);
}

static bool has_bad_level(const struct broken *broken) {
    return !broken->port[PORT_LEVEL] || isnan(*broken->port[PORT_LEVEL]);
}

static void show_meters(const struct broken *broken) {
    int latency = broken->tap.to > 0 ? LATENCY_HIGH : LATENCY;
    if (has(broken, FAULT_VOICE_MOVES_THE_LATENCY) && broken->voice.to > 1)
        latency--;
    if (has(broken, FAULT_VOICE_MOVES_A_HIGH_LATENCY) && broken->voice.to > 1 && broken->tap.to > 0)
        latency--;
    show(broken, PORT_LATENCY, (float)latency);
    show(broken, PORT_OVERLOAD, broken->overload ? 1 : 0);
    show(broken, PORT_PEAK, peak_db(broken));
    if (has(broken, FAULT_BAD_LEVEL_MOVES_A_METER) && has_bad_level(broken))
        show(broken, PORT_PEAK, 0);
    show(broken, PORT_MARKS, (float)broken->marks);
}

// --- What run() may not do ---

// Harmless where it is allowed.
static void touch(volatile float *x) {
    const float value = *x;
    *x = value;
}

static void touch_neighbours(const struct broken *broken, uint32_t frames) {
    volatile float *out = broken->port[PORT_OUT];
    volatile float *in = broken->port[PORT_IN];
    volatile float *level = broken->port[PORT_LEVEL];
    if (has(broken, FAULT_WRITES_BEYOND_THE_END) && out)
        touch(&out[frames]);
    if (has(broken, FAULT_READS_BEYOND_THE_END) && in)
        (void)in[frames];
    if (has(broken, FAULT_WRITES_TO_A_CONTROL) && level)
        touch(level);
    if (has(broken, FAULT_NEEDS_AN_OUTPUT) && !out && !broken->port[PORT_OUT + 1])
        crash();
}

static void misbehave(struct broken *broken, uint32_t frames) {
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    char text[16];
    struct timespec time;
    const bool is_late = broken->frames_played > MANY_FRAMES;
    if (has(broken, FAULT_ALLOCATES) || (has(broken, FAULT_ALLOCATES_AFTER_A_WHILE) && is_late) ||
        (has(broken, FAULT_ALLOCATES_FOR_LONG_BLOCKS) && frames > LONG_BLOCK))
        allocate();
    if (has(broken, FAULT_LOCKS)) {
        pthread_mutex_lock(&mutex);
        pthread_mutex_unlock(&mutex);
    }
    if (has(broken, FAULT_OPENS_A_FILE))
        close(open("/dev/null", O_RDONLY));
    if (has(broken, FAULT_FORMATS_TEXT))
        snprintf(text, sizeof text, "%u", frames);
    if (has(broken, FAULT_ASKS_THE_TIME))
        clock_gettime(CLOCK_MONOTONIC, &time);
    if (has(broken, FAULT_CALLS_THE_SYSTEM))
        syscall(SYS_getpid);
    if (has(broken, FAULT_WRITES) && write(STDERR_FILENO, "", 0) != 0)
        broken->dead = true;
}

// Memory of a thread is allocated at its first use, unless it is there from the beginning.
static bool is_interrupted(const struct broken *broken) {
    static _Thread_local const struct broken *last_run __attribute__((tls_model("initial-exec")));
    if (!has(broken, FAULT_KNOWS_THE_LAST_INSTANCE))
        return false;
    const bool other = last_run && last_run != broken;
    last_run = broken;
    return other;
}

static void forget_for_neighbours(struct broken *broken) {
    const bool strange = !pthread_equal(broken->born_in, pthread_self());
    if (is_interrupted(broken) || (strange && has(broken, FAULT_KNOWS_ITS_THREAD)) ||
        (strange && has(broken, FAULT_SAVING_IS_HEARD_IN_THREADS) && broken->was_saved))
        memset(broken->memory, 0, sizeof broken->memory);
}

static void leave_arithmetic(const struct broken *broken, unsigned before, uint32_t frames) {
    static const unsigned short double_precision = 0x27f;
    denormals_restore(before);
    if (has(broken, FAULT_LEAVES_FLUSH_TO_ZERO) ||
        (has(broken, FAULT_LEAVES_FLUSH_TO_ZERO_ON_NO_FRAMES) && frames == 0) ||
        (has(broken, FAULT_LEAVES_FLUSH_TO_ZERO_IN_BYPASS) && broken->wet.to == 0))
        denormals_off();
    if (has(broken, FAULT_RAISES_FLAGS))
        denormals_restore(before | 0x20);
#ifdef __x86_64__
    if (has(broken, FAULT_LEAVES_X87_PRECISION))
        __asm__ volatile("fldcw %0" : : "m"(double_precision));
#endif
}

static bool keeps_denormals(const struct broken *broken) {
    return has(broken, FAULT_COMPUTES_WITH_DENORMALS) || has(broken, FAULT_STUCK_IN_DENORMALS);
}

static void run_within(struct broken *broken, uint32_t frames) {
    misbehave(broken, frames);
    touch_neighbours(broken, frames);
    forget_for_neighbours(broken);
    if (has(broken, FAULT_MISSING_OUTPUT_STOPS_TIME) && !broken->port[PORT_OUT + 1])
        return;
    if (has(broken, FAULT_NO_FRAMES_NO_LATENCY) && frames == 0)
        return;
    if (has(broken, FAULT_METER_OF_LAST_BLOCK))
        broken->peak = 0;
    read_controls(broken, frames);
    broken->fresh = false;
    play(broken, frames);
    show_meters(broken);
}

// --- LV2 ---

static LV2_State_Status save(LV2_Handle instance, LV2_State_Store_Function store,
                             LV2_State_Handle handle, uint32_t flags,
                             const LV2_Feature *const *features) {
    (void)flags;
    (void)features;
    struct broken *broken = instance;
    const int32_t marks = has(broken, FAULT_FORGETS_ITS_STATE) ? 0 : broken->marks;
    if (has(broken, FAULT_SAVES_WITH_FLUSH_TO_ZERO))
        denormals_off();
    broken->was_saved = true;
    if (!broken->integer)
        return LV2_STATE_ERR_NO_FEATURE;
    return store(handle, broken->marks_key, &marks, sizeof marks, broken->integer,
                 LV2_STATE_IS_POD | LV2_STATE_IS_PORTABLE);
}

static LV2_State_Status restore(LV2_Handle instance, LV2_State_Retrieve_Function retrieve,
                                LV2_State_Handle handle, uint32_t flags,
                                const LV2_Feature *const *features) {
    (void)features;
    struct broken *broken = instance;
    size_t size = 0;
    uint32_t type = 0;
    if (!broken->integer)
        return LV2_STATE_ERR_NO_FEATURE;
    const int32_t *marks = retrieve(handle, broken->marks_key, &size, &type, &flags);
    if (!marks || size != sizeof *marks || type != broken->integer)
        return LV2_STATE_ERR_NO_PROPERTY;
    broken->marks = *marks;
    return LV2_STATE_SUCCESS;
}

static const void *extension_data(const char *uri) {
    static const LV2_State_Interface state = {save, restore};
    return strcmp(uri, LV2_STATE__interface) == 0 ? &state : NULL;
}

static const void *any_extension_data(const char *uri) {
    return strncmp(uri, "urn:", 4) == 0 ? "anything" : extension_data(uri);
}

static void read_features(struct broken *broken, const LV2_Feature *const *features) {
    for (; features && *features; features++) {
        if (strcmp((*features)->URI, LV2_URID__map) == 0) {
            const LV2_URID_Map *map = (*features)->data;
            broken->marks_key = map->map(map->handle, MARKS_URI);
            broken->integer = map->map(map->handle, LV2_ATOM__Int);
        }
        if (strcmp((*features)->URI, LV2_OPTIONS__options) == 0)
            broken->soft = has(broken, FAULT_OBEYS_A_FEATURE);
    }
}

static enum fault fault_of(const LV2_Descriptor *descriptor);
static pthread_t loaded_in;

static LV2_Handle instantiate(const LV2_Descriptor *descriptor, double rate_hz, const char *bundle,
                              const LV2_Feature *const *features) {
    (void)bundle;
    if (fault_of(descriptor) == FAULT_CRASHES_AT_NO_RATE && rate_hz == 0)
        crash();
    if (!(rate_hz >= 1000 && rate_hz <= 1e6))
        return NULL;
    struct broken *broken = calloc(1, sizeof *broken);
    if (!broken)
        return NULL;
    broken->fault = fault_of(descriptor);
    broken->rate_hz = rate_hz;
    broken->born_in = pthread_self();
    broken->dead =
        has(broken, FAULT_LIVES_IN_ITS_FIRST_THREAD) && !pthread_equal(loaded_in, pthread_self());
    broken->fresh = true;
    read_features(broken, features);
    if (has(broken, FAULT_KEEPS_MEMORY))
        kept = malloc(1);
    if (has(broken, FAULT_KEEPS_A_FILE_OPEN))
        kept_file = open("/dev/null", O_RDONLY);
    return broken;
}

static void connect_port(LV2_Handle instance, uint32_t index, void *data) {
    struct broken *broken = instance;
    if (has(broken, FAULT_ALLOCATES_TO_CONNECT))
        allocate();
    if (index < PORT_COUNT)
        broken->port[index] = data;
}

static void activate(LV2_Handle instance) {
    struct broken *broken = instance;
    memset(broken->past, 0, sizeof broken->past);
    memset(broken->raw_past, 0, sizeof broken->raw_past);
    memset(broken->memory, 0, sizeof broken->memory);
    broken->level = broken->voice = broken->wet = broken->tap = (struct glide){0};
    broken->now = 0;
    broken->peak = 0;
    broken->overload = false;
    broken->fresh = true;
    broken->frames_played = 0;
    broken->moves_played = 0;
    broken->frames_at_rest = 0;
    broken->voice_waits = 0;
}

static void run(LV2_Handle instance, uint32_t frames) {
    struct broken *broken = instance;
    const unsigned before = denormals_off();
    if (keeps_denormals(broken))
        denormals_restore(before);
    run_within(broken, frames);
    leave_arithmetic(broken, before, frames);
}

static void deactivate(LV2_Handle instance) {
    struct broken *broken = instance;
    if (has(broken, FAULT_DEACTIVATED_UNUSED_IS_DEAD) && broken->frames_played == 0)
        broken->dead = true;
}

#define DESCRIPTOR(enumerator, name)                                                               \
    {                                                                                              \
        .URI = URI_PREFIX name,                                                                    \
        .instantiate = instantiate,                                                                \
        .connect_port = connect_port,                                                              \
        .activate = activate,                                                                      \
        .run = run,                                                                                \
        .deactivate = deactivate,                                                                  \
        .cleanup = free,                                                                           \
        .extension_data =                                                                          \
            FAULT_##enumerator == FAULT_RETURNS_ANYTHING ? any_extension_data : extension_data,    \
    },
#define ENUMERATOR(enumerator, name) FAULT_##enumerator,

static const LV2_Descriptor descriptors[] = {FAULTS(DESCRIPTOR)};
static const enum fault faults[] = {FAULTS(ENUMERATOR)};

static enum fault fault_of(const LV2_Descriptor *descriptor) {
    return faults[descriptor - descriptors];
}

LV2_SYMBOL_EXPORT const LV2_Descriptor *lv2_descriptor(uint32_t index) {
    loaded_in = pthread_self();
    return index < sizeof descriptors / sizeof *descriptors ? &descriptors[index] : NULL;
}

// --- Faults of the binary ---

#ifdef BINARY_EXPORTING
LV2_SYMBOL_EXPORT void loadline_broken_extra(void);
LV2_SYMBOL_EXPORT void loadline_broken_extra(void) {}
#endif

#ifdef BINARY_MEDDLING
__attribute__((used)) static void meddle(void) {
    setenv("LOADLINE", "broken", 1);
}
#endif
