# SPDX-FileCopyrightText: 2026 The Loadline authors
# SPDX-License-Identifier: ISC
"""Through the default output of a PipeWire desktop a program sounds as rendered by the chain that is put there."""

import re
import unittest

import jack
import pipewire
import processes
import sound
import suite

processes.need("jalv", "pw-jack", *pipewire.PROGRAMS)

RATES_HZ = (48000, 44100, 96000)
SECONDS = 2
# A program that the machine keeps waiting for longer than a cycle loses that cycle. What nulls once is right.
TAKES = 4
# As the configuration has them: symbol, value, and the name of a choice.
CONTROLS = re.findall(r'^ *"(\w+)" = (\S+)(?: # (.+))?$', pipewire.CONFIGURATION.read_text(), re.M)


def render(desktop, programme, settings):
    return suite.render(desktop.workplace, programme, desktop.rate_hz, ("chain", suite.options(settings)))


class PipeWire(unittest.TestCase):
    def check(self, record, expected, what):
        for take in range(1, TAKES + 1):
            try:
                null_db = sound.aligned_null_db(expected, record())
            except AssertionError as nothing:
                print(f"{what}, take {take}: {nothing}")
                continue
            print(f"{what}, take {take}: null {null_db:.1f} dB")
            if null_db <= suite.NULL_DB:
                return
        self.fail(f"{what}: no take sounds as rendered")

    def check_output(self, desktop, render, what):
        """Plays to the default output, which should sound as rendered."""
        programme = sound.programme(desktop.rate_hz, SECONDS)
        file = desktop.workplace.path / "programme.wav"
        # pw-play 0.3.65 leaves out the last cycle of a file, if that is not a whole one.
        rest = sound.numpy.zeros((pipewire.CYCLE_FRAMES, 2))
        sound.write(file, sound.numpy.concatenate([programme, rest]), desktop.rate_hz)
        self.check(lambda: desktop.record(file), render(programme), f"pw-play, {desktop.rate_hz} Hz, {what}")

    def check_chain(self, desktop, settings):
        self.check_output(desktop, lambda programme: render(desktop, programme, settings), f"chain of {settings}")

    def test_choices_are_those_that_the_comments_name(self):
        named = [(symbol, float(value), name) for symbol, value, name in CONTROLS if name]
        self.assertTrue(named)
        for symbol, value, name in named:
            self.assertEqual(value, suite.choice(symbol, name))

    def test_sounds_as_rendered_and_as_changed_by_hand(self):
        settings = {symbol: value for symbol, value, _ in CONTROLS}
        for rate_hz in RATES_HZ if processes.long_run() else RATES_HZ[:1]:
            with self.subTest(rate_hz=rate_hz), processes.Workplace() as workplace:
                desktop = pipewire.Desktop(workplace, rate_hz)
                desktop.wait_for_chain()
                self.check_chain(desktop, settings)
                workplace.run("pw-cli", "set-param", "loadline", "Props", '{ params = [ "chain:output_impedance" 10 ] }')
                self.check_chain(desktop, settings | {"output_impedance": 10})

    def test_without_the_plugin_the_desktop_sounds_as_before(self):
        with processes.Workplace() as workplace:
            workplace.environment["LV2_PATH"] = "/nowhere"
            self.check_output(pipewire.Desktop(workplace, RATES_HZ[0]), lambda programme: programme, "no chain")

    def test_a_jack_client_sounds_as_rendered(self):
        """PipeWire is a JACK server, too."""
        settings = {"output_impedance": 120}
        programme = sound.programme(RATES_HZ[0], SECONDS)
        wires = [*jack.link("player", "client"), *jack.record("client", 0)]
        with processes.Workplace() as workplace:
            desktop = pipewire.Desktop(workplace, RATES_HZ[0])
            workplace.environment["LD_LIBRARY_PATH"] = workplace.run("pw-jack", "printenv", "LD_LIBRARY_PATH").strip()
            jack.Jalv(workplace, "client", suite.uri("chain"), settings)

            def record():
                with jack.Playing(desktop, programme, wires, freewheel=False) as playing:
                    return playing.finish().samples

            self.check(record, render(desktop, programme, settings), f"jalv and its player, {desktop.rate_hz} Hz")


if __name__ == "__main__":
    unittest.main()
