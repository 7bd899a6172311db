#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Loadline authors
# SPDX-License-Identifier: ISC
"""Checks the device tables and writes them as C initialisers (plugins/devices.h)."""

import argparse
import csv
import io
import math
import os
import re
import sys
from pathlib import Path
from typing import NamedTuple, NoReturn

PEAKS = [f"peak{i}_{part}" for i in (1, 2, 3) for part in ("rise", "frequency", "q")]
LOAD = ["resistance", "inductance", *PEAKS, "semi_impedance", "semi_exponent"]
WIRE = "cable_resistance cable_inductance cable_capacitance contact_resistance shared_length".split()
STAGE = """topology rail knee current_limit second_harmonic third_harmonic crossover slew_rate leg_mismatch
    stage_noise noise_corner output_impedance output_inductance output_capacitor ground_resistance supply_resistance
    supply_capacitance winding_resistance magnetizing_inductance leakage_inductance source_level""".split()
NOISE = "ground_loop usb hum dimmer fluorescent motor gsm radio".split()
INTERCONNECT = """source_level source_noise line_type line_length source_impedance source_imbalance receiver_impedance
    receiver_cmrr line_capacitance shield_resistance""".split()
TEXTS = ["name", "tag", "field_tags", "source", "url", "note"]
TABLES = {  # table: what its rows say in words, and the ports that its devices own
    "headphones": ([*TEXTS, "conductors"], [*LOAD, "sensitivity", "cable_length", *WIRE]),
    "amplifiers": (TEXTS, STAGE),
    "cables": ([*TEXTS, "conductors"], WIRE),
    "environments": (TEXTS, NOISE),
    "lines": (TEXTS, INTERCONNECT),
}
SELECTORS = ("headphone", "amplifier", "cable", "environment")  # ports that name a row; lines have none
NO_ROW = {"Custom", "The headphone's own"}  # labels of selectors that name no row
CHOICES = {"topology": 4, "line_type": 4}  # choices with fixed labels
GROUPS = {"headphones": {"load": LOAD, "cable": ["cable_length", *WIRE]}}  # figures that one tag can cover
READINGS = {"headphones": ("impedance", "conductors")}  # what tags can speak of beside figures
DEFINITION = {"cables": ("shared_length",), "lines": ("line_type", "line_length")}  # what a row is, not a figure of it
TAGS = ("measured", "datasheet", "derived", "estimated")
WIRES = ("3-wire", "4-wire")
BRANCH = ["capacitance", *LOAD]
BRANCHES_MAX = 5  # LOAD_BRANCHES_MAX in common/params.h
PRESET = ["plugin", "slug", "name", "comment", "settings", "shows"]
PLUGINS = ("chain", "line", "stage", "load", "abx")
ABSENT_PEAK = {"rise": 0.0, "frequency": 1000.0, "q": 1.0}

NUMBER = r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?"  # not all that float() takes: it takes 1_0, and digits of any script
PLAIN = {byte for byte in range(32, 127) if chr(byte) not in '"\\?'}  # what a C literal can hold as it is
MEASURED = r"level|level_\d+|noise|h2|h3"  # what tests/host/test_presets.c measures, beside the meters

Row = dict[str, str]  # also holds its place, "file:line", under PLACE
Branches = dict[str, list[Row]]  # by headphone
PLACE = "<place>"


class Port(NamedTuple):
    """What ports.def says of a control port."""

    plugins: str
    unit: str
    scale: str
    low: float
    high: float

    def belongs_to(self, plugin: str) -> bool:
        named = self.plugins.split(" | ")
        return plugin.upper() in named or "ALL" in named or ("CIRCUITS" in named and plugin != "abx")


Ports = dict[str, Port]


def fail(place: object, message: str) -> NoReturn:
    sys.exit(f"{place}: {message}")


def read_text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        fail(path, f"{error.strerror}; correct --presets-dir or --ports, or restore the file")
    except UnicodeDecodeError:
        fail(path, "is not UTF-8; save it as UTF-8")


def write_text(path: Path, text: str) -> None:
    """All of it or nothing: an interrupt leaves what was there. A link or a device stays what it is."""
    place = Path(os.path.realpath(path))
    whole = place.with_name(f".{place.name}.{os.getpid()}")
    try:
        if place.exists() and not place.is_file():
            place.write_text(text, "utf-8")
            return
        try:
            whole.write_text(text, "utf-8")
            os.replace(whole, place)
        finally:
            whole.unlink(missing_ok=True)
    except OSError as error:
        fail(path, f"cannot be written: {error.strerror}; mend that, or choose another place")


def read_ports(path: Path) -> Ports:
    """Every control port by symbol, those of the tables among them. A choice has as many values as its list."""
    rows = re.findall(r'^PORT\(([^,]*?)\s*,\s*\w+,\s*"(\w+)",\s*"[^"]*",\s*"[^"]*",\s*(\w+),\s*(\w+)(?:\(\w+\))?,'
                      r"\s*([-\d.]+),\s*[-\d.]+,\s*([-\d.]+),", read_text(path), re.MULTILINE)
    ports = {symbol: Port(plugins, unit, scale, float(low),
                          float(high) if scale != "CHOICE" else CHOICES.get(symbol, math.inf) - 1)
             for plugins, symbol, unit, scale, low, high in rows}
    for port in [port for _, owned in TABLES.values() for port in owned]:
        if port not in ports:
            fail(path, f"has no port '{port}', which the tables need; add it, or remove it from presets/compile.py")
    return ports


def check_columns(path: Path, found: list[str], columns: list[str]) -> None:
    for column in sorted(set(found) ^ set(columns)):
        fail(f"{path}:1", f"column {column!r} is {'missing; add' if column in columns else 'unknown; remove'} it")
    for column in found:
        if found.count(column) > 1:
            fail(f"{path}:1", f"column {column!r} is there twice; remove one")


def read_table(path: Path, columns: list[str]) -> list[Row]:
    rows = []
    reader = csv.DictReader(io.StringIO(read_text(path), newline=""), strict=True)
    try:
        check_columns(path, list(reader.fieldnames or ()), columns)
        for row in reader:
            place = f"{path}:{reader.reader.line_num}"
            if None in row or None in row.values():
                fail(place, f"needs {len(columns)} fields; quote a field that contains a comma")
            for column, text in row.items():
                if not text.isprintable():
                    fail(place, f"{column} has the character {next(c for c in text if not c.isprintable())!r}; remove it")
            rows.append({**row, PLACE: place})
    except csv.Error as error:
        fail(f"{path}:{reader.reader.line_num}", f"{error}; quote the field, and double the quotes in it")
    if not rows:
        fail(f"{path}:1", "has no rows; restore them")
    return rows


def parse(place: str, column: str, text: str, ports: Ports) -> float:
    value = float(text) if re.fullmatch(NUMBER, text, re.ASCII) else math.nan
    if not math.isfinite(value):
        fail(place, f"{column} is '{text}'; write a number, or leave it empty if it is not known")
    port = ports.get(column)
    low, high = (port.low, port.high) if port else (0.0, math.inf)
    if not low <= value <= high:
        fail(place, f"{column} is {text}; it can be {low:g} to {high:g}")
    if port and port.scale == "CHOICE" and value != int(value):
        fail(place, f"{column} is {text}; write a whole number")
    return value


def number(row: Row, column: str, ports: Ports) -> float | None:
    """A cell's value, None if it is empty."""
    return parse(row[PLACE], column, row[column], ports) if row[column] else None


def check_unique(rows: list[Row], *columns: str) -> None:
    seen: dict[tuple[str, ...], str] = {}
    for row in rows:
        key = tuple(row[column] for column in columns)
        if "" in key:
            fail(row[PLACE], f"{' and '.join(columns)} must not be empty")
        if key in seen:
            fail(row[PLACE], f"'{' '.join(key)}' is already at {seen[key]}; choose another {columns[-1]}")
        seen[key] = row[PLACE]


def c_string(text: str) -> str:
    """A C literal; octal escapes, since they end by themselves."""
    return '"' + "".join(chr(b) if b in PLAIN else f"\\{b:03o}" for b in text.encode("utf-8")) + '"'


def branch_initialiser(row: Row, ports: Ports) -> str:
    value = {column: number(row, column, ports) or 0.0 for column in BRANCH}
    peaks = []
    for i in (1, 2, 3):
        part = {p: value[f"peak{i}_{p}"] for p in ABSENT_PEAK}
        if part["rise"] and not (part["frequency"] and part["q"]):
            fail(row[PLACE], f"peak{i}_rise needs peak{i}_frequency and peak{i}_q")
        peaks.append("{%s}" % ", ".join(map(repr, (part if part["rise"] else ABSENT_PEAK).values())))
    return (f"    {{{value['capacitance']!r}, {value['inductance']!r}, {value['resistance']!r}, "
            f"{{{', '.join(peaks)}}}, {value['semi_impedance']!r}, {value['semi_exponent']!r}}},")


def read_tags(row: Row, keys: set[str]) -> dict[str, str]:
    """From field_tags, "key=tag(reading); ..."."""
    tags: dict[str, str] = {}
    for entry in row["field_tags"].split(";"):
        match = re.fullmatch(r"\s*(\w+)=(\w+)(\(.+\))?\s*", entry)
        if not match or match[2] not in TAGS:
            fail(row[PLACE], f"field_tags has '{entry.strip()}'; write figure=tag(reading); figure=tag, "
                             f"where tag is {', '.join(TAGS)}")
        if match[1] not in keys:
            fail(row[PLACE], f"field_tags speaks of '{match[1]}', of which the row has no figure")
        if match[1] in tags:
            fail(row[PLACE], f"field_tags speaks of '{match[1]}' twice")
        tags[match[1]] = match[2]
    return tags


def figure_tags(table: str, row: Row) -> dict[str, tuple[str, str]]:
    """How far each figure can be trusted: the key that says so, its own, its group's or "other", and the tag."""
    figures = [figure for figure in TABLES[table][1] if row[figure]]
    if table == "headphones" and not row["resistance"]:  # branches instead, of which one speaks as the load
        figures.append("load")
    groups = GROUPS.get(table, {})
    tags = read_tags(row, {*figures, *groups, "other", *READINGS.get(table, ())})
    if row["tag"] not in tags.values():
        fail(row[PLACE], f"tag is '{row['tag']}', but no figure is; use the tag of the figures that matter most")
    found = {}
    for figure in figures:
        group = next((g for g, members in groups.items() if figure in members), "other")
        keys = [figure, *(["conductors"] if figure == "shared_length" else []), group, "other"]
        key = next((k for k in keys if k in tags), None)
        if figure in DEFINITION.get(table, ()) or (figure == "topology" and row[figure] == "0"):  # of a 3-pole plug
            key = figure if figure in tags else None
        elif not key:
            fail(row[PLACE], f"field_tags says nothing of {figure}; where does the figure come from?")
        if key:
            found[figure] = (key, tags[key])
    return found


def check_device(table: str, row: Row, own_branches: bool) -> None:
    if row["tag"] not in TAGS:
        fail(row[PLACE], f"tag is '{row['tag']}'; use one of {', '.join(TAGS)}")
    if not row["source"]:
        fail(row[PLACE], "needs a source; say where its figures come from")
    if row.get("conductors", WIRES[0]) not in WIRES:
        fail(row[PLACE], f"conductors is '{row['conductors']}'; use {' or '.join(WIRES)}")
    if table == "headphones" and own_branches == bool(row["resistance"]):
        fail(row[PLACE], "needs either a resistance or rows in branches.csv, not both")
    if table == "headphones" and not row["sensitivity"]:
        fail(row[PLACE], "needs a sensitivity; estimate one and tag it so")
    if table == "lines" and not row["line_type"]:
        fail(row[PLACE], "needs a line_type: 0 unbalanced, 1 balanced, 2 impedance-balanced, 3 transformer")


def device_initialiser(table: str, row: Row, ports: Ports) -> list[str]:
    texts, owned = TABLES[table]
    values = [(p, number(row, p, ports)) for p in owned]
    tags = figure_tags(table, row)
    estimated = dict.fromkeys(figure if key == "other" else key for figure, (key, tag) in tags.items() if tag == TAGS[-1])
    return [*(f"        .{t} = {c_string(row[t])}," for t in texts),
            f"        .estimated = {c_string(', '.join(estimated))},",
            "        .value = {",
            *(f"            [PORT_{p.upper()}] = {'NAN' if v is None else repr(v)}," for p, v in values),
            "        },",
            "        .tags = {",
            *(f"            [PORT_{'RESISTANCE' if p == 'load' else p.upper()}] = TAG_{t.upper()},"
              for p, (_, t) in tags.items()),
            "        },"]


def compile_devices(table: str, rows: list[Row], branches: Branches, ports: Ports) -> list[str]:
    before, lines = [], [f"const struct device {table}[] = {{"]
    for row in rows:
        own = branches.get(row["name"], []) if table == "headphones" else []
        check_device(table, row, bool(own))
        lines += ["    {", *device_initialiser(table, row, ports)]
        if own:
            array = f"branches_{len(before)}"
            before += ["\n".join([f"static const struct device_branch {array}[] = {{",
                                  *(branch_initialiser(b, ports) for b in own), "};"])]
            lines += [f"        .branches = {array},", f"        .branch_count = {len(own)},"]
        lines += ["    },"]
    return [*before, *lines, "};", f"const unsigned {table[:-1]}_count = {len(rows)};", ""]


def compile_index() -> list[str]:
    """All tables, and what their devices own."""
    lines = []
    for table, (_, owned) in TABLES.items():
        lines += [f"static const enum port_id {table}_own[] = {{",
                  *(f"    PORT_{p.upper()}," for p in owned), "};"]
    lines += ["const struct device_table device_tables[DEVICE_TABLE_COUNT] = {"]
    lines += [f'    [DEVICES_{table.upper()}] = {{"{table[:-1]}", {table}, &{table[:-1]}_count, {table}_own, '
              f"{len(owned)}}}," for table, (_, owned) in TABLES.items()]
    return [*lines, "};", ""]


def check_setting(row: Row, setting: str, names: dict[str, set[str]], ports: Ports) -> None:
    """Labels that are in no table are checked where they are read, by plugins/settings.c."""
    symbol, _, text = (part.strip() for part in setting.partition("="))
    if symbol == "line" or symbol in SELECTORS and not re.fullmatch(r"\d+", text, re.ASCII):
        if text not in names[symbol] | (NO_ROW if symbol in SELECTORS else set()):
            fail(row[PLACE], f"'{text}' is not in {symbol}s.csv; add it there or correct the name")
    elif symbol not in ports or ports[symbol].scale.startswith("METER"):
        fail(row[PLACE], f"setting '{setting.strip()}' names no control; write symbol=value; symbol=value")
    elif ports[symbol].scale != "CHOICE":
        parse(row[PLACE], symbol, text, ports)


def with_figures(row: Row, ports: Ports) -> str:
    """The comment, where {figure} stands for what `shows` says of it. It has to quote all of that and nothing else."""
    shown: dict[str, str] = {}
    for part in filter(None, row["shows"].split(";")):
        match = re.fullmatch(r"\s*(\w+)([=<>])(-?\d+(?:\.\d+)?)\s*", part, re.ASCII)
        if not match:
            fail(row[PLACE], f"shows has '{part.strip()}'; write figure=1.2; figure<-60; figure>3")
        port = ports.get(match[1])
        is_meter = port and port.scale.startswith("METER") and port.belongs_to(row["plugin"])
        if not is_meter and not re.fullmatch(MEASURED, match[1]):
            fail(row[PLACE], f"shows '{match[1]}', which is no meter of this plugin")
        shown[match[1]] = match[3]
    quoted = set(re.findall(r"{(\w+)}", row["comment"]))
    if re.search(r"[{}]", re.sub(r"{\w+}", "", row["comment"])):
        fail(row[PLACE], "comment has a brace by itself; write {figure}, or use parentheses")
    if quoted != set(shown):
        fail(row[PLACE], f"comment and shows have to name the same figures, not {', '.join(sorted(quoted ^ set(shown)))}")
    return re.sub(r"{(\w+)}", lambda figure: shown[figure[1]], row["comment"])


def compile_presets(rows: list[Row], names: dict[str, set[str]], ports: Ports) -> list[str]:
    check_unique(rows, "slug")
    check_unique(rows, "name")
    lines = ["const struct preset presets[] = {"]
    for row in rows:
        if row["plugin"] not in PLUGINS:
            fail(row[PLACE], f"plugin is '{row['plugin']}'; use one of {', '.join(PLUGINS)}")
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", row["slug"]):
            fail(row[PLACE], f"slug is '{row['slug']}'; use lower case, digits and single hyphens")
        for setting in row["settings"].split(";"):
            check_setting(row, setting, names, ports)
        texts = {**row, "comment": with_figures(row, ports)}
        lines += ["    {%s}," % ", ".join(c_string(texts[column]) for column in PRESET)]
    return [*lines, "};", f"const unsigned preset_count = {len(rows)};"]


def line_preset(row: Row) -> Row:
    """No port names a line, so that each becomes a preset of the plugin."""
    slug = re.sub(r"[^a-z0-9]+", "-", row["name"].lower()).strip("-")
    note = row["note"].replace("{", "(").replace("}", ")") or "Choose an environment and listen to what the line picks up."
    return {"plugin": "line", "slug": slug, "name": row["name"], "comment": note, "settings": f"line={row['name']}",
            "shows": "", PLACE: row[PLACE]}


def read_devices(folder: Path) -> tuple[dict[str, list[Row]], Branches]:
    """The tables by their names, and the branches."""
    tables = {table: read_table(folder / f"{table}.csv", [*texts, *owned]) for table, (texts, owned) in TABLES.items()}
    for rows in tables.values():
        check_unique(rows, "name")
    headphones = {row["name"] for row in tables["headphones"]}
    branches: Branches = {}
    for row in read_table(folder / "branches.csv", ["headphone", *BRANCH]):
        if row["headphone"] not in headphones:
            fail(row[PLACE], f"'{row['headphone']}' is not in headphones.csv; add it there or correct the name")
        branches.setdefault(row["headphone"], []).append(row)
        if len(branches[row["headphone"]]) > BRANCHES_MAX:
            fail(row[PLACE], f"'{row['headphone']}' has more than {BRANCHES_MAX} branches; fit it with fewer")
    return tables, branches


def compile_tables(folder: Path, ports: Ports) -> str:
    tables, branches = read_devices(folder)
    names = {table[:-1]: {row["name"] for row in rows} for table, rows in tables.items()}
    lines = ["// Written by presets/compile.py from the tables beside it.", "#include <math.h>", "",
             '#include "devices.h"', ""]
    for table, rows in tables.items():
        lines += compile_devices(table, rows, branches, ports)
    lines += compile_index()
    presets = read_table(folder / "presets.csv", PRESET) + [line_preset(row) for row in tables["lines"]]
    lines += compile_presets(presets, names, ports)
    return "\n".join(lines) + "\n"


def main(words: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--presets-dir", type=Path, required=True)
    parser.add_argument("--ports", type=Path, default=Path(__file__).parents[1] / "plugins" / "ports.def")
    parser.add_argument("--output", type=Path, required=True)
    args = parser.parse_args(words)
    write_text(args.output, compile_tables(args.presets_dir, read_ports(args.ports)))


if __name__ == "__main__":
    main()
