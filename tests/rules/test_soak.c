// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// A long evening: anything changes at any time, at any block length and rate, over loud, quiet and
// no sound. All that comes out is sane, a session saved in the middle of it is kept, and back at
// the defaults it is as if nothing had been.
//
// Changes come so fast that what takes effect only after it has stayed for a while never would. So
// now and then there is a pause of any length, and a rest, in which that comes into force: over a
// sine, so that a click is heard.
//
// LOADLINE_LONG=1 makes a million changes of each plugin.
#include "fixture.h"
#include "session.h"
#include "tone.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define DRIFT_DB  (-100.0)
#define LOUDEST   3.0
#define SETTLE_S  1.0
#define TONE_HZ   441.0
#define AMPLITUDE 0.1
#define PAUSE_S   0.3 // at most
#define LOUDER    3.0 // than what comes in, where no safety stop holds it

enum {
    CHANGES = 24000,
    CHANGES_LONG = 1000000,
    CHANGES_A_SESSION = 3000,
    FRAMES = 32768,
    CHANGES_A_REST = 400,
    CHANGES_A_REST_LONG = 120,
    STRETCH = 4096, // of one loudness
    BLOCK = 256,
};

struct soak {
    struct plugin_host *host;
    struct splitmix random;
    struct tracks in, out;
    struct tone tone;
    size_t at, changes;
};

static void fill(struct soak *soak) {
    for (unsigned c = 0; c < soak->in.channels; c++)
        memset(soak->in.channel[c], 0, FRAMES * sizeof(float));
    tracks_add_noise(&soak->in, 1, splitmix_word(&soak->random));
    for (size_t from = 0; from < FRAMES; from += STRETCH) {
        static const double levels[] = {0, 1e-4, 0.01, 0.1, 1, LOUDEST};
        const double level = levels[automation_below(&soak->random, 6)];
        for (unsigned c = 0; c < soak->in.channels; c++)
            for (size_t i = from; i < from + STRETCH; i++)
                soak->in.channel[c][i] *= (float)level;
    }
}

static struct soak soak_new(double rate_hz, uint64_t seed) {
    struct plugin_host *host = fixture_open(rate_hz);
    struct soak soak = {.host = host, .random = {seed}};
    soak.in = fixture_inputs(host, FRAMES);
    soak.out = fixture_outputs(host, FRAMES);
    soak.tone = tone_new(host);
    fill(&soak);
    return soak;
}

static void soak_free(struct soak *soak) {
    tracks_free(&soak->in);
    tracks_free(&soak->out);
    tone_free(&soak->tone);
    plugin_host_close(soak->host);
}

// 1 to 1024 frames, short blocks as likely as long ones.
static uint32_t some_frames(struct splitmix *random) {
    return (uint32_t)pow(2, 5 * (1 + splitmix_even(random)));
}

static void expect_sane(const struct soak *soak) {
    fixture_expect_sane(soak->host, &soak->out);
    assert_true(tracks_peak(&soak->out) <= LOUDER * LOUDEST);
}

static uint32_t play_block(struct soak *soak) {
    const uint32_t frames = some_frames(&soak->random);
    if (soak->at + frames > FRAMES) {
        expect_sane(soak);
        fill(soak);
        soak->at = 0;
    }
    plugin_host_play(soak->host, &soak->in, &soak->out, soak->at, frames, frames);
    fixture_expect_meters(soak->host);
    soak->at += frames;
    return frames;
}

static void pause(struct soak *soak) {
    const double share = 0.5 + 0.5 * splitmix_even(&soak->random);
    const double frames = share * PAUSE_S * plugin_host_rate_hz(soak->host);
    for (double played = 0; played < frames;)
        played += play_block(soak);
}

static void rest(struct soak *soak) {
    char what[64];
    snprintf(what, sizeof what, "after %zu changes at %g Hz it", soak->changes,
             plugin_host_rate_hz(soak->host));
    tone_rest(&soak->tone, what);
}

static size_t changes_a_rest(void) {
    return long_run() ? CHANGES_A_REST_LONG : CHANGES_A_REST;
}

static void change_much(struct soak *soak, size_t changes) {
    for (size_t done = 0; done < changes; soak->changes++, done++) {
        const struct plugin_host_port *port = automation_port(soak->host, &soak->random);
        plugin_host_set(soak->host, port->symbol, automation_value(port, &soak->random));
        switch (automation_below(&soak->random, changes_a_rest())) {
        case 0:
            rest(soak);
            break;
        case 1:
            pause(soak);
            break;
        default:
            if (automation_below(&soak->random, 3))
                play_block(soak);
        }
    }
    expect_sane(soak);
}

// Both play on from where they are.
static double unlike_db(struct plugin_host *host, struct plugin_host *fresh) {
    const double rate_hz = plugin_host_rate_hz(host);
    const size_t settle = (size_t)(SETTLE_S * rate_hz);
    struct tracks in = fixture_inputs(host, settle + FRAMES);
    struct tracks out = fixture_outputs(host, in.frames);
    struct tracks expected = fixture_outputs(host, in.frames);
    tracks_add_sine(&in, AMPLITUDE, TONE_HZ / rate_hz);
    fixture_play(host, &in, &out, BLOCK);
    fixture_play(fresh, &in, &expected, BLOCK);
    const double db = tracks_null_depth_db(&out, &expected, settle);
    tracks_free(&in);
    tracks_free(&out);
    tracks_free(&expected);
    return db;
}

// Back at the defaults, without a restart.
static void expect_no_drift(struct soak *soak) {
    struct plugin_host *fresh = fixture_open(plugin_host_rate_hz(soak->host));
    automation_copy(soak->host, fresh);
    const double db = unlike_db(soak->host, fresh);
    if (!(db <= DRIFT_DB))
        fail_msg("after %zu changes at %g Hz it is %.1f dB unlike a fresh one", soak->changes,
                 plugin_host_rate_hz(soak->host), db);
    plugin_host_close(fresh);
}

// What buttons make a plugin draw by chance is drawn anew when a session opens. It is not heard at
// the default choices.
static void choose_no_chance(struct plugin_host *host) {
    bool has_trigger = false;
    for (uint32_t i = 0; i < plugin_host_port_count(host); i++)
        has_trigger |= plugin_host_port(host, i)->trigger;
    for (uint32_t i = 0; has_trigger && i < plugin_host_port_count(host); i++) {
        const struct plugin_host_port *port = plugin_host_port(host, i);
        if (port->choice && port->input)
            plugin_host_set(host, port->symbol, port->preset);
    }
}

static void a_long_run_leaves_no_trace(void **state) {
    (void)state;
    const size_t total = long_run() ? CHANGES_LONG : CHANGES;
    size_t changes = 0, rests = 0, clicks = 0;
    for (uint64_t session = 0; changes < total; session++) {
        struct soak soak = soak_new(host_rates_hz[session % HOST_RATES], session + 1);
        change_much(&soak, CHANGES_A_SESSION);
        expect_no_drift(&soak);
        change_much(&soak, 1 + automation_below(&soak.random, 50));
        choose_no_chance(soak.host);
        session_expect_kept(soak.host, session);
        changes += soak.changes;
        rests += soak.tone.judged;
        clicks += soak.tone.clicks;
        soak_free(&soak);
    }
    print_message("%zu changes, %zu rests\n", changes, rests);
    assert_true(rests > total / changes_a_rest() / 2);
    assert_int_equal(clicks, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_long_run_leaves_no_trace),
    };
    return fixture_run(tests);
}
