// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "number.h"

#include "report.h"

#include <math.h>
#include <stdlib.h>

double number_parse(const char *option, const char *text, double minimum, double maximum) {
    char *end = NULL;
    const double number = strtod(text, &end);
    if (end == text || *end != '\0')
        report_usage_error("%s is '%s'; use a number from %g to %g", option, text, minimum,
                           maximum);
    if (!(number >= minimum && number <= maximum))
        report_usage_error("%s is %s; it can be %g to %g", option, text, minimum, maximum);
    return number;
}

unsigned number_parse_whole(const char *option, const char *text, unsigned minimum,
                            unsigned maximum) {
    const double number = number_parse(option, text, minimum, maximum);
    if (number != floor(number))
        report_usage_error("%s is %s; use a whole number from %u to %u", option, text, minimum,
                           maximum);
    return (unsigned)number;
}
