# SPDX-FileCopyrightText: 2026 The Loadline authors
# SPDX-License-Identifier: ISC
"""The script for Ardour that puts a chain behind the mix."""

import unittest

import ardour
import processes
import sound
import suite

processes.need(ardour.PROGRAM)

RATE_HZ = 48000
SECONDS = 2
SCRIPT = suite.SOURCE / "contrib" / "ardour" / "hear_my_mix_through.lua"
REMOVE = "(nothing: remove it)"
FIRST, SECOND = "Rig: HD 650, single-ended", "SR60x from 120 ohm"
HEADPHONES = [suite.choice("headphone", name) for name in ("Sennheiser HD 650", "Grado SR60x")]


class HearThrough(unittest.TestCase):
    def setUp(self):
        self.workplace = self.enterContext(processes.Workplace())
        self.session = ardour.Ardour(self.workplace, RATE_HZ)
        self.create = ("create", self.session.directory, ardour.SESSION, RATE_HZ)

    def test_master_bus(self):
        """One chain, whose preset a second run changes and a third removes; an export goes through it."""
        act = [("act", SCRIPT, choice) for choice in (FIRST, SECOND, REMOVE, SECOND)]
        tell = ("tell",)
        facts = self.session.run(
            self.create, ("track", "mix", 2, False), act[0], tell, act[1], tell, act[2], tell, act[3], ("tell_bus", "master"), ("save",)
        )
        headphone = suite.label("chain", "headphone")
        self.assertEqual([float(value) for *_, name, value in facts["value"] if name == headphone], HEADPHONES)
        self.assertEqual([words[:3] for words in facts["insert"]], [["Master", "0", suite.uri("chain")]] * 2)
        names = [name for _, name in facts["processor"]]
        self.assertLess(names.index("Fader"), names.index("Loadline Chain"))

        programme = sound.programme(RATE_HZ, SECONDS)
        self.session.place("mix", programme, 0)
        folder = self.workplace.path / "exported"
        self.session.run(("load", self.session.directory, ardour.SESSION), ("export", folder, "mix", SECONDS))
        exported, _ = sound.read(folder / "mix.wav")
        chain = ("chain", ["--preset", suite.slug("chain", SECOND), *suite.options({}, offline=True)])
        null_db = sound.null_db(suite.render(self.workplace, programme, RATE_HZ, chain), exported)
        print(f"a mix through {SECOND}: null {null_db:.1f} dB")
        self.assertLessEqual(null_db, suite.NULL_DB)

    def test_monitor_section(self):
        """Where there is one the chain goes there, and the master bus stays as it is."""
        facts = self.session.run(
            self.create, ("use_monitor_section",), ("act", SCRIPT, FIRST), ("tell_bus", "monitor"), ("tell_bus", "master")
        )
        self.assertEqual([kind for kind, name in facts["processor"] if name == "Loadline Chain"], ["monitor"])


if __name__ == "__main__":
    unittest.main()
