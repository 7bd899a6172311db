// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Sound files: reading any that libsndfile knows, and writing one that is either whole or not
// there.
#ifndef LOADLINE_SOUND_FILE_H
#define LOADLINE_SOUND_FILE_H

#include <stdbool.h>
#include <stddef.h>

// --- Reading ---

struct sound_input; // opaque

// One or two channels with at least one frame. NULL after a message.
struct sound_input *sound_input_open(const char *path);
void sound_input_close(struct sound_input *input);

double sound_input_rate_hz(const struct sound_input *input);
// As many as it claims to have; a number beyond all bounds if it does not say.
size_t sound_input_frames(const struct sound_input *input);

// Fills left and right, mono into both; fewer frames than asked for are the last. False after a
// message, which is at the end at the latest if the decoder has found damage.
bool sound_input_read(struct sound_input *input, float *left, float *right, size_t frames,
                      size_t *got);

// Once all is read: says what is missing at the end, as far as it can be told, and how many samples
// are no sound.
void sound_input_note(const struct sound_input *input);

// --- Writing ---

enum sound_encoding {
    SOUND_BEST,
    SOUND_FLOAT,
    SOUND_24_BIT
}; // best: float where the format has it

struct sound_output; // opaque

// What the suffix of a path (and --encoding) asks for; ends the process if that cannot be.
int sound_output_format(const char *path, enum sound_encoding encoding);

// Writes to a hidden file in the same directory. An existing file is only replaced if `force`.
// `frames` says how many may come: a large WAV is an RF64. NULL after a message.
struct sound_output *sound_output_open(const char *path, int format, double rate_hz, size_t frames,
                                       bool force);

// False after a message; then only discarding makes sense.
bool sound_output_write(struct sound_output *output, const float *left, const float *right,
                        size_t frames);

// Samples beyond full scale that the format could not hold.
size_t sound_output_clipped(const struct sound_output *output);

// The end: the file gets its name, or (false, after a message) nothing is left behind.
bool sound_output_commit(struct sound_output *output);
void sound_output_discard(struct sound_output *output);

#endif
