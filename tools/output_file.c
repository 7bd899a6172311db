// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#define _GNU_SOURCE // asprintf, renameat2
#include "output_file.h"

#include "report.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct output_file {
    const char *path;
    char *temporary; // in the same directory, so that renaming is one step
    int descriptor;
    bool force;
};

static const char *name_of(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

const char *output_file_suffix(const char *path) {
    const char *suffix = strrchr(name_of(path), '.');
    return suffix ? suffix : "";
}

bool output_file_may_open(const char *path, bool force) {
    struct stat status;
    if (lstat(path, &status) != 0)
        return true;
    if (!S_ISREG(status.st_mode)) {
        report_error("%s: is no regular file; choose another name", path);
        return false;
    }
    if (!force)
        report_error("%s: exists already; choose another name or add --force", path);
    return force;
}

// mkstemp() lets nobody else read the file; the result is to look like any other file.
static void give_usual_permissions(int descriptor) {
    const mode_t mask = umask(0);
    umask(mask);
    fchmod(descriptor, (S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP | S_IROTH | S_IWOTH) & ~mask);
}

// --- Being stopped ---

// All that end a process which does not know them, and that others send: a terminal, a shell, a
// supervisor, a limit.
static const int stops[] = {SIGHUP,  SIGINT,  SIGQUIT,   SIGTERM, SIGALRM,
                            SIGUSR1, SIGUSR2, SIGVTALRM, SIGPROF, SIGXCPU};

enum { STOP_COUNT = sizeof stops / sizeof *stops };

// What goes with the process; one file is written at a time.
static const char *volatile hidden;

// Then the signal does what it does, now that nothing is left behind.
static void remove_hidden(int number) {
    if (hidden)
        unlink(hidden);
    raise(number);
}

// What is ignored, as below nohup, stays so.
static void catch_stops(void) {
    struct sigaction action = {.sa_handler = remove_hidden, .sa_flags = (int)SA_RESETHAND}, before;
    sigfillset(&action.sa_mask);
    for (int i = 0; i < STOP_COUNT; i++)
        if (sigaction(stops[i], NULL, &before) == 0 && before.sa_handler == SIG_DFL)
            sigaction(stops[i], &action, NULL);
}

// A stop comes before there is a file, or when it is known which.
static int make_hidden(char *name) {
    sigset_t all, before;
    sigfillset(&all);
    catch_stops();
    sigprocmask(SIG_BLOCK, &all, &before);
    const int descriptor = mkstemp(name);
    const int error = errno;
    if (descriptor >= 0)
        hidden = name;
    sigprocmask(SIG_SETMASK, &before, NULL);
    errno = error;
    return descriptor;
}

// --- Opening ---

static bool open_temporary(struct output_file *file) {
    const char *name = name_of(file->path);
    if (asprintf(&file->temporary, "%.*s.%s.XXXXXX", (int)(name - file->path), file->path, name) <
        0) {
        file->temporary = NULL;
        report_error("out of memory");
        return false;
    }
    file->descriptor = make_hidden(file->temporary);
    if (file->descriptor < 0) {
        report_error("%s: %s; choose a directory that can be written", file->path, strerror(errno));
        free(file->temporary);
        file->temporary = NULL;
        return false;
    }
    give_usual_permissions(file->descriptor);
    return true;
}

struct output_file *output_file_open(const char *path, bool force) {
    if (!output_file_may_open(path, force))
        return NULL;
    struct output_file *file = calloc(1, sizeof *file);
    if (!file) {
        report_error("out of memory");
        return NULL;
    }
    *file = (struct output_file){.path = path, .descriptor = -1, .force = force};
    if (open_temporary(file))
        return file;
    output_file_discard(file);
    return NULL;
}

// --- Writing ---

int output_file_descriptor(const struct output_file *file) {
    return file->descriptor;
}

void output_file_report(const struct output_file *file, const char *reason) {
    report_error("%s: %s; make room or choose another place", file->path,
                 errno ? strerror(errno) : reason);
}

static bool reach_disk(const struct output_file *file) {
    errno = 0;
    if (fsync(file->descriptor) == 0)
        return true;
    output_file_report(file, "could not be written");
    return false;
}

// Not every file system can refuse to replace a file; there the check at the beginning has to do.
static bool give_name(const struct output_file *file) {
    const unsigned flags = file->force ? 0 : RENAME_NOREPLACE;
    int result = renameat2(AT_FDCWD, file->temporary, AT_FDCWD, file->path, flags);
    if (result != 0 && (errno == EINVAL || errno == ENOSYS))
        result = rename(file->temporary, file->path);
    if (result != 0)
        report_error("%s: %s; choose another name", file->path, strerror(errno));
    return result == 0;
}

bool output_file_commit(struct output_file *file) {
    const bool done = reach_disk(file) && give_name(file);
    if (done) {
        hidden = NULL;
        free(file->temporary);
        file->temporary = NULL;
    }
    output_file_discard(file);
    return done;
}

void output_file_discard(struct output_file *file) {
    if (!file)
        return;
    if (file->temporary)
        unlink(file->temporary);
    hidden = NULL;
    if (file->descriptor >= 0)
        close(file->descriptor);
    free(file->temporary);
    free(file);
}
