# SPDX-FileCopyrightText: 2026 The Loadline authors
# SPDX-License-Identifier: ISC
"""Presets by name and controls by hand, in jalv's console while it plays under JACK."""

import unittest

import jack
import processes
import sound
import suite

processes.need("jackd", "jalv", "stdbuf")

RATE_HZ = 48000
PERIOD = 256
PRESET = "SR60x from 120 ohm"

# Long enough, at the pace of freewheeling, for a hand at the console.
SECONDS = 20
CHANGE_S = 4
SETTLED_S = 14

BEFORE = {"headphone": suite.choice("headphone", "Sennheiser HD 650"), "output_impedance": 120}
AFTER = {"headphone": suite.choice("headphone", "Grado SR60x"), "output_impedance": 10, "gain": -3, "topology": 2}


class Control(unittest.TestCase):
    def setUp(self):
        self.workplace = self.enterContext(processes.Workplace())
        self.server = jack.Server(self.workplace, RATE_HZ, PERIOD)

    def wires(self, name):
        return [*jack.link("player", name), *jack.record(name, 0)]

    def assert_null(self, run, name, start_s, end_s, expected):
        latency = run.latency[f"{name}:in_l"]
        start, end = round(start_s * RATE_HZ), round(end_s * RATE_HZ)
        null_db = sound.null_db(expected[start:end], run.samples[start + latency : end + latency])
        print(f"{name}, {start_s} to {end_s} s: null {null_db:.1f} dB")
        self.assertLessEqual(null_db, suite.NULL_DB)

    def test_presets_are_listed_with_their_names(self):
        for plugin in suite.PLUGINS:
            with self.subTest(plugin=plugin):
                client = jack.Jalv(self.workplace, plugin, suite.uri(plugin))
                self.assertEqual(client.presets(), suite.presets(plugin))

    def test_a_preset_by_name_sounds_as_rendered(self):
        programme = sound.programme(RATE_HZ, 2)
        client = jack.Jalv(self.workplace, "chain", suite.uri("chain"))
        client.tell(f"preset {client.presets()[PRESET]}")
        run = self.server.play(programme, self.wires("chain"))
        rendered = suite.render(self.workplace, programme, RATE_HZ, ("chain", ["--preset", suite.slug("chain", PRESET), *suite.options({})]))
        self.assert_null(run, "chain", 0, 2, rendered)

    def test_controls_while_it_plays(self):
        programme = sound.programme(RATE_HZ, SECONDS)
        client = jack.Jalv(self.workplace, "chain", suite.uri("chain"), BEFORE)
        with self.server.playing(programme, self.wires("chain")) as playing:
            playing.wait_for(f"at {CHANGE_S}")
            for symbol, value in AFTER.items():
                client.tell(f"{symbol} = {value}")
            run = playing.finish()
        for settings, start_s, end_s in ((BEFORE, 0, CHANGE_S), (AFTER, SETTLED_S, SECONDS)):
            rendered = suite.render(self.workplace, programme, RATE_HZ, ("chain", suite.options(settings)))
            self.assert_null(run, "chain", start_s, end_s, rendered)


if __name__ == "__main__":
    unittest.main()
