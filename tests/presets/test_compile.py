#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Loadline authors
# SPDX-License-Identifier: ISC
"""What presets/compile.py refuses, and how it says so: each case spoils one cell of a copy of the tables."""

import csv
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMPILE = ROOT / "presets" / "compile.py"

# table, row, column, text, and two parts of the message
CASES = [
    ("amplifiers", "JDS Labs O2", "rail", "loud", "rail", "'loud'"),
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
    ("presets", "sr60x-10-ohm", "settings", "gain=99", "gain", "-40 to 40"),
    ("presets", "sr60x-10-ohm", "shows", "response_deviation=loud", "'response_deviation=loud'", "figure=1.2"),
    ("presets", "sr60x-10-ohm", "shows", "cmrr_db=60", "'cmrr_db'", "no meter"),
    ("presets", "sr60x-10-ohm", "shows", "gain=3", "'gain'", "no meter"),
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
        for table in (ROOT / "presets").glob("*.csv"):
            shutil.copy(table, self.presets)

    def compile(self) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, COMPILE, "--presets-dir", self.presets, "--output", self.presets / "out.c"],
                              capture_output=True, text=True, check=False)

    def assert_refused(self, *parts: str) -> None:
        result = self.compile()
        self.assertNotEqual(result.returncode, 0, "was accepted")
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        self.assertIn(".csv:", result.stderr)
        for part in parts:
            self.assertIn(part, result.stderr)
        self.assertFalse((self.presets / "out.c").exists())

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
        path.write_text(text + "Any,100,0.7\n", "utf-8")
        self.assert_refused("fields")

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
