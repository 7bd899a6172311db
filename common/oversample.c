// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "oversample.h"

#include <math.h>
#include <string.h>

#define INTERNAL_HZ      176399.0 // a hair below 176.4 kHz
#define FACTOR_MIN       2        // what clips leaves much above the host's band, which has to go
#define STOP_DB          120.0
#define STOP_LIVE_DB     100.0
#define HEARD_HZ         20000.0
#define WIDEST_PASS_BAND 0.45351 // of the rate: 20 kHz at 44.1 kHz

// Twice FIR_TAPS_MAX and the one in the middle.
#define PAIRS_MAX (FIR_TAPS_MAX / 2)
#define TAPS_MAX  (4 * PAIRS_MAX - 1)

// What has to pass: the audible band, and more where the host's rate has room for it.
static double pass_hz(double rate_hz) {
    return fmin(fmax(HEARD_HZ, 0.4 * rate_hz), WIDEST_PASS_BAND * rate_hz);
}

// Modified Bessel function of the first kind, order zero.
static double bessel_i0(double x) {
    double sum = 1.0, term = 1.0;
    for (int k = 1; term > 1e-17 * sum; ++k) {
        term *= x * x / (4.0 * k * k);
        sum += term;
    }
    return sum;
}

// Pairs of non-zero taps that Kaiser's window needs. `transition` in units of the higher rate.
static int pairs_needed(double stop_db, double transition) {
    const double length = (stop_db - 7.95) / (2.285 * 2.0 * M_PI * transition);
    const int pairs = (int)ceil((length + 2.0) / 4.0);
    return pairs > PAIRS_MAX ? PAIRS_MAX : pairs;
}

// h[k] = 2 sin(pi k / 2) / (pi k) w(k), k counted from the middle: 4 pairs - 1 taps, every other
// one zero but for the middle, whose 1 is what the others add up to.
static void design_linear(double h[TAPS_MAX], int pairs, double stop_db) {
    const double beta = 0.1102 * (stop_db - 8.7);
    const int middle = 2 * pairs - 1;
    double sum = 0.0;
    memset(h, 0, TAPS_MAX * sizeof *h);
    for (int k = 1; k <= middle; k += 2) {
        const double position = (double)k / (middle + 1);
        const double window = bessel_i0(beta * sqrt(1.0 - position * position)) / bessel_i0(beta);
        h[middle + k] = 2.0 * (k % 4 == 1 ? 1.0 : -1.0) / (M_PI * k) * window;
        sum += 2.0 * h[middle + k];
    }
    for (int k = 1; k <= middle; k += 2) {
        h[middle - k] = h[middle + k] /= sum;
    }
    h[middle] = 1.0;
}

// The same magnitude with the least delay, by way of the cepstrum (Oppenheim and Schafer). A floor
// of half its ripple lifts the stop band's zeros off the unit circle, so that the logarithm is
// smooth enough for the grid.
static void make_minimum_phase(double h[TAPS_MAX], int pairs, double stop_db) {
    enum { GRID = 1024 };
    const int taps = 4 * pairs - 1, middle = 2 * pairs - 1;
    const double floor = pow(10.0, -stop_db / 20.0);
    double turn[GRID], log_gain[GRID], cepstrum[TAPS_MAX] = {0};
    for (int i = 0; i < GRID; ++i) {
        turn[i] = cos(2.0 * M_PI * i / GRID);
    }
    for (int i = 0; i < GRID; ++i) {
        double gain = h[middle];
        for (int k = 1; k <= middle; k += 2) {
            gain += 2.0 * h[middle + k] * turn[i * k % GRID];
        }
        log_gain[i] = 0.5 * log(gain * gain + floor * floor);
    }
    for (int k = 0; k < taps; ++k) {
        for (int i = 0; i < GRID; ++i) {
            cepstrum[k] += log_gain[i] * turn[i * k % GRID] / GRID;
        }
    }
    h[0] = exp(cepstrum[0]);
    for (int n = 1; n < taps; ++n) {
        h[n] = 0.0;
        for (int k = 1; k <= n; ++k) {
            h[n] += 2.0 * k / n * cepstrum[k] * h[n - k];
        }
    }
}

// Phase 0 takes taps 0, 2, ... and phase 1 the others; what is zero at either end of a phase is
// left out.
static void split_phases(struct halfband_filter *filter, const double h[TAPS_MAX], int taps) {
    for (int p = 0; p < 2; ++p) {
        struct fir *phase = &filter->phase[p];
        int first = p, last = taps - 1 - (taps - 1 - p) % 2;
        while (h[first] == 0.0) {
            first += 2;
        }
        while (h[last] == 0.0) {
            last -= 2;
        }
        phase->delay = first / 2;
        phase->taps = (last - first) / 2 + 1;
        for (int i = 0; i < phase->taps; ++i) {
            phase->coefficient[i] = (float)h[first + 2 * i];
        }
    }
}

static void design_stage(struct halfband *stage, double transition, bool live) {
    const double stop_db = live ? STOP_LIVE_DB : STOP_DB;
    const int pairs = pairs_needed(stop_db, transition);
    double h[TAPS_MAX];
    design_linear(h, pairs, stop_db);
    if (live) {
        make_minimum_phase(h, pairs, stop_db);
    }
    split_phases(&stage->filter, h, 4 * pairs - 1);
    stage->past = (2 * pairs + GROUP - 1) / GROUP * GROUP;
}

void oversample_init(struct oversampler *over, const struct kernels *kernels, double rate_hz,
                     bool live, bool twice) {
    memset(over, 0, sizeof *over);
    over->kernels = kernels;
    over->factor = 1;
    while (over->factor < FACTOR_MIN || rate_hz * over->factor < INTERNAL_HZ) {
        over->factor *= 2;
        ++over->stage_count;
    }
    if (twice) {
        over->factor *= 2;
        ++over->stage_count;
    }
    for (int s = 0; s < over->stage_count; ++s) {
        const double higher_hz = rate_hz * (2 << s);
        const double transition =
            0.5 - 2.0 * pass_hz(rate_hz) / higher_hz; // symmetric about a quarter of the rate
        design_stage(&over->stage[s], transition, live);
    }
}

// Only its past has to be silent.
static void silence(float line[2][HALFBAND_PAST + CHUNK_MAX]) {
    for (int n = 0; n < HALFBAND_PAST; ++n) {
        line[0][n] = line[1][n] = 0.0f;
    }
}

void oversample_reset(struct oversampler *over) {
    for (int s = 0; s < over->stage_count; ++s) {
        silence(over->stage[s].up);
        silence(over->stage[s].even);
        silence(over->stage[s].odd);
    }
}

// Where new samples go in a line.
static float *newest(float line[HALFBAND_PAST + CHUNK_MAX]) {
    return line + HALFBAND_PAST;
}

void oversample_entry(struct oversampler *over, int first, int end, float *const out[2],
                      float *entry[2]) {
    for (int channel = 0; channel < 2; ++channel) {
        entry[channel] = first < end ? newest(over->stage[first].up[channel]) : out[channel];
    }
}

// Each stage writes where the next one reads.
void oversample_up(struct oversampler *over, int first, int end, float *const out[2], int count) {
    for (int s = first; s < end; ++s) {
        struct halfband *stage = &over->stage[s];
        float *from[2], *to[2];
        oversample_entry(over, s, end, out, from);
        oversample_entry(over, s + 1, end, out, to);
        over->kernels->halfband_up(&stage->filter, from, to, stage->past, count);
        count *= 2;
    }
}

static void down(const struct kernels *kernels, struct halfband *stage, const float *const in[2],
                 float *const out[2], int count) {
    float *const even[2] = {newest(stage->even[0]), newest(stage->even[1])};
    float *const odd[2] = {newest(stage->odd[0]), newest(stage->odd[1])};
    kernels->separate(in[0], even[0], odd[0], count);
    kernels->separate(in[1], even[1], odd[1], count);
    kernels->halfband_down(&stage->filter, even, odd, out, stage->past, count);
}

void oversample_down(struct oversampler *over, int first, int last, const float *const in[2],
                     float *const out[2], int count) {
    const float *from[2] = {in[0], in[1]};
    for (int channel = 0; first < last && channel < 2; ++channel) {
        memmove(out[channel], in[channel], (size_t)count * sizeof(float));
    }
    for (int s = first; s >= last; --s) {
        float *to[2];
        for (int channel = 0; channel < 2; ++channel) {
            to[channel] = s == last ? out[channel] : over->between[channel];
        }
        down(over->kernels, &over->stage[s], from, to, count << (s - last));
        from[0] = to[0];
        from[1] = to[1];
    }
}

int oversample_peak(struct oversampler *over, int delay, double *height) {
    enum { FRAMES = 8, CHUNKS = 32, DELAY_LONGEST = 256 };
    float line[2][DELAY_LONGEST + CHUNK_MAX] = {{0}}; // the delay's past, then the chunk
    float out[2][FRAMES];
    int peak = 0;
    *height = 0.0;
    oversample_reset(over);
    for (int chunk = 0; chunk < CHUNKS; ++chunk) {
        const float in[FRAMES] = {chunk == 0 ? 1.0f : 0.0f};
        const int count = FRAMES * over->factor, top = over->stage_count - 1;
        float *const up[2] = {line[0] + delay, line[1] + delay};
        float *entry[2];
        oversample_entry(over, 0, top + 1, up, entry);
        memcpy(entry[0], in, sizeof in);
        memcpy(entry[1], in, sizeof in);
        oversample_up(over, 0, top + 1, up, FRAMES);
        oversample_down(over, top, 0, (const float *const[]){line[0], line[1]},
                        (float *const[]){out[0], out[1]}, FRAMES);
        for (int channel = 0; channel < 2; ++channel) {
            memmove(line[channel], line[channel] + count, (size_t)delay * sizeof line[channel][0]);
        }
        for (int n = 0; n < FRAMES; ++n) {
            if (fabs((double)out[0][n]) > *height) {
                *height = fabs((double)out[0][n]);
                peak = chunk * FRAMES + n;
            }
        }
    }
    oversample_reset(over);
    return peak;
}
