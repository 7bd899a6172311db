# SPDX-FileCopyrightText: 2026 The Loadline authors
# SPDX-License-Identifier: ISC
"""A program of ALSA plays through a chain by way of JACK, with the asoundrc that the documentation shows."""

import shutil
import unittest

import jack
import processes
import sound
import suite

processes.need("aplay", "jackd", "jalv")

ASOUNDRC = suite.SOURCE / "contrib" / "alsa" / "asoundrc"
DEVICE = "loadline"
RATE_HZ = 48000
PERIOD = 1024
LONGEST_S = 20
SPEECH = "/usr/share/sounds/alsa/Front_Center.wav"  # 16 bits, one channel
SETTINGS = {"headphone": suite.choice("headphone", "Sennheiser HD 650"), "output_impedance": 120}


class Alsa(unittest.TestCase):
    def setUp(self):
        self.workplace = self.enterContext(processes.Workplace())
        shutil.copy(ASOUNDRC, self.workplace.path / ".asoundrc")
        self.server = jack.Server(self.workplace, RATE_HZ, PERIOD, *jack.PATIENT)
        jack.Jalv(self.workplace, DEVICE, suite.uri("chain"), SETTINGS)

    def record(self, file):
        """What comes out of the chain from before aplay starts until a moment after it has ended."""
        silence = sound.numpy.zeros((LONGEST_S * RATE_HZ, 2))
        with self.server.playing(silence, jack.record(DEVICE, 0), freewheel=False) as recording:
            recording.wait_for("at 0")
            self.workplace.run("aplay", "-D", DEVICE, file)
            return recording.end().samples

    def check(self, file, samples):
        expected = suite.render(self.workplace, samples, RATE_HZ, ("chain", suite.options(SETTINGS)))
        null_db = sound.aligned_null_db(expected, self.record(file))
        print(f"aplay of {file.rpartition('/')[2]} at {RATE_HZ} Hz, {PERIOD} frames: null {null_db:.1f} dB")
        self.assertLessEqual(null_db, suite.NULL_DB)

    def test_floats_sound_as_rendered(self):
        programme = sound.programme(RATE_HZ, 2)
        file = str(self.workplace.path / "programme.wav")
        sound.write(file, programme, RATE_HZ)
        self.check(file, programme)

    def test_speech_of_16_bits_in_one_channel_sounds_as_rendered(self):
        speech, rate_hz = sound.read(SPEECH)
        self.assertEqual((rate_hz, speech.shape[1]), (RATE_HZ, 1))
        # What rings on after the last word is rendered, too.
        rest = sound.numpy.zeros((RATE_HZ // 10, 1))
        self.check(SPEECH, sound.numpy.concatenate([rest, speech, rest]).repeat(2, axis=1))


if __name__ == "__main__":
    unittest.main()
