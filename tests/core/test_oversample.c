// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// To the internal rate and back: what passes, what stops, and how late it is.
#include "kernels.h"
#include "oversample.h"
#include "random_circuit.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define FRAMES      2048 // the impulse and all that is left of it
#define PASS        3e-5 // each way and back: single precision, and 1e-5 for the filters
#define PASS_LIVE   2e-4
#define STOP_DB     (-105.0)
#define STOP_LIVE   (-90.0)
#define INTERNAL_HZ 176399.0
#define HEARD_HZ    20000.0

static const double rates_hz[] = {44100, 48000, 88200, 96000, 176400, 192000};
#define RATES      (int)(sizeof rates_hz / sizeof *rates_hz)
#define FACTOR_MAX 8

// An impulse on its way: at the internal rate, and back.
struct journey {
    struct oversampler over;
    float in[2][FRAMES], up[2][FRAMES * FACTOR_MAX], down[2][FRAMES];
};

static void travel(struct journey *j, int piece) {
    oversample_reset(&j->over);
    const int factor = j->over.factor, top = j->over.stage_count - 1;
    for (int n = 0; n < FRAMES; n += piece) {
        float *const up[2] = {j->up[0] + n * factor, j->up[1] + n * factor};
        float *entry[2];
        oversample_entry(&j->over, 0, top + 1, up, entry);
        for (int channel = 0; channel < 2; channel++)
            memcpy(entry[channel], j->in[channel] + n, (size_t)piece * sizeof(float));
        oversample_up(&j->over, 0, top + 1, up, piece);
        oversample_down(&j->over, top, 0, (const float *const[]){up[0], up[1]},
                        (float *const[]){j->down[0] + n, j->down[1] + n}, piece);
    }
}

static struct journey *set_out(double rate_hz, bool live, bool twice) {
    static struct journey j;
    memset(&j, 0, sizeof j);
    oversample_init(&j.over, kernels_select(), rate_hz, live, twice);
    j.in[0][0] = 1;
    travel(&j, FRAMES_MAX);
    return &j;
}

static double complex spectrum(const float *x, int count, double hz, double rate_hz) {
    double complex sum = 0;
    for (int n = 0; n < count; n++)
        sum += (double)x[n] * cexp(-2 * PI * I * hz / rate_hz * n);
    return sum;
}

// --- Rates ---

static void the_internal_rate_is_high_enough(void **state) {
    (void)state;
    static struct oversampler over;
    for (double rate_hz = 8000; rate_hz < 770000; rate_hz *= 1.05)
        for (int twice = 0; twice < 2; twice++) {
            oversample_init(&over, kernels_select(), rate_hz, false, twice);
            const double least = rate_hz * over.factor / (twice ? 2 : 1);
            assert_int_equal(over.factor, 1 << over.stage_count);
            assert_true(least >= INTERNAL_HZ);
            assert_true(least >= 2 * rate_hz);
            assert_true(least == 2 * rate_hz || least / 2 < INTERNAL_HZ);
        }
}

// --- Filters ---

static void assert_flat(double rate_hz, bool live, bool twice, double tolerance) {
    const struct journey *j = set_out(rate_hz, live, twice);
    for (double hz = 20; hz <= HEARD_HZ; hz *= 1.1)
        assert_near(cabs(spectrum(j->down[0], FRAMES, hz, rate_hz)), 1, tolerance);
    assert_near(cabs(spectrum(j->down[0], FRAMES, HEARD_HZ, rate_hz)), 1, tolerance);
    for (int n = 0; n < FRAMES; n++)
        assert_true(j->down[1][n] == 0); // the other channel stays silent
}

static void the_audible_band_is_flat(void **state) {
    (void)state;
    for (int r = 0; r < RATES; r++) {
        assert_flat(rates_hz[r], false, false, PASS);
        assert_flat(rates_hz[r], false, true, PASS);
        assert_flat(rates_hz[r], true, false, PASS_LIVE);
    }
}

// On the way up: images of what is heard about every multiple of the host's rate.
static void assert_no_images(double rate_hz, bool live, double stop_db) {
    const struct journey *j = set_out(rate_hz, live, !live);
    const int factor = j->over.factor;
    for (int multiple = 1; multiple < factor; multiple++)
        for (double hz = 500; hz <= HEARD_HZ; hz += 1500) {
            const double image_hz = multiple * rate_hz - hz;
            const double complex image =
                spectrum(j->up[0], FRAMES * factor, image_hz, factor * rate_hz);
            if (!(to_db(cabs(image) / factor) <= stop_db))
                fail_msg("rate %g: image of %g Hz at %g dB", rate_hz, hz,
                         to_db(cabs(image) / factor));
        }
}

static void images_are_gone(void **state) {
    (void)state;
    for (int r = 0; r < RATES; r++) {
        assert_no_images(rates_hz[r], false, STOP_DB);
        assert_no_images(rates_hz[r], true, STOP_LIVE);
    }
}

// On the way down: what would fold into the audible band.
static double folded_db(double rate_hz, bool live, double hz) {
    static struct oversampler over;
    static float in[2][FRAMES * FACTOR_MAX], out[2][FRAMES];
    oversample_init(&over, kernels_select(), rate_hz, live, false);
    const int factor = over.factor;
    for (int n = 0; n < FRAMES * factor; n++)
        in[0][n] = in[1][n] = (float)sin(2 * PI * hz / (rate_hz * factor) * n);
    for (int n = 0; n < FRAMES; n += FRAMES_MAX)
        oversample_down(&over, over.stage_count - 1, 0,
                        (const float *const[]){in[0] + n * factor, in[1] + n * factor},
                        (float *const[]){out[0] + n, out[1] + n}, FRAMES_MAX);
    float highest = 0;
    for (int n = FRAMES / 2; n < FRAMES; n++)
        highest = fmaxf(highest, fmaxf(fabsf(out[0][n]), fabsf(out[1][n])));
    return to_db(fmax((double)highest, 1e-20));
}

static void nothing_folds_into_the_audible_band(void **state) {
    (void)state;
    for (int r = 0; r < RATES; r++)
        for (double hz = 300; hz <= HEARD_HZ; hz += 2800) {
            const double above_hz = rates_hz[r] - hz;
            assert_true(folded_db(rates_hz[r], false, above_hz) <= STOP_DB);
            assert_true(folded_db(rates_hz[r], true, above_hz) <= STOP_LIVE);
        }
}

// --- Delay ---

static int peak_at(const float *x) {
    int peak = 0;
    for (int n = 1; n < FRAMES; n++)
        peak = fabsf(x[n]) > fabsf(x[peak]) ? n : peak;
    return peak;
}

static void the_peak_is_where_it_is_said_to_be(void **state) {
    (void)state;
    for (int r = 0; r < RATES; r++)
        for (int live = 0; live < 2; live++) {
            struct journey *j = set_out(rates_hz[r], live, false);
            double height;
            const int peak = peak_at(j->down[0]);
            assert_int_equal(oversample_peak(&j->over, 0, &height), peak);
            assert_near(height, fabs((double)j->down[0][peak]), 1e-6);
            assert_int_equal(oversample_peak(&j->over, j->over.factor, &height), peak + 1);
        }
}

// By phase, in frames.
static double delay_at(const struct journey *j, double hz, double rate_hz) {
    const double step_hz = 10;
    const double complex turn = spectrum(j->down[0], FRAMES, hz + step_hz, rate_hz) /
                                spectrum(j->down[0], FRAMES, hz - step_hz, rate_hz);
    return -carg(turn) / (2 * PI * 2 * step_hz) * rate_hz;
}

static void normal_and_high_are_linear_in_phase(void **state) {
    (void)state;
    for (int r = 0; r < RATES; r++)
        for (int twice = 0; twice < 2; twice++) {
            const struct journey *j = set_out(rates_hz[r], false, twice);
            const double delay = delay_at(j, 1000, rates_hz[r]);
            for (double hz = 50; hz < HEARD_HZ; hz *= 2)
                assert_near(delay_at(j, hz, rates_hz[r]), delay, 2e-3);
        }
}

static void live_is_a_few_samples_late(void **state) {
    (void)state;
    for (int r = 0; r < RATES; r++) {
        const double delay = delay_at(set_out(rates_hz[r], true, false), 1000, rates_hz[r]);
        assert_true(delay < 8);
        assert_true(delay < delay_at(set_out(rates_hz[r], false, false), 1000, rates_hz[r]) / 3);
    }
}

static void no_cut_matters(void **state) {
    (void)state;
    static struct journey whole;
    struct dice dice = {101};
    for (int r = 0; r < RATES; r++)
        for (int live = 0; live < 2; live++) {
            struct journey *j = set_out(rates_hz[r], live, true);
            for (int n = 0; n < FRAMES; n++)
                for (int channel = 0; channel < 2; channel++)
                    j->in[channel][n] = (float)roll_between(&dice, -1, 1);
            travel(j, FRAMES_MAX);
            whole = *j;
            for (int piece = 8; piece < FRAMES_MAX; piece *= 2) {
                travel(j, piece);
                assert_memory_equal(j->down, whole.down, sizeof whole.down);
            }
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_internal_rate_is_high_enough),
        cmocka_unit_test(the_audible_band_is_flat),
        cmocka_unit_test(images_are_gone),
        cmocka_unit_test(nothing_folds_into_the_audible_band),
        cmocka_unit_test(the_peak_is_where_it_is_said_to_be),
        cmocka_unit_test(normal_and_high_are_linear_in_phase),
        cmocka_unit_test(live_is_a_few_samples_late),
        cmocka_unit_test(no_cut_matters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
