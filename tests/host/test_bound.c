// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// How loud the chain can get at worst: the rails of all legs, times the network's highest gain,
// times the level match. Every headphone, driven ten times beyond the rails.
//
// The level match divides by gain and by the network's level at 1 kHz, so the network's highest
// gain, relative to that, is the response deviation at most.
#include "chain_host.h"

#include "splitmix.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#define RATE_HZ  48000.0
#define OVER     10.0
#define STOP     4.0
#define RINGING  3.0 // of a wave between the rails that chance switches, limited to the band
#define CLOSE    0.5
#define SOURCE_V 2.0

enum { TOPOLOGIES = 4, BRIDGE = 2, FRAMES = 16384, SETTLED = 4096, BLOCK = 256 };

static double between(struct splitmix *random, double low, double high) {
    return low * pow(high / low, 0.5 + 0.5 * splitmix_even(random));
}

static void choose(struct plugin_host *host, int headphone, int topology, struct splitmix *random) {
    char settings[256];
    const double legs = topology == BRIDGE ? 2 : 1;
    const double rail_v = between(random, 0.5, 20);
    const double gain_db = 20 * log10(OVER * legs * rail_v / (sqrt(2) * SOURCE_V));
    snprintf(settings, sizeof settings,
             CHAIN_WIRE "headphone=%d amplifier=0 cable=0 topology=%d match=1 source_level=%g "
                        "output_impedance=%g rail=%g gain=%g knee=%g",
             headphone, topology, SOURCE_V, between(random, 0.1, 120), rail_v, gain_db,
             between(random, 1, 50));
    chain_start(host, settings, (int)(splitmix_word(random) % CHAIN_QUALITIES));
}

// Noise, then a square wave, which rings.
static void fill(struct stereo *in, struct splitmix *random) {
    const size_t period = 8 + splitmix_word(random) % 1000;
    for (size_t i = in->frames / 2; i < in->frames; i++)
        in->left[i] = in->right[i] = i % period < period / 2 ? 1 : -1;
    for (size_t i = 0; i < in->frames / 2; i++) {
        in->left[i] = (float)splitmix_even(random);
        in->right[i] = (float)splitmix_even(random);
    }
}

static double peak_of(const struct stereo *out) {
    double peak = 0;
    for (size_t i = SETTLED; i < out->frames; i++)
        peak = fmax(peak, fmax(fabs((double)out->left[i]), fabs((double)out->right[i])));
    return peak;
}

static void no_sound_is_above_what_the_rails_allow(void **state) {
    (void)state;
    struct plugin_host *host = chain_open(RATE_HZ);
    struct stereo in = stereo_new(FRAMES);
    struct stereo out = stereo_new(FRAMES);
    struct splitmix random = {5};
    double closest = 0;
    int judged = 0;
    plugin_host_set_to_maximum(host, "headphone");
    const int headphones = (int)plugin_host_get(host, "headphone");
    for (int headphone = 1; headphone <= headphones; headphone++)
        for (int topology = 0; topology < TOPOLOGIES; topology++) {
            choose(host, headphone, topology, &random);
            fill(&in, &random);
            chain_play(host, &in, &out, BLOCK);
            const double deviation_db = plugin_host_get(host, "response_deviation");
            const double bound = fmin(STOP, RINGING / OVER * pow(10, deviation_db / 20));
            const double peak = peak_of(&out);
            judged += bound < 1; // lower than what came in
            closest = fmax(closest, peak / bound);
            if (!(peak > 0 && peak <= bound))
                fail_msg("headphone %d, topology %d: %g of %g", headphone, topology, peak, bound);
        }
    print_message("%d circuits; the closest to its bound reaches %.2f of it\n", judged, closest);
    assert_true(judged > 2 * headphones);
    assert_true(closest > CLOSE); // rails twice as high would be found
    stereo_free(&in);
    stereo_free(&out);
    plugin_host_close(host);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_sound_is_above_what_the_rails_allow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
