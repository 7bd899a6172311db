// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Sound files as `loadline render` reads them: any bytes, whole or cut short. Either there is a
// message, or there are frames to read, never more than asked for.
#define _POSIX_C_SOURCE 200809L // mkdtemp
#include "fuzz.h"
#include "sound_file.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { FRAMES = 1024, FRAMES_MAX = 1 << 20 };

static void demand(bool truth) {
    if (!truth)
        abort();
}

static const char *scratch_file(void) {
    static char path[] = "/tmp/loadline-fuzz-XXXXXX";
    static bool made;
    if (!made) {
        const int descriptor = mkstemp(path);
        demand(descriptor >= 0);
        close(descriptor);
        made = true;
    }
    return path;
}

static void read_all(struct sound_input *input) {
    static float left[FRAMES], right[FRAMES];
    size_t total = 0, got = FRAMES;
    while (got == FRAMES && total < FRAMES_MAX) {
        if (!sound_input_read(input, left, right, FRAMES, &got))
            return;
        demand(got <= FRAMES);
        total += got;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *path = scratch_file();
    FILE *file = fopen(path, "wb");
    demand(file != NULL);
    fwrite(data, 1, size, file);
    fclose(file);
    struct sound_input *input = sound_input_open(path);
    if (input) {
        demand(sound_input_rate_hz(input) == sound_input_rate_hz(input));
        read_all(input);
        sound_input_close(input);
    }
    unlink(path);
    return 0;
}
