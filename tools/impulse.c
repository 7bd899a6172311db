// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "impulse.h"

#include "safe_level.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Resonances and coupling capacitors have died away after it; what has not fades in its second
// half, which leaves only frequencies below the table's.
#define RECORD_S 4.0

// Of silence before the impulse: linear phase rings ahead of it, too.
#define LEAD_S 0.1

#define SLEW_PER_SAMPLE 8.0 // an oversampled impulse may rise that fast, in heights a sample

// Anew so often that rounding cannot build up in the phasor.
enum { PHASOR_FRAMES = 1024 };

struct impulse {
    double rate_hz;
    float height;
    size_t frame_count;
    size_t lead, latency; // frames before the impulse goes in, and until it comes out
    double *record[2];
};

// In samples, so that no leg comes near its rail, its current limit or its slew rate.
static double safe_height(const struct controls *controls, double rate_hz) {
    const struct chain_params params = controls_params(controls);
    const double slew_v = params.stage.slew_v_per_s / (SLEW_PER_SAMPLE * rate_hz);
    const double slew_height = slew_v / controls_full_scale_v(controls);
    return fmin(safe_level(controls), slew_height);
}

struct impulse *impulse_new(const struct controls *controls, double rate_hz) {
    struct impulse *impulse = calloc(1, sizeof *impulse);
    if (impulse) {
        impulse->rate_hz = rate_hz;
        impulse->height = (float)safe_height(controls, rate_hz);
        impulse->lead = (size_t)(LEAD_S * rate_hz);
        impulse->frame_count = impulse->lead + (size_t)(RECORD_S * rate_hz);
        impulse->record[0] = calloc(impulse->frame_count, sizeof(double));
        impulse->record[1] = calloc(impulse->frame_count, sizeof(double));
    }
    if (impulse && impulse->height > 0.0f && impulse->record[0] && impulse->record[1])
        return impulse;
    impulse_free(impulse);
    return NULL;
}

void impulse_free(struct impulse *impulse) {
    if (!impulse)
        return;
    free(impulse->record[0]);
    free(impulse->record[1]);
    free(impulse);
}

// --- Recording ---

static double fade(const struct impulse *impulse, size_t frame) {
    const double half = 0.5 * (double)impulse->frame_count;
    const double beyond = ((double)frame - half) / half;
    return beyond > 0.0 ? 0.5 + 0.5 * cos(M_PI * beyond) : 1.0;
}

static void add_block(struct impulse *impulse, float *const out[2], size_t begin, size_t count,
                      double weight) {
    for (size_t i = 0; i < count && begin + i < impulse->frame_count; i++) {
        const double scaled = weight * fade(impulse, begin + i);
        impulse->record[0][begin + i] += scaled * (double)out[0][i];
        impulse->record[1][begin + i] += scaled * (double)out[1][i];
    }
}

static void run_block(struct impulse *impulse, struct plugin_session *session, size_t begin,
                      const float height[2]) {
    float in_left[SESSION_BLOCK_MAX] = {0}, in_right[SESSION_BLOCK_MAX] = {0};
    float out_left[SESSION_BLOCK_MAX], out_right[SESSION_BLOCK_MAX];
    float *const in[2] = {in_left, in_right};
    float *const out[2] = {out_left, out_right};
    if (impulse->lead >= begin && impulse->lead - begin < SESSION_BLOCK_MAX) {
        in_left[impulse->lead - begin] = height[0];
        in_right[impulse->lead - begin] = height[1];
    }
    plugin_session_run(session, in, out, SESSION_BLOCK_MAX);
    const double sign = height[0] > 0.0f ? 1.0 : -1.0;
    add_block(impulse, out, begin, SESSION_BLOCK_MAX, sign / 2.0 / (double)impulse->height);
}

static void record_one(struct impulse *impulse, struct plugin_session *session,
                       enum impulse_drive drive, float sign) {
    const float left = sign * impulse->height;
    const float right = drive == IMPULSE_BOTH ? left : 0.0f;
    plugin_session_restart(session);
    for (size_t begin = 0; begin < impulse->frame_count; begin += SESSION_BLOCK_MAX)
        run_block(impulse, session, begin, (const float[2]){left, right});
    impulse->latency = plugin_session_latency(session);
}

void impulse_record(struct impulse *impulse, struct plugin_session *session,
                    enum impulse_drive drive) {
    memset(impulse->record[0], 0, impulse->frame_count * sizeof(double));
    memset(impulse->record[1], 0, impulse->frame_count * sizeof(double));
    record_one(impulse, session, drive, 1.0f);
    record_one(impulse, session, drive, -1.0f);
}

// --- Transform ---

double complex impulse_response(const struct impulse *impulse, int channel, double hz) {
    const double radians = 2.0 * M_PI * hz / impulse->rate_hz;
    const double complex step = cexp(-I * radians);
    const double impulse_at = (double)(impulse->lead + impulse->latency);
    const double *record = impulse->record[channel];
    double complex sum = 0.0, phasor = 1.0;
    for (size_t i = 0; i < impulse->frame_count; i++) {
        if (i % PHASOR_FRAMES == 0)
            phasor = cexp(-I * radians * ((double)i - impulse_at));
        sum += record[i] * phasor;
        phasor *= step;
    }
    return sum;
}
