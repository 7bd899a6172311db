# SPDX-FileCopyrightText: 2026 The Loadline authors
# SPDX-License-Identifier: ISC
"""A blind test under JACK: two chains in parallel into A and B, each heard as its render, and X as one of them."""

import unittest

import jack
import processes
import sound
import suite

processes.need("jackd", "jalv")

SECONDS = 2.0
LOAD = {"headphone": suite.choice("headphone", "Sennheiser HD 650")}
CHAINS = {"a": LOAD | {"output_impedance": 120}, "b": LOAD | {"output_impedance": 10, "topology": 2}}
# An instance for each that can be heard, in the order of what `select` takes.
HEARD = ("a", "b", "x")
SEED = 1
APART_DB = -60.0  # what does not null may not come near


def wires():
    for pair, heard in enumerate(HEARD):
        for side in CHAINS:
            yield from jack.link(f"chain_{side}", f"abx_{heard}", (f"{side}_l", f"{side}_r"))
        yield from jack.record(f"abx_{heard}", pair)
    for side in CHAINS:
        yield from jack.link("player", f"chain_{side}")


class Abx(unittest.TestCase):
    @jack.again_without_graph
    def check(self, rate_hz, period):
        programme = sound.programme(rate_hz, SECONDS)
        with processes.Workplace() as workplace:
            server = jack.Server(workplace, rate_hz, period)
            for side, settings in CHAINS.items():
                jack.Jalv(workplace, f"chain_{side}", suite.uri("chain"), settings)
            for select, heard in enumerate(HEARD):
                jack.Jalv(workplace, f"abx_{heard}", suite.uri("abx"), {"select": select, "seed": SEED})
            run = server.play(programme, list(wires()))
            rendered = {
                side: suite.render(workplace, programme, rate_hz, ("chain", suite.options(settings)))
                for side, settings in CHAINS.items()
            }
        nulls_db = {
            (heard, side): sound.null_db(
                expected, run.heard(pair, [f"chain_{side}:in_l", f"abx_{heard}:{side}_l"], len(expected))
            )
            for pair, heard in enumerate(HEARD)
            for side, expected in rendered.items()
        }
        said = ", ".join(f"{heard} is {side} to {null_db:.1f} dB" for (heard, side), null_db in nulls_db.items())
        print(f"{rate_hz} Hz, {period} frames: {said}")
        self.assertEqual(*(run.latency[f"chain_{side}:in_l"] for side in CHAINS))
        for heard in HEARD:
            same, other = sorted(nulls_db[heard, side] for side in CHAINS)
            self.assertLessEqual(same, suite.NULL_DB)
            self.assertGreater(other, APART_DB)
        for side in CHAINS:
            self.assertLessEqual(nulls_db[side, side], suite.NULL_DB)

    def test_a_and_b_sound_as_rendered_and_x_as_one_of_them(self):
        for rate_hz, period in jack.grid():
            with self.subTest(rate_hz=rate_hz, period=period):
                self.check(rate_hz, period)


if __name__ == "__main__":
    unittest.main()
