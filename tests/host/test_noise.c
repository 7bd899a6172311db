// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The noise of source and amplifier as the running plugin makes it: its level, its slope, its
// independence, and what the hiss meter says of it.
//
// A record of some seconds holds enough of it that its RMS scatters by less than 0.02 dB.
#include "chain_host.h"
#include "spectrum.h"

#include <complex.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define RECORD_S     8.0
#define SEED_RATE_HZ 48000.0
#define SETTLE_S     1.0
#define LEVEL_DB     0.2
#define SOURCE_V     2.0
#define VOLT         (SOURCE_V * 1.41421356237309505) // at the driver for a sample of 1
#define UNCORRELATED 0.02
#define BAND_LOW_HZ  20.0
#define BAND_HIGH_HZ 20000.0

enum { BLOCK = 512, SEED_FRAMES = 4096 };

// Of one stretch of silence: the driver's noise in volts per bin.
struct spectrum_pair {
    size_t frames, bins;
    double rate_hz;
    double complex *bin[2];
};

static struct spectrum_pair record(const char *settings, double rate_hz) {
    const size_t settle = (size_t)(SETTLE_S * rate_hz);
    const size_t frames = (size_t)(RECORD_S * rate_hz);
    struct plugin_host *host = chain_open(rate_hz);
    struct stereo out = stereo_new(settle + frames);
    struct spectrum_pair pair = {frames, frames / 2 + 1, rate_hz, {NULL, NULL}};
    double *x = calloc(frames, sizeof *x);
    assert_non_null(x);
    chain_start(host, settings, CHAIN_NORMAL);
    const double gain = pow(10, plugin_host_get(host, "gain") / 20);
    chain_play(host, &out, &out, BLOCK);
    for (int channel = 0; channel < 2; channel++) {
        pair.bin[channel] = calloc(pair.bins, sizeof *pair.bin[channel]);
        assert_non_null(pair.bin[channel]);
        spectrum_from_float((channel ? out.right : out.left) + settle, x, frames);
        spectrum_fft(x, frames, pair.bin[channel]);
        for (size_t i = 0; i < pair.bins; i++)
            pair.bin[channel][i] *= VOLT * gain * sqrt(2) / (double)frames;
    }
    free(x);
    stereo_free(&out);
    plugin_host_close(host);
    return pair;
}

static void release(struct spectrum_pair *pair) {
    free(pair->bin[0]);
    free(pair->bin[1]);
}

static double flat(double hz) {
    (void)hz;
    return 1;
}

// IEC 61672-1.
static double a_weighting(double hz) {
    const double f2 = hz * hz;
    const double weight = 12194.217 * 12194.217 * f2 * f2 /
                          ((f2 + 20.598997 * 20.598997) *
                           sqrt((f2 + 107.65265 * 107.65265) * (f2 + 737.86223 * 737.86223)) *
                           (f2 + 12194.217 * 12194.217));
    return weight * pow(10, 2.0 / 20);
}

static double band_v(const struct spectrum_pair *pair, int channel, double low_hz, double high_hz,
                     double (*weight)(double hz)) {
    const double bin_hz = pair->rate_hz / (double)pair->frames;
    double power = 0;
    for (size_t i = (size_t)ceil(low_hz / bin_hz); i < pair->bins && (double)i * bin_hz <= high_hz;
         i++) {
        const double size = cabs(pair->bin[channel][i]) * weight((double)i * bin_hz);
        power += size * size;
    }
    return sqrt(power);
}

static double audible_v(const struct spectrum_pair *pair, int channel) {
    return band_v(pair, channel, BAND_LOW_HZ, BAND_HIGH_HZ, flat);
}

static void expect_db(const char *what, double rate_hz, double volt, double expected_v,
                      double tolerance_db) {
    const double error_db = spectrum_decibel(volt / expected_v);
    print_message("%-44s %6.0f Hz: %10.4f uV, %+.3f dB\n", what, rate_hz, volt * 1e6, error_db);
    if (!(fabs(error_db) <= tolerance_db))
        fail_msg("%s: %g dB off", what, error_db);
}

// --- Level ---

static const double noise_rates_hz[] = {44100, 48000, 96000, 192000};

enum { NOISE_RATES = sizeof noise_rates_hz / sizeof *noise_rates_hz };

static void check_level(const char *what, const char *settings, double expected_v) {
    for (size_t rate = 0; rate < NOISE_RATES; rate++) {
        if (!long_run() && rate > 1)
            continue;
        struct spectrum_pair pair = record(settings, noise_rates_hz[rate]);
        for (int channel = 0; channel < 2; channel++)
            expect_db(what, noise_rates_hz[rate], audible_v(&pair, channel), expected_v, LEVEL_DB);
        release(&pair);
    }
}

static void stage_noise_has_its_level(void **state) {
    (void)state;
    check_level("Stage noise 10 uV", CHAIN_IDEAL " stage_noise=10", 10e-6);
    check_level("Stage noise 10 uV, limit and sag",
                CHAIN_IDEAL " stage_noise=10 current_limit=9000 supply_resistance=1", 10e-6);
    check_level("Stage noise 10 uV, 1/f corner 1 kHz",
                CHAIN_IDEAL " stage_noise=10 noise_corner=1000", 10e-6);
    check_level("Stage noise 10 uV, 1/f corner 10 kHz",
                CHAIN_IDEAL " stage_noise=10 noise_corner=10000", 10e-6);
    // It does not pass through the amplifier's gain.
    check_level("Stage noise 10 uV, gain 20 dB", CHAIN_IDEAL " stage_noise=10 gain=20", 10e-6);
}

static void source_noise_rises_with_gain(void **state) {
    (void)state;
    check_level("Source noise 5 uV", CHAIN_IDEAL " source_noise=5", 5e-6);
    check_level("Source noise 5 uV, gain 20 dB", CHAIN_IDEAL " source_noise=5 gain=20", 50e-6);
    check_level("Source noise 5 uV, gain -20 dB", CHAIN_IDEAL " source_noise=5 gain=-20", 0.5e-6);
    check_level("Source noise 5 uV, bridge", CHAIN_IDEAL " source_noise=5 topology=2", 10e-6);
}

// Two legs that know nothing of each other: 3.01 dB; in step they would give 6.02 or nothing.
static void a_bridge_adds_its_legs_noise_in_power(void **state) {
    (void)state;
    check_level("Stage noise 10 uV a leg, bridge", CHAIN_IDEAL " stage_noise=10 topology=2",
                10e-6 * sqrt(2));
}

static void noise_at_its_bottom_is_none(void **state) {
    (void)state;
    struct spectrum_pair pair = record(CHAIN_IDEAL " noise_corner=1000", 48000);
    assert_true(audible_v(&pair, 0) == 0);
    assert_true(audible_v(&pair, 1) == 0);
    release(&pair);
}

// --- Slope ---

// V^2 = density (1 + corner / f), third by third of a decade.
static void the_corner_bends_the_spectrum(void **state) {
    (void)state;
    static const struct {
        const char *settings;
        double corner_hz;
    } cases[] = {{CHAIN_IDEAL " stage_noise=10 noise_corner=1000", 1000},
                 {CHAIN_IDEAL " stage_noise=10 noise_corner=100", 100},
                 {CHAIN_IDEAL " stage_noise=10 noise_corner=10000", 10000},
                 {CHAIN_IDEAL " stage_noise=10", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const double corner = cases[i].corner_hz;
        struct spectrum_pair pair = record(cases[i].settings, 48000);
        const double density =
            1e-10 / (BAND_HIGH_HZ - BAND_LOW_HZ + corner * log(BAND_HIGH_HZ / BAND_LOW_HZ));
        print_message("Corner %5.0f Hz:", corner);
        for (double low = 20; low < 19000; low *= cbrt(10)) {
            const double high = low * cbrt(10);
            const double volt =
                hypot(band_v(&pair, 0, low, high, flat), band_v(&pair, 1, low, high, flat));
            const double expected = sqrt(2 * density * (high - low + corner * log(high / low)));
            const double error_db = spectrum_decibel(volt / expected);
            print_message(" %+.2f", error_db);
            // Four standard deviations of so many bins, and half a dB for a ladder of sections.
            const double scatter_db = 4 * 8.686 / sqrt(2 * 2 * 2 * (high - low) * RECORD_S);
            assert_true(fabs(error_db) <= 0.5 + scatter_db);
        }
        print_message(" dB, 20 Hz to 20 kHz by thirds of a decade\n");
        release(&pair);
    }
}

// --- Independence ---

static double correlation(const struct spectrum_pair *a, int channel_a,
                          const struct spectrum_pair *b, int channel_b) {
    double complex product = 0;
    double power_a = 0;
    double power_b = 0;
    for (size_t i = 1; i < a->bins; i++) {
        const double complex x = a->bin[channel_a][i];
        const double complex y = b->bin[channel_b][i];
        product += x * conj(y);
        power_a += creal(x * conj(x));
        power_b += creal(y * conj(y));
    }
    return creal(product) / sqrt(power_a * power_b);
}

static void check_uncorrelated(const char *what, const struct spectrum_pair *a, int channel_a,
                               const struct spectrum_pair *b, int channel_b) {
    const double rho = correlation(a, channel_a, b, channel_b);
    print_message("Correlation of %s: %+.4f\n", what, rho);
    assert_true(fabs(rho) <= UNCORRELATED);
}

static void noises_are_independent(void **state) {
    (void)state;
    struct spectrum_pair stage = record(CHAIN_IDEAL " stage_noise=10", 48000);
    struct spectrum_pair source = record(CHAIN_IDEAL " source_noise=10", 48000);
    struct spectrum_pair bridge = record(CHAIN_IDEAL " stage_noise=10 topology=2", 48000);
    struct spectrum_pair pink = record(CHAIN_IDEAL " stage_noise=10 noise_corner=1000", 48000);
    struct spectrum_pair other = record(CHAIN_IDEAL " stage_noise=10 seed=2", 48000);
    check_uncorrelated("stage noise left and right", &stage, 0, &stage, 1);
    check_uncorrelated("source noise left and right", &source, 0, &source, 1);
    check_uncorrelated("a bridge's left and right", &bridge, 0, &bridge, 1);
    check_uncorrelated("1/f noise left and right", &pink, 0, &pink, 1);
    check_uncorrelated("stage and source noise", &stage, 0, &source, 0);
    check_uncorrelated("stage and source noise, right", &stage, 1, &source, 1);
    check_uncorrelated("two seeds", &stage, 0, &other, 0);
    // The measure itself: noise and the same noise.
    assert_true(correlation(&stage, 0, &stage, 0) > 0.999);
    release(&stage);
    release(&source);
    release(&bridge);
    release(&pink);
    release(&other);
}

// --- The meter ---

#define HD_600                                                                                     \
    CHAIN_WIRE                                                                                     \
    "cable=0 cable_length=min contact_resistance=min match=0 resistance=300.9 peak1_rise=266.8 "   \
    "peak1_frequency=100 peak1_q=1.45 semi_impedance=110.3 semi_exponent=0.618 sensitivity=103.7 "

static double metered_dba(const char *settings) {
    struct plugin_host *host = chain_open(48000);
    chain_start(host, settings, CHAIN_NORMAL);
    plugin_host_run(host, BLOCK);
    const double dba = plugin_host_get(host, "noise_spl");
    plugin_host_close(host);
    return dba;
}

static void the_hiss_meter_agrees_with_the_hiss(void **state) {
    (void)state;
    static const char *const settings[] = {
        HD_600 "stage_noise=20",
        HD_600 "stage_noise=20 output_impedance=120",
        HD_600 "stage_noise=20 noise_corner=2000 output_impedance=120",
        HD_600 "source_noise=10",
        HD_600 "source_noise=10 gain=12 stage_noise=5",
        HD_600 "source_noise=10 stage_noise=20 topology=2 output_impedance=60",
        HD_600 "stage_noise=20 ground_resistance=5000 resistance=8 peak1_rise=0 semi_impedance=0",
        HD_600 "stage_noise=20 topology=3 output_impedance=30 magnetizing_inductance=0.1",
        HD_600 "resistance=16 peak1_rise=31 peak1_frequency=1400 semi_impedance=0 stage_noise=2",
    };
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        struct spectrum_pair pair = record(settings[i], 48000);
        const double volt = hypot(band_v(&pair, 0, BAND_LOW_HZ, BAND_HIGH_HZ, a_weighting),
                                  band_v(&pair, 1, BAND_LOW_HZ, BAND_HIGH_HZ, a_weighting)) /
                            sqrt(2);
        const double measured_dba = 103.7 + spectrum_decibel(volt);
        const double meter_dba = metered_dba(settings[i]);
        print_message("noise_spl %7.3f dBA, measured %7.3f dBA: %s\n", meter_dba, measured_dba,
                      settings[i] + sizeof HD_600 - 1);
        assert_true(fabs(meter_dba - measured_dba) <= LEVEL_DB);
        release(&pair);
    }
}

static void the_hiss_meter_follows_the_gain(void **state) {
    (void)state;
    const double plain = metered_dba(HD_600 "source_noise=10");
    assert_true(fabs(metered_dba(HD_600 "source_noise=10 gain=6") - plain - 6) < 0.01);
    const double stage = metered_dba(HD_600 "stage_noise=10");
    assert_true(fabs(metered_dba(HD_600 "stage_noise=10 gain=6") - stage) < 0.01);
    // Absolute hiss of a bridge is 3.01 dB up.
    const double single = metered_dba(HD_600 "stage_noise=10 output_impedance=min topology=1");
    const double bridge = metered_dba(HD_600 "stage_noise=10 output_impedance=min topology=2");
    assert_true(fabs(bridge - single - 3.0103) < 0.01);
}

// --- Seeds ---

static void a_seed_tells_the_noise(void **state) {
    (void)state;
    static const double seeds[] = {1, 2, 3, 65535};
    enum { SEEDS = sizeof seeds / sizeof *seeds };
    static const char *const noises[] = {"stage_noise=100", "source_noise=100"};
    struct stereo silence = stereo_new(SEED_FRAMES);
    struct stereo out[SEEDS];
    for (size_t n = 0; n < sizeof noises / sizeof *noises; n++) {
        for (size_t i = 0; i < SEEDS; i++) {
            struct plugin_host *host = chain_open(SEED_RATE_HZ);
            struct stereo again = stereo_new(SEED_FRAMES);
            out[i] = stereo_new(SEED_FRAMES);
            chain_start(host, noises[n], CHAIN_NORMAL);
            plugin_host_set(host, "seed", seeds[i]);
            chain_play(host, &silence, &out[i], BLOCK);
            plugin_host_restart(host);
            chain_play(host, &silence, &again, BLOCK);
            assert_true(stereo_peak(&again) > 0);
            assert_true(stereo_same(&again, &out[i]));
            stereo_free(&again);
            plugin_host_close(host);
        }
        for (size_t i = 0; i < SEEDS; i++)
            for (size_t j = 0; j < i; j++)
                assert_false(stereo_same(&out[i], &out[j]));
        for (size_t i = 0; i < SEEDS; i++)
            stereo_free(&out[i]);
    }
    stereo_free(&silence);
}

static void seed_zero_is_fresh_each_time(void **state) {
    (void)state;
    struct plugin_host *host = chain_open(SEED_RATE_HZ);
    struct stereo silence = stereo_new(SEED_FRAMES);
    struct stereo first = stereo_new(SEED_FRAMES);
    struct stereo second = stereo_new(SEED_FRAMES);
    chain_start(host, "stage_noise=1000 seed=0", CHAIN_NORMAL);
    chain_play(host, &silence, &first, BLOCK);
    plugin_host_restart(host);
    chain_play(host, &silence, &second, BLOCK);
    assert_true(stereo_peak(&first) > 0);
    assert_false(stereo_same(&first, &second));
    stereo_free(&silence);
    stereo_free(&first);
    stereo_free(&second);
    plugin_host_close(host);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stage_noise_has_its_level),
        cmocka_unit_test(source_noise_rises_with_gain),
        cmocka_unit_test(a_bridge_adds_its_legs_noise_in_power),
        cmocka_unit_test(noise_at_its_bottom_is_none),
        cmocka_unit_test(the_corner_bends_the_spectrum),
        cmocka_unit_test(noises_are_independent),
        cmocka_unit_test(the_hiss_meter_agrees_with_the_hiss),
        cmocka_unit_test(the_hiss_meter_follows_the_gain),
        cmocka_unit_test(a_seed_tells_the_noise),
        cmocka_unit_test(seed_zero_is_fresh_each_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
