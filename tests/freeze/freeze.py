#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Loadline authors
# SPDX-License-Identifier: ISC
"""freeze.py [--write] LISTING VERSION RELEASED: what was released stays as it was.

LISTING is the program that prints what there is now, RELEASED the file with what there was at the last release. From
version 0.1.0 on that file has to be there; before, nothing is frozen. --write makes what there is now the release of
VERSION, unless that would break the last one."""

import pathlib
import subprocess
import sys
from collections.abc import Callable

FIRST_RELEASE = (0, 1, 0)
HEADING = """# SPDX-FileCopyrightText: 2026 The Loadline authors
# SPDX-License-Identifier: ISC
#
# What release {} fixed for good. Written by scripts/release; not to be edited.
"""
ADVICE = """Sessions and scripts of users rely on this. Put it back; what is new goes last:
  a device, a preset: as the last row of its table under presets/;
  a choice: as the last label of its list in plugins/ports.c;
  a port: as the last row of plugins/ports.def, lv2:connectionOptional (plugins/write_ttl.c), and lv2:minorVersion of
    each plugin that has it two higher (ttl/)."""

Lists = dict[str, list[str]]


def parse(text: str) -> Lists:
    lists: Lists = {}
    for line in text.splitlines():
        if line.startswith("["):
            name = line.strip("[]")
            lists[name] = []
        elif line and not line.startswith("#"):
            lists[name].append(line)
    return lists


def added_ports(plugin: str, before: Lists, now: Lists) -> list[str]:
    """What is wrong with the ports that a plugin has got since."""
    name = f"{plugin} ports"
    added = now[name][len(before[name]):]
    wrong = [f"[{name}] {port}: is new and not connectionOptional" for port in added if "connectionOptional" not in port]
    versions = [int(lists[f"{plugin} minorVersion"][0]) for lists in (before, now)]
    if versions[1] < versions[0] + (1 if added else 0):
        wrong.append(f"[{plugin} minorVersion] {versions[1]}: has to be higher than {versions[0]}")
    return wrong


def compare(before: Lists, now: Lists) -> list[str]:
    """What has changed that must not: every list has to begin as it was. Presets have no order but their URIs'."""
    wrong = []
    for name, lines in before.items():
        if name not in now:
            wrong.append(f"[{name}] is gone")
        elif name.endswith(" minorVersion"):
            plugin = name.removesuffix(" minorVersion")
            if f"{plugin} ports" in now:
                wrong += added_ports(plugin, before, now)
        elif name.endswith(" presets"):
            wrong += [f"[{name}] {line}: is gone" for line in lines if line not in now[name]]
        else:
            found = now[name] + [None] * len(lines)
            wrong += [f"[{name}] {i}: was '{was}', is '{found[i] or 'gone'}'" for i, was in enumerate(lines)
                      if found[i] != was]
    return wrong


def insert_before_last(lines: list[str]) -> None:
    lines.insert(len(lines) - 1, f"{lines[-1]} too")


def test_compare(now: Lists) -> None:
    """Whatever is taken away, renamed, swapped or put between others is seen in every list, and additions are not."""
    changes: list[Callable[[list[str]], object]] = [
        lambda lines: lines.pop(), lambda lines: lines.pop(0), insert_before_last,
        lambda lines: lines.append(f"{lines.pop()} renamed"),
        lambda lines: lines.insert(0, lines.pop()) if len(set(lines)) > 1 else lines.clear(),
    ]
    for name in now:
        if name.endswith(" minorVersion"):
            continue
        for i, change in enumerate(changes):
            changed = {key: list(lines) for key, lines in now.items()}
            if name.endswith(" presets") and (i in (2, 4) or not changed[name]):
                continue
            change(changed[name])
            if not compare(now, changed):
                sys.exit(f"freeze.py sees no difference when change {i} is made to [{name}]")
    grown = {key: list(lines) for key, lines in now.items()}
    for name, lines in grown.items():
        if name.endswith(" minorVersion"):
            lines[0] = str(int(lines[0]) + 2)
        else:
            lines.append("new connectionOptional")
    if compare(now, grown):
        sys.exit(f"freeze.py refuses what is new: {compare(now, grown)}")


def main() -> None:
    write = sys.argv[1:2] == ["--write"]
    listing, version, path = sys.argv[1 + write:]
    released = pathlib.Path(path)
    text = subprocess.run([listing], check=True, capture_output=True, text=True).stdout
    now = parse(text)
    test_compare(now)
    if released.exists():
        wrong = compare(parse(released.read_text()), now)
        if wrong:
            sys.exit("\n".join([*wrong, ADVICE]))
    elif not write and tuple(map(int, version.split("."))) >= FIRST_RELEASE:
        sys.exit(f"{released} is missing: a version from 0.1.0 on is made by scripts/release")
    if write:
        released.write_text(HEADING.format(version) + text)


if __name__ == "__main__":
    main()
