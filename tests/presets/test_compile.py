#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Loadline authors
# SPDX-License-Identifier: ISC
"""What presets/compile.py refuses, and how it says so: each case spoils a copy of the tables, most of them one cell."""

import csv
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

sys.dont_write_bytecode = True  # no cache among the sources
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "presets"))
import compile as tables

ROOT = Path(__file__).resolve().parents[2]
COMPILE = ROOT / "presets" / "compile.py"
PORTS = ROOT / "plugins" / "ports.def"

# table, row, column, text, and two parts of the message
CASES = [
    ("amplifiers", "JDS Labs O2", "rail", "loud", "rail", "'loud'"),
    ("amplifiers", "JDS Labs O2", "rail", "1_0", "rail", "'1_0'"),
    ("amplifiers", "JDS Labs O2", "rail", "\uff11", "rail", "write a number"),
    ("amplifiers", "JDS Labs O2", "rail", " 1", "rail", "write a number"),
    ("amplifiers", "JDS Labs O2", "rail", "1e999", "rail", "write a number"),
    ("amplifiers", "JDS Labs O2", "note", "two\nlines", "note", "'\\n'; remove"),
    ("amplifiers", "JDS Labs O2", "note", "nothing\0", "note", "'\\x00'; remove"),
    ("amplifiers", "JDS Labs O2", "rail", "1000", "rail", "0.1 to 100"),
    ("amplifiers", "JDS Labs O2", "rail", "nan", "rail", "'nan'"),
    ("amplifiers", "JDS Labs O2", "topology", "4", "topology", "0 to 3"),
    ("amplifiers", "JDS Labs O2", "topology", "1.5", "topology", "whole"),
    ("amplifiers", "JDS Labs O2", "topology", "1", "topology", "where does the figure come from"),
    ("amplifiers", "JDS Labs O2", "name", "JDS Labs Element", "JDS Labs Element", "already at"),
    ("amplifiers", "JDS Labs O2", "name", "", "name", "empty"),
    ("amplifiers", "JDS Labs O2", "tag", "guessed", "'guessed'", "estimated"),
    ("amplifiers", "JDS Labs O2", "tag", "datasheet", "'datasheet'", "no figure is"),
    ("amplifiers", "JDS Labs O2", "source", "", "source", "come from"),
    ("amplifiers", "JDS Labs O2", "knee", "10", "knee", "where does the figure come from"),
    ("amplifiers", "JDS Labs O2", "stage_noise", "", "'stage_noise'", "no figure"),
    ("amplifiers", "JDS Labs O2", "field_tags", "rail=measured; rail=derived", "'rail'", "twice"),
    ("amplifiers", "JDS Labs O2", "field_tags", "rail measured", "'rail measured'", "figure=tag"),
    ("amplifiers", "JDS Labs O2", "field_tags", "rail=recalled", "'rail=recalled'", "figure=tag"),
    ("headphones", "Sennheiser HD 650", "sensitivity", "", "sensitivity", "estimate one"),
    ("headphones", "Sennheiser HD 650", "resistance", "", "resistance", "branches.csv"),
    ("headphones", "Westone 3", "resistance", "30", "resistance", "not both"),
    ("headphones", "Sennheiser HD 650", "conductors", "2-wire", "'2-wire'", "4-wire"),
    ("headphones", "Sennheiser HD 650", "field_tags", "load=estimated; sensitivity=measured", "cable_length", "come from"),
    ("branches", "Westone 3", "peak1_q", "", "peak1_rise", "needs peak1_frequency and peak1_q"),
    ("branches", "Westone 3", "headphone", "Westone 4", "'Westone 4'", "headphones.csv"),
    ("environments", "Quiet room", "hum", "2000", "hum", "0.001 to 1000"),
    ("lines", "Generic XLR, 1 m", "line_type", "", "line_type", "balanced"),
    ("lines", "Generic XLR, 1 m", "line_type", "7", "line_type", "0 to 3"),
    ("lines", "Generic XLR, 1 m", "receiver_cmrr", "200", "receiver_cmrr", "20 to 140"),
    ("presets", "sr60x-10-ohm", "plugin", "chains", "'chains'", "chain"),
    ("presets", "sr60x-10-ohm", "slug", "SR60x", "'SR60x'", "lower case"),
    ("presets", "sr60x-10-ohm", "slug", "sr60x-ideal", "sr60x-ideal", "already at"),
    ("presets", "sr60x-10-ohm", "settings", "headphone=Grado SR60", "'Grado SR60'", "headphones.csv"),
    ("presets", "sr60x-10-ohm", "settings", "line=Generic RCA", "'Generic RCA'", "lines.csv"),
    ("presets", "sr60x-10-ohm", "settings", "outputimpedance=10", "'outputimpedance=10'", "no control"),
    ("presets", "sr60x-10-ohm", "settings", "crosstalk=10", "'crosstalk=10'", "no control"),
    ("presets", "sr60x-10-ohm", "settings", "headphone=\u00b2", "'\u00b2'", "headphones.csv"),
    ("presets", "sr60x-10-ohm", "settings", "gain=99", "gain", "-40 to 40"),
    ("presets", "sr60x-10-ohm", "shows", "response_deviation=loud", "'response_deviation=loud'", "figure=1.2"),
    ("presets", "sr60x-10-ohm", "shows", "cmrr_db=60", "'cmrr_db'", "no meter"),
    ("presets", "sr60x-10-ohm", "shows", "gain=3", "'gain'", "no meter"),
    ("presets", "sr60x-10-ohm", "shows", "response_deviation=\u0663", "'response_deviation=\u0663'", "figure=1.2"),
    ("presets", "sr60x-10-ohm", "comment", "{response_deviation} {", "comment", "brace"),
    ("presets", "sr60x-10-ohm", "comment", "{response_deviation} }", "comment", "brace"),
    ("presets", "sr60x-10-ohm", "comment", "{response_deviation} {}", "comment", "brace"),
    ("presets", "sr60x-10-ohm", "comment", "{response_deviation:9}", "comment", "brace"),
    ("presets", "sr60x-10-ohm", "comment", "Bass.", "response_deviation", "same figures"),
]
KEYS = {"branches": "headphone", "presets": "slug"}  # the column that names a row; "name" in the others


def spoil(path: Path, key: str, name: str, column: str, text: str) -> None:
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    next(row for row in rows if row[key] == name)[column] = text
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


class Compile(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.presets = Path(folder.name)
        self.output = self.presets / "out.c"
        for table in (ROOT / "presets").glob("*.csv"):
            shutil.copy(table, self.presets)

    def compile(self, output: Path | None = None, ports: Path = PORTS) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, COMPILE, "--presets-dir", self.presets, "--ports", ports,
                               "--output", output or self.output], capture_output=True, text=True, check=False)

    def assert_one_line(self, result: subprocess.CompletedProcess[str], *parts: str) -> None:
        self.assertEqual((result.returncode, result.stderr.count("\n")), (1, 1), result.stderr or "was accepted")
        for part in parts:
            self.assertIn(part, result.stderr)

    def assert_refused(self, *parts: str) -> None:
        self.assert_one_line(self.compile(), ".csv:", *parts)
        self.assertFalse(self.output.exists())

    def test_the_tables_are_accepted(self) -> None:
        result = self.compile()
        self.assertEqual((result.returncode, result.stderr), (0, ""))

    def test_spoilt_cells_are_refused(self) -> None:
        for table, name, column, text, *parts in CASES:
            with self.subTest(table=table, column=column, text=text):
                path = self.presets / f"{table}.csv"
                before = path.read_bytes()
                spoil(path, KEYS.get(table, "name"), name, column, text)
                self.assert_refused(*parts)
                path.write_bytes(before)

    def test_columns_are_refused(self) -> None:
        path = self.presets / "cables.csv"
        text = path.read_text("utf-8")
        path.write_text(text.replace("contact_resistance", "contact"), "utf-8")
        self.assert_refused("contact", "column")
        path.write_text(text.replace("contact_resistance", "conductors", 1), "utf-8")
        self.assert_refused("contact_resistance", "missing")
        path.write_text(re.sub("$", ",note", text, flags=re.MULTILINE), "utf-8")
        self.assert_refused("cables.csv:1:", "'note'", "twice")
        path.write_text(text + "\n\nAny,100,0.7\n", "utf-8")
        self.assert_refused(f"cables.csv:{text.count(chr(10)) + 3}: ", "fields")

    def test_files_are_refused(self) -> None:
        path = self.presets / "cables.csv"
        text = path.read_bytes()
        for spoilt, *parts in (
            (None, "cables.csv: ", "No such file", "restore the file"),
            (b"", "cables.csv:1: ", "missing"),
            (text[: text.index(b"\n") + 1], "cables.csv:1: ", "no rows"),
            (text + b"\xff\n", "cables.csv: ", "UTF-8"),
            (text + b'"Any" 1,100\n', f"cables.csv:{text.count(10) + 1}: ", "quote the field"),
            (text + b'"Any,100\n', "cables.csv:", "quote the field"),
        ):
            with self.subTest(parts=parts):
                path.unlink(missing_ok=True)
                if spoilt is not None:
                    path.write_bytes(spoilt)
                self.assert_refused(*parts)

    def test_more_branches_than_fit_are_refused(self) -> None:
        path = self.presets / "branches.csv"
        lines = path.read_text("utf-8").splitlines(keepends=True)
        own = next(line for line in lines if line.startswith("Westone 3"))
        path.write_text("".join([*lines, *[own] * 6]), "utf-8")
        self.assert_refused("branches.csv:", "Westone 3", "more than 5")

    def test_a_missing_port_is_refused(self) -> None:
        ports = self.presets / "ports.def"
        ports.write_text(PORTS.read_text("utf-8").replace('"slew_rate"', '"slew"'), "utf-8")
        self.assert_one_line(self.compile(ports=ports), "ports.def: ", "'slew_rate'")
        self.assert_one_line(self.compile(ports=self.presets / "none"), "none: ", "--ports")

    def test_an_output_that_cannot_be_written_is_said(self) -> None:
        for place in ("/dev/full", "/nonexist/x", self.presets):
            with self.subTest(place=place):
                self.assert_one_line(self.compile(output=Path(place)), f"{place}: ", "cannot be written")
        self.assertTrue(Path("/dev/full").is_char_device())
        self.assertEqual(list(self.presets.glob("*.c")), [])

    def test_an_interrupt_leaves_what_was_there(self) -> None:
        def write_half(path: Path, text: str, *_: str) -> None:
            path.write_bytes(text.encode()[: len(text) // 2])
            raise KeyboardInterrupt

        self.output.write_text("before", "utf-8")
        there = set(self.presets.iterdir())
        with mock.patch.object(Path, "write_text", write_half), self.assertRaises(KeyboardInterrupt):
            tables.write_text(self.output, "a text of many lines")
        self.assertEqual((self.output.read_text("utf-8"), set(self.presets.iterdir())), ("before", there))

    def test_an_output_keeps_its_links(self) -> None:
        link = self.presets / "link.c"
        link.symlink_to(self.output)
        tables.write_text(link, "after")
        self.assertEqual((link.is_symlink(), self.output.read_text("utf-8")), (True, "after"))

    def test_a_device_is_one_row(self) -> None:
        """With any line end."""
        for end in ("\n", "\r\n"):
            with (self.presets / "cables.csv").open("a", newline="", encoding="utf-8") as file:
                file.write(f"Any {len(end)},100,0.7,100,15,0,4-wire,estimated,other=estimated,me,,{end}")
        result = self.compile()
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertIn('"Any 2"', (self.presets / "out.c").read_text("utf-8"))


if __name__ == "__main__":
    unittest.main()
