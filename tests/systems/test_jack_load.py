# SPDX-FileCopyrightText: 2026 The Loadline authors
# SPDX-License-Identifier: ISC
"""In real time under JACK: xruns beside a trivial amplifier's, and what sixteen chains cost."""

import math
import re
import unittest

import jack
import processes
import sound
import suite

processes.need("jackd", "jalv")

RATE_HZ = 48000
AMPLIFIER = "http://lv2plug.in/plugins/eg-amp"  # of package lv2-examples; one channel
ROW = ("line", "stage", "load")
CHAINS = 16


def late_cycles(log, clients):
    """How many cycles ended before one of the clients had. The server names them, then closes the cycle's account."""
    count, late = 0, False
    for line in log.splitlines():
        if found := re.search(r"XRun: client = (\S+) was not finished", line):
            late = late or found[1] in clients
        elif "Process error" in line:
            count, late = count + late, False
    return count


class Load(unittest.TestCase):
    @jack.again_without_graph
    def test_xruns(self):
        """Measured once. Both rows hang on one player at the same time, so that both suffer the same machine."""
        period = 256
        with processes.Workplace() as workplace:
            server = jack.Server(workplace, RATE_HZ, period)
            for name in ROW:
                jack.Jalv(workplace, name, suite.uri(name))
                jack.Jalv(workplace, f"amp-{name}", AMPLIFIER)
            wires = []
            for pair, prefix, ends in ((0, "", ("in_l", "out_l")), (1, "amp-", ("in", "out"))):
                ports = ["player:out_1", *(f"{prefix}{name}:{end}" for name in ROW for end in ends)]
                wires += zip(ports[::2], [*ports[1::2], f"recorder:in_{pair + 1}"])
            with server.playing(sound.programme(RATE_HZ, 4), wires, freewheel=False) as playing:
                playing.wait_for("playing")
                begin = server.log.stat().st_size
                run = playing.finish()
            log = server.log.read_text()[begin:]
        ours, amplifiers = late_cycles(log, ROW), late_cycles(log, [f"amp-{name}" for name in ROW])
        print(f"xruns, {RATE_HZ} Hz, {period} frames: {run.xruns}; cycles in which {', '.join(ROW)} came late: {ours},")
        print(f"  in which three trivial amplifiers did: {amplifiers}; DSP load {run.load_mean} %, {run.load_max} % at most")
        self.assertLessEqual(ours, amplifiers + 4 * math.sqrt(ours + amplifiers), "beyond what counting explains")

    @jack.again_without_graph
    def test_sixteen_chains(self):
        period = 64
        programme = sound.programme(RATE_HZ, 2)
        names = [f"chain{number}" for number in range(CHAINS)]
        settings = {"headphone": suite.choice("headphone", "Sennheiser HD 600")}
        wires = [wire for pair, name in enumerate(names) for wire in (*jack.link("player", name), *jack.record(name, pair))]
        with processes.Workplace() as workplace:
            server = jack.Server(workplace, RATE_HZ, period)
            for name in names:
                jack.Jalv(workplace, name, suite.uri("chain"), settings)
            live = server.play(programme, wires, freewheel=False)
            print(f"{CHAINS} chains, {RATE_HZ} Hz, {period} frames: DSP load {live.load_mean} %,")
            print(f"  {live.load_max} % at most; {live.xruns} xruns")
            run = server.play(programme, wires)
            expected = suite.render(workplace, programme, RATE_HZ, ("chain", suite.options(settings)))
        latency = run.latency["chain0:in_l"]
        for pair in range(CHAINS):
            heard = run.samples[latency : latency + len(expected), 2 * pair : 2 * pair + 2]
            self.assertLessEqual(sound.null_db(expected, heard), suite.NULL_DB)


if __name__ == "__main__":
    unittest.main()
