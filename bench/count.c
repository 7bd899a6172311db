// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#define _DEFAULT_SOURCE // strsep
#include "count.h"

#include "die.h"
#include "place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNTED_S 0.05 // of a case without a change
#define CHANGE_S  0.32 // of one with: 240 ms until it is in force

enum { LINE_LENGTH_MAX = 4096, FIELDS = 9 };

#define PLAN "plan"

// --- Inside valgrind ---

// Neither inlined nor cloned: valgrind knows it by its name.
#if __has_attribute(noipa)
#define AS_WRITTEN __attribute__((noipa))
#else
#define AS_WRITTEN __attribute__((noinline))
#endif

// Its instructions, and those of all that it calls, are what is counted; a return writes them down.
AS_WRITTEN static void counted_run(struct subject *subject, const struct sound *signal, size_t from,
                                   size_t frames, uint32_t block) {
    bench_play(subject, signal, from, frames, block);
}

static size_t frames_of(const struct bench *bench, const struct count *count) {
    const uint32_t block = count->entrant.block ? count->entrant.block : bench->block;
    const double seconds = count->change ? CHANGE_S : COUNTED_S;
    const size_t blocks = (size_t)(seconds * RATE_HZ) / block;
    return (blocks > 0 ? blocks : 1) * block;
}

// The block that hears the change first.
static size_t change_at(size_t blocks) {
    return blocks / 8;
}

static void play(const struct bench *bench, const struct count *count, int repeats) {
    const uint32_t block = count->entrant.block ? count->entrant.block : bench->block;
    const size_t frames = frames_of(bench, count);
    struct sound signal = sound_new(CHANGE_S + 0.1, 1);
    struct sound silence = sound_silence(CHANGE_S + 0.1);
    const struct sound *heard = count->entrant.signal ? &silence : &signal;
    struct subject *subject = bench_open(bench, &count->entrant);
    bench_play(subject, &bench->warm_up, 0, bench->warm_up.frames, block);
    bench_play(subject, heard, 0, bench->warm_up.frames, block);
    for (int i = 0; !count->change && i < repeats; i++)
        counted_run(subject, heard, 0, frames, block);
    for (size_t at = 0; count->change && at < frames; at += block) {
        if (at / block == change_at(frames / block))
            subject_set(subject, count->change);
        counted_run(subject, heard, at, block, block);
    }
    subject_close(subject);
    sound_free(&signal);
}

// A line of the plan: fields between tabs. An empty field is NULL.
static void write_case(FILE *plan, const struct count *count) {
    const struct entrant *entrant = &count->entrant;
    fprintf(plan, "%s\t%s\t%s\t%d\t%d\t%u\t%d\t%d\t%s\n", entrant->uri,
            entrant->settings ? entrant->settings : "", entrant->more ? entrant->more : "",
            entrant->quality, entrant->baseline, entrant->block, entrant->signal != NULL,
            count->change != NULL, count->change ? count->change : "");
}

static bool read_case(const struct bench *bench, char *line, struct count *count) {
    char *field[FIELDS];
    line[strcspn(line, "\n")] = '\0';
    for (int i = 0; i < FIELDS; i++) {
        field[i] = strsep(&line, "\t");
        if (!field[i])
            return false;
    }
    *count = (struct count){
        .entrant = {.uri = field[0],
                    .settings = field[1],
                    .more = field[2],
                    .quality = (int)strtol(field[3], NULL, 10),
                    .baseline = *field[4] == '1',
                    .block = (uint32_t)strtoul(field[5], NULL, 10),
                    .signal = *field[6] == '1' ? &bench->silence : NULL},
        .change = *field[7] == '1' ? field[8] : NULL,
    };
    return true;
}

void count_play(const struct bench *bench, const char *plan, int repeats) {
    char line[LINE_LENGTH_MAX];
    struct count count;
    FILE *file = fopen(plan, "r");
    if (!file)
        die("no %s", plan);
    while (fgets(line, sizeof line, file))
        if (read_case(bench, line, &count))
            play(bench, &count, repeats);
    fclose(file);
}

// --- Outside ---

bool count_is_possible(void) {
    return system("valgrind --version >/dev/null 2>&1") == 0; // NOLINT: a fixed command
}

static void write_plan(const struct place *place, const struct count *counts, size_t count) {
    FILE *plan = place_file(place, PLAN, "w");
    for (size_t i = 0; i < count; i++) {
        write_case(plan, &counts[i]);
        place_link_bundle(place, counts[i].entrant.uri);
    }
    fclose(plan);
}

static void run_valgrind(const struct bench *bench, const struct place *place) {
    const struct place_path plan = place_path(place, PLAN), self = place_self();
    char block[16], out[PLACE_PATH_MAX + 32];
    snprintf(block, sizeof block, "%u", bench->block);
    snprintf(out, sizeof out, "--callgrind-out-file=%s", place_path(place, "out").text);
    // Of a copied block valgrind would count each byte, where the processor has an instruction that
    // repeats itself; so the C library has to do without.
    const char *const words[] = {"env",
                                 "GLIBC_TUNABLES=glibc.cpu.hwcaps=-ERMS",
                                 "valgrind",
                                 "-q",
                                 "--tool=callgrind",
                                 "--collect-atstart=no",
                                 "--toggle-collect=counted_run",
                                 "--dump-after=counted_run",
                                 "--compress-strings=no",
                                 "--compress-pos=no",
                                 out,
                                 self.text,
                                 "--counted",
                                 plan.text,
                                 "--block",
                                 block,
                                 NULL};
    const int status = place_run(place, words);
    if (status != 0)
        die("valgrind failed (status %d)", status);
}

// --- Reading what valgrind wrote ---

static void add_share(struct count *count, const char *function, double amount) {
    for (size_t i = 0; i < count->share_count; i++)
        if (strcmp(count->share[i].function, function) == 0) {
            count->share[i].amount += amount;
            return;
        }
    if (count->share_count == SHARES_MAX) // the list is not sorted yet: drop the least
        return;
    struct share *share = &count->share[count->share_count++];
    snprintf(share->function, sizeof share->function, "%s", function);
    share->amount = amount;
}

// Lines "fn=name" begin a function; "line cost" is its own; after "calls=" it is another's.
static double read_dump(const struct place *place, size_t number, struct count *count) {
    char name[32], line[LINE_LENGTH_MAX], function[FUNCTION_NAME_MAX] = "";
    double total = 0, own = 0;
    bool others = false;
    snprintf(name, sizeof name, "out.%zu", number);
    FILE *file = place_file(place, name, "r");
    while (fgets(line, sizeof line, file)) {
        unsigned long at, cost;
        if (strncmp(line, "fn=", 3) == 0) {
            add_share(count, function, own);
            snprintf(function, sizeof function, "%.*s", (int)strcspn(line + 3, "'\n"), line + 3);
            own = 0;
        } else if (strncmp(line, "calls=", 6) == 0) {
            others = true;
        } else if (sscanf(line, "%lu %lu", &at, &cost) == 2) { // NOLINT: valgrind's own numbers
            own += others ? 0 : (double)cost;
            total += others ? 0 : (double)cost;
            others = false;
        }
    }
    add_share(count, function, own);
    fclose(file);
    return total;
}

static double mean(const double *values, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += values[i];
    return count > 0 ? sum / (double)count : 0;
}

static void judge_change(struct count *count, double *cost, size_t blocks) {
    const size_t at = change_at(blocks);
    count->grown = mean(cost + at, blocks - at) / mean(cost, at);
    const double median = cost_of(cost, blocks).median; // sorts them
    count->dearest = cost[blocks - 1] / median;
}

static int dearest_first(const void *a, const void *b) {
    const double x = ((const struct share *)a)->amount;
    const double y = ((const struct share *)b)->amount;
    return (x < y) - (x > y);
}

// Returns the number of the next dump.
static size_t read_count(const struct bench *bench, const struct place *place, size_t dump,
                         struct count *count) {
    const uint32_t block = count->entrant.block ? count->entrant.block : bench->block;
    const size_t frames = frames_of(bench, count);
    const size_t dumps = count->change ? frames / block : 1;
    double *cost = allocate(dumps, sizeof *cost);
    for (size_t i = 0; i < dumps; i++)
        cost[i] = read_dump(place, dump + i, count);
    count->instructions = mean(cost, dumps) * (double)dumps / (double)frames;
    if (count->change)
        judge_change(count, cost, dumps);
    for (size_t i = 0; i < count->share_count; i++)
        count->share[i].amount /= (double)frames;
    qsort(count->share, count->share_count, sizeof *count->share, dearest_first);
    free(cost);
    return dump + dumps;
}

void count_all(const struct bench *bench, struct count *counts, size_t count) {
    struct place place;
    size_t dump = 1;
    place_open(&place);
    write_plan(&place, counts, count);
    run_valgrind(bench, &place);
    for (size_t i = 0; i < count; i++)
        dump = read_count(bench, &place, dump, &counts[i]);
    place_close(&place);
}

// --- Profile ---

#define PROFILE_LOOPS "20000" // some seconds

static void run_profiler(const struct bench *bench, const struct place *place, int *status) {
    const struct place_path plan = place_path(place, PLAN), self = place_self();
    const struct place_path data = place_path(place, "perf");
    char block[16];
    snprintf(block, sizeof block, "%u", bench->block);
    const char *const record[] = {"perf",      "record",  "-q",       "-e",          "cpu-clock",
                                  "-F",        "5000",    "-o",       data.text,     self.text,
                                  "--counted", plan.text, "--repeat", PROFILE_LOOPS, "--block",
                                  block,       NULL};
    const char *const report[] = {
        "perf",         "report", "-q",          "-i",           data.text,  "--stdio", "-F",
        "overhead,sym", "--dsos", "loadline.so", "--percentage", "relative", NULL};
    *status = place_run(place, record);
    if (*status == 0)
        *status = place_run(place, report); // into the log
}

bool count_profile(const struct bench *bench, const struct count *of, struct share *shares,
                   size_t *share_count) {
    struct place place;
    char line[LINE_LENGTH_MAX];
    int status = -1;
    place_open(&place);
    write_plan(&place, of, 1);
    run_profiler(bench, &place, &status);
    *share_count = 0;
    FILE *file = status == 0 ? place_file(&place, "log", "r") : NULL;
    while (file && *share_count < SHARES_MAX && fgets(line, sizeof line, file)) {
        struct share *share = &shares[*share_count];
        // "  24.18%  [.] engine_process_v3"
        if (sscanf(line, " %lf%% [.] %63s", &share->amount, share->function) ==
            2) { // NOLINT: perf's
            share->amount /= 100;
            ++*share_count;
        }
    }
    if (file)
        fclose(file);
    place_close(&place);
    return *share_count > 0;
}
