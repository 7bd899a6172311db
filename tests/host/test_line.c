// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The line of the running plugins against ngspice, on decks written here from the design's text:
// the signal's way, and what becomes of the common-mode emf. That emf is a dimmer's, which has a
// line at every odd harmonic of the mains up to 20 kHz; through an unbalanced line without
// impedances it comes out as it is.
#define _POSIX_C_SOURCE 200809L // popen
#include "chain_host.h"
#include "response.h"
#include "spectrum.h"
#include "stereo.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define LINE_URI     "urn:loadline:line"
#define TOLERANCE_DB 0.1
#define WINDING_F    50e-12

enum { LINES = 28, POINTS = 8, UNBALANCED = 0, BALANCED, IMPEDANCE_BALANCED, TRANSFORMER };

// Odd harmonics of 50 Hz.
static const double points_hz[POINTS] = {50, 150, 450, 1050, 3150, 8050, 14950, 19950};

struct line {
    int type;
    double length_m, source_ohm, imbalance_percent, receiver_kohm, cmrr_db, pf_per_m;
};

// --- The oracle ---

static void write_leg(FILE *to, const struct line *line, char leg, const char *emf, double ohm) {
    const double farad = line->pf_per_m * 1e-12 * line->length_m;
    const bool transformer = line->type == TRANSFORMER;
    fprintf(to, "R%c %s %c %.17g\n", leg, emf, leg, ohm);
    fprintf(to, "C%c %c 0 %.17g\n", leg, leg, farad + (transformer ? WINDING_F : 0) + 1e-21);
    if (!transformer)
        fprintf(to, "RZ%c %c 0 %.17g\n", leg, leg, line->receiver_kohm * 1e3);
}

// Sources of a volt, of which one is alternating: the signal's or the common one.
static void write_deck(FILE *to, const struct line *line, bool common) {
    const double half = line->imbalance_percent / 200;
    const double signal = common ? 0 : 1;
    const bool electronic = line->type == BALANCED || line->type == IMPEDANCE_BALANCED;
    const double error = electronic ? pow(10, -line->cmrr_db / 20) : 0;
    fprintf(to, "line\nVcm cm 0 dc 0 ac %d\n", common);
    if (line->type == UNBALANCED) {
        fprintf(to, "Vs e cm dc 0 ac %g\n", signal);
        write_leg(to, line, 'p', "e", line->source_ohm + 1e-6);
        fputs("Erx rx 0 p 0 1\n", to);
    } else {
        fprintf(to, "Vp ep cm dc 0 ac %g\nVn en cm dc 0 ac %g\n", signal / 2,
                line->type == IMPEDANCE_BALANCED ? 0 : -signal / 2);
        write_leg(to, line, 'p', "ep", line->source_ohm * (1 + half) + 1e-6);
        write_leg(to, line, 'n', "en", line->source_ohm * (1 - half) + 1e-6);
        if (line->type == TRANSFORMER)
            fprintf(to, "Rd p n %.17g\n", 2e3 * line->receiver_kohm);
        // The legs lose more where the source is heavier: the receiver adds to that.
        fprintf(to, "Erx rx 0 POLY(2) p n p 0 0 1 0\nEc c1 0 POLY(2) p 0 n 0 0 .5 .5\n");
        fprintf(to, "Esum sum 0 POLY(2) rx 0 c1 0 0 1 %.17g\n", -error);
    }
    fputs(".options noopac rshunt=1e15\n.control\n", to);
    for (int i = 0; i < POINTS; i++)
        fprintf(to, "ac lin 1 %g %g\nlet out = v(%s)\nprint out\n", points_hz[i], points_hz[i],
                line->type == UNBALANCED ? "rx" : "sum");
    fputs("quit 0\n.endc\n.end\n", to);
}

static void solve(const struct line *line, bool common, double complex answer[POINTS]) {
    char path[] = "/tmp/loadline-test-line-XXXXXX";
    const int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    FILE *deck = fdopen(descriptor, "w");
    assert_non_null(deck);
    write_deck(deck, line, common);
    assert_int_equal(fclose(deck), 0);
    char command[128];
    snprintf(command, sizeof command, "ngspice -n -b %s 2>&1", path);
    FILE *from = popen(command, "r");
    assert_non_null(from);
    char text[512];
    int found = 0;
    while (fgets(text, sizeof text, from)) {
        double re, im;
        if (sscanf(text, "out = %lf,%lf", &re, &im) == 2 && found < POINTS)
            answer[found++] = re + I * im;
    }
    pclose(from);
    unlink(path);
    if (found != POINTS)
        fail_msg("ngspice gave %d of %d answers; is it installed?", found, (int)POINTS);
}

// --- The plugin ---

static void set_line(struct plugin_host *host, const struct line *line) {
    plugin_host_set(host, "line_type", line->type);
    plugin_host_set(host, "line_length", line->length_m);
    plugin_host_set(host, "source_impedance", line->source_ohm);
    plugin_host_set(host, "source_imbalance", line->imbalance_percent);
    plugin_host_set(host, "receiver_impedance", line->receiver_kohm);
    plugin_host_set(host, "receiver_cmrr", line->cmrr_db);
    plugin_host_set(host, "line_capacitance", line->pf_per_m);
}

// A second of what silence becomes, once settled.
static void record_interference(struct plugin_host *host, double complex line_v[POINTS]) {
    const size_t rate = (size_t)plugin_host_rate_hz(host);
    struct stereo out = stereo_new(2 * rate);
    plugin_host_restart(host);
    plugin_host_render(host, NULL, NULL, out.left, out.right, out.frames, 512);
    double *x = calloc(rate, sizeof *x);
    assert_non_null(x);
    spectrum_from_float(out.left + rate, x, rate);
    for (int i = 0; i < POINTS; i++)
        line_v[i] = spectrum_transform_at(x, rate, (double)rate, points_hz[i]);
    free(x);
    stereo_free(&out);
}

// What the common-mode emf of so many metres is, in output samples.
static void record_emf(struct plugin_host *host, const struct line *line,
                       double complex line_v[POINTS]) {
    const struct line bare = {UNBALANCED, line->length_m, 0, 0, line->receiver_kohm, 20, 0};
    set_line(host, &bare);
    record_interference(host, line_v);
}

static struct line random_line(unsigned i) {
    srand(i + 1);
    const double roll[6] = {rand() / (double)RAND_MAX, rand() / (double)RAND_MAX,
                            rand() / (double)RAND_MAX, rand() / (double)RAND_MAX,
                            rand() / (double)RAND_MAX, rand() / (double)RAND_MAX};
    return (struct line){
        .type = (int)(i % 4),
        .length_m = pow(10, -0.9 + 2.7 * roll[0]),
        .source_ohm = pow(10, 1 + 2.5 * roll[1]),
        .imbalance_percent = i % 5 == 0 ? 0 : 20 * roll[2],
        .receiver_kohm = pow(10, 1 + 2 * roll[3]),
        .cmrr_db = 30 + 70 * roll[4],
        .pf_per_m = 200 * roll[5],
    };
}

static double error_db(double complex found, double complex exact) {
    return fabs(spectrum_decibel(cabs(found)) - spectrum_decibel(cabs(exact)));
}

// Beyond this nothing is told apart: a perfect balance rejects without end.
#define HIGHEST_DB 140.0

static double ratio_db(double complex signal, double complex common) {
    return fmin(spectrum_decibel(cabs(signal) / cabs(common)), HIGHEST_DB);
}

struct worst {
    double signal_db, cmrr_db, meter_db;
};

static void check_line(struct plugin_host *host, const struct line *line, struct worst *worst) {
    double complex signal[POINTS], common[POINTS], emf[POINTS], found[POINTS];
    solve(line, false, signal);
    solve(line, true, common);
    plugin_host_set_defaults(host);
    set_line(host, line);
    struct response response = response_measure(host, RESPONSE_BOTH, 0.5);
    plugin_host_set(host, "dimmer", fmin(1000, 1000 / line->length_m)); // a volt, within the stop
    record_emf(host, line, emf);
    set_line(host, line);
    record_interference(host, found);
    for (int i = 0; i < POINTS; i++) {
        const double complex gain = response_at(&response, 0, points_hz[i]);
        const double signal_db = error_db(gain, signal[i]);
        const double cmrr_db =
            fabs(ratio_db(gain, found[i] / emf[i]) - ratio_db(signal[i], common[i]));
        worst->signal_db = fmax(worst->signal_db, signal_db);
        worst->cmrr_db = fmax(worst->cmrr_db, cmrr_db);
        if (!(signal_db <= 0.01 && cmrr_db <= TOLERANCE_DB))
            fail_msg("type %d, %g m, %g ohm +-%g %%, %g kohm, %g dB, %g pF/m at %g Hz: signal %g "
                     "dB off, rejection %g dB off %g dB",
                     line->type, line->length_m, line->source_ohm, line->imbalance_percent / 2,
                     line->receiver_kohm, line->cmrr_db, line->pf_per_m, points_hz[i], signal_db,
                     cmrr_db, ratio_db(signal[i], common[i]));
    }
    const double mains_db = ratio_db(signal[0], common[0]);
    const double meter_db = fabs(fmin(plugin_host_get(host, "cmrr"), HIGHEST_DB) - mains_db);
    worst->meter_db = fmax(worst->meter_db, meter_db);
    assert_true(meter_db <= TOLERANCE_DB);
    response_free(&response);
}

static void lines_agree_with_ngspice(void **state) {
    (void)state;
    static const double rates_hz[] = {44100, 48000, 96000};
    struct worst worst = {0};
    for (unsigned i = 0; i < LINES; i++) {
        struct plugin_host *host =
            plugin_host_open(LINE_URI, rates_hz[i % 3], PLUGIN_HOST_URID_MAP);
        const struct line line = random_line(i);
        check_line(host, &line, &worst);
        plugin_host_close(host);
    }
    print_message("%d lines: signal %.5f dB, rejection %.4f dB, meter %.4f dB off at worst\n",
                  (int)LINES, worst.signal_db, worst.cmrr_db, worst.meter_db);
}

// --- Interference, as it comes out of the plugin ---

static const struct source {
    const char *symbol;
    bool between_chassis, random;
} sources[] = {
    {"ground_loop", true, false}, {"usb", true, false},          {"hum", false, false},
    {"dimmer", false, false},     {"fluorescent", false, false}, {"motor", false, true},
    {"gsm", false, false},        {"radio", false, true},
};

enum { SOURCE_COUNT = sizeof sources / sizeof *sources };

// Unbalanced, without impedances, 10 m of 50 mohm/m in a loop of 0.5 ohm: half of what is between
// the chassis, ten times what is on a metre.
static struct stereo record_source(const struct source *source, double rate_hz, double mv,
                                   double seconds) {
    struct plugin_host *host = plugin_host_open(LINE_URI, rate_hz, PLUGIN_HOST_URID_MAP);
    struct stereo out = stereo_new((size_t)(seconds * rate_hz));
    plugin_host_set_all(host, "line_length=10 source_impedance=min line_capacitance=0 "
                              "shield_resistance=50 loop_resistance=0.5");
    plugin_host_set(host, source->symbol, mv);
    plugin_host_render(host, NULL, NULL, out.left, out.right, out.frames, 512);
    plugin_host_close(host);
    return out;
}

static void every_source_is_as_strong_as_its_control_says(void **state) {
    (void)state;
    static const double rates_hz[] = {44100, 48000, 96000};
    for (int i = 0; i < SOURCE_COUNT; i++) {
        const double rate_hz = rates_hz[i % 3];
        const double seconds = sources[i].random ? 13 : 4;
        struct stereo out = record_source(&sources[i], rate_hz, 20, seconds);
        const size_t begin = (size_t)rate_hz;
        double power = 0;
        for (size_t n = begin; n < out.frames; n++)
            power += (double)out.left[n] * (double)out.left[n];
        const double volts =
            sqrt(power / (double)(out.frames - begin)) * sqrt(2) * 2; // source_level is 2 V
        const double expected = sources[i].between_chassis ? 0.02 / 2 : 0.02 * 10;
        print_message("%-12s %6.0f Hz: %+.4f dB\n", sources[i].symbol, rate_hz,
                      spectrum_decibel(volts / expected));
        assert_true(fabs(spectrum_decibel(volts / expected)) < 0.1);
        stereo_free(&out);
    }
}

// Power that is on no multiple of step_hz, relative to all of it. A second is a whole number of
// periods.
static double stray_db(const struct source *source, double rate_hz, int step_hz) {
    struct stereo out = record_source(source, rate_hz, 20, 2);
    const size_t count = (size_t)rate_hz;
    double *x = calloc(count, sizeof *x);
    double complex *bins = calloc(count / 2 + 1, sizeof *bins);
    assert_non_null(x);
    assert_non_null(bins);
    spectrum_from_float(out.left + count, x, count);
    spectrum_fft(x, count, bins);
    double all = 0, stray = 0;
    for (size_t k = 20; k <= 20000; k++) {
        const double power = creal(bins[k] * conj(bins[k]));
        all += power;
        stray += k % (size_t)step_hz ? power : 0;
    }
    free(x);
    free(bins);
    stereo_free(&out);
    return 10 * log10(stray / all);
}

static void nothing_folds_back_at_44_khz(void **state) {
    (void)state;
    static const int steps_hz[SOURCE_COUNT] = {50, 1000, 50, 50, 50, 0, 0, 0};
    for (int i = 0; i < SOURCE_COUNT; i++)
        if (steps_hz[i] > 0) {
            const double db = stray_db(&sources[i], 44100, steps_hz[i]);
            print_message("%-12s %.1f dB beside its lines\n", sources[i].symbol, db);
            assert_true(db < -100);
        }
}

// --- In the chain, after the line, everything is as loud as the signal: the same rejection. ---

static double chain_output(struct plugin_host *host, const char *settings) {
    double complex line_v[POINTS];
    plugin_host_set_defaults(host);
    plugin_host_set_all(host, settings);
    record_interference(host, line_v);
    return spectrum_decibel(cabs(line_v[3]));
}

static void the_chain_hears_the_same_line(void **state) {
    (void)state;
    struct plugin_host *host = chain_open(48000);
    const double unbalanced = chain_output(host, "line_type=0 hum=min dimmer=10 line_length=10");
    const double balanced = chain_output(host, "line_type=1 dimmer=10 line_length=10");
    assert_true(fabs(unbalanced - balanced - plugin_host_get(host, "cmrr")) < 0.3);
    // Gain lifts it, and the division by the gain takes it back.
    const double louder = chain_output(host, "line_type=1 dimmer=10 line_length=10 gain=20");
    assert_true(fabs(louder - balanced) < 0.01);
    plugin_host_close(host);
}

static void assert_silent(const struct stereo *out) {
    for (size_t i = 0; i < out->frames; i++)
        if (out->left[i] != 0 || out->right[i] != 0)
            fail_msg("frame %zu: %g", i, (double)out->left[i]);
}

static void nothing_is_heard_at_defaults_or_in_bypass(void **state) {
    (void)state;
    static const char *const settings[] = {"", "enabled=0 ground_loop=1000 dimmer=1000 gsm=1000",
                                           "line_length=min ground_loop=1000 dimmer=1000"};
    struct plugin_host *host = chain_open(48000);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        struct stereo out = stereo_new(24000);
        chain_start(host, settings[i], CHAIN_NORMAL);
        plugin_host_render(host, NULL, NULL, out.left, out.right, out.frames, 512);
        assert_silent(&out);
        stereo_free(&out);
    }
    plugin_host_close(host);
}

// Noise of the source itself passes every line alike.
static void no_line_rejects_noise_of_the_source(void **state) {
    (void)state;
    struct plugin_host *host = chain_open(48000);
    double level_db[2];
    for (int type = 0; type < 2; type++) {
        struct stereo out = stereo_new(48000);
        chain_start(host, type ? "line_type=1 source_noise=1000" : "source_noise=1000",
                    CHAIN_NORMAL);
        plugin_host_render(host, NULL, NULL, out.left, out.right, out.frames, 512);
        double power = 0;
        for (size_t i = 4800; i < out.frames; i++)
            power += (double)out.left[i] * (double)out.left[i];
        level_db[type] = spectrum_decibel(sqrt(power));
        stereo_free(&out);
    }
    assert_true(fabs(level_db[0] - level_db[1]) < 0.01);
    plugin_host_close(host);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_agree_with_ngspice),
        cmocka_unit_test(every_source_is_as_strong_as_its_control_says),
        cmocka_unit_test(nothing_folds_back_at_44_khz),
        cmocka_unit_test(the_chain_hears_the_same_line),
        cmocka_unit_test(nothing_is_heard_at_defaults_or_in_bypass),
        cmocka_unit_test(no_line_rejects_noise_of_the_source),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
