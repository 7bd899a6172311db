// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// What a sweep is made of, and how: controls, points, and for the running plugin a sample rate and
// a tone.
#ifndef LOADLINE_SETUP_H
#define LOADLINE_SETUP_H

#include "controls.h"

struct setup {
    struct controls controls;
    unsigned point_count; // 0: as many as are usual for what is swept
    double rate_hz;
    double tone_hz; // of the sine for distortion
};

void setup_init(struct setup *setup);

// Child parsers, whose input is a struct setup.
extern const struct argp setup_argp;       // --preset, --set, --points
extern const struct argp setup_bench_argp; // --rate, --hz: for what runs the plugin

#endif
