// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Sound files as `loadline render` reads them: any bytes, whole or cut short. Either there is one
// line that says what is wrong, or there are frames to read, never more than asked for, and nothing
// is said. (libmpg123 has warnings of its own.)
#define _POSIX_C_SOURCE 200809L // mkstemp
#include "fuzz.h"
#include "outcome.h"
#include "sound_file.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { FRAMES = 1024, FRAMES_MAX = 1 << 20 };

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

struct reading {
    const char *path;
    struct sound_input *input;
    size_t got;
    bool done; // without a message
};

static void open_sound(void *subject) {
    struct reading *reading = subject;
    reading->input = sound_input_open(reading->path);
    reading->done = reading->input != NULL;
}

static void read_block(void *subject) {
    static float left[FRAMES], right[FRAMES];
    struct reading *reading = subject;
    reading->done = sound_input_read(reading->input, left, right, FRAMES, &reading->got);
}

// The command's own line is the last, and names the file.
static bool is_refusal(const struct outcome *outcome, const char *path) {
    const char *last = outcome->said;
    for (const char *next = last; *next != '\0'; next += strcspn(next, "\n") + 1)
        last = next;
    return strncmp(last, "loadline: ", strlen("loadline: ")) == 0 && strstr(last, path);
}

static void check(void (*step)(void *subject), struct reading *reading) {
    struct outcome outcome = outcome_of(step, reading);
    demand(outcome.code == OUTCOME_GOES_ON);
    demand(outcome_own_lines(&outcome) == (reading->done ? 0 : 1));
    demand(reading->done || is_refusal(&outcome, reading->path));
    outcome_free(&outcome);
}

static void read_all(struct reading *reading) {
    size_t total = 0;
    demand(sound_input_rate_hz(reading->input) >= 1);
    demand(sound_input_frames(reading->input) > 0);
    do {
        check(read_block, reading);
        demand(reading->got <= FRAMES);
        total += reading->got;
    } while (reading->done && reading->got == FRAMES && total < FRAMES_MAX);
    demand(total <= sound_input_frames(reading->input));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct reading reading = {.path = scratch_file()};
    FILE *file = fopen(reading.path, "wb");
    demand(file != NULL);
    demand(fwrite(data, 1, size, file) == size);
    demand(fclose(file) == 0);
    check(open_sound, &reading);
    if (reading.input) {
        read_all(&reading);
        sound_input_close(reading.input);
    }
    unlink(reading.path);
    return 0;
}
