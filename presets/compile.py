#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Loadline authors
# SPDX-License-Identifier: ISC
"""Checks the device tables and writes them as C initialisers (plugins/devices.h)."""

import argparse
import csv
import io
import math
import re
import sys
from pathlib import Path
from typing import NoReturn

PEAKS = [f"peak{i}_{part}" for i in (1, 2, 3) for part in ("rise", "frequency", "q")]
LOAD = ["resistance", "inductance", *PEAKS, "semi_impedance", "semi_exponent"]
WIRE = "cable_resistance cable_inductance cable_capacitance contact_resistance shared_length".split()
STAGE = """topology rail knee current_limit second_harmonic third_harmonic crossover slew_rate leg_mismatch
    stage_noise noise_corner output_impedance output_inductance output_capacitor ground_resistance supply_resistance
    supply_capacitance winding_resistance magnetizing_inductance leakage_inductance source_level""".split()
NOISE = "ground_loop usb hum dimmer fluorescent motor gsm radio".split()
TEXTS = ["name", "tag", "field_tags", "source", "url", "note"]
TABLES = {  # table: what its rows say in words, and the ports that its devices own
    "headphones": ([*TEXTS, "conductors"], [*LOAD, "sensitivity", "cable_length", *WIRE]),
    "amplifiers": (TEXTS, STAGE),
    "cables": ([*TEXTS, "conductors"], WIRE),
    "environments": (TEXTS, NOISE),
}
TAGS = ("measured", "datasheet", "derived", "estimated")
WIRES = ("3-wire", "4-wire")
BRANCH = ["capacitance", *LOAD]
BRANCHES_MAX = 5  # LOAD_BRANCHES_MAX in common/params.h
PRESET = ["plugin", "slug", "name", "comment", "settings"]
PLUGINS = ("chain", "line", "stage", "load", "abx")
ABSENT_PEAK = {"rise": 0.0, "frequency": 1000.0, "q": 1.0}

Row = dict[str, str]  # also holds its place, "file:line", under PLACE
PLACE = "<place>"
Ranges = dict[str, tuple[float, float]]


def fail(place: object, message: str) -> NoReturn:
    sys.exit(f"{place}: {message}")


def read_text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        fail(path, f"{error.strerror}; correct --presets-dir or --ports, or restore the file")
    except UnicodeDecodeError:
        fail(path, "is not UTF-8; save it as UTF-8")


def read_ranges(path: Path) -> Ranges:
    """The minimum and maximum of every port."""
    rows = re.findall(r'^PORT\([^"]*"(\w+)",\s*"[^"]*",\s*"[^"]*",\s*\w+,\s*\w+(?:\(\w+\))?,'
                      r"\s*([-\d.]+),\s*[-\d.]+,\s*([-\d.]+),", read_text(path), re.MULTILINE)
    return {symbol: (float(low), float(high)) for symbol, low, high in rows}


def read_table(path: Path, columns: list[str]) -> list[Row]:
    rows = []
    reader = csv.DictReader(io.StringIO(read_text(path), newline=""), strict=True)
    try:
        for column in sorted(set(reader.fieldnames or ()) ^ set(columns)):
            fail(f"{path}:1", f"column '{column}' is {'missing; add' if column in columns else 'unknown; remove'} it")
        for row in reader:
            place = f"{path}:{reader.line_num}"
            if None in row or None in row.values():
                fail(place, f"needs {len(columns)} fields; quote a field that contains a comma")
            rows.append({**row, PLACE: place})
    except csv.Error as error:
        fail(f"{path}:{reader.line_num}", f"{error}; quote the field, and double the quotes in it")
    return rows


def parse(place: str, column: str, text: str, ranges: Ranges) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        fail(place, f"{column} is '{text}'; write a number, or leave it empty if it is not known")
    low, high = ranges.get(column, (0.0, math.inf))
    if not low <= value <= high:
        fail(place, f"{column} is {text}; it can be {low:g} to {high:g}")
    return value


def number(row: Row, column: str, ranges: Ranges) -> float | None:
    """A cell's value, None if it is empty."""
    return parse(row[PLACE], column, row[column], ranges) if row[column] else None


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
    plain = {ord(c) for c in map(chr, range(32, 127)) if c not in '"\\?'}
    return '"' + "".join(chr(b) if b in plain else f"\\{b:03o}" for b in text.encode("utf-8")) + '"'


def branch_initialiser(row: Row, ranges: Ranges) -> str:
    value = {column: number(row, column, ranges) or 0.0 for column in BRANCH}
    peaks = []
    for i in (1, 2, 3):
        part = {p: value[f"peak{i}_{p}"] for p in ABSENT_PEAK}
        if part["rise"] and not (part["frequency"] and part["q"]):
            fail(row[PLACE], f"peak{i}_rise needs peak{i}_frequency and peak{i}_q")
        peaks.append("{%s}" % ", ".join(map(repr, (part if part["rise"] else ABSENT_PEAK).values())))
    return (f"    {{{value['capacitance']!r}, {value['inductance']!r}, {value['resistance']!r}, "
            f"{{{', '.join(peaks)}}}, {value['semi_impedance']!r}, {value['semi_exponent']!r}}},")


def compile_devices(table: str, rows: list[Row], branches: dict[str, list[Row]], ranges: Ranges) -> list[str]:
    before, lines = [], [f"const struct device {table}[] = {{"]
    for row in rows:
        if row["tag"] not in TAGS:
            fail(row[PLACE], f"tag is '{row['tag']}'; use one of {', '.join(TAGS)}")
        if row.get("conductors", WIRES[0]) not in WIRES:
            fail(row[PLACE], f"conductors is '{row['conductors']}'; use {' or '.join(WIRES)}")
        own = branches.get(row["name"], []) if table == "headphones" else []
        if table == "headphones" and bool(own) == bool(row["resistance"]):
            fail(row[PLACE], "needs either a resistance or rows in branches.csv, not both")
        if table == "headphones" and not row["sensitivity"]:
            fail(row[PLACE], "needs a sensitivity; estimate one and tag it so")
        if table == "amplifiers" and row["topology"] not in ("0", "1", "2", "3"):
            fail(row[PLACE], f"topology is '{row['topology']}'; use 0, 1, 2 or 3")
        texts, ports = TABLES[table]
        values = [(p, number(row, p, ranges)) for p in ports]
        lines += ["    {"]
        lines += [f"        .{t} = {c_string(row[t])}," for t in texts]
        lines += ["        .value = {"]
        lines += [f"            [PORT_{p.upper()}] = {'NAN' if v is None else repr(v)}," for p, v in values]
        lines += ["        },"]
        if own:
            array = f"branches_{len(before)}"
            before += ["\n".join([f"static const struct device_branch {array}[] = {{",
                                  *(branch_initialiser(b, ranges) for b in own), "};"])]
            lines += [f"        .branches = {array},", f"        .branch_count = {len(own)},"]
        lines += ["    },"]
    return [*before, *lines, "};", f"const unsigned {table[:-1]}_count = {len(rows)};", ""]


def compile_presets(rows: list[Row], names: dict[str, set[str]], ranges: Ranges) -> list[str]:
    check_unique(rows, "plugin", "slug")
    lines = ["const struct preset presets[] = {"]
    for row in rows:
        if row["plugin"] not in PLUGINS:
            fail(row[PLACE], f"plugin is '{row['plugin']}'; use one of {', '.join(PLUGINS)}")
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", row["slug"]):
            fail(row[PLACE], f"slug is '{row['slug']}'; use lower case, digits and single hyphens")
        for setting in row["settings"].split(";"):
            symbol, _, text = (part.strip() for part in setting.partition("="))
            if symbol not in ranges:
                fail(row[PLACE], f"setting '{setting.strip()}' names no port; write symbol=value; symbol=value")
            if symbol in names and not text.isdigit() and text not in names[symbol]:
                fail(row[PLACE], f"'{text}' is not in {symbol}s.csv; add it there or correct the name")
            if text not in names.get(symbol, ()):
                parse(row[PLACE], symbol, text, ranges)
        lines += ["    {%s}," % ", ".join(c_string(row[column]) for column in PRESET)]
    return [*lines, "};", f"const unsigned preset_count = {len(rows)};"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--presets-dir", type=Path, required=True)
    parser.add_argument("--ports", type=Path, default=Path(__file__).parents[1] / "plugins" / "ports.def")
    parser.add_argument("--output", type=Path, required=True)
    args = parser.parse_args()

    folder: Path = args.presets_dir
    ranges = read_ranges(args.ports)
    for port in [port for _, ports in TABLES.values() for port in ports]:
        if port not in ranges:
            fail(args.ports, f"has no port '{port}', which the tables need")
    tables = {table: read_table(folder / f"{table}.csv", [*texts, *ports]) for table, (texts, ports) in TABLES.items()}
    for rows in tables.values():
        check_unique(rows, "name")
    names = {table[:-1]: {row["name"] for row in rows} for table, rows in tables.items()}

    branches: dict[str, list[Row]] = {}
    for row in read_table(folder / "branches.csv", ["headphone", *BRANCH]):
        if row["headphone"] not in names["headphone"]:
            fail(row[PLACE], f"'{row['headphone']}' is not in headphones.csv; add it there or correct the name")
        branches.setdefault(row["headphone"], []).append(row)
        if len(branches[row["headphone"]]) > BRANCHES_MAX:
            fail(row[PLACE], f"'{row['headphone']}' has more than {BRANCHES_MAX} branches")

    lines = ["// Written by presets/compile.py from the tables beside it.", "#include <math.h>", "",
             '#include "devices.h"', ""]
    for table, rows in tables.items():
        lines += compile_devices(table, rows, branches, ranges)
    lines += compile_presets(read_table(folder / "presets.csv", PRESET), names, ranges)
    args.output.write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
