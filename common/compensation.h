// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Makes good what a triangle over two samples takes from the top of the audible band.
#ifndef LOADLINE_COMPENSATION_H
#define LOADLINE_COMPENSATION_H

// Five symmetric taps, delay two samples. Real-time safe, a microsecond.
void compensation_design(double rate_hz, double tap[5]);

#endif
