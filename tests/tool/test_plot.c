// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// loadline plot: pictures that are well-formed, true to the table, and written whole or not at all.
#include "tool.h"

#include <cairo.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { POINT_MAX = 400 };

// Of the themes' first two curves.
#define LIGHT_FIRST 0x0072b2u
#define DARK_FIRST  0x56b4e9u

static char text[TEXT_MAX];

// --- Formats ---

static void assert_well_formed(const char *path) {
    char command[300];
    snprintf(command, sizeof command,
             "python3 -c 'import sys, xml.etree.ElementTree as e; e.parse(sys.argv[1])' %s", path);
    if (system(command) != 0)
        fail_msg("%s is no XML", path);
}

struct image {
    cairo_surface_t *surface;
    int width, height;
};

static struct image read_png(const char *path) {
    cairo_surface_t *surface = cairo_image_surface_create_from_png(path);
    if (cairo_surface_status(surface) != CAIRO_STATUS_SUCCESS)
        fail_msg("%s is no PNG", path);
    return (struct image){surface, cairo_image_surface_get_width(surface),
                          cairo_image_surface_get_height(surface)};
}

static unsigned color_at(const struct image *image, int x, int y) {
    const unsigned char *data = cairo_image_surface_get_data(image->surface);
    uint32_t color;
    memcpy(&color, data + y * cairo_image_surface_get_stride(image->surface) + 4 * x, sizeof color);
    return color & 0xffffff;
}

static int count_color(const struct image *image, unsigned color) {
    int count = 0;
    for (int y = 0; y < image->height; y++)
        for (int x = 0; x < image->width; x++)
            count += color_at(image, x, y) == color;
    return count;
}

static void test_png(void **state) {
    (void)state;
    assert_code(RUN("plot", "plain.png"), DONE);
    assert_string_equal(said, "");
    assert_string_equal(complained, "");
    struct image image = read_png("plain.png");
    assert_int_equal(image.width, 960);
    assert_int_equal(image.height, 600);
    assert_int_equal(color_at(&image, 2, 2), 0xffffff);
    assert_true(count_color(&image, LIGHT_FIRST) > 500);
    cairo_surface_destroy(image.surface);
    assert_code(RUN("plot", "dark.png", "--theme", "dark", "--size", "1000x300"), DONE);
    image = read_png("dark.png");
    assert_int_equal(image.width, 1000);
    assert_int_equal(image.height, 300);
    assert_int_equal(color_at(&image, 2, 2), 0x15181d);
    assert_true(count_color(&image, DARK_FIRST) > 200);
    assert_int_equal(count_color(&image, LIGHT_FIRST), 0);
    cairo_surface_destroy(image.surface);
}

static void test_pdf(void **state) {
    (void)state;
    assert_code(RUN("plot", "plain.PDF"), DONE);
    read_text("plain.PDF", text);
    assert_int_equal(strncmp(text, "%PDF-1.", 7), 0);
    struct stat status;
    assert_int_equal(stat("plain.PDF", &status), 0);
    assert_memory_equal(text + status.st_size - 6, "%%EOF\n", 6);
}

// What is drawn is also there as text.
static void test_svg_has_its_labels(void **state) {
    (void)state;
    assert_code(RUN("plot", "labels.svg", "--what", "crosstalk", "--title", "Fish & <chips>",
                    "--set", "gain=3", "--curve", "A \"quoted\" label: topology=0", "--curve",
                    "headphone=Grado SR60x; output_impedance=10", "--curve",
                    "preset=sr60x-120-ohm"),
                DONE);
    assert_string_equal(complained, "");
    assert_well_formed("labels.svg");
    read_text("labels.svg", text);
    assert_says(text, "<title>Fish &#38; &#60;chips&#62;</title>");
    assert_says(text, "Crosstalk (dB) over Frequency (Hz)");
    assert_says(text, "\nA \"quoted\" label\n");
    assert_says(text, "\nGrado SR60x, Output impedance 10 Ω\n");
    assert_says(text, "\nSR60x from 120 ohm\n");
    assert_says(text, "loadline ");
    assert_says(text, "gain=3");
}

static void test_same_picture_same_file(void **state) {
    (void)state;
    static const char *const files[][2] = {
        {"a.svg", "b.svg"}, {"a.png", "b.png"}, {"a.pdf", "b.pdf"}};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        assert_code(RUN("plot", files[i][0]), DONE);
        assert_code(RUN("plot", files[i][1]), DONE);
    }
    sleep(1); // a time stamp would show
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        assert_code(RUN("plot", files[i][1], "--force"), DONE);
        assert_same_bytes(files[i][0], files[i][1]);
    }
}

static void test_every_quantity(void **state) {
    (void)state;
    static const char *const quantities[] = {"response", "impedance",  "crosstalk",
                                             "cmrr",     "distortion", "noise"};
    static const char *const themes[] = {"light", "dark"};
    for (size_t i = 0; i < sizeof quantities / sizeof *quantities; i++) {
        for (size_t k = 0; k < sizeof themes / sizeof *themes; k++) {
            assert_code(RUN("plot", "each.svg", "--force", "--what", quantities[i], "--theme",
                            themes[k], "--set", "stage_noise=10; second_harmonic=-60"),
                        DONE);
            assert_string_equal(complained, "");
            assert_well_formed("each.svg");
        }
    }
}

// --- Truth ---

struct path {
    double x[POINT_MAX], y[POINT_MAX];
    size_t count;
};

static void parse_path(const char *data, struct path *path) {
    *path = (struct path){0};
    char kind;
    int end;
    double x, y;
    while (path->count < POINT_MAX && sscanf(data, " %c %lf %lf%n", &kind, &x, &y, &end) == 3) {
        path->x[path->count] = x;
        path->y[path->count++] = y;
        data += end;
    }
}

static bool is_color(double percent, unsigned color, int shift) {
    return fabs(percent - (color >> shift & 0xff) / 2.55) < 0.01;
}

// The path of most points in a color is the curve; the legend has one of two.
static struct path longest_path(const char *svg, unsigned color) {
    struct path longest = {0};
    for (const char *at = svg; (at = strstr(at, "stroke:rgb(")); at++) {
        double red, green, blue;
        struct path path;
        const char *data = strstr(at, " d=\"");
        if (sscanf(at, "stroke:rgb(%lf%%,%lf%%,%lf%%)", &red, &green, &blue) != 3 || !data ||
            !is_color(red, color, 16) || !is_color(green, color, 8) || !is_color(blue, color, 0))
            continue;
        parse_path(data + 4, &path);
        if (path.count > longest.count)
            longest = path;
    }
    return longest;
}

// That one is a straight function of the other, to within half a pixel.
static void assert_straight(const double *pixels, const double *values, size_t count) {
    size_t least = 0, greatest = 0;
    for (size_t i = 0; i < count; i++) {
        least = values[i] < values[least] ? i : least;
        greatest = values[i] > values[greatest] ? i : greatest;
    }
    const double slope = (pixels[greatest] - pixels[least]) / (values[greatest] - values[least]);
    assert_true(fabs(pixels[greatest] - pixels[least]) > 100.0);
    for (size_t i = 0; i < count; i++) {
        const double expected = pixels[least] + slope * (values[i] - values[least]);
        if (!(fabs(pixels[i] - expected) < 0.5))
            fail_msg("point %zu is at %g, not %g", i, pixels[i], expected);
    }
}

// Points on a straight line between others are left out of a path: which row a point is.
static size_t row_of(const struct path *path, size_t point, size_t rows) {
    const double part = (path->x[point] - path->x[0]) / (path->x[path->count - 1] - path->x[0]);
    return (size_t)lround(part * (double)(rows - 1));
}

static void test_curves_are_true_to_the_table(void **state) {
    (void)state;
    static const char settings[] = "headphone=Grado SR60x; output_impedance=10; shared_length=1; "
                                   "line_type=3; line_length=10";
    static const struct {
        const char *what, *column;
    } cases[] = {
        {"response", "level_db"},
        {"crosstalk", "crosstalk_db"},
        {"cmrr", "cmrr_db"},
        {"impedance", "load_impedance_ohm"},
    };
    double hz[POINT_MAX], values[POINT_MAX], picked_hz[POINT_MAX], picked[POINT_MAX];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_code(RUN("response", "--set", settings), DONE);
        const size_t count = said_column("frequency_hz", hz, POINT_MAX);
        said_column(cases[i].column, values, POINT_MAX);
        assert_code(RUN("plot", "truth.svg", "--force", "--what", cases[i].what, "--set", settings),
                    DONE);
        read_text("truth.svg", text);
        const struct path path = longest_path(text, LIGHT_FIRST);
        assert_true(path.count > count / 2);
        for (size_t k = 0; k < path.count; k++) {
            const size_t row = row_of(&path, k, count);
            picked_hz[k] = log(hz[row]);
            picked[k] = values[row];
        }
        assert_straight(path.x, picked_hz, path.count);
        assert_straight(path.y, picked, path.count);
    }
}

// Of the running plugin: THD+N in dB over the logarithm of the voltage.
static void test_measured_curves_are_true_to_the_table(void **state) {
    (void)state;
    static const char settings[] = "stage_noise=100; second_harmonic=-60; rail=12";
    double volt[POINT_MAX], percent[POINT_MAX], picked_v[POINT_MAX], picked[POINT_MAX];
    assert_code(RUN("measure", "--what", "distortion", "--points", "12", "--set", settings), DONE);
    const size_t count = said_column("driver_v_rms", volt, POINT_MAX);
    said_column("thd_n_percent", percent, POINT_MAX);
    assert_code(RUN("plot", "thd.svg", "--what", "distortion", "--points", "12", "--set", settings),
                DONE);
    read_text("thd.svg", text);
    const struct path path = longest_path(text, LIGHT_FIRST);
    assert_true(path.count > count / 2);
    for (size_t i = 0; i < path.count; i++) {
        const size_t row = row_of(&path, i, count);
        picked_v[i] = log(volt[row]);
        picked[i] = log(percent[row]);
    }
    assert_straight(path.x, picked_v, path.count);
    assert_straight(path.y, picked, path.count);
    assert_says(text, "2nd harmonic");
}

static void test_noise_legend_has_the_totals(void **state) {
    (void)state;
    double total_uv[POINT_MAX], dba[POINT_MAX];
    assert_code(RUN("measure", "--what", "noise", "--set", "stage_noise=100"), DONE);
    const size_t count = said_column("total_uv", total_uv, POINT_MAX);
    said_column("total_dba", dba, POINT_MAX);
    char expected[200];
    snprintf(expected, sizeof expected, "Loud: %.3g µV, A-weighted ", total_uv[count - 1]);
    assert_code(RUN("plot", "noise.svg", "--what", "noise", "--curve", "Loud: stage_noise=100",
                    "--curve", "Quiet:"),
                DONE);
    read_text("noise.svg", text);
    assert_says(text, expected);
    snprintf(expected, sizeof expected, " µV, %.1f dBA", dba[count - 1]);
    assert_says(text, expected);
    assert_says(text, "Quiet: silent");
}

// The measured response lies on the computed one.
static void test_measured_is_as_computed(void **state) {
    (void)state;
    struct path paths[2];
    static const char settings[] = "headphone=Grado SR60x; output_impedance=10";
    assert_code(RUN("plot", "computed.svg", "--set", settings), DONE);
    read_text("computed.svg", text);
    assert_says(text, "computed from the circuit");
    paths[0] = longest_path(text, LIGHT_FIRST);
    assert_code(RUN("plot", "measured.svg", "--measured", "--rate", "96000", "--set", settings),
                DONE);
    read_text("measured.svg", text);
    assert_says(text, "measured on the running plugin at 96 kHz");
    paths[1] = longest_path(text, LIGHT_FIRST);
    for (size_t i = 0, k = 0; i < paths[0].count; i++) {
        while (k < paths[1].count && paths[1].x[k] < paths[0].x[i] - 1e-3)
            k++;
        assert_true(k < paths[1].count);
        if (fabs(paths[1].x[k] - paths[0].x[i]) < 1e-3)
            assert_true(fabs(paths[0].y[i] - paths[1].y[k]) < 1.5); // 0.01 dB
    }
}

// --- Extremes ---

// A line must be drawn for each curve, whatever its label, and nothing must run out of the page.
static void test_long_labels_and_many_curves(void **state) {
    (void)state;
    char label[3000];
    memset(label, 'W', sizeof label);
    memcpy(label + sizeof label - 20, ":output_impedance=1", 20);
    assert_code(RUN("plot", "many.png", "--title", label, "--curve", label, "--curve", label,
                    "--curve", label, "--curve", label, "--curve", label, "--curve", label,
                    "--curve", label, "--curve", label, "--size", "400x300"),
                DONE);
    const struct image image = read_png("many.png");
    for (int y = 0; y < image.height; y++)
        for (int x = 0; x < 5; x++) {
            assert_int_equal(color_at(&image, x, y), 0xffffff);
            assert_int_equal(color_at(&image, image.width - 1 - x, y), 0xffffff);
        }
    cairo_surface_destroy(image.surface);
}

// What is too long to be drawn is written in the description and the footnote all the same.
static void test_long_texts_are_checked_to_their_end(void **state) {
    (void)state;
    static const char *const outputs[] = {"long.svg", "long.png", "long.pdf"};
    char wrong[3100], right[3100];
    memset(wrong, 'W', 3000);
    memcpy(right, wrong, 3000);
    memcpy(wrong + 3000, "\xe9: gain=1", sizeof "\xe9: gain=1");
    memcpy(right + 3000, "é\x0c\x1b\x7f: gain=1", sizeof "é\x0c\x1b\x7f: gain=1");
    const size_t before = file_count();
    for (size_t i = 0; i < sizeof outputs / sizeof *outputs; i++) {
        assert_code(RUN("plot", outputs[i], "--title", wrong), WRONG_USAGE);
        assert_complaint("--title: no letter begins at byte 3001 ", "UTF-8");
        assert_code(RUN("plot", outputs[i], "--curve", wrong), WRONG_USAGE);
        assert_complaint("--curve: no letter begins at byte 3001 ", "UTF-8");
        assert_int_equal(file_count(), before);
    }
    assert_code(RUN("plot", "long.svg", "--title", right, "--curve", right, "--curve", "gain=2"),
                DONE);
    assert_string_equal(complained, "");
    assert_well_formed("long.svg");
    read_text("long.svg", text);
    assert_says(text, "WWWé");
}

// There is a picture of nothing, too, which says so.
static void test_what_is_out_of_sight_is_named(void **state) {
    (void)state;
    assert_code(RUN("plot", "none.svg", "--what", "crosstalk", "--set", "topology=1"), DONE);
    read_text("none.svg", text);
    assert_int_equal(longest_path(text, LIGHT_FIRST).count, 0);
    assert_says(text, "(below −140 dB)");
    assert_code(RUN("plot", "silent.png", "--what", "noise"), DONE);
    const struct image image = read_png("silent.png");
    assert_true(count_color(&image, LIGHT_FIRST) < 200); // the legend's
    cairo_surface_destroy(image.surface);
}

// --- Errors ---

static void test_wrong_usage(void **state) {
    (void)state;
    static const struct {
        const char *arguments[8];
        const char *first, *second;
    } cases[] = {
        {{"plot"}, "OUT", ".svg"},
        {{"plot", "wrong.svg", "b.svg"}, "b.svg", "OUT"},
        {{"plot", "a.gif"}, "a.gif", ".png"},
        {{"plot", "svg"}, "svg", ".png"},
        {{"plot", "wrong.svg", "--what", "nose"}, "'nose'", "'noise'"},
        {{"plot", "wrong.svg", "--theme", "blue"}, "'blue'", "dark"},
        {{"plot", "wrong.svg", "--size", "960"}, "'960'", "960x600"},
        {{"plot", "wrong.svg", "--size", "960x600x"}, "'960x600x'", "960x600"},
        {{"plot", "wrong.svg", "--size", "100x600"}, "'100x600'", "300 to 8000"},
        {{"plot", "wrong.svg", "--size", "99999x99999"}, "'99999x99999'", "300 to 8000"},
        {{"plot", "wrong.svg", "--size", "-960x600"}, "'-960x600'", "300 to 8000"},
        {{"plot", "wrong.svg", "--curve", "x: gian=3"}, "--curve: ", "'gain'"},
        {{"plot", "wrong.svg", "--curve", "x: gain=99"}, "--curve: ", "-40 to 40"},
        {{"plot", "wrong.svg", "--curve", "x: preset=sr60x-10-ohms"},
         "--curve: ",
         "'sr60x-10-ohm'"},
        {{"plot", "wrong.svg", "--title", "caf\xe9"},
         "UTF-8",
         "--title: no letter begins at byte 4 "},
        {{"plot", "wrong.svg", "--title", "a\xef\xbf\xbf"},
         "UTF-8",
         "--title: no letter begins at byte 2 "},
        {{"plot", "wrong.svg", "--curve", "caf\xe9: gain=1", "--curve", "x: gain=2"},
         "UTF-8",
         "--curve: no letter begins at byte 4 "},
        {{"plot", "wrong.svg", "--measured", "--what", "impedance"}, "--measured", "impedance"},
        {{"plot", "wrong.svg", "--measured", "--set", "crossover=10"}, "crossover", "10 mV"},
    };
    const size_t before = file_count();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_code(tool_run(cases[i].arguments), WRONG_USAGE);
        assert_complaint(cases[i].first, cases[i].second);
        assert_string_equal(said, "");
    }
    assert_code(RUN("plot", "wrong.svg", "--curve", "a:", "--curve", "b:", "--curve",
                    "c:", "--curve", "d:", "--curve", "e:", "--curve", "f:", "--curve",
                    "g:", "--curve", "h:", "--curve", "i:"),
                WRONG_USAGE);
    assert_complaint("--curve", "8");
    assert_int_equal(file_count(), before);
}

// A curve's own device sets a common value: that is said once.
static void test_overruled_settings_are_noted_once(void **state) {
    (void)state;
    assert_code(RUN("plot", "noted.svg", "--set", "rail=5", "--curve", "a: gain=1", "--curve",
                    "b: amplifier=JDS Labs O2", "--curve", "c: gain=2"),
                DONE);
    assert_complaint("rail=5", "named device");
    assert_code(RUN("plot", "noted.svg", "--force", "--set", "rail=5;amplifier=JDS Labs O2",
                    "--curve", "a: gain=1", "--curve", "c: gain=2"),
                DONE);
    assert_complaint("rail=5", "named device");
}

static void test_outputs_that_cannot_be(void **state) {
    (void)state;
    mkdir("folder.svg", 0700);
    write_text("file", "");
    const size_t before = file_count();
    assert_code(RUN("plot", "nowhere/out.svg"), FAILED);
    assert_complaint("nowhere/out.svg", "directory");
    assert_code(RUN("plot", "file/out.png"), FAILED);
    assert_complaint("file/out.png", "directory");
    assert_code(RUN("plot", "/proc/out.pdf"), FAILED);
    assert_complaint("/proc/out.pdf", "directory");
    assert_code(RUN("plot", "folder.svg", "--force"), FAILED);
    assert_complaint("folder.svg", "regular");
    assert_int_equal(file_count(), before);
}

static void test_replaces_only_if_forced(void **state) {
    (void)state;
    write_text("precious.svg", "precious");
    assert_code(RUN("plot", "precious.svg"), FAILED);
    assert_complaint("precious.svg", "--force");
    read_text("precious.svg", text);
    assert_string_equal(text, "precious");
    assert_code(RUN("plot", "precious.svg", "--force"), DONE);
    assert_well_formed("precious.svg");
    struct stat status;
    assert_int_equal(stat("precious.svg", &status), 0);
    assert_int_equal(status.st_mode & 0777, 0666 & ~022);
}

static void test_leaves_nothing_when_room_ends(void **state) {
    (void)state;
    static const char *const outputs[] = {"big.svg", "big.png", "big.pdf"};
    const size_t before = file_count();
    struct rlimit old;
    getrlimit(RLIMIT_FSIZE, &old);
    for (size_t i = 0; i < sizeof outputs / sizeof *outputs; i++) {
        const struct rlimit small = {5000, old.rlim_max};
        setrlimit(RLIMIT_FSIZE, &small);
        const pid_t child =
            tool_start((const char *const[]){"plot", outputs[i], NULL}, "stdout.txt");
        setrlimit(RLIMIT_FSIZE, &old);
        assert_code(tool_wait(child), FAILED);
        assert_complaint(outputs[i], "File too large");
        assert_int_equal(file_count(), before);
    }
}

// Until the hidden file is there.
static void await_hidden(int watch) {
    _Alignas(struct inotify_event) char events[4096];
    for (;;) {
        const ssize_t size = read(watch, events, sizeof events);
        assert_true(size > 0);
        for (ssize_t i = 0; i < size;) {
            const struct inotify_event *event = (const struct inotify_event *)(events + i);
            if (event->len > 0 && strncmp(event->name, ".stopped", 8) == 0)
                return;
            i += (ssize_t)(sizeof *event + event->len);
        }
    }
}

// It is there for a moment only, until the disk has it: whoever is told of it at once can stop the
// process then.
static bool stop_while_writing(const char *out, int signal) {
    const int watch = inotify_init1(IN_CLOEXEC);
    assert_true(watch >= 0);
    assert_true(inotify_add_watch(watch, ".", IN_CREATE) >= 0);
    const pid_t child =
        tool_start((const char *const[]){"plot", out, "--force", NULL}, "stdout.txt");
    await_hidden(watch);
    kill(child, signal);
    close(watch);
    const int code = tool_wait(child);
    if (code != DONE)
        assert_int_equal(code, 128 + signal);
    return code != DONE;
}

static void test_leaves_nothing_when_stopped(void **state) {
    (void)state;
    static const int signals[] = {SIGINT, SIGHUP, SIGQUIT, SIGTERM};
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}); // which one of them writes
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        bool stopped = false;
        for (int attempt = 0; attempt < 20 && !stopped; attempt++) {
            write_text("stopped.png", "precious");
            const size_t before = file_count();
            stopped = stop_while_writing("stopped.png", signals[i]);
            assert_int_equal(file_count(), before);
        }
        assert_true(stopped);
        read_text("stopped.png", text);
        assert_string_equal(text, "precious");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_png),
        cmocka_unit_test(test_pdf),
        cmocka_unit_test(test_svg_has_its_labels),
        cmocka_unit_test(test_same_picture_same_file),
        cmocka_unit_test(test_every_quantity),
        cmocka_unit_test(test_curves_are_true_to_the_table),
        cmocka_unit_test(test_measured_curves_are_true_to_the_table),
        cmocka_unit_test(test_noise_legend_has_the_totals),
        cmocka_unit_test(test_measured_is_as_computed),
        cmocka_unit_test(test_long_labels_and_many_curves),
        cmocka_unit_test(test_long_texts_are_checked_to_their_end),
        cmocka_unit_test(test_what_is_out_of_sight_is_named),
        cmocka_unit_test(test_wrong_usage),
        cmocka_unit_test(test_overruled_settings_are_noted_once),
        cmocka_unit_test(test_outputs_that_cannot_be),
        cmocka_unit_test(test_replaces_only_if_forced),
        cmocka_unit_test(test_leaves_nothing_when_room_ends),
        cmocka_unit_test(test_leaves_nothing_when_stopped),
    };
    return cmocka_run_group_tests(tests, tool_set_up, tool_tear_down);
}
