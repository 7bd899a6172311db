# SPDX-FileCopyrightText: 2026 The Loadline authors
# SPDX-License-Identifier: ISC
"""Ardour without a window: sessions made, filled with sound, exported and asked, by ardour.lua."""

import pathlib
import re
import time
import xml.etree.ElementTree

import processes
import sound

PROGRAM = "ardour7-lua"
SCRIPT = pathlib.Path(__file__).with_name("ardour.lua")
SESSION = "suite"
TIMEOUT_S = 30
ATTEMPTS = 12
EXPORT_PRESET = "5f1e0b1c-2f43-4b0a-9d53-10ad11e00000"
# Ardour's own "BWAV 32float Export": float, at the session's rate, not normalised, not trimmed.
EXPORT_FORMAT = "20b4ab09-6452-4cb3-bd66-b921cdbd2942"
EXPORT_PRESETS = f"""<?xml version="1.0" encoding="UTF-8"?>
<ExportPreset id="{EXPORT_PRESET}" name="Float">
  <ExportFormat id="{EXPORT_FORMAT}"/>
  <ExportFilename><Folder relative="1" path="export"/><Field name="timespan" enabled="1"/></ExportFilename>
</ExportPreset>
"""
# What Ardour 7.3 says anyway: of a machine without a window, a sound card, MP3 and a synthesizer; and, when it loads a
# session, of each control that is not to be automated, because it saves an empty curve for that, too.
USUAL = re.compile(
    "Butler drops pool trash|direct dispatch of call slot|Falling back to Reasonable Synth|encoder is not available|"
    "/patchfiles/.*Document is empty|Ignored automation data for non-automatable parameter"
)


def _lua(value):
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, dict):
        return "{" + ",".join(f"[{_lua(key)}]={_lua(entry)}" for key, entry in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "{" + ",".join(_lua(entry) for entry in value) + "}"
    return _lua(str(value)) if isinstance(value, pathlib.Path) else repr(float(value))


class Ardour:
    """One session, in a directory under the workplace's home."""

    def __init__(self, workplace, rate_hz):
        self.workplace = workplace
        self.rate_hz = rate_hz
        self.directory = workplace.path / "session"
        self.file = self.directory / f"{SESSION}.ardour"
        export = workplace.path / ".config" / "ardour7" / "export"
        export.mkdir(parents=True)
        (export / "float.preset").write_text(EXPORT_PRESETS)

    def run(self, *steps):
        """Runs steps of ardour.lua, each (name, argument ...), in a program of their own; returns its facts by kind.

        They may run more than once, which they have to bear: Ardour 7.3 without a window crashes or hangs in about one export
        of four, be it of a session without any plugin. A plugin that brings Ardour down would do so each time.
        """
        (self.workplace.path / "plan.lua").write_text(f"return {_lua(steps)}\n")
        for attempt in range(ATTEMPTS):
            facts, said = self._attempt()
            if "end" in facts:
                _check(said)
                return facts
            print(f"Ardour ended early, attempt {attempt + 1} of {ATTEMPTS}: {said.splitlines()[-1:]}")
        raise AssertionError(f"Ardour ends early, or takes longer than {TIMEOUT_S} s:\n{said}")

    def _attempt(self):
        plan, told, said = (self.workplace.path / name for name in ("plan.lua", "facts", "said"))
        told.unlink(missing_ok=True)
        with said.open("w") as log:
            process = self.workplace.start(PROGRAM, SCRIPT, plan, told, EXPORT_PRESET, stdout=log, stderr=log)
        end_s = time.monotonic() + TIMEOUT_S
        while process.poll() is None and time.monotonic() < end_s and not _is_whole(told):
            time.sleep(0.05)
        processes.stop(process)
        facts = {}
        for line in told.read_text().splitlines() if told.exists() else ():
            kind, *words = line.split("\t")
            facts.setdefault(kind, []).append(words)
        return facts, said.read_text(errors="replace")

    def place(self, track, samples, at_s):
        """Puts sound onto a track's playlist in the saved session, for Ardour's Lua cannot import."""
        name = f"{track}.wav"
        (folder,) = self.directory.glob("interchange/*/audiofiles")
        sound.write(folder / name, samples, self.rate_hz)
        tree = xml.etree.ElementTree.parse(self.file)
        root = tree.getroot()
        ids = _new_ids(root)
        sources = [next(ids) for _ in range(samples.shape[1])]
        for channel, source in enumerate(sources):
            root.find("Sources").append(_element("Source", name=name, type="audio", flags="", id=source, channel=channel, origin="", gain=1))
        (playlist,) = (entry for entry in root.find("Playlists") if entry.get("name") == track)
        region = _element("Region", name=track, id=next(ids), type="audio", channels=len(sources), opaque=1, start=0)
        region.set("length", f"{self._superclocks(len(samples))}@{self._superclocks(round(at_s * self.rate_hz))}")
        region.attrib |= {"fade-in-active": "0", "fade-out-active": "0", "envelope-active": "0", "scale-amplitude": "1"}
        region.attrib |= {f"{kind}-{n}": str(source) for kind in ("source", "master-source") for n, source in enumerate(sources)}
        playlist.append(region)
        root.set("id-counter", str(next(ids)))
        tree.write(self.file)

    def _superclocks(self, frames):
        """Ardour's unit of time: 1/282240000 s."""
        return f"a{frames * (282240000 // self.rate_hz)}"


def _is_whole(told):
    return told.exists() and told.read_bytes().endswith(b"end\n")


def _check(said):
    complaints = [line for line in said.splitlines() if line and not USUAL.search(line)]
    if complaints:
        raise AssertionError("Ardour complains:\n" + "\n".join(complaints))


def _element(tag, **attributes):
    return xml.etree.ElementTree.Element(tag, {key: str(value) for key, value in attributes.items()})


def _new_ids(root):
    number = int(root.get("id-counter"))
    while True:
        yield number
        number += 1
