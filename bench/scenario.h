// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// What the plugins are asked to do.
#ifndef LOADLINE_BENCH_SCENARIO_H
#define LOADLINE_BENCH_SCENARIO_H

// The HD 600's load, typed in, on a cable of four wires at an amplifier with a common ground.
#define HD_600                                                                                     \
    "resistance=300.9; peak1_rise=266.8; peak1_frequency=100; peak1_q=1.45; "                      \
    "semi_impedance=110.3; semi_exponent=0.618; cable=0; cable_length=3; ground_resistance=20; "
// Noise of the source and, coloured, of the stage; clipping 6 dB over.
#define NOISE  "stage_noise=5; noise_corner=100; source_noise=2; "
#define LOADED NOISE "rail=1.4142; "
#define BRIDGE "topology=2; "
// Every kind of interference, on three metres.
#define INTERFERENCE                                                                               \
    "line_length=3; ground_loop=1; usb=1; hum=1; dimmer=1; fluorescent=1; motor=1; gsm=1; "        \
    "radio=1; "
#define CURRENT_LIMIT "current_limit=3; "
#define SAG           "supply_resistance=10; supply_capacitance=220; rail=2; "

#endif
