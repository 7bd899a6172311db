// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#define _POSIX_C_SOURCE 200809L
#include "spice_oracle.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PI                3.14159265358979323846
#define SEMI_REFERENCE_HZ 20000.0
#define LIMITER_OHM       10e3
#define FLOATING_OHM      1e9

enum { GROUND = 0, MAX_LEGS = 4, AC_CASES_PER_PROCESS = 32, MAX_PATH = 512 };

// Nodes and elements are numbered through; node 0 is ground.
struct deck {
    FILE *file;
    bool transient;
    int nodes;
    int elements;
    // Current sensors of the legs of a transient circuit, and its two rails (both positive).
    int leg_sensor[MAX_LEGS];
    int legs;
    int rail_node[2];
};

struct load_ends {
    int hot;
    int cold;
};

// --- Elements ---

static int deck_node(struct deck *deck) {
    return ++deck->nodes;
}

static void deck_two_pole(struct deck *deck, char letter, int from, int to, double value) {
    fprintf(deck->file, "%c%d %d %d %.17g\n", letter, ++deck->elements, from, to, value);
}

// Each of these goes one element on from a node and returns where it got to; an absent element
// leads nowhere, so that its two nodes are one.
static int deck_resistor(struct deck *deck, int from, double ohm) {
    if (ohm <= 0)
        return from;
    int to = deck_node(deck);
    deck_two_pole(deck, 'R', from, to, ohm);
    return to;
}

static int deck_inductor(struct deck *deck, int from, double henry) {
    if (henry <= 0)
        return from;
    int to = deck_node(deck);
    deck_two_pole(deck, 'L', from, to, henry);
    return to;
}

static int deck_capacitor(struct deck *deck, int from, double farad) {
    if (farad <= 0 || isinf(farad))
        return from;
    int to = deck_node(deck);
    deck_two_pole(deck, 'C', from, to, farad);
    return to;
}

static int deck_peak(struct deck *deck, int from, const struct spice_peak *peak) {
    if (peak->rise_ohm <= 0)
        return from;
    const double omega = 2 * PI * peak->hz;
    int to = deck_resistor(deck, from, peak->rise_ohm);
    deck_two_pole(deck, 'L', from, to, peak->rise_ohm / (omega * peak->q));
    deck_two_pole(deck, 'C', from, to, peak->q / (omega * peak->rise_ohm));
    return to;
}

// s^n = sin(n pi) / pi * integral of p^n s / (s + p) d ln p. The trapezoidal rule over ln p with
// step h errs by about exp(-pi^2 / h), and each of its terms is a resistor beside an inductor. What
// lies below the range of the sum is a resistor, what lies above an inductor, both as sums of
// geometric series; those err by (p / w)^(n + 1) and (w / p)^(2 - n). A wider range than needed
// would cost precision: its lowest resistors are so small that they drown the rest of the matrix.
static int deck_semi_inductance(struct deck *deck, int from, double semi_ohm, double exponent) {
    const double step = 0.6;
    const double error = deck->transient ? 1e-5 : 1e-8;
    const double reference = 2 * PI * SEMI_REFERENCE_HZ;
    const double scale = semi_ohm / pow(reference, exponent) * sin(exponent * PI) / PI * step;
    const double lowest = 2 * PI * 20.0 * pow(error, 1 / (exponent + 1));
    const double highest = 2 * PI * 20e3 * pow(error, -1 / (2 - exponent));
    double pole = lowest;
    from = deck_resistor(deck, from, scale * pow(lowest, exponent) / expm1(step * exponent));
    for (; pole < highest; pole *= exp(step)) {
        const double ohm = scale * pow(pole, exponent);
        const int to = deck_resistor(deck, from, ohm);
        deck_two_pole(deck, 'L', from, to, ohm / pole);
        from = to;
    }
    const double beyond = 1 / -expm1(step * (exponent - 1));
    return deck_inductor(deck, from, scale * pow(pole, exponent - 1) * beyond);
}

static int deck_semi(struct deck *deck, int from, const struct spice_branch *branch) {
    const double reference = 2 * PI * SEMI_REFERENCE_HZ;
    if (branch->semi_ohm <= 0)
        return from;
    if (branch->semi_exponent <= 0)
        return deck_resistor(deck, from, branch->semi_ohm);
    if (branch->semi_exponent >= 1)
        return deck_inductor(deck, from, branch->semi_ohm / reference);
    return deck_semi_inductance(deck, from, branch->semi_ohm, branch->semi_exponent);
}

// --- Stage ---

static void deck_supply(struct deck *deck, const struct spice_circuit *circuit) {
    for (int side = 0; side < 2; side++) {
        int source = deck_node(deck);
        deck_two_pole(deck, 'V', source, GROUND, circuit->rail_v);
        deck->rail_node[side] = deck_resistor(deck, source, circuit->supply_ohm);
        if (circuit->supply_ohm > 0)
            deck_two_pole(deck, 'C', deck->rail_node[side], GROUND, circuit->supply_farad);
    }
}

// What the legs draw: the positive rail gives positive currents, the negative rail the others.
static void deck_supply_load(struct deck *deck) {
    for (int side = 0; side < 2; side++) {
        fprintf(deck->file, "B%d %d 0 I = 0", ++deck->elements, deck->rail_node[side]);
        for (int leg = 0; leg < deck->legs; leg++)
            fprintf(deck->file, " + max(%si(V%d), 0)", side ? "-" : "", deck->leg_sensor[leg]);
        fputc('\n', deck->file);
    }
}

// d + a2 d^2 + a3 d^3 of what crossover leaves of the drive.
static int deck_curvature(struct deck *deck, const struct spice_circuit *circuit, int drive,
                          double factor) {
    const double a2 = 4 * circuit->second_harmonic / circuit->rail_v;
    const double a3 = 16 * circuit->third_harmonic / (circuit->rail_v * circuit->rail_v);
    const double dead_v = circuit->crossover_v;
    int zone = deck_node(deck);
    fprintf(deck->file, "B%d %d 0 V = %.17g*v(%d) - max(-%.17g, min(%.17g, %.17g*v(%d)))\n",
            ++deck->elements, zone, factor, drive, dead_v, dead_v, factor, drive);
    int curved = deck_node(deck);
    fprintf(deck->file, "B%d %d 0 V = v(%d) + %.17g*v(%d)*v(%d) + %.17g*v(%d)*v(%d)*v(%d)\n",
            ++deck->elements, curved, zone, a2, zone, zone, a3, zone, zone, zone);
    return curved;
}

// One side of the clip: the rail, before it the parabola, before that x itself. sign is "-" on the
// negative side.
static void deck_clip_side(struct deck *deck, const char *sign, int x, int rail, double knee) {
    const double start = 1 - knee;
    fprintf(deck->file, "( %sv(%d) > %.17g*v(%d) ? %sv(%d) : ", sign, x, 1 + knee, rail, sign,
            rail);
    fprintf(deck->file, "( %sv(%d) > %.17g*v(%d) ? ", sign, x, start, rail);
    fprintf(deck->file, "v(%d) - %s1*(%sv(%d) - %.17g*v(%d))*(%sv(%d) - %.17g*v(%d))", x, sign,
            sign, x, start, rail, sign, x, start, rail);
    // A hard clip never takes this path, but ngspice may still evaluate it.
    fprintf(deck->file, "/(%.17g*v(%d)) : v(%d) ) )", 4 * fmax(knee, 1e-9), rail, x);
}

static int deck_clip(struct deck *deck, const struct spice_circuit *circuit, int x) {
    int clipped = deck_node(deck);
    fprintf(deck->file, "B%d %d 0 V = v(%d) > 0 ? ", ++deck->elements, clipped, x);
    deck_clip_side(deck, "", x, deck->rail_node[0], circuit->knee);
    fputs(" : ", deck->file);
    deck_clip_side(deck, "-", x, deck->rail_node[1], circuit->knee);
    fputc('\n', deck->file);
    return clipped;
}

// u = v - 10k (i - clamp(i)); i is what flows out of the leg.
static int deck_limited_emf(struct deck *deck, double limit_a, int v) {
    int emf = deck_node(deck);
    int out = deck_node(deck);
    const int sensor = ++deck->elements;
    fprintf(deck->file, "V%d %d %d 0\n", sensor, emf, out);
    fprintf(deck->file, "B%d %d 0 V = v(%d)", ++deck->elements, emf, v);
    if (!isinf(limit_a))
        fprintf(deck->file, " - %.17g*(i(V%d) - max(-%.17g, min(%.17g, i(V%d))))", LIMITER_OHM,
                sensor, limit_a, limit_a, sensor);
    fputc('\n', deck->file);
    deck->leg_sensor[deck->legs++] = sensor;
    return out;
}

static int deck_emf(struct deck *deck, const struct spice_circuit *circuit, int drive,
                    double factor) {
    if (deck->transient) {
        int curved = deck_curvature(deck, circuit, drive, factor);
        return deck_limited_emf(deck, circuit->current_limit_a, deck_clip(deck, circuit, curved));
    }
    int emf = deck_node(deck);
    fprintf(deck->file, "E%d %d 0 %d 0 %.17g\n", ++deck->elements, emf, drive, factor);
    return emf;
}

static int deck_leg(struct deck *deck, const struct spice_circuit *circuit, int drive,
                    double factor) {
    int node = deck_emf(deck, circuit, drive, factor);
    node = deck_resistor(deck, node, circuit->output_ohm);
    node = deck_inductor(deck, node, circuit->output_henry);
    return deck_capacitor(deck, node, circuit->output_farad);
}

static struct load_ends deck_transformer(struct deck *deck, const struct spice_circuit *circuit,
                                         int primary) {
    primary = deck_resistor(deck, primary, circuit->winding_ohm);
    primary = deck_inductor(deck, primary, circuit->leakage_henry);
    deck_two_pole(deck, 'L', primary, GROUND, circuit->magnetizing_henry);
    const struct load_ends secondary = {deck_node(deck), deck_node(deck)};
    const int source = ++deck->elements;
    fprintf(deck->file, "E%d %d %d %d 0 1\n", source, secondary.hot, secondary.cold, primary);
    // A source's current runs from its first node through it, so what the load draws reads
    // negative.
    fprintf(deck->file, "F%d %d 0 E%d -1\n", ++deck->elements, primary, source);
    deck_two_pole(deck, 'R', secondary.cold, GROUND, FLOATING_OHM);
    return secondary;
}

// --- Cable and load ---

static int deck_conductor(struct deck *deck, const struct spice_circuit *circuit, int from,
                          double length_m) {
    from = deck_resistor(deck, from, circuit->cable_ohm_per_m * length_m);
    return deck_inductor(deck, from, circuit->cable_henry_per_m * length_m / 2);
}

static int deck_pin(struct deck *deck, const struct spice_circuit *circuit, int from) {
    return deck_resistor(deck, from, circuit->contact_ohm);
}

// From an amplifier's terminal through one pin and one whole conductor.
static int deck_wire(struct deck *deck, const struct spice_circuit *circuit, int from) {
    return deck_conductor(deck, circuit, deck_pin(deck, circuit, from), circuit->cable_m);
}

static double shared_length_m(const struct spice_circuit *circuit) {
    return fmin(circuit->shared_m, circuit->cable_m);
}

// Ground to the point where both returns join.
static int deck_joint(struct deck *deck, const struct spice_circuit *circuit) {
    int node = deck_resistor(deck, GROUND, circuit->ground_ohm);
    node = deck_pin(deck, circuit, node);
    return deck_conductor(deck, circuit, node, shared_length_m(circuit));
}

static struct load_ends deck_ends(struct deck *deck, const struct spice_circuit *circuit, int drive,
                                  int joint) {
    struct load_ends ends;
    const int leg = deck_leg(deck, circuit, drive, 1);
    switch (circuit->topology) {
    case SPICE_SHARED_RETURN:
        ends.hot = deck_wire(deck, circuit, leg);
        ends.cold =
            deck_conductor(deck, circuit, joint, circuit->cable_m - shared_length_m(circuit));
        return ends;
    case SPICE_SEPARATE_RETURNS:
        ends.hot = deck_wire(deck, circuit, leg);
        ends.cold = deck_wire(deck, circuit, GROUND);
        return ends;
    case SPICE_BRIDGE:
        ends.hot = deck_wire(deck, circuit, leg);
        ends.cold =
            deck_wire(deck, circuit, deck_leg(deck, circuit, drive, circuit->leg_mismatch - 1));
        return ends;
    case SPICE_TRANSFORMER:
        ends = deck_transformer(deck, circuit, leg);
        ends.hot = deck_wire(deck, circuit, ends.hot);
        ends.cold = deck_wire(deck, circuit, ends.cold);
        return ends;
    }
    fputs("spice_oracle: no such topology\n", stderr);
    abort();
}

static void deck_branch(struct deck *deck, const struct spice_branch *branch,
                        struct load_ends ends) {
    int node = deck_capacitor(deck, ends.hot, branch->farad);
    node = deck_inductor(deck, node, branch->henry);
    for (size_t i = 0; i < SPICE_PEAKS; i++)
        node = deck_peak(deck, node, &branch->peak[i]);
    node = deck_semi(deck, node, branch);
    deck_two_pole(deck, 'R', node, ends.cold, branch->ohm);
}

// Returns the node that carries the driver's voltage against ground.
static int deck_load(struct deck *deck, const struct spice_circuit *circuit,
                     struct load_ends ends) {
    const double farad = circuit->cable_farad_per_m * circuit->cable_m;
    if (farad > 0)
        deck_two_pole(deck, 'C', ends.hot, ends.cold, farad);
    for (size_t i = 0; i < circuit->branch_count; i++)
        deck_branch(deck, &circuit->branch[i], ends);
    int probe = deck_node(deck);
    fprintf(deck->file, "E%d %d 0 %d %d 1\n", ++deck->elements, probe, ends.hot, ends.cold);
    return probe;
}

// Writes a whole circuit between the drives and the probes.
static void deck_circuit(struct deck *deck, const struct spice_circuit *circuit,
                         const int drives[SPICE_CHANNELS], int probes[SPICE_CHANNELS]) {
    if (deck->transient)
        deck_supply(deck, circuit);
    const int joint = circuit->topology == SPICE_SHARED_RETURN ? deck_joint(deck, circuit) : GROUND;
    for (int channel = 0; channel < SPICE_CHANNELS; channel++)
        probes[channel] =
            deck_load(deck, circuit, deck_ends(deck, circuit, drives[channel], joint));
    if (deck->transient && circuit->supply_ohm > 0)
        deck_supply_load(deck);
}

struct spice_circuit spice_plain_circuit(enum spice_topology topology, double load_ohm) {
    return (struct spice_circuit){
        .topology = topology,
        .rail_v = 100,
        .current_limit_a = INFINITY,
        .output_farad = INFINITY,
        .supply_farad = 4700e-6,
        .magnetizing_henry = 1,
        .branch_count = 1,
        .branch = {{.ohm = load_ohm}},
    };
}

// --- Running ngspice ---

// One run: a directory with deck, log and results, removed at the end.
struct workplace {
    char path[MAX_PATH];
};

static bool workplace_open(struct workplace *place) {
    const char *temporary = getenv("TMPDIR");
    const int length = snprintf(place->path, sizeof place->path, "%s/loadline-spice-XXXXXX",
                                temporary ? temporary : "/tmp");
    if (length > 0 && (size_t)length < sizeof place->path - 32 && mkdtemp(place->path))
        return true;
    perror("spice_oracle: no temporary directory");
    return false;
}

static FILE *workplace_file(const struct workplace *place, const char *name, const char *mode) {
    char path[MAX_PATH + 32];
    snprintf(path, sizeof path, "%s/%s", place->path, name);
    FILE *file = fopen(path, mode);
    if (!file)
        fprintf(stderr, "spice_oracle: no %s\n", path);
    return file;
}

static void workplace_print_log(const struct workplace *place) {
    FILE *log = workplace_file(place, "log", "r");
    if (!log)
        return;
    for (int c; (c = fgetc(log)) != EOF;)
        fputc(c, stderr);
    fclose(log);
}

static void workplace_close(const struct workplace *place) {
    static const char *const names[] = {"deck", "log", "result"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[MAX_PATH + 32];
        snprintf(path, sizeof path, "%s/%s", place->path, names[i]);
        unlink(path);
    }
    rmdir(place->path);
}

static _Noreturn void become_ngspice(const struct workplace *place) {
    if (chdir(place->path) != 0 || !freopen("log", "w", stdout) || dup2(1, 2) < 0)
        _exit(126);
    execlp("ngspice", "ngspice", "-n", "-b", "deck", (char *)NULL);
    perror("ngspice");
    _exit(127);
}

static bool workplace_run(const struct workplace *place) {
    fflush(NULL);
    int status = -1;
    const pid_t child = fork();
    if (child == 0)
        become_ngspice(place);
    if (child > 0)
        waitpid(child, &status, 0);
    if (status == 0)
        return true;
    fprintf(stderr, "spice_oracle: ngspice failed (status %d); is it installed?\n", status);
    return false;
}

// --- .ac ---

double spice_frequency_hz(size_t point) {
    return 20.0 * pow(10.0, (double)point / 13.0);
}

static void write_ac_deck(FILE *file, const struct spice_ac_case *cases, size_t count) {
    struct deck deck = {.file = file};
    int *probes = calloc(count, sizeof(int[SPICE_CHANNELS]));
    if (!probes)
        abort();
    fputs("Loadline test oracle, small signals\n", file);
    for (size_t i = 0; i < count; i++) {
        int drives[SPICE_CHANNELS];
        for (int channel = 0; channel < SPICE_CHANNELS; channel++) {
            drives[channel] = deck_node(&deck);
            fprintf(file, "V%d %d 0 dc 0 ac %.17g\n", ++deck.elements, drives[channel],
                    cases[i].drive_v[channel]);
        }
        deck_circuit(&deck, &cases[i].circuit, drives, probes + SPICE_CHANNELS * i);
    }
    // The shunt ties what capacitors leave floating; at 1 Tohm it is nothing. All is linear, so no
    // operating point is needed, and none is asked for: a transformer's winding would short an
    // ideal source there.
    fputs(".options rshunt=1e12 noopac numdgt=15\n.control\n", file);
    fputs("set numdgt=15\nset wr_singlescale\nset appendwrite\n", file);
    fputs("ac dec 13 20 20000\n", file);
    for (size_t i = 0; i < count; i++)
        fprintf(file, "wrdata result v(%d) v(%d)\n", probes[SPICE_CHANNELS * i],
                probes[SPICE_CHANNELS * i + 1]);
    fputs("quit 0\n.endc\n.end\n", file);
    free(probes);
}

static bool read_ac_point(FILE *file, struct spice_ac_case *ac, size_t point) {
    double hz, left_re, left_im, right_re, right_im;
    if (fscanf(file, "%lf %lf %lf %lf %lf", &hz, &left_re, &left_im, &right_re, &right_im) != 5)
        return false;
    // A grid that has slipped would compare different frequencies.
    if (fabs(hz / spice_frequency_hz(point) - 1) > 1e-9)
        return false;
    ac->driver_v[0][point] = left_re + I * left_im;
    ac->driver_v[1][point] = right_re + I * right_im;
    return true;
}

static bool read_ac_result(FILE *file, struct spice_ac_case *cases, size_t count) {
    for (size_t i = 0; i < count; i++)
        for (size_t point = 0; point < SPICE_POINTS; point++)
            if (!read_ac_point(file, &cases[i], point)) {
                fprintf(stderr, "spice_oracle: case %zu, point %zu not as asked\n", i, point);
                return false;
            }
    return true;
}

static bool solve_ac_in(const struct workplace *place, struct spice_ac_case *cases, size_t count) {
    FILE *file = workplace_file(place, "deck", "w");
    if (!file)
        return false;
    write_ac_deck(file, cases, count);
    if (fclose(file) != 0 || !workplace_run(place))
        return false;
    file = workplace_file(place, "result", "r");
    if (!file)
        return false;
    const bool good = read_ac_result(file, cases, count);
    fclose(file);
    return good;
}

static bool solve_ac_process(struct spice_ac_case *cases, size_t count) {
    struct workplace place;
    if (!workplace_open(&place))
        return false;
    const bool good = solve_ac_in(&place, cases, count);
    if (!good)
        workplace_print_log(&place);
    workplace_close(&place);
    return good;
}

bool spice_solve_ac(struct spice_ac_case *cases, size_t count) {
    for (size_t done = 0; done < count; done += AC_CASES_PER_PROCESS) {
        const size_t rest = count - done;
        const size_t batch = rest < AC_CASES_PER_PROCESS ? rest : (size_t)AC_CASES_PER_PROCESS;
        if (!solve_ac_process(cases + done, batch))
            return false;
    }
    return true;
}

// --- .tran ---

size_t spice_tran_count(const struct spice_tran_case *tran) {
    return (size_t)llround(tran->record_s / tran->record_step_s);
}

static void write_tran_deck(FILE *file, const struct spice_tran_case *tran) {
    struct deck deck = {.file = file, .transient = true};
    int drives[SPICE_CHANNELS];
    int probes[SPICE_CHANNELS];
    fputs("Loadline test oracle, large signals\n", file);
    for (int channel = 0; channel < SPICE_CHANNELS; channel++) {
        drives[channel] = deck_node(&deck);
        fprintf(file, "V%d %d 0 sin(0 %.17g %.17g)\n", ++deck.elements, drives[channel],
                tran->drive_v[channel], tran->drive_hz[channel]);
    }
    deck_circuit(&deck, &tran->circuit, drives, probes);
    fputs(".options rshunt=1e12 method=gear maxord=2 reltol=1e-6 abstol=1e-9 vntol=1e-8\n", file);
    fputs("+ chgtol=1e-14 itl4=200\n", file);
    fprintf(file, ".save v(%d) v(%d)\n", probes[0], probes[1]);
    fputs(".control\nset numdgt=15\nset wr_singlescale\n", file);
    fprintf(file, "tran %.17g %.17g %.17g %.17g\n", tran->record_step_s,
            tran->settle_s + tran->record_s, tran->settle_s, tran->solver_step_s);
    fprintf(file, "linearize\nwrdata result v(%d) v(%d)\nquit 0\n.endc\n.end\n", probes[0],
            probes[1]);
}

static bool read_tran_result(FILE *file, const struct spice_tran_case *tran, double *left_v,
                             double *right_v) {
    const size_t count = spice_tran_count(tran);
    for (size_t i = 0; i < count; i++) {
        double time_s;
        if (fscanf(file, "%lf %lf %lf", &time_s, &left_v[i], &right_v[i]) != 3) {
            fprintf(stderr, "spice_oracle: only %zu of %zu samples\n", i, count);
            return false;
        }
        const double expected_s = tran->settle_s + (double)i * tran->record_step_s;
        if (fabs(time_s - expected_s) > 1e-3 * tran->record_step_s) {
            fprintf(stderr, "spice_oracle: sample %zu at %.12g s\n", i, time_s);
            return false;
        }
    }
    return true;
}

static bool solve_tran_in(const struct workplace *place, const struct spice_tran_case *tran,
                          double *left_v, double *right_v) {
    FILE *file = workplace_file(place, "deck", "w");
    if (!file)
        return false;
    write_tran_deck(file, tran);
    if (fclose(file) != 0 || !workplace_run(place))
        return false;
    file = workplace_file(place, "result", "r");
    if (!file)
        return false;
    const bool good = read_tran_result(file, tran, left_v, right_v);
    fclose(file);
    return good;
}

bool spice_solve_tran(const struct spice_tran_case *tran, double *left_v, double *right_v) {
    struct workplace place;
    if (!workplace_open(&place))
        return false;
    const bool good = solve_tran_in(&place, tran, left_v, right_v);
    if (!good)
        workplace_print_log(&place);
    workplace_close(&place);
    return good;
}
