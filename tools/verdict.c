// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "verdict.h"

#include "audibility.h"

#include <math.h>
#include <string.h>

#define EIGHTH          8.0  // an output below an eighth of the impedance costs 1 dB at worst
#define EXPOSURE_DBA    85.0 // for eight hours a day, and half as long for every 3 dB (NIOSH)
#define EXPOSURE_HOURS  8.0
#define EXPOSURE_STEP   3.0
#define EXPOSURE_SAYING 100.0

size_t verdict_model_length(const struct device *amplifier) {
    const char *comma = strrchr(amplifier->name, ',');
    return comma ? (size_t)(comma - amplifier->name) : strlen(amplifier->name);
}

static bool is_bridge(const struct advice *advice) {
    return advice->topology == TOPOLOGY_BRIDGE;
}

// The loudest output that is a bridge, or the loudest that is known to be none; NULL if there is
// none.
static const struct advice *loudest(const struct advice *outputs, size_t count, bool bridge) {
    const struct advice *best = NULL;
    for (size_t i = 0; i < count; i++) {
        const struct advice *advice = &outputs[i];
        if (advice->topology < 0 || is_bridge(advice) != bridge)
            continue;
        if (!best || isnan(best->max_spl_db) || advice->max_spl_db > best->max_spl_db)
            best = advice;
    }
    return best;
}

static const struct advice *with_separate_returns(const struct advice *outputs, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (outputs[i].topology == TOPOLOGY_SEPARATE_RETURNS)
            return &outputs[i];
    return NULL;
}

// --- Loudness ---

static void write_reach(FILE *file, const char *what, const struct advice *advice,
                        const struct question *question) {
    if (isnan(advice->max_spl_db))
        fprintf(file, "how loud %s gets is not known", what);
    else if (advice->headroom_db >= ADVICE_SPL_ERROR_DB)
        fprintf(file, "%s reaches %.0f dB, %.0f dB more than the %.0f dB asked for", what,
                advice->max_spl_db, advice->headroom_db, question->wanted_spl_db);
    else if (advice->headroom_db > -ADVICE_SPL_ERROR_DB)
        fprintf(file, "%s reaches %.0f dB, just about the %.0f dB asked for", what,
                advice->max_spl_db, question->wanted_spl_db);
    else
        fprintf(file, "%s stops at %.0f dB, %.0f dB short", what, advice->max_spl_db,
                -advice->headroom_db);
}

static void write_loudness(FILE *file, const struct question *question, const struct advice *single,
                           const struct advice *bridge) {
    if (single && !bridge) {
        fputs("Balanced is no choice here, this amplifier has no bridged output; ", file);
        write_reach(file, "single-ended", single, question);
    } else if (bridge && !single) {
        fputs("Only the bridged output is known; ", file);
        write_reach(file, "it", bridge, question);
    } else if (single->headroom_db >= ADVICE_SPL_ERROR_DB) {
        fputs("Balanced is not needed to be loud enough: ", file);
        write_reach(file, "single-ended", single, question);
    } else {
        const bool helps = bridge->max_spl_db > single->max_spl_db + 0.5;
        fputs(helps ? "Balanced helps to be loud enough: " : "Balanced does not help: ", file);
        write_reach(file, "single-ended", single, question);
        fputs(", ", file);
        write_reach(file, "balanced", bridge, question);
    }
    if (single && bridge && !isnan(bridge->max_spl_db - single->max_spl_db))
        fprintf(file, " (balanced: %+.1f dB)",
                round(10.0 * (bridge->max_spl_db - single->max_spl_db)) / 10.0 + 0.0);
    fputs(".\n", file);
}

// --- Sound ---

static void write_crosstalk(FILE *file, const struct advice *single,
                            const struct advice *separate) {
    const enum audibility heard = audibility_of(AUDIBLE_CROSSTALK, single->crosstalk_db);
    if (single->topology != TOPOLOGY_SHARED_RETURN)
        fputs("Its returns are separate, so there is no crosstalk to remove.\n", file);
    else if (heard == AUDIBILITY_UNKNOWN)
        fputs("Its crosstalk is not known; separate returns would remove it, bridged or not.\n",
              file);
    else if (heard == INAUDIBLE)
        fprintf(file,
                "Crosstalk of %.0f dB through the shared return is inaudible, so separate returns "
                "would change nothing that can be heard.\n",
                single->crosstalk_db);
    else
        fprintf(file,
                "Crosstalk of %.0f dB (%s) would go with separate returns%s%s; that is the "
                "connector's doing, not the bridge's.\n",
                single->crosstalk_db, audibility_word(AUDIBLE_CROSSTALK, heard),
                separate ? ": " : "", separate ? separate->amplifier->name : "");
}

static void write_bridge_alone(FILE *file) {
    fputs("A bridge doubles the output impedance and adds 3 dB of the amplifier's own hiss; "
          "odd harmonics stay.\n",
          file);
}

// --- What would help more ---

static double lowest_ohm(const struct device *headphone) {
    double ohm = headphone->value[PORT_RESISTANCE];
    for (unsigned i = 0; i < headphone->branch_count; i++)
        ohm = fmin(isnan(ohm) ? INFINITY : ohm, headphone->branches[i].resistance);
    return ohm;
}

static void write_what_helps(FILE *file, const struct question *question,
                             const struct advice *advice) {
    if (advice->headroom_db < -ADVICE_SPL_ERROR_DB)
        fputs("What would help more is a stronger amplifier or a more sensitive headphone.", file);
    else if (audibility_of(AUDIBLE_DEVIATION, advice->deviation_db) >= AUDIBLE)
        fprintf(file,
                "What would help more is a lower output impedance, below about %.2g ohm: this one "
                "bends the response by %.1f dB.",
                lowest_ohm(question->headphone) / EIGHTH, advice->deviation_db);
    else if (audibility_of(AUDIBLE_NOISE, advice->hum_dba) >= MARGINAL)
        fprintf(file,
                "What would help more is a balanced line into the amplifier, or no ground loop: "
                "hum of %.0f dBA comes in before it, where no headphone connection reaches.",
                advice->hum_dba);
    else if (audibility_of(AUDIBLE_NOISE, advice->hiss_dba) >= MARGINAL)
        fprintf(file, "What would help more is a quieter amplifier: its hiss is %.0f dBA.",
                advice->hiss_dba);
    else
        fputs("Nothing that is known of it is audible beyond that: what is left to gain is in the "
              "headphone itself.",
              file);
}

void verdict_write(FILE *file, const struct question *question, const struct advice *outputs,
                   size_t count) {
    const struct advice *single = loudest(outputs, count, false);
    const struct advice *bridge = loudest(outputs, count, true);
    if (!single && !bridge) {
        fputs("How this amplifier drives its outputs is not known.", file);
        return;
    }
    if (outputs[0].needs_wires || (count > 1 && outputs[count - 1].needs_wires))
        fputs("This headphone's cable has 3 wires: it needs recabling before any of the balanced "
              "figures holds.\n",
              file);
    write_loudness(file, question, single, bridge);
    if (single)
        write_crosstalk(file, single, with_separate_returns(outputs, count));
    else
        write_bridge_alone(file);
    write_what_helps(file, question, single ? single : bridge);
}

bool verdict_write_exposure(FILE *file, double spl_db) {
    if (!(spl_db > EXPOSURE_SAYING))
        return false;
    const double hours = EXPOSURE_HOURS * exp2(-(spl_db - EXPOSURE_DBA) / EXPOSURE_STEP);
    fprintf(file,
            "Exposure: %.0f dB are safe for %.2g %s a day (NIOSH: 85 dBA for 8 hours, half as "
            "long for every 3 dB).",
            spl_db, hours < 1.0 ? hours * 60.0 : hours, hours < 1.0 ? "minutes" : "hours");
    return true;
}
