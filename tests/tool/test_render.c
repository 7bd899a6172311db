// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// loadline render.
#include "tool.h"

#include <linux/capability.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <sndfile.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define RATE_HZ 48000
#define HALF_S  24000 // frames

// A sine of 1 kHz, of another one in the right channel.
static float sine(size_t frame, int channel) {
    const double hz = channel == 0 ? 1000.0 : 250.0;
    return (float)(0.5 * sin(2.0 * M_PI * hz * (double)frame / RATE_HZ));
}

static void make_sound_as(const char *path, SF_INFO info, size_t frames) {
    const int channels = info.channels;
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

static void make_sound(const char *path, int channels, size_t frames) {
    make_sound_as(path,
                  (SF_INFO){.samplerate = RATE_HZ,
                            .channels = channels,
                            .format = SF_FORMAT_WAV | SF_FORMAT_FLOAT},
                  frames);
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
    assert_false(file_exists("none-rendered.wav"));
}

static void test_render_inputs_that_cannot_be(void **state) {
    (void)state;
    make_sound("six.wav", 6, 100);
    write_text("words.wav", "This is no sound at all, but a few words in a file.\n");
    write_text("nothing.wav", "");
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

// Not even to root, for whom only a capability makes an exception. Whoever is not root has none to
// drop.
static void test_render_where_it_may_not(void **state) {
    (void)state;
    prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0);
    prctl(PR_CAPBSET_DROP, CAP_DAC_READ_SEARCH, 0, 0, 0);
    make_sound("secret.wav", 2, 5000);
    chmod("secret.wav", 0);
    mkdir("closed", 0500);
    const size_t before = file_count();
    assert_code(RUN("render", "secret.wav", "never.wav"), FAILED);
    assert_complaint("secret.wav: Permission denied", "readable");
    assert_code(RUN("render", "/proc/self/mem", "never.wav"), FAILED);
    assert_complaint("/proc/self/mem: ", "Input/output error");
    assert_int_equal(file_count(), before);
    chmod("secret.wav", 0600);
    assert_code(RUN("render", "secret.wav", "closed/never.wav"), FAILED);
    assert_complaint("closed/never.wav: Permission denied", "directory");
    assert_code(RUN("plot", "closed/never.svg"), FAILED);
    assert_complaint("closed/never.svg: Permission denied", "directory");
    assert_int_equal(rmdir("closed"), 0); // it is empty
    unlink("secret.wav");
}

// What becomes of a damaged file of each format; NULL: nothing shows.
static const struct damaged {
    const char *path;
    int format;
    size_t frames; // the headers of an Ogg are as long as seconds of a sine
    struct outcome {
        int code;
        const char *says;
    } cut, overwritten;
} damaged[] = {
    {"x.wav",
     SF_FORMAT_WAV | SF_FORMAT_FLOAT,
     HALF_S,
     {DONE, "of 192000 bytes are there"},
     {DONE, "note: damaged.wav: 100 samples are no numbers"}},
    {"x-24.wav",
     SF_FORMAT_WAV | SF_FORMAT_PCM_24,
     HALF_S,
     {DONE, "of 144000 bytes are there"},
     {DONE, NULL}},
    {"x.aiff",
     SF_FORMAT_AIFF | SF_FORMAT_FLOAT,
     HALF_S,
     {DONE, "of 192008 bytes are there"},
     {DONE, "note: damaged.wav: 100 samples are no numbers"}},
    {"x.w64",
     SF_FORMAT_W64 | SF_FORMAT_PCM_16,
     HALF_S,
     {DONE, "of 96104 bytes are there"},
     {DONE, NULL}},
    {"x.au",
     SF_FORMAT_AU | SF_FORMAT_PCM_16,
     HALF_S,
     {DONE, "of 96000 bytes are there"},
     {DONE, NULL}},
    {"x.rf64",
     SF_FORMAT_RF64 | SF_FORMAT_FLOAT,
     HALF_S,
     {DONE, "bytes are there"},
     {DONE, "100 samples"}},
    {"x.flac",
     SF_FORMAT_FLAC | SF_FORMAT_PCM_16,
     HALF_S,
     {FAILED, "damaged, so"},
     {FAILED, "damaged, so"}},
    {"x.ogg",
     SF_FORMAT_OGG | SF_FORMAT_VORBIS,
     10 * RATE_HZ,
     {DONE, "what is there is rendered"},
     {FAILED, "frames cannot"}},
};

static void assert_rendered(const struct outcome *outcome) {
    const size_t before = file_count();
    assert_code(RUN("render", "damaged.wav", "from-damaged.wav"), outcome->code);
    if (outcome->says)
        assert_complaint("damaged.wav", outcome->says);
    else
        assert_string_equal(complained, "");
    assert_int_equal(file_count(), before + (outcome->code == DONE));
    unlink("from-damaged.wav");
}

// As much of a file, with so many bytes of its middle being the first byte of a NaN.
static void damage(const char *path, double part, size_t overwritten) {
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    const size_t size = (size_t)(part * (double)status.st_size);
    char *bytes = malloc(size);
    assert_non_null(bytes);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_int_equal(fread(bytes, 1, size, file), size);
    fclose(file);
    memset(bytes + size / 2, 0xff, overwritten);
    file = fopen("damaged.wav", "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
    free(bytes);
}

static void test_render_says_what_damage_it_sees(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
        const SF_INFO info = {.samplerate = RATE_HZ, .channels = 2, .format = damaged[i].format};
        make_sound_as(damaged[i].path, info, damaged[i].frames);
        damage(damaged[i].path, 1.0, 0);
        assert_rendered(&(struct outcome){DONE, NULL});
        damage(damaged[i].path, 0.6, 0);
        assert_rendered(&damaged[i].cut);
        damage(damaged[i].path, 1.0, 400);
        assert_rendered(&damaged[i].overwritten);
        unlink(damaged[i].path);
    }
}

// The sound that is there is kept, and what is no sound is silence.
static void test_render_of_a_cut_file_is_its_beginning(void **state) {
    (void)state;
    make_sound("whole.wav", 2, HALF_S);
    damage("whole.wav", 0.5, 0);
    assert_code(RUN("render", "damaged.wav", "beginning.wav"), DONE);
    struct sound sound = read_sound("beginning.wav");
    assert_true(sound.info.frames >= HALF_S / 2 - 20 && sound.info.frames < HALF_S);
    assert_int_equal(sound.info.format & SF_FORMAT_TYPEMASK, SF_FORMAT_WAV);
    free(sound.samples);
    damage("whole.wav", 1.0, 400);
    assert_code(RUN("render", "damaged.wav", "holed.wav"), DONE);
    sound = read_sound("holed.wav");
    for (sf_count_t i = 0; i < 2 * sound.info.frames; i++)
        assert_true(fabsf(sound.samples[i]) <= 2.0f);
    free(sound.samples);
    make_sound_as(
        "whole.ogg",
        (SF_INFO){.samplerate = RATE_HZ, .channels = 2, .format = SF_FORMAT_OGG | SF_FORMAT_VORBIS},
        10 * RATE_HZ);
    damage("whole.ogg", 0.6, 0); // of no known length, which is no reason for a large format
    assert_code(RUN("render", "damaged.wav", "from-ogg.wav"), DONE);
    read_text("from-ogg.wav", said);
    assert_int_equal(strncmp(said, "RIFF", 4), 0);
}

// A size that was not known when the header was written is no damage.
static void test_render_takes_a_recording_of_open_end(void **state) {
    (void)state;
    static const uint32_t sizes[] = {UINT32_MAX, 0x7fffffffu, 0x7ffff000u};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        make_sound("open.wav", 2, 5000);
        read_text("open.wav", said);
        size_t data = 0;
        while (memcmp(said + data, "data", 4) != 0)
            data++;
        FILE *file = fopen("open.wav", "r+");
        assert_non_null(file);
        fseek(file, (long)data + 4, SEEK_SET);
        assert_int_equal(fwrite(&sizes[i], sizeof sizes[i], 1, file), 1);
        fclose(file);
        assert_code(RUN("render", "open.wav", "closed.wav", "--force"), DONE);
        assert_string_equal(complained, "");
    }
}

static void test_render_rates_that_cannot_be(void **state) {
    (void)state;
    static const struct {
        int hz;
        const char *says;
    } cases[] = {{1, "at 1 Hz; use"}, {4000, "at 4000 Hz; use"}, {1000000, "at 1e+06 Hz; use"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const SF_INFO info = {
            .samplerate = cases[i].hz, .channels = 2, .format = SF_FORMAT_WAV | SF_FORMAT_FLOAT};
        make_sound_as("rate.wav", info, 5000);
        const size_t before = file_count();
        assert_code(RUN("render", "rate.wav", "never.wav"), FAILED);
        assert_complaint(cases[i].says, "8000 to 768000 Hz");
        assert_int_equal(file_count(), before);
    }
}

static void test_render_outputs_that_cannot_be(void **state) {
    (void)state;
    make_sound("short.wav", 2, 5000);
    mkdir("folder.wav", 0700);
    write_text("file", "");
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
    write_text("precious.wav", "precious");
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

static pid_t start_render(const char *in, const char *out) {
    return tool_start((const char *const[]){"render", in, out, "--force", NULL}, "stdout.txt");
}

// With room for so many bytes of it.
static void assert_no_room(const char *in, const char *out, rlim_t bytes) {
    const size_t before = file_count();
    struct rlimit old;
    getrlimit(RLIMIT_FSIZE, &old);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){bytes, old.rlim_max});
    const pid_t child = start_render(in, out);
    setrlimit(RLIMIT_FSIZE, &old);
    assert_code(tool_wait(child), FAILED);
    assert_complaint(out, "File too large");
    assert_int_equal(file_count(), before);
}

// Early, at the last byte, and where there is a file already.
static void test_render_leaves_nothing_when_room_ends(void **state) {
    (void)state;
    static const char *const outputs[] = {"big.wav", "big.flac", "big.aiff", "big.ogg"};
    make_sound("long.wav", 2, 10 * RATE_HZ);
    make_sound("short.wav", 2, 5000);
    for (size_t i = 0; i < sizeof outputs / sizeof *outputs; i++) {
        struct stat status;
        assert_no_room("long.wav", outputs[i], 10000);
        assert_code(RUN("render", "short.wav", outputs[i]), DONE);
        assert_int_equal(stat(outputs[i], &status), 0);
        unlink(outputs[i]);
        assert_no_room("short.wav", outputs[i], (rlim_t)status.st_size - 1);
        write_text(outputs[i], "precious");
        assert_no_room("long.wav", outputs[i], 10000);
        read_text(outputs[i], said);
        assert_string_equal(said, "precious");
        unlink(outputs[i]);
    }
    unlink("long.wav");
}

// A render that waits, its hidden file half written, for the rest of what it reads from a pipe.
struct waiting {
    pid_t child;
    FILE *pipe;
};

enum { SENT_FIRST = 20000 };

static struct waiting start_waiting(const char *out) {
    struct waiting waiting;
    assert_int_equal(mkfifo("pipe.wav", 0600), 0);
    waiting.child = start_render("pipe.wav", out);
    waiting.pipe = fopen("pipe.wav", "w");
    assert_non_null(waiting.pipe);
    unlink("pipe.wav");
    read_text("short.wav", said);
    assert_int_equal(fwrite(said, 1, SENT_FIRST, waiting.pipe), SENT_FIRST);
    fflush(waiting.pipe);
    for (int waited_ms = 0; !has_file_like(".stopped") && waited_ms < 20000; waited_ms++)
        usleep(1000);
    assert_true(has_file_like(".stopped"));
    return waiting;
}

static void assert_stops(const char *out, int signal) {
    const size_t before = file_count();
    const struct waiting waiting = start_waiting(out);
    assert_int_equal(file_count(), before + 1);
    kill(waiting.child, signal);
    assert_int_equal(tool_wait(waiting.child), 128 + signal);
    fclose(waiting.pipe);
    assert_int_equal(file_count(), before);
}

static void test_render_leaves_nothing_when_stopped(void **state) {
    (void)state;
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGALRM, SIGUSR1, SIGXCPU};
    static const char *const outputs[] = {"stopped.wav", "stopped.flac", "stopped.ogg"};
    make_sound("short.wav", 2, 5000);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}); // which some of them write
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        for (size_t k = 0; k < sizeof outputs / sizeof *outputs; k++) {
            assert_stops(outputs[k], signals[i]);
            write_text(outputs[k], "precious");
            assert_stops(outputs[k], signals[i]);
            read_text(outputs[k], said);
            assert_string_equal(said, "precious");
            unlink(outputs[k]);
        }
    }
}

// As nohup has it.
static void test_render_goes_on_if_a_signal_is_ignored(void **state) {
    (void)state;
    make_sound("short.wav", 2, 5000);
    signal(SIGHUP, SIG_IGN);
    const struct waiting waiting = start_waiting("stopped.wav");
    signal(SIGHUP, SIG_DFL);
    kill(waiting.child, SIGHUP);
    struct stat status;
    assert_int_equal(stat("short.wav", &status), 0);
    const size_t rest = (size_t)status.st_size - SENT_FIRST;
    assert_int_equal(fwrite(said + SENT_FIRST, 1, rest, waiting.pipe), rest);
    fclose(waiting.pipe);
    assert_code(tool_wait(waiting.child), DONE);
    assert_string_equal(complained, "");
    struct sound sound = read_sound("stopped.wav");
    assert_true(sound.info.frames >= 5000);
    free(sound.samples);
    unlink("stopped.wav");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_render_keeps_time_and_level),
        cmocka_unit_test(test_render_is_repeatable),
        cmocka_unit_test(test_render_mono_into_both_ears),
        cmocka_unit_test(test_render_formats),
        cmocka_unit_test(test_render_notes_what_a_format_clips),
        cmocka_unit_test(test_render_is_as_loud_at_any_gain),
        cmocka_unit_test(test_render_tiny_files),
        cmocka_unit_test(test_render_inputs_that_cannot_be),
        cmocka_unit_test(test_render_where_it_may_not),
        cmocka_unit_test(test_render_says_what_damage_it_sees),
        cmocka_unit_test(test_render_of_a_cut_file_is_its_beginning),
        cmocka_unit_test(test_render_takes_a_recording_of_open_end),
        cmocka_unit_test(test_render_rates_that_cannot_be),
        cmocka_unit_test(test_render_outputs_that_cannot_be),
        cmocka_unit_test(test_render_replaces_only_if_forced),
        cmocka_unit_test(test_render_leaves_nothing_when_room_ends),
        cmocka_unit_test(test_render_leaves_nothing_when_stopped),
        cmocka_unit_test(test_render_goes_on_if_a_signal_is_ignored),
    };
    return cmocka_run_group_tests(tests, tool_set_up, tool_tear_down);
}
