# SPDX-FileCopyrightText: 2026 The Loadline authors
# SPDX-License-Identifier: ISC
"""A desktop of PipeWire of the test's own, its user's configuration the one that is there to copy."""

import pathlib
import re
import shutil
import signal

import processes
import sound
import suite

PROGRAMS = ("dbus-daemon", "pipewire", "pw-cli", "pw-link", "pw-play", "pw-record", "wireplumber", "wpctl")
CONFIGURATION = suite.SOURCE / "contrib" / "pipewire" / "loadline.conf"
CYCLE_FRAMES = 8192  # the longest: the machine may do something else for a while
TAIL_S = 0.5
FRAME_BYTES = 8

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
        self.start(lambda: "speakers:playback_FR" in workplace.run("pw-link", "--input"), "wireplumber")

    def start(self, ready, *command):
        process = self.workplace.start(*command)
        processes.wait_until(ready, f"{command[0]} does not get ready")
        return process

    def wait_for_chain(self):
        processes.wait_until(lambda: self.connected("loadline.output", "speakers"), "the chain is not on the output")

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
