// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "figures.h"

#include "noise.h"

#include <math.h>

#define POINTS_PER_OCTAVE 24.0
#define GRID_POINTS       241 // 20 Hz to 20.5 kHz
#define PEAK_POINTS       (LOAD_BRANCHES_MAX * LOAD_PEAKS_MAX)
#define DAMPING_HIGHEST   1e5

double figures_db(double ratio, double floor_db) {
    return ratio > 0.0 ? fmax(20.0 * log10(ratio), floor_db) : floor_db;
}

double figures_emf_gain(const struct stage_params *stage) {
    return (int)stage->topology == TOPOLOGY_BRIDGE ? 2.0 - stage->leg_mismatch : 1.0;
}

double figures_input_gain(const struct chain_params *params) {
    return params->whole_emf != 0.0 ? 1.0 : figures_emf_gain(&params->stage);
}

double figures_match(double magnitude) {
    const double db = -figures_db(magnitude, -300.0);
    return pow(10.0, fmin(fmax(db, FIGURES_MATCH_LOWEST_DB), FIGURES_MATCH_HIGHEST_DB) / 20.0);
}

double figures_cmrr_db(double complex signal, double complex common) {
    const double db = -figures_db(cabs(common / signal), -FIGURES_CMRR_HIGHEST_DB);
    return fmax(db, 0.0);
}

double figures_mains_hz(const struct line_params *line) {
    return (int)line->mains == MAINS_60_HZ ? 60.0 : 50.0;
}

double figures_a_weighting(double hz) {
    const double f2 = hz * hz;
    const double a = 12194.217 * 12194.217, b = 20.598997 * 20.598997;
    const double c = 107.65265 * 107.65265, d = 737.86223 * 737.86223;
    return 1.2588966 * a * f2 * f2 / ((f2 + b) * sqrt((f2 + c) * (f2 + d)) * (f2 + a));
}

struct halves {
    double complex mid, side;
};

static struct halves respond(const struct figures_builder *builder, enum modal_output output,
                             double hz) {
    const double complex s = I * 2.0 * M_PI * hz;
    struct halves h;
    h.mid = modal_response(&builder->basis.modal[0], output, s);
    h.side =
        builder->basis.halves_differ ? modal_response(&builder->basis.modal[1], output, s) : h.mid;
    return h;
}

static double complex line_response(const struct figures_builder *builder, enum line_drive drive,
                                    double hz) {
    return builder->basis.line
               ? modal_response(&builder->basis.line[drive], MODAL_DRIVER_V, I * 2.0 * M_PI * hz)
               : 1.0;
}

void figures_begin(struct figures_builder *builder, const struct figures_basis *basis,
                   struct figures *figures) {
    *builder = (struct figures_builder){
        .basis = *basis,
        .figures = figures,
        .lowest_db = INFINITY,
        .highest_db = -INFINITY,
    };
    if (basis->interference && basis->line) {
        line_common_v(&basis->params->line, builder->interference_v);
    }
    *figures = (struct figures){0};
}

static void note_level(struct figures_builder *builder, double complex mid) {
    const double db = figures_db(cabs(mid), -300.0);
    builder->lowest_db = fmin(builder->lowest_db, db);
    builder->highest_db = fmax(builder->highest_db, db);
}

// Noise of the two channels' EMFs is independent: at one driver |self|^2 + |cross|^2 = (|mid|^2 +
// |side|^2) / 2.
static void add_noise(struct figures_builder *builder, double hz, const struct halves *h,
                      double line) {
    const double step_hz = hz * log(2.0) / POINTS_PER_OCTAVE;
    const double weight = figures_a_weighting(hz);
    const double mid = cabs(h->mid), side = cabs(h->side);
    const double power = 0.5 * (mid * mid + side * side) * weight * weight * step_hz;
    builder->source_power += power * line * line;
    builder->stage_power += power * (1.0 + builder->basis.params->stage.noise_corner_hz / hz);
}

// What the line picks up around a grid point: the same in both channels.
static void add_interference(struct figures_builder *builder, double hz, const struct halves *h) {
    const double half_step = pow(2.0, 0.5 / POINTS_PER_OCTAVE);
    double power = 0.0;
    for (int kind = 0; kind < INTERFERENCE_KINDS; ++kind) {
        const double v = builder->interference_v[kind];
        if (v > 0.0) {
            power += v * v *
                     interference_power(builder->basis.interference, (enum interference_kind)kind,
                                        (int)builder->basis.params->line.mains, hz / half_step,
                                        hz * half_step);
        }
    }
    if (power > 0.0) {
        const double gain =
            cabs(h->mid * line_response(builder, LINE_COMMON, hz)) * figures_a_weighting(hz);
        builder->interference_power += power * gain * gain;
    }
}

// At a grid point both; a resonance between grid points counts for the highest and lowest level.
static void take_grid_point(struct figures_builder *builder, int index) {
    const double hz = 20.0 * pow(2.0, index / POINTS_PER_OCTAVE);
    const double heard_hz = fmin(hz, 20000.0);
    const struct halves h = respond(builder, MODAL_DRIVER_V, heard_hz);
    const double complex line = line_response(builder, LINE_SIGNAL, heard_hz);
    note_level(builder, h.mid * line);
    if (hz <= 20000.0) {
        add_noise(builder, hz, &h, cabs(line));
        add_interference(builder, hz, &h);
    }
}

static void take_resonance(struct figures_builder *builder, int index) {
    const int branch = index / LOAD_PEAKS_MAX;
    const struct load_params *load = &builder->basis.params->load;
    const struct load_peak *peak = &load->branch[branch].peak[index % LOAD_PEAKS_MAX];
    if (branch < (int)load->branch_count && peak->rise_ohm > 0.0 && peak->hz >= 20.0 &&
        peak->hz <= 20000.0) {
        note_level(builder, respond(builder, MODAL_DRIVER_V, peak->hz).mid *
                                line_response(builder, LINE_SIGNAL, peak->hz));
    }
}

// Thevenin at the driver: Z source = (open-circuit voltage - driver voltage) / load current, for an
// EMF of 1 V.
static double damping_factor(const struct figures_builder *builder, double complex driver_v) {
    const struct stage_params *stage = &builder->basis.params->stage;
    const double complex s = I * 2.0 * M_PI * FIGURES_REFERENCE_HZ;
    double complex open_v = 1.0;
    if ((int)stage->topology == TOPOLOGY_TRANSFORMER) {
        const double complex capacitor =
            isinf(stage->output_farad) ? 0.0 : 1.0 / (s * stage->output_farad);
        const double complex primary = stage->output_ohm + stage->winding_ohm +
                                       s * (stage->output_h + stage->leakage_h) + capacitor;
        open_v = s * stage->magnetizing_h / (s * stage->magnetizing_h + primary);
    }
    const double source = cabs((open_v - driver_v) / driver_v); // |Z source / Z load|
    return source * DAMPING_HIGHEST > 1.0 ? 1.0 / source : DAMPING_HIGHEST;
}

static void finish(struct figures_builder *builder) {
    struct figures *figures = builder->figures;
    const struct stage_params *stage = &builder->basis.params->stage;
    const struct halves h = respond(builder, MODAL_DRIVER_V, FIGURES_REFERENCE_HZ);
    const double emf_gain = figures_input_gain(builder->basis.params);
    const double line = cabs(line_response(builder, LINE_SIGNAL, FIGURES_REFERENCE_HZ));
    const double mains_hz = figures_mains_hz(&builder->basis.params->line);
    figures->match = figures_match(cabs(h.mid) * emf_gain * line);
    figures->response_deviation_db = builder->highest_db - builder->lowest_db;
    figures->crosstalk_db =
        builder->basis.halves_differ
            ? figures_db(cabs((h.mid - h.side) / (h.mid + h.side)), FIGURES_CROSSTALK_FLOOR_DB)
            : FIGURES_CROSSTALK_FLOOR_DB;
    figures->cmrr_db = figures_cmrr_db(line_response(builder, LINE_SIGNAL, mains_hz),
                                       line_response(builder, LINE_COMMON, mains_hz));
    figures->damping_factor = damping_factor(builder, h.mid);
    const int legs = (int)stage->topology == TOPOLOGY_BRIDGE ? 2 : 1;
    figures->stage_noise_v =
        sqrt(legs * noise_density(stage->noise_v, stage->noise_corner_hz) * builder->stage_power);
    figures->interference_v = emf_gain * sqrt(builder->interference_power);
    figures->source_noise_v =
        emf_gain *
        sqrt(noise_density(builder->basis.params->source.noise_v, 0.0) * builder->source_power);
}

bool figures_step(struct figures_builder *builder) {
    const int index = builder->index++;
    if (index < GRID_POINTS) {
        take_grid_point(builder, index);
        return false;
    }
    if (index < GRID_POINTS + PEAK_POINTS) {
        take_resonance(builder, index - GRID_POINTS);
        return false;
    }
    finish(builder);
    return true;
}
