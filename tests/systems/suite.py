# SPDX-FileCopyrightText: 2026 The Loadline authors
# SPDX-License-Identifier: ISC
"""What the suite says of itself, and its offline render: the reference for every recording."""

import functools
import json
import os
import pathlib
import subprocess

import sound

LOADLINE = os.environ["LOADLINE_TOOL"]
LV2_PATH = os.environ["LV2_PATH"].split(":")
SOURCE = pathlib.Path(__file__).resolve().parents[2]
NULL_DB = -120.0
PLUGINS = ("chain", "line", "stage", "load")


def uri(plugin):
    return f"urn:loadline:{plugin}"


@functools.cache
def listing(what):
    """What `loadline list` tells as a list of rows."""
    return json.loads(subprocess.run([LOADLINE, "list", what, "--format", "json"], check=True, capture_output=True).stdout)


@functools.cache
def symbols(plugin):
    """{symbol: row} of a plugin's controls and meters."""
    return {row["symbol"]: row for row in listing("symbols") if plugin in row["plugins"].split()}


def label(plugin, symbol):
    return symbols(plugin)[symbol]["name"]


def choices(row):
    """{label: value} of a row that is a selector."""
    pairs = (entry.split("=", 1) for entry in row["choices"].split("; "))
    return {label: int(value) for value, label in pairs}


def choice(symbol, label):
    """The value of a selector's choice."""
    (row,) = (row for row in listing("symbols") if row["symbol"] == symbol)
    return choices(row)[label]


def presets(plugin):
    """{label: URI} of a plugin's presets."""
    return {
        row["name"]: f"urn:loadline:preset:{plugin}-{row['preset']}"
        for row in listing("presets")
        if row["plugin"] == plugin
    }


def slug(plugin, label):
    """The name of a preset in the command."""
    return presets(plugin)[label].removeprefix(f"urn:loadline:preset:{plugin}-")


def render(workplace, samples, rate_hz, *plugins):
    """Renders through plugins in a row, each (name, options): latency removed, as many frames as there were."""
    source = workplace.path / "to-render.wav"
    target = workplace.path / "rendered.wav"
    sound.write(source, samples, rate_hz)
    for name, options in plugins:
        workplace.run(LOADLINE, "render", source, target, "--force", "--plugin", name, *options)
        target.rename(source)
    return sound.read(source)[0][: len(samples)]


def options(settings, offline=False):
    """Arguments of `loadline render` for control values by symbol; live unless it is to be as an export."""
    words = [f"{symbol}={value}" for symbol, value in settings.items()]
    return [word for setting in (words if offline else [*words, "freewheel=0"]) for word in ("--set", setting)]
