#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Loadline authors
# SPDX-License-Identifier: ISC
"""Random command lines, most of which mean something. Whatever they ask, the command ends with 0, 1 or 2; a refusal is
one line that names the command, of letters only, and leaves the directory as it was; what is done leaves the file that
was asked for and no other; nothing crashes. LOADLINE_SEED repeats a run; a long one has another seed each time.

    fuzz_arguments.py LOADLINE
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
import unicodedata
import wave
from pathlib import Path
from xml.etree import ElementTree

WORDS = """--set --preset --plugin --format --points --what --curve --headphone --amplifier --spl --line --environment
    --force --rate --hz --encoding --analysis --drive --level --title --theme --size --help --usage --p --form=csv
    -f -s -p -fs -n2 -? --bogus --force=1 -- - = ; %s %n headphone=Grado_SR60x gain=6 gain=nan gain=1e999 topology=2
    rail=-1 line_type=9 match=maybe output_impedance=10 chain line stage load abx csv json text response noise devices
    0 1 -1 2 20 1e9 -1e9 nan inf 0x10 1/3 100 light dark 96x96 0x0 99999999x1 out.wav in.wav /dev/null /nowhere/x.svg
    x.svg x.txt left both ac tran float 24""".split()
TEXTS = ["", " ", "\u00e9\u4e2d", "a" * 5000, "\x01\x7f", "two\nlines", "\x1b[2J\r\t\x9b", "\u2028", "\udce9\udcff",
         "\uffff", "W" * 3000 + "\udce9", ";;;", "=" * 300, ":", "label: gain=1", "preset=sr60x-10-ohm"]
SOUNDS = ["out.wav", "out.flac", "out.ogg", "out.aiff", "kept.wav", "kept.wav", "nowhere/out.wav", "two\nlines.wav"]
PICTURES = ["x.svg", "x.png", "x.pdf", "kept.svg", "kept.svg", "nowhere/x.svg"]
WRONG_SOUNDS = ["missing.wav", "nowhere/in.wav", "words.wav", "damaged.flac", "damaged.flac", "."]
SECONDS_MAX = 120
NOTE = b": note: "


class Dice(random.Random):
    """Draws command lines."""

    def __init__(self, seed: int, tool: str) -> None:
        super().__init__(seed)
        devices, presets, symbols = (
            json.loads(subprocess.run([tool, "list", what, "--format", "json"], capture_output=True, check=True).stdout)
            for what in ("devices", "presets", "symbols")
        )
        self.devices: dict[str, list[str]] = {}
        for row in devices:
            self.devices.setdefault(row["kind"], []).append(row["name"])
        self.presets = [row["preset"] for row in presets if row["plugin"] == "chain"]
        self.symbols = [row for row in symbols if row["default"] is not None and "chain" in row["plugins"].split()]

    def maybe(self, *words: str, odds: float = 0.4) -> list[str]:
        return list(words) if self.random() < odds else []

    def setting(self) -> str:
        symbol = self.choice(self.symbols)
        if self.random() < 0.3:
            return "headphone=" + self.choice(self.devices["headphone"])
        return f"{symbol['symbol']}={self.uniform(symbol['minimum'], symbol['maximum']):.6g}"

    def settings(self) -> list[str]:
        preset = self.maybe("--preset", self.choice(self.presets))
        return preset + self.maybe("--set", self.setting()) + self.maybe("-s", self.setting())

    def text(self) -> str:
        return self.choice(TEXTS)

    def render(self) -> list[str]:
        sound = self.choice(["in.wav", "in.wav", self.choice(WRONG_SOUNDS)])
        how = self.maybe("--force") + self.maybe("-e", self.choice(["float", "24"]))
        return ["render", sound, self.choice(SOUNDS), *how, *self.settings()]

    def response(self) -> list[str]:
        printed = self.maybe("-f", self.choice(["csv", "json"]))
        return ["response", f"--points={self.randint(2, 50)}", *printed, *self.settings()]

    def measure(self) -> list[str]:
        what = self.choice(["response", "crosstalk", "cmrr", "distortion", "noise"])
        rate = self.choice(["44100", "48000", "96000"])
        return ["measure", "--what", what, "-n", str(self.randint(2, 4))] + self.maybe("--rate", rate) + self.settings()

    def netlist(self) -> list[str]:
        analysis = self.maybe("--analysis", self.choice(["ac", "tran"]))
        drive = self.maybe("--drive", self.choice(["left", "both"]))
        return ["netlist", *analysis, *drive] + self.maybe("--level", f"{self.uniform(-120, 40):.3f}") + self.settings()

    def advise(self) -> list[str]:
        headphone = ["--headphone", self.choice(self.devices["headphone"])]
        amplifiers = [f"--amplifier={self.choice(self.devices['amplifier'])}" for _ in range(self.randint(1, 3))]
        line = self.maybe("--line", self.choice(self.devices["line"]))
        how = self.maybe("--spl", str(self.randint(60, 140))) + self.maybe("--format", "json")
        return ["advise", *headphone, *amplifiers, *line, *how]

    def curve(self) -> str:
        label = self.choice(["", "A label: ", self.text() + ": "])
        return label + self.choice([self.setting(), "preset=" + self.choice(self.presets)])

    def plot(self) -> list[str]:
        what = self.choice(["response", "impedance", "crosstalk", "cmrr"])
        curves = [word for _ in range(self.randrange(4)) for word in ("--curve", self.curve())]
        size = self.maybe("--size", f"{self.randint(300, 900)}x400")
        looks = self.maybe("--title", self.text()) + self.maybe("--theme", "dark") + size + self.maybe("--force")
        return ["plot", self.choice(PICTURES), "--what", what, "--points", "9", *curves, *looks, *self.settings()]

    def listing(self) -> list[str]:
        what = self.maybe(self.choice(["devices", "presets", "symbols"]))
        return ["list", *what, *self.maybe("-f", self.choice(["text", "csv", "json"]))]

    def any_words(self, most: int) -> list[str]:
        return [self.text() if self.random() < 0.3 else self.choice(WORDS) for _ in range(self.randrange(most))]

    def line(self) -> list[str]:
        """One that means something, some with a word or two out of place, or one that means nothing."""
        commands = [self.render, self.response, self.measure, self.netlist, self.advise, self.plot, self.listing]
        words = self.choice(commands)()
        kind = self.random()
        if kind < 0.2:
            return [self.choice([words[0], words[0], "", "rendr", "--version", "-x", self.text()]), *self.any_words(7)]
        if kind < 0.5:
            place = self.randint(1, len(words))
            words[place : place + self.randrange(2)] = self.any_words(3)
        return words


def contents(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def make_files(tool: str, directory: Path) -> dict[str, bytes]:
    """What every command line finds: sounds, a damaged one, one that is none, and files that are not to be lost."""
    with wave.open(str(directory / "in.wav"), "wb") as sound:
        sound.setparams((1, 2, 48000, 0, "NONE", ""))
        sound.writeframes(bytes(range(256)) * 8)
    damaged = directory / "damaged.flac"
    subprocess.run([tool, "render", "in.wav", damaged.name], cwd=directory, capture_output=True, check=True)
    damaged.write_bytes(damaged.read_bytes()[:-500])
    for name in ("words.wav", "kept.wav", "kept.svg"):
        (directory / name).write_text("These are but words.")
    return contents(directory)


def restore(directory: Path, files: dict[str, bytes]) -> None:
    for path in directory.iterdir():
        if path.name not in files:
            path.unlink()
    for name, data in files.items():
        (directory / name).write_bytes(data)


def problem_of_words(code: int, said: bytes, complained: bytes) -> str | None:
    lines = complained.split(b"\n")
    refusals = [line for line in lines[:-1] if NOTE not in line]
    if lines[-1]:
        return "ends within a line"
    if any(not line.startswith(b"loadline") for line in lines[:-1]):
        return "speaks without its name"
    try:
        letters = b"".join(lines).decode("utf-8")
    except UnicodeDecodeError:
        return "complains in other than UTF-8"
    if any(unicodedata.category(letter) in ("Cc", "Zl", "Zp") for letter in letters):
        return "sends more than letters to the terminal"
    if len(refusals) != (code != 0):
        return f"complains in {len(refusals)} lines"
    if code != 0 and said:
        return "refuses, but says something"
    return None


def problem_of_picture(data: bytes) -> str | None:
    try:
        ElementTree.fromstring(data)
    except ElementTree.ParseError as error:
        return f"draws what is no XML: {error}"
    return None


def problem_of_files(code: int, arguments: list[str], before: dict[str, bytes], after: dict[str, bytes]) -> str | None:
    changed = [name for name in before.keys() | after.keys() if before.get(name) != after.get(name)]
    if code != 0 and changed:
        return f"leaves {changed}"
    if len(changed) > 1 or not set(changed) <= set(arguments):
        return f"changes {changed}"
    if set(changed) & before.keys() and not any(word.startswith("--fo") or word.startswith("-f") for word in arguments):
        return f"replaces {changed}"
    if before.keys() - after.keys():
        return "removes a file"
    pictures = [name for name in changed if name.endswith(".svg")]
    return problem_of_picture(after[pictures[0]]) if pictures else None


def problem(command: list[str], directory: Path, before: dict[str, bytes], codes: dict[int, int]) -> str | None:
    done = subprocess.run(command, cwd=directory, capture_output=True, timeout=SECONDS_MAX, stdin=subprocess.DEVNULL,
                          check=False)
    if done.returncode not in codes:
        return f"ended with {done.returncode}"
    codes[done.returncode] += 1
    arguments = command[1:]
    found = problem_of_words(done.returncode, done.stdout, done.stderr)
    found = found or problem_of_files(done.returncode, arguments, before, contents(directory))
    restore(directory, before)
    return found and f"{found} (and {done.returncode}):\n{done.stderr.decode('utf-8', 'replace')[:500]}"


def main() -> int:
    tool = os.path.abspath(sys.argv[1])
    is_long = os.environ.get("LOADLINE_LONG") == "1"
    count = 4000 if is_long else 250
    seed = int(os.environ.get("LOADLINE_SEED", time.time_ns() % 1000000 if is_long else 1))
    print(f"LOADLINE_SEED={seed}", flush=True)
    dice = Dice(seed, tool)
    codes = {0: 0, 1: 0, 2: 0}
    with tempfile.TemporaryDirectory() as directory:
        files = make_files(tool, Path(directory))
        for number in range(count):
            arguments = dice.line()
            found = problem([tool, *arguments], Path(directory), files, codes)
            if found is not None:
                print(f"run {number}: loadline {arguments!r} {found}")
                return 1
    print(f"{count} command lines: {codes[0]} done, {codes[1]} failed, {codes[2]} refused")
    return 0 if min(codes.values()) > 0 and codes[0] > count // 4 else 1


if __name__ == "__main__":
    sys.exit(main())
