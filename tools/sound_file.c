// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "sound_file.h"

#include "output_file.h"
#include "report.h"
#include "sample.h"

#include <errno.h>
#include <math.h>
#include <sndfile.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

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
    bool seekable;  // so that a length that is not known is one that was lost
    size_t frames;  // read so far
    size_t silence; // samples that are no sound
    unsigned long long promised_bytes, held_bytes; // by a header, if that is more
};

// Sizes that stand for one that was not known yet: those with all bits set, and what SoX and
// arecord write into a pipe.
static bool is_known_size(unsigned long long bytes) {
    const bool is_open_end = bytes >= 0x7fff0000 && bytes <= 0x80000000;
    return !is_open_end && bytes != UINT32_MAX && bytes < INT64_MAX;
}

// libsndfile takes the sound that there is for all of it, and says only in its log which size it
// has put right: of the sound, or of the file where that is all that it looks at.
static void read_promise(struct sound_input *input, const char *line) {
    static const char *const labels[] = {"data", "SSND", "Data Size", "riff", "Riff size"};
    unsigned long long promised, held;
    line += strspn(line, " ");
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
        const size_t length = strlen(labels[i]);
        if (strncmp(line, labels[i], length) == 0 &&
            sscanf(line + length, " : %llu (should be %llu)", &promised, &held) == 2 &&
            promised > held && is_known_size(promised)) {
            input->promised_bytes = promised;
            input->held_bytes = held;
        }
    }
}

static void read_log(struct sound_input *input) {
    char log[1 << 14] = "";
    sf_command(input->file, SFC_GET_LOG_INFO, log, sizeof log);
    for (const char *line = log; *line != '\0';) {
        read_promise(input, line);
        line += strcspn(line, "\n");
        line += *line == '\n';
    }
}

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

// A pipe will do as well.
static bool look_at_file(struct sound_input *input) {
    struct stat status;
    if (stat(input->path, &status) != 0) {
        report_error("%s: %s; check the name", input->path, strerror(errno));
        return false;
    }
    if (S_ISDIR(status.st_mode)) {
        report_error("%s: is a directory; give a sound file", input->path);
        return false;
    }
    if (access(input->path, R_OK) != 0) {
        report_error("%s: %s; make it readable", input->path, strerror(errno));
        return false;
    }
    input->seekable = S_ISREG(status.st_mode);
    return true;
}

struct sound_input *sound_input_open(const char *path) {
    struct sound_input *input = calloc(1, sizeof *input);
    if (!input) {
        report_error("out of memory");
        return NULL;
    }
    input->path = path;
    if (look_at_file(input)) {
        errno = 0;
        input->file = sf_open(path, SFM_READ, &input->info);
        if (!input->file)
            report_error(
                "%s: not readable as sound (%s); give a WAV, FLAC, AIFF, Ogg or other file that "
                "libsndfile knows",
                path, errno == EIO ? strerror(errno) : sf_strerror(NULL));
        else if (check_input(input)) {
            read_log(input);
            return input;
        }
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

// Silence to the plugin.
static bool is_sound(float sample) {
    return fabsf(sample) <= SAMPLE_LARGEST;
}

static bool has_fewer_than_claimed(const struct sound_input *input) {
    return input->info.frames != SF_COUNT_MAX && input->frames < sound_input_frames(input);
}

// The decoder of FLAC or Ogg knows how much there was, and leaves out what it cannot make out,
// often without an error.
static bool has_lost_sound(const struct sound_input *input) {
    const int container = input->info.format & SF_FORMAT_TYPEMASK;
    const bool is_decoded = container == SF_FORMAT_FLAC || container == SF_FORMAT_OGG;
    return is_decoded && has_fewer_than_claimed(input);
}

static bool check_end(const struct sound_input *input) {
    const bool lost = has_lost_sound(input);
    if (sf_error(input->file) != SF_ERR_NO_ERROR)
        report_error("%s: cannot be decoded (%s); the file is damaged, so make or fetch it again",
                     input->path, sf_strerror(input->file));
    else if (lost)
        report_error("%s: %zu of %zu frames cannot be decoded; the file is damaged, so make or "
                     "fetch it again",
                     input->path, sound_input_frames(input) - input->frames,
                     sound_input_frames(input));
    return sf_error(input->file) == SF_ERR_NO_ERROR && !lost;
}

bool sound_input_read(struct sound_input *input, float *left, float *right, size_t frames,
                      size_t *got) {
    float interleaved[FRAMES_AT_ONCE * CHANNELS];
    const int channels = input->info.channels;
    *got = 0;
    while (*got < frames) {
        const sf_count_t asked = smaller(frames - *got, FRAMES_AT_ONCE);
        const sf_count_t count = sf_readf_float(input->file, interleaved, asked);
        for (sf_count_t i = 0; i < count * channels; i++)
            input->silence += !is_sound(interleaved[i]);
        for (sf_count_t i = 0; i < count; i++) {
            left[*got] = interleaved[i * channels];
            right[(*got)++] = interleaved[i * channels + channels - 1];
        }
        input->frames += (size_t)count;
        if (count < asked)
            return check_end(input);
    }
    return true;
}

void sound_input_note(const struct sound_input *input) {
    if (input->seekable && input->info.frames == SF_COUNT_MAX)
        report_note("%s: is cut short; what is there is rendered", input->path);
    else if (has_fewer_than_claimed(input))
        report_note("%s: is cut short: %zu of %zu frames are there, which are rendered",
                    input->path, input->frames, sound_input_frames(input));
    else if (input->promised_bytes > 0)
        report_note("%s: is cut short: %llu of %llu bytes are there, which are rendered",
                    input->path, input->held_bytes, input->promised_bytes);
    if (input->silence > 0)
        report_note("%s: %zu samples are no numbers, or beyond %g, and are heard as silence",
                    input->path, input->silence, (double)SAMPLE_LARGEST);
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
    // What turns out not to be large becomes a WAV after all.
    sf_command(output->file, SFC_RF64_AUTO_DOWNGRADE, NULL, SF_TRUE);
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
