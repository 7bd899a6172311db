// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// What folds back into the audible band when an amplifier clips, slews or limits.
//
// A record of one second holds a prime number of periods, so every harmonic falls on a bin of its
// own and every alias on another: what is left beside harmonics and DC is alias, and noise of the
// arithmetic. Rail clipping has its figure; slew, current limit and the clipping of harmonics are
// stated as measured, with a loose bound so that they do not grow unseen.
//
// LOADLINE_LONG=1 measures everything at every rate and quality.
#include "chain_host.h"
#include "spectrum.h"

#include <complex.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define CLIPPING_DBC (-100.0)
#define SLEW_DBC     (-28.0) // regression bounds, not aims
#define LIMIT_DBC    (-60.0)
#define CUBIC_DBC    (-60.0)
#define SETTLE_S     0.25
#define AMPLITUDE    1.0

enum { BLOCK = 512 };

struct aliases {
    double largest_dbc, largest_hz;
    double total_dbc;
};

// Bins are 1 Hz apart.
static struct aliases count_aliases(const double complex *bins, size_t tone_hz, double rate_hz) {
    const size_t last = (size_t)fmin(SPECTRUM_HIGH_HZ, rate_hz / 2 - 1);
    const double tone = cabs(bins[tone_hz]);
    struct aliases aliases = {.largest_dbc = -400};
    double power = 0;
    for (size_t i = (size_t)SPECTRUM_LOW_HZ; i <= last; i++) {
        if (i % tone_hz == 0)
            continue;
        const double size = cabs(bins[i]) / tone;
        power += size * size;
        const double dbc = spectrum_decibel(size);
        if (!(dbc <= aliases.largest_dbc)) {
            aliases.largest_dbc = dbc;
            aliases.largest_hz = (double)i;
        }
    }
    aliases.total_dbc = spectrum_decibel(sqrt(power));
    return aliases;
}

static struct aliases measure(struct plugin_host *host, const char *settings, int quality,
                              size_t tone_hz) {
    const double rate_hz = plugin_host_rate_hz(host);
    const size_t second = (size_t)rate_hz;
    const size_t settle = (size_t)(SETTLE_S * rate_hz);
    struct stereo tone = stereo_new(settle + second);
    double *x = calloc(second, sizeof *x);
    double complex *bins = calloc(second / 2 + 1, sizeof *bins);
    assert_non_null(x);
    assert_non_null(bins);
    stereo_add_sine(&tone, AMPLITUDE, (double)tone_hz / rate_hz);
    chain_start(host, settings, quality);
    chain_play(host, &tone, &tone, BLOCK);
    spectrum_from_float(tone.left + settle, x, second);
    spectrum_fft(x, second, bins);
    const struct aliases aliases = count_aliases(bins, tone_hz, rate_hz);
    free(x);
    free(bins);
    stereo_free(&tone);
    return aliases;
}

// Whether it is too much.
static bool report(const char *what, double rate_hz, int quality, size_t tone_hz,
                   const struct aliases *aliases, double bound_dbc) {
    const bool bad = !(aliases->largest_dbc <= bound_dbc);
    print_message("%-14s %6.0f Hz, quality %d, %4zu Hz: largest %7.1f dBc at %5.0f Hz, all "
                  "together %7.1f dBc%s\n",
                  what, rate_hz, quality, tone_hz, aliases->largest_dbc, aliases->largest_hz,
                  aliases->total_dbc, bad ? "  FAIL" : "");
    return bad;
}

#define CLIPPING CHAIN_IDEAL " rail=1.41421356"

static const struct clip_case {
    size_t tone_hz; // a prime near 1, 5 and 10 kHz
    int quality;
} clip_cases[] = {{997, CHAIN_NORMAL},
                  {4999, CHAIN_NORMAL},
                  {997, CHAIN_HIGH},
                  {4999, CHAIN_HIGH},
                  {9973, CHAIN_HIGH}};

static void clipping_stays_clean(void **state) {
    (void)state;
    unsigned failures = 0;
    for (size_t rate = 0; rate < HOST_RATES; rate++) {
        struct plugin_host *host = chain_open(host_rates_hz[rate]);
        for (size_t i = 0; i < sizeof clip_cases / sizeof *clip_cases; i++) {
            const struct clip_case *clip = &clip_cases[i];
            const struct aliases aliases = measure(host, CLIPPING, clip->quality, clip->tone_hz);
            failures += report("Clipping", host_rates_hz[rate], clip->quality, clip->tone_hz,
                               &aliases, CLIPPING_DBC);
        }
        plugin_host_close(host);
    }
    assert_int_equal(failures, 0);
}

// A bridge, knees and a real load clip no worse.
static void any_clipping_stays_clean(void **state) {
    (void)state;
    static const char *const settings[] = {
        CLIPPING " topology=2",
        CLIPPING " knee=20",
        CLIPPING " output_impedance=30 cable_length=3",
    };
    unsigned failures = 0;
    struct plugin_host *host = chain_open(48000);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        for (size_t c = 0; c < sizeof clip_cases / sizeof *clip_cases; c++) {
            const struct aliases aliases =
                measure(host, settings[i], clip_cases[c].quality, clip_cases[c].tone_hz);
            failures += report(settings[i] + sizeof CLIPPING, 48000, clip_cases[c].quality,
                               clip_cases[c].tone_hz, &aliases, CLIPPING_DBC);
        }
    plugin_host_close(host);
    assert_int_equal(failures, 0);
}

// Full slew of the tone is 18, 89 and 177 mV/us; peak current 94 mA. With a third harmonic, the
// curve that clips, 6 and 20 dB over, is steeper than the tone.
static void slew_limit_and_harmonics_are_stated(void **state) {
    (void)state;
    static const struct {
        const char *name, *settings;
        size_t tone_hz;
        double bound_dbc;
    } cases[] = {
        {"Slew", CHAIN_IDEAL " slew_rate=0.01", 997, SLEW_DBC},
        {"Slew", CHAIN_IDEAL " slew_rate=0.045", 4999, SLEW_DBC},
        {"Slew", CHAIN_IDEAL " slew_rate=0.09", 9973, SLEW_DBC},
        {"Current limit", CHAIN_IDEAL " resistance=30 peak1_rise=0 current_limit=47", 997,
         LIMIT_DBC},
        {"Current limit", CHAIN_IDEAL " resistance=30 peak1_rise=0 current_limit=47", 4999,
         LIMIT_DBC},
        {"Current limit", CHAIN_IDEAL " resistance=30 peak1_rise=0 current_limit=47", 9973,
         LIMIT_DBC},
        {"Harmonics", CLIPPING " third_harmonic=-60", 997, CUBIC_DBC},
        {"Harmonics", CLIPPING " third_harmonic=-60", 4999, CUBIC_DBC},
        {"20 dB over", CLIPPING " third_harmonic=-60 gain=14", 997, CUBIC_DBC},
        {"20 dB over", CLIPPING " third_harmonic=-60 gain=14", 4999, CUBIC_DBC},
    };
    unsigned failures = 0;
    for (size_t rate = 0; rate < HOST_RATES; rate++) {
        if (!long_run() && host_rates_hz[rate] != 44100 && host_rates_hz[rate] != 96000)
            continue;
        struct plugin_host *host = chain_open(host_rates_hz[rate]);
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
            for (int quality = CHAIN_NORMAL; quality <= CHAIN_HIGH; quality++) {
                const struct aliases aliases =
                    measure(host, cases[i].settings, quality, cases[i].tone_hz);
                failures += report(cases[i].name, host_rates_hz[rate], quality, cases[i].tone_hz,
                                   &aliases, cases[i].bound_dbc);
            }
        plugin_host_close(host);
    }
    assert_int_equal(failures, 0);
}

// The measurement itself: a tone of -99 dBc beside the harmonics is seen.
static void an_alias_would_be_seen(void **state) {
    (void)state;
    struct stereo tone = stereo_new(48000);
    stereo_add_sine(&tone, 0.1, 997 / 48000.0);
    stereo_add_sine(&tone, 0.1 * pow(10, -99 / 20.0), 1234 / 48000.0);
    double *samples = calloc(48000, sizeof *samples);
    double complex *bins = calloc(24001, sizeof *bins);
    assert_non_null(samples);
    assert_non_null(bins);
    spectrum_from_float(tone.left, samples, 48000);
    spectrum_fft(samples, 48000, bins);
    const struct aliases aliases = count_aliases(bins, 997, 48000);
    assert_true(fabs(aliases.largest_dbc + 99) < 0.1);
    assert_true(aliases.largest_hz == 1234);
    free(samples);
    free(bins);
    stereo_free(&tone);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_alias_would_be_seen),
        cmocka_unit_test(clipping_stays_clean),
        cmocka_unit_test(any_clipping_stays_clean),
        cmocka_unit_test(slew_limit_and_harmonics_are_stated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
