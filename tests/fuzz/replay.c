// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Runs a fuzz target over the files of a corpus, and over every beginning of each.
//
//   TARGET DIRECTORY
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

enum { LONGEST = 1 << 16 };

static size_t read_file(const char *path, uint8_t data[static LONGEST]) {
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    const size_t size = fread(data, 1, LONGEST, file);
    fclose(file);
    return size;
}

static void replay(const uint8_t *data, size_t size, size_t beginnings) {
    const size_t step = size / (beginnings + 1) + 1;
    for (size_t length = step; length < size; length += step)
        LLVMFuzzerTestOneInput(data, length);
    LLVMFuzzerTestOneInput(data, size);
}

int main(int argc, char **argv) {
    static uint8_t data[LONGEST];
    DIR *directory = argc == 3 ? opendir(argv[1]) : NULL;
    const size_t beginnings = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
    unsigned count = 0;
    if (!directory) {
        fprintf(stderr, "usage: %s CORPUS BEGINNINGS\n", argv[0]);
        return EXIT_FAILURE;
    }
    for (const struct dirent *entry; (entry = readdir(directory));) {
        char path[4096];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name);
        replay(data, read_file(path, data), beginnings);
        count++;
    }
    closedir(directory);
    printf("%u files\n", count);
    return count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
