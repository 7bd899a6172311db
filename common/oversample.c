// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "oversample.h"

#include <math.h>
#include <string.h>

#define INTERNAL_HZ      176399.0 // a hair below 176.4 kHz
#define STOP_DB          120.0
#define ALLPASS_FIRST    8 // coefficients of the stage next to the host, and of the others
#define ALLPASS_OTHERS   4
#define HEARD_HZ         20000.0
#define WIDEST_PASS_BAND 0.45351 // of the rate: 20 kHz at 44.1 kHz

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

// Kaiser's half-band: c_i = 2 h[2i + 1], h[k] = sin(pi k / 2) / (pi k) w(k). `transition` in units
// of the higher rate.
static void design_fir(struct halfband *stage, double transition) {
    const double beta = 0.1102 * (STOP_DB - 8.7);
    const double length = (STOP_DB - 7.95) / (2.285 * 2.0 * M_PI * transition);
    int pairs = (int)ceil((length + 2.0) / 4.0);
    pairs = pairs > HALFBAND_PAIRS_MAX ? HALFBAND_PAIRS_MAX : pairs;
    stage->pairs = pairs;
    double sum = 0.0, c[HALFBAND_PAIRS_MAX];
    for (int i = 0; i < pairs; ++i) {
        const int k = 2 * i + 1; // distance from the centre
        const double position = k / (2.0 * pairs);
        const double window = bessel_i0(beta * sqrt(1.0 - position * position)) / bessel_i0(beta);
        c[i] = 2.0 * (i % 2 ? -1.0 : 1.0) / (M_PI * k) * window;
        sum += 2.0 * c[i];
    }
    for (int i = 0; i < pairs; ++i) { // the kernel starts with the outermost pair
        stage->coefficient[pairs - 1 - i] = (float)(c[i] / sum);
    }
}

// The coefficients of an elliptic half-band filter of two allpass paths; odd and even ones belong
// to different paths.
static void design_allpass(struct allpass_pair *filter, int count, double transition) {
    const double root = tan((1.0 - 2.0 * transition) * M_PI / 4.0);
    const double k = root * root;
    const double kk = pow(1.0 - k * k, 0.25);
    const double e = 0.5 * (1.0 - kk) / (1.0 + kk);
    const double e4 = e * e * e * e;
    const double q = e * (1.0 + e4 * (2.0 + e4 * (15.0 + 150.0 * e4))); // the nome
    const int order = 2 * count + 1;
    filter->section_count = count / 2;
    for (int i = 0; i < count; ++i) {
        double numerator = 0.0, denominator = 0.5;
        for (int j = 0; j < 12; ++j) {
            const double sign = j % 2 ? -1.0 : 1.0;
            numerator += sign * pow(q, j * (j + 1)) * sin((2 * j + 1) * (i + 1) * M_PI / order);
            denominator += j > 0 ? sign * pow(q, j * j) * cos(2 * j * (i + 1) * M_PI / order) : 0.0;
        }
        const double w = numerator * pow(q, 0.25) / denominator;
        const double ww = w * w;
        const double x = sqrt((1.0 - ww * k) * (1.0 - ww / k)) / (1.0 + ww);
        for (int channel = 0; channel < 2; ++channel) {
            filter->coefficient[i / 2][2 * (i % 2) + channel] = (1.0 - x) / (1.0 + x);
        }
    }
}

void oversample_init(struct oversampler *over, const struct kernels *kernels, double rate_hz,
                     bool live, bool twice) {
    memset(over, 0, sizeof *over);
    over->kernels = kernels;
    over->live = live;
    over->factor = 1;
    while (rate_hz * over->factor < INTERNAL_HZ) {
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
        design_fir(&over->stage[s], transition);
        design_allpass(&over->stage[s].up, s == 0 ? ALLPASS_FIRST : ALLPASS_OTHERS, transition);
        over->stage[s].down = over->stage[s].up;
    }
}

static void reset_allpass(struct allpass_pair *filter) {
    memset(filter->in, 0, sizeof filter->in);
    memset(filter->out, 0, sizeof filter->out);
}

void oversample_reset(struct oversampler *over) {
    for (int s = 0; s < over->stage_count; ++s) {
        struct halfband *stage = &over->stage[s];
        memset(stage->line, 0, sizeof stage->line);
        memset(stage->odd, 0, sizeof stage->odd);
        memset(stage->even, 0, sizeof stage->even);
        reset_allpass(&stage->up);
        reset_allpass(&stage->down);
    }
}

// A line holds the past in front of the new samples; afterwards the newest of them become the past.
static float *newest(float *line) {
    return line + HALFBAND_HISTORY;
}

static void age(const struct halfband *stage, float *line, int count) {
    float *past = newest(line) - 2 * stage->pairs;
    memmove(past, past + count, (size_t)(2 * stage->pairs) * sizeof *line);
}

static void fir_up(struct oversampler *over, int first, int last, int channel, const double *in,
                   double *out, int count) {
    float buffer[CHUNK_MAX];
    over->kernels->narrow(in, newest(over->stage[first].line[channel]), count);
    for (int s = first; s < last; ++s) {
        struct halfband *stage = &over->stage[s];
        float *line = stage->line[channel];
        const int here = count << (s - first);
        if (s > first) {
            memcpy(newest(line), buffer, (size_t)here * sizeof *line);
        }
        over->kernels->halfband_up(stage->coefficient, stage->pairs, newest(line), buffer, here);
        age(stage, line, here);
    }
    over->kernels->widen(buffer, out, count << (last - first));
}

static void live_up(struct oversampler *over, int first, int last, const double *const in[2],
                    double *const out[2], int count) {
    double buffer[2][2][CHUNK_MAX];
    const double *from[2] = {in[0], in[1]};
    for (int s = first; s < last; ++s) {
        double(*to)[CHUNK_MAX] = buffer[s % 2];
        double *const end[2] = {s == last - 1 ? out[0] : to[0], s == last - 1 ? out[1] : to[1]};
        over->kernels->allpass_up(&over->stage[s].up, from[0], from[1], end[0], end[1],
                                  count << (s - first));
        from[0] = end[0];
        from[1] = end[1];
    }
}

void oversample_up(struct oversampler *over, int first, int last, const double *const in[2],
                   double *const out[2], int count) {
    if (first == last) {
        memcpy(out[0], in[0], (size_t)count * sizeof(double));
        memcpy(out[1], in[1], (size_t)count * sizeof(double));
    } else if (over->live) {
        live_up(over, first, last, in, out, count);
    } else {
        fir_up(over, first, last, 0, in[0], out[0], count);
        fir_up(over, first, last, 1, in[1], out[1], count);
    }
}

static void fir_down(struct oversampler *over, struct halfband *stage, int channel,
                     const double *in, double *out, int count) {
    float *odd = stage->odd[channel];
    float *even = stage->even[channel];
    float buffer[CHUNK_MAX];
    over->kernels->separate(in, newest(even), newest(odd), count);
    over->kernels->halfband_down(stage->coefficient, stage->pairs, newest(even), newest(odd),
                                 buffer, count);
    over->kernels->widen(buffer, out, count);
    age(stage, odd, count);
    age(stage, even, count);
}

void oversample_down(struct oversampler *over, int first, int last, const double *const in[2],
                     double *const out[2], int count) {
    const double *from[2] = {in[0], in[1]};
    for (int s = first; s >= last; --s) {
        struct halfband *stage = &over->stage[s];
        const int left = count << (s - last);
        if (over->live) {
            over->kernels->allpass_down(&stage->down, from[0], from[1], out[0], out[1], left);
        } else {
            fir_down(over, stage, 0, from[0], out[0], left);
            fir_down(over, stage, 1, from[1], out[1], left);
        }
        from[0] = out[0];
        from[1] = out[1];
    }
    if (first < last && in[0] != out[0]) {
        memcpy(out[0], in[0], (size_t)count * sizeof(double));
        memcpy(out[1], in[1], (size_t)count * sizeof(double));
    }
}

int oversample_peak(struct oversampler *over, int delay, double *height) {
    enum { FRAMES = 8, CHUNKS = 32, DELAY_LONGEST = 256 };
    double line[2][DELAY_LONGEST + CHUNK_MAX] = {{0}}; // the delay's past, then the chunk
    double out[2][CHUNK_MAX] = {{0}};
    int peak = 0;
    *height = 0.0;
    oversample_reset(over);
    for (int chunk = 0; chunk < CHUNKS; ++chunk) {
        const double in[FRAMES] = {chunk == 0 ? 1.0 : 0.0};
        const int count = FRAMES * over->factor;
        oversample_up(over, 0, over->stage_count, (const double *const[]){in, in},
                      (double *const[]){line[0] + delay, line[1] + delay}, FRAMES);
        oversample_down(over, over->stage_count - 1, 0, (const double *const[]){line[0], line[1]},
                        (double *const[]){out[0], out[1]}, FRAMES);
        for (int channel = 0; channel < 2; ++channel) {
            memmove(line[channel], line[channel] + count, (size_t)delay * sizeof line[channel][0]);
        }
        for (int n = 0; n < FRAMES; ++n) {
            if (fabs(out[0][n]) > *height) {
                *height = fabs(out[0][n]);
                peak = chunk * FRAMES + n;
            }
        }
    }
    oversample_reset(over);
    return peak;
}
