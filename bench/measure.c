// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "bench.h"
#include "die.h"

#include <stdio.h>
#include <stdlib.h>

const char *const quality_names[QUALITY_COUNT] = {"live", "normal", "high"};

// The subjects of an entrant, and its times so far.
struct lane {
    struct subject **subjects;
    size_t count;
    uint32_t block;
    const struct sound *signal;
    double *ns;
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

static struct lane open_lane(const struct bench *bench, const struct entrant *entrant) {
    const size_t count = entrant->instances > 0 ? (size_t)entrant->instances : 1;
    struct lane lane = {
        .subjects = allocate(count, sizeof(struct subject *)),
        .count = count,
        .block = block_of(bench, entrant),
        .signal = entrant->signal ? entrant->signal : &bench->signal,
        .ns = allocate((size_t)bench->runs, sizeof(double)),
    };
    for (size_t i = 0; i < count; i++)
        lane.subjects[i] = bench_open(bench, entrant);
    return lane;
}

static void close_lane(const struct lane *lane) {
    for (size_t i = 0; i < lane->count; i++)
        subject_close(lane->subjects[i]);
    free(lane->subjects);
    free(lane->ns);
}

// Silence is what follows a sound: the warm-up is heard in any case.
static double time_lane(const struct lane *lane, const struct sound *warm_up) {
    for (size_t i = 0; i < lane->count; i++) {
        subject_restart(lane->subjects[i]);
        bench_play(lane->subjects[i], warm_up, 0, warm_up->frames, lane->block);
    }
    const size_t blocks = lane->signal->frames / lane->block;
    const double start_ns = spent_ns();
    for (size_t block = 0; block < blocks; block++)
        for (size_t i = 0; i < lane->count; i++) {
            listen_from(lane->subjects[i], lane->signal, block * lane->block);
            subject_run(lane->subjects[i], lane->block);
        }
    return (spent_ns() - start_ns) / (double)(blocks * lane->block * lane->count);
}

void bench_time(const struct bench *bench, struct entrant *entrants, size_t count) {
    struct lane *lanes = allocate(count, sizeof *lanes);
    for (size_t i = 0; i < count; i++)
        lanes[i] = open_lane(bench, &entrants[i]);
    for (int run = 0; run < bench->runs; run++)
        for (size_t i = 0; i < count; i++)
            lanes[i].ns[run] = time_lane(&lanes[i], &bench->warm_up);
    for (size_t i = 0; i < count; i++) {
        entrants[i].cost = cost_of(lanes[i].ns, (size_t)bench->runs);
        close_lane(&lanes[i]);
    }
    free(lanes);
}
