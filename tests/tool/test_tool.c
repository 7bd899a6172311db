// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The loadline command as its users meet it: arguments, files, exit codes and messages.
//
// The command is the one that the environment variable LOADLINE_TOOL names, or else the compiled-in
// LOADLINE_TOOL_PATH; it finds the bundle in LOADLINE_LV2_PATH.
#define _GNU_SOURCE // realpath, mkdtemp
#include <dirent.h>
#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <sndfile.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#ifndef LOADLINE_TOOL_PATH
#define LOADLINE_TOOL_PATH "build/tools/loadline"
#endif
#ifndef LOADLINE_LV2_PATH
#define LOADLINE_LV2_PATH "build/lv2"
#endif

#define PI        3.14159265358979323846
#define RATE_HZ   48000
#define HALF_S    24000 // frames
#define POINT_MAX 400

enum { ARGUMENT_MAX = 16, TEXT_MAX = 1 << 20, DONE = 0, FAILED = 1, WRONG_USAGE = 2 };

static char tool[4096];
static char directory[] = "/tmp/loadline-test-tool-XXXXXX";

// --- Running the command ---

// What the last run said.
static char said[TEXT_MAX];       // on standard output
static char complained[TEXT_MAX]; // on standard error

static void read_text(const char *path, char text[static TEXT_MAX]) {
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    text[fread(text, 1, TEXT_MAX - 1, file)] = '\0';
    fclose(file);
}

static pid_t spawn(const char *const *arguments, const char *out) {
    const char *argv[ARGUMENT_MAX + 2] = {tool};
    for (size_t i = 0; arguments[i]; i++)
        argv[i + 1] = arguments[i];
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_addopen(&actions, 2, "stderr.txt", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    pid_t child = -1;
    assert_int_equal(posix_spawn(&child, tool, &actions, NULL, (char **)(uintptr_t)argv, environ),
                     0);
    posix_spawn_file_actions_destroy(&actions);
    return child;
}

// The exit code, or 128 and the signal.
static int await(pid_t child) {
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    read_text("stderr.txt", complained);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int run_list(const char *const *arguments) {
    const int code = await(spawn(arguments, "stdout.txt"));
    read_text("stdout.txt", said);
    return code;
}

#define RUN(...) run_list((const char *const[ARGUMENT_MAX]){__VA_ARGS__, NULL})

// Sets the code and prints what there was to read, if a run did not end as it should.
static void assert_code(int actual, int expected) {
    if (actual != expected)
        fail_msg("ended with %d, not %d; it said:\n%s%s", actual, expected, said, complained);
}

static size_t line_count(const char *text) {
    size_t count = 0;
    for (; *text != '\0'; text++)
        count += *text == '\n';
    return count;
}

static void assert_says(const char *text, const char *part) {
    if (!strstr(text, part))
        fail_msg("no \"%s\" in:\n%s", part, text);
}

// One line that names the command, and both parts.
static void assert_complaint(const char *first, const char *second) {
    assert_int_equal(line_count(complained), 1);
    assert_int_equal(strncmp(complained, "loadline", 8), 0);
    assert_says(complained, first);
    assert_says(complained, second);
}

// --- Files ---

static bool exists(const char *path) {
    return access(path, F_OK) == 0;
}

static size_t file_count(void) {
    DIR *stream = opendir(".");
    size_t count = 0;
    assert_non_null(stream);
    while (readdir(stream))
        count++;
    closedir(stream);
    return count;
}

// A sine of 1 kHz, of another one in the right channel.
static float sine(size_t frame, int channel) {
    const double hz = channel == 0 ? 1000.0 : 250.0;
    return (float)(0.5 * sin(2.0 * PI * hz * (double)frame / RATE_HZ));
}

static void make_sound(const char *path, int channels, size_t frames) {
    SF_INFO info = {
        .samplerate = RATE_HZ, .channels = channels, .format = SF_FORMAT_WAV | SF_FORMAT_FLOAT};
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    assert_non_null(file);
    for (size_t i = 0; i < frames; i++) {
        float frame[16];
        for (int channel = 0; channel < channels; channel++)
            frame[channel] = sine(i, channel);
        assert_int_equal(sf_writef_float(file, frame, 1), 1);
    }
    sf_close(file);
}

struct sound {
    SF_INFO info;
    float *samples; // interleaved
};

static struct sound read_sound(const char *path) {
    struct sound sound = {0};
    SNDFILE *file = sf_open(path, SFM_READ, &sound.info);
    if (!file)
        fail_msg("%s: %s", path, sf_strerror(NULL));
    const sf_count_t count = sound.info.frames;
    sound.samples = calloc((size_t)(count * sound.info.channels), sizeof(float));
    assert_non_null(sound.samples);
    assert_int_equal(sf_readf_float(file, sound.samples, count), count);
    sf_close(file);
    return sound;
}

// Rewrites a stereo file without its first frames.
static void skip_frames(const char *path, sf_count_t frames) {
    struct sound sound = read_sound(path);
    const sf_count_t count = sound.info.frames - frames;
    SNDFILE *file = sf_open(path, SFM_WRITE, &sound.info);
    assert_non_null(file);
    assert_int_equal(sf_writef_float(file, sound.samples + 2 * frames, count), count);
    sf_close(file);
    free(sound.samples);
}

// Within -100 dB of full scale, as far as both go.
static void assert_same_sound(const char *a, const char *b) {
    struct sound sound_a = read_sound(a);
    struct sound sound_b = read_sound(b);
    const sf_count_t frames =
        sound_a.info.frames < sound_b.info.frames ? sound_a.info.frames : sound_b.info.frames;
    for (sf_count_t i = 0; i < 2 * frames; i++)
        if (!(fabsf(sound_a.samples[i] - sound_b.samples[i]) < 1e-5f))
            fail_msg("frame %ld: %g in %s, %g in %s", (long)(i / 2), (double)sound_a.samples[i], a,
                     (double)sound_b.samples[i], b);
    free(sound_a.samples);
    free(sound_b.samples);
}

static void assert_same_bytes(const char *a, const char *b) {
    static char text_a[TEXT_MAX];
    static char text_b[TEXT_MAX];
    read_text(a, text_a);
    read_text(b, text_b);
    struct stat status_a, status_b;
    assert_int_equal(stat(a, &status_a), 0);
    assert_int_equal(stat(b, &status_b), 0);
    assert_int_equal(status_a.st_size, status_b.st_size);
    assert_true(status_a.st_size < TEXT_MAX);
    assert_memory_equal(text_a, text_b, (size_t)status_a.st_size);
}

// --- Conventions ---

static void test_help(void **state) {
    (void)state;
    static const char *const commands[] = {"render", "response", "measure", "netlist", "list"};
    assert_code(RUN("--help"), DONE);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        assert_code(RUN("--help"), DONE);
        assert_says(said, commands[i]);
        assert_code(RUN(commands[i], "--help"), DONE);
        assert_says(said, commands[i]);
        assert_string_equal(complained, "");
    }
}

static void test_version(void **state) {
    (void)state;
    assert_code(RUN("--version"), DONE);
    assert_int_equal(strncmp(said, "loadline ", 9), 0);
    assert_int_equal(line_count(said), 1);
}

static void test_wrong_usage(void **state) {
    (void)state;
    assert_code(run_list((const char *const[ARGUMENT_MAX]){NULL}), WRONG_USAGE);
    assert_complaint("which command", "--help");
    assert_code(RUN("rendr"), WRONG_USAGE);
    assert_complaint("'rendr'", "'render'");
    assert_code(RUN("frobnicate"), WRONG_USAGE);
    assert_complaint("'frobnicate'", "--help");
    assert_code(RUN("render", "only-one.wav"), WRONG_USAGE);
    assert_complaint("OUT", "IN and OUT");
    assert_code(RUN("render", "a.wav", "b.wav", "c.wav"), WRONG_USAGE);
    assert_complaint("c.wav", "IN and OUT");
    assert_code(RUN("render", "a.wav", "b.mp3"), WRONG_USAGE);
    assert_complaint("b.mp3", ".flac");
    assert_code(RUN("render", "a.wav", "b.flac", "--encoding", "float"), WRONG_USAGE);
    assert_complaint("b.flac", "float");
    assert_code(RUN("render", "a.wav", "b.wav", "--encoding", "8"), WRONG_USAGE);
    assert_complaint("'8'", "24");
    assert_code(RUN("render", "a.wav", "b.wav", "--plugin", "chains"), WRONG_USAGE);
    assert_complaint("'chains'", "'chain'");
    assert_code(RUN("list", "device"), WRONG_USAGE);
    assert_complaint("'device'", "'devices'");
    assert_code(RUN("list", "--format", "xml"), WRONG_USAGE);
    assert_complaint("'xml'", "json");
    assert_code(RUN("netlist", "--analysis", "dc"), WRONG_USAGE);
    assert_complaint("'dc'", "tran");
    assert_code(RUN("response", "--points", "1"), WRONG_USAGE);
    assert_complaint("--points", "2 to");
    assert_code(RUN("response", "--points", "2.5"), WRONG_USAGE);
    assert_complaint("--points", "whole");
    assert_code(RUN("measure", "--rate", "8000"), WRONG_USAGE);
    assert_complaint("--rate", "44100");
    assert_code(RUN("response", "--no-such-option"), WRONG_USAGE);
    assert_says(complained, "--no-such-option");
}

static void test_settings_that_cannot_be(void **state) {
    (void)state;
    static const struct {
        const char *setting, *first, *second;
    } cases[] = {
        {"headfone=1", "'headfone'", "'headphone'"},
        {"output_impedence=1", "'output_impedence'", "'output_impedance'"},
        {"headphone=Grado SR60", "'Grado SR60'", "'Grado SR60x'"},
        {"headphone=sr60x", "'sr60x'", "'Grado SR60x'"},
        {"headphone=grado sr60x", "'grado sr60x'", "'Grado SR60x'"},
        {"headphone=Nobody's", "Nobody's", "loadline list"},
        {"gain=41", "41", "-40 to 40"},
        {"rail=0", "rail", "0.1 to 100"},
        {"headphone=1000", "headphone", "0 to"},
        {"gain=nan", "nan", "-40 to 40"},
        {"gain=-inf", "-inf", "-40 to 40"},
        {"gain=1e999", "1e999", "-40 to 40"},
        {"gain=loud", "'loud'", "number"},
        {"gain=3dB", "'3dB'", "number"},
        {"gain=", "gain", "number"},
        {"gain", "'gain'", "symbol=value"},
        {"=3", "''", "loadline list"},
        {"latency=3", "'latency'", "meter"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_code(RUN("response", "--set", cases[i].setting), WRONG_USAGE);
        assert_complaint(cases[i].first, cases[i].second);
        assert_string_equal(said, "");
    }
}

static void test_long_settings_are_refused(void **state) {
    (void)state;
    char setting[1000];
    memset(setting, 'x', sizeof setting - 1);
    setting[sizeof setting - 1] = '\0';
    assert_code(RUN("response", "--set", setting), WRONG_USAGE);
    memcpy(setting, "gain=", 5);
    assert_code(RUN("response", "--set", setting), WRONG_USAGE);
}

static void test_overruled_settings_are_noted(void **state) {
    (void)state;
    assert_code(
        RUN("response", "--points", "2", "--set", "amplifier=JDS Labs O2", "--set", "rail=5"),
        DONE);
    assert_complaint("rail=5", "named device");
}

static void test_output_that_nobody_reads(void **state) {
    (void)state;
    char command[5000];
    // Longer than a pipe holds, so that the write really fails.
    snprintf(command, sizeof command,
             "{ %s response --points 20000; echo $? >code.txt; } 2>err.txt | head -c 1 >/dev/null",
             tool);
    assert_int_equal(system(command), 0);
    read_text("code.txt", said);
    read_text("err.txt", complained);
    assert_string_equal(said, "1\n");
    assert_string_equal(complained, "");
}

static void test_output_without_room(void **state) {
    (void)state;
    assert_code(await(spawn((const char *const[]){"list", NULL}, "/dev/full")), FAILED);
    assert_complaint("standard output", "No space left");
}

static void test_no_bundle(void **state) {
    (void)state;
    setenv("LV2_PATH", directory, 1);
    assert_code(RUN("measure"), FAILED);
    assert_complaint("loadline.lv2", "LV2_PATH");
    setenv("LV2_PATH", LOADLINE_LV2_PATH, 1);
}

// --- Lists ---

static json_t *said_json(void) {
    json_error_t error;
    json_t *root = json_loads(said, 0, &error);
    if (!root)
        fail_msg("no JSON: %s", error.text);
    return root;
}

static void test_lists(void **state) {
    (void)state;
    static const char *const names[] = {"devices", "presets", "symbols"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_code(RUN("list", names[i]), DONE);
        const size_t lines = line_count(said);
        assert_true(lines > 5);
        assert_code(RUN("list", names[i], "--format", "csv"), DONE);
        assert_int_equal(line_count(said), lines);
        assert_code(RUN("list", names[i], "--format", "json"), DONE);
        json_t *root = said_json();
        assert_int_equal(json_array_size(root), lines - 1);
        json_decref(root);
    }
}

static void test_devices_say_where_figures_come_from(void **state) {
    (void)state;
    assert_code(RUN("list", "devices", "--format", "json"), DONE);
    json_t *root = said_json();
    size_t index;
    json_t *row;
    json_array_foreach(root, index, row) {
        const char *tag = json_string_value(json_object_get(row, "tag"));
        const char *figures = json_string_value(json_object_get(row, "figures"));
        assert_non_null(tag);
        assert_non_null(figures);
        assert_null(strstr(figures, "nan"));
        assert_true(json_is_string(json_object_get(row, "name")));
        if (strcmp(tag, "estimated") == 0)
            assert_true(json_is_string(json_object_get(row, "estimated")));
    }
    json_decref(root);
}

static void test_presets_work(void **state) {
    (void)state;
    assert_code(RUN("list", "presets", "--format", "json"), DONE);
    json_t *root = said_json();
    size_t index;
    json_t *row;
    json_array_foreach(root, index, row) {
        assert_code(RUN("response", "--points", "2", "--preset",
                        json_string_value(json_object_get(row, "preset"))),
                    DONE);
        assert_string_equal(complained, "");
    }
    json_decref(root);
    assert_code(RUN("response", "--set", "output_impedance=120", "--preset", "sr60x-10-ohm"), DONE);
    char *first = strdup(said);
    assert_code(RUN("response", "--set", "headphone=Grado SR60x;output_impedance=120"), DONE);
    assert_string_equal(said, first); // a setting goes over the preset, wherever it stands
    free(first);
    assert_code(RUN("response", "--preset", "sr60x-10-ohms"), WRONG_USAGE);
    assert_complaint("'sr60x-10-ohms'", "'sr60x-10-ohm'");
}

// --- Responses ---

struct point {
    double hz, level_db, phase_deg, crosstalk_db;
};

// The rows of what the last run said.
static size_t said_points(struct point points[static POINT_MAX]) {
    size_t count = 0;
    assert_int_equal(strncmp(said, "frequency_hz,level_db,phase_deg,crosstalk_db,", 45), 0);
    for (const char *line = said; (line = strchr(line, '\n')) && line[1] != '\0';) {
        struct point *point = &points[count++];
        assert_true(count < POINT_MAX);
        assert_int_equal(sscanf(++line, "%lf,%lf,%lf,%lf", &point->hz, &point->level_db,
                                &point->phase_deg, &point->crosstalk_db),
                         4);
    }
    return count;
}

static void test_response(void **state) {
    (void)state;
    struct point points[POINT_MAX];
    assert_code(RUN("response"), DONE);
    assert_int_equal(said_points(points), 241);
    assert_true(fabs(points[0].hz - 20.0) < 1e-6);
    assert_true(fabs(points[240].hz - 20000.0) < 1e-3);
    assert_code(RUN("response", "--format", "json", "--points", "3"), DONE);
    json_t *root = said_json();
    assert_int_equal(json_array_size(root), 3);
    const json_t *load = json_object_get(json_array_get(root, 2), "load_impedance_ohm");
    assert_true(fabs(json_real_value(load) - 300.0) < 1.0);
    json_decref(root);
}

static void test_bridge_is_6_db_louder_unless_matched(void **state) {
    (void)state;
    struct point points[POINT_MAX];
    assert_code(
        RUN("response", "--set", "topology=2;match=0;output_impedance=0.01;cable_length=0.1"),
        DONE);
    said_points(points);
    assert_true(fabs(points[120].level_db - 6.0206) < 0.01);
    assert_code(RUN("response", "--set", "topology=Bridge-tied (BTL)"), DONE);
    said_points(points);
    assert_true(fabs(points[120].level_db) < 0.01);
}

static double angle_between(double a_deg, double b_deg) {
    return fabs(remainder(a_deg - b_deg, 360.0));
}

static const char *const circuit_settings[] = {
    "",
    "headphone=Grado SR60x; output_impedance=10",
    "headphone=Westone 3; output_impedance=120; contact_resistance=100",
    "headphone=Sennheiser HD 650; topology=1; output_impedance=47; output_capacitor=47",
    "headphone=Sennheiser HD 600; topology=2; output_impedance=10; leg_mismatch=5; match=0",
    "headphone=Sennheiser HD 600; topology=3; output_impedance=1; gain=20",
    "amplifier=Bottlehead Crack; headphone=Etymotic ER4SR",
    "amplifier=LG Nexus 5X, headphone jack; headphone=Koss Porta Pro; gain=-20",
    "knee=100; second_harmonic=-20; third_harmonic=-20; stage_noise=100; source_noise=100",
    "rail=0.1; current_limit=1; slew_rate=0.01; supply_resistance=100",
};
enum { CIRCUIT_COUNT = sizeof circuit_settings / sizeof *circuit_settings };

static void test_measure_agrees_with_response(void **state) {
    (void)state;
    for (size_t i = 0; i < CIRCUIT_COUNT; i++) {
        struct point computed[POINT_MAX];
        struct point measured[POINT_MAX];
        assert_code(RUN("response", "--points", "121", "--set", circuit_settings[i]), DONE);
        const size_t count = said_points(computed);
        assert_code(RUN("measure", "--points", "121", "--set", circuit_settings[i]), DONE);
        assert_int_equal(said_points(measured), count);
        for (size_t k = 0; k < count; k++) {
            assert_true(measured[k].hz == computed[k].hz);
            const double off_db = fabs(measured[k].level_db - computed[k].level_db);
            const double off_deg = angle_between(measured[k].phase_deg, computed[k].phase_deg);
            if (!(off_db < 0.01 && off_deg < 0.1))
                fail_msg("\"%s\": off by %g dB, %g degrees at %g Hz", circuit_settings[i], off_db,
                         off_deg, computed[k].hz);
            if (computed[k].crosstalk_db > -100.0)
                assert_true(fabs(measured[k].crosstalk_db - computed[k].crosstalk_db) < 0.05);
            else
                assert_true(measured[k].crosstalk_db < -99.0);
        }
    }
}

static void test_measure_refuses_a_dead_zone(void **state) {
    (void)state;
    assert_code(RUN("measure", "--points", "2", "--set", "crossover=10"), WRONG_USAGE);
    assert_complaint("crossover", "10 mV");
}

// --- Netlists ---

static bool have_ngspice(void) {
    return system("ngspice --version >/dev/null 2>&1") == 0;
}

static void run_ngspice(void) {
    FILE *deck = fopen("deck.cir", "w");
    assert_non_null(deck);
    fputs(said, deck);
    fclose(deck);
    if (system("ngspice -b deck.cir >spice.txt 2>&1") != 0) {
        read_text("spice.txt", said);
        fail_msg("ngspice failed:\n%s", said);
    }
}

static double said_offset_db(void) {
    double offset_db = (double)NAN;
    const char *note = strstr(said, "* Add ");
    assert_non_null(note);
    assert_int_equal(sscanf(note, "* Add %lf dB", &offset_db), 1);
    return offset_db;
}

// ngspice prints the grid of the response table.
static void assert_spice_agrees(const struct point *points, size_t count, double offset_db) {
    size_t rows = 0;
    read_text("spice.txt", said);
    for (const char *line = said; (line = strchr(line, '\n'));) {
        double hz, left_db, left_deg, right_db;
        if (sscanf(++line, "%*d %lf %lf %lf %lf", &hz, &left_db, &left_deg, &right_db) != 4)
            continue;
        const struct point *point = &points[rows++];
        assert_true(rows <= count);
        assert_true(fabs(hz / point->hz - 1.0) < 1e-6);
        if (!(fabs(left_db + offset_db - point->level_db) < 0.001))
            fail_msg("%g Hz: %g dB + %g dB is not %g dB", hz, left_db, offset_db, point->level_db);
    }
    assert_int_equal(rows, count);
}

static void test_netlists_agree_with_response(void **state) {
    (void)state;
    if (!have_ngspice())
        skip();
    for (size_t i = 0; i < CIRCUIT_COUNT; i++) {
        struct point points[POINT_MAX];
        assert_code(RUN("response", "--set", circuit_settings[i]), DONE);
        const size_t count = said_points(points);
        assert_code(RUN("netlist", "--drive", "both", "--set", circuit_settings[i]), DONE);
        const double offset_db = said_offset_db();
        run_ngspice();
        assert_spice_agrees(points, count, offset_db);
    }
}

static void test_transient_netlists_run(void **state) {
    (void)state;
    if (!have_ngspice())
        skip();
    for (size_t i = 0; i < CIRCUIT_COUNT; i++) {
        assert_code(RUN("netlist", "--analysis", "tran", "--level", "-6", "--frequency", "500",
                        "--set", circuit_settings[i]),
                    DONE);
        run_ngspice();
        read_text("spice.txt", said);
        assert_says(said, "THD");
        assert_says(said, "driver_l_max");
    }
}

// --- Rendering ---

// All that is between input and output of the default is a cable and a tenth of an ohm.
static void test_render_keeps_time_and_level(void **state) {
    (void)state;
    make_sound("stereo.wav", 2, HALF_S);
    assert_code(RUN("render", "stereo.wav", "rendered.wav"), DONE);
    assert_string_equal(complained, "");
    assert_says(said, "dB SPL");
    assert_says(said, "nothing clipped");
    assert_int_equal(line_count(said), 1);
    struct sound sound = read_sound("rendered.wav");
    assert_int_equal(sound.info.samplerate, RATE_HZ);
    assert_int_equal(sound.info.channels, 2);
    assert_true(sound.info.frames >= HALF_S);
    assert_true(sound.info.frames <= HALF_S + RATE_HZ);
    for (size_t i = HALF_S / 4; i < HALF_S * 3 / 4; i++)
        for (int channel = 0; channel < 2; channel++)
            assert_true(fabsf(sound.samples[2 * i + (size_t)channel] - sine(i, channel)) < 0.002f);
    free(sound.samples);
}

static void test_render_is_repeatable(void **state) {
    (void)state;
    static const char settings[] = "stage_noise=100; rail=1; headphone=Sennheiser HD 600";
    make_sound("short.wav", 2, 5000);
    assert_code(RUN("render", "short.wav", "first.wav", "--set", settings), DONE);
    assert_says(said, "clipped at the rails");
    sleep(1); // a time stamp would show
    assert_code(RUN("render", "short.wav", "second.wav", "--set", settings), DONE);
    assert_same_bytes("first.wav", "second.wav");
}

static void test_render_mono_into_both_ears(void **state) {
    (void)state;
    make_sound("mono.wav", 1, 5000);
    assert_code(RUN("render", "mono.wav", "both.wav"), DONE);
    struct sound sound = read_sound("both.wav");
    assert_int_equal(sound.info.channels, 2);
    for (size_t i = 0; i < (size_t)sound.info.frames; i++)
        assert_true(fabsf(sound.samples[2 * i] - sound.samples[2 * i + 1]) < 1e-6f);
    free(sound.samples);
}

static void test_render_formats(void **state) {
    (void)state;
    static const struct {
        const char *path, *encoding;
        int format;
    } cases[] = {
        {"a.wav", NULL, SF_FORMAT_WAV | SF_FORMAT_FLOAT},
        {"b.wav", "24", SF_FORMAT_WAV | SF_FORMAT_PCM_24},
        {"c.FLAC", NULL, SF_FORMAT_FLAC | SF_FORMAT_PCM_24},
        {"d.aiff", "float", SF_FORMAT_AIFF | SF_FORMAT_FLOAT},
        {"e.aiff", "24", SF_FORMAT_AIFF | SF_FORMAT_PCM_24},
        {"f.ogg", NULL, SF_FORMAT_OGG | SF_FORMAT_VORBIS},
    };
    make_sound("short.wav", 2, 5000);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (cases[i].encoding)
            assert_code(RUN("render", "short.wav", cases[i].path, "--encoding", cases[i].encoding),
                        DONE);
        else
            assert_code(RUN("render", "short.wav", cases[i].path), DONE);
        struct sound sound = read_sound(cases[i].path);
        const int format = sound.info.format & (SF_FORMAT_TYPEMASK | SF_FORMAT_SUBMASK);
        // A WAV may call itself extensible.
        assert_true(format == cases[i].format ||
                    (cases[i].format & SF_FORMAT_TYPEMASK) == SF_FORMAT_WAV);
        assert_int_equal(format & SF_FORMAT_SUBMASK, cases[i].format & SF_FORMAT_SUBMASK);
        assert_true(sound.info.frames >= 5000);
        free(sound.samples);
    }
}

// Matched at 1 kHz, a resonance at 250 Hz rises beyond full scale.
static void test_render_notes_what_a_format_clips(void **state) {
    (void)state;
    static const char settings[] =
        "resistance=32; peak1_rise=260; peak1_frequency=250; output_impedance=120";
    make_sound("short.wav", 2, 5000);
    assert_code(RUN("render", "short.wav", "loud.flac", "--set", settings), DONE);
    assert_complaint("loud.flac", "beyond full scale");
    assert_code(RUN("render", "short.wav", "loud.wav", "--set", settings), DONE);
    assert_string_equal(complained, "");
}

// Gain moves clipping, noise and SPL, but not the result, which begins with a jump here.
static void test_render_is_as_loud_at_any_gain(void **state) {
    (void)state;
    static const char *const settings[] = {"rail=100", "rail=100; freewheel=0"};
    make_sound("jump.wav", 2, 5000);
    skip_frames("jump.wav", 12); // to the first crest
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        assert_code(RUN("render", "jump.wav", "low.wav", "--force", "--set", settings[i]), DONE);
        assert_code(RUN("render", "jump.wav", "high.wav", "--force", "--set", settings[i], "--set",
                        "gain=20"),
                    DONE);
        assert_same_sound("low.wav", "high.wav");
    }
}

static void test_render_tiny_files(void **state) {
    (void)state;
    make_sound("one.wav", 2, 1);
    assert_code(RUN("render", "one.wav", "one-rendered.wav"), DONE);
    struct sound sound = read_sound("one-rendered.wav");
    assert_true(sound.info.frames >= 1);
    free(sound.samples);
    make_sound("none.wav", 2, 0);
    assert_code(RUN("render", "none.wav", "none-rendered.wav"), FAILED);
    assert_complaint("none.wav", "no sound");
    assert_false(exists("none-rendered.wav"));
}

static void write_file(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void test_render_inputs_that_cannot_be(void **state) {
    (void)state;
    make_sound("six.wav", 6, 100);
    write_file("words.wav", "This is no sound at all, but a few words in a file.\n");
    write_file("nothing.wav", "");
    const size_t before = file_count();
    static const struct {
        const char *in, *first;
    } cases[] = {
        {"missing.wav", "No such file"},
        {"words.wav", "not readable as sound"},
        {"nothing.wav", "not readable"},
        {"six.wav", "6 channels"},
        {".", "directory"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_code(RUN("render", cases[i].in, "never.wav"), FAILED);
        assert_complaint(cases[i].in, cases[i].first);
        assert_string_equal(said, "");
    }
    assert_int_equal(file_count(), before);
}

static void test_render_outputs_that_cannot_be(void **state) {
    (void)state;
    make_sound("short.wav", 2, 5000);
    mkdir("folder.wav", 0700);
    write_file("file", "");
    const size_t before = file_count();
    assert_code(RUN("render", "short.wav", "nowhere/out.wav"), FAILED);
    assert_complaint("nowhere/out.wav", "directory");
    assert_code(RUN("render", "short.wav", "file/out.wav"), FAILED);
    assert_complaint("file/out.wav", "directory");
    assert_code(RUN("render", "short.wav", "/proc/out.wav"), FAILED);
    assert_complaint("/proc/out.wav", "directory");
    assert_code(RUN("render", "short.wav", "folder.wav", "--force"), FAILED);
    assert_complaint("folder.wav", "regular");
    assert_int_equal(file_count(), before);
}

static void test_render_replaces_only_if_forced(void **state) {
    (void)state;
    make_sound("short.wav", 2, 5000);
    write_file("precious.wav", "precious");
    assert_code(RUN("render", "short.wav", "precious.wav"), FAILED);
    assert_complaint("precious.wav", "--force");
    read_text("precious.wav", said);
    assert_string_equal(said, "precious");
    assert_code(RUN("render", "short.wav", "precious.wav", "--force"), DONE);
    struct stat status;
    assert_int_equal(stat("precious.wav", &status), 0);
    assert_true(status.st_size > 5000);
    assert_int_equal(status.st_mode & 0777, 0666 & ~022);
    assert_code(RUN("render", "short.wav", "short.wav", "--force"), DONE); // onto itself
    struct sound sound = read_sound("short.wav");
    assert_true(sound.info.frames >= 5000);
    free(sound.samples);
}

static void test_render_leaves_nothing_when_room_ends(void **state) {
    (void)state;
    static const char *const outputs[] = {"big.wav", "big.flac", "big.aiff"};
    make_sound("long.wav", 2, 10 * RATE_HZ);
    const size_t before = file_count();
    struct rlimit old;
    getrlimit(RLIMIT_FSIZE, &old);
    for (size_t i = 0; i < sizeof outputs / sizeof *outputs; i++) {
        const struct rlimit small = {100000, old.rlim_max};
        setrlimit(RLIMIT_FSIZE, &small);
        const pid_t child =
            spawn((const char *const[]){"render", "long.wav", outputs[i], NULL}, "stdout.txt");
        setrlimit(RLIMIT_FSIZE, &old);
        assert_code(await(child), FAILED);
        assert_complaint(outputs[i], "File too large");
        assert_int_equal(file_count(), before);
    }
}

static bool has_hidden_file(void) {
    DIR *stream = opendir(".");
    bool found = false;
    assert_non_null(stream);
    for (struct dirent *entry; (entry = readdir(stream));)
        found = found || strncmp(entry->d_name, ".stopped", 8) == 0;
    closedir(stream);
    return found;
}

static void test_render_leaves_nothing_when_stopped(void **state) {
    (void)state;
    static const int signals[] = {SIGINT, SIGTERM};
    make_sound("long.wav", 2, 120 * RATE_HZ);
    const size_t before = file_count();
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        const pid_t child =
            spawn((const char *const[]){"render", "long.wav", "stopped.wav", NULL}, "stdout.txt");
        for (int waited_ms = 0; !has_hidden_file() && waited_ms < 5000; waited_ms++)
            usleep(1000);
        assert_true(has_hidden_file());
        kill(child, signals[i]);
        assert_int_equal(await(child), 128 + signals[i]);
        assert_int_equal(file_count(), before);
    }
    unlink("long.wav");
}

// --- Frame ---

static int set_up(void **state) {
    (void)state;
    const char *given = getenv("LOADLINE_TOOL");
    static char bundle[4096];
    if (!realpath(given ? given : LOADLINE_TOOL_PATH, tool) ||
        !realpath(LOADLINE_LV2_PATH, bundle)) {
        fprintf(stderr, "no %s or %s: build first\n", given ? given : LOADLINE_TOOL_PATH,
                LOADLINE_LV2_PATH);
        return -1;
    }
    setenv("LV2_PATH", bundle, 1);
    umask(022);
    return mkdtemp(directory) && chdir(directory) == 0 ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", directory);
    return chdir("/") == 0 && system(command) == 0 ? 0 : -1;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_help),
        cmocka_unit_test(test_version),
        cmocka_unit_test(test_wrong_usage),
        cmocka_unit_test(test_settings_that_cannot_be),
        cmocka_unit_test(test_long_settings_are_refused),
        cmocka_unit_test(test_overruled_settings_are_noted),
        cmocka_unit_test(test_output_that_nobody_reads),
        cmocka_unit_test(test_output_without_room),
        cmocka_unit_test(test_no_bundle),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_devices_say_where_figures_come_from),
        cmocka_unit_test(test_presets_work),
        cmocka_unit_test(test_response),
        cmocka_unit_test(test_bridge_is_6_db_louder_unless_matched),
        cmocka_unit_test(test_measure_agrees_with_response),
        cmocka_unit_test(test_measure_refuses_a_dead_zone),
        cmocka_unit_test(test_netlists_agree_with_response),
        cmocka_unit_test(test_transient_netlists_run),
        cmocka_unit_test(test_render_keeps_time_and_level),
        cmocka_unit_test(test_render_is_repeatable),
        cmocka_unit_test(test_render_mono_into_both_ears),
        cmocka_unit_test(test_render_formats),
        cmocka_unit_test(test_render_notes_what_a_format_clips),
        cmocka_unit_test(test_render_is_as_loud_at_any_gain),
        cmocka_unit_test(test_render_tiny_files),
        cmocka_unit_test(test_render_inputs_that_cannot_be),
        cmocka_unit_test(test_render_outputs_that_cannot_be),
        cmocka_unit_test(test_render_replaces_only_if_forced),
        cmocka_unit_test(test_render_leaves_nothing_when_room_ends),
        cmocka_unit_test(test_render_leaves_nothing_when_stopped),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
