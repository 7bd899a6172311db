# SPDX-FileCopyrightText: 2026 The Loadline authors
# SPDX-License-Identifier: ISC
"""A desktop of PipeWire whose default output leads through a chain, as the configuration that is there to copy says."""

import os
import pathlib
import re
import shutil
import signal
import unittest

import processes
import sound
import suite

processes.need("dbus-daemon", "pipewire", "pw-cli", "pw-link", "pw-play", "pw-record", "wireplumber")

CONFIGURATION = pathlib.Path(os.environ["LOADLINE_CONTRIB"], "pipewire", "loadline.conf")
RATES_HZ = (48000, 44100, 96000)
SECONDS = 2
TAIL_S = 0.5
# pw-play and pw-record drop a cycle when the machine keeps them waiting for longer than that. What nulls once is right.
TAKES = 4
FRAME_BYTES = 8
CYCLE_FRAMES = 8192  # the longest: the machine may do something else for a while
# As the configuration has them: symbol, value, and the name of a choice.
CONTROLS = re.findall(r'^ *"(\w+)" = (\S+)(?: # (.+))?$', CONFIGURATION.read_text(), re.M)

# What a sound card is on a desktop.
SPEAKERS = """
context.properties = {{
    default.clock.rate = {rate_hz}
    default.clock.quantum = {cycle_frames}
    default.clock.min-quantum = {cycle_frames}
    default.clock.max-quantum = {cycle_frames}
}}
context.objects = [ {{
    factory = adapter
    args = {{
        factory.name = support.null-audio-sink
        node.name = speakers
        media.class = Audio/Sink
        audio.position = [ FL FR ]
        object.linger = true
    }}
}} ]
"""
# Those of the machine that the test runs on.
NO_DEVICES = {
    "main.lua.d": "alsa_monitor.enabled = false v4l2_monitor.enabled = false libcamera_monitor.enabled = false\n",
    "bluetooth.lua.d": "bluez_monitor.enabled = false\n",
}


class Desktop:
    """Message bus, PipeWire and its session manager, with the configuration of their user."""

    def __init__(self, workplace, rate_hz):
        self.workplace = workplace
        self.rate_hz = rate_hz
        self.recording = workplace.path / "recorded.wav"
        own = workplace.path / ".config"
        servers = own / "pipewire" / "pipewire.conf.d"
        servers.mkdir(parents=True)
        shutil.copy(CONFIGURATION, servers)
        (servers / "speakers.conf").write_text(SPEAKERS.format(rate_hz=rate_hz, cycle_frames=CYCLE_FRAMES))
        for directory, text in NO_DEVICES.items():
            policy = own / "wireplumber" / directory
            policy.mkdir(parents=True)
            (policy / "51-no-devices.lua").write_text(text)
        runtime = pathlib.Path(workplace.environment["XDG_RUNTIME_DIR"])
        bus = f"unix:path={runtime}/bus"
        workplace.environment["DBUS_SESSION_BUS_ADDRESS"] = bus
        self.start((runtime / "bus").exists, "dbus-daemon", "--session", "--nofork", f"--address={bus}")
        self.start((runtime / "pipewire-0").exists, "pipewire")
        self.start(lambda: self.connected("loadline.output", "speakers"), "wireplumber")

    def start(self, ready, *command):
        process = self.workplace.start(*command)
        processes.wait_until(ready, f"{command[0]} does not get ready")
        return process

    def connected(self, source, target):
        """Whether both channels of one are heard by the other."""
        links = self.workplace.run("pw-link", "--links")
        return len(re.findall(rf"^{source}:\S+\n  \|-> {target}:", links, re.M)) == 2

    def record(self, file):
        """What the speakers get from before a program plays a file until a moment after."""
        self.recording.unlink(missing_ok=True)
        recorder = self.start(
            lambda: self.recorded_frames() and self.connected("speakers", "pw-record"),
            *("pw-record", "-P", "{ stream.capture.sink = true }", "--target", "speakers"),
            *("--rate", self.rate_hz, "--channels", 2, "--format", "f32", self.recording),
        )
        self.workplace.run("pw-play", file)
        end = self.recorded_frames() + TAIL_S * self.rate_hz
        processes.wait_until(lambda: self.recorded_frames() > end, "the recording stops too early")
        recorder.send_signal(signal.SIGINT)
        recorder.wait(processes.READY_S)
        return sound.read(self.recording)[0]

    def recorded_frames(self):
        return self.recording.stat().st_size // FRAME_BYTES if self.recording.exists() else 0


class PipeWire(unittest.TestCase):
    def check(self, desktop, settings):
        programme = sound.programme(desktop.rate_hz, SECONDS)
        file = desktop.workplace.path / "programme.wav"
        # pw-play 0.3.65 leaves out the last cycle of a file, if that is not a whole one.
        rest = sound.numpy.zeros((CYCLE_FRAMES, 2))
        sound.write(file, sound.numpy.concatenate([programme, rest]), desktop.rate_hz)
        expected = suite.render(desktop.workplace, programme, desktop.rate_hz, ("chain", suite.options(settings)))
        for take in range(1, TAKES + 1):
            recorded = desktop.record(file)
            start = sound.find(expected, recorded)
            null_db = sound.null_db(expected, recorded[start : start + len(expected)])
            print(f"pw-play to the default output, {desktop.rate_hz} Hz, {settings}, take {take}: null {null_db:.1f} dB")
            if null_db <= suite.NULL_DB:
                return
        self.fail("no take sounds as rendered")

    def test_choices_are_those_that_the_comments_name(self):
        named = [(symbol, float(value), name) for symbol, value, name in CONTROLS if name]
        self.assertTrue(named)
        for symbol, value, name in named:
            self.assertEqual(value, suite.choice(symbol, name))

    def test_sounds_as_rendered_and_as_changed_by_hand(self):
        settings = {symbol: value for symbol, value, _ in CONTROLS}
        for rate_hz in RATES_HZ if processes.long_run() else RATES_HZ[:1]:
            with self.subTest(rate_hz=rate_hz), processes.Workplace() as workplace:
                desktop = Desktop(workplace, rate_hz)
                self.check(desktop, settings)
                workplace.run("pw-cli", "set-param", "loadline", "Props", '{ params = [ "chain:output_impedance" 10 ] }')
                self.check(desktop, settings | {"output_impedance": 10})


if __name__ == "__main__":
    unittest.main()
