// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// How loud the chain can get at worst: the rails of all legs, times the network's highest gain,
// times the level match. Every headphone, driven ten times beyond the rails; then any stage, named
// amplifiers, limits, harmonics and sag included, with a change to another on the way. At every
// rate and quality.
//
// The level match divides by gain and by the network's level at 1 kHz, so the network's highest
// gain, relative to that, is the response deviation at most.
#include "chain_host.h"
#include "device_table.h"

#include "splitmix.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#define OVER     10.0
#define STOP     4.0
#define CLOSE    0.5
#define SOURCE_V 2.0

// The peak of a clipped wave, limited to the band, in rails. Above 20 kHz, where the response
// deviation does not look, a network may pass more; and what is driven further over rings more.
#define RINGING     3.0
#define RINGING_ANY 6.0 // up to 20 times beyond the rails, any network

#define PLAY_S    0.5
#define SETTLED_S 0.3  // of it: until a change is in force, and what began has died away
#define EXPOSED   12.0 // rails so many times as high would be found

enum { TOPOLOGIES = 4, FRAMES = 16384, SETTLED = 4096, TURNS = 8, BLOCK = 256 };

static double share(struct splitmix *random) {
    return 0.5 + 0.5 * splitmix_even(random);
}

static double between(struct splitmix *random, double low, double high) {
    return low * pow(high / low, share(random));
}

// Of the amplifier, that drives a full scale so many times over its rails.
static double gain_db(double over, double rail_v, double source_v) {
    return 20 * log10(over * rail_v / (sqrt(2) * source_v));
}

static void choose(struct plugin_host *host, int headphone, int topology, struct splitmix *random) {
    char settings[256];
    const double rail_v = between(random, 0.5, 20);
    snprintf(settings, sizeof settings,
             CHAIN_WIRE "headphone=%d amplifier=0 cable=0 topology=%d match=1 source_level=%g "
                        "output_impedance=%g rail=%g gain=%g knee=%g",
             headphone, topology, SOURCE_V, between(random, 0.1, 120), rail_v,
             gain_db(OVER, rail_v, SOURCE_V), between(random, 1, 50));
    chain_start(host, settings, (int)(splitmix_word(random) % CHAIN_QUALITIES));
}

// Noise and a square wave, which rings, in turn.
static void fill(struct stereo *in, struct splitmix *random) {
    const size_t period = 8 + splitmix_word(random) % 1000;
    for (size_t i = 0; i < in->frames; i++) {
        const bool noise = i * TURNS / in->frames % 2 == 0;
        const float square = i % period < period / 2 ? 1 : -1;
        in->left[i] = noise ? (float)splitmix_even(random) : square;
        in->right[i] = noise ? (float)splitmix_even(random) : square;
    }
}

static double peak_between(const struct stereo *out, size_t from, size_t to) {
    double peak = 0;
    for (size_t i = from; i < to; i++)
        peak = fmax(peak, fmax(fabs((double)out->left[i]), fabs((double)out->right[i])));
    return peak;
}

static double bound_of(const struct plugin_host *host, double ringing, double rails) {
    const double deviation_db = plugin_host_get(host, "response_deviation");
    return fmin(STOP, ringing * rails * pow(10, deviation_db / 20));
}

static int headphone_count(void) {
    struct plugin_host *host = chain_open(host_rates_hz[0]);
    plugin_host_set_to_maximum(host, "headphone");
    const int headphones = (int)plugin_host_get(host, "headphone");
    plugin_host_close(host);
    return headphones;
}

struct tally {
    int judged, exposed; // those that would pass the bound if the rails were EXPOSED times as high
    double closest;
};

static void judge(struct tally *tally, const struct plugin_host *host, double peak, double bound) {
    tally->judged++;
    if (bound < STOP) { // which holds whatever the rails are
        tally->exposed += peak * EXPOSED > bound;
        tally->closest = fmax(tally->closest, peak / bound);
    }
    if (!(peak > 0 && peak <= bound))
        fail_msg("%d: %g of %g at %g Hz, quality %g, headphone %g, amplifier %g, topology %g",
                 tally->judged, peak, bound, plugin_host_rate_hz(host),
                 plugin_host_get(host, "quality"), plugin_host_get(host, "headphone"),
                 plugin_host_get(host, "amplifier"), plugin_host_get(host, "topology"));
}

static void report(const struct tally *tally) {
    print_message("%d judged; %d have more than 1/%g of their bound, and the closest %.2f of it\n",
                  tally->judged, tally->exposed, EXPOSED, tally->closest);
}

// --- Every headphone ---

static void play_one(struct tally *tally, double rate_hz, int headphone, int topology,
                     struct splitmix *random) {
    struct plugin_host *host = chain_open(rate_hz);
    struct stereo in = stereo_new(FRAMES);
    struct stereo out = stereo_new(FRAMES);
    choose(host, headphone, topology, random);
    fill(&in, random);
    chain_play(host, &in, &out, BLOCK);
    judge(tally, host, peak_between(&out, SETTLED, FRAMES), bound_of(host, RINGING, 1 / OVER));
    stereo_free(&in);
    stereo_free(&out);
    plugin_host_close(host);
}

static void no_sound_is_above_what_the_rails_allow(void **state) {
    (void)state;
    struct splitmix random = {5};
    struct tally tally = {0};
    const int headphones = headphone_count();
    for (int headphone = 1; headphone <= headphones; headphone++)
        for (int topology = 0; topology < TOPOLOGIES; topology++)
            play_one(&tally, host_rates_hz[(headphone + topology) % HOST_RATES], headphone,
                     topology, &random);
    report(&tally);
    assert_true(2 * tally.exposed > tally.judged);
    assert_true(tally.closest > CLOSE); // rails twice as high would be found
}

// --- Any stage ---

struct stage {
    double rail_v, source_v;
};

static void set_custom(struct plugin_host *host, struct stage *stage, struct splitmix *random) {
    char settings[512];
    const bool limited = splitmix_word(random) % 2;
    const bool sags = splitmix_word(random) % 2;
    stage->rail_v = between(random, 0.5, 20);
    stage->source_v = SOURCE_V;
    snprintf(settings, sizeof settings,
             "amplifier=0 topology=%d source_level=%g output_impedance=%g rail=%g knee=%g "
             "second_harmonic=%g third_harmonic=%g crossover=%g slew_rate=%g leg_mismatch=%g "
             "current_limit=%g supply_resistance=%g supply_capacitance=%g",
             (int)(splitmix_word(random) % TOPOLOGIES), SOURCE_V, between(random, 0.1, 120),
             stage->rail_v, between(random, 1, 50), -160 + 140 * share(random),
             -160 + 140 * share(random), between(random, 0.001, 100), between(random, 0.05, 1000),
             10 * share(random), limited ? between(random, 2, 2000) : 10000,
             sags ? between(random, 0.1, 20) : 0.01, between(random, 100, 10000));
    plugin_host_set_all(host, settings);
}

static void set_named(struct plugin_host *host, struct stage *stage,
                      const struct device_table *amplifiers, struct splitmix *random) {
    size_t row;
    do {
        row = splitmix_word(random) % device_table_rows(amplifiers);
        stage->rail_v = device_table_number(amplifiers, row, "rail", NAN);
    } while (isnan(stage->rail_v)); // not known
    stage->source_v = device_table_number(amplifiers, row, "source_level", SOURCE_V);
    plugin_host_set(host, "source_level", SOURCE_V);
    plugin_host_set(
        host, "amplifier",
        plugin_host_scale_point(host, "amplifier", device_table_text(amplifiers, row, "name")));
}

// What the rails make of a full scale at most, with the gain of the network at 1 kHz matched away.
static double set_any(struct plugin_host *host, const struct device_table *amplifiers,
                      int headphones, struct splitmix *random) {
    struct stage stage;
    plugin_host_set_all(host, CHAIN_WIRE "cable=0 match=1");
    plugin_host_set(host, "headphone", 1 + (double)(splitmix_word(random) % (unsigned)headphones));
    if (splitmix_word(random) % 2)
        set_custom(host, &stage, random);
    else
        set_named(host, &stage, amplifiers, random);
    const double over = between(random, 5, 20);
    const double wanted_db = gain_db(over, stage.rail_v, stage.source_v);
    plugin_host_set(host, "gain", fmin(wanted_db, 40));
    return pow(10, fmax(wanted_db - 40, 0) / 20) / over;
}

// Any stage, then any other while it plays; while one becomes the other, both bounds count.
static void play_two(struct tally *tally, double rate_hz, const struct device_table *amplifiers,
                     int headphones, int round) {
    struct splitmix random = {(uint64_t)round};
    struct plugin_host *host = chain_open(rate_hz);
    struct stereo in = stereo_new((size_t)(PLAY_S * rate_hz));
    struct stereo out = stereo_new(in.frames);
    const size_t settled = (size_t)(SETTLED_S * rate_hz);
    const double rails = set_any(host, amplifiers, headphones, &random);
    plugin_host_set(host, "quality", (int)(splitmix_word(&random) % CHAIN_QUALITIES));
    fill(&in, &random);
    chain_play(host, &in, &out, BLOCK);
    const double bound = bound_of(host, RINGING_ANY, rails);
    const double before_db = plugin_host_get(host, "gain");
    judge(tally, host, peak_between(&out, SETTLED, out.frames), bound);
    const double next_rails = set_any(host, amplifiers, headphones, &random);
    chain_play(host, &in, &out, BLOCK);
    const double next_bound = bound_of(host, RINGING_ANY, next_rails);
    // The gain moves at once, all else later.
    const double moved = bound * pow(10, (before_db - plugin_host_get(host, "gain")) / 20);
    const double between_bound = fmax(fmax(bound, next_bound), moved);
    judge(tally, host, peak_between(&out, 0, settled), fmin(STOP, between_bound));
    judge(tally, host, peak_between(&out, settled, out.frames), next_bound);
    stereo_free(&in);
    stereo_free(&out);
    plugin_host_close(host);
}

static void no_stage_and_no_change_is_above_its_rails(void **state) {
    (void)state;
    struct device_table *amplifiers = device_table_open("amplifiers.csv");
    struct tally tally = {0};
    const int headphones = headphone_count();
    for (int round = 0; round < (long_run() ? 2000 : 48); round++)
        play_two(&tally, host_rates_hz[round % HOST_RATES], amplifiers, headphones, round);
    report(&tally);
    assert_true(2 * tally.exposed > tally.judged);
    device_table_close(amplifiers);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_sound_is_above_what_the_rails_allow),
        cmocka_unit_test(no_stage_and_no_change_is_above_its_rails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
