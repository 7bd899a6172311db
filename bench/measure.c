// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "bench.h"
#include "die.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

const char *const quality_names[QUALITY_COUNT] = {"live", "normal", "high"};

// Every run is the same, so the least time of a short stretch of it is what the stretch takes: on a
// busy machine no whole run is ever undisturbed. As many blocks make a stretch.
#define STRETCH_BLOCKS 10

// The subjects of an entrant, and its times so far.
struct lane {
    struct subject **subjects;
    size_t count;
    uint32_t block;
    const struct sound *signal;
    size_t stretches;
    double *least_ns; // of each stretch
    double *run_ns;   // of each run
};

bool bench_has_fast_loops(void) {
#ifdef LOADLINE_HAVE_V3
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
           __builtin_cpu_supports("bmi2");
#else
    return false;
#endif
}

static uint32_t block_of(const struct bench *bench, const struct entrant *entrant) {
    return entrant->block ? entrant->block : bench->block;
}

struct subject *bench_open(const struct bench *bench, const struct entrant *entrant) {
    char quality[32];
    struct subject *subject =
        subject_open(entrant->uri, RATE_HZ, block_of(bench, entrant), entrant->baseline);
    if (entrant->settings)
        subject_set(subject, entrant->settings);
    if (entrant->more)
        subject_set(subject, entrant->more);
    if (entrant->quality >= 0) {
        snprintf(quality, sizeof quality, "quality=%d", entrant->quality);
        subject_set(subject, quality);
    }
    return subject;
}

static void listen_from(struct subject *subject, const struct sound *signal, size_t from) {
    subject_listen(subject, signal->left ? signal->left + from : NULL,
                   signal->right ? signal->right + from : NULL);
}

void bench_play(struct subject *subject, const struct sound *signal, size_t from, size_t frames,
                uint32_t block) {
    for (size_t done = from; done + block <= from + frames; done += block) {
        listen_from(subject, signal, done);
        subject_run(subject, block);
    }
}

static size_t blocks_of(const struct lane *lane) {
    return lane->signal->frames / lane->block;
}

static struct lane open_lane(const struct bench *bench, const struct entrant *entrant) {
    const size_t count = entrant->instances > 0 ? (size_t)entrant->instances : 1;
    struct lane lane = {
        .subjects = allocate(count, sizeof(struct subject *)),
        .count = count,
        .block = block_of(bench, entrant),
        .signal = entrant->signal ? entrant->signal : &bench->signal,
        .run_ns = allocate((size_t)bench->runs, sizeof(double)),
    };
    lane.stretches = (blocks_of(&lane) + STRETCH_BLOCKS - 1) / STRETCH_BLOCKS;
    lane.least_ns = allocate(lane.stretches, sizeof(double));
    for (size_t i = 0; i < lane.stretches; i++)
        lane.least_ns[i] = INFINITY;
    for (size_t i = 0; i < count; i++)
        lane.subjects[i] = bench_open(bench, entrant);
    return lane;
}

static void close_lane(const struct lane *lane) {
    for (size_t i = 0; i < lane->count; i++)
        subject_close(lane->subjects[i]);
    free(lane->subjects);
    free(lane->least_ns);
    free(lane->run_ns);
}

static double time_stretch(const struct lane *lane, size_t stretch) {
    const size_t first = stretch * STRETCH_BLOCKS, blocks = blocks_of(lane);
    const size_t end = first + STRETCH_BLOCKS < blocks ? first + STRETCH_BLOCKS : blocks;
    const double start_ns = now_ns();
    for (size_t block = first; block < end; block++)
        for (size_t i = 0; i < lane->count; i++) {
            listen_from(lane->subjects[i], lane->signal, block * lane->block);
            subject_run(lane->subjects[i], lane->block);
        }
    return now_ns() - start_ns;
}

// Silence is what follows a sound: the warm-up is heard in any case.
static void time_lane(const struct lane *lane, const struct sound *warm_up, double *run_ns) {
    for (size_t i = 0; i < lane->count; i++) {
        subject_restart(lane->subjects[i]);
        bench_play(lane->subjects[i], warm_up, 0, warm_up->frames, lane->block);
    }
    *run_ns = 0;
    for (size_t i = 0; i < lane->stretches; i++) {
        const double ns = time_stretch(lane, i);
        lane->least_ns[i] = fmin(lane->least_ns[i], ns);
        *run_ns += ns;
    }
}

static struct cost cost_of_lane(const struct lane *lane, int runs) {
    const double frames = (double)(blocks_of(lane) * lane->block * lane->count);
    struct cost cost = {0, cost_of(lane->run_ns, (size_t)runs).median / frames};
    for (size_t i = 0; i < lane->stretches; i++)
        cost.least += lane->least_ns[i] / frames;
    return cost;
}

void bench_time(const struct bench *bench, struct entrant *entrants, size_t count) {
    struct lane *lanes = allocate(count, sizeof *lanes);
    for (size_t i = 0; i < count; i++)
        lanes[i] = open_lane(bench, &entrants[i]);
    for (int run = 0; run < bench->runs; run++)
        for (size_t i = 0; i < count; i++)
            time_lane(&lanes[i], &bench->warm_up, &lanes[i].run_ns[run]);
    for (size_t i = 0; i < count; i++) {
        entrants[i].cost = cost_of_lane(&lanes[i], bench->runs);
        close_lane(&lanes[i]);
    }
    free(lanes);
}
