# SPDX-FileCopyrightText: 2026 The Loadline authors
# SPDX-License-Identifier: ISC
"""A graph of jalv clients under JACK sounds as the offline render does, at the latency that JACK is told."""

import unittest

import jack
import processes
import sound
import suite

processes.need("jackd", "jalv")

SECONDS = 2.0

# Interconnect, amplifier and headphone in a row: a tube amplifier without its hiss, on a balanced line.
LINE = {"line_type": 1, "line_length": 20, "source_impedance": 600}
STAGE = {"rail": 5, "knee": 30, "second_harmonic": -50, "third_harmonic": -60, "gain": 6, "stage_noise": 0.01}
LOAD = {"headphone": suite.choice("headphone", "Sennheiser HD 650"), "output_impedance": 120}
# And two whole chains beside it.
SINGLE_ENDED = LOAD | {"topology": 0, "shared_length": 1}
BRIDGE = LOAD | {"topology": 2, "leg_mismatch": 1, "second_harmonic": -50}

CLIENTS = [
    ("line", "line", LINE),
    ("stage", "stage", STAGE),
    ("load", "load", LOAD),
    ("single", "chain", SINGLE_ENDED),
    ("bridge", "chain", BRIDGE),
]
PATHS = [("line", "stage", "load"), ("single",), ("bridge",)]
WIRES = [
    *jack.link("player", "line"),
    *jack.link("line", "stage"),
    *jack.link("stage", "load"),
    *jack.record("load", 0),
    *jack.link("player", "single"),
    *jack.record("single", 1),
    *jack.link("player", "bridge"),
    *jack.record("bridge", 2),
]


class Graph(unittest.TestCase):
    @jack.again_without_graph
    def check(self, rate_hz, period):
        programme = sound.programme(rate_hz, SECONDS)
        with processes.Workplace() as workplace:
            server = jack.Server(workplace, rate_hz, period)
            for name, plugin, settings in CLIENTS:
                jack.Jalv(workplace, name, suite.uri(plugin), settings)
            run = server.play(programme, WIRES)
            for pair, path in enumerate(PATHS):
                inputs = [f"{name}:in_l" for name in path]
                chain = [(plugin, suite.options(settings)) for name, plugin, settings in CLIENTS if name in path]
                expected = suite.render(workplace, programme, rate_hz, *chain)
                null_db = sound.null_db(expected, run.heard(pair, inputs, len(expected)))
                print(f"{rate_hz} Hz, {period} frames, {', '.join(path)}: null {null_db:.1f} dB")
                self.assertLessEqual(null_db, suite.NULL_DB)

    def test_sounds_as_rendered(self):
        for rate_hz, period in jack.grid():
            with self.subTest(rate_hz=rate_hz, period=period):
                self.check(rate_hz, period)


if __name__ == "__main__":
    unittest.main()
