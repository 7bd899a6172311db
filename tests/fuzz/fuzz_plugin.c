// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// A host's whole session with any of the plugins, at any rate: it sets controls to any bits at all,
// connects and disconnects ports, plays blocks of any length and content, some of them in place,
// activates anew, and saves and restores state, its own or what it has made up.
//
// Whatever it does, each output is finite, and within the safety stop once the plugin is enabled;
// each meter is within its range, and finite before the port's clamp; no path goes astray; inputs
// are only read; and a state that was saved restores.
#include "bundle.h"
#include "chain.h"
#include "comparison.h"
#include "fuzz.h"
#include "loose_state.h"
#include "path.h"
#include "ports.h"
#include "sample.h"
#include "script.h"
#include "splitmix.h"

#include <math.h>
#include <string.h>

enum { BLOCK_MAX = 8192, SESSION_FRAMES_MAX = 1 << 17, NOT_CONNECTED = AUDIO_COUNT };

#define SESSION_S   0.35 // longer than any change takes
#define SETTLED_S   0.02
#define SAFETY_STOP 4.0F
// Bypassed, what comes in goes out; a crossfade makes good for a dip of a half (comparison.h).
#define LOUDEST (2.0F * SAMPLE_LARGEST)

struct session {
    struct script script;
    unsigned index; // of the plugin
    const LV2_Descriptor *descriptor;
    const LV2_State_Interface *state; // NULL if it has none
    LV2_Handle handle;
    struct port_layout layout;
    double rate_hz;

    float control[PORT_COUNT];
    bool is_connected[PORT_COUNT];
    unsigned buffer[AUDIO_COUNT]; // that a port is connected to
    float *audio[AUDIO_COUNT];    // where the block begins in it, or NULL

    uint32_t frames_left;
    bool fresh;            // since activation
    double enabled_frames; // in a row
};

// --- Meters, before a port's clamp takes what is no number for the default ---

const struct chain_meters *__real_chain_meters(const struct chain *chain);
const struct chain_meters *__wrap_chain_meters(const struct chain *chain);
struct comparison_meters __real_comparison_meters(const struct comparison *comparison);
struct comparison_meters __wrap_comparison_meters(const struct comparison *comparison);

const struct chain_meters *__wrap_chain_meters(const struct chain *chain) {
    const struct chain_meters *meters = __real_chain_meters(chain);
    const double *figures = (const double *)meters;
    for (size_t i = 0; i < sizeof *meters / sizeof *figures; i++)
        demand(isfinite(figures[i]));
    return meters;
}

struct comparison_meters __wrap_comparison_meters(const struct comparison *comparison) {
    const struct comparison_meters meters = __real_comparison_meters(comparison);
    demand(isfinite(meters.level_difference_db) && isfinite(meters.null_depth_db));
    return meters;
}

// --- Paths, which a chain would start anew in silence where they went astray ---

void __real_path_process(struct path *path, const float *const in[2], const float *gain,
                         float *const out[2], int frames, struct path_peaks *peaks);
void __wrap_path_process(struct path *path, const float *const in[2], const float *gain,
                         float *const out[2], int frames, struct path_peaks *peaks);

void __wrap_path_process(struct path *path, const float *const in[2], const float *gain,
                         float *const out[2], int frames, struct path_peaks *peaks) {
    __real_path_process(path, in, gain, out, frames, peaks);
    demand(peaks->finite);
}

// --- Chains, of which making one takes longer than a session ---

// Those that there are, and some that there are not.
static const double rates_hz[] = {22050, 32000, 37800,  44056,  44100,  48000,  50000,  64000,
                                  88200, 96000, 150001, 176400, 192000, 250000, 352800, 384000};

enum { RATES = sizeof rates_hz / sizeof *rates_hz };

struct chain *__real_chain_new(double rate_hz);
struct chain *__wrap_chain_new(double rate_hz);
void __wrap_chain_free(struct chain *chain);

// One for each rate, which is reset by activation as that of any instance.
struct chain *__wrap_chain_new(double rate_hz) {
    static struct chain *chains[RATES];
    unsigned i = 0;
    while (rates_hz[i] != rate_hz)
        i++;
    if (!chains[i])
        chains[i] = __real_chain_new(rate_hz);
    return chains[i];
}

void __wrap_chain_free(struct chain *chain) {
    demand(chain != NULL);
}

// --- Ports ---

static void connect_control(struct session *session, unsigned i, bool connects) {
    const enum port_id id = session->layout.control[i];
    session->is_connected[id] = connects;
    session->descriptor->connect_port(session->handle, session->layout.audio_count + i,
                                      connects ? &session->control[id] : NULL);
}

// Somewhere in its range, or any float.
static void set_control(struct session *session) {
    struct script *script = &session->script;
    const enum port_id id =
        session->layout.input[script_choice(script, session->layout.input_count)];
    const double span = port_maximum(id) - ports[id].minimum;
    session->control[id] = script_byte(script) % 4 == 0
                               ? script_float(script)
                               : (float)(ports[id].minimum + span * script_share(script));
}

static double value_of(const struct session *session, enum port_id id) {
    return session->is_connected[id] ? (double)session->control[id] : ports[id].fallback;
}

// The block lies at the buffer's very end, so that who goes beyond it is caught.
static float *block_in(unsigned buffer, uint32_t frames) {
    static float *buffers[AUDIO_COUNT];
    if (buffer == NOT_CONNECTED)
        return NULL;
    if (!buffers[buffer])
        buffers[buffer] = malloc(BLOCK_MAX * sizeof(float));
    demand(buffers[buffer] != NULL);
    return buffers[buffer] + BLOCK_MAX - frames;
}

static void connect_audio(struct session *session, uint32_t frames) {
    for (unsigned i = 0; i < session->layout.audio_count; i++) {
        const enum audio_id id = session->layout.audio[i];
        session->audio[id] = block_in(session->buffer[id], frames);
        session->descriptor->connect_port(session->handle, i, session->audio[id]);
    }
}

static bool is_input(enum audio_id id) {
    return strcmp(audios[id].direction, "Input") == 0;
}

// --- Sound ---

enum sound { SOUND_SILENCE, SOUND_STEADY, SOUND_NOISE, SOUND_BAD, SOUND_BITS, SOUNDS };

static float any_bits(struct splitmix *random) {
    const uint32_t bits = (uint32_t)splitmix_word(random);
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static float sample(enum sound sound, float amplitude, struct splitmix *random) {
    const float noise = amplitude * (float)splitmix_even(random);
    switch (sound) {
    case SOUND_STEADY:
        return amplitude;
    case SOUND_NOISE:
        return noise;
    case SOUND_BAD: // now and then
        return splitmix_word(random) % 64 != 0 ? noise : noise > 0 ? INFINITY : NAN;
    case SOUND_BITS:
        return any_bits(random);
    case SOUND_SILENCE:
    case SOUNDS:
        break;
    }
    return 0;
}

static void fill(struct script *script, float *block, uint32_t frames) {
    const uint8_t how = script_byte(script);
    const enum sound sound = (enum sound)(how % SOUNDS);
    struct splitmix random = {script_byte(script)};
    const float amplitude =
        how / SOUNDS % 4 == 0 ? script_float(script) : (float)(4 * script_share(script));
    for (uint32_t n = 0; n < frames; n++)
        block[n] = sample(sound, amplitude, &random);
}

// Outputs hold what must not stay there.
static void fill_all(struct session *session, uint32_t frames) {
    for (unsigned i = 0; i < session->layout.audio_count; i++)
        for (uint32_t n = 0; n < frames && session->audio[session->layout.audio[i]]; n++)
            session->audio[session->layout.audio[i]][n] = NAN;
    for (unsigned i = 0; i < session->layout.audio_count; i++) {
        const enum audio_id id = session->layout.audio[i];
        if (session->audio[id] && is_input(id))
            fill(&session->script, session->audio[id], frames);
    }
}

// --- What holds after each block ---

static float highest_allowed(const struct session *session) {
    const bool settled = session->enabled_frames >= SETTLED_S * session->rate_hz;
    return settled && session->index != PLUGIN_INDEX_ABX ? SAFETY_STOP : LOUDEST;
}

static void check_outputs(const struct session *session, uint32_t frames) {
    const float highest = highest_allowed(session);
    for (unsigned i = 0; i < session->layout.audio_count; i++) {
        const enum audio_id id = session->layout.audio[i];
        if (session->audio[id] && !is_input(id))
            for (uint32_t n = 0; n < frames; n++)
                demand(fabsf(session->audio[id][n]) <= highest);
    }
}

static void check_controls(const struct session *session, const float before[PORT_COUNT]) {
    for (unsigned i = 0; i < session->layout.control_count; i++) {
        const enum port_id id = session->layout.control[i];
        const float *now = &session->control[id];
        if (session->is_connected[id] && port_is_output(id))
            demand((float)port_clamp(id, (double)*now) == *now);
        else
            demand(memcmp(now, &before[id], sizeof *now) == 0);
    }
}

static bool is_enabled(const struct session *session) {
    return port_clamp(PORT_ENABLED, value_of(session, PORT_ENABLED)) > 0;
}

// Right after activation there is no way from bypass to go.
static void note_bypass(struct session *session) {
    if (!is_enabled(session))
        session->enabled_frames = 0;
    else if (session->fresh)
        session->enabled_frames = SETTLED_S * session->rate_hz;
    session->fresh = false;
}

static void play(struct session *session, uint32_t frames) {
    float before[PORT_COUNT];
    for (unsigned i = 0; i < session->layout.control_count; i++)
        if (port_is_output(session->layout.control[i]))
            session->control[session->layout.control[i]] = NAN;
    memcpy(before, session->control, sizeof before);
    connect_audio(session, frames);
    fill_all(session, frames);
    note_bypass(session);
    session->descriptor->run(session->handle, frames);
    check_outputs(session, frames);
    check_controls(session, before);
    session->enabled_frames += is_enabled(session) ? frames : 0;
    session->frames_left -= frames;
}

// --- State ---

static const enum port_id results[] = {PORT_TRIALS, PORT_CORRECT, PORT_P_VALUE};

enum { RESULT_TRIALS, RESULT_CORRECT, RESULT_P_VALUE, RESULTS };

// With a block of no frames, so that the meters say where the test is.
static void read_results(struct session *session, float values[RESULTS]) {
    for (unsigned i = 0; i < session->layout.control_count; i++)
        connect_control(session, i, true);
    play(session, 0);
    for (unsigned i = 0; i < RESULTS; i++)
        values[i] = session->control[results[i]];
}

static void check_results(struct session *session, const struct loose_counts *counts) {
    float values[RESULTS];
    if (!counts->are_sane)
        return;
    const bool is_done = counts->trials == counts->planned_trials;
    read_results(session, values);
    demand(values[RESULT_TRIALS] == (float)counts->trials);
    demand(values[RESULT_CORRECT] == (float)(is_done ? counts->correct : 0));
    demand((values[RESULT_P_VALUE] > 0) == is_done);
}

// Anything but the plugin's own: taken, or refused for a new test.
static struct loose_counts restore_foreign(struct session *session) {
    struct loose_state state;
    struct loose_counts counts = {0};
    const bool forges = script_byte(&session->script) % 2 == 0;
    if (forges)
        counts = loose_state_forge(&state, &session->script);
    else
        loose_state_invent(&state, &session->script);
    const LV2_State_Status status = loose_state_restore(&state, session->state, session->handle);
    demand(status == LV2_STATE_SUCCESS || status == LV2_STATE_ERR_UNKNOWN);
    demand(!forges || counts.are_sane == (status == LV2_STATE_SUCCESS));
    loose_state_free(&state);
    return counts;
}

// What is saved says the same after it is restored.
static void restore_own(struct session *session) {
    struct loose_state state;
    float before[RESULTS], after[RESULTS];
    read_results(session, before);
    demand(loose_state_save(&state, session->state, session->handle) == LV2_STATE_SUCCESS);
    demand((float)loose_state_trials(&state) == before[RESULT_TRIALS]);
    demand(loose_state_restore(&state, session->state, session->handle) == LV2_STATE_SUCCESS);
    loose_state_free(&state);
    read_results(session, after);
    demand(memcmp(before, after, sizeof before) == 0);
}

// Without a map of URIs there is no state, which is said.
static void check_refusal(const struct session *session) {
    struct loose_state state;
    demand(loose_state_save(&state, session->state, session->handle) == LV2_STATE_ERR_NO_FEATURE);
    demand(loose_state_restore(&state, session->state, session->handle) ==
           LV2_STATE_ERR_NO_FEATURE);
}

// --- The session ---

static void activate_anew(struct session *session) {
    if (session->descriptor->deactivate)
        session->descriptor->deactivate(session->handle);
    session->descriptor->activate(session->handle);
    session->fresh = true;
}

enum act { ACT_SET, ACT_PLAY, ACT_CONTROL, ACT_AUDIO, ACT_ACTIVATE, ACT_RESTORE, ACT_SAVE, ACTS };

static void act(struct session *session) {
    struct script *script = &session->script;
    const struct port_layout *layout = &session->layout;
    switch ((enum act)script_choice(script, ACTS)) {
    case ACT_SET:
        set_control(session);
        break;
    case ACT_PLAY: {
        const uint32_t frames = script_choice(script, BLOCK_MAX + 1);
        play(session, frames < session->frames_left ? frames : session->frames_left);
        break;
    }
    case ACT_CONTROL: {
        const unsigned i = script_choice(script, layout->control_count);
        connect_control(session, i, !session->is_connected[layout->control[i]]);
        break;
    }
    case ACT_AUDIO:
        session->buffer[layout->audio[script_choice(script, layout->audio_count)]] =
            script_byte(script) % 2 ? NOT_CONNECTED : script_choice(script, layout->audio_count);
        break;
    case ACT_ACTIVATE:
        activate_anew(session);
        break;
    case ACT_RESTORE:
        if (session->state) {
            const struct loose_counts counts = restore_foreign(session);
            check_results(session, &counts);
        }
        break;
    case ACT_SAVE:
        if (session->state)
            restore_own(session);
        break;
    case ACTS:
        break;
    }
}

static void instantiate(struct session *session) {
    const LV2_Descriptor *descriptor = session->descriptor;
    const bool maps = script_byte(&session->script) % 8 != 7;
    session->rate_hz = rates_hz[script_choice(&session->script, RATES)];
    session->frames_left = (uint32_t)fmin(SESSION_S * session->rate_hz, SESSION_FRAMES_MAX);
    session->handle =
        descriptor->instantiate(descriptor, session->rate_hz, "", loose_state_features(maps));
    demand(session->handle != NULL);
    if (descriptor->extension_data)
        session->state = descriptor->extension_data(LV2_STATE__interface);
    if (session->state && !maps) {
        check_refusal(session);
        session->state = NULL;
    }
}

static void connect_all(struct session *session) {
    ports_layout((unsigned)plugin_names[session->index].bit, &session->layout);
    for (enum port_id id = 0; id < PORT_COUNT; id++)
        session->control[id] = (float)ports[id].fallback;
    for (unsigned i = 0; i < session->layout.control_count; i++)
        connect_control(session, i, true);
    for (unsigned i = 0; i < session->layout.audio_count; i++)
        session->buffer[session->layout.audio[i]] = i;
}

// Its state as from a file.
static void begin(struct session *session) {
    struct loose_counts counts = {0};
    instantiate(session);
    connect_all(session);
    if (session->state && script_byte(&session->script) % 2)
        counts = restore_foreign(session);
    activate_anew(session);
    check_results(session, &counts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct session session = {.script = {data, size}};
    session.index = script_choice(&session.script, PLUGIN_COUNT);
    session.descriptor = lv2_descriptor(session.index);
    demand(session.descriptor != NULL && lv2_descriptor(PLUGIN_COUNT) == NULL);
    demand(strcmp(session.descriptor->URI + strlen(URI_PREFIX), plugin_names[session.index].name) ==
           0);
    begin(&session);
    while (session.script.left > 0 && session.frames_left > 0)
        act(&session);
    if (session.descriptor->deactivate)
        session.descriptor->deactivate(session.handle);
    session.descriptor->cleanup(session.handle);
    return 0;
}
