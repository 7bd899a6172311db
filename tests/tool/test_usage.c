// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// What holds for every command: help, wrong usage, and where output goes.
#include "tool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_help(void **state) {
    (void)state;
    static const char *const commands[] = {"render",  "response", "measure", "plot",
                                           "netlist", "advise",   "list"};
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
    assert_code(tool_run((const char *const[ARGUMENT_MAX]){NULL}), WRONG_USAGE);
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
    assert_code(RUN("render", "a.wav", "b.wav", "--plugin", "abx"), WRONG_USAGE);
    assert_complaint("'abx'", "host");
    assert_code(RUN("measure", "--plugin", "abx"), WRONG_USAGE);
    assert_complaint("'abx'", "host");
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
    assert_code(RUN("measure", "--hz", "10001"), WRONG_USAGE);
    assert_complaint("--hz", "20 to 10000");
    assert_code(RUN("measure", "--what", "nois"), WRONG_USAGE);
    assert_complaint("'nois'", "'noise'");
    assert_code(RUN("measure", "--what", "impedance"), WRONG_USAGE);
    assert_complaint("impedance", "loadline response");
    assert_code(RUN("response", "gain=3"), WRONG_USAGE);
    assert_complaint("'gain=3'", "--set");
}

// What argp itself would refuse in several lines.
static void test_options_that_cannot_be(void **state) {
    (void)state;
    static const struct {
        const char *arguments[5];
        const char *first, *second;
    } cases[] = {
        {{"--no-such-option"}, "'--no-such-option'", "'loadline --help'"},
        {{"-x", "list"}, "'-x'", "'loadline --help'"},
        {{"response", "--no-such-option"}, "'--no-such-option'", "'loadline response --help'"},
        {{"response", "--pionts=3"}, "'--pionts'", "'--points'"},
        {{"response", "--p", "2"}, "'--p'", "'--points' or '--plugin'"},
        {{"response", "--points"}, "'--points'", "COUNT"},
        {{"response", "--point"}, "'--point'", "COUNT"},
        {{"response", "-n"}, "'-n'", "COUNT"},
        {{"response", "-n", "2", "-Z"}, "'-Z'", "'loadline response --help'"},
        {{"response", "--", "--points"}, "'--points'", "--set"},
        {{"list", "--version=3"}, "'--version'", "'=3'"},
        {{"plot", "x.svg", "-fZ"}, "'-Z'", "'loadline plot --help'"},
        {{"plot", "x.svg", "-fw"}, "'-fw'", "response|"},
        {{"render", "--force=yes"}, "'--force'", "'=yes'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_code(tool_run(cases[i].arguments), WRONG_USAGE);
        assert_complaint(cases[i].first, cases[i].second);
        assert_string_equal(said, "");
    }
}

// The same that argp takes: abbreviated, together, values in the same word, in any order.
static void test_options_that_can_be(void **state) {
    (void)state;
    static const char *const cases[][6] = {
        {"response", "--poi=2", "-fjson"},
        {"response", "-n", "2", "--format=csv", "--"},
        {"plot", "-f", "dashes.svg", "--title", "--no-such-option"}, // a value
        {"list", "devices", "--form", "csv"},
        {"list", "--format", "csv", "--", "devices"},
        {"list", "--no-such-option", "--usage"},
        {"list", "--usage", "--no-such-option"},
        {"-?"},
        {"--vers"},
    };
    static const int codes[] = {DONE, DONE, DONE, DONE, DONE, WRONG_USAGE, DONE, DONE, DONE};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_code(tool_run(cases[i]), codes[i]);
}

// Nothing in a text of the user's starts a line or reaches the terminal as more than letters.
static void test_refusals_are_one_line(void **state) {
    (void)state;
    static const struct {
        const char *text, *shown;
    } cases[] = {
        {"de\nvice", "'de\\nvice'"},
        {"de\tvice", "'de\\tvice'"},
        {"\x1b[31mred", "'\\x1b[31mred'"},
        {"bell\r\x07\x7f", "'bell\\x0d\\x07\\x7f'"},
        {"\xc2\x9b\xc2\x85", "'\\xc2\\x9b\\xc2\\x85'"}, // the other control characters
        {"\xe2\x80\xa8", "'\\xe2\\x80\\xa8'"},          // a line separator
        {"caf\xe9 \xc0\xaf", "'caf\\xe9 \\xc0\\xaf'"},  // no UTF-8
        {"\xed\xa0\x80\xf4\x90\x80\x80", "'\\xed\\xa0\\x80\\xf4\\x90\\x80\\x80'"},
        {"é中🎧", "'é中🎧'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_code(RUN("list", cases[i].text), WRONG_USAGE);
        assert_complaint(cases[i].shown, "no list");
        assert_code(RUN(cases[i].text), WRONG_USAGE);
        assert_complaint(cases[i].shown, "no command");
        assert_code(RUN("render", cases[i].text, "never.wav"), FAILED);
        assert_int_equal(line_count(complained), 1);
        assert_code(RUN("response", "--set", cases[i].text), WRONG_USAGE);
        assert_complaint(cases[i].shown, "symbol=value");
    }
    assert_code(RUN("response", "--no\nsuch"), WRONG_USAGE);
    assert_complaint("'--no\\nsuch'", "--help");
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
        {"line=Topping E50, TSR", "'Topping E50, TSR'", "'Topping E50, TRS'"},
        {"line=Nobody's", "Nobody's", "loadline list"},
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
             tool_path());
    assert_int_equal(system(command), 0);
    read_text("code.txt", said);
    read_text("err.txt", complained);
    assert_string_equal(said, "1\n");
    assert_string_equal(complained, "");
}

// Short for every command, so that it is written as a whole at the end; --help is written
// elsewhere.
static const char *const talkative[][ARGUMENT_MAX] = {
    {"--help"},
    {"--version"},
    {"list"},
    {"list", "presets", "--format", "csv"},
    {"list", "symbols", "--format", "json"},
    {"response", "--points", "2"},
    {"response", "--points", "2", "--format", "json"},
    {"measure", "--points", "2"},
    {"netlist"},
    {"netlist", "--analysis", "tran"},
    {"advise", "--headphone", "Sennheiser HD 600", "--amplifier", "JDS Labs O2"},
    {"advise", "--headphone", "Sennheiser HD 600", "--amplifier", "JDS Labs O2", "--format",
     "json"},
    {"render", "in.wav", "out.wav", "--force"},
    {"render", "--help"},
    {"plot", "--help"},
};

// A second of silence, as any tool can write it.
static void make_silence(const char *path) {
    static const char header[] = "RIFF\xa4\xbb\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x80\xbb\0\0"
                                 "\x80\xbb\0\0\1\0\x08\0data\x80\xbb\0";
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(header, 1, sizeof header, file), 44);
    for (int i = 0; i < 48000; i++)
        fputc(0x80, file);
    fclose(file);
}

static void test_output_without_room(void **state) {
    (void)state;
    make_silence("in.wav");
    for (size_t i = 0; i < sizeof talkative / sizeof *talkative; i++) {
        assert_code(tool_wait(tool_start(talkative[i], "/dev/full")), FAILED);
        assert_complaint("standard output", "No space left");
    }
    assert_code(tool_wait(tool_start((const char *const[]){"plot", "x.svg", NULL}, "/dev/full")),
                DONE); // it says nothing
}

static void test_output_that_nobody_reads_at_all(void **state) {
    (void)state;
    make_silence("in.wav");
    for (size_t i = 0; i < sizeof talkative / sizeof *talkative; i++) {
        assert_code(tool_wait(tool_start_unread(talkative[i])), FAILED);
        assert_string_equal(complained, "");
    }
}

static void test_no_bundle(void **state) {
    (void)state;
    const char *given = getenv("LV2_PATH");
    char *path = strdup(given ? given : "");
    assert_non_null(path);
    setenv("LV2_PATH", tool_directory(), 1);
    assert_code(RUN("measure"), FAILED);
    assert_complaint("loadline.lv2", "LV2_PATH");
    setenv("LV2_PATH", path, 1);
    free(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_help),
        cmocka_unit_test(test_version),
        cmocka_unit_test(test_wrong_usage),
        cmocka_unit_test(test_options_that_cannot_be),
        cmocka_unit_test(test_options_that_can_be),
        cmocka_unit_test(test_refusals_are_one_line),
        cmocka_unit_test(test_settings_that_cannot_be),
        cmocka_unit_test(test_long_settings_are_refused),
        cmocka_unit_test(test_overruled_settings_are_noted),
        cmocka_unit_test(test_output_that_nobody_reads),
        cmocka_unit_test(test_output_without_room),
        cmocka_unit_test(test_output_that_nobody_reads_at_all),
        cmocka_unit_test(test_no_bundle),
    };
    return cmocka_run_group_tests(tests, tool_set_up, tool_tear_down);
}
