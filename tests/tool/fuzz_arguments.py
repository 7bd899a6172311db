#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Loadline authors
# SPDX-License-Identifier: ISC
"""Random command lines. Whatever they ask, the command ends with 0, 1 or 2; a refusal is one line that names the
command; nothing is left in its directory; nothing crashes."""

import os
import random
import subprocess
import sys
import tempfile

COMMANDS = "render response measure netlist advise list plot".split()
WORDS = """--set --preset --plugin --format --points --what --curve --headphone --amplifier --spl --line --environment
    --force --rate --hz --encoding --analysis --drive --level --title --theme --size --help -f -s -p --bogus -- = ; %s %n
    headphone=Grado_SR60x gain=6 gain=nan gain=1e999 topology=2 rail=-1 line_type=9 match=maybe output_impedance=10
    chain line stage load abx csv json text response noise crosstalk cmrr distortion impedance devices presets symbols
    0 1 -1 2 20 1e9 -1e9 nan inf 0x10 1/3 100 light dark 96x96 0x0 99999999x1 out.wav in.wav /dev/null /nowhere/x.svg
    x.svg x.png x.pdf x.txt left both ac tran float 24""".split()
TEXTS = ["Sennheiser HD 600", "Topping A50 III", "Generic RCA, 5 m", "Quiet room", "", " ", "\u00e9\u4e2d", "a" * 5000, "\x01\x7f",
         "label: headphone=Westone 3", "preset=sr60x-10-ohm", ";;;", "=" * 300]
SECONDS_MAX = 120


def draw(dice: random.Random) -> list[str]:
    command = dice.choice([*COMMANDS, "", "rendr", "--version", "-x"])
    words = [dice.choice(TEXTS) if dice.random() < 0.2 else dice.choice(WORDS) for _ in range(dice.randrange(7))]
    return [command, *words]


def complaint(arguments: list[str], done: subprocess.CompletedProcess[bytes]) -> str | None:
    lines = done.stderr.decode("utf-8", "replace").splitlines()
    if done.returncode not in (0, 1, 2):
        return f"ended with {done.returncode}"
    if done.returncode == 0 and any("error" in line.lower() for line in lines):
        return "succeeded, but complains"
    hint = ("Try `", "information.", "more information.")  # what every command of the system ends with
    refusals = [line for line in lines if not line.startswith(hint) and ": note: " not in line]
    if done.returncode != 0 and len(refusals) != 1:
        return f"refused in {len(refusals)} lines"
    if done.returncode != 0 and "loadline" not in refusals[0].split(":")[0]:
        return "refused without its name"
    return None


def main() -> int:
    tool = os.path.abspath(sys.argv[1])
    count = 4000 if os.environ.get("LOADLINE_LONG") == "1" else 250
    dice = random.Random(int(os.environ.get("LOADLINE_SEED", "1")))
    codes = {0: 0, 1: 0, 2: 0}
    with tempfile.TemporaryDirectory() as directory:
        for number in range(count):
            arguments = draw(dice)
            if any("\0" in word for word in arguments):
                continue
            done = subprocess.run([tool, *arguments], cwd=directory, capture_output=True, timeout=SECONDS_MAX,
                                  stdin=subprocess.DEVNULL, check=False)
            problem = complaint(arguments, done)
            if problem is None:
                leftovers = [name for name in os.listdir(directory) if name.startswith(".")]
                problem = f"left {leftovers}" if leftovers else None
            if problem is not None:
                print(f"run {number}: loadline {arguments!r} {problem}:\n{done.stderr.decode('utf-8', 'replace')[:500]}")
                return 1
            codes[done.returncode] += 1
    print(f"{count} command lines: {codes[0]} done, {codes[1]} failed, {codes[2]} refused")
    return 0 if min(codes[0], codes[2]) > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
