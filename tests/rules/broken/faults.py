#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Loadline authors
# SPDX-License-Identifier: ISC
"""The faults of the plugins that are broken on purpose, each with the rules that it breaks.

A rule is a test of tests/rules. A fault of behaviour is in
broken.c under its name; one of the Turtle is a text and what stands in its place; one of the binary
is a binary of its own.

    faults.py HEADER TEMPLATE MANIFEST TURTLE

writes the C header that lists the faults of each binary, and the Turtle of all plugins.
"""
import sys
from dataclasses import dataclass

URI = "urn:loadline:broken:"


@dataclass(frozen=True)
class Fault:
    name: str
    rules: tuple[str, ...] = ()
    turtle: tuple[str, str] | None = None
    binary: str = "broken"
    on_some_machines: tuple[str, ...] = ()  # rules that it breaks where the processor makes it


EVERY_RUN = (
    "any_block_length_runs_in_real_time",
    "bad_input_runs_in_real_time",
    "changes_in_any_scene_run_in_real_time",
    "connecting_runs_in_real_time",
    "every_choice_runs_in_real_time",
    "every_control_moves_in_real_time",
    "every_scene_runs_in_real_time",
    "every_switch_has_its_time",
)

EVERY_CHOICE = (
    "moving_any_control_does_not_click",
    "walking_through_choices_does_not_click",
    "no_change_of_any_settings_clicks",
    "no_change_within_another_clicks",
    "toggling_within_a_crossfade_does_not_click",
    "loading_a_preset_does_not_click",
)

BEHAVIOUR = [
    Fault("none"),
    # Blocks and buffers
    Fault("block_parity_heard", ("no_cut_is_heard",)),
    Fault("meter_of_last_block", ("no_cut_is_heard", "a_missing_output_leaves_the_rest")),
    Fault("choice_waits_for_a_block", ("no_cut_is_heard",)),
    Fault("writes_before_reading", ("no_shared_buffer_is_heard",)),
    Fault("missing_control_is_zero", ("a_missing_control_has_its_default",)),
    Fault("bad_level_moves_a_meter", ("a_missing_control_has_its_default", "nan_in_a_control_is_its_default")),
    Fault("missing_meter_mutes", ("a_missing_meter_is_left_out",)),
    Fault("missing_input_is_the_other", ("a_missing_input_is_silence",)),
    Fault("missing_output_stops_time", ("a_missing_output_leaves_the_rest",)),
    Fault("missing_output_repeats_long_blocks", ("a_missing_output_leaves_the_rest",)),
    Fault("needs_an_output", ("nothing_connected_does_no_harm",)),
    Fault("no_frames_no_latency", ("no_frames_tell_the_meters_and_change_nothing",)),
    Fault("writes_beyond_the_end", ("nothing_beside_its_own_is_touched",)),
    Fault("reads_beyond_the_end", ("nothing_beside_its_own_is_touched",)),
    Fault("writes_to_a_control", ("nothing_beside_its_own_is_touched",)),
    # Bad values
    Fault("nan_latches", ("bad_samples_leave_no_trace",)),
    Fault("nan_latches_at_a_high_rate", ("bad_samples_leave_no_trace",)),
    Fault("nan_passes", ("bad_samples_leave_no_trace", "bad_samples_during_a_change_do_not_come_out")),
    Fault("nan_passes_the_bypass", ("bad_samples_end_at_the_bypass",)),
    Fault("nan_passes_a_high_bypass", ("bad_samples_end_at_the_bypass",)),
    Fault("nan_passes_a_crossfade", ("bad_samples_during_a_change_do_not_come_out",)),
    Fault("nan_control_is_minimum", ("nan_in_a_control_is_its_default",)),
    Fault("no_clamp", ("a_control_far_out_of_range_is_clamped",)),
    Fault("runs_away_in_a_corner", ("any_corner_of_the_ranges_stays_finite", "a_long_run_leaves_no_trace")),
    Fault("meter_of_silence_is_infinite", ("meters_stay_within_their_ranges", "a_long_run_leaves_no_trace")),
    Fault("runs_away_once_settled", ("a_long_run_leaves_no_trace",)),
    Fault("has_no_stop", ("a_long_run_leaves_no_trace",), ('lv2:symbol "overload"', 'lv2:symbol "over"')),
    # Life
    Fault("crashes_at_no_rate", ("any_rate_plays_or_is_refused",)),
    Fault("deactivated_unused_is_dead", ("any_legal_order_plays",)),
    Fault("remembers_loudness", ("a_restart_is_as_good_as_new",)),
    Fault("knows_the_last_instance", ("instances_in_turn_do_not_know_each_other",)),
    Fault("keeps_memory", ("nothing_is_left_of_an_instance",)),
    Fault("keeps_a_file_open", ("nothing_is_left_of_an_instance",)),
    Fault("lives_in_its_first_thread", ("lives_in_threads_do_not_know_each_other",)),
    Fault("saving_is_heard_in_threads", ("saving_while_it_runs_is_not_heard",)),
    Fault(
        "knows_its_thread",
        ("instances_in_threads_do_not_know_each_other", "saving_while_it_runs_is_not_heard"),
    ),
    # Arithmetic
    Fault("leaves_flush_to_zero", ("the_callers_arithmetic_stays",)),
    Fault("leaves_flush_to_zero_on_no_frames", ("the_callers_arithmetic_stays",)),
    Fault("leaves_flush_to_zero_in_bypass", ("the_callers_arithmetic_stays",)),
    Fault("saves_with_flush_to_zero", ("the_callers_arithmetic_stays",)),
    Fault("leaves_x87_precision", ("the_callers_arithmetic_stays",)),
    Fault("raises_flags", ("the_callers_arithmetic_stays",)),
    Fault("computes_with_denormals", ("no_denormal_is_computed_with",)),
    Fault("silence_is_dear", ("silence_costs_no_more_than_signal",)),
    Fault("dear_choice"),  # bench/can-fail.sh finds it
    Fault(
        "stuck_in_denormals",
        ("no_denormal_is_computed_with",),
        on_some_machines=("silence_costs_no_more_than_signal",),  # not every processor is slow with them
    ),
    # Bypass and latency
    Fault("bypass_begins_with_a_hiss", ("bypass_is_the_input",)),
    Fault("bypass_never_arrives", ("bypass_is_the_input_after_a_fade",)),
    Fault(
        "bypass_has_no_latency",
        ("bypass_is_the_input", "bypass_is_the_input_after_a_fade", "the_reported_latency_is_the_true_one"),
    ),
    Fault("one_frame_late", ("the_reported_latency_is_the_true_one",)),
    Fault(
        "little_latency",
        (
            "the_reported_latency_is_the_true_one",
            "a_control_far_out_of_range_is_clamped",
            "a_long_run_leaves_no_trace",
            "any_corner_of_the_ranges_stays_finite",
            "bad_samples_end_at_the_bypass",
            "bad_samples_leave_no_trace",
            "meters_stay_within_their_ranges",
        ),
        ("lv2:maximum 64.0", "lv2:maximum 63.0"),
    ),
    Fault("voice_moves_the_latency", ("no_automation_moves_the_latency",)),
    Fault("voice_moves_a_high_latency", ("no_automation_moves_the_latency",)),
    # Changes
    Fault(
        "hard_bypass",
        (
            "toggling_does_not_click",
            "no_change_of_any_settings_clicks",
            "no_change_within_another_clicks",
            "toggling_within_a_crossfade_does_not_click",
        ),
    ),
    Fault(
        "zipper",
        (
            "moving_any_control_does_not_click",
            "no_change_of_any_settings_clicks",
            "no_change_within_another_clicks",
            "loading_a_preset_does_not_click",
        ),
    ),
    Fault("hard_choice", EVERY_CHOICE),
    Fault("hard_choice_under_noise", EVERY_CHOICE + ("a_long_run_leaves_no_trace",)),
    Fault("level_cuts_a_crossfade", ("no_change_within_another_clicks", "loading_a_preset_does_not_click")),
    Fault("bypass_cuts_a_crossfade", ("toggling_within_a_crossfade_does_not_click",)),
    # Sessions
    Fault("wears_out", ("a_long_run_leaves_no_trace",)),
    Fault("forgets_its_state", ("a_saved_session_is_what_it_was", "a_long_run_leaves_no_trace")),
    Fault("acts_when_let_go", ("triggers_act_when_they_go_up",)),
    Fault("acts_when_activated", ("triggers_act_when_they_go_up",)),
    Fault("acts_while_up", ("triggers_act_when_they_go_up", "no_cut_is_heard", "a_long_run_leaves_no_trace")),
    # Real time
    Fault("allocates", EVERY_RUN),
    Fault("locks", EVERY_RUN),
    Fault("opens_a_file", EVERY_RUN),
    Fault("writes", EVERY_RUN),
    Fault("formats_text", EVERY_RUN),
    Fault("asks_the_time", EVERY_RUN),
    Fault("calls_the_system", EVERY_RUN),
    Fault("allocates_for_a_choice", ("every_choice_runs_in_real_time",)),
    Fault("allocates_after_a_while", ("every_switch_has_its_time",)),
    Fault("allocates_for_a_bad_control", ("every_control_moves_in_real_time",)),
    Fault("allocates_for_long_blocks", ("any_block_length_runs_in_real_time",)),
    Fault("allocates_for_bad_input", ("bad_input_runs_in_real_time",)),
    Fault("allocates_to_connect", ("connecting_runs_in_real_time",)),
    Fault("allocates_in_high_quality", ("every_scene_runs_in_real_time", "changes_in_any_scene_run_in_real_time")),
    Fault(
        "allocates_for_a_choice_in_high_quality",
        ("any_block_length_runs_in_real_time", "changes_in_any_scene_run_in_real_time"),
    ),
    # Features and extensions
    Fault("obeys_a_feature", ("features_change_nothing",)),
    Fault("returns_anything", ("what_it_does_not_know_it_does_not_return",)),
]

LEVEL_NAME = 'lv2:name "Level" ;'
PLUGIN_NAME = 'doap:name "Broken" ;'
LEVEL_UNIT = "units:unit units:db ;"
PEAK_COMMENT = 'rdfs:comment "The highest so far." ;'
LAST_PORT = """lv2:maximum 9999.0 ;
        lv2:default 0.0
    ]"""
ATOM_PORT = """ , [
        a lv2:InputPort , atom:AtomPort ;
        lv2:index 13 ;
        lv2:symbol "events" ;
        lv2:name "Events" ;
        lv2:shortName "Events" ;
        atom:bufferType atom:Sequence
    ]"""
IN_GROUP = """lv2:name "In" ;
    pg:element [ lv2:index 0 ; lv2:designation pg:left ] , [ lv2:index 1 ; lv2:designation pg:right ]"""


def maintainer(*parts):
    """In place of the project's."""
    return PLUGIN_NAME, PLUGIN_NAME + " doap:maintainer [ " + " ; ".join(parts) + " ] ;"


AUTHOR = 'foaf:name "Nobody"'
MBOX = "foaf:mbox <mailto:nobody@example.org>"
HOMEPAGE = "foaf:homepage <https://example.org>"

# Faults of a description, which none can hear that only plays.
WORDS = [
    Fault("no_name", ("it_says_who_made_it_and_what_it_is", "lilv_verifies_it"), ('doap:name "Broken" ;', "")),
    Fault("no_licence", ("it_says_who_made_it_and_what_it_is",), ("doap:license <http://spdx.org/licenses/ISC> ;", "")),
    Fault(
        "no_comment",
        ("it_says_who_made_it_and_what_it_is",),
        ('rdfs:comment "A level, and one fault." ;', ""),
    ),
    Fault("no_author", ("it_says_who_made_it_and_what_it_is",), maintainer(MBOX, HOMEPAGE)),
    Fault("no_mbox", ("it_says_who_made_it_and_what_it_is",), maintainer(AUTHOR, HOMEPAGE)),
    Fault("no_homepage", ("it_says_who_made_it_and_what_it_is",), maintainer(AUTHOR, MBOX)),
    Fault("odd_version", ("versions_are_even_and_not_zero",), ("lv2:microVersion 2", "lv2:microVersion 3")),
    Fault("no_class", ("its_class_is_a_specific_one",), ("lv2:Plugin , lv2:UtilityPlugin", "lv2:Plugin")),
    Fault(
        "not_in_place",
        ("its_features_exist_and_none_is_required",),
        ("lv2:hardRTCapable", "lv2:hardRTCapable , lv2:inPlaceBroken"),
    ),
    Fault(
        "requires_a_feature",
        ("its_features_exist_and_none_is_required",),
        ("lv2:hardRTCapable , urid:map", "lv2:hardRTCapable ; lv2:requiredFeature urid:map"),
    ),
    Fault(
        "not_for_real_time",
        ("its_features_exist_and_none_is_required",),
        ("lv2:hardRTCapable , urid:map", "urid:map"),
    ),
    Fault(
        "promises_a_worker",
        ("declared_extensions_exist_and_are_returned",),
        ("state:interface ;", "state:interface , <http://lv2plug.in/ns/ext/worker#interface> ;"),
    ),
    Fault(
        "says_nothing_of_state",
        ("returned_extensions_are_declared_and_complete",),
        ("lv2:extensionData state:interface ;", ""),
    ),
    Fault("strange_port", ("ports_are_of_known_kinds",), (LEVEL_NAME, LEVEL_NAME + " a <urn:loadline:NoPort> ;")),
    Fault("control_voltage", ("ports_are_of_known_kinds",), (PEAK_COMMENT, PEAK_COMMENT + " a lv2:CVPort ;")),
    Fault("needs_an_atom_port", ("ports_are_of_known_kinds",), (LAST_PORT, LAST_PORT + ATOM_PORT)),
    Fault(
        "long_short_name",
        ("ports_have_names_and_comments",),
        ('lv2:shortName "Level"', 'lv2:shortName "The level in decibel"'),
    ),
    Fault("two_of_a_name", ("symbols_and_names_are_unique",), (LEVEL_NAME, 'lv2:name "Voice" ;')),
    Fault("two_of_a_symbol", ("symbols_and_names_are_unique",), ('lv2:symbol "out_r"', 'lv2:symbol "out_l"')),
    Fault("odd_integer", ("controls_have_sane_ranges",), ("lv2:maximum 9999.0", "lv2:maximum 9999.5")),
    Fault("default_out_of_range", ("controls_have_sane_ranges",), ("lv2:default -120.0", "lv2:default -121.0")),
    Fault(
        "logarithm_of_zero",
        ("controls_have_sane_ranges",),
        (PEAK_COMMENT, PEAK_COMMENT + " lv2:portProperty pprop:logarithmic ;"),
    ),
    Fault(
        "unit_without_render",
        ("units_are_typed",),
        (LEVEL_UNIT, 'units:unit [ a units:Unit ; units:symbol "dB" ] ;'),
    ),
    Fault("untyped_unit", ("units_are_typed",), (LEVEL_UNIT, 'units:unit [ units:symbol "dB" ] ;')),
    Fault("two_of_a_label", ("scale_points_differ_in_label_and_value",), ('"Softer"', '"Soft"')),
    Fault(
        "two_of_a_point",
        ("scale_points_differ_in_label_and_value",),
        ('"Softer" ; rdf:value 2.0', '"Softer" ; rdf:value 1.0'),
    ),
    Fault(
        "choice_of_one",
        ("scale_points_differ_in_label_and_value",),
        ('lv2:scalePoint [ rdfs:label "High" ; rdf:value 1.0 ] ;', ""),
    ),
    Fault(
        "group_without_a_side",
        ("groups_name_their_elements",),
        (IN_GROUP, IN_GROUP.replace("pg:right", "pg:center")),
    ),
    Fault(
        "group_in_disorder",
        ("groups_name_their_elements",),
        (IN_GROUP, IN_GROUP.replace("index 0", "index 2").replace("index 1", "index 0").replace("index 2", "index 1")),
    ),
    Fault(
        "hinders_automation",
        ("only_the_quality_cannot_be_automated",),
        (LEVEL_UNIT, LEVEL_UNIT + " lv2:portProperty pprop:expensive ;"),
    ),
    Fault("says_nothing_of_latency", ("the_latency_is_reported",), ("lv2:reportsLatency , ", "")),
    Fault(
        "unreachable_parameter",
        ("parameters_can_be_reached",),
        ("doap:name", "<http://lv2plug.in/ns/ext/patch#writable> <urn:loadline:broken#parameter> ;\n    doap:name"),
    ),
    Fault(
        "preset_without_a_comment",
        ("presets_have_labels_and_comments",),
        ('rdfs:comment "Softer, and 3 dB louder." ;', ""),
    ),
    Fault(
        "preset_omits_a_control",
        ("every_preset_is_complete_and_sounds",),
        (', [ lv2:symbol "voice" ; pset:value 2.0 ]', ""),
    ),
]

BINARIES = [
    Fault("exports_more", ("only_the_descriptor_is_exported",), binary="exporting"),
    Fault("links_more", ("only_free_libraries_are_needed",), binary="linking"),
    Fault("changes_the_process", ("it_leaves_the_process_alone",), binary="meddling"),
]

FAULTS = BEHAVIOUR + WORDS + BINARIES


def header():
    lines = ["// Written by faults.py: FAULTS(X) calls X(enumerator, name) for each."]
    for binary in sorted({fault.binary for fault in FAULTS}):
        lines += [f"#ifdef BINARY_{binary.upper()}", "#define FAULTS(X) \\"]
        lines += [f'    X({fault.name.upper()}, "{fault.name}") \\' for fault in FAULTS if fault.binary == binary]
        lines += ["", "#endif"]
    # Each binary knows the names of all faults.
    lines += ["enum fault {"] + [f"    FAULT_{fault.name.upper()}," for fault in FAULTS] + ["};", ""]
    return "\n".join(lines)


def manifest(faults):
    text = """@prefix lv2:  <http://lv2plug.in/ns/lv2core#> .
@prefix pset: <http://lv2plug.in/ns/ext/presets#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
"""
    for fault in faults:
        text += f"""
<{URI}{fault.name}>
    a lv2:Plugin ;
    lv2:binary <{fault.binary}.so> ;
    rdfs:seeAlso <broken.ttl> .
<{URI}{fault.name}:preset>
    a pset:Preset ;
    lv2:appliesTo <{URI}{fault.name}> ;
    rdfs:seeAlso <broken.ttl> .
"""
    return text


def turtle(template):
    prefixes, plugin = template.split("@PLUGIN@\n")
    text = prefixes
    for fault in FAULTS:
        mine = plugin.replace("@URI@", URI + fault.name)
        if fault.turtle:
            old, new = fault.turtle
            if mine.count(old) != 1:
                sys.exit(f"faults.py: {fault.name}: {old!r} is {mine.count(old)} times in the template, not once")
            mine = mine.replace(old, new)
        text += mine
    return text


def main():
    if len(sys.argv) != 5:
        sys.exit("usage: faults.py HEADER TEMPLATE MANIFEST TURTLE")
    header_path, template_path, manifest_path, turtle_path = sys.argv[1:]
    with open(template_path, encoding="utf-8") as file:
        template = file.read()
    for path, text in ((header_path, header()), (manifest_path, manifest(FAULTS)), (turtle_path, turtle(template))):
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)


if __name__ == "__main__":
    main()
