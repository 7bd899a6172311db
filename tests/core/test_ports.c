// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// The port table, and the way from port values and named devices to SI.
#include "devices.h"
#include "ports.h"
#include "settings.h"

#include <ctype.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define FLOAT_EPSILON 1e-6 // relative; ports are floats

static const char *const id_names[PORT_COUNT] = {
#define PORT(plugins, id, ...) [PORT_##id] = #id,
#include "ports.def"
};

static void assert_close(double actual, double expected) {
    if (!(fabs(actual - expected) <= FLOAT_EPSILON * fabs(expected)))
        fail_msg("%.12g is not %.12g", actual, expected);
}

static struct chain_params convert_for(enum plugin_bit plugin, const char *settings) {
    float values[PORT_COUNT];
    char error[SETTINGS_ERROR_MAX];
    struct chain_params params;
    settings_default(values);
    if (!settings_parse((unsigned)plugin, settings, values, error))
        fail_msg("%s", error);
    ports_to_params(plugin, values, &params);
    return params;
}

static struct chain_params convert(const char *settings) {
    return convert_for(PLUGIN_CHAIN, settings);
}

static double field(const struct chain_params *params, enum port_id id) {
    return *(const double *)((const char *)params + ports[id].field);
}

static bool may_be_infinite(size_t offset) {
    return offset == offsetof(struct chain_params, stage.current_limit_a) ||
           offset == offsetof(struct chain_params, stage.slew_v_per_s) ||
           offset == offsetof(struct chain_params, stage.output_farad);
}

static void assert_sane_branch(const struct load_branch *branch) {
    assert_true(branch->ohm > 0);
    for (unsigned i = 0; i < LOAD_PEAKS_MAX; i++)
        assert_true(branch->peak[i].hz > 0 && branch->peak[i].q > 0);
    assert_true(branch->semi_exponent >= 0 && branch->semi_exponent <= 1);
}

static void assert_sane(const struct chain_params *params) {
    for (size_t offset = 0; offset < sizeof *params; offset += sizeof(double)) {
        const double value = *(const double *)((const char *)params + offset);
        assert_true(isfinite(value) || (may_be_infinite(offset) && value > 0));
    }
    assert_true(params->source.level_v > 0);
    assert_true(params->stage.rail_v > 0);
    assert_true(params->stage.current_limit_a > 0);
    assert_true(params->stage.magnetizing_h > 0);
    assert_in_range(params->load.branch_count, 1, LOAD_BRANCHES_MAX);
    for (unsigned i = 0; i < (unsigned)params->load.branch_count; i++)
        assert_sane_branch(&params->load.branch[i]);
    assert_true(params->load.sensitivity_db >= 60 && params->load.sensitivity_db <= 140);
}

// --- The table ---

// A symbol that several rows share is prefixed in the identifiers of all but the first.
static const char *without_prefix(enum port_id id, const char *name) {
    return id == PORT_ABX_SEED ? name + strlen("abx_") : name;
}

static void symbols_are_the_identifiers_in_lower_case(void **state) {
    (void)state;
    for (enum port_id id = 0; id < PORT_COUNT; id++) {
        char lower[64];
        size_t length = 0;
        for (const char *c = id_names[id]; *c != '\0'; c++)
            lower[length++] = (char)tolower((unsigned char)*c);
        lower[length] = '\0';
        assert_string_equal(ports[id].symbol, without_prefix(id, lower));
        assert_int_equal(port_find(ports[id].plugins, ports[id].symbol), id);
    }
    assert_int_equal(port_find(PLUGIN_CHAIN, "no_such_port"), PORT_COUNT);
}

static void texts_are_there_and_short_names_are_short(void **state) {
    (void)state;
    for (enum port_id id = 0; id < PORT_COUNT; id++) {
        const struct port *port = &ports[id];
        assert_true(strlen(port->name) > 0);
        assert_in_range(strlen(port->short_name), 1, 16); // LV2 asks for that
        assert_true(strlen(port->comment) > 0);
        assert_int_equal(port->comment[strlen(port->comment) - 1], '.');
        assert_true(port->unit < UNIT_COUNT);
        assert_true(port->plugins != 0);
    }
}

static void names_are_unique_in_a_plugin(void **state) {
    (void)state;
    for (enum port_id a = 0; a < PORT_COUNT; a++)
        for (enum port_id b = 0; b < a; b++) {
            if (!(ports[a].plugins & ports[b].plugins))
                continue;
            assert_string_not_equal(ports[a].symbol, ports[b].symbol);
            assert_string_not_equal(ports[a].name, ports[b].name);
            assert_string_not_equal(ports[a].short_name, ports[b].short_name);
        }
}

static void ranges_hold_their_defaults(void **state) {
    (void)state;
    for (enum port_id id = 0; id < PORT_COUNT; id++) {
        const struct port *port = &ports[id];
        const bool is_log = port->scale == SCALE_LOG || port->scale == SCALE_LOG_ZERO ||
                            port->scale == SCALE_LOG_OFF;
        assert_true(port->minimum < port_maximum(id));
        assert_true(port->fallback >= port->minimum && port->fallback <= port_maximum(id));
        assert_true(!is_log || port->minimum > 0);
        assert_true((port->scale == SCALE_CHOICE) == (port_choice_count(id) > 0));
        assert_true(port->scale != SCALE_CHOICE || port->maximum == 0 ||
                    port->maximum == port_maximum(id) || port->choices == CHOICES_CABLES);
    }
}

static void no_two_ports_of_a_plugin_share_a_field(void **state) {
    (void)state;
    for (enum port_id a = 0; a < PORT_COUNT; a++) {
        if (ports[a].field == NO_FIELD)
            continue;
        assert_false(port_is_output(a));
        assert_in_range(ports[a].field, 0, sizeof(struct chain_params) - sizeof(double));
        assert_int_equal((size_t)ports[a].field % sizeof(double), 0);
        for (enum port_id b = 0; b < a; b++)
            if (ports[a].plugins & ports[b].plugins)
                assert_int_not_equal(ports[a].field, ports[b].field);
    }
}

static void a_layout_is_the_rows_of_its_plugin(void **state) {
    (void)state;
    struct port_layout layout;
    ports_layout(0, &layout);
    assert_int_equal(layout.audio_count + layout.control_count, 0);
    for (unsigned p = 0; p < PLUGIN_COUNT; p++) {
        ports_layout(plugin_names[p].bit, &layout);
        for (unsigned i = 0; i < layout.control_count; i++) {
            assert_true(ports[layout.control[i]].plugins & plugin_names[p].bit);
            assert_true(i == 0 || layout.control[i] > layout.control[i - 1]);
        }
        for (unsigned i = 0; i < layout.audio_count; i++)
            assert_true(audios[layout.audio[i]].plugins & plugin_names[p].bit);
    }
}

static void clamping_mends_every_value(void **state) {
    (void)state;
    for (enum port_id id = 0; id < PORT_COUNT; id++) {
        assert_true(port_clamp(id, (double)NAN) == ports[id].fallback);
        assert_true(port_clamp(id, (double)INFINITY) == ports[id].fallback);
        assert_true(port_clamp(id, (double)-INFINITY) == ports[id].fallback);
        assert_true(port_clamp(id, 1e30) == port_maximum(id));
        assert_true(port_clamp(id, -1e30) == ports[id].minimum);
    }
    assert_true(port_clamp(PORT_TOPOLOGY, 1.4) == 1);
    assert_true(port_clamp(PORT_TOPOLOGY, 1.6) == 2);
    assert_true(port_clamp(PORT_MATCH, 0.4) == 0);
    assert_true(port_clamp(PORT_SEED, 7.5) == 8);
    assert_true(port_clamp(PORT_GAIN, 1.4) == 1.4);
}

// --- Choices ---

static void choice_labels_are_unique_and_found(void **state) {
    (void)state;
    for (enum port_id id = 0; id < PORT_COUNT; id++)
        for (unsigned i = 0; i < port_choice_count(id); i++)
            assert_int_equal(port_choice_find(id, port_choice_label(id, i)), i);
    assert_int_equal(port_choice_find(PORT_HEADPHONE, "No such thing"), -1);
    assert_int_equal(port_choice_find(PORT_GAIN, "Custom"), -1);
}

static void choices_begin_with_the_custom_ones(void **state) {
    (void)state;
    assert_int_equal(port_choice_count(PORT_HEADPHONE), headphone_count + 1);
    assert_int_equal(port_choice_count(PORT_AMPLIFIER), amplifier_count + 1);
    assert_int_equal(port_choice_count(PORT_CABLE), cable_count + 2);
    assert_string_equal(port_choice_label(PORT_HEADPHONE, 0), "Custom");
    assert_string_equal(port_choice_label(PORT_HEADPHONE, 1), headphones[0].name);
    assert_string_equal(port_choice_label(PORT_CABLE, CABLE_OWN), "The headphone's own");
    assert_string_equal(port_choice_label(PORT_CABLE, 2), cables[0].name);
    assert_string_equal(port_choice_label(PORT_TOPOLOGY, TOPOLOGY_BRIDGE), "Bridge-tied (BTL)");
}

// --- Conversion ---

static void defaults_convert_to_these_figures(void **state) {
    (void)state;
    const struct chain_params p = convert("");
    assert_close(p.source.level_v, 2);
    assert_close(p.source.noise_v, 0);
    assert_close(p.stage.topology, TOPOLOGY_SHARED_RETURN);
    assert_close(p.stage.rail_v, 12);
    assert_true(isinf(p.stage.current_limit_a));
    assert_true(p.stage.second_harmonic_db <= HARMONIC_NONE_DB);
    assert_true(isinf(p.stage.slew_v_per_s));
    assert_close(p.stage.output_ohm, 0.1);
    assert_true(isinf(p.stage.output_farad));
    assert_close(p.stage.ground_ohm, 0);
    assert_close(p.stage.supply_farad, 4700e-6);
    assert_close(p.stage.leakage_h, 0.1e-3);
    assert_close(p.cable.length_m, 1.5);
    assert_close(p.cable.ohm_per_m, 0.21);
    assert_close(p.cable.henry_per_m, 0.7e-6);
    assert_close(p.cable.farad_per_m, 100e-12);
    assert_close(p.cable.contact_ohm, 0.015);
    assert_close(p.load.branch_count, 1);
    assert_close(p.load.branch[0].ohm, 300);
    assert_close(p.load.branch[0].peak[0].rise_ohm, 260);
    assert_close(p.load.branch[0].peak[0].hz, 100);
    assert_close(p.load.branch[0].semi_exponent, 0.6);
    assert_close(p.load.sensitivity_db, 104);
    assert_close(p.match, 1);
}

static void units_convert_to_si(void **state) {
    (void)state;
    const struct chain_params p =
        convert("knee=50; current_limit=250; crossover=20; slew_rate=3; leg_mismatch=1;"
                "stage_noise=4; output_inductance=2; output_capacitor=33; ground_resistance=40;"
                "source_noise=5; inductance=0.4; second_harmonic=-60; cable_length=3");
    assert_close(p.stage.knee, 0.5);
    assert_close(p.stage.current_limit_a, 0.25);
    assert_close(p.stage.crossover_v, 0.02);
    assert_close(p.stage.slew_v_per_s, 3e6);
    assert_close(p.stage.leg_mismatch, 0.01);
    assert_close(p.stage.noise_v, 4e-6);
    assert_close(p.stage.output_h, 2e-6);
    assert_close(p.stage.output_farad, 33e-6);
    assert_close(p.stage.ground_ohm, 0.04);
    assert_close(p.source.noise_v, 5e-6);
    assert_close(p.load.branch[0].henry, 0.4e-3);
    assert_close(p.stage.second_harmonic_db, -60);
    assert_close(p.cable.length_m, 3);
}

// The first plugin that has the port.
static enum plugin_bit owner(enum port_id id) {
    unsigned p = 0;
    while (!(ports[id].plugins & plugin_names[p].bit))
        p++;
    return plugin_names[p].bit;
}

// One port at a time: its field follows, and no other does.
static void each_port_moves_its_own_field(void **state) {
    (void)state;
    for (enum port_id id = 0; id < PORT_COUNT; id++) {
        if (ports[id].field == NO_FIELD)
            continue;
        const double middle = port_clamp(id, 0.45 * ports[id].minimum + 0.55 * port_maximum(id));
        float values[PORT_COUNT];
        struct chain_params before, after;
        settings_default(values);
        ports_to_params(owner(id), values, &before);
        values[id] = (float)middle;
        ports_to_params(owner(id), values, &after);
        assert_close(field(&after, id), middle * ports[id].si);
        *(double *)((char *)&after + ports[id].field) = field(&before, id);
        assert_memory_equal(&after, &before, sizeof after);
    }
}

static void open_ends_read_as_none_and_as_no_limit(void **state) {
    (void)state;
    for (enum port_id id = 0; id < PORT_COUNT; id++) {
        float values[PORT_COUNT];
        struct chain_params params;
        settings_default(values);
        if (ports[id].scale == SCALE_LOG_ZERO) {
            values[id] = (float)ports[id].minimum;
            ports_to_params(owner(id), values, &params);
            assert_true(field(&params, id) == 0);
            values[id] *= 1.01F;
            ports_to_params(owner(id), values, &params);
            assert_true(field(&params, id) > 0);
        } else if (ports[id].scale == SCALE_LOG_OFF) {
            values[id] = (float)port_maximum(id);
            ports_to_params(owner(id), values, &params);
            assert_true(isinf(field(&params, id)));
            values[id] *= 0.99F;
            ports_to_params(owner(id), values, &params);
            assert_true(isfinite(field(&params, id)));
        }
    }
}

// Such as a ramp down to zero leaves, in a host's arithmetic.
static void next_to_nothing_is_nothing(void **state) {
    (void)state;
    unsigned checked = 0;
    for (enum port_id id = 0; id < PORT_COUNT; id++) {
        if (ports[id].scale != SCALE_LINEAR || ports[id].minimum != 0 ||
            ports[id].field == NO_FIELD)
            continue;
        float values[PORT_COUNT];
        struct chain_params params;
        settings_default(values);
        values[id] = (float)(port_maximum(id) * 1e-9);
        ports_to_params(owner(id), values, &params);
        assert_true(field(&params, id) == 0);
        values[id] = (float)(port_maximum(id) * 1e-6);
        ports_to_params(owner(id), values, &params);
        assert_true(field(&params, id) > 0);
        checked++;
    }
    assert_true(checked > 5);
}

static void broken_values_convert_to_defaults(void **state) {
    (void)state;
    float values[PORT_COUNT];
    for (enum port_id id = 0; id < PORT_COUNT; id++)
        values[id] = NAN;
    struct chain_params params;
    ports_to_params(PLUGIN_CHAIN, values, &params);
    const struct chain_params expected = convert("");
    for (enum port_id id = 0; id < PORT_COUNT; id++)
        if ((ports[id].plugins & PLUGIN_CHAIN) && ports[id].field != NO_FIELD &&
            isfinite(field(&expected, id)))
            assert_close(field(&params, id), field(&expected, id));
    assert_sane(&params);
}

// --- Devices ---

static void every_device_converts_to_sane_figures(void **state) {
    (void)state;
    static const enum port_id selectors[] = {PORT_HEADPHONE, PORT_AMPLIFIER, PORT_CABLE};
    for (size_t s = 0; s < sizeof selectors / sizeof *selectors; s++)
        for (unsigned choice = 0; choice < port_choice_count(selectors[s]); choice++) {
            float values[PORT_COUNT];
            struct chain_params params;
            settings_default(values);
            values[selectors[s]] = (float)choice;
            ports_to_params(PLUGIN_CHAIN, values, &params);
            assert_sane(&params);
        }
}

static void assert_own(const struct device *device, const struct chain_params *params,
                       enum port_id id) {
    const double figure = device->value[id];
    if (isnan(figure))
        return;
    const double si = field(params, id);
    if (si == 0)
        assert_true((float)figure <= (float)ports[id].minimum);
    else if (isinf(si))
        assert_true((float)figure >= (float)ports[id].maximum);
    else
        assert_close(si, figure * ports[id].si);
}

static void amplifiers_set_the_stage(void **state) {
    (void)state;
    for (unsigned i = 0; i < amplifier_count; i++) {
        float values[PORT_COUNT];
        struct chain_params params;
        settings_default(values);
        values[PORT_AMPLIFIER] = (float)(i + 1);
        values[PORT_RAIL] = 99;
        values[PORT_KNEE] = 99;
        values[PORT_SOURCE_LEVEL] = 7;
        ports_to_params(PLUGIN_CHAIN, values, &params);
        for (enum port_id id = PORT_TOPOLOGY; id <= PORT_LEAKAGE_INDUCTANCE; id++)
            assert_own(&amplifiers[i], &params, id);
        const double level_v = amplifiers[i].value[PORT_SOURCE_LEVEL];
        assert_close(params.source.level_v, isnan(level_v) ? 7 : level_v);
        assert_true(params.stage.knee < 0.99); // none is that soft: unknown reads 0
    }
}

static void headphones_set_the_load_and_their_cable(void **state) {
    (void)state;
    for (unsigned i = 0; i < headphone_count; i++) {
        const struct device *headphone = &headphones[i];
        float values[PORT_COUNT];
        struct chain_params params;
        settings_default(values);
        values[PORT_HEADPHONE] = (float)(i + 1);
        ports_to_params(PLUGIN_CHAIN, values, &params);
        assert_own(headphone, &params, PORT_CABLE_LENGTH);
        assert_own(headphone, &params, PORT_CABLE_RESISTANCE);
        assert_own(headphone, &params, PORT_SHARED_LENGTH);
        assert_own(headphone, &params, PORT_SENSITIVITY);
        if (headphone->branches) {
            assert_int_equal((unsigned)params.load.branch_count, headphone->branch_count);
            assert_close(params.load.branch[0].farad, headphone->branches[0].capacitance_uf * 1e-6);
            assert_close(params.load.branch[0].henry, headphone->branches[0].inductance_mh * 1e-3);
        } else {
            assert_close(params.load.branch_count, 1);
            for (enum port_id id = PORT_RESISTANCE; id <= PORT_SEMI_EXPONENT; id++)
                assert_own(headphone, &params, id);
        }
    }
}

static void cables_leave_the_length(void **state) {
    (void)state;
    for (unsigned i = 0; i < cable_count; i++) {
        float values[PORT_COUNT];
        struct chain_params params;
        settings_default(values);
        values[PORT_HEADPHONE] = 1;
        values[PORT_CABLE] = (float)(i + 2);
        values[PORT_CABLE_LENGTH] = 7;
        ports_to_params(PLUGIN_CHAIN, values, &params);
        for (enum port_id id = PORT_CABLE_RESISTANCE; id <= PORT_SHARED_LENGTH; id++)
            assert_own(&cables[i], &params, id);
        assert_close(params.cable.length_m, 7);
    }
}

static void a_custom_cable_reads_the_controls(void **state) {
    (void)state;
    const struct chain_params named = convert("headphone=1; cable=Custom; cable_resistance=500;"
                                              "cable_length=7");
    assert_close(named.cable.ohm_per_m, 0.5);
    assert_close(named.cable.length_m, 7);
    const struct chain_params custom = convert("cable=The headphone's own; cable_resistance=500;"
                                               "cable_length=7");
    assert_close(custom.cable.ohm_per_m, 0.5);
    assert_close(custom.cable.length_m, 7);
}

// An unknown figure is ideal, whatever the controls say.
static void unknown_figures_are_ideal(void **state) {
    (void)state;
    unsigned unknown = 0;
    for (unsigned i = 0; i < amplifier_count; i++) {
        float values[PORT_COUNT];
        struct chain_params params;
        settings_default(values);
        values[PORT_AMPLIFIER] = (float)(i + 1);
        values[PORT_SLEW_RATE] = 1;
        values[PORT_CROSSOVER] = 50;
        values[PORT_SUPPLY_CAPACITANCE] = 200;
        ports_to_params(PLUGIN_CHAIN, values, &params);
        const double *figure = amplifiers[i].value;
        unknown += isnan(figure[PORT_SLEW_RATE]) ? 1 : 0;
        assert_true(!isnan(figure[PORT_SLEW_RATE]) || isinf(params.stage.slew_v_per_s));
        assert_true(!isnan(figure[PORT_CROSSOVER]) || params.stage.crossover_v == 0);
        if (isnan(figure[PORT_SUPPLY_CAPACITANCE]))
            assert_close(params.stage.supply_farad, 4700e-6);
    }
    assert_true(unknown > 0);
}

// A connector does not say how it is driven; its returns are separate in any case.
static void an_unknown_topology_has_separate_returns(void **state) {
    (void)state;
    assert_true(isnan(
        devices_find(DEVICES_AMPLIFIERS, "Zaehl HM1 class AB, 4-pin XLR")->value[PORT_TOPOLOGY]));
    const struct chain_params params = convert("amplifier=Zaehl HM1 class AB, 4-pin XLR");
    assert_true((int)params.stage.topology == TOPOLOGY_SEPARATE_RETURNS);
}

// A 4-pin jack does not give a cable its fourth wire. The controls of a custom amplifier count.
static void three_wires_share_their_return(void **state) {
    (void)state;
    const char *const jack = "amplifier=Benchmark HPA4, 4-pin XLR; headphone=%s; cable=%s%s";
    static const struct {
        const char *headphone, *cable, *more;
        int topology;
    } cases[] = {
        {"Beyerdynamic DT 990 PRO 250 ohm", "The headphone's own", "", TOPOLOGY_SHARED_RETURN},
        {"Sennheiser HD 600", "The headphone's own", "", TOPOLOGY_SEPARATE_RETURNS},
        {"Sennheiser HD 600", "Generic 28 AWG, 3 wires, 3.5 mm", "", TOPOLOGY_SHARED_RETURN},
        {"Beyerdynamic DT 990 PRO 250 ohm", "Generic 28 AWG, 4 wires, 4-pin XLR", "",
         TOPOLOGY_SEPARATE_RETURNS},
        {"Beyerdynamic DT 990 PRO 250 ohm", "The headphone's own",
         "; amplifier=Topping A50 III, balanced", TOPOLOGY_BRIDGE},
        {"Beyerdynamic DT 990 PRO 250 ohm", "The headphone's own",
         "; amplifier=Custom; topology=Single-ended, separate returns", TOPOLOGY_SEPARATE_RETURNS},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char settings[512];
        snprintf(settings, sizeof settings, jack, cases[i].headphone, cases[i].cable,
                 cases[i].more);
        const struct chain_params params = convert(settings);
        assert_int_equal((int)params.stage.topology, cases[i].topology);
        assert_true(params.stage.ground_ohm == 0);
        if (cases[i].topology == TOPOLOGY_SHARED_RETURN)
            assert_true(params.cable.shared_m > 0);
    }
}

// Line outputs are sources, not headphone amplifiers.
static void line_outputs_are_no_amplifiers(void **state) {
    (void)state;
    static const char *const outputs[] = {"Topping E50, RCA", "Topping E50, TRS",
                                          "Ferrum OOR, XLR pre-out",
                                          "Focusrite Scarlett 2i2 3rd generation, line out"};
    for (size_t i = 0; i < sizeof outputs / sizeof *outputs; i++) {
        assert_non_null(devices_find(DEVICES_LINES, outputs[i]));
        assert_null(devices_find(DEVICES_AMPLIFIERS, outputs[i]));
    }
}

static void every_figure_has_a_tag(void **state) {
    (void)state;
    for (unsigned kind = 0; kind < DEVICE_TABLE_COUNT; kind++) {
        const struct device_table *table = &device_tables[kind];
        for (unsigned i = 0; i < *table->count; i++) {
            const struct device *device = &table->devices[i];
            for (unsigned k = 0; k < table->owned_count; k++) {
                const enum port_id id = table->owned[k];
                const bool branched = device->branches && id == PORT_RESISTANCE;
                if (isnan(device->value[id]) && !branched)
                    assert_int_equal(device->tags[id], TAG_NONE);
            }
        }
    }
    assert_int_equal(devices_find(DEVICES_HEADPHONES, "Grado SR60x")->tags[PORT_SENSITIVITY],
                     TAG_MEASURED);
    assert_int_equal(devices_find(DEVICES_HEADPHONES, "Sennheiser HD 600")->tags[PORT_RESISTANCE],
                     TAG_ESTIMATED);
    assert_int_equal(devices_find(DEVICES_HEADPHONES, "Shure SE846 Gen 2")->tags[PORT_RESISTANCE],
                     TAG_ESTIMATED);
    assert_int_equal(devices_find(DEVICES_AMPLIFIERS, "JDS Labs O2")->tags[PORT_CURRENT_LIMIT],
                     TAG_DERIVED);
}

// --- Settings and presets ---

static void every_preset_parses(void **state) {
    (void)state;
    assert_true(preset_count > 0);
    unsigned parsed = 0;
    for (unsigned i = 0; i < preset_count; i++)
        for (unsigned k = 0; k < PLUGIN_COUNT; k++)
            if (strcmp(presets[i].plugin, plugin_names[k].name) == 0) {
                const struct chain_params params =
                    convert_for(plugin_names[k].bit, presets[i].settings);
                assert_sane(&params);
                parsed++;
            }
    assert_int_equal(parsed, preset_count);
}

// What a line states, and nothing else; one after the other, they make a connection.
static void a_line_sets_what_it_states(void **state) {
    (void)state;
    const struct chain_params output = convert("receiver_cmrr=77; line=Topping E50, TRS");
    assert_close(output.source.level_v, 4);
    assert_close(output.source.noise_v, 2e-6);
    assert_close(output.line.source_ohm, 20);
    assert_close(output.line.type, LINE_BALANCED);
    assert_close(output.line.receiver_cmrr_db, 77);
    const struct chain_params both = convert("line=Topping E50, TRS; line=Generic XLR, 30 m");
    assert_close(both.line.source_ohm, 20);
    assert_close(both.line.length_m, 30);
    float values[PORT_COUNT];
    char error[SETTINGS_ERROR_MAX];
    settings_default(values);
    assert_false(settings_parse(PLUGIN_CHAIN, "line=Nobody's", values, error));
    assert_non_null(strstr(error, "Nobody's"));
    assert_false(settings_parse(PLUGIN_LOAD, "line=Generic XLR, 30 m", values, error));
    assert_true(settings_parse(PLUGIN_LINE, "line=Generic XLR, 30 m", values, error));
}

static void settings_take_numbers_and_labels(void **state) {
    (void)state;
    float values[PORT_COUNT];
    char error[SETTINGS_ERROR_MAX];
    settings_default(values);
    assert_true(settings_parse(PLUGIN_CHAIN, " gain = 6 ;; topology=Bridge-tied (BTL); match=0 ;",
                               values, error));
    assert_true(values[PORT_GAIN] == 6);
    assert_true(values[PORT_TOPOLOGY] == TOPOLOGY_BRIDGE);
    assert_true(values[PORT_MATCH] == 0);
}

static void wrong_settings_say_what_is_wrong(void **state) {
    (void)state;
    static const struct {
        const char *settings, *part;
    } cases[] = {
        {"gian=6", "'gian' is no control"},
        {"gain", "write symbol=value"},
        {"gain=", "use a number"},
        {"gain=six", "use a number"},
        {"gain=6 dB", "use a number"},
        {"gain=41", "it can be -40 to 40"},
        {"gain=nan", "it can be"},
        {"headphone=No such thing", "the name of a choice"},
        {"headphone=1000", "it can be 0 to"},
        {"latency=3", "is a meter"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        float values[PORT_COUNT];
        char error[SETTINGS_ERROR_MAX] = "";
        settings_default(values);
        assert_false(settings_parse(PLUGIN_CHAIN, cases[i].settings, values, error));
        if (!strstr(error, cases[i].part))
            fail_msg("\"%s\" gives \"%s\"", cases[i].settings, error);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(symbols_are_the_identifiers_in_lower_case),
        cmocka_unit_test(texts_are_there_and_short_names_are_short),
        cmocka_unit_test(names_are_unique_in_a_plugin),
        cmocka_unit_test(ranges_hold_their_defaults),
        cmocka_unit_test(no_two_ports_of_a_plugin_share_a_field),
        cmocka_unit_test(a_layout_is_the_rows_of_its_plugin),
        cmocka_unit_test(clamping_mends_every_value),
        cmocka_unit_test(choice_labels_are_unique_and_found),
        cmocka_unit_test(choices_begin_with_the_custom_ones),
        cmocka_unit_test(defaults_convert_to_these_figures),
        cmocka_unit_test(units_convert_to_si),
        cmocka_unit_test(each_port_moves_its_own_field),
        cmocka_unit_test(open_ends_read_as_none_and_as_no_limit),
        cmocka_unit_test(next_to_nothing_is_nothing),
        cmocka_unit_test(broken_values_convert_to_defaults),
        cmocka_unit_test(every_device_converts_to_sane_figures),
        cmocka_unit_test(amplifiers_set_the_stage),
        cmocka_unit_test(headphones_set_the_load_and_their_cable),
        cmocka_unit_test(cables_leave_the_length),
        cmocka_unit_test(a_custom_cable_reads_the_controls),
        cmocka_unit_test(unknown_figures_are_ideal),
        cmocka_unit_test(an_unknown_topology_has_separate_returns),
        cmocka_unit_test(three_wires_share_their_return),
        cmocka_unit_test(line_outputs_are_no_amplifiers),
        cmocka_unit_test(every_figure_has_a_tag),
        cmocka_unit_test(every_preset_parses),
        cmocka_unit_test(a_line_sets_what_it_states),
        cmocka_unit_test(settings_take_numbers_and_labels),
        cmocka_unit_test(wrong_settings_say_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
