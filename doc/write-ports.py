#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Loadline authors
# SPDX-License-Identifier: ISC
"""Writes every control and meter of every plugin into doc/ports.md, from what `loadline list symbols` of a built tree
says; with --check, says whether that file is up to date."""

import argparse
import json
import subprocess
import sys
from pathlib import Path

DOCUMENT = Path(__file__).resolve().parent / "ports.md"
TITLES = {"chain": "Loadline Chain", "line": "Loadline Interconnect", "stage": "Loadline Amplifier",
          "load": "Loadline Headphone", "abx": "Loadline ABX"}
HEAD = """\
# Every port

Written by `doc/write-ports.py` from `plugins/ports.def`; change that. What the ports do is in the page of each plugin:
[chain](chain.md), [interconnect](line.md), [amplifier](stage.md), [headphone](load.md), [ABX](abx.md). A meter is an
output.
"""


def row(port: dict) -> str:
    span = f"{port['minimum']:g} to {port['maximum']:g}"
    if port["kind"] in ("choice", "switch", "trigger"):
        span = f"{port['maximum']:.0f} choices after the first" if port["maximum"] > 4 else span
    default = "" if port["default"] is None else f"{port['default']:g}"
    meaning = (port["comment"] or "").replace("|", "\\|")
    return f"| `{port['symbol']}` | {port['name']} | {port['kind']} | {span} | {default} | {port['unit'] or ''} | {meaning} |"


def document(loadline: str) -> str:
    listing = subprocess.run([loadline, "list", "symbols", "--format", "json"], check=True, stdout=subprocess.PIPE).stdout
    ports = json.loads(listing)
    parts = [HEAD]
    for plugin, title in TITLES.items():
        rows = [row(port) for port in ports if plugin in port["plugins"].split()]
        if rows:
            head = "| symbol | name | kind | range | default | unit | meaning |\n|---|---|---|---|---|---|---|\n"
            parts.append(f"## {title}\n\n`urn:loadline:{plugin}`\n\n{head}" + "\n".join(rows) + "\n")
    return "\n".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("loadline", help="the built command, such as build/tools/loadline")
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    text = document(args.loadline)
    if not args.check:
        DOCUMENT.write_text(text, "utf-8")
    elif not DOCUMENT.exists() or DOCUMENT.read_text("utf-8") != text:
        sys.exit(f"{DOCUMENT}: does not match plugins/ports.def; run doc/write-ports.py {args.loadline}")


if __name__ == "__main__":
    main()
