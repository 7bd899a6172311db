// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "spice.h"

#include "line.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

// Seven digits: far below any tolerance, and still readable.
#define NUMBER "%.7g"

// The weights of a receiver, whose small difference is its common-mode rejection.
#define PRECISE "%.15g"

// What ties nodes that only capacitors reach to ground, so that there is an operating point.
#define SHUNT_OHM 1e12

// How closely a leg follows while it does not slew: 16 MHz.
#define SLEW_TIME_CONSTANT_S 1e-8

#define LIMITER_OHM 10e3 // the slope of a leg beyond its current limit

static const char *const channel_suffix[] = {"l", "r"};

// --- Heading and comments ---

static void write_text(FILE *file, const char *prefix, const char *text, size_t length) {
    fprintf(file, "%s%.*s\n", prefix, (int)length, text);
}

static void write_heading(FILE *file, const struct spice_heading *heading) {
    write_text(file, "* ", heading->title, strcspn(heading->title, "\r\n"));
    for (const char *note = heading->notes; note && *note;) {
        const size_t length = strcspn(note, "\n");
        write_text(file, "* ", note, length);
        note += length + (note[length] == '\n');
    }
    fputs("* Volt, ampere, ohm, henry, farad, second, hertz. _l and _r are the channels, 0 is "
          "ground.\n",
          file);
}

// --- Elements ---

static const char *node_name(const struct circuit *circuit, int node) {
    return circuit->node[node].name;
}

// SPICE tells the kind of an element by the first letter of its name.
static void write_name(FILE *file, char letter, const char *name) {
    if (toupper((unsigned char)name[0]) != letter) {
        fputc(letter, file);
    }
    fputs(name, file);
}

static void write_two_pole(FILE *file, const struct circuit *circuit,
                           const struct circuit_element *element, char letter) {
    write_name(file, letter, element->name);
    fprintf(file, " %s %s " NUMBER "\n", node_name(circuit, element->node[0]),
            node_name(circuit, element->node[1]), element->value);
}

// An ideal 1:1 transformer: the secondary has the primary's voltage, the primary carries the
// secondary's current. The current of an E source runs from its first node through it, so what the
// load draws reads negative there.
static void write_transformer(FILE *file, const struct circuit *circuit,
                              const struct circuit_element *element) {
    const char *const primary_plus = node_name(circuit, element->node[0]);
    const char *const primary_minus = node_name(circuit, element->node[1]);
    fprintf(file, "E%s %s %s %s %s 1\n", element->name, node_name(circuit, element->node[2]),
            node_name(circuit, element->node[3]), primary_plus, primary_minus);
    fprintf(file, "F%s %s %s E%s -1\n", element->name, primary_plus, primary_minus, element->name);
}

static void write_passive(FILE *file, const struct circuit *circuit,
                          const struct circuit_element *element) {
    switch (element->kind) {
    case CIRCUIT_RESISTOR:
        write_two_pole(file, circuit, element, 'R');
        break;
    case CIRCUIT_INDUCTOR:
        write_two_pole(file, circuit, element, 'L');
        break;
    case CIRCUIT_CAPACITOR:
        write_two_pole(file, circuit, element, 'C');
        break;
    case CIRCUIT_TRANSFORMER:
        write_transformer(file, circuit, element);
        break;
    case CIRCUIT_SOURCE: // active, written apart
        break;
    }
}

static void write_passives(FILE *file, const struct circuit *circuit, const char *what) {
    fprintf(file, "\n* %s.\n", what);
    for (int i = 0; i < circuit->element_count; ++i) {
        write_passive(file, circuit, &circuit->element[i]);
    }
}

static void write_output(FILE *file, const struct circuit *circuit) {
    write_passives(file, circuit, "Amplifier output, cable, headphone");
}

static void write_probes(FILE *file, const struct circuit *circuit, const char *probe) {
    fprintf(file, "\n* The voltage at each %s.\n", probe);
    for (int i = 0; i < circuit->channel_count; ++i) {
        const struct circuit_output *output = &circuit->output[i];
        const char *const plus = node_name(circuit, output->driver_plus);
        const char *const minus = node_name(circuit, output->driver_minus);
        fprintf(file, "E%s_%s %s_%s 0 ", probe, channel_suffix[i], probe, channel_suffix[i]);
        if (output->plus_gain == 1.0 && output->minus_gain == 1.0) {
            fprintf(file, "%s %s 1\n", plus, minus);
        } else { // each node has a weight of its own
            fprintf(file, "POLY(2) %s 0 %s 0 0 " PRECISE " " PRECISE "\n", plus, minus,
                    output->plus_gain, -output->minus_gain);
        }
    }
}

static int channel_of(const struct circuit *circuit, int element) {
    return circuit->channel_count == 2 && element >= circuit->output[1].leg ? 1 : 0;
}

static double driven(enum spice_drive drive, int channel) {
    return drive == SPICE_DRIVE_BOTH || channel == 0 ? 1.0 : 0.0;
}

// --- Small signals ---

static void write_line(FILE *file, const struct circuit *line, enum spice_drive drive) {
    fputs("\n* The source, and Vcm, what both conductors of a line pick up.\n", file);
    for (int i = 0; i < line->element_count; ++i) {
        const struct circuit_element *element = &line->element[i];
        if (element->kind == CIRCUIT_SOURCE) {
            write_name(file, 'V', element->name);
            fprintf(file, " %s %s DC 0 AC " NUMBER "\n", node_name(line, element->node[0]),
                    node_name(line, element->node[1]),
                    element->value * driven(drive, channel_of(line, i)));
        }
    }
    write_passives(file, line, "Interconnect");
    write_probes(file, line, "receiver");
}

// Each leg follows the receiver, or is driven itself where there is no line.
static void write_ac_legs(FILE *file, const struct spice_circuits *circuits,
                          enum spice_drive drive) {
    const struct circuit *output = circuits->output;
    fputs("\n* Each channel's EMF; the legs of a bridge have a half each.\n", file);
    for (int i = 0; i < output->element_count; ++i) {
        const struct circuit_element *element = &output->element[i];
        const int channel = channel_of(output, i);
        const double share = element->value * circuits->input_gain;
        if (element->kind != CIRCUIT_SOURCE) {
            continue;
        }
        const char *const plus = node_name(output, element->node[0]);
        const char *const minus = node_name(output, element->node[1]);
        if (circuits->line) {
            fprintf(file, "E%s %s %s receiver_%s 0 " NUMBER "\n", element->name, plus, minus,
                    channel_suffix[channel], share);
        } else {
            write_name(file, 'V', element->name);
            fprintf(file, " %s %s DC 0 AC " NUMBER "\n", plus, minus,
                    share * driven(drive, channel));
        }
    }
}

static void write_ac_columns(FILE *file, const char *probe) {
    for (int i = 0; i < 2; ++i) { // silence has no level: let it read -600 dB
        const char *const suffix = channel_suffix[i];
        fprintf(file, "let level_%s_db = db(v(%s_%s) + 1e-30)\n", suffix, probe, suffix);
        fprintf(file, "let phase_%s_deg = ph(v(%s_%s) + 1e-30)\n", suffix, probe, suffix);
    }
}

// A second run, with the other source.
static void write_cmrr(FILE *file, const struct circuit *line, const char *run) {
    for (int i = 0; i < line->element_count; ++i) {
        const struct circuit_element *element = &line->element[i];
        if (element->kind == CIRCUIT_SOURCE) {
            const bool common =
                strncmp(element->name, LINE_COMMON_SOURCE, strlen(LINE_COMMON_SOURCE)) == 0;
            fprintf(file, "alter %s acmag = %d\n", element->name, common ? 1 : 0);
        }
    }
    fputs(run, file);
    fputs("let cmrr_db = ac1.receiver_db - db(v(receiver_l) + 1e-30)\n", file);
    fputs("let level_l_db = ac1.level_l_db\nlet phase_l_deg = ac1.phase_l_deg\n"
          "let level_r_db = ac1.level_r_db\nlet phase_r_deg = ac1.phase_r_deg\n",
          file);
}

void spice_write_ac(FILE *file, const struct spice_circuits *circuits,
                    const struct spice_heading *heading, const struct spice_ac *ac) {
    char run[64];
    snprintf(run, sizeof run, "ac dec %d " NUMBER " " NUMBER "\n", ac->points_per_decade,
             ac->from_hz, ac->to_hz);
    write_heading(file, heading);
    fprintf(file, "* Small signals: 1 V %s.\n",
            ac->drive == SPICE_DRIVE_BOTH ? "in both channels" : "in the left channel");
    if (circuits->line) {
        write_line(file, circuits->line, ac->drive);
    }
    if (circuits->output) {
        write_ac_legs(file, circuits, ac->drive);
        write_output(file, circuits->output);
        write_probes(file, circuits->output, "driver");
    }
    // All is linear, so no operating point is asked for.
    fprintf(file, "\n.options noopac noacct rshunt=" NUMBER "\n", SHUNT_OHM);
    fputs(".control\nset units=degrees\nset nobreak\nset width=132\nset numdgt=9\n", file);
    fputs(run, file);
    write_ac_columns(file, circuits->output ? "driver" : "receiver");
    if (circuits->line) {
        fputs("let receiver_db = db(v(receiver_l))\n", file);
        write_cmrr(file, circuits->line, run);
    }
    fprintf(file, "print level_l_db phase_l_deg level_r_db phase_r_deg%s\n",
            circuits->line ? " cmrr_db" : "");
    fputs("quit 0\n.endc\n.end\n", file);
}

// --- Large signals ---

static void write_drives(FILE *file, const struct circuit *circuit, const struct spice_tran *tran) {
    fputs("\n* The input of each channel's legs.\n", file);
    for (int i = 0; i < circuit->channel_count; ++i) {
        fprintf(file, "Vdrive_%s drive_%s 0 DC 0 SIN(0 " NUMBER " " NUMBER ")\n", channel_suffix[i],
                channel_suffix[i], tran->peak_v * driven(tran->drive, i), tran->hz);
    }
}

static double harmonic(double db) {
    return db > HARMONIC_NONE_DB ? pow(10.0, db / 20.0) : 0.0;
}

static bool slews(const struct stage_params *stage) {
    return isfinite(stage->slew_v_per_s);
}

static bool limits_current(const struct stage_params *stage) {
    return isfinite(stage->current_limit_a);
}

static void write_stage_values(FILE *file, const struct stage_params *stage) {
    fputs("\n* The stage: f(v) = clip(d + a2 d^2 + a3 d^3), d = v - clamp(v, -dead, dead).\n",
          file);
    fprintf(file, ".param rail=" NUMBER " knee=" NUMBER " dead=" NUMBER "\n", stage->rail_v,
            stage->knee, stage->crossover_v);
    fprintf(file, ".param a2=" NUMBER " a3=" NUMBER "\n",
            4.0 * harmonic(stage->second_harmonic_db) / stage->rail_v,
            16.0 * harmonic(stage->third_harmonic_db) / (stage->rail_v * stage->rail_v));
    if (slews(stage)) {
        fprintf(file, ".param slew=" NUMBER " slew_lag=" NUMBER "\n", stage->slew_v_per_s,
                SLEW_TIME_CONSTANT_S);
    }
    if (limits_current(stage)) {
        fprintf(file, ".param current_max=" NUMBER " limiter_ohm=" NUMBER "\n",
                stage->current_limit_a, LIMITER_OHM);
    }
    if (stage->knee >
        0.0) { // a behavioural source drops the parentheses of {1+knee}, so these have names
        fputs(".param knee_from={1-knee} knee_to={1+knee} knee_width={4*knee}\n", file);
    }
    fputs(".func clamp(x, low, high) {max(low, min(high, x))}\n.func square(x) {(x)*(x)}\n", file);
}

// What the legs draw from one half of the supply. `minus` is "" for the positive and "-" for the
// negative one.
static void write_draw(FILE *file, const struct circuit *circuit, const char *nodes,
                       const char *minus) {
    fprintf(file, "Bdraw%c %s I = 0", *minus ? 'n' : 'p', nodes);
    for (int i = 0; i < circuit->element_count; ++i) {
        if (circuit->element[i].kind == CIRCUIT_SOURCE) {
            fprintf(file, " + max(%si(%s), 0)", minus, circuit->element[i].name);
        }
    }
    fputc('\n', file);
}

static void write_supply(FILE *file, const struct circuit *circuit,
                         const struct stage_params *stage) {
    if (stage->supply_ohm == 0.0) {
        fputs("\n* A stiff supply.\nVrailp railp 0 DC {rail}\nVrailn railn 0 DC {-rail}\n", file);
        return;
    }
    fputs("\n* One supply for all legs: railp feeds the currents that leave a leg, railn those "
          "that enter.\n",
          file);
    fputs("Vsupplyp supplyp 0 DC {rail}\nVsupplyn supplyn 0 DC {-rail}\n", file);
    fprintf(file, "Rsupplyp supplyp railp " NUMBER "\nRsupplyn supplyn railn " NUMBER "\n",
            stage->supply_ohm, stage->supply_ohm);
    fprintf(file, "Csupplyp railp 0 " NUMBER "\nCsupplyn railn 0 " NUMBER "\n", stage->supply_farad,
            stage->supply_farad);
    write_draw(file, circuit, "railp 0", "");
    write_draw(file, circuit, "0 railn", "-");
}

// Linear to rail (1 - knee), then x - (x - rail (1 - knee))^2 / (4 knee rail), where x stops at
// rail (1 + knee).
static void write_clip(FILE *file, const char *leg, double knee) {
    if (knee == 0.0) {
        fprintf(file, "Bclip_%s clip_%s 0 V = clamp(v(curve_%s), v(railn), v(railp))\n", leg, leg,
                leg);
        return;
    }
    fprintf(file,
            "Bstop_%s stop_%s 0 V = clamp(v(curve_%s), {knee_to}*v(railn), {knee_to}*v(railp))\n",
            leg, leg, leg);
    fprintf(file, "Bclip_%s clip_%s 0 V = v(stop_%s)\n", leg, leg, leg);
    fprintf(file,
            "+ - square(max(v(stop_%s) - {knee_from}*v(railp), 0)) / ({knee_width}*v(railp))\n",
            leg);
    fprintf(file,
            "+ - square(min(v(stop_%s) - {knee_from}*v(railn), 0)) / ({knee_width}*v(railn))\n",
            leg);
}

// From the drive to the leg's EMF; every step is a node that is named for the leg.
static void write_leg(FILE *file, const struct circuit_element *source, const char *leg,
                      const char *channel, const struct stage_params *stage) {
    const double factor = source->value < 0.0 ? stage->leg_mismatch - 1.0 : 1.0;
    fprintf(file, "\nEinput_%s input_%s 0 drive_%s 0 " NUMBER "\n", leg, leg, channel, factor);
    fprintf(file, "Bdead_%s dead_%s 0 V = v(input_%s) - clamp(v(input_%s), {-dead}, {dead})\n", leg,
            leg, leg, leg);
    fprintf(file, "Bcurve_%s curve_%s 0 V = v(dead_%s)*(1 + v(dead_%s)*({a2} + {a3}*v(dead_%s)))\n",
            leg, leg, leg, leg, leg);
    write_clip(file, leg, stage->knee);
    const char *voltage = "clip";
    if (slews(stage)) { // 1 V across the capacitor for each volt of the leg
        fprintf(file,
                "Bslew_%s 0 slew_%s I = 1u*clamp((v(clip_%s) - v(slew_%s))/{slew_lag}, {-slew}, "
                "{slew})\n",
                leg, leg, leg, leg);
        fprintf(file, "Cslew_%s slew_%s 0 1u\n", leg, leg);
        voltage = "slew";
    }
    fprintf(file, "B%s b%s 0 V = v(%s_%s)", leg, leg, voltage, leg);
    if (limits_current(stage)) {
        fprintf(file, " - {limiter_ohm}*(i(%s) - clamp(i(%s), {-current_max}, {current_max}))",
                source->name, source->name);
    }
    fprintf(file, "\n%s b%s %s DC 0\n", source->name, leg,
            leg); // in the circuit's place of the source: it measures
}

static void write_legs(FILE *file, const struct circuit *circuit,
                       const struct stage_params *stage) {
    fputs("\n* Each leg: dead zone, curve, clip, slew rate, current limit; the EMF's name stays "
          "with its current.\n",
          file);
    for (int i = 0; i < circuit->element_count; ++i) {
        const struct circuit_element *element = &circuit->element[i];
        if (element->kind == CIRCUIT_SOURCE) {
            write_leg(file, element, node_name(circuit, element->node[0]),
                      channel_suffix[channel_of(circuit, i)], stage);
        }
    }
}

static void write_tran_run(FILE *file, const struct circuit *circuit,
                           const struct spice_tran *tran) {
    const double period_s = 1.0 / tran->hz;
    const double step_s = period_s / tran->points_per_period;
    const double start_s = tran->settle_periods * period_s;
    fprintf(file, "tran " NUMBER " " NUMBER " " NUMBER " " NUMBER "\n", step_s,
            start_s + tran->record_periods * period_s, start_s,
            step_s / tran->solver_steps_per_point);
    fputs("if $sim_status ne 0\n  quit 1\nend\n", file);
    for (int i = 0; i < circuit->channel_count; ++i) {
        const char *const channel = channel_suffix[i];
        const char *const leg = circuit->element[circuit->output[i].leg].name;
        fprintf(file, "meas tran driver_%s_max MAX v(driver_%s)\n", channel, channel);
        fprintf(file, "meas tran driver_%s_min MIN v(driver_%s)\n", channel, channel);
        fprintf(file, "meas tran current_%s_max MAX i(%s)\n", channel, leg);
    }
    fputs("meas tran railp_min MIN v(railp)\nmeas tran railn_max MAX v(railn)\n", file);
}

static void write_columns(FILE *file, const struct circuit *circuit, const char *command) {
    fputs(command, file);
    for (int i = 0; i < circuit->channel_count; ++i) {
        fprintf(file, " v(driver_%s) i(%s)", channel_suffix[i],
                circuit->element[circuit->output[i].leg].name);
    }
    fputs(" v(railp) v(railn)\n", file);
}

static void write_tran_results(FILE *file, const struct circuit *circuit,
                               const struct spice_tran *tran) {
    fprintf(file, "set fourgridsize=%d\nset polydegree=2\n",
            tran->points_per_period * tran->solver_steps_per_point);
    for (int i = 0; i < circuit->channel_count; ++i) {
        fprintf(file, "fourier " NUMBER " v(driver_%s)\n", tran->hz, channel_suffix[i]);
    }
    write_columns(file, circuit, "linearize");
    write_columns(file, circuit, "print");
}

void spice_write_tran(FILE *file, const struct circuit *stereo, const struct stage_params *stage,
                      const struct spice_heading *heading, const struct spice_tran *tran) {
    write_heading(file, heading);
    fprintf(file,
            "* Large signals: a sine of " NUMBER " V peak and " NUMBER
            " Hz at the legs' input %s. No noise.\n",
            tran->peak_v, tran->hz,
            tran->drive == SPICE_DRIVE_BOTH ? "in both channels" : "in the left channel");
    write_drives(file, stereo, tran);
    write_stage_values(file, stage);
    write_supply(file, stereo, stage);
    write_legs(file, stereo, stage);
    write_output(file, stereo);
    write_probes(file, stereo, "driver");
    // Measured on random decks: tighter truncation tolerances break down at the corners of the
    // nonlinearities.
    fputs("\n.options noacct method=gear maxord=2 itl4=200\n", file);
    fputs(".options reltol=1e-6 abstol=1e-10 vntol=1e-8 chgtol=1e-12 trtol=20\n", file);
    fprintf(file, ".options rshunt=" NUMBER "\n", SHUNT_OHM);
    fputs(".control\nset nobreak\nset width=132\nset numdgt=9\n", file);
    write_tran_run(file, stereo, tran);
    write_tran_results(file, stereo, tran);
    fputs("quit 0\n.endc\n.end\n", file);
}
