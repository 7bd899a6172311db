// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#define _DEFAULT_SOURCE // mkdtemp, readlink, symlink
#include "place.h"

#include "bench.h"
#include "die.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct place_path place_path(const struct place *place, const char *name) {
    struct place_path path;
    snprintf(path.text, sizeof path.text, "%s/%s", place->path, name);
    return path;
}

FILE *place_file(const struct place *place, const char *name, const char *mode) {
    const struct place_path path = place_path(place, name);
    FILE *file = fopen(path.text, mode);
    if (!file)
        die("no %s", path.text);
    return file;
}

void place_open(struct place *place) {
    const char *temporary = getenv("TMPDIR");
    snprintf(place->path, sizeof place->path, "%s/loadline-bench-XXXXXX",
             temporary ? temporary : "/tmp");
    if (!mkdtemp(place->path))
        die("no directory like %s", place->path);
    snprintf(place->bundles, sizeof place->bundles, "%s/bundles", place->path);
    if (mkdir(place->bundles, 0700) != 0)
        die("no directory %s", place->bundles);
}

static void remove_directory(const char *path) {
    DIR *directory = opendir(path);
    for (struct dirent *entry; directory && (entry = readdir(directory));)
        unlinkat(dirfd(directory), entry->d_name, 0); // leaves directories alone
    if (directory)
        closedir(directory);
    rmdir(path);
}

void place_close(const struct place *place) {
    remove_directory(place->bundles);
    remove_directory(place->path);
}

void place_link_bundle(const struct place *place, const char *uri) {
    char directory[PATH_LENGTH_MAX], ours[PATH_LENGTH_MAX], link[2 * PLACE_PATH_MAX];
    subject_directory(uri, directory);
    subject_directory(CHAIN_URI, ours);
    if (strcmp(directory, ours) == 0)
        return;
    directory[strlen(directory) - 1] = '\0'; // a slash
    snprintf(link, sizeof link, "%s/%s", place->bundles, strrchr(directory, '/') + 1);
    if (symlink(directory, link) != 0 && access(link, F_OK) != 0)
        die("no link %s", link);
}

static _Noreturn void become(const struct place *place, const char *const words[]) {
    const struct place_path log = place_path(place, "log");
    const int to = open(log.text, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    setenv("LV2_PATH", place->bundles, 1);
    dup2(to, STDOUT_FILENO);
    dup2(to, STDERR_FILENO);
    execvp(words[0], (char *const *)(uintptr_t)words); // its type; they are only read
    _exit(127);
}

int place_run(const struct place *place, const char *const words[]) {
    int status = -1;
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0)
        become(place, words);
    if (child > 0)
        waitpid(child, &status, 0);
    return status;
}

struct place_path place_self(void) {
    struct place_path path = {""};
    if (readlink("/proc/self/exe", path.text, sizeof path.text - 1) < 0)
        die("this program has no name");
    return path;
}
