// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// A plugin under measurement, ours or another's, run as a host would. The world is that of LV2_PATH
// with the built bundle before it. Anything missing ends the program with a message.
//
// The processor's arithmetic is as the system starts a program: denormal numbers are computed with.
#ifndef LOADLINE_BENCH_SUBJECT_H
#define LOADLINE_BENCH_SUBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PATH_LENGTH_MAX = 4096, SYMBOL_MAX = 64 };

struct subject;

// A control that is a list.
struct choice {
    char symbol[SYMBOL_MAX];
    float first, last;
};

// What instantiating alone took, without loading the binary if an instance was there before.
struct birth {
    double ns;
    size_t heap_bytes;
};

bool subject_exists(const char *uri);
// Every plugin of the built bundle; returns how many.
size_t subject_bundle(const char *uris[], size_t max);
// What can be chosen in a plugin; returns how many there are.
size_t subject_choices(const char *uri, struct choice choices[], size_t max);
// The directory of the plugin's bundle.
void subject_directory(const char *uri, char path[PATH_LENGTH_MAX]);

// Every control at its default, active; `block` is the longest run. Ours take the loops for every
// x86-64 if `baseline`.
struct subject *subject_open(const char *uri, double rate_hz, uint32_t block, bool baseline);
void subject_close(struct subject *subject);
struct birth subject_birth(const struct subject *subject);

bool subject_has(const struct subject *subject, const char *symbol);
// "symbol=value; symbol=label". Of the bundle's plugins the chain has every port; what another one
// does not have is left out. Returns how many it has.
int subject_set(struct subject *subject, const char *settings);

// How many audio inputs it has, two at most. They hear left and right; NULL is silence.
unsigned subject_inputs(const struct subject *subject);
void subject_listen(struct subject *subject, const float *left, const float *right);
void subject_run(struct subject *subject, uint32_t frames);
void subject_restart(struct subject *subject);
// What the last run gave: the channels of the first two audio outputs; a single one is both.
const float *subject_heard(const struct subject *subject, int channel);

#endif
