// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The options that response and measure share.
#ifndef LOADLINE_RESPONSE_OPTIONS_H
#define LOADLINE_RESPONSE_OPTIONS_H

#include "controls.h"
#include "response_table.h"

struct response_options {
    struct controls controls;
    enum table_format format;
    unsigned point_count;
};

void response_options_init(struct response_options *options);

// A child parser: its input is a struct response_options.
extern const struct argp response_options_argp;

#endif
