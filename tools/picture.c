// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#define _POSIX_C_SOURCE 200809L // open_memstream
#include "picture.h"

#include "output_file.h"
#include "report.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define POINTS_PER_PIXEL 0.75

static cairo_status_t append(void *closure, const unsigned char *data, unsigned count) {
    return fwrite(data, 1, count, closure) == count ? CAIRO_STATUS_SUCCESS
                                                    : CAIRO_STATUS_WRITE_ERROR;
}

// --- Formats ---

struct page {
    const struct chart *chart;
    const struct theme *theme;
    double width, height;
};

// Draws, and closes the surface.
static cairo_status_t draw(cairo_surface_t *surface, const struct page *page, FILE *png) {
    cairo_t *cr = cairo_create(surface);
    chart_draw(page->chart, page->theme, cr, page->width, page->height);
    cairo_status_t status = cairo_status(cr);
    cairo_destroy(cr);
    if (status == CAIRO_STATUS_SUCCESS && png)
        status = cairo_surface_write_to_png_stream(surface, append, png);
    cairo_surface_finish(surface);
    if (status == CAIRO_STATUS_SUCCESS)
        status = cairo_surface_status(surface);
    cairo_surface_destroy(surface);
    return status;
}

static void print_escaped(FILE *file, const char *text) {
    for (; *text != '\0'; text++) {
        const char c = (unsigned char)*text < ' ' ? ' ' : *text;
        if (strchr("<>&", c))
            fprintf(file, "&#%d;", c);
        else
            fputc(c, file);
    }
}

// Letters are drawn as outlines, so that they look the same everywhere; this is for those who
// search, and for those who have it read to them.
static void print_description(FILE *file, const struct chart *chart) {
    fputs("\n<title>", file);
    print_escaped(file, chart->title);
    fputs("</title>\n<desc>", file);
    print_escaped(file, chart->y.rule->title);
    fputs(" over ", file);
    print_escaped(file, chart->x.rule->title);
    for (size_t i = 0; i < chart->curve_count; i++) {
        const struct chart_curve *curve = &chart->curves[i];
        char remark[CHART_REMARK_MAX];
        chart_remark(chart, curve, remark);
        fputs("\n", file);
        print_escaped(file, curve->label ? curve->label : "");
        print_escaped(file, remark);
    }
    fputs("\n", file);
    print_escaped(file, chart->footnote);
    fputs("</desc>", file);
}

// The description comes first within the element svg.
static void print_described(FILE *file, const char *svg, const struct chart *chart) {
    const char *element = strstr(svg, "<svg");
    const char *content = element ? strchr(element, '>') : NULL;
    const size_t head = content ? (size_t)(content + 1 - svg) : 0;
    fwrite(svg, 1, head, file);
    if (content)
        print_description(file, chart);
    fputs(svg + head, file);
}

static cairo_status_t draw_svg(const struct page *page, FILE *file) {
    char *svg = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&svg, &size);
    if (!memory)
        return CAIRO_STATUS_NO_MEMORY;
    cairo_surface_t *surface =
        cairo_svg_surface_create_for_stream(append, memory, page->width, page->height);
    cairo_svg_surface_set_document_unit(surface, CAIRO_SVG_UNIT_PX);
    const cairo_status_t status = draw(surface, page, NULL);
    if (fclose(memory) == 0 && status == CAIRO_STATUS_SUCCESS)
        print_described(file, svg, page->chart);
    free(svg);
    return status;
}

static cairo_status_t draw_png(const struct page *page, FILE *file) {
    return draw(cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)page->width, (int)page->height),
                page, file);
}

static cairo_status_t draw_pdf(const struct page *page, FILE *file) {
    cairo_surface_t *surface = cairo_pdf_surface_create_for_stream(
        append, file, page->width * POINTS_PER_PIXEL, page->height * POINTS_PER_PIXEL);
    cairo_surface_set_device_scale(surface, POINTS_PER_PIXEL, POINTS_PER_PIXEL);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, page->chart->title);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_SUBJECT, page->chart->footnote);
    // The same picture gives the same file.
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, "");
    return draw(surface, page, NULL);
}

static const struct picture_format {
    const char *suffix;
    cairo_status_t (*draw)(const struct page *page, FILE *file);
} formats[] = {{".svg", draw_svg}, {".png", draw_png}, {".pdf", draw_pdf}};

const struct picture_format *picture_format_of(const char *path) {
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (strcasecmp(output_file_suffix(path), formats[i].suffix) == 0)
            return &formats[i];
    report_usage_error("%s: the suffix says no format; use .svg, .png or .pdf", path);
}

// --- Writing ---

static bool report_status(cairo_status_t status) {
    if (status != CAIRO_STATUS_SUCCESS)
        report_error("the picture cannot be drawn: %s; try another --size or format",
                     cairo_status_to_string(status));
    return status == CAIRO_STATUS_SUCCESS;
}

static bool write_all(const struct output_file *file, const char *data, size_t size) {
    while (size > 0) {
        errno = 0;
        const ssize_t written = write(output_file_descriptor(file), data, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0) {
            output_file_report(file, "could not be written");
            return false;
        }
        data += written;
        size -= (size_t)written;
    }
    return true;
}

static bool write_file(const char *path, bool force, const char *data, size_t size) {
    struct output_file *file = output_file_open(path, force);
    if (!file)
        return false;
    if (write_all(file, data, size))
        return output_file_commit(file);
    output_file_discard(file);
    return false;
}

bool picture_write(const struct chart *chart, const struct theme *theme, double width,
                   double height, const struct picture_format *format, const char *path,
                   bool force) {
    const struct page page = {chart, theme, width, height};
    char *data = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&data, &size);
    cairo_status_t status = memory ? format->draw(&page, memory) : CAIRO_STATUS_NO_MEMORY;
    if (memory && fclose(memory) != 0)
        status = CAIRO_STATUS_NO_MEMORY;
    const bool done = report_status(status) && write_file(path, force, data, size);
    free(data);
    return done;
}
