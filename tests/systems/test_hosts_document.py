# SPDX-FileCopyrightText: 2026 The Loadline authors
# SPDX-License-Identifier: ISC
"""What doc/hosts.md tells to type does as it says, where a JACK server or a PipeWire desktop is running."""

import pathlib
import sys
import unittest

import jack
import pipewire
import processes
import suite

processes.need("aplay", "jackd", "jalv", *pipewire.PROGRAMS)

DOCUMENT = suite.SOURCE / "doc" / "hosts.md"
TYPE_COMMANDS = suite.SOURCE / "tests" / "tool" / "type_commands.py"
BUILD = pathlib.Path(suite.LOADLINE).parents[1]
PROMPT = "\n    $ "
RATE_HZ = 48000
# The sections, by what has to be running; each row is typed in one shell.
JACK = ("JACK: jalv", "ALSA")
PIPEWIRE = ("PipeWire: the whole desktop",)


def sections():
    """{heading: text} of those with something to type."""
    parts = (part.partition("\n") for part in DOCUMENT.read_text("utf-8").split("\n## ")[1:])
    return {heading: text for heading, _, text in parts if PROMPT in text}


class HostsDocument(unittest.TestCase):
    def setUp(self):
        self.workplace = self.enterContext(processes.Workplace())

    def type(self, *headings):
        document = self.workplace.path / "section.md"
        document.write_text("".join(sections()[heading] for heading in headings), "utf-8")
        print(self.workplace.run(sys.executable, TYPE_COMMANDS, document, BUILD, timeout_s=30), end="")

    def test_every_section_is_typed_below(self):
        self.assertEqual(set(sections()), {*JACK, *PIPEWIRE})

    def test_jack(self):
        jack.Server(self.workplace, RATE_HZ, 1024, *jack.PATIENT)
        self.type(*JACK)

    def test_pipewire(self):
        pipewire.Desktop(self.workplace, RATE_HZ).wait_for_chain()
        self.type(*PIPEWIRE)


if __name__ == "__main__":
    unittest.main()
