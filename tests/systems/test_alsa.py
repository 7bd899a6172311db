# SPDX-FileCopyrightText: 2026 The Loadline authors
# SPDX-License-Identifier: ISC
"""A program of ALSA plays through a chain by way of JACK, with the asoundrc that the documentation shows."""

import shutil
import unittest
import wave

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
# What is played rests at its ends: ALSA's plugin plays before it is connected, which may last on a busy machine.
REST_FRAMES = RATE_HZ // 2
SPEECH = "/usr/share/sounds/alsa/Front_Center.wav"
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

    def check(self, file):
        samples, rate_hz = sound.read(file)
        self.assertEqual(rate_hz, RATE_HZ)
        stereo = samples.repeat(2 // samples.shape[1], axis=1)
        expected = suite.render(self.workplace, stereo, RATE_HZ, ("chain", suite.options(SETTINGS)))
        null_db = sound.aligned_null_db(expected, self.record(file))
        print(f"aplay of {file.name} at {RATE_HZ} Hz, {PERIOD} frames: null {null_db:.1f} dB")
        self.assertLessEqual(null_db, suite.NULL_DB)

    def test_floats_sound_as_rendered(self):
        file = self.workplace.path / "programme.wav"
        rest = sound.numpy.zeros((REST_FRAMES, 2))
        sound.write(file, sound.numpy.concatenate([rest, sound.programme(RATE_HZ, 2), rest]), RATE_HZ)
        self.check(file)

    def test_speech_of_16_bits_in_one_channel_sounds_as_rendered(self):
        file = self.workplace.path / "speech.wav"
        with wave.open(SPEECH) as speech, wave.open(str(file), "wb") as padded:
            padded.setparams(speech.getparams())
            self.assertEqual((speech.getnchannels(), speech.getsampwidth()), (1, 2))
            rest = bytes(2 * REST_FRAMES)
            padded.writeframes(rest + speech.readframes(speech.getnframes()) + rest)
        self.check(file)


if __name__ == "__main__":
    unittest.main()
