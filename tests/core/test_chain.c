// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The whole chain as a plugin runs it: when changes take effect, and what no cut can change.
#include "chain.h"
#include "random_circuit.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define RATE_HZ    48000.0
#define LENGTH     24000 // half a second
#define CHANGE_AT  4000
#define GRID       64 // the longest chunk
#define BLOCK      64
#define CUT_MAX    700
#define SETTLED_S  0.25 // everything that was ever changed has taken effect
#define RECOVERY_S 0.05
#define EXACT      1e-4 // of full scale
#define LEVEL_DB   0.01

struct run {
    float in[2][LENGTH], out[2][LENGTH];
};

// What a host does: blocks, and other controls from one frame on.
struct session {
    struct chain_controls before, after;
    int change_at; // LENGTH: never
    int block;     // 0: of any length
};

static struct chain_controls plain_controls(void) {
    struct chain_controls controls;
    memset(&controls, 0, sizeof controls);
    plain_params(TOPOLOGY_SEPARATE_RETURNS, 300, &controls.params);
    controls.quality = QUALITY_NORMAL;
    controls.enabled = true;
    controls.seed = 1;
    return controls;
}

static struct session plain_session(void) {
    const struct chain_controls controls = plain_controls();
    return (struct session){controls, controls, LENGTH, BLOCK};
}

static struct chain *make_chain(void) {
    struct chain *chain = chain_new(RATE_HZ);
    assert_non_null(chain);
    return chain;
}

static void play_on(struct chain *chain, const struct session *session, struct run *run) {
    struct dice dice = {121};
    for (int n = 0; n < LENGTH;) {
        const int end = n < session->change_at ? session->change_at : LENGTH;
        int count = session->block ? session->block : 1 + roll_index(&dice, CUT_MAX);
        count = count < end - n ? count : end - n;
        chain_process(chain, n < session->change_at ? &session->before : &session->after,
                      run->in[0] + n, run->in[1] + n, run->out[0] + n, run->out[1] + n,
                      (uint32_t)count);
        n += count;
    }
}

static int latency(const struct chain *chain) {
    return (int)chain_meters(chain)->latency_frames;
}

// From the start, on a chain of its own; returns the latency.
static int play(const struct session *session, struct run *run) {
    struct chain *chain = make_chain();
    play_on(chain, session, run);
    const int frames = latency(chain);
    chain_free(chain);
    return frames;
}

static void load_tones(struct run *run) {
    for (int n = 0; n < LENGTH; n++) {
        const double rise = n < 200 ? 0.5 - 0.5 * cos(PI * n / 200) : 1;
        run->in[0][n] = (float)(0.4 * rise * sin(2 * PI * 1000 * n / RATE_HZ));
        run->in[1][n] = (float)(0.3 * rise * sin(2 * PI * 3000 * n / RATE_HZ + 1));
    }
}

static void assert_gain(const struct run *run, int from, int to, int late, double gain,
                        double tolerance) {
    for (int n = from; n < to; n++)
        for (int channel = 0; channel < 2; channel++) {
            const double x = n < late ? 0 : gain * (double)run->in[channel][n - late];
            if (!(fabs((double)run->out[channel][n] - x) <= tolerance))
                fail_msg("frame %d: %g is not %g", n, (double)run->out[channel][n], x);
        }
}

static void add_everything(struct chain_controls *controls) {
    controls->params.stage = (struct stage_params){.topology = TOPOLOGY_SHARED_RETURN,
                                                   .rail_v = 1,
                                                   .knee = 0.1,
                                                   .current_limit_a = 0.02,
                                                   .second_harmonic_db = -60,
                                                   .third_harmonic_db = -70,
                                                   .crossover_v = 0.001,
                                                   .slew_v_per_s = 1e6,
                                                   .noise_v = 1e-5,
                                                   .noise_corner_hz = 100,
                                                   .output_ohm = 10,
                                                   .output_h = 1e-6,
                                                   .output_farad = 1e-4,
                                                   .ground_ohm = 0.1,
                                                   .supply_ohm = 2,
                                                   .supply_farad = 1e-3,
                                                   .magnetizing_h = 1};
    controls->params.source.noise_v = 1e-5;
    controls->params.load.branch[0].ohm = 32;
    controls->params.load.branch[0].peak[0] = (struct load_peak){50, 90, 2};
    controls->params.match = 1;
}

// --- Start ---

static void only_usable_rates_make_a_chain(void **state) {
    (void)state;
    static const double usable[] = {8000, 44100, 192000, 768000};
    static const double useless[] = {0, 7999, 768001, -48000, (double)NAN, (double)INFINITY};
    for (size_t i = 0; i < sizeof usable / sizeof *usable; i++) {
        struct chain *chain = chain_new(usable[i]);
        assert_non_null(chain);
        chain_free(chain);
    }
    for (size_t i = 0; i < sizeof useless / sizeof *useless; i++)
        assert_null(chain_new(useless[i]));
}

static void the_first_sample_is_right(void **state) {
    (void)state;
    static struct run run;
    for (int quality = 0; quality < QUALITY_COUNT; quality++) {
        struct session session = plain_session();
        session.before.quality = quality;
        session.before.params.stage.output_ohm = 100;
        load_tones(&run);
        const int late = play(&session, &run);
        assert_true(late > 0);
        if (quality != QUALITY_LIVE) // its phase is not linear
            assert_gain(&run, 0, LENGTH, late, 0.75, EXACT);
    }
}

static void a_reset_starts_anew(void **state) {
    (void)state;
    static struct run first, again;
    struct chain *chain = make_chain();
    struct session session = plain_session();
    add_everything(&session.before);
    load_tones(&first);
    play_on(chain, &session, &first);
    const struct session other = plain_session();
    load_tones(&again);
    chain_reset(chain);
    play_on(chain, &other, &again); // other controls: at once
    assert_gain(&again, 0, LENGTH, latency(chain), 1, EXACT);
    chain_reset(chain);
    play_on(chain, &session, &again);
    assert_memory_equal(again.out, first.out, sizeof first.out);
    chain_free(chain);
}

static void seeds_repeat_and_differ(void **state) {
    (void)state;
    static struct run first, second;
    struct session session = plain_session();
    session.before.params.stage.noise_v = 1e-3;
    memset(&first, 0, sizeof first);
    memset(&second, 0, sizeof second);
    play(&session, &first);
    play(&session, &second);
    assert_memory_equal(first.out, second.out, sizeof first.out);
    session.before.seed = 2;
    play(&session, &second);
    assert_memory_not_equal(first.out, second.out, sizeof first.out);
}

// --- Blocks ---

static void no_cut_can_be_heard(void **state) {
    (void)state;
    static struct run whole, cut;
    static const int blocks[] = {1, 7, 16, 333, 1024, LENGTH};
    for (int quality = 0; quality < QUALITY_COUNT; quality++) {
        struct session session = plain_session();
        add_everything(&session.before);
        session.before.quality = quality;
        session.after = session.before;
        session.after.params.stage.output_ohm = 33;
        session.after.gain_db = 3;
        session.after.revision++;
        session.change_at = CHANGE_AT + 5;
        load_tones(&whole);
        cut = whole;
        play(&session, &whole);
        session.block = 0;
        play(&session, &cut);
        assert_memory_equal(whole.out, cut.out, sizeof whole.out);
        for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
            session.block = blocks[i];
            play(&session, &cut);
            assert_memory_equal(whole.out, cut.out, sizeof whole.out);
        }
    }
}

static void inputs_may_be_outputs(void **state) {
    (void)state;
    static struct run apart, in_place;
    const struct session session = plain_session();
    load_tones(&apart);
    in_place = apart;
    play(&session, &apart);
    for (int swapped = 0; swapped < 2; swapped++) {
        struct chain *chain = make_chain();
        float *const buffer[2] = {in_place.out[0], in_place.out[1]};
        memcpy(in_place.out, in_place.in, sizeof in_place.in);
        for (int n = 0; n < LENGTH; n += 100)
            chain_process(chain, &session.before, buffer[0] + n, buffer[1] + n, buffer[swapped] + n,
                          buffer[!swapped] + n, 100);
        for (int channel = 0; channel < 2; channel++)
            if (!swapped)
                assert_memory_equal(in_place.out[channel], apart.out[channel], sizeof apart.out[0]);
        if (swapped) // each block comes out where the other channel's went in
            assert_memory_equal(in_place.out[1], apart.out[0], sizeof apart.out[0]);
        chain_free(chain);
    }
}

// --- Changes ---

static int first_difference(const struct run *a, const struct run *b) {
    for (int n = 0; n < LENGTH; n++)
        if (a->out[0][n] != b->out[0][n] || a->out[1][n] != b->out[1][n])
            return n;
    return LENGTH;
}

// Frames from a change of the output impedance until it is heard first.
static int frames_until_heard(int change_at, int block) {
    static struct run steady, changed;
    struct session session = plain_session();
    session.block = block;
    load_tones(&steady);
    changed = steady;
    play(&session, &steady);
    session.change_at = change_at;
    session.after.params.stage.output_ohm = 100;
    session.after.revision++;
    const int late = play(&session, &changed);
    assert_gain(&changed, 0, change_at, late, 1, EXACT);
    assert_gain(&changed, change_at + (int)(SETTLED_S * RATE_HZ), LENGTH, late, 0.75, EXACT);
    return first_difference(&steady, &changed) - change_at;
}

static void a_change_takes_effect_after_a_fixed_time(void **state) {
    (void)state;
    const int frames = frames_until_heard(CHANGE_AT, BLOCK);
    assert_in_range(frames, (int)(0.2 * RATE_HZ), (int)(SETTLED_S * RATE_HZ));
    static const int blocks[] = {0, 1, 100, 4096};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        assert_int_equal(frames_until_heard(CHANGE_AT, blocks[i]), frames);
    for (int later = 1; later < 5; later++) // to the grid of the chain's own chunks
        assert_near(frames_until_heard(CHANGE_AT + 101 * later, BLOCK), frames, GRID);
}

// What a run of no frames was told is not yet in force.
static void no_frames_decide_nothing(void **state) {
    (void)state;
    static struct run expected, run;
    struct session session = plain_session();
    load_tones(&expected);
    run = expected;
    session.before.params.stage.output_ohm = 100;
    play(&session, &expected);
    struct chain *chain = make_chain();
    const struct chain_controls controls = plain_controls();
    chain_process(chain, &controls, run.in[0], run.in[1], run.out[0], run.out[1], 0);
    session.before.revision++;
    play_on(chain, &session, &run);
    chain_free(chain);
    assert_memory_equal(run.out, expected.out, sizeof run.out);
}

// Only the meters read it.
static void a_sensitivity_is_read_at_once(void **state) {
    (void)state;
    static struct run steady, changed;
    struct session session = plain_session();
    load_tones(&steady);
    changed = steady;
    play(&session, &steady);
    struct chain *chain = make_chain();
    play_on(chain, &session, &changed);
    const double before_db = chain_meters(chain)->peak_spl_db;
    session.before.params.load.sensitivity_db += 7;
    session.before.revision++;
    chain_process(chain, &session.before, changed.in[0], changed.in[1], changed.out[0],
                  changed.out[1], 2 * GRID);
    assert_near(chain_meters(chain)->peak_spl_db, before_db + 7, 1e-9);
    chain_free(chain);
    session.before.params.load.sensitivity_db -= 7;
    session.before.revision--;
    session.after.params.load.sensitivity_db += 7;
    session.after.revision++;
    session.change_at = CHANGE_AT;
    play(&session, &changed);
    assert_memory_equal(changed.out, steady.out, sizeof steady.out);
}

// Of what the supply does not depend on: the bridge's mismatch, without a bridge.
static void a_change_leaves_the_rails_where_they_are(void **state) {
    (void)state;
    static struct run steady, changed;
    struct session session = plain_session();
    struct stage_params *stage = &session.before.params.stage;
    stage->rail_v = 0.5;
    stage->supply_ohm = 100;
    stage->supply_farad = 1000e-6;
    session.after = session.before;
    load_tones(&steady);
    changed = steady;
    const int late = play(&session, &steady);
    session.change_at = LENGTH / 4;
    session.after.params.stage.leg_mismatch = 0.1;
    session.after.revision++;
    play(&session, &changed);
    double stiff = 0, sagged = 0;
    for (int n = LENGTH / 4; n < LENGTH; n++) {
        stiff = fmax(stiff, fabs((double)steady.in[0][n - late]));
        sagged = fmax(sagged, fabs((double)steady.out[0][n]));
        assert_near((double)changed.out[0][n], (double)steady.out[0][n], 2e-3);
    }
    assert_true(sagged < 0.9 * stiff);
}

// Whatever is turned through on the way is not built.
static void only_the_last_of_many_changes_counts(void **state) {
    (void)state;
    static struct run run;
    struct chain *chain = make_chain();
    struct chain_controls controls = plain_controls();
    load_tones(&run);
    for (int n = 0; n < LENGTH; n += BLOCK) {
        const int count = LENGTH - n < BLOCK ? LENGTH - n : BLOCK;
        if (n < LENGTH / 2) {
            controls.params.stage.output_ohm = 1 + n % 1000;
            controls.revision++;
        } else {
            controls.params.stage.output_ohm = 100;
            controls.revision += n < LENGTH / 2 + BLOCK;
        }
        if (n == 0)
            controls.params.stage.output_ohm = 0;
        chain_process(chain, &controls, run.in[0] + n, run.in[1] + n, run.out[0] + n,
                      run.out[1] + n, (uint32_t)count);
    }
    assert_gain(&run, 0, LENGTH / 2, latency(chain), 1, EXACT);
    assert_gain(&run, LENGTH / 2 + (int)(SETTLED_S * RATE_HZ), LENGTH, latency(chain), 0.75, EXACT);
    chain_free(chain);
}

static double steepest_step(const struct run *run) {
    double steepest = 0;
    for (int n = 1; n < LENGTH; n++)
        steepest = fmax(steepest, fabs((double)run->out[0][n] - (double)run->out[0][n - 1]));
    return steepest;
}

static void no_change_clicks(void **state) {
    (void)state;
    static struct run run;
    static const double steepest_sine = 0.4 * 2 * PI * 1000 / RATE_HZ;
    for (int i = 0; i < 4; i++) {
        struct session session = plain_session();
        session.change_at = CHANGE_AT;
        session.after.revision++;
        session.after.gain_db = i == 0 ? 30 : 0;
        session.after.enabled = i != 1;
        session.after.params.stage.output_ohm = i == 2 ? 1000 : 0;
        session.after.quality = i == 3 ? QUALITY_LIVE : QUALITY_NORMAL;
        load_tones(&run);
        play(&session, &run);
        assert_true(steepest_step(&run) < 1.1 * steepest_sine);
    }
}

// --- Gain, bypass, broken input ---

// The output is divided by the gain that was in force when the sound came in.
static void a_ramp_of_the_gain_keeps_the_level(void **state) {
    (void)state;
    static struct run run;
    struct session session = plain_session();
    session.change_at = CHANGE_AT;
    for (double db = -40; db <= 12; db += 13) {
        session.after.gain_db = db;
        load_tones(&run);
        const int late = play(&session, &run);
        assert_gain(&run, 0, LENGTH, late, 1, 0.4 * (from_db(LEVEL_DB) - 1));
    }
}

static void bypass_is_the_input_bit_by_bit(void **state) {
    (void)state;
    static struct run run;
    for (int quality = 0; quality < QUALITY_COUNT; quality++) {
        struct session session = plain_session();
        add_everything(&session.before);
        session.before.enabled = false;
        session.before.quality = quality;
        load_tones(&run);
        const int late = play(&session, &run);
        for (int channel = 0; channel < 2; channel++)
            assert_memory_equal(run.out[channel] + late, run.in[channel],
                                (size_t)(LENGTH - late) * sizeof(float));
    }
}

static void normal_and_high_are_equally_late(void **state) {
    (void)state;
    static struct run run;
    struct session session = plain_session();
    load_tones(&run);
    const int late = play(&session, &run);
    session.before.freewheel = true;
    assert_int_equal(play(&session, &run), late);
    session.before.freewheel = false;
    session.before.quality = QUALITY_HIGH;
    assert_int_equal(play(&session, &run), late);
    session.before.quality = QUALITY_LIVE;
    assert_true(play(&session, &run) < late);
}

static void broken_input_never_comes_out(void **state) {
    (void)state;
    static struct run run, broken;
    static const float values[] = {NAN, INFINITY, -INFINITY, 3e38F, -1e30F};
    struct session session = plain_session();
    add_everything(&session.before);
    session.before.params.stage.noise_v = session.before.params.source.noise_v = 0;
    load_tones(&run);
    play(&session, &run);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        load_tones(&broken);
        for (int n = CHANGE_AT; n < CHANGE_AT + 20; n++)
            broken.in[n % 2][n] = values[i];
        const int late = play(&session, &broken);
        for (int n = 0; n < LENGTH; n++)
            for (int channel = 0; channel < 2; channel++)
                assert_true(fabsf(broken.out[channel][n]) <= 4);
        for (int n = CHANGE_AT + 20 + late + (int)(RECOVERY_S * RATE_HZ); n < LENGTH; n++)
            assert_near((double)broken.out[0][n], (double)run.out[0][n], 0.01);
    }
}

// --- Meters ---

static void assert_finite_meters(const struct chain_meters *meters) {
    const double values[] = {meters->latency_frames,
                             meters->overload,
                             meters->clipping,
                             meters->limiting,
                             meters->match_gain_db,
                             meters->peak_spl_db,
                             meters->power_mw,
                             meters->current_ma,
                             meters->headroom_db,
                             meters->noise_spl_dba,
                             meters->response_deviation_db,
                             meters->damping_factor,
                             meters->crosstalk_db};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        assert_true(isfinite(values[i]));
}

static void meters_stay_finite_in_silence(void **state) {
    (void)state;
    static struct run run;
    struct chain *chain = make_chain();
    const struct session session = plain_session();
    memset(&run, 0, sizeof run);
    play_on(chain, &session, &run);
    assert_finite_meters(chain_meters(chain));
    assert_near(chain_meters(chain)->power_mw, 0, 0);
    assert_near(chain_meters(chain)->headroom_db, 120, 0);
    chain_free(chain);
}

// A sine of 0.4 at 2 V rms: 0.8 V rms into 300 ohm.
static void meters_read_a_sine(void **state) {
    (void)state;
    static struct run run;
    struct chain *chain = make_chain();
    const struct session session = plain_session();
    load_tones(&run);
    play_on(chain, &session, &run);
    const struct chain_meters *meters = chain_meters(chain);
    const double sensitivity_db = session.before.params.load.sensitivity_db;
    const double peak_v = 0.8 * sqrt(2);
    assert_near(meters->peak_spl_db, sensitivity_db + to_db(0.8), 0.05);
    assert_near(meters->current_ma, 1000 * peak_v / 300, 0.01);
    assert_near(meters->power_mw, 1000 * 0.64 / 300, 0.7); // a mean of 300 ms after half a second
    assert_near(meters->headroom_db, to_db(session.before.params.stage.rail_v / peak_v), 0.05);
    assert_true(meters->clipping == 0 && meters->limiting == 0 && meters->overload == 0);
    chain_free(chain);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_usable_rates_make_a_chain),
        cmocka_unit_test(the_first_sample_is_right),
        cmocka_unit_test(a_reset_starts_anew),
        cmocka_unit_test(seeds_repeat_and_differ),
        cmocka_unit_test(no_cut_can_be_heard),
        cmocka_unit_test(inputs_may_be_outputs),
        cmocka_unit_test(a_change_takes_effect_after_a_fixed_time),
        cmocka_unit_test(no_frames_decide_nothing),
        cmocka_unit_test(a_sensitivity_is_read_at_once),
        cmocka_unit_test(a_change_leaves_the_rails_where_they_are),
        cmocka_unit_test(only_the_last_of_many_changes_counts),
        cmocka_unit_test(no_change_clicks),
        cmocka_unit_test(a_ramp_of_the_gain_keeps_the_level),
        cmocka_unit_test(bypass_is_the_input_bit_by_bit),
        cmocka_unit_test(normal_and_high_are_equally_late),
        cmocka_unit_test(broken_input_never_comes_out),
        cmocka_unit_test(meters_stay_finite_in_silence),
        cmocka_unit_test(meters_read_a_sine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
