#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Loadline authors
# SPDX-License-Identifier: ISC
"""Types what a document's blocks say after "    $ ", in one shell and an empty directory, and compares what is printed
with the lines below each command.

    run_lesson.py DOCUMENT BUILD_DIRECTORY
"""

import subprocess
import sys
import tempfile
from pathlib import Path

INDENT = "    "
PROMPT = INDENT + "$ "
MARK = "--- end of step"


def steps(document: Path) -> list[tuple[str, str]]:
    """Each command, and what it should print."""
    found: list[tuple[str, str]] = []
    for line in document.read_text("utf-8").splitlines():
        if line.startswith(PROMPT):
            found.append((line.removeprefix(PROMPT), ""))
            following = True
        elif line.startswith(INDENT) and found and following:
            command, expected = found[-1]
            found[-1] = (command, expected + line.removeprefix(INDENT) + "\n")
        else:
            following = False
    return found


def main() -> None:
    document, build = Path(sys.argv[1]), Path(sys.argv[2]).resolve()
    script = ["set -e", "mkdir build", f"ln -s '{build}/tools' '{build}/lv2' build/"]
    todo = steps(document)
    for command, _ in todo:
        script += [command, f"echo '{MARK}'"]
    with tempfile.TemporaryDirectory() as directory:
        ran = subprocess.run(["bash", "-c", "\n".join(script)], cwd=directory, capture_output=True, text=True, check=False)
    printed = ran.stdout.split(MARK + "\n")
    for number, (command, expected) in enumerate(todo):
        actual = printed[number] if number < len(printed) else ""
        if actual != expected or (number == len(printed) - 1 and ran.returncode != 0):
            sys.exit(f"{document}: $ {command}\nshould print:\n{expected}printed:\n{actual}{ran.stderr}")
    if not todo:
        sys.exit(f"{document}: has no commands")
    print(f"{len(todo)} commands do as {document.name} says")


if __name__ == "__main__":
    main()
