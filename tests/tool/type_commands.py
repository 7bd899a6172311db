#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Loadline authors
# SPDX-License-Identifier: ISC
"""Types what a document's blocks say after "    $ ", in one shell and an empty directory, and compares what is printed
with the lines below each command. A line "..." stands for any lines; a backslash continues a command. What is measured
may differ in its last digits from machine to machine, so figures are compared to NEAR of the largest beside them.

    type_commands.py DOCUMENT BUILD_DIRECTORY
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
INDENT = "    "
PROMPT = INDENT + "$ "
MARK = "--- end of step"
NUMBER = r"[-+]?\d+\.\d+(?:e[-+]\d+)?"
NEAR = 2e-3
SHOWN = 40  # lines of what was printed instead


def steps(document: Path) -> list[tuple[str, list[str]]]:
    """Each command, and the lines that it should print."""
    found: list[tuple[str, list[str]]] = []
    continued = following = False
    for line in document.read_text("utf-8").splitlines():
        if continued:
            found[-1] = (found[-1][0] + "\n" + line.strip(), [])
            continued = line.endswith("\\")
        elif line.startswith(PROMPT):
            found.append((line.removeprefix(PROMPT), []))
            following, continued = True, line.endswith("\\")
        elif line.startswith(INDENT) and following:
            found[-1][1].append(line.removeprefix(INDENT))
        else:
            following = False
    return found


def is_near(expected: str, actual: str) -> bool:
    """The same words, however spaced, and figures that are nearly the same."""
    expected, actual = (" ".join(line.split()) for line in (expected, actual))
    if re.sub(NUMBER, "#", expected) != re.sub(NUMBER, "#", actual):
        return False
    wanted, got = ([float(number) for number in re.findall(NUMBER, line)] for line in (expected, actual))
    return all(abs(a - b) <= NEAR * max(1.0, abs(a)) for a, b in zip(wanted, got))


def agrees(expected: list[str], actual: list[str]) -> bool:
    """Line by line; any lines may stand where dots do."""
    if not expected:
        return not actual
    if expected[0] == "...":
        return any(agrees(expected[1:], actual[skipped:]) for skipped in range(len(actual) + 1))
    return bool(actual) and is_near(expected[0], actual[0]) and agrees(expected[1:], actual[1:])


def main() -> None:
    document, build = Path(sys.argv[1]), Path(sys.argv[2]).resolve()
    script = ["mkdir build", f"ln -s '{build}/tools' '{build}/lv2' build/", f"ln -s '{SOURCE}/contrib' ."]
    todo = steps(document)
    for command, _ in todo:
        script += [command, f"echo '{MARK}'"]
    with tempfile.TemporaryDirectory() as directory:
        ran = subprocess.run(
            ["bash", "-c", "\n".join(script)],
            cwd=directory,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    printed = [step.splitlines() for step in ran.stdout.split(MARK + "\n")]
    for number, (command, expected) in enumerate(todo):
        if number >= len(printed) - 1 or not agrees(expected, printed[number]):
            actual = printed[number] if number < len(printed) else []
            sys.exit("\n".join([f"{document}: $ {command}", "should print:", *expected, "printed:", *actual[:SHOWN]]))
    if not todo:
        sys.exit(f"{document}: has no commands")
    print(f"{len(todo)} commands do as {document.name} says")


if __name__ == "__main__":
    main()
