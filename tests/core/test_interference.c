// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// Interference: each source against its model in the time domain, transformed numerically; levels,
// timing, band limits, and that neither chunks nor memory matter.
#include "interference.h"
#include "kernels.h"
#include "random_circuit.h"
#include "transform.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LEVEL_DB  0.1
#define ALIAS     1e-10 // -100 dB of the source's power
#define BAND_LOW  20.0
#define BAND_HIGH 20000.0
#define SECONDS   10

static const double rates_hz[] = {88200, 96000, 100000, 176400, 192000};
// Where no loop is exact, or where a chunk or a step is at its largest.
static const double odd_rates_hz[] = {88000, 88112, 95904, 100001, 107999, 768000, 1536000};

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

static const double mains_hz[2] = {50, 60};

static bool is_random(enum interference_kind kind) {
    return kind == INTERFERENCE_MOTOR || kind == INTERFERENCE_RADIO;
}

// --- Memory: the linker sends every call here (meson.build) ---

void *__real_calloc(size_t count, size_t size);
void *__real_malloc(size_t size);
void __real_free(void *block);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_malloc(size_t size);
void __wrap_free(void *block);

static struct {
    int calls, alive;
    int failing; // the call that gets nothing, counted from 1; 0: none
    size_t bytes;
} memory;

static bool take(size_t bytes) {
    memory.calls++;
    if (memory.calls == memory.failing)
        return false;
    memory.alive++;
    memory.bytes += bytes;
    return true;
}

void *__wrap_calloc(size_t count, size_t size) {
    return take(count * size) ? __real_calloc(count, size) : NULL;
}

void *__wrap_malloc(size_t size) {
    return take(size) ? __real_malloc(size) : NULL;
}

void __wrap_free(void *block) {
    memory.alive -= block != NULL;
    __real_free(block);
}

// --- Sound ---

struct source {
    const struct interference *interference;
    struct interference_state state;
    double weight_v[INTERFERENCE_KINDS];
    int mains;
};

// INTERFERENCE_KINDS: silence.
static void start(struct source *source, const struct interference *interference,
                  enum interference_kind kind, int mains, uint32_t seed) {
    *source = (struct source){.interference = interference, .mains = mains};
    if (kind < INTERFERENCE_KINDS)
        source->weight_v[kind] = 1;
    interference_reset(&source->state, seed);
}

static void play(struct source *source, double *to, int count) {
    memset(to, 0, (size_t)count * sizeof *to);
    for (int n = 0; n < count; n += CHUNK_MAX) {
        const int left = count - n < CHUNK_MAX ? count - n : CHUNK_MAX;
        interference_add(source->interference, &source->state, source->weight_v, source->mains,
                         to + n, left);
    }
}

static double mean_square(struct source *source, double seconds, double rate_hz) {
    double buffer[CHUNK_MAX];
    double sum = 0;
    const long chunks = (long)(seconds * rate_hz / CHUNK_MAX);
    for (long i = 0; i < chunks; i++) {
        play(source, buffer, CHUNK_MAX);
        for (int n = 0; n < CHUNK_MAX; n++)
            sum += buffer[n] * buffer[n];
    }
    return sum / (double)(chunks * CHUNK_MAX);
}

static struct interference *make(double rate_hz) {
    struct interference *interference = interference_new(rate_hz);
    assert_non_null(interference);
    return interference;
}

// --- The models in the time domain, as doc/interference.md states them; turn is a part of a period
// ---

static double ground_loop_wave(double turn, double hz) {
    (void)hz;
    double sum = 0;
    for (int h = 1; h <= 41; h += 2) // peaks where the mains does, at a quarter
        sum += pow(h, -0.7) * (h % 3 ? 1 : 1.5) * cos(2 * PI * h * (turn - 0.25));
    return sum;
}

static double hum_wave(double turn, double hz) {
    (void)hz;
    const double a = 2 * PI * (turn - 0.5);
    return cos(a) + 0.05 * cos(2 * a) + 0.15 * cos(3 * a) + 0.05 * cos(5 * a);
}

static double dimmer_wave(double turn, double hz) {
    (void)hz;
    return fmod(turn, 0.5) < 0.25 ? 0 : sin(2 * PI * turn);
}

static double fluorescent_wave(double turn, double hz) {
    const double late = turn - 1.0 / 6 + (turn < 1.0 / 6); // current behind voltage
    double sum = fabs(sin(2 * PI * late));
    for (int strike = 0; strike < 4; strike++) { // this one and those before
        const double since = fmod(late, 0.5) + 0.5 * strike;
        const bool first = (late < 0.5) == (strike % 2 == 0);
        const double height = first ? 2.2 : 1.8;
        sum += height * (exp(-since / hz / 300e-6) - exp(-since / hz / 30e-6));
    }
    return sum;
}

static double usb_wave(double turn, double hz) {
    double sum = 0;
    for (int frame = 0; frame < 2; frame++)
        sum += exp(-(turn + frame) / hz / 50e-6);
    for (int microframe = 0; microframe < 8; microframe++)
        sum += 0.25 * exp(-(fmod(turn, 0.125) + 0.125 * microframe) / hz / 10e-6);
    return sum;
}

static double gsm_wave(double turn, double hz) {
    const double frame_s = 120e-3 / 26, slot_s = 15e-3 / 26, ramp_s = 28e-6;
    const double time_s = turn / hz;
    if (fabs(time_s - 25 * frame_s) < frame_s / 2)
        return 0; // idle
    const double from_middle_s = fabs(remainder(time_s - slot_s / 2, frame_s));
    const double inside = (slot_s / 2 - from_middle_s) / ramp_s; // -1/2 ... 1/2 on the ramp
    return inside > 0.5 ? 1 : inside < -0.5 ? 0 : 0.5 + 0.5 * sin(PI * inside);
}

static const struct model {
    enum interference_kind kind;
    bool mains_locked;
    double hz;         // if not locked
    double compare_hz; // up to here; the GSM edges are tapered above 15 kHz
    double (*wave)(double turn, double hz);
} models[] = {
    {INTERFERENCE_GROUND_LOOP, true, 0, BAND_HIGH, ground_loop_wave},
    {INTERFERENCE_USB, false, 1000, BAND_HIGH, usb_wave},
    {INTERFERENCE_HUM, true, 0, BAND_HIGH, hum_wave},
    {INTERFERENCE_DIMMER, true, 0, BAND_HIGH, dimmer_wave},
    {INTERFERENCE_FLUORESCENT, true, 0, BAND_HIGH, fluorescent_wave},
    {INTERFERENCE_GSM, false, 1 / 120e-3, 13500, gsm_wave},
};

#define LINES_MAX 2401
#define POINTS    (1 << 18)

static int line_count(double hz) {
    int count = 0;
    while (count * hz < BAND_HIGH - 1e-6)
        count++;
    return count;
}

// Complex amplitudes from 20 Hz to 20 kHz for an RMS of 1.
static void expected_lines(const struct model *model, double hz, double complex line[LINES_MAX]) {
    static double complex x[POINTS];
    double power = 0;
    for (int n = 0; n < POINTS; n++)
        x[n] = model->wave((n + 0.5) / POINTS, hz);
    transform(POINTS, x);
    const int count = line_count(hz);
    for (int h = 0; h < count; h++) {
        line[h] = h * hz < BAND_LOW ? 0 : 2 * x[h] / POINTS * cexp(-I * PI * h / POINTS);
        power += pow(cabs(line[h]), 2) / 2;
    }
    for (int h = 0; h < count; h++)
        line[h] /= sqrt(power);
}

// By a whole number of periods.
static double complex measured_line(const double *x, int length, int cycles) {
    const double complex turn = cexp(-2 * PI * I * cycles / length);
    double complex w = 1, sum = 0;
    for (int n = 0; n < length; n++, w *= turn)
        sum += x[n] * w;
    return 2 * sum / length;
}

static void compare_lines(const struct model *model, int mains, double rate_hz,
                          const double complex line[LINES_MAX]) {
    static double x[2 * 23040];
    struct interference *interference = make(rate_hz);
    struct source source;
    const double hz = model->mains_locked ? mains_hz[mains] : model->hz;
    const int length = (int)round(rate_hz * (model->kind == INTERFERENCE_GSM ? 0.12 : 0.1));
    const int cycles = (int)round(hz * length / rate_hz);
    start(&source, interference, model->kind, mains, 1);
    play(&source, x, 2 * length);
    assert_memory_equal(x, x + length, (size_t)length * sizeof *x); // no other lines than these
    double rest = 0;
    for (int n = 0; n < length; n++)
        rest += x[n] * x[n] / length;
    for (int h = 0; h < line_count(hz); h++) {
        const double complex found = measured_line(x, length, h * cycles);
        rest -= pow(cabs(found), 2) / 2;
        const double share =
            interference_power(interference, model->kind, mains, (h - 0.1) * hz, (h + 0.1) * hz);
        assert_near(share, pow(cabs(found), 2) / 2, 1e-5 * share + 1e-11);
        if (h * hz < model->compare_hz)
            assert_near(cabs(found - line[h]), 0, 1e-3 * cabs(line[h]) + 3e-6);
        else
            assert_true(cabs(found) < 1.01 * cabs(line[h]) + 1e-5);
    }
    assert_near(rest, 0, ALIAS);
    interference_free(interference);
}

static void periodic_sources_have_the_lines_of_their_models(void **state) {
    (void)state;
    static double complex line[LINES_MAX];
    for (int i = 0; i < COUNT(models); i++)
        for (int mains = 0; mains < 2; mains++) {
            expected_lines(&models[i], models[i].mains_locked ? mains_hz[mains] : models[i].hz,
                           line);
            for (int r = 0; r < COUNT(rates_hz); r++)
                compare_lines(&models[i], mains, rates_hz[r], line);
        }
}

// --- Levels ---

static void every_source_has_an_rms_of_its_weight(void **state) {
    (void)state;
    for (int r = 0; r < COUNT(rates_hz) + COUNT(odd_rates_hz); r++) {
        const double rate_hz =
            r < COUNT(rates_hz) ? rates_hz[r] : odd_rates_hz[r - COUNT(rates_hz)];
        struct interference *interference = make(rate_hz);
        for (enum interference_kind kind = 0; kind < INTERFERENCE_KINDS; kind++)
            for (int mains = 0; mains < 2; mains++) {
                struct source source;
                start(&source, interference, kind, mains, 1);
                source.weight_v[kind] = 0.02;
                const double square = mean_square(&source, is_random(kind) ? SECONDS : 3, rate_hz);
                assert_near(to_db(sqrt(square) / 0.02), 0, is_random(kind) ? LEVEL_DB : 0.01);
            }
        interference_free(interference);
    }
}

static void random_levels_hold_within_ten_seconds(void **state) {
    (void)state;
    enum { SEEDS = 24 };
    struct interference *interference = make(96000);
    static const enum interference_kind kinds[] = {INTERFERENCE_MOTOR, INTERFERENCE_RADIO};
    for (int i = 0; i < COUNT(kinds); i++) {
        double mean_db = 0;
        for (uint32_t seed = 1; seed <= SEEDS; seed++) {
            struct source source;
            start(&source, interference, kinds[i], 0, seed);
            const double level_db = to_db(sqrt(mean_square(&source, SECONDS, 96000)));
            assert_near(level_db, 0, LEVEL_DB);
            mean_db += level_db / SEEDS;
        }
        assert_near(mean_db, 0, 0.02); // it is chance that moves them
    }
    interference_free(interference);
}

static void sources_add_up(void **state) {
    (void)state;
    enum { LENGTH = 5000 };
    static double sum[LENGTH], together[LENGTH], alone[LENGTH];
    struct interference *interference = make(96000);
    struct source source;
    memset(sum, 0, sizeof sum);
    for (enum interference_kind kind = 0; kind < INTERFERENCE_KINDS; kind++) {
        start(&source, interference, kind, 1, 7);
        play(&source, alone, LENGTH);
        for (int n = 0; n < LENGTH; n++)
            sum[n] += 0.3 * (kind + 1) * alone[n];
    }
    start(&source, interference, INTERFERENCE_KINDS, 1, 7);
    for (enum interference_kind kind = 0; kind < INTERFERENCE_KINDS; kind++)
        source.weight_v[kind] = 0.3 * (kind + 1);
    play(&source, together, LENGTH);
    for (int n = 0; n < LENGTH; n++)
        assert_near(together[n], sum[n], 1e-12);
    interference_free(interference);
}

// --- Band ---

#define BLOCK (1 << 16)

// One-sided power of each bin, averaged over blocks, under the seven-term Blackman-Harris window,
// whose side lobes lie below -180 dB.
static void find_spectrum(struct source *source, int blocks, double power[BLOCK / 2]) {
    static const double term[] = {0.27105140069342,  -0.43329793923448, 0.21812299954311,
                                  -0.06592544638803, 0.01081174209837,  -0.00077658482522,
                                  0.00001388721735};
    static double x[BLOCK], window[BLOCK];
    static double complex bin[BLOCK];
    double scale = 0;
    for (int n = 0; n < BLOCK; n++) {
        window[n] = 0;
        for (int k = 0; k < COUNT(term); k++)
            window[n] += term[k] * cos(2 * PI * k * n / BLOCK);
        scale += window[n] * window[n] * BLOCK / 2;
    }
    memset(power, 0, BLOCK / 2 * sizeof *power);
    for (int block = 0; block < blocks; block++) {
        play(source, x, BLOCK);
        for (int n = 0; n < BLOCK; n++)
            bin[n] = window[n] * x[n];
        transform(BLOCK, bin);
        for (int k = 0; k < BLOCK / 2; k++)
            power[k] += pow(cabs(bin[k]), 2) / scale / blocks;
    }
}

static double band_power(const double power[BLOCK / 2], double rate_hz, double low_hz,
                         double high_hz) {
    double sum = 0;
    for (int k = 0; k < BLOCK / 2; k++) {
        const double hz = k * rate_hz / BLOCK;
        sum += hz >= low_hz && hz < high_hz ? power[k] : 0;
    }
    return sum;
}

static void nothing_lies_above_20_khz(void **state) {
    (void)state;
    static double power[BLOCK / 2];
    static const double bands_hz[] = {88200, 96000, 107999, 108000, 176400, 192000, 768000};
    for (int r = 0; r < COUNT(bands_hz); r++) {
        struct interference *interference = make(bands_hz[r]);
        for (enum interference_kind kind = 0; kind < INTERFERENCE_KINDS; kind++) {
            struct source source;
            start(&source, interference, kind, 1, 3);
            find_spectrum(&source, is_random(kind) ? 8 : 1, power);
            const double lobe_hz = 8 * bands_hz[r] / BLOCK; // of the window
            const double above =
                band_power(power, bands_hz[r], BAND_HIGH + lobe_hz, bands_hz[r] / 2);
            assert_true(above < ALIAS * band_power(power, bands_hz[r], BAND_LOW, BAND_HIGH));
        }
        interference_free(interference);
    }
}

// --- Shares of power ---

static void shares_are_of_the_band_and_add_up(void **state) {
    (void)state;
    struct interference *interference = make(88200);
    for (enum interference_kind kind = 0; kind < INTERFERENCE_KINDS; kind++)
        for (int mains = 0; mains < 2; mains++) {
            assert_near(interference_power(interference, kind, mains, BAND_LOW, BAND_HIGH), 1,
                        1e-6);
            assert_near(interference_power(interference, kind, mains, -1e9, 1e9), 1, 1e-6);
            assert_near(interference_power(interference, kind, mains, 0, BAND_LOW), 0, 0);
            assert_near(interference_power(interference, kind, mains, BAND_HIGH, 1e9), 0, 0);
            assert_near(interference_power(interference, kind, mains, 3000, 300), 0, 0);
            assert_near(interference_power(interference, kind, mains, NAN, NAN), 0, 0);
            double sum = 0;
            for (double hz = BAND_LOW; hz < BAND_HIGH; hz *= 1.37)
                sum += interference_power(interference, kind, mains, hz, hz * 1.37);
            assert_near(sum, 1, 1e-6);
        }
    // A line counts at its lower edge and not at its upper.
    assert_near(interference_power(interference, INTERFERENCE_HUM, 0, 50, 100), 1 / 1.0275, 1e-6);
    assert_near(interference_power(interference, INTERFERENCE_HUM, 0, 50.001, 100), 0, 0);
    interference_free(interference);
}

static void random_spectra_are_as_their_shares_say(void **state) {
    (void)state;
    static double power[BLOCK / 2];
    struct interference *interference = make(96000);
    static const enum interference_kind kinds[] = {INTERFERENCE_MOTOR, INTERFERENCE_RADIO};
    for (int i = 0; i < COUNT(kinds); i++) {
        struct source source;
        start(&source, interference, kinds[i], 0, 1);
        find_spectrum(&source, 120, power);
        for (double hz = 80; hz < 16000; hz *= sqrt(2)) {
            const double high_hz = hz * sqrt(2);
            const double share = interference_power(interference, kinds[i], 0, hz, high_hz);
            const double found = band_power(power, 96000, hz, high_hz);
            if (share > ALIAS)
                assert_near(to_db(sqrt(found / share)), 0, hz < 400 ? 0.6 : 0.3);
            else
                assert_true(found < ALIAS);
        }
    }
    interference_free(interference);
}

// Impulses as doc/interference.md states them, drawn here: the mean power of their spectrum at hz.
static double drawn_motor_power(struct dice *dice, double hz) {
    enum { DRAWS = 300, COMMUTATIONS = 1500 };
    const double left = exp(-1 / (1500 * 0.25));
    double wander = 0, power = 0;
    for (int draw = 0; draw < DRAWS; draw++) {
        double seconds = 0;
        double complex sum = 0;
        for (int i = 0; i < COMMUTATIONS; i++) {
            const double push = 0.015 * sqrt(1 - left * left);
            wander = left * wander + push * roll_sign(dice);
            const double interval = (1 + wander + roll_between(dice, -0.04, 0.04)) / 1500;
            // A Hann window over the second, so that the line does not leak into the floor.
            const double window = 1 - cos(2 * PI * (i + 0.5) / COMMUTATIONS);
            sum += window * roll_between(dice, 0.5, 1.5) * cexp(-2 * PI * I * hz * seconds);
            for (int spark = 0; spark < 3; spark++)
                sum += window * roll_between(dice, -0.7, 0.7) *
                       cexp(-2 * PI * I * hz * (seconds + roll(dice) * interval));
            seconds += interval;
        }
        power += pow(cabs(sum), 2) / (1.5 * COMMUTATIONS * DRAWS);
    }
    const double complex x = 2 * PI * I * hz * 50e-6;
    return power * pow(cabs(x / ((1 + x) * (1 + x))), 2);
}

static void motor_shares_are_those_of_drawn_impulses(void **state) {
    (void)state;
    static const double at_hz[] = {400, 1200, 1470, 1500, 1530, 2250, 3000, 3700, 9000};
    struct interference *interference = make(96000);
    struct dice dice = {17};
    double scale = 0;
    for (int i = COUNT(at_hz) - 1; i >= 0; i--) { // noise at 9 kHz sets the scale
        const double share =
            interference_power(interference, INTERFERENCE_MOTOR, 0, at_hz[i] - 2, at_hz[i] + 2);
        const double drawn = drawn_motor_power(&dice, at_hz[i]);
        scale = scale > 0 ? scale : share / drawn;
        assert_near(to_db(sqrt(share / (scale * drawn))), 0, 1.2);
    }
    interference_free(interference);
}

static void the_motor_whines_at_its_commutations(void **state) {
    (void)state;
    static double power[BLOCK / 2];
    struct interference *interference = make(88200);
    struct source source;
    start(&source, interference, INTERFERENCE_MOTOR, 0, 1);
    find_spectrum(&source, 120, power);
    for (double hz = 1440; hz < 1560; hz += 40) { // its wandering line
        const double share = interference_power(interference, INTERFERENCE_MOTOR, 0, hz, hz + 40);
        const double found = band_power(power, 88200, hz, hz + 40);
        assert_near(to_db(sqrt(found / share)), 0, 1);
    }
    const double line = band_power(power, 88200, 1425, 1575);
    assert_true(line > 8 * band_power(power, 88200, 1125, 1275));
    assert_true(line > 8 * band_power(power, 88200, 1725, 1875));
    interference_free(interference);
}

static void the_radio_speaks_in_syllables(void **state) {
    (void)state;
    enum { STEP = 960, STEPS = 4096 }; // 10 ms
    static double complex level[STEPS];
    struct interference *interference = make(96000);
    struct source source;
    start(&source, interference, INTERFERENCE_RADIO, 0, 1);
    for (int i = 0; i < STEPS; i++) {
        double x[STEP];
        play(&source, x, STEP);
        level[i] = 0;
        for (int n = 0; n < STEP; n++)
            level[i] += x[n] * x[n];
    }
    transform(STEPS, level);
    double syllables = 0, faster = 0, noise = 0; // per hertz
    for (int k = 1; k < STEPS / 2; k++) {
        const double hz = 100.0 * k / STEPS;
        const double power = pow(cabs(level[k]), 2);
        syllables += hz > 3.5 && hz < 8.5 ? power / 5 : 0; // 1 / 0.28 s to 1 / 0.12 s
        faster += hz > 9 && hz < 17 ? power / 8 : 0;       // their second harmonic
        noise += hz > 20 && hz < 45 ? power / 25 : 0;
    }
    assert_true(syllables > 10 * noise);
    assert_true(syllables > 5 * faster);
    assert_true(interference_power(interference, INTERFERENCE_RADIO, 0, 100, 4500) > 0.9);
    interference_free(interference);
}

// --- GSM, to the sample ---

// Where the envelope crosses half height, in samples; returns the number of crossings.
static int find_edges(const double *x, int length, double middle, double edge[], int most) {
    int count = 0;
    for (int n = 0; n + 1 < length; n++)
        if ((x[n] < middle) != (x[n + 1] < middle) && count < most)
            edge[count++] = n + (middle - x[n]) / (x[n + 1] - x[n]);
    return count;
}

static void bursts_come_and_stay_away_to_the_sample(void **state) {
    (void)state;
    enum { MULTIFRAMES = 3, EDGES = 50 * MULTIFRAMES, FRONT = 50 };
    static double x[MULTIFRAMES * 23040 + FRONT];
    double edge[EDGES + 2];
    for (int r = 0; r < COUNT(rates_hz); r++) {
        struct interference *interference = make(rates_hz[r]);
        struct source source;
        const double multiframe = 0.12 * rates_hz[r];
        const int length = MULTIFRAMES * (int)round(multiframe);
        start(&source, interference, INTERFERENCE_GSM, 0, 1);
        // From FRONT samples before the first burst, so that its edge is among those found.
        play(&source, x, (int)round(multiframe) - FRONT);
        play(&source, x, length);
        double low = 0, high = 0;
        for (int n = 0; n < length; n++) {
            low = fmin(low, x[n]);
            high = fmax(high, x[n]);
        }
        assert_int_equal(find_edges(x, length, (low + high) / 2, edge, EDGES + 2), EDGES);
        for (int i = 0; i < EDGES; i++) {
            const int frame = 26 * (i / 50) + i / 2 % 25; // the 26th has none
            const double slots = 8 * frame + i % 2;
            assert_near(edge[i] - FRONT, slots / (8 * 26) * multiframe, 0.5);
        }
        interference_free(interference);
    }
}

static void the_idle_frame_is_silent(void **state) {
    (void)state;
    static double x[11520];
    struct interference *interference = make(96000);
    struct source source;
    start(&source, interference, INTERFERENCE_GSM, 0, 1);
    play(&source, x, COUNT(x));
    const double frame = 11520 / 26.0;
    const double burst = x[(int)(frame * 24 + frame / 16)] - x[(int)(frame * 24.5)];
    for (int n = (int)(frame * 24.5); n < (int)(frame * 25.8); n++)
        assert_near(x[n], x[n - 1], 3e-4 * burst); // no more than what the coupling moves
    interference_free(interference);
}

// --- Chunks and seeds ---

static void any_chunks_give_the_same_sum(void **state) {
    (void)state;
    enum { LENGTH = 200000 };
    static double whole[LENGTH], pieces[LENGTH];
    struct dice dice = {5};
    static const double piece_rates_hz[] = {88000, 96000, 1536000};
    for (int r = 0; r < COUNT(piece_rates_hz); r++) {
        struct interference *interference = make(piece_rates_hz[r]);
        struct source source;
        start(&source, interference, INTERFERENCE_KINDS, 0, 9);
        for (enum interference_kind kind = 0; kind < INTERFERENCE_KINDS; kind++)
            source.weight_v[kind] = roll(&dice);
        struct source other = source;
        play(&source, whole, LENGTH);
        memset(pieces, 0, sizeof pieces);
        for (int n = 0; n < LENGTH;) {
            int count =
                roll_index(&dice, 3) ? 1 + roll_index(&dice, CHUNK_MAX) : roll_index(&dice, 4);
            count = count < LENGTH - n ? count : LENGTH - n;
            interference_add(interference, &other.state, other.weight_v, other.mains, pieces + n,
                             count);
            n += count;
        }
        assert_memory_equal(whole, pieces, sizeof whole);
        interference_free(interference);
    }
}

static void seeds_repeat_and_differ(void **state) {
    (void)state;
    enum { LENGTH = 50000 };
    static double a[LENGTH], b[LENGTH];
    struct interference *interference = make(96000);
    for (enum interference_kind kind = 0; kind < INTERFERENCE_KINDS; kind++) {
        struct source source;
        start(&source, interference, kind, 0, 1);
        play(&source, a, LENGTH);
        start(&source, interference, kind, 0, 1);
        play(&source, b, LENGTH);
        assert_memory_equal(a, b, sizeof a);
        for (uint32_t seed = 2; seed < 6; seed++) {
            double ab = 0, aa = 0;
            start(&source, interference, kind, 0, seed);
            play(&source, b, LENGTH);
            for (int n = LENGTH / 2; n < LENGTH; n++) { // commutations begin together
                aa += a[n] * a[n];
                ab += a[n] * b[n];
            }
            if (is_random(kind))
                assert_near(ab / aa, 0, 0.2);
            else
                assert_memory_equal(a, b, sizeof a);
        }
    }
    interference_free(interference);
}

static void time_goes_on_in_silence(void **state) {
    (void)state;
    enum { LENGTH = 8192, OFF = 3000, ON = 3100 };
    static double a[LENGTH], b[LENGTH];
    struct interference *interference = make(96000);
    struct source source;
    start(&source, interference, INTERFERENCE_DIMMER, 0, 1);
    play(&source, a, LENGTH);
    start(&source, interference, INTERFERENCE_DIMMER, 0, 1);
    play(&source, b, OFF);
    source.weight_v[INTERFERENCE_DIMMER] = 0;
    for (int n = OFF; n < ON; n++)
        b[n] = n;
    interference_add(interference, &source.state, source.weight_v, 0, b + OFF, ON - OFF);
    for (int n = OFF; n < ON; n++)
        assert_true(b[n] == n); // and nothing is added
    source.weight_v[INTERFERENCE_DIMMER] = 1;
    play(&source, b + ON, LENGTH - ON);
    assert_memory_equal(a + ON, b + ON, (LENGTH - ON) * sizeof *a);
    interference_free(interference);
}

// --- Memory ---

static void sound_takes_no_memory(void **state) {
    (void)state;
    static double x[96000];
    struct interference *interference = make(96000);
    struct source source;
    memory.calls = 0;
    start(&source, interference, INTERFERENCE_KINDS, 0, 1);
    for (enum interference_kind kind = 0; kind < INTERFERENCE_KINDS; kind++)
        source.weight_v[kind] = 1;
    play(&source, x, COUNT(x));
    for (enum interference_kind kind = 0; kind < INTERFERENCE_KINDS; kind++)
        interference_power(interference, kind, 0, BAND_LOW, BAND_HIGH);
    assert_int_equal(memory.calls, 0);
    interference_free(interference);
}

static void tables_are_small_and_given_back(void **state) {
    (void)state;
    memset(&memory, 0, sizeof memory);
    interference_free(make(96000));
    assert_int_equal(memory.alive, 0);
    assert_true(memory.bytes < 150000);
    interference_free(NULL);
}

static void without_memory_there_is_none(void **state) {
    (void)state;
    memset(&memory, 0, sizeof memory);
    interference_free(make(88200));
    const int calls = memory.calls;
    assert_in_range(calls, 10, 100);
    for (int failing = 1; failing <= calls; failing++) {
        memset(&memory, 0, sizeof memory);
        memory.failing = failing;
        assert_null(interference_new(88200));
        assert_int_equal(memory.alive, 0);
    }
    memory.failing = 0;
}

static void impossible_rates_are_refused(void **state) {
    (void)state;
    static const double bad_hz[] = {0, -96000, 44100, 2.1e6, 1e300, NAN, INFINITY};
    for (int i = 0; i < COUNT(bad_hz); i++)
        assert_null(interference_new(bad_hz[i]));
    interference_free(make(INTERFERENCE_LOWEST_RATE_HZ));
    interference_free(make(INTERFERENCE_HIGHEST_RATE_HZ));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(periodic_sources_have_the_lines_of_their_models),
        cmocka_unit_test(every_source_has_an_rms_of_its_weight),
        cmocka_unit_test(random_levels_hold_within_ten_seconds),
        cmocka_unit_test(sources_add_up),
        cmocka_unit_test(nothing_lies_above_20_khz),
        cmocka_unit_test(shares_are_of_the_band_and_add_up),
        cmocka_unit_test(random_spectra_are_as_their_shares_say),
        cmocka_unit_test(motor_shares_are_those_of_drawn_impulses),
        cmocka_unit_test(the_motor_whines_at_its_commutations),
        cmocka_unit_test(the_radio_speaks_in_syllables),
        cmocka_unit_test(bursts_come_and_stay_away_to_the_sample),
        cmocka_unit_test(the_idle_frame_is_silent),
        cmocka_unit_test(any_chunks_give_the_same_sum),
        cmocka_unit_test(seeds_repeat_and_differ),
        cmocka_unit_test(time_goes_on_in_silence),
        cmocka_unit_test(sound_takes_no_memory),
        cmocka_unit_test(tables_are_small_and_given_back),
        cmocka_unit_test(without_memory_there_is_none),
        cmocka_unit_test(impossible_rates_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
