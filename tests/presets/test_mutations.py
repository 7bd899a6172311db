#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Loadline authors
# SPDX-License-Identifier: ISC
"""Random damage to the device tables. Either presets/compile.py refuses them, in one line that names a table, and writes
nothing; or it writes C that the compiler ($CC) accepts, and presets/document.py writes them, too. LOADLINE_SEED=N repeats
a run; a long one (LOADLINE_LONG=1) draws a fresh seed."""

import csv
import io
import os
import random
import re
import secrets
import shlex
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True  # no cache among the sources
sys.path.insert(0, str(ROOT / "presets"))
import compile as tables
import document

LONG = os.environ.get("LOADLINE_LONG") == "1"
RUNS = 3000 if LONG else 400
SAMPLE = 5  # of so many that are accepted, one is given to the C compiler
CC = shlex.split(os.environ.get("CC", "cc"))
TEXTS = """nan inf -inf 1e999 -1e999 1e-400 1_0 0x10 -0 +1 .5 5. 1e 1.5 -1 0 4 1e300 { } {} {0} {power} {power:9} {power!r} ; = ;; a=b
    a=measured other=estimated other=estimated(;) line= line=; headphone=999 gain=1_0 power=1;power=2 Custom 3-wire "
    "" , \\ ?? %s | ~""".split()
TEXTS += ["", " ", "\0", "\n", "\r", "\x1b[2J", "\ufeff", "\u2028", "\u00a0", "\u00b2", "\uff11", "\u00e9\u4e2d", "9" * 400, "x" * 5000,
          "x" * 200000, 'a "b" c', "*/", "//"]
Mutation = Callable[[random.Random, bytes], bytes]


# --- Bytes ---

def flip_a_bit(dice: random.Random, data: bytes) -> bytes:
    at = dice.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << dice.randrange(8)]) + data[at + 1:]


def put_a_byte(dice: random.Random, data: bytes) -> bytes:
    at = dice.randrange(len(data))
    return data[:at] + dice.choice([b"\0", b'"', b",", b"\n", b"\r", b"\xff", b"\xc3", b"{", b"{"]) + data[at + dice.randrange(2):]


def cut_the_end(dice: random.Random, data: bytes) -> bytes:
    return data[: dice.randrange(len(data))]


# --- Lines ---

def of_lines(change: Callable[[random.Random, list[bytes], int], None]) -> Mutation:
    def mutate(dice: random.Random, data: bytes) -> bytes:
        lines = data.splitlines(keepends=True)
        change(dice, lines, dice.randrange(len(lines)))
        return b"".join(lines)
    return mutate


def drop_a_line(_: random.Random, lines: list[bytes], at: int) -> None:
    del lines[at]


def double_a_line(dice: random.Random, lines: list[bytes], at: int) -> None:
    lines.insert(dice.randrange(len(lines) + 1), lines[at])


def cut_a_line(dice: random.Random, lines: list[bytes], at: int) -> None:
    where = dice.randrange(len(lines[at]))
    lines[at] = lines[at][:where] + b"\n" + (lines[at][where:] if dice.random() < 0.5 else b"")


def join_lines(_: random.Random, lines: list[bytes], at: int) -> None:
    lines[at] = lines[at].rstrip(b"\r\n")


# --- Cells ---

def of_cells(change: Callable[[random.Random, list[list[str]]], None]) -> Mutation:
    """What is no table any more stays as it is."""
    def mutate(dice: random.Random, data: bytes) -> bytes:
        try:
            rows = list(filter(None, csv.reader(io.StringIO(data.decode("utf-8"), newline=""))))
        except (UnicodeDecodeError, csv.Error):
            return data
        if len(rows) < 2:
            return data
        change(dice, rows)
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator=dice.choice(["\n", "\r\n"])).writerows(rows)
        return text.getvalue().encode()
    return mutate


def place(dice: random.Random, rows: list[list[str]]) -> tuple[list[str], int]:
    """A row, seldom the one of headings, and a column of it."""
    row = rows[0] if dice.random() < 0.03 else dice.choice(rows[1:])
    return row, dice.randrange(len(row))


def swap_cells(dice: random.Random, rows: list[list[str]]) -> None:
    (a, i), (b, k) = place(dice, rows), place(dice, rows)
    a[i], b[k] = b[k], a[i]


def repeat_a_cell(dice: random.Random, rows: list[list[str]]) -> None:
    (a, i), b = place(dice, rows), dice.choice(rows[1:])
    a[i] = b[i % len(b)] if dice.random() < 0.5 else dice.choice(b)  # of the same column, or any


def fill_a_cell(dice: random.Random, rows: list[list[str]]) -> None:
    row, column = place(dice, rows)
    text = dice.choice(TEXTS)
    row[column] = dice.choice([text, text, row[column] + text, text + row[column]])


MUTATIONS = [flip_a_bit, put_a_byte, cut_the_end, *map(of_lines, (drop_a_line, double_a_line, cut_a_line, join_lines)),
             *[of_cells(change) for change in (swap_cells, repeat_a_cell, fill_a_cell, fill_a_cell, fill_a_cell)]]


# --- What becomes of them ---

def refusal(what: Callable[[], object]) -> str | None:
    """What it says when it ends; None if it does not."""
    try:
        what()
    except SystemExit as done:
        message = str(done.code)
        assert message.isprintable() and re.search(r"\w\.csv(:\d+)?: .", message), f"says {message!r}"
        return message
    return None


def check(folder: Path, output: Path) -> bool:
    """Whether the tables are accepted."""
    said = refusal(lambda: tables.main(["--presets-dir", str(folder), "--output", str(output)]))
    left = {path.name for path in folder.parent.iterdir()} - {folder.name}
    assert left == (set() if said else {output.name}), f"{said}, but {left} is there"
    document_said = refusal(lambda: document.document(folder))
    assert said or not document_said, f"only presets/document.py says {document_said!r}"
    return not said


def compile_c(output: Path) -> None:
    done = subprocess.run([*CC, "-std=gnu17", "-fsyntax-only", "-Wall", "-Werror", "-I", ROOT / "plugins", "-I", ROOT / "common",
                           output], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def main() -> None:
    seed = int(os.environ.get("LOADLINE_SEED") or (secrets.randbelow(10**9) if LONG else 1))
    dice = random.Random(seed)
    originals = {path.name: path.read_bytes() for path in (ROOT / "presets").glob("*.csv")}
    assert len(originals) == 7, originals.keys()
    accepted = refused = compiled = 0
    with tempfile.TemporaryDirectory() as directory:
        folder, output = Path(directory) / "presets", Path(directory) / "out.c"
        folder.mkdir()
        for number in range(RUNS):
            damaged = dict(originals)
            for _ in range(dice.choice([1, 1, 1, 2, 3])):
                name = dice.choice([*sorted(originals), *["presets.csv"] * 3])  # whose cells have the richest grammar
                damaged[name] = dice.choice(MUTATIONS)(dice, damaged[name] or b"\n")
            for name, data in damaged.items():
                (folder / name).write_bytes(data)
            try:
                if not check(folder, output):
                    refused += 1
                    continue
                accepted += 1
                if accepted % SAMPLE == 0:
                    compile_c(output)
                    compiled += 1
            except BaseException:
                traceback.print_exc()
                sys.exit(f"run {number} of seed {seed}: damaged {[n for n in originals if damaged[n] != originals[n]]}")
            output.unlink()
    print(f"seed {seed}: {refused} refused, {accepted} accepted, {compiled} of them compiled")
    assert min(refused, accepted, compiled) > 0


if __name__ == "__main__":
    main()
