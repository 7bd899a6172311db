// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "sound_file.h"

#include "output_file.h"
#include "report.h"

#include <errno.h>
#include <math.h>
#include <sndfile.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

enum { CHANNELS = 2, FRAMES_AT_ONCE = 1024 };

#define WAV_BYTES_MAX (((size_t)4 << 30) - ((size_t)1 << 20)) // room for headers

static sf_count_t smaller(size_t a, size_t b) {
    return (sf_count_t)(a < b ? a : b);
}

// --- Reading ---

struct sound_input {
    const char *path;
    SNDFILE *file;
    SF_INFO info;
};

static bool check_input(const struct sound_input *input) {
    if (input->info.channels < 1 || input->info.channels > CHANNELS) {
        report_error("%s: has %d channels; give a file with one or two", input->path,
                     input->info.channels);
        return false;
    }
    if (input->info.frames == 0) {
        report_error("%s: holds no sound; give a file with at least one frame", input->path);
        return false;
    }
    return true;
}

static bool is_regular_file(const char *path) {
    struct stat status;
    if (stat(path, &status) != 0) {
        report_error("%s: %s; check the name", path, strerror(errno));
        return false;
    }
    if (S_ISDIR(status.st_mode)) {
        report_error("%s: is a directory; give a sound file", path);
        return false;
    }
    return true;
}

struct sound_input *sound_input_open(const char *path) {
    struct sound_input *input = calloc(1, sizeof *input);
    if (!input) {
        report_error("out of memory");
        return NULL;
    }
    input->path = path;
    if (is_regular_file(path)) {
        input->file = sf_open(path, SFM_READ, &input->info);
        if (!input->file)
            report_error(
                "%s: not readable as sound (%s); give a WAV, FLAC, AIFF, Ogg or other file that "
                "libsndfile knows",
                path, sf_strerror(NULL));
        else if (check_input(input))
            return input;
    }
    sound_input_close(input);
    return NULL;
}

void sound_input_close(struct sound_input *input) {
    if (input && input->file)
        sf_close(input->file);
    free(input);
}

double sound_input_rate_hz(const struct sound_input *input) {
    return input->info.samplerate;
}

size_t sound_input_frames(const struct sound_input *input) {
    return (size_t)input->info.frames;
}

bool sound_input_read(struct sound_input *input, float *left, float *right, size_t frames,
                      size_t *got) {
    float interleaved[FRAMES_AT_ONCE * CHANNELS];
    const int channels = input->info.channels;
    *got = 0;
    while (*got < frames) {
        const sf_count_t asked = smaller(frames - *got, FRAMES_AT_ONCE);
        const sf_count_t count = sf_readf_float(input->file, interleaved, asked);
        for (sf_count_t i = 0; i < count; i++) {
            left[*got] = interleaved[i * channels];
            right[(*got)++] = interleaved[i * channels + channels - 1];
        }
        if (count < asked)
            break;
    }
    if (sf_error(input->file) != SF_ERR_NO_ERROR) {
        report_error("%s: %s; the file may be damaged", input->path, sf_strerror(input->file));
        return false;
    }
    return true;
}

// --- Writing ---

struct sound_output {
    const char *path;
    struct output_file *place;
    SNDFILE *file;
    bool holds_float;
    size_t clipped;
};

static const struct suffix {
    const char *name;
    int container, float_type, integer_type; // 0: the format has no such type
} suffixes[] = {
    {".wav", SF_FORMAT_WAV, SF_FORMAT_FLOAT, SF_FORMAT_PCM_24},
    {".aiff", SF_FORMAT_AIFF, SF_FORMAT_FLOAT, SF_FORMAT_PCM_24},
    {".aif", SF_FORMAT_AIFF, SF_FORMAT_FLOAT, SF_FORMAT_PCM_24},
    {".flac", SF_FORMAT_FLAC, 0, SF_FORMAT_PCM_24},
    {".ogg", SF_FORMAT_OGG, SF_FORMAT_VORBIS, 0},
};

static const struct suffix *find_suffix(const char *path) {
    const char *suffix = output_file_suffix(path);
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
        if (strcasecmp(suffix, suffixes[i].name) == 0)
            return &suffixes[i];
    report_usage_error("%s: the suffix says no format; use .wav, .flac, .ogg or .aiff", path);
}

int sound_output_format(const char *path, enum sound_encoding encoding) {
    const struct suffix *suffix = find_suffix(path);
    const int best = suffix->float_type ? suffix->float_type : suffix->integer_type;
    const int type = encoding == SOUND_FLOAT    ? suffix->float_type
                     : encoding == SOUND_24_BIT ? suffix->integer_type
                                                : best;
    if (type == 0)
        report_usage_error("%s: %s has no %s samples; use .wav or .aiff, or leave --encoding out",
                           path, suffix->name, encoding == SOUND_FLOAT ? "float" : "24-bit");
    return suffix->container | type;
}

// The sizes in a WAV have 32 bits; RF64 is the same with 64.
static int large_enough(int format, size_t frames) {
    const bool wav = (format & SF_FORMAT_TYPEMASK) == SF_FORMAT_WAV;
    const bool large = frames > WAV_BYTES_MAX / (CHANNELS * sizeof(float));
    return wav && large ? SF_FORMAT_RF64 | (format & SF_FORMAT_SUBMASK) : format;
}

static bool open_output(struct sound_output *output, int format, double rate_hz, bool force) {
    SF_INFO info = {.samplerate = (int)rate_hz, .channels = CHANNELS, .format = format};
    if (!sf_format_check(&info)) {
        report_error("%s: this format cannot hold %d Hz; choose .wav", output->path,
                     info.samplerate);
        return false;
    }
    output->place = output_file_open(output->path, force);
    if (!output->place)
        return false;
    const int descriptor = output_file_descriptor(output->place);
    output->file = sf_open_fd(descriptor, SFM_WRITE, &info, SF_FALSE);
    if (!output->file) {
        report_error("%s: %s; choose another format or place", output->path, sf_strerror(NULL));
        return false;
    }
    // No time stamp: the same input gives the same file.
    sf_command(output->file, SFC_SET_ADD_PEAK_CHUNK, NULL, SF_FALSE);
    sf_command(output->file, SFC_SET_CLIPPING, NULL, SF_TRUE);
    return true;
}

struct sound_output *sound_output_open(const char *path, int format, double rate_hz, size_t frames,
                                       bool force) {
    struct sound_output *output = calloc(1, sizeof *output);
    if (!output) {
        report_error("out of memory");
        return NULL;
    }
    *output = (struct sound_output){
        .path = path,
        .holds_float = (format & SF_FORMAT_SUBMASK) == SF_FORMAT_FLOAT,
    };
    if (open_output(output, large_enough(format, frames), rate_hz, force))
        return output;
    sound_output_discard(output);
    return NULL;
}

static bool is_clipped(const struct sound_output *output, float sample) {
    return !output->holds_float && fabsf(sample) > 1.0f;
}

bool sound_output_write(struct sound_output *output, const float *left, const float *right,
                        size_t frames) {
    float interleaved[FRAMES_AT_ONCE * CHANNELS];
    while (frames > 0) {
        const sf_count_t count = smaller(frames, FRAMES_AT_ONCE);
        for (sf_count_t i = 0; i < count; i++) {
            interleaved[i * CHANNELS] = left[i];
            interleaved[i * CHANNELS + 1] = right[i];
            output->clipped += is_clipped(output, left[i]);
            output->clipped += is_clipped(output, right[i]);
        }
        errno = 0;
        if (sf_writef_float(output->file, interleaved, count) != count) {
            output_file_report(output->place, sf_strerror(output->file));
            return false;
        }
        left += count;
        right += count;
        frames -= (size_t)count;
    }
    return true;
}

size_t sound_output_clipped(const struct sound_output *output) {
    return output->clipped;
}

// What libsndfile still holds is written while it closes, and only the system says whether that
// worked.
static bool finish_writing(struct sound_output *output) {
    errno = 0;
    const int result = sf_close(output->file);
    output->file = NULL;
    if (result == SF_ERR_NO_ERROR && errno != ENOSPC && errno != EFBIG && errno != EDQUOT)
        return true;
    output_file_report(output->place, sf_error_number(result));
    return false;
}

bool sound_output_commit(struct sound_output *output) {
    bool done = finish_writing(output);
    if (done) {
        done = output_file_commit(output->place);
        output->place = NULL;
    }
    sound_output_discard(output);
    return done;
}

void sound_output_discard(struct sound_output *output) {
    if (output->file)
        sf_close(output->file);
    output_file_discard(output->place);
    free(output);
}
