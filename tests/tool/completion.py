#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Loadline authors
# SPDX-License-Identifier: ISC
"""completion.py DIRECTORY [FILE]: types at an interactive bash, which completes the loadline of DIRECTORY.

Without FILE, which defines the completion, bash has to find it where it was installed."""

import json
import os
import pathlib
import pty
import subprocess
import sys
import tempfile
import time

FRAMEWORK = pathlib.Path("/usr/share/bash-completion/bash_completion")
SKIPPED = 77
PATIENCE_S = 60
COMPLETE, INSERT_ALL = "\t", "\x1b*"
LINE_BEGIN, LINE_END = "\x01", "\x05"

RC = """
bind 'set enable-bracketed-paste off' 'set bell-style none' 2>/dev/null
PS1= HISTFILE=
source {framework}
[[ -z '{file}' ]] || source '{file}'
touch ready
"""


class Shell:
    """An interactive bash in a folder of its own."""

    def __init__(self, folder: pathlib.Path, directory: str, file: str) -> None:
        self.folder = folder
        (folder / "rc").write_text(RC.format(framework=FRAMEWORK, file=file))
        child, self.terminal = pty.fork()
        if child == 0:
            os.chdir(folder)
            os.environ.update(PATH=f"{directory}:{os.environ['PATH']}", TERM="dumb", COLUMNS="2000")
            os.execlp("bash", "bash", "--noprofile", "--rcfile", "rc", "-i")
        os.set_blocking(self.terminal, False)
        self.wait_for("ready")

    def wait_for(self, name: str) -> None:
        said = b""
        end = time.monotonic() + PATIENCE_S
        while not (self.folder / name).exists():
            try:
                said += os.read(self.terminal, 65536)
            except BlockingIOError:
                time.sleep(0.02)
            if time.monotonic() > end:
                sys.exit(f"bash does not answer; it said: {said.decode(errors='replace')}")

    def words(self, typed: str, key: str) -> list[str]:
        """The words of a command line that is typed and completed with a key, as the shell then takes them."""
        words = self.folder / "words"
        words.unlink(missing_ok=True)
        line = f"{typed}{key}{LINE_END} >list; mv list words{LINE_BEGIN}printf '%s\\n' {LINE_END}\n"
        os.write(self.terminal, line.encode())
        self.wait_for("words")
        return words.read_text().splitlines()


def listed(directory: str, what: str) -> list[dict[str, str]]:
    command = [f"{directory}/loadline", "list", what, "--format", "json"]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


def expect(shell: Shell, typed: str, key: str, expected: list[str]) -> None:
    words = shell.words(typed, key)
    if words != expected:
        sys.exit(f"{typed!r} becomes {words}, not {expected}")


def expect_all(shell: Shell, typed: str, fixed: int, wanted: set[str]) -> None:
    """All that can be inserted after the words that are there is what is wanted."""
    offered = shell.words(typed, INSERT_ALL)[fixed:]
    if set(offered) != wanted or len(offered) != len(wanted):
        sys.exit(f"{typed!r} offers {sorted(set(offered) ^ wanted)} too much or too little")


def check_words(shell: Shell) -> None:
    headphone = "Sennheiser HD 600"
    expect(shell, "loadline rend", COMPLETE, ["loadline", "render"])
    expect(shell, "loadline render --enc", COMPLETE, ["loadline", "render", "--encoding="])
    expect(shell, "loadline render --forc", COMPLETE, ["loadline", "render", "--force"])
    expect(shell, "loadline list pre", COMPLETE, ["loadline", "list", "presets"])
    expect(shell, "loadline list --format=js", COMPLETE, ["loadline", "list", "--format=json"])
    expect(shell, "loadline list -f js", COMPLETE, ["loadline", "list", "-f", "json"])
    expect(shell, "loadline response --preset sr60x-10", COMPLETE, ["loadline", "response", "--preset", "sr60x-10-ohm"])
    expect(shell, "loadline response --set headph", COMPLETE, ["loadline", "response", "--set", "headphone="])
    for value in ("Sennheiser\\ HD\\ 600", '"Sennheiser HD 600', "'Sennheiser HD 600"):
        for before in ("--set ", "-s ", "--set="):
            words = [*f"loadline render {before}".split(), f"headphone={headphone}"]
            if before.endswith("="):
                words[-2:] = [words[-2] + words[-1]]
            expect(shell, f"loadline render {before}headphone={value}", COMPLETE, words)
    expect(shell, f'loadline render --set "headphone={headphone}', COMPLETE,
           ["loadline", "render", "--set", f"headphone={headphone}"])
    expect(shell, "loadline advise --headphone Sennheiser\\ HD\\ 600", COMPLETE,
           ["loadline", "advise", "--headphone", headphone])


def check_lists(shell: Shell, directory: str) -> None:
    symbols, devices = listed(directory, "symbols"), listed(directory, "devices")
    settable = {row["symbol"] for row in symbols if row["kind"] != "meter"} | {row["kind"] for row in devices}
    choices = next(row["choices"] for row in symbols if row["symbol"] == "amplifier")
    amplifiers = {choice.split("=", 1)[1] for choice in choices.split("; ")}
    expect_all(shell, "loadline response -s ", 3, {f"{symbol}=" for symbol in settable})
    expect_all(shell, "loadline response -p ", 3, {row["preset"] for row in listed(directory, "presets")})
    expect_all(shell, "loadline advise -a ", 3, amplifiers)
    expect_all(shell, "loadline netlist --drive=", 2, {"--drive=both", "left"})


def main() -> None:
    directory, file = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else ""
    if not FRAMEWORK.exists():
        print(f"no {FRAMEWORK}: install bash-completion")
        sys.exit(SKIPPED)
    with tempfile.TemporaryDirectory() as name:
        shell = Shell(pathlib.Path(name), directory, file)
        (pathlib.Path(name) / "sound.wav").touch()
        expect(shell, "loadline render soun", COMPLETE, ["loadline", "render", "sound.wav"])
        check_words(shell)
        check_lists(shell, directory)


if __name__ == "__main__":
    main()
