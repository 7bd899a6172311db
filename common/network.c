// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
#include "network.h"

#include "topology.h"

#include <math.h>
#include <string.h>

enum {
    PHASE_LINE,
    PHASE_LINE_MODAL,
    PHASE_LINE_ENGINE,
    PHASE_CIRCUIT,
    PHASE_VIEW,
    PHASE_MODAL,
    PHASE_ENGINE,
    PHASE_FIGURES,
    PHASE_DONE
};

bool network_has_feedback(const struct chain_params *params) {
    return isfinite(params->stage.current_limit_a) || params->stage.supply_ohm > 0.0;
}

// What the engine reads of a line without states; a wire only waits as long.
static void keep_line_fir(struct network *network, bool wire) {
    const struct engine_half *line = &network->line[LINE_SIGNAL];
    struct fir *fir = &network->line_fir;
    network->line_has_states = !wire && line->blocks.count > 0;
    fir->delay = wire ? ENGINE_LATENCY : 0;
    fir->taps = wire ? 1 : BAND_TAPS;
    for (int i = 0; i < fir->taps; ++i) {
        fir->coefficient[i] = wire ? 1.0f : (float)line->exact_answer[MODAL_DRIVER_V][i];
    }
}

void network_begin(struct network_builder *builder, const struct chain_params *params,
                   const struct network_site *site, struct network *network) {
    builder->params = *params;
    builder->site = *site;
    builder->network = network;
    builder->failed = false;
    builder->drive = LINE_SIGNAL;
    builder->half = NETWORK_MID;
    builder->phase = PHASE_LINE;
    if (line_is_wire(&params->line)) {
        keep_line_fir(network, true);
        builder->phase = PHASE_CIRCUIT;
    }
}

static void build_line(struct network_builder *builder) {
    line_build(&builder->params.line, (enum line_drive)builder->drive, &builder->circuit);
    circuit_view(&builder->circuit, CIRCUIT_MID, &builder->view);
    modal_begin(&builder->modal, &builder->view);
    builder->phase = PHASE_LINE_MODAL;
}

static void begin_line_engine(struct network_builder *builder) {
    struct network *network = builder->network;
    network->line_modal[builder->drive] = builder->modal.modal;
    engine_begin(&network->line[builder->drive], &builder->rest, &builder->modal.modal);
    builder->mode = 0;
    builder->phase = PHASE_LINE_ENGINE;
}

static void add_line_mode(struct network_builder *builder) {
    struct network *network = builder->network;
    const struct modal *modal = &network->line_modal[builder->drive];
    if (builder->mode < modal->mode_count) {
        engine_add_mode(&network->line[builder->drive], &builder->rest, modal, builder->mode++,
                        builder->site.line_band);
        return;
    }
    engine_end(&network->line[builder->drive], &builder->rest, builder->site.line_band);
    ++builder->drive;
    builder->phase = PHASE_LINE;
    if (builder->drive == LINE_DRIVES) {
        keep_line_fir(network, false);
        builder->phase = PHASE_CIRCUIT;
    }
}

static void build_circuit(struct network_builder *builder) {
    const struct chain_params *params = &builder->params;
    topology_build(&params->stage, &params->cable, &params->load, &builder->circuit);
    builder->halves_differ = false;
    for (int i = 0; i < builder->circuit.element_count; ++i) {
        builder->halves_differ |= builder->circuit.element[i].shared;
    }
}

// Without a shared element the halves are the same circuit.
static void next_half(struct network_builder *builder) {
    struct network *network = builder->network;
    engine_end(&network->engine.half[builder->half], &builder->rest, builder->site.output_band);
    if (builder->half == NETWORK_MID && builder->halves_differ) {
        builder->half = NETWORK_SIDE;
        builder->phase = PHASE_VIEW;
        return;
    }
    if (builder->half == NETWORK_MID) {
        network->engine.half[NETWORK_SIDE] = network->engine.half[NETWORK_MID];
        network->causal[NETWORK_SIDE] = network->causal[NETWORK_MID];
        network->fine[NETWORK_SIDE] = network->fine[NETWORK_MID];
        network->modal[NETWORK_SIDE] = network->modal[NETWORK_MID];
    }
    engine_join(&network->engine);
    const struct figures_basis basis = {
        .params = &builder->params,
        .line = line_is_wire(&builder->params.line) ? NULL : network->line_modal,
        .modal = network->modal,
        .halves_differ = builder->halves_differ,
        .interference = builder->site.interference,
    };
    figures_begin(&builder->figures, &basis, &network->figures);
    builder->phase = PHASE_FIGURES;
}

static void begin_engines(struct network_builder *builder) {
    struct network *network = builder->network;
    const struct modal *modal = &network->modal[builder->half];
    engine_begin(&network->engine.half[builder->half], &builder->rest, modal);
    causal_begin(&network->causal[builder->half], modal);
    causal_begin(&network->fine[builder->half], modal);
    builder->mode = 0;
}

// False once there is none left.
static bool add_mode(struct network_builder *builder) {
    struct network *network = builder->network;
    const struct modal *modal = &network->modal[builder->half];
    const int mode = builder->mode++;
    if (mode < modal->mode_count) {
        engine_add_mode(&network->engine.half[builder->half], &builder->rest, modal, mode,
                        builder->site.output_band);
        return true;
    }
    if (mode < 2 * modal->mode_count && network_has_feedback(&builder->params)) {
        const int again = mode - modal->mode_count;
        const double step_s = builder->site.output_band->step_s;
        causal_add_mode(&network->causal[builder->half], modal, again, step_s);
        causal_add_mode(&network->fine[builder->half], modal, again, step_s / LIMITER_SUBSTEPS);
        return true;
    }
    return false;
}

int network_step_cost(const struct network_builder *builder) {
    switch (builder->phase) {
    case PHASE_CIRCUIT:
        return 10;
    case PHASE_ENGINE:
    case PHASE_VIEW:
        return 3;
    case PHASE_MODAL:
        return modal_step_cost(&builder->modal);
    default: // what belongs to the line is small
        return 1;
    }
}

static void give_up(struct network_builder *builder) {
    memset(builder->network, 0, sizeof *builder->network);
    builder->network->figures =
        (struct figures){.match = 1.0, .crosstalk_db = FIGURES_CROSSTALK_FLOOR_DB};
    builder->failed = true;
    builder->phase = PHASE_DONE;
}

bool network_step(struct network_builder *builder) {
    struct network *network = builder->network;
    const int half = builder->half;
    switch (builder->phase) {
    case PHASE_LINE:
        build_line(builder);
        break;
    case PHASE_LINE_MODAL: // no line is beyond the modes' number
        if (modal_step(&builder->modal)) {
            begin_line_engine(builder);
        }
        break;
    case PHASE_LINE_ENGINE:
        add_line_mode(builder);
        break;
    case PHASE_CIRCUIT:
        build_circuit(builder);
        builder->phase = PHASE_VIEW;
        break;
    case PHASE_VIEW:
        circuit_view(&builder->circuit, half == NETWORK_MID ? CIRCUIT_MID : CIRCUIT_SIDE,
                     &builder->view);
        modal_begin(&builder->modal, &builder->view);
        builder->phase = PHASE_MODAL;
        break;
    case PHASE_MODAL:
        if (modal_step(&builder->modal)) {
            if (builder->modal.failed) {
                give_up(builder);
            } else {
                network->modal[half] = builder->modal.modal;
                begin_engines(builder);
                builder->phase = PHASE_ENGINE;
            }
        }
        break;
    case PHASE_ENGINE:
        if (!add_mode(builder)) {
            next_half(builder);
        }
        break;
    case PHASE_FIGURES:
        if (figures_step(&builder->figures)) {
            builder->phase = PHASE_DONE;
        }
        break;
    default:
        break;
    }
    return builder->phase == PHASE_DONE;
}
