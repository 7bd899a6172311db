#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Loadline authors
# SPDX-License-Identifier: ISC
"""lv2_tools.py BUNDLE: LV2's validators and lilv's tools have nothing to say against any plugin of the bundle.

lv2apply runs under valgrind if LOADLINE_LONG is 1."""

import array
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import wave

SPECIFICATION = pathlib.Path("/usr/lib/lv2")
FRAMES = 9600
LOUD = 10000


def run(*command: object) -> str:
    """What a command prints; it must succeed and say nothing on standard error."""
    words = [str(word) for word in command]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode or done.stderr:
        sys.exit(f"{' '.join(words)}: code {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def check(condition: object, message: str) -> None:
    if not condition:
        sys.exit(message)


def make_path(folder: pathlib.Path, bundle: pathlib.Path) -> list[pathlib.Path]:
    """A folder with the specification and the bundle and nothing else becomes LV2_PATH. Returns the specification."""
    folder.mkdir()
    os.environ["LV2_PATH"] = str(folder)
    manifests = SPECIFICATION.glob("*.lv2/manifest.ttl")
    parts = [file.parent for file in manifests if re.search("lv2:Specification|owl:Ontology", file.read_text())]
    for part in [*parts, bundle]:
        (folder / part.name).symlink_to(part)
    return parts


def validate(bundle: pathlib.Path, specification: list[pathlib.Path]) -> None:
    """Turtle against the specification, of which both tools skip a file that nothing needs."""
    own = sorted(bundle.glob("*.ttl"))
    files = [file for part in specification for file in sorted(part.glob("*.ttl"))]
    for command in (["lv2_validate", *own], ["sord_validate", *files, *own]):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        said = done.stdout + done.stderr
        check(done.returncode == 0 and "Found 0 errors" in said, f"{command[0]}: {said}")
        check(str(bundle) not in said, f"{command[0]} complains: {said}")


def audio_inputs(uri: str) -> int:
    ports = run("lv2info", uri).split("\tPort ")[1:]
    return sum("#InputPort" in port and "#AudioPort" in port for port in ports)


def write_noise(path: pathlib.Path, channels: int) -> None:
    samples = array.array("h", (random.randrange(-LOUD, LOUD) for _ in range(channels * FRAMES)))
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, 2, 48000, FRAMES, "NONE", ""))
        file.writeframes(samples.tobytes())


def read_peak(path: pathlib.Path) -> int:
    with wave.open(str(path), "rb") as file:
        check(file.getnframes() == FRAMES, f"{path} has {file.getnframes()} frames, not {FRAMES}")
        return max(map(abs, array.array("h", file.readframes(FRAMES))))


def apply(uri: str, folder: pathlib.Path) -> None:
    """lv2apply offers no features, runs one frame a call, and leaves the noise audible."""
    valgrind = ["valgrind", "--quiet", "--error-exitcode=9"] if os.environ.get("LOADLINE_LONG") == "1" else []
    noise, out = folder / "noise.wav", folder / "out.wav"
    write_noise(noise, audio_inputs(uri))
    run(*valgrind, "lv2apply", "-i", noise, "-o", out, uri)
    check(read_peak(out) > LOUD / 10, f"lv2apply: {uri} is silent")


def main() -> None:
    bundle = pathlib.Path(sys.argv[1]).resolve()
    uris = re.findall(r"^<(urn:loadline:[a-z]+)>$", (bundle / "manifest.ttl").read_text(), re.MULTILINE)
    check(uris, f"{bundle}/manifest.ttl names no plugin")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        validate(bundle, make_path(folder / "lv2", bundle))
        check(run("lv2ls").split() == sorted(uris), "lv2ls lists other plugins")
        for uri in uris:
            check(f"{bundle.name}/" in run("lv2info", uri), f"lv2info does not say where {uri} is")
            apply(uri, folder)
            seconds, benched = run("lv2bench", "-b", 64, "-n", FRAMES, uri).split()
            check(float(seconds) > 0 and benched == uri, f"lv2bench says {seconds} {benched}")


if __name__ == "__main__":
    main()
