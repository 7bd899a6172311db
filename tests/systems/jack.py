# SPDX-FileCopyrightText: 2026 The Loadline authors
# SPDX-License-Identifier: ISC
"""A JACK server of the test's own, plugins in it as clients of jalv, and a player and recorder in step."""

import functools
import itertools
import os
import re
import signal
import subprocess
import time
from dataclasses import dataclass

import processes
import sound
import suite

PLAYER = os.environ["LOADLINE_JACK_PLAYER"]
# For programs that need a clock, so that nothing freewheels: a cycle lasts until every client has ended it.
PATIENT = ("--sync", "--timeout", 10000)
ANSWER_S = 5
ATTEMPTS = 3

# Those that every graph is tried at.
RATES_HZ = (44100, 48000, 96000)
PERIODS = (1024, 256, 64)


def grid():
    """(rate, period): each once, in a long run each with each."""
    return itertools.product(RATES_HZ, PERIODS) if processes.long_run() else zip(RATES_HZ, PERIODS)


class NoGraph(AssertionError):
    """The player found no server that answers, or not the ports it was to connect, and no plugin's host has crashed.

    A run of late cycles can do that, up to jackd 1.9.22: its cycle's thread writes a notice of each, in parts, to a
    socket that does not block. Where that is full half-way, the thread for requests waits for the other half, or takes
    the next notice for it (JackSocketServerNotifyChannel::Notify).
    """


def again_without_graph(check):
    """Tries anew, with a server anew, where no graph came about: what is ours fails each time."""

    @functools.wraps(check)
    def attempts(*arguments):
        for _ in range(ATTEMPTS - 1):
            try:
                return check(*arguments)
            except NoGraph as reason:
                print(reason)
        return check(*arguments)

    return attempts


class Server:
    """jackd with the dummy driver, under a name of its own and without real-time priority."""

    def __init__(self, workplace, rate_hz, period, *options):
        self.workplace = workplace
        self.rate_hz = rate_hz
        name = f"loadline-{os.getpid()}-{time.monotonic_ns() % 1000000}"
        workplace.environment |= {"JACK_DEFAULT_SERVER": name, "JACK_NO_START_SERVER": "1"}
        self.log = workplace.path / "jackd.log"
        self.process = workplace.start(
            *("jackd", "--name", name, "--no-realtime", "--no-mlock", *options),
            *("-d", "dummy", "-r", rate_hz, "-p", period),
        )
        processes.wait_until(self._answers, "jackd does not come up")

    def _answers(self):
        if self.process.poll() is not None:
            raise AssertionError(f"jackd ends with {self.process.returncode}\n{self.log.read_text()}")
        # A client that comes while the server starts may wait for ever.
        client = self.workplace.start("jack_lsp")
        try:
            return client.wait(ANSWER_S) == 0
        except subprocess.TimeoutExpired:
            client.kill()
            return False

    def play(self, samples, wires, freewheel=True):
        """Plays and records; wires are pairs of ports. Give back what Run holds."""
        with self.playing(samples, wires, freewheel) as playing:
            return playing.finish()

    def playing(self, samples, wires, freewheel=True):
        """The same, but what happens meanwhile is the caller's."""
        return Playing(self, samples, wires, freewheel)


@dataclass
class Run:
    samples: "numpy.ndarray"  # one column for each recorder:in_N
    latency: dict  # of each port that was connected to: greatest capture latency, frames
    xruns: int
    load_mean: float  # percent
    load_max: float

    def heard(self, pair, inputs, frames):
        """What a pair of inputs recorded, without the latency of the plugins before, each named by an input.

        jalv 1.6.6 shows a plugin's latency at its inputs and hands none on: plugins in a row add up.
        """
        start = sum(self.latency[port] for port in inputs)
        return self.samples[start : start + frames, 2 * pair : 2 * pair + 2]


class Playing:
    """A run of jack_player."""

    def __init__(self, server, samples, wires, freewheel):
        self.workplace = server.workplace
        source = self.workplace.path / "played.wav"
        sound.write(source, samples, server.rate_hz)
        self.recorded = self.workplace.path / "recorded.wav"
        self.process = self.workplace.start(
            PLAYER,
            *(["--freewheel"] if freewheel else []),
            source,
            self.recorded,
            *(f"{source}={target}" for source, target in wires),
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def wait_for(self, line):
        for said in self.process.stdout:
            if said.strip() == line:
                return
        raise AssertionError(f"the player never said {line!r}\n{self.workplace.logs()}")

    def end(self):
        """Ends the recording before its time."""
        self.process.send_signal(signal.SIGINT)
        return self.finish()

    def finish(self):
        try:
            said, _ = self.process.communicate(timeout=120)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"jack_player does not end\n{self.workplace.logs()}") from None
        if self.process.returncode != 0:
            crashed = self.workplace.crashed("jackd", "jack_lsp")
            failure = AssertionError if crashed else NoGraph
            raise failure(f"jack_player ends with {self.process.returncode}, crashed: {crashed}\n{self.workplace.logs()}")
        latency = {port: int(most) for port, most in re.findall(r"^latency (\S+) \d+ (\d+)$", said, re.M)}
        load = re.search(r"^load (\S+) (\S+)$", said, re.M)
        xruns = re.search(r"^xruns (\d+)$", said, re.M)
        samples, _ = sound.read(self.recorded)
        return Run(samples, latency, int(xruns[1]), float(load[1]), float(load[2]))


class Jalv:
    """A plugin as a client of the server."""

    def __init__(self, workplace, name, uri, settings=None):
        values = [word for symbol, value in (settings or {}).items() for word in ("-c", f"{symbol}={value}")]
        self.said = workplace.path / f"{name}.log"
        with self.said.open("wb") as said:
            self.process = workplace.start(
                *("stdbuf", "-oL", "jalv", "-x", "-n", name, *values, uri),
                stdin=subprocess.PIPE,
                stdout=said,
                stderr=said,
                text=True,
            )

    def tell(self, command):
        """A line to its console."""
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()

    def presets(self):
        """{label: URI}, as it lists them. The list is complete when the answer to the next command begins."""
        self.tell("presets")
        self.tell("monitors")
        said = processes.wait_until(
            lambda: re.search(r"(.*)^> latency = ", self.said.read_text(), re.M | re.S), "no list of presets"
        )
        return {label: uri for uri, label in re.findall(r"^(?:> )?(urn:\S+) \((.*)\)$", said[1], re.M)}


def link(source, target, inputs=("in_l", "in_r")):
    """Connections of a stereo pair, from the player or a plugin to a plugin."""
    outputs = ("out_1", "out_2") if source == "player" else ("out_l", "out_r")
    return [(f"{source}:{output}", f"{target}:{input}") for output, input in zip(outputs, inputs)]


def record(source, pair):
    """Into columns 2 * pair and 2 * pair + 1 of what is recorded."""
    return link(source, "recorder", (f"in_{2 * pair + 1}", f"in_{2 * pair + 2}"))
