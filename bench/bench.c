// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// What the plugins cost a host, in nanoseconds a stereo frame.
//
//   bench [--uri URI] [--seconds S] [--block N]
//
// Each figure is the minimum and the median of many runs over the same signal: the minimum is the
// plugin, what is above it is the machine. --uri times another plugin on the same signal between
// ours and prints the ratio.
#define _XOPEN_SOURCE 700 // setenv
#include "subject.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CHAIN_URI   "urn:loadline:chain"
#define RATE_HZ     48000.0
#define PI          3.14159265358979323846
#define WARM_UP_S   0.1
#define MICRO       1e-3 // of a nanosecond
#define PER_BLOCK_S 0.5

enum {
    REPEATS = 25,
    ROUNDS = 3,
    IDENTICAL_RUNS = 20,
    QUALITIES = 3,
    NORMAL_QUALITY = 1,
    KERNELS = 2,
    BLOCKS_MAX = 1 << 16,
};

static const char *const quality_names[QUALITIES] = {"live", "normal", "high"};
static const char *const kernel_names[KERNELS] = {"fastest", "baseline"};

// The load is the HD 600's, on a cable of four wires.
#define HD_600                                                                                     \
    "resistance=300.9 peak1_rise=266.8 peak1_frequency=100 peak1_q=1.45 semi_impedance=110.3 "     \
    "semi_exponent=0.618 cable=0 cable_length=3 ground_resistance=20 "
#define NOISE "stage_noise=5 noise_corner=100 source_noise=2 "

struct scenario {
    const char *name;
    const char *settings;
    bool silent;
};

static const struct scenario scenarios[] = {
    {"linear", HD_600, false},
    {"silence", HD_600, true},
    {"noise, clipping 6 dB over", HD_600 NOISE "rail=1.4142", false},
    {"the same, silence", HD_600 NOISE "rail=1.4142", true},
    {"current limit", HD_600 "current_limit=3", false},
    {"sag", HD_600 "supply_resistance=10 supply_capacitance=220 rail=2", false},
    {"bridge, noise, clipping", HD_600 NOISE "topology=2 rail=1.4142", false},
};

enum { SCENARIOS = sizeof scenarios / sizeof *scenarios };

struct options {
    const char *uri;
    double seconds;
    uint32_t block;
};

struct signal {
    size_t frames;
    float *left, *right;
};

struct cost {
    double least, median;
};

// --- Time ---

static double now_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static int compare(const void *a, const void *b) {
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

static struct cost summarize(double *values, size_t count) {
    qsort(values, count, sizeof *values, compare);
    return (struct cost){values[0], values[count / 2]};
}

// --- Signal ---

// Full scale: five partials and some noise, the channels unlike.
static struct signal make_signal(double seconds) {
    static const double hz[] = {61, 233, 997, 3111, 7919};
    const size_t frames = (size_t)(seconds * RATE_HZ);
    struct signal signal = {frames, calloc(frames, sizeof(float)), calloc(frames, sizeof(float))};
    if (!signal.left || !signal.right)
        exit(EXIT_FAILURE);
    uint32_t word = 1;
    float peak = 0;
    for (size_t i = 0; i < frames; i++) {
        double sum[2] = {0};
        for (size_t k = 0; k < sizeof hz / sizeof *hz; k++) {
            sum[0] += sin(2 * PI * hz[k] * (double)i / RATE_HZ) / (double)(k + 1);
            sum[1] += cos(2 * PI * hz[k] * (double)i / RATE_HZ) / (double)(k + 1);
        }
        word = word * 1664525u + 1013904223u;
        const double noise = (double)word / 4294967296.0 - 0.5;
        signal.left[i] = (float)(sum[0] + 0.1 * noise);
        signal.right[i] = (float)(sum[1] - 0.1 * noise);
        peak = fmaxf(peak, fmaxf(fabsf(signal.left[i]), fabsf(signal.right[i])));
    }
    for (size_t i = 0; i < frames; i++) {
        signal.left[i] /= peak;
        signal.right[i] /= peak;
    }
    return signal;
}

static void free_signal(struct signal *signal) {
    free(signal->left);
    free(signal->right);
}

// --- Whole runs ---

static void play(struct subject *subject, const struct signal *signal, bool silent,
                 uint32_t block) {
    for (size_t done = 0; done + block <= signal->frames; done += block) {
        subject_listen(subject, silent ? NULL : signal->left + done,
                       silent ? NULL : signal->right + done);
        subject_run(subject, block);
    }
}

// Silence is what follows a sound: the warm-up is heard in any case.
static struct cost time_subject(struct subject *subject, const struct signal *signal, bool silent,
                                uint32_t block) {
    struct signal warm_up = *signal;
    warm_up.frames = (size_t)fmin((double)signal->frames, WARM_UP_S * RATE_HZ);
    double ns[REPEATS];
    for (int i = 0; i < REPEATS; i++) {
        subject_restart(subject);
        play(subject, &warm_up, false, block);
        const double start = now_ns();
        play(subject, signal, silent, block);
        const size_t blocks = signal->frames / block;
        ns[i] = (now_ns() - start) / (double)(blocks * block);
    }
    return summarize(ns, REPEATS);
}

static struct subject *open_chain(int kernels, int quality, const char *settings, uint32_t block) {
    char words[64];
    setenv("LOADLINE_KERNELS", kernels ? "baseline" : "", 1);
    struct subject *subject = subject_open(CHAIN_URI, RATE_HZ, block);
    subject_set_all(subject, settings);
    snprintf(words, sizeof words, "quality=%d", quality);
    subject_set_all(subject, words);
    return subject;
}

static struct cost time_chain(int kernels, int quality, const struct scenario *scenario,
                              const struct signal *signal, uint32_t block) {
    struct subject *subject = open_chain(kernels, quality, scenario->settings, block);
    const struct cost cost = time_subject(subject, signal, scenario->silent, block);
    subject_close(subject);
    return cost;
}

static void print_whole_runs(const struct options *options, const struct signal *signal) {
    printf("ns a stereo frame, %g Hz, blocks of %u, HD 600: minimum (median) of %d runs of %g s\n",
           RATE_HZ, options->block, (int)REPEATS, options->seconds);
    for (int kernels = 0; kernels < KERNELS; kernels++) {
        printf("\n%-28s", kernel_names[kernels]);
        for (int quality = 0; quality < QUALITIES; quality++)
            printf("%18s", quality_names[quality]);
        printf("\n");
        for (int i = 0; i < SCENARIOS; i++) {
            printf("  %-26s", scenarios[i].name);
            for (int quality = 0; quality < QUALITIES; quality++) {
                const struct cost cost =
                    time_chain(kernels, quality, &scenarios[i], signal, options->block);
                printf("   %6.1f (%6.1f)", cost.least, cost.median);
            }
            printf("\n");
        }
    }
}

// --- Single blocks ---

struct position {
    double ratio; // of the dearest block to the median
    double worst_ns, median_ns;
    size_t worst_block;
};

// Every run is the same, so a block's least time is its own, not the machine's.
static struct position time_blocks(struct subject *subject, const struct signal *signal,
                                   const char *before, const char *change, uint32_t block) {
    static double least[BLOCKS_MAX], sorted[BLOCKS_MAX];
    size_t count = (size_t)(PER_BLOCK_S * RATE_HZ) / block;
    count = count < signal->frames / block ? count : signal->frames / block;
    count = count < BLOCKS_MAX ? count : BLOCKS_MAX;
    for (int run = 0; run < IDENTICAL_RUNS; run++) {
        subject_set_all(subject, before);
        subject_restart(subject);
        subject_run(subject, block); // builds the circuit
        for (size_t i = 0; i < count; i++) {
            if (i == count / 8)
                subject_set_all(subject, change);
            subject_listen(subject, signal->left + i * block, signal->right + i * block);
            const double start = now_ns();
            subject_run(subject, block);
            const double ns = now_ns() - start;
            least[i] = run == 0 ? ns : fmin(least[i], ns);
        }
    }
    struct position position = {0};
    for (size_t i = 0; i < count; i++)
        if (least[i] > position.worst_ns) {
            position.worst_ns = least[i];
            position.worst_block = i;
        }
    memcpy(sorted, least, count * sizeof *least);
    position.median_ns = summarize(sorted, count).median;
    position.ratio = position.worst_ns / position.median_ns;
    return position;
}

static void print_blocks(const struct options *options, const struct signal *signal) {
    static const struct {
        const char *name, *settings, *before, *change;
    } rows[] = {
        {"linear, another headphone", HD_600, "headphone=0", "headphone=5"},
        {"clipping, another headphone", HD_600 NOISE "rail=1.4142", "headphone=0", "headphone=5"},
        {"clipping, to a bridge", HD_600 NOISE "rail=1.4142", "topology=0", "topology=2"},
        {"clipping, no change", HD_600 NOISE "rail=1.4142", "topology=0", "topology=0"},
        {"limiting, another cable", HD_600 "current_limit=3", "cable=0", "cable=3"},
        {"limiting, no change", HD_600 "current_limit=3", "cable=0", "cable=0"},
        {"sag, another cable", HD_600 "supply_resistance=10 supply_capacitance=220 rail=2",
         "cable=0", "cable=3"},
        {"bypass and back", HD_600, "enabled=1", "enabled=0"},
    };
    printf("\nDearest block over the median, minimum over %d identical runs, change at 1/8\n",
           (int)IDENTICAL_RUNS);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        printf("  %-30s", rows[i].name);
        for (int quality = 0; quality < QUALITIES; quality++) {
            struct subject *subject = open_chain(0, quality, rows[i].settings, options->block);
            const struct position position =
                time_blocks(subject, signal, rows[i].before, rows[i].change, options->block);
            printf("  %s %5.2f (%5.1f/%5.1f us, block %zu)", quality_names[quality], position.ratio,
                   position.worst_ns * MICRO, position.median_ns * MICRO, position.worst_block);
            subject_close(subject);
        }
        printf("\n");
    }
}

// --- Once ---

static struct cost time_instantiation(uint32_t block) {
    double ns[REPEATS];
    for (int i = 0; i < REPEATS; i++) {
        const double start = now_ns();
        struct subject *subject = subject_open(CHAIN_URI, RATE_HZ, block);
        ns[i] = now_ns() - start;
        subject_close(subject);
    }
    return summarize(ns, REPEATS);
}

// The first run builds the circuit; of one that is there already it only starts the path.
static struct cost time_first_run(const char *odd, const char *even, uint32_t block) {
    struct subject *subject = open_chain(0, NORMAL_QUALITY, HD_600, block);
    double ns[REPEATS];
    for (int i = -1; i < REPEATS; i++) {
        subject_set_all(subject, i % 2 ? odd : even);
        subject_restart(subject);
        const double start = now_ns();
        subject_run(subject, block);
        ns[i < 0 ? 0 : i] = now_ns() - start;
    }
    subject_close(subject);
    return summarize(ns, REPEATS);
}

static void print_once(const struct options *options) {
    const struct cost opened = time_instantiation(options->block);
    const struct cost known = time_first_run("headphone=0", "headphone=0", options->block);
    const struct cost device = time_first_run("headphone=0", "headphone=5", options->block);
    const struct cost branches = time_first_run("headphone=2", "headphone=16", options->block);
    printf("\nOnce, us: minimum (median)\n");
    printf("  %-44s %8.1f (%8.1f)\n", "instantiate, lilv's share included", opened.least * MICRO,
           opened.median * MICRO);
    printf("  %-44s %8.1f (%8.1f)\n", "first run, known circuit", known.least * MICRO,
           known.median * MICRO);
    printf("  %-44s %8.1f (%8.1f)\n", "first run, another headphone", device.least * MICRO,
           device.median * MICRO);
    printf("  %-44s %8.1f (%8.1f)\n", "first run, between headphones of the table",
           branches.least * MICRO, branches.median * MICRO);
    printf("  %-44s %8.1f\n", "so a headphone takes to build",
           (device.least - known.least) * MICRO);
}

// --- Against another plugin ---

static void keep_best(struct cost *best, struct cost cost) {
    best->least = fmin(best->least, cost.least);
    best->median = fmin(best->median, cost.median);
}

static void print_other(const struct options *options, const struct signal *signal) {
    const struct scenario *ours = &scenarios[2];
    struct subject *other = subject_open(options->uri, RATE_HZ, options->block);
    printf("\n<%s> on the same signal\n", options->uri);
    struct cost theirs = {INFINITY, INFINITY};
    struct cost best[QUALITIES] = {theirs, theirs, theirs};
    // In turns, so that a machine that slows down slows both.
    for (int round = 0; round < ROUNDS; round++)
        for (int quality = 0; quality < QUALITIES; quality++) {
            keep_best(&theirs, time_subject(other, signal, false, options->block));
            keep_best(&best[quality], time_chain(0, quality, ours, signal, options->block));
        }
    printf("  %6.1f (%6.1f) ns a frame\n", theirs.least, theirs.median);
    for (int quality = 0; quality < QUALITIES; quality++)
        printf("  %-6s %6.1f (%6.1f): %.2f times cheaper\n", quality_names[quality],
               best[quality].least, best[quality].median, theirs.least / best[quality].least);
    subject_close(other);
}

// --- Main ---

static bool parse(int argc, char **argv, struct options *options) {
    for (int i = 1; i < argc; i += 2) {
        if (i + 1 == argc)
            return false;
        if (strcmp(argv[i], "--uri") == 0)
            options->uri = argv[i + 1];
        else if (strcmp(argv[i], "--seconds") == 0)
            options->seconds = strtod(argv[i + 1], NULL);
        else if (strcmp(argv[i], "--block") == 0)
            options->block = (uint32_t)strtoul(argv[i + 1], NULL, 10);
        else
            return false;
    }
    return options->seconds >= 0.01 && options->block >= 1 && options->block <= 8192;
}

int main(int argc, char **argv) {
    struct options options = {NULL, 1.0, 64};
    if (!parse(argc, argv, &options)) {
        fputs("usage: bench [--uri URI] [--seconds S] [--block N]\n", stderr);
        return EXIT_FAILURE;
    }
    struct signal signal = make_signal(options.seconds);
    print_whole_runs(&options, &signal);
    print_blocks(&options, &signal);
    print_once(&options);
    if (options.uri)
        print_other(&options, &signal);
    free_signal(&signal);
    return EXIT_SUCCESS;
}
