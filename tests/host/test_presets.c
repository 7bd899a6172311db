// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// What the comments of the presets promise: each preset of the bundle in the running plugin, and
// the figures that its comment quotes.
#include "devices.h"
#include "figure.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SHARE 0.005 // of a figure that is quoted to more digits than anybody reads

enum { SHOWS_MAX = 512 };

struct claim {
    char figure[32];
    char relation; // '=', '<' or '>'
    double value, tolerance;
};

// "response_deviation=1.2": within half of the last digit that is written.
static struct claim read_claim(const char *text) {
    struct claim claim;
    char number[32];
    if (sscanf(text, " %31[a-z0-9_]%c%31[-0-9.]", claim.figure, &claim.relation, number) != 3)
        fail_msg("shows: \"%s\"", text);
    const char *point = strchr(number, '.');
    const double last_digit = point ? pow(10.0, -(double)strlen(point + 1)) : 1.0;
    claim.value = strtod(number, NULL);
    claim.tolerance = fmax(0.5 * last_digit, SHARE * fabs(claim.value)) + 1e-9;
    return claim;
}

static bool holds(const struct claim *claim, double measured) {
    switch (claim->relation) {
    case '<':
        return measured < claim->value;
    case '>':
        return measured > claim->value;
    default:
        return fabs(measured - claim->value) <= claim->tolerance;
    }
}

static unsigned check(struct plugin_host *host, const struct preset *preset) {
    char shows[SHOWS_MAX];
    unsigned wrong = 0;
    snprintf(shows, sizeof shows, "%s", preset->shows);
    char *rest = NULL;
    for (char *next = strtok_r(shows, ";", &rest); next; next = strtok_r(NULL, ";", &rest)) {
        const struct claim claim = read_claim(next);
        const double measured = figure_measure(host, claim.figure);
        const bool right = holds(&claim, measured);
        print_message("%-5s %-34s %-20s %10.5g, quoted %c %g%s\n", preset->plugin, preset->slug,
                      claim.figure, measured, claim.relation, claim.value, right ? "" : "   WRONG");
        wrong += right ? 0 : 1;
    }
    return wrong;
}

static void comments_quote_what_is_measured(void **state) {
    (void)state;
    unsigned wrong = 0;
    unsigned quoting = 0;
    for (unsigned i = 0; i < preset_count; i++) {
        if (presets[i].shows[0] == '\0')
            continue;
        struct plugin_host *host = figure_open_preset(presets[i].plugin, presets[i].slug);
        wrong += check(host, &presets[i]);
        quoting++;
        plugin_host_close(host);
    }
    assert_true(quoting > 0);
    assert_int_equal(wrong, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comments_quote_what_is_measured),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
