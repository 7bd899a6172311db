// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#define _GNU_SOURCE // asprintf
#include "count.h"

#include "die.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNTED_S 0.05 // of a case without a change
#define CHANGE_S  0.32 // of one with: 240 ms until it is in force

enum { LINE_LENGTH_MAX = 4096, FIELDS = 9 };

#define COUNTED_FUNCTION "counted_run"

// --- Inside valgrind ---

// Its instructions, and those of all that it calls, are what is counted; a return writes them down.
__attribute__((noinline)) static void counted_run(struct subject *subject,
                                                  const struct sound *signal, size_t from,
                                                  size_t frames, uint32_t block) {
    bench_play(subject, signal, from, frames, block);
    __asm__ volatile("");
}

static size_t frames_of(const struct bench *bench, const struct count *count) {
    const uint32_t block = count->entrant.block ? count->entrant.block : bench->block;
    const double seconds = count->change ? CHANGE_S : COUNTED_S;
    const size_t blocks = (size_t)(seconds * RATE_HZ) / block;
    return (blocks > 0 ? blocks : 1) * block;
}

static void play(const struct bench *bench, const struct count *count) {
    const uint32_t block = count->entrant.block ? count->entrant.block : bench->block;
    const size_t frames = frames_of(bench, count);
    struct sound signal = sound_new(CHANGE_S + 0.1, 1);
    struct sound silence = sound_silence(CHANGE_S + 0.1);
    const struct sound *heard = count->entrant.signal ? &silence : &signal;
    struct subject *subject = bench_open(bench, &count->entrant);
    bench_play(subject, &bench->warm_up, 0, bench->warm_up.frames, block);
    bench_play(subject, heard, 0, bench->warm_up.frames, block);
    if (!count->change)
        counted_run(subject, heard, 0, frames, block);
    for (size_t at = 0; count->change && at < frames; at += block) {
        if (at / block == frames / block / 8)
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

void count_play(const struct bench *bench, const char *plan) {
    char line[LINE_LENGTH_MAX];
    struct count count;
    FILE *file = fopen(plan, "r");
    if (!file)
        die("no %s", plan);
    while (fgets(line, sizeof line, file))
        if (read_case(bench, line, &count))
            play(bench, &count);
    fclose(file);
}

// --- Outside ---

bool count_is_possible(void) {
    return system("valgrind --version >/dev/null 2>&1") == 0; // NOLINT: a fixed command
}

// A directory for the plan and what valgrind writes, and in it one with links to the bundles that
// are needed: fewer bundles to read, which valgrind is slow at.
struct place {
    char path[256];
};

#define BUNDLES "bundles"

static char *path_in(const struct place *place, const char *name) {
    char *path = NULL;
    if (asprintf(&path, "%s/%s", place->path, name) < 0)
        die("out of memory");
    return path;
}

static FILE *open_in(const struct place *place, const char *name, const char *mode) {
    char *path = path_in(place, name);
    FILE *file = fopen(path, mode);
    if (!file)
        die("no %s", path);
    free(path);
    return file;
}

static void open_place(struct place *place) {
    const char *temporary = getenv("TMPDIR");
    snprintf(place->path, sizeof place->path, "%s/loadline-bench-XXXXXX",
             temporary ? temporary : "/tmp");
    if (!mkdtemp(place->path))
        die("no directory like %s", place->path);
    char *bundles = path_in(place, BUNDLES);
    mkdir(bundles, 0700);
    free(bundles);
}

static void remove_files(const char *path) {
    DIR *directory = opendir(path);
    for (struct dirent *entry; directory && (entry = readdir(directory));)
        unlinkat(dirfd(directory), entry->d_name, 0); // leaves directories alone
    if (directory)
        closedir(directory);
    rmdir(path);
}

static void close_place(const struct place *place) {
    char *bundles = path_in(place, BUNDLES);
    remove_files(bundles);
    remove_files(place->path);
    free(bundles);
}

static void link_bundle(const struct place *place, const char *uri) {
    char directory[PATH_LENGTH_MAX], ours[PATH_LENGTH_MAX];
    subject_directory(uri, directory);
    subject_directory(CHAIN_URI, ours);
    if (strcmp(directory, ours) == 0) // it is in every world
        return;
    directory[strlen(directory) - 1] = '\0'; // a slash
    char *bundles = path_in(place, BUNDLES), *link = NULL;
    if (asprintf(&link, "%s/%s", bundles, strrchr(directory, '/') + 1) < 0)
        die("out of memory");
    if (symlink(directory, link) != 0 && access(link, F_OK) != 0)
        die("no link %s", link);
    free(bundles);
    free(link);
}

static void write_plan(const struct place *place, const struct count *counts, size_t count) {
    FILE *plan = open_in(place, "plan", "w");
    for (size_t i = 0; i < count; i++) {
        write_case(plan, &counts[i]);
        link_bundle(place, counts[i].entrant.uri);
    }
    fclose(plan);
}

static _Noreturn void become_valgrind(const struct bench *bench, const struct place *place) {
    char block[16], program[PATH_LENGTH_MAX] = "", *out = NULL;
    if (readlink("/proc/self/exe", program, sizeof program - 1) < 0)
        die("this program has no name");
    snprintf(block, sizeof block, "%u", bench->block);
    if (asprintf(&out, "--callgrind-out-file=%s", path_in(place, "out")) < 0)
        die("out of memory");
    setenv("LV2_PATH", path_in(place, BUNDLES), 1);
    const int null = open("/dev/null", O_WRONLY);
    dup2(null, STDOUT_FILENO);
    execlp("valgrind", "valgrind", "-q", "--tool=callgrind", "--collect-atstart=no",
           "--toggle-collect=" COUNTED_FUNCTION, "--dump-after=" COUNTED_FUNCTION,
           "--compress-strings=no", "--compress-pos=no", out, program, "--counted",
           path_in(place, "plan"), "--block", block, (char *)NULL);
    _exit(127);
}

static void run_valgrind(const struct bench *bench, const struct place *place) {
    int status = -1;
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0)
        become_valgrind(bench, place);
    if (child > 0)
        waitpid(child, &status, 0);
    if (status != 0)
        die("valgrind failed (status %d)", status);
}

// --- Reading what valgrind wrote ---

static void add_share(struct count *count, const char *function, double instructions) {
    for (size_t i = 0; i < count->share_count; i++)
        if (strcmp(count->share[i].function, function) == 0) {
            count->share[i].instructions += instructions;
            return;
        }
    if (count->share_count == SHARES_MAX) // the list is not sorted yet: drop the least
        return;
    struct share *share = &count->share[count->share_count++];
    snprintf(share->function, sizeof share->function, "%s", function);
    share->instructions = instructions;
}

// Lines "fn=name" begin a function; "line cost" is its own; after "calls=" it is another's.
static double read_dump(const struct place *place, size_t number, struct count *count) {
    char name[32], line[LINE_LENGTH_MAX], function[FUNCTION_NAME_MAX] = "";
    double total = 0, own = 0;
    bool others = false;
    snprintf(name, sizeof name, "out.%zu", number);
    FILE *file = open_in(place, name, "r");
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

static int dearest_first(const void *a, const void *b) {
    const double x = ((const struct share *)a)->instructions;
    const double y = ((const struct share *)b)->instructions;
    return (x < y) - (x > y);
}

// Returns the number of the next dump.
static size_t read_count(const struct bench *bench, const struct place *place, size_t dump,
                         struct count *count) {
    const uint32_t block = count->entrant.block ? count->entrant.block : bench->block;
    const size_t frames = frames_of(bench, count);
    const size_t dumps = count->change ? frames / block : 1;
    double *cost = allocate(dumps, sizeof *cost), sum = 0;
    for (size_t i = 0; i < dumps; i++) {
        cost[i] = read_dump(place, dump + i, count);
        sum += cost[i];
    }
    const double median = cost_of(cost, dumps).median;
    count->instructions = sum / (double)frames;
    count->dearest = cost[dumps - 1] / median;
    for (size_t i = 0; i < count->share_count; i++)
        count->share[i].instructions /= (double)frames;
    qsort(count->share, count->share_count, sizeof *count->share, dearest_first);
    free(cost);
    return dump + dumps;
}

void count_all(const struct bench *bench, struct count *counts, size_t count) {
    struct place place;
    size_t dump = 1;
    open_place(&place);
    write_plan(&place, counts, count);
    run_valgrind(bench, &place);
    for (size_t i = 0; i < count; i++)
        dump = read_count(bench, &place, dump, &counts[i]);
    close_place(&place);
}
