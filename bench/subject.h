// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// A plugin under measurement, ours or another's, run as a host would. The world is that of LV2_PATH
// with the built bundle before it. Anything missing ends the program with a message.
#ifndef LOADLINE_BENCH_SUBJECT_H
#define LOADLINE_BENCH_SUBJECT_H

#include <stdbool.h>
#include <stdint.h>

struct subject;

// Every control at its default, active; `block` is the longest run.
struct subject *subject_open(const char *uri, double rate_hz, uint32_t block);
void subject_close(struct subject *subject);

// "symbol=value symbol=value".
void subject_set_all(struct subject *subject, const char *settings);
double subject_get(const struct subject *subject, const char *symbol);

// The first two audio inputs hear left and right; NULL is silence. Outputs go nowhere.
void subject_listen(struct subject *subject, const float *left, const float *right);
void subject_run(struct subject *subject, uint32_t frames);
void subject_restart(struct subject *subject);

#endif
