// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#define _GNU_SOURCE // realpath, mkdtemp
#include "tool.h"

#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#ifndef LOADLINE_TOOL_PATH
#define LOADLINE_TOOL_PATH "build/tools/loadline"
#endif
#ifndef LOADLINE_LV2_PATH
#define LOADLINE_LV2_PATH "build/lv2"
#endif

static char tool[4096];
static char directory[] = "/tmp/loadline-test-tool-XXXXXX";

// --- Running the command ---

char said[TEXT_MAX];
char complained[TEXT_MAX];

const char *tool_path(void) {
    return tool;
}

const char *tool_directory(void) {
    return directory;
}

void read_text(const char *path, char text[static TEXT_MAX]) {
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    text[fread(text, 1, TEXT_MAX - 1, file)] = '\0';
    fclose(file);
}

static pid_t start(const char *const *arguments, posix_spawn_file_actions_t *actions) {
    const char *argv[ARGUMENT_MAX + 2] = {tool};
    for (size_t i = 0; arguments[i]; i++)
        argv[i + 1] = arguments[i];
    posix_spawn_file_actions_addopen(actions, 2, "stderr.txt", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    pid_t child = -1;
    assert_int_equal(posix_spawn(&child, tool, actions, NULL, (char **)(uintptr_t)argv, environ),
                     0);
    posix_spawn_file_actions_destroy(actions);
    return child;
}

pid_t tool_start(const char *const *arguments, const char *out) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    return start(arguments, &actions);
}

pid_t tool_start_unread(const char *const *arguments) {
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    close(ends[0]);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    const pid_t child = start(arguments, &actions);
    close(ends[1]);
    return child;
}

int tool_wait(pid_t child) {
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    read_text("stderr.txt", complained);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int tool_run(const char *const *arguments) {
    const int code = tool_wait(tool_start(arguments, "stdout.txt"));
    read_text("stdout.txt", said);
    return code;
}

void assert_code(int actual, int expected) {
    if (actual != expected)
        fail_msg("ended with %d, not %d; it said:\n%s%s", actual, expected, said, complained);
}

size_t line_count(const char *text) {
    size_t count = 0;
    for (; *text != '\0'; text++)
        count += *text == '\n';
    return count;
}

void assert_says(const char *text, const char *part) {
    if (!strstr(text, part))
        fail_msg("no \"%s\" in:\n%s", part, text);
}

void assert_complaint(const char *first, const char *second) {
    assert_int_equal(line_count(complained), 1);
    assert_int_equal(strncmp(complained, "loadline", 8), 0);
    assert_says(complained, first);
    assert_says(complained, second);
}

// --- Tables ---

json_t *said_json(void) {
    json_error_t error;
    json_t *root = json_loads(said, 0, &error);
    if (!root)
        fail_msg("no JSON: %s", error.text);
    return root;
}

// The cell of a line of CSV without quotes.
static double cell(const char *line, size_t column) {
    for (; column > 0; column--) {
        line += strcspn(line, ",\n");
        assert_int_equal(*line, ',');
        line++;
    }
    return *line == ',' || *line == '\n' ? (double)NAN : strtod(line, NULL);
}

size_t said_column(const char *name, double *values, size_t max) {
    const size_t length = strlen(name);
    const char *line = said;
    size_t column = 0;
    size_t count = 0;
    for (; strncmp(line, name, length) != 0 || !strchr(",\n", line[length]); column++) {
        line += strcspn(line, ",\n");
        if (*line != ',')
            fail_msg("no column %s in:\n%.200s", name, said);
        line++;
    }
    for (line = said; (line = strchr(line, '\n')) && line[1] != '\0'; count++) {
        assert_true(count < max);
        values[count] = cell(++line, column);
    }
    return count;
}

// --- Files ---

bool file_exists(const char *path) {
    return access(path, F_OK) == 0;
}

size_t file_count(void) {
    DIR *stream = opendir(".");
    size_t count = 0;
    assert_non_null(stream);
    while (readdir(stream))
        count++;
    closedir(stream);
    return count;
}

bool has_file_like(const char *beginning) {
    DIR *stream = opendir(".");
    bool found = false;
    assert_non_null(stream);
    for (struct dirent *entry; (entry = readdir(stream));)
        found = found || strncmp(entry->d_name, beginning, strlen(beginning)) == 0;
    closedir(stream);
    return found;
}

void write_text(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

void assert_same_bytes(const char *a, const char *b) {
    static char text_a[TEXT_MAX];
    static char text_b[TEXT_MAX];
    read_text(a, text_a);
    read_text(b, text_b);
    struct stat status_a, status_b;
    assert_int_equal(stat(a, &status_a), 0);
    assert_int_equal(stat(b, &status_b), 0);
    assert_int_equal(status_a.st_size, status_b.st_size);
    assert_true(status_a.st_size < TEXT_MAX);
    assert_memory_equal(text_a, text_b, (size_t)status_a.st_size);
}

// --- Frame ---

// A job in the background of a shell ignores some signals, and so would the command that it starts.
static void heed_signals(void) {
    for (int number = 1; number < SIGRTMIN; number++)
        signal(number, SIG_DFL);
}

int tool_set_up(void **state) {
    (void)state;
    heed_signals();
    const char *given = getenv("LOADLINE_TOOL");
    static char bundle[4096];
    if (!realpath(given ? given : LOADLINE_TOOL_PATH, tool) ||
        !realpath(LOADLINE_LV2_PATH, bundle)) {
        fprintf(stderr, "no %s or %s: build first\n", given ? given : LOADLINE_TOOL_PATH,
                LOADLINE_LV2_PATH);
        return -1;
    }
    setenv("LV2_PATH", bundle, 1);
    umask(022);
    return mkdtemp(directory) && chdir(directory) == 0 ? 0 : -1;
}

int tool_tear_down(void **state) {
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", directory);
    return chdir("/") == 0 && system(command) == 0 ? 0 : -1;
}
