// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Records what the running plugin puts across the drivers, in volts, while it plays a sine or
// silence. Noise repeats with its seed at every record.
#ifndef LOADLINE_RECORDER_H
#define LOADLINE_RECORDER_H

#include "setup.h"

#include <stddef.h>

struct recorder; // opaque

// Records have `frame_count` frames, after `settle_s` during which the sine fades in and supplies
// and filters settle. NULL after a message.
struct recorder *recorder_open(const struct setup *setup, double settle_s, size_t frame_count);
void recorder_close(struct recorder *recorder);

// Plays a sine in both channels, of so many cycles a record, so that its spectrum falls on bins; a
// peak of 1 is full scale, 0 is silence. Overwrites the record before.
void recorder_play(struct recorder *recorder, size_t cycles, double peak);
// Of a channel, 0 left, 1 right.
const double *recorder_driver_v(const struct recorder *recorder, int channel);

// What a sample of 1 stands for at the driver.
double recorder_volt(const struct recorder *recorder);

// Whether the plugin's safety stop has held the record: then it shows the stop, not the circuit.
bool recorder_was_stopped(const struct recorder *recorder);

#endif
