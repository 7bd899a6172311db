// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "audibility.h"

#include <math.h>

const struct audible_range audible_ranges[AUDIBLE_FIGURES] = {
    [AUDIBLE_NOISE] =
        {
            .name = "hiss and hum",
            .unit = "dBA",
            .from = {[MARGINAL] = 10, [AUDIBLE] = 20, [OBVIOUS] = 35},
            .word = {"not known", "inaudible", "only in a very quiet room", "audible", "obvious"},
            .source = "quiet rooms measure 32 to 37 dBA, studios NC-15 to NC-20 (Tom's Hardware, "
                      "Head-Fi); below 10 dBA nothing is heard",
        },
    [AUDIBLE_DEVIATION] =
        {
            .name = "response deviation",
            .unit = "dB",
            .from = {[MARGINAL] = 0.2, [AUDIBLE] = 0.5, [OBVIOUS] = 3},
            .word = {"not known", "inaudible", "marginal", "audible in comparison", "obvious"},
            .source = "0.3 to 0.5 dB over several octaves can be told in direct comparison "
                      "(AudioScienceReview, Blumlein 88); 0.2 dB is taken as safe",
        },
    [AUDIBLE_CROSSTALK] =
        {
            .name = "crosstalk",
            .unit = "dB",
            .from = {[MARGINAL] = -60, [AUDIBLE] = -45, [OBVIOUS] = -30},
            .word = {"not known", "inaudible", "only on hard-panned sounds",
                     "a slight change of the image", "obvious"},
            .source = "heard at -40 to -50 dB on hard-panned material (Sound On Sound letters); "
                      "16 dB still make a stereo image (2-channel stereophony study)",
        },
};

enum audibility audibility_of(enum audible_figure figure, double value) {
    if (isnan(value))
        return AUDIBILITY_UNKNOWN;
    enum audibility result = INAUDIBLE;
    for (enum audibility a = MARGINAL; a <= OBVIOUS; a++)
        if (value >= audible_ranges[figure].from[a])
            result = a;
    return result;
}

const char *audibility_word(enum audible_figure figure, enum audibility audibility) {
    return audible_ranges[figure].word[audibility];
}
