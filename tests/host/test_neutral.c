// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The instrument adds nothing of its own: an ideal amplifier on an ideal wire nulls against the
// delayed input, over the whole band. A third of an octave may stick out a little, as the ripple of
// the filters does.
//
// The input repeats, so that the spectrum of one period of (output - input) is exact: every bin of
// the band is filled, at random phase, and nothing else is.
#include "chain_host.h"
#include "spectrum.h"

#include <complex.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DEEP_DB  (-100.0)
#define THIRD_DB (-96.0) // of any third of an octave
#define PEAK     0.9
#define PERIOD_S 0.25

enum { PERIODS = 4, BLOCK = 512 };

// 20 kHz, or as much of it as the rate carries: the same share of it as at 44.1 kHz.
static double highest_hz(double rate_hz) {
    return fmin(SPECTRUM_HIGH_HZ, rate_hz * SPECTRUM_HIGH_HZ / 44100.0);
}

// White inside the band, one period after the other.
static void fill_band(struct stereo *in, size_t period, double rate_hz) {
    double *x = calloc(period, sizeof *x);
    assert_non_null(x);
    struct stereo noise = stereo_new(period);
    stereo_add_noise(&noise, 1, 21);
    for (int channel = 0; channel < 2; channel++) {
        float *to = channel ? in->right : in->left;
        double peak = 0;
        spectrum_from_float(channel ? noise.right : noise.left, x, period);
        spectrum_band_limit(x, period, rate_hz, SPECTRUM_LOW_HZ, highest_hz(rate_hz));
        for (size_t i = 0; i < period; i++)
            peak = fmax(peak, fabs(x[i]));
        for (size_t i = 0; i < in->frames; i++)
            to[i] = (float)(PEAK / peak * x[i % period]);
    }
    stereo_free(&noise);
    free(x);
}

struct null_depth {
    double band_db;  // of the whole band
    double worst_db; // of a third of an octave
    double worst_hz;
};

static double power(const double complex *bins, size_t from, size_t to) {
    double sum = 0;
    for (size_t i = from; i < to; i++)
        sum += creal(bins[i]) * creal(bins[i]) + cimag(bins[i]) * cimag(bins[i]);
    return sum;
}

static struct null_depth compare(const double complex *rest, const double complex *reference,
                                 size_t period, double rate_hz) {
    const double bins_per_hz = (double)period / rate_hz;
    const size_t first = (size_t)ceil(SPECTRUM_LOW_HZ * bins_per_hz);
    const size_t last = (size_t)floor(highest_hz(rate_hz) * bins_per_hz);
    struct null_depth depth = {.worst_db = -400};
    depth.band_db =
        spectrum_decibel(sqrt(power(rest, first, last + 1) / power(reference, first, last + 1)));
    for (size_t from = first; from < last;) {
        const size_t to = (size_t)fmin(ceil((double)from * cbrt(2.0)), (double)last) + 1;
        const double db =
            spectrum_decibel(sqrt(power(rest, from, to) / power(reference, from, to)));
        if (!(db <= depth.worst_db)) {
            depth.worst_db = db;
            depth.worst_hz = (double)from / bins_per_hz;
        }
        from = to;
    }
    return depth;
}

static struct null_depth null_channel(const float *in, const float *out, size_t period,
                                      size_t latency, double rate_hz) {
    const size_t start = (PERIODS - 1) * period;
    double *x = calloc(2 * period, sizeof *x);
    double complex *bins = calloc(2 * (period / 2 + 1), sizeof *bins);
    assert_non_null(x);
    assert_non_null(bins);
    spectrum_from_float(in + start - latency, x, period);
    spectrum_from_float(out + start, x + period, period);
    for (size_t i = 0; i < period; i++)
        x[period + i] -= x[i];
    spectrum_fft(x, period, bins);
    spectrum_fft(x + period, period, bins + period / 2 + 1);
    const struct null_depth depth = compare(bins + period / 2 + 1, bins, period, rate_hz);
    free(x);
    free(bins);
    return depth;
}

static struct null_depth null_of(struct plugin_host *host, const char *settings, int quality) {
    const double rate_hz = plugin_host_rate_hz(host);
    const size_t period = (size_t)(rate_hz * PERIOD_S) / 2 * 2;
    struct stereo in = stereo_new(PERIODS * period);
    struct stereo out = stereo_new(PERIODS * period);
    fill_band(&in, period, rate_hz);
    chain_start(host, settings, quality);
    chain_play(host, &in, &out, BLOCK);
    const uint32_t latency = plugin_host_latency(host);
    const struct null_depth left = null_channel(in.left, out.left, period, latency, rate_hz);
    const struct null_depth right = null_channel(in.right, out.right, period, latency, rate_hz);
    stereo_free(&in);
    stereo_free(&out);
    // NaN loses every comparison, and is to be seen.
    return left.band_db <= right.band_db ? right : left;
}

static void an_ideal_circuit_nulls(void **state) {
    (void)state;
    // The ways through the engine, all without effect: network at half and at full rate, matched.
    static const char *const settings[] = {
        CHAIN_IDEAL,
        CHAIN_IDEAL " current_limit=9999",
        CHAIN_IDEAL " supply_resistance=0.011 supply_capacitance=100000",
        CHAIN_IDEAL " topology=2 match=1",
        CHAIN_IDEAL " topology=0",
        CHAIN_IDEAL " gain=6",
        CHAIN_IDEAL " peak1_rise=0 resistance=16",
    };
    unsigned failures = 0;
    for (size_t rate = 0; rate < HOST_RATES; rate++) {
        struct plugin_host *host = chain_open(host_rates_hz[rate]);
        for (int quality = CHAIN_NORMAL; quality <= CHAIN_HIGH; quality++)
            for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
                const struct null_depth depth = null_of(host, settings[i], quality);
                const bool deep = depth.band_db <= DEEP_DB && depth.worst_db <= THIRD_DB;
                failures += !deep;
                if (i == 0 || !deep)
                    print_message("%6.0f Hz, quality %d: null %7.1f dB, worst third of an octave "
                                  "%7.1f dB at %5.0f Hz%s%s\n",
                                  host_rates_hz[rate], quality, depth.band_db, depth.worst_db,
                                  depth.worst_hz, deep ? "" : " FAIL ", deep ? "" : settings[i]);
            }
        plugin_host_close(host);
    }
    assert_int_equal(failures, 0);
}

// The measurement itself: a change of -100 dB would be seen.
static void a_real_circuit_does_not_null(void **state) {
    (void)state;
    struct plugin_host *host = chain_open(48000);
    // 0.1 ohm before 300 ohm.
    const struct null_depth small =
        null_of(host, CHAIN_IDEAL " peak1_rise=0 output_impedance=0.1", CHAIN_NORMAL);
    const double expected_db = spectrum_decibel(0.1 / 300.1);
    print_message("0.1 ohm before 300 ohm: null %.2f dB, expected %.2f dB\n", small.band_db,
                  expected_db);
    assert_true(fabs(small.band_db - expected_db) < 0.3);
    plugin_host_close(host);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_ideal_circuit_nulls),
        cmocka_unit_test(a_real_circuit_does_not_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
