// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "loudness.h"

#include <math.h>
#include <string.h>

#define STEP_MS       10
#define STEPS_A_HOP   10
#define OFFSET_LU     0.691 // BS.1770: loudness = 10 log energy - 0.691
#define RELATIVE_GATE 0.1   // 10 LU below the mean

// After a restart the weighting filters still ring with what was before.
#define HOPS_LEFT_OUT 1

static double energy_of(double loudness_lufs) {
    return pow(10.0, (loudness_lufs + OFFSET_LU) / 10.0);
}

static double absolute_gate(void) {
    return energy_of(-70.0);
}

void loudness_free(struct loudness *loudness) {
    if (loudness->a) {
        ebur128_destroy(&loudness->a);
    }
    if (loudness->b) {
        ebur128_destroy(&loudness->b);
    }
}

// New meters, which is the only way to empty them; the old ones stay if there is no memory.
static bool renew_meters(struct loudness *loudness, unsigned long rate_hz) {
    struct loudness fresh = {.a = ebur128_init(2, rate_hz, EBUR128_MODE_M),
                             .b = ebur128_init(2, rate_hz, EBUR128_MODE_M)};
    if (!fresh.a || !fresh.b) {
        loudness_free(&fresh);
        return false;
    }
    loudness_free(loudness);
    loudness->a = fresh.a;
    loudness->b = fresh.b;
    return true;
}

bool loudness_init(struct loudness *loudness, double rate_hz) {
    const unsigned long rate = (unsigned long)lround(rate_hz);
    memset(loudness, 0, sizeof *loudness);
    loudness->step_frames = (int)(rate * STEP_MS / 1000); // as libebur128 rounds it
    loudness_restart(loudness);
    return loudness->step_frames > 0 && renew_meters(loudness, rate);
}

void loudness_reset(struct loudness *loudness) {
    renew_meters(loudness, loudness->a->samplerate);
    loudness_restart(loudness);
    loudness->difference_db = 0.0;
}

void loudness_restart(struct loudness *loudness) {
    loudness->frames = loudness->hop_steps = 0;
    loudness->hops = -HOPS_LEFT_OUT;
    loudness->blocks = loudness->at = loudness->soundings = 0;
    loudness->sounding = false;
    memset(loudness->hop, 0, sizeof loudness->hop);
}

static double decibel_of_ratio(double b, double a) {
    const double limit = pow(10.0, LOUDNESS_LIMIT_DB / 10.0);
    return 10.0 * log10(fmin(fmax(b, a / limit), a * limit) / a);
}

// Over the blocks in which A passes both gates; over all if it never passes the first.
static double difference_db(const struct loudness *loudness) {
    struct loudness_energy sum = {0};
    int count = 0;
    for (int i = 0; i < loudness->blocks; ++i) {
        if (loudness->block[i].a >= absolute_gate()) {
            sum.a += loudness->block[i].a;
            ++count;
        }
    }
    const double gate = count > 0 ? fmax(RELATIVE_GATE * sum.a / count, absolute_gate()) : 0.0;
    sum = (struct loudness_energy){0};
    for (int i = 0; i < loudness->blocks; ++i) {
        if (loudness->block[i].a >= gate) {
            sum.a += loudness->block[i].a;
            sum.b += loudness->block[i].b;
        }
    }
    return sum.a > 0.0 ? decibel_of_ratio(sum.b, sum.a) : LOUDNESS_LIMIT_DB;
}

static void end_hop(struct loudness *loudness) {
    struct loudness_energy block = {0};
    ++loudness->hops;
    if (loudness->hops < LOUDNESS_HOPS) {
        return;
    }
    for (int i = 0; i < LOUDNESS_HOPS; ++i) {
        block.a += loudness->hop[i].a / LOUDNESS_HOPS;
        block.b += loudness->hop[i].b / LOUDNESS_HOPS;
    }
    loudness->sounding = fmin(block.a, block.b) >= absolute_gate();
    loudness->soundings += loudness->sounding;
    if (fmax(block.a, block.b) >= absolute_gate()) {
        loudness->block[loudness->at] = block;
        loudness->at = (loudness->at + 1) % LOUDNESS_BLOCKS;
        loudness->blocks += loudness->blocks < LOUDNESS_BLOCKS;
        loudness->difference_db = difference_db(loudness);
    }
}

// Of the last step.
static double step_energy(ebur128_state *meter) {
    double loudness_lufs = -INFINITY;
    ebur128_loudness_window(meter, STEP_MS, &loudness_lufs);
    return energy_of(loudness_lufs);
}

static void end_step(struct loudness *loudness) {
    struct loudness_energy *hop = &loudness->hop[(loudness->hops + LOUDNESS_HOPS) % LOUDNESS_HOPS];
    if (loudness->hop_steps == 0) {
        *hop = (struct loudness_energy){0};
    }
    hop->a += step_energy(loudness->a) / STEPS_A_HOP;
    hop->b += step_energy(loudness->b) / STEPS_A_HOP;
    loudness->frames = 0;
    if (++loudness->hop_steps == STEPS_A_HOP) {
        loudness->hop_steps = 0;
        end_hop(loudness);
    }
}

static void feed(ebur128_state *meter, const float *const from[2], int done, int frames) {
    float interleaved[2 * LOUDNESS_FRAMES_MAX];
    for (int n = 0; n < frames; ++n) {
        interleaved[2 * n] = from[0][done + n];
        interleaved[2 * n + 1] = from[1][done + n];
    }
    ebur128_add_frames_float(meter, interleaved, (size_t)frames);
}

void loudness_add(struct loudness *loudness, const float *const a[2], const float *const b[2],
                  int frames) {
    for (int done = 0; done < frames;) {
        const int room = loudness->step_frames - loudness->frames;
        const int count = frames - done < room ? frames - done : room;
        feed(loudness->a, a, done, count);
        feed(loudness->b, b, done, count);
        loudness->frames += count;
        done += count;
        if (loudness->frames == loudness->step_frames) {
            end_step(loudness);
        }
    }
}
