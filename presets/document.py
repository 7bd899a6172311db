#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Loadline authors
# SPDX-License-Identifier: ISC
"""Writes the device tables as a document, doc/devices.md, or with --check says whether it is up to date."""

import argparse
import re
import sys
from pathlib import Path

sys.dont_write_bytecode = True  # no cache among the sources

import compile as tables

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / "doc" / "devices.md"
TITLES = {
    "headphones": "Headphones",
    "amplifiers": "Amplifiers, phones and laptops",
    "cables": "Headphone cables",
    "environments": "Environments",
    "lines": "Line outputs and interconnects",
}
HEAD = """\
# The devices

Written by `presets/document.py` from the tables under `presets/`; change those.

A device here is what its electrical figures make of it: it shows what the electrical path changes, not how a headphone
or an amplifier sounds. Your own amplifier and headphone still add theirs.

- **~** marks an estimate: a guess, by a sister model or from memory.
- **-** is a figure that is not known, or that the row has nothing to do with. In an amplifier it is simulated as ideal
  (no limit, no noise, no distortion); a line leaves the control as it is.
- The tag says how far the figures that matter most can be trusted: measured (by someone, see the source), datasheet (the
  maker says so), derived (computed from such figures), estimated. Below each table is where every figure comes from.
- Everything is per leg. A bridge has two legs for each channel: twice the voltage and the output impedance shown here,
  and sqrt 2 times the noise. Currents and rails are peaks; noise is unweighted, 20 Hz to 20 kHz.
- Units of one model differ, and published sensitivities of one model differ by 4 to 8 dB.
"""
REMARKS = {
    "headphones": "The resistance of an in-ear with several drivers stands in the table of branches.",
    "amplifiers": "Line outputs are no headphone amplifiers: they are among the [lines](#line-outputs-and-interconnects). "
                  "A topology that is not known is simulated as separate returns without a bridge.",
    "lines": "For `--set line=NAME` of the command, and as presets of Loadline Line. A line output and an interconnect can "
             "be set one after the other.",
}


def labels(of: str) -> list[str]:
    """Of a choice, in their order."""
    source = tables.read_text(ROOT / "plugins" / "ports.c")
    match = re.search(rf"{of}_labels\[\] = {{(.*?)}};", source, re.DOTALL)
    return re.findall(r'= "([^"]*)"', match[1]) if match else []


def unit_symbols() -> dict[str, str]:
    return dict(re.findall(r'X\((\w+), "[^"]*", "([^"]*)",', tables.read_text(ROOT / "plugins" / "ports.h")))


def cell(text: str) -> str:
    return text.replace("|", "\\|") or "-"


def markdown(head: list[str], rows: list[list[str]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *rows]]


def figure_table(table: str, rows: list[tables.Row], ports: tables.Ports) -> list[str]:
    units = unit_symbols()
    choices = {choice: labels(choice) for choice in tables.CHOICES}
    texts, owned = tables.TABLES[table]
    stated = [p for p in owned if any(row[p] for row in rows)]
    unit = {p: units[ports[p].unit] for p in stated}
    head = ["name", *(f"`{p}`" + (f" {unit[p]}" if unit[p] else "") for p in stated),
            *(["conductors"] if "conductors" in texts else []), "tag"]
    lines = []
    for row in rows:
        tags = tables.figure_tags(table, row)
        mark = {p: "~" if tags.get(p, ("", ""))[1] == "estimated" else "" for p in stated}
        value = {p: choices[p][int(float(row[p]))] if p in choices and row[p] else row[p] for p in stated}
        lines += [[cell(row["name"]), *(cell(mark[p] + value[p]) for p in stated),
                   *([mark["shared_length"] + row["conductors"]] if "conductors" in row else []), row["tag"]]]
    return markdown(head, lines)


def branch_table(rows: list[tables.Row], branches: list[tables.Row], ports: tables.Ports) -> list[str]:
    """The parts of each branch, in series."""
    units = {**{p: unit_symbols()[ports[p].unit] for p in tables.LOAD}, "capacitance": "µF"}
    stated = [p for p in tables.BRANCH if any(row[p] for row in branches)]
    estimated = {row["name"] for row in rows
                 if tables.figure_tags("headphones", row)["load"][1] == "estimated"}
    mark = {row["headphone"]: "~" if row["headphone"] in estimated else "" for row in branches}
    return markdown(["name", *(f"`{p}`" + (f" {units[p]}" if units[p] else "") for p in stated)],
                    [[cell(row["headphone"]), *(mark[row["headphone"]] + row[p] if row[p] else "" for p in stated)]
                     for row in branches])


def provenance(row: tables.Row) -> str:
    links = "".join(f" [{i}]({url})" for i, url in enumerate(row["url"].split(" ; "), 1) if url)
    note = f" {row['note']}" if row["note"] else ""
    return f"- **{row['name']}**.{note} Figures: {row['field_tags']}. Source: {row['source']}{links}"


def document(folder: Path = ROOT / "presets") -> str:
    ports = tables.read_ports(ROOT / "plugins" / "ports.def")
    devices, branches = tables.read_devices(folder)
    lines = [HEAD]
    for table, rows in devices.items():
        tables.compile_devices(table, rows, branches, ports)  # for its checks
        lines += [f"## {TITLES[table]}", "", *([REMARKS[table], ""] if table in REMARKS else []),
                  *figure_table(table, rows, ports), ""]
        if table == "headphones":
            parts = [part for own in branches.values() for part in own]
            lines += ["Branches of in-ears with several drivers: the parts of a row are in series, the rows of one",
                      "headphone in parallel. An empty cell is a part that is not there.", "",
                      *branch_table([row for row in rows if row["name"] in branches], parts, ports), ""]
        lines += [*map(provenance, rows), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    text = document()
    if not check:
        tables.write_text(DOCUMENT, text)
    elif not DOCUMENT.exists() or tables.read_text(DOCUMENT) != text:
        tables.fail(DOCUMENT, "is out of date; run presets/document.py")


if __name__ == "__main__":
    main()
