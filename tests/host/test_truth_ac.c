// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Small signals: the running chain plugin against ngspice .ac, 20 Hz to 20 kHz.
//
// The plugin plays one impulse; its transform at the frequencies of the .ac grid, turned back by
// the reported latency, is the complex response. Floating-point samples keep their precision
// however quiet they are, so that crosstalk is as exact as the driven channel. Slow poles ring
// longer than the record: the second half of the record fades out, and what that takes away lies
// below 20 Hz.
//
// LOADLINE_LONG=1 or --long runs the whole grid of rates and qualities.
#include "circuits.h"
#include "device_table.h"
#include "plugin_host.h"
#include "spectrum.h"
#include "spice_oracle.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PI                3.14159265358979323846
#define CHAIN_URI         "urn:loadline:chain"
#define GAIN_TOLERANCE_DB 0.01
#define PHASE_TOLERANCE   0.1 // degree
#define CROSS_TOLERANCE   0.05
#define CROSS_FLOOR_DB    (-100.0)
#define IMPULSE           0.5
#define WARM_UP_S         0.05
#define LEAST_RECORD_S    1.0
#define MOST_RECORD_S     4.0

enum {
    RANDOM_CIRCUITS = 48,
    RANDOM_SEED = 20260,
    QUALITIES = 3,
    LIVE_QUALITY = 0,
    NORMAL_QUALITY = 1,
    BLOCK = 1024,
    REPORTED_FAILURES = 20,
    HEADPHONE_SOURCES = 5,
};

static const double rates_hz[] = {44100, 48000, 88200, 96000, 176400, 192000};

enum { RATES = sizeof rates_hz / sizeof *rates_hz };

static bool long_run;

// One circuit with its truth, and how the plugin gets it.
struct truth_case {
    char name[96];
    const char *headphone; // NULL: all by the ports
    int driven;            // channel
};

struct truth_set {
    const char *title;
    size_t count;
    struct truth_case *cases;
    struct spice_ac_case *truth;
};

struct error {
    double size;
    double frequency_hz;
    const char *name;
};

struct errors {
    struct error gain_db;
    struct error phase_deg;
    struct error cross_db;
};

// --- Measuring the plugin ---

// Long enough for the slowest resonance inside the band to die before the fade-out.
static double record_length_s(const struct spice_circuit *circuit) {
    double length_s = LEAST_RECORD_S;
    // The magnetizing inductance rings with the coupling capacitor, at any Q.
    if (circuit->topology == SPICE_TRANSFORMER && isfinite(circuit->output_farad))
        length_s = MOST_RECORD_S;
    for (size_t b = 0; b < circuit->branch_count; b++)
        for (size_t i = 0; i < SPICE_PEAKS; i++) {
            const struct spice_peak *peak = &circuit->branch[b].peak[i];
            if (peak->rise_ohm > 0 && peak->hz > 12)
                length_s = fmax(length_s, 18 * peak->q / (PI * peak->hz));
        }
    return fmin(length_s, MOST_RECORD_S);
}

static void fade_out(double *x, size_t count) {
    const size_t start = count / 2;
    for (size_t i = start; i < count; i++)
        x[i] *= 0.5 + 0.5 * cos(PI * (double)(i - start) / (double)(count - start));
}

static void transform(const float *output, size_t count, double rate_hz, double latency,
                      double complex *gain) {
    double *x = calloc(count, sizeof *x);
    assert_non_null(x);
    spectrum_from_float(output, x, count);
    fade_out(x, count);
    for (size_t i = 0; i < SPICE_POINTS; i++) {
        const double hz = spice_frequency_hz(i);
        gain[i] = spectrum_transform_at(x, count, rate_hz, hz) / IMPULSE *
                  cexp(I * 2 * PI * hz / rate_hz * latency);
    }
    free(x);
}

static void measure(struct plugin_host *host, int driven, double length_s,
                    double complex gain[SPICE_CHANNELS][SPICE_POINTS]) {
    const double rate_hz = plugin_host_rate_hz(host);
    const size_t warm_up = (size_t)(WARM_UP_S * rate_hz);
    const size_t record = (size_t)(length_s * rate_hz);
    float *arrays = calloc(3 * (warm_up + record), sizeof *arrays);
    assert_non_null(arrays);
    float *input = arrays;
    float *output[SPICE_CHANNELS] = {input + warm_up + record, input + 2 * (warm_up + record)};
    input[warm_up] = (float)IMPULSE;
    plugin_host_restart(host);
    plugin_host_render(host, driven == 0 ? input : NULL, driven == 1 ? input : NULL, output[0],
                       output[1], warm_up + record, BLOCK);
    for (int channel = 0; channel < SPICE_CHANNELS; channel++)
        transform(output[channel] + warm_up, record, rate_hz, plugin_host_latency(host),
                  gain[channel]);
    free(arrays);
}

static void set_up_ports(struct plugin_host *host, const struct truth_case *truth_case,
                         const struct spice_circuit *circuit, int quality) {
    circuit_neutral_ports(host);
    circuit_stage_to_ports(host, circuit);
    plugin_host_set(host, "quality", quality);
    if (!truth_case->headphone) {
        circuit_load_to_ports(host, circuit);
        return;
    }
    plugin_host_set(host, "headphone",
                    plugin_host_scale_point(host, "headphone", truth_case->headphone));
    plugin_host_set(host, "cable", 1); // the headphone's own
}

// --- Comparing ---

static void keep_worst(struct error *worst, double size, double frequency_hz, const char *name) {
    // A NaN is the worst of all.
    if (size <= worst->size)
        return;
    *worst = (struct error){isnan(size) ? INFINITY : size, frequency_hz, name};
}

static double cross_error_db(double complex measured, double complex expected,
                             double complex driven) {
    const double expected_db = spectrum_decibel(cabs(expected / driven));
    const double measured_db = spectrum_decibel(cabs(measured / driven));
    if (expected_db >= CROSS_FLOOR_DB)
        return fabs(measured_db - expected_db);
    // Below the floor only the floor counts. NaN passes through, to fail later.
    return measured_db <= CROSS_FLOOR_DB ? 0 : measured_db - CROSS_FLOOR_DB;
}

static struct errors compare(const struct truth_case *truth_case, const struct spice_ac_case *truth,
                             double complex gain[SPICE_CHANNELS][SPICE_POINTS]) {
    struct errors errors = {0};
    const int driven = truth_case->driven;
    for (size_t i = 0; i < SPICE_POINTS; i++) {
        const double hz = spice_frequency_hz(i);
        const double complex expected = truth->driver_v[driven][i];
        const double complex ratio = gain[driven][i] / expected;
        keep_worst(&errors.gain_db, fabs(spectrum_decibel(cabs(ratio))), hz, truth_case->name);
        keep_worst(&errors.phase_deg, fabs(carg(ratio)) * 180 / PI, hz, truth_case->name);
        keep_worst(&errors.cross_db,
                   cross_error_db(gain[1 - driven][i], truth->driver_v[1 - driven][i], expected),
                   hz, truth_case->name);
    }
    return errors;
}

static void merge(struct errors *into, const struct errors *from) {
    keep_worst(&into->gain_db, from->gain_db.size, from->gain_db.frequency_hz, from->gain_db.name);
    keep_worst(&into->phase_deg, from->phase_deg.size, from->phase_deg.frequency_hz,
               from->phase_deg.name);
    keep_worst(&into->cross_db, from->cross_db.size, from->cross_db.frequency_hz,
               from->cross_db.name);
}

static bool within(const struct errors *errors, int quality) {
    return errors->gain_db.size <= GAIN_TOLERANCE_DB &&
           (quality == LIVE_QUALITY || errors->phase_deg.size <= PHASE_TOLERANCE) &&
           errors->cross_db.size <= CROSS_TOLERANCE;
}

static void print_errors(const char *head, const struct errors *errors) {
    print_message("%s  %8.5f dB at %5.0f Hz  %8.4f deg at %5.0f Hz  crosstalk %8.5f dB at %5.0f Hz",
                  head, errors->gain_db.size, errors->gain_db.frequency_hz, errors->phase_deg.size,
                  errors->phase_deg.frequency_hz, errors->cross_db.size,
                  errors->cross_db.frequency_hz);
}

// --- The grid ---

static bool on_short_grid(const char *headphone, size_t index, size_t rate, int quality) {
    if (headphone)
        return quality == NORMAL_QUALITY && index % RATES == rate;
    return quality == NORMAL_QUALITY || (index + rate) % RATES == (size_t)quality;
}

static struct errors check_case(struct plugin_host *host, const struct truth_set *set, size_t index,
                                int quality) {
    static unsigned reported;
    double complex gain[SPICE_CHANNELS][SPICE_POINTS];
    const struct spice_circuit *circuit = &set->truth[index].circuit;
    set_up_ports(host, &set->cases[index], circuit, quality);
    measure(host, set->cases[index].driven, record_length_s(circuit), gain);
    const struct errors errors = compare(&set->cases[index], &set->truth[index], gain);
    if (!within(&errors, quality) && reported++ < REPORTED_FAILURES) {
        print_errors("FAIL", &errors);
        print_message("  (%s, %.0f Hz, quality %d)\n", set->cases[index].name,
                      plugin_host_rate_hz(host), quality);
    }
    return errors;
}

// Returns the number of runs that were out of tolerance, and adds to the number of runs.
static size_t check_grid_cell(struct plugin_host *host, const struct truth_set *set, size_t rate,
                              int quality, size_t *runs) {
    struct errors worst = {0};
    size_t cell_runs = 0;
    size_t failures = 0;
    for (size_t i = 0; i < set->count; i++) {
        if (!long_run && !on_short_grid(set->cases[i].headphone, i, rate, quality))
            continue;
        const struct errors errors = check_case(host, set, i, quality);
        merge(&worst, &errors);
        failures += !within(&errors, quality);
        cell_runs++;
    }
    if (cell_runs > 0) {
        char head[64];
        snprintf(head, sizeof head, "%6.0f Hz quality %d, %3zu runs:", rates_hz[rate], quality,
                 cell_runs);
        print_errors(head, &worst);
        print_message("\n");
    }
    *runs += cell_runs;
    return failures;
}

static void check_set(const struct truth_set *set) {
    size_t runs = 0;
    size_t failures = 0;
    print_message("%s: worst errors against ngspice\n", set->title);
    for (size_t rate = 0; rate < RATES; rate++) {
        struct plugin_host *host =
            plugin_host_open(CHAIN_URI, rates_hz[rate], PLUGIN_HOST_URID_MAP);
        for (int quality = 0; quality < QUALITIES; quality++)
            failures += check_grid_cell(host, set, rate, quality, &runs);
        plugin_host_close(host);
    }
    print_message("%zu runs, %zu out of tolerance\n", runs, failures);
    assert_true(runs >= set->count);
    assert_int_equal(failures, 0);
}

static struct truth_set new_set(const char *title, size_t count) {
    struct truth_set set = {title, count, calloc(count, sizeof(struct truth_case)),
                            calloc(count, sizeof(struct spice_ac_case))};
    assert_non_null(set.cases);
    assert_non_null(set.truth);
    return set;
}

static void free_set(struct truth_set *set) {
    free(set->cases);
    free(set->truth);
}

static void set_case(struct truth_set *set, size_t index, struct spice_circuit circuit) {
    // The channels take turns, so that a swapped channel cannot hide.
    set->cases[index].driven = (int)(index / 4 % 2);
    set->truth[index].circuit = circuit;
    set->truth[index].drive_v[set->cases[index].driven] = 1;
}

// --- Tests ---

static void test_random_circuits(void **state) {
    (void)state;
    struct truth_set set = new_set("Random circuits", RANDOM_CIRCUITS);
    for (size_t i = 0; i < set.count; i++) {
        const enum spice_topology topology = (enum spice_topology)(i % 4);
        set_case(&set, i, circuit_random(topology, RANDOM_SEED + i));
        snprintf(set.cases[i].name, sizeof set.cases[i].name, "random %zu, topology %d", i,
                 (int)topology);
    }
    assert_true(spice_solve_ac(set.truth, set.count));
    check_set(&set);
    free_set(&set);
}

static void add_headphone(struct truth_set *set, size_t row, const struct device_table *headphones,
                          const struct device_table *branches) {
    static const double source_ohm[HEADPHONE_SOURCES] = {0.1, 1, 10, 33, 120};
    const char *name = device_table_text(headphones, row, "name");
    for (size_t i = 0; i < HEADPHONE_SOURCES; i++) {
        const size_t index = row * HEADPHONE_SOURCES + i;
        struct spice_circuit circuit =
            circuit_headphone(headphones, branches, row, SPICE_SHARED_RETURN);
        circuit.output_ohm = source_ohm[i];
        circuit.ground_ohm = 0.02;
        set_case(set, index, circuit);
        set->cases[index].headphone = name;
        snprintf(set->cases[index].name, sizeof set->cases[index].name, "%.60s at %g ohm", name,
                 source_ohm[i]);
    }
}

static void test_headphones(void **state) {
    (void)state;
    struct device_table *headphones = device_table_open("headphones.csv");
    struct device_table *branches = device_table_open("branches.csv");
    const size_t rows = device_table_rows(headphones);
    assert_true(rows > 0);
    struct truth_set set = new_set("Headphones of the table", rows * HEADPHONE_SOURCES);
    for (size_t row = 0; row < rows; row++)
        add_headphone(&set, row, headphones, branches);
    assert_true(spice_solve_ac(set.truth, set.count));
    check_set(&set);
    free_set(&set);
    device_table_close(headphones);
    device_table_close(branches);
}

int main(int argc, char **argv) {
    const char *asked = getenv("LOADLINE_LONG");
    long_run = (asked && strcmp(asked, "1") == 0) || (argc > 1 && strcmp(argv[1], "--long") == 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_circuits),
        cmocka_unit_test(test_headphones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
