# SPDX-FileCopyrightText: 2026 The Loadline authors
# SPDX-License-Identifier: ISC
"""Sessions of Ardour: what an export holds of the plugins on its tracks."""

import unittest
from dataclasses import dataclass, field

import ardour
import processes
import sound
import suite
from sound import numpy

processes.need(ardour.PROGRAM)

HD_650 = suite.choice("headphone", "Sennheiser HD 650")
SR60X = suite.choice("headphone", "Grado SR60x")
A, B = suite.choice("select", "A"), suite.choice("select", "B")
PRESET = "SR60x from 120 ohm"
PAN_LAW_DB = -3.0  # of a mono track in the middle
PANNED_NULL_DB = -100.0  # its gain is not quite constant
GAP_S = 0.5


@dataclass
class Track:
    """A sound at a time of its own, and the plugins on it: (plugin, preset or "", settings by symbol)."""

    name: str
    plugins: list = field(default_factory=list)
    seconds: float = 1.5
    channels: int = 2
    strict: bool = False
    bypassed: bool = False
    automation: dict = field(default_factory=dict)  # symbol of the first plugin: points of (seconds, value)
    feeds: str = ""  # the track whose side chain this one goes into, at the same time
    at_s: float = 0.0


PRESET_AND_MORE = [("chain", PRESET, {"gain": 3})]
STEADY = [
    Track("dry"),
    Track("preset", PRESET_AND_MORE),
    Track("mono", PRESET_AND_MORE, channels=1),
    Track("bypassed", PRESET_AND_MORE, bypassed=True),
    Track(
        "row",
        [
            ("line", "", {"line_type": 1, "line_length": 20, "source_impedance": 600}),
            ("stage", "", {"rail": 1, "knee": 30, "gain": 6, "third_harmonic": -50}),
            ("load", "", {"headphone": HD_650, "output_impedance": 120, "topology": 2}),
        ],
    ),
]
AUTOMATED = Track(
    "automated",
    [("chain", "", {"headphone": HD_650, "output_impedance": 120})],
    seconds=6.5,
    automation={
        # A careless curve, through all the headphones between the two.
        "headphone": [(0, HD_650), (1, HD_650), (1.4, SR60X)],
        "output_impedance": [(0, 120), (3, 120), (3.4, 10)],
        "enabled": [(0, 1), (5, 0)],
    },
)
STRICT = Track("strict mono", PRESET_AND_MORE, channels=1, strict=True)
ABX = Track("abx", [("abx", "", {})], seconds=3, automation={"select": [(0, A), (1.4, A), (1.5, B)]})
OTHER = Track("other way", [("chain", PRESET, {})], seconds=3, feeds="abx")
TRACKS = [*STEADY, STRICT, AUTOMATED, ABX, OTHER]


def put_in_a_row(tracks):
    """Gives each track its time, and returns the end of all. A feed follows its target, and has the target's time."""
    end_s = 0.0
    for track in tracks:
        if not track.feeds:
            track.at_s = end_s
            end_s += track.seconds + GAP_S
        else:
            (track.at_s,) = (target.at_s for target in tracks if target.name == track.feeds)
    return end_s


END_S = put_in_a_row(TRACKS)


def making(session):
    """The steps that make the session without its sound."""
    yield "create", session.directory, ardour.SESSION, session.rate_hz
    for track in TRACKS:
        yield "track", track.name, track.channels, track.strict
        for plugin, preset, settings in track.plugins:
            by_label = {suite.label(plugin, symbol): value for symbol, value in settings.items()}
            yield "insert", track.name, suite.uri(plugin), preset, by_label
        for symbol, points in track.automation.items():
            on_timeline = [(track.at_s + at_s, value) for at_s, value in points]
            yield "automate", track.name, suite.label(track.plugins[0][0], symbol), on_timeline
        if track.bypassed:
            yield "bypass", track.name
        if track.feeds:
            yield "feed", track.name, track.feeds
    yield "save",


class Session(unittest.TestCase):
    """A session with every kind of track, saved, exported, saved again and exported again."""

    rate_hz = 48000

    @classmethod
    def setUpClass(cls):
        cls.workplace = cls.enterClassContext(processes.Workplace())
        session = ardour.Ardour(cls.workplace, cls.rate_hz)
        session.run(*making(session))
        for track in TRACKS:
            session.place(track.name, cls.programme(track), track.at_s)
        folder = cls.workplace.path / "exported"
        cls.facts = [
            session.run(("load", session.directory, ardour.SESSION), ("tell",), ("export", folder, name, END_S), ("save",))
            for name in ("first", "second")
        ]
        cls.exported = [sound.read(folder / f"{name}.wav")[0] for name in ("first", "second")]
        cls.expected = {track.name: cls.on_timeline(track) if track.bypassed else cls.render(track) for track in STEADY}

    @classmethod
    def programme(cls, track):
        return sound.programme(cls.rate_hz, track.seconds, seed=round(track.at_s * 10))[:, : track.channels]

    @classmethod
    def on_timeline(cls, track):
        """What a track plays; both ears hear a mono track."""
        timeline = numpy.zeros((round(END_S * cls.rate_hz), 2))
        at = round(track.at_s * cls.rate_hz)
        samples = cls.programme(track)
        timeline[at : at + len(samples)] = samples
        return timeline

    @classmethod
    def render(cls, track, offline=True, override=None):
        chain = []
        for plugin, preset, settings in track.plugins:
            named = ["--preset", suite.slug(plugin, preset)] if preset else []
            chain.append((plugin, [*named, *suite.options(settings | (override or {}), offline)]))
        return suite.render(cls.workplace, cls.on_timeline(track), cls.rate_hz, *chain)

    def assert_heard(self, track, expected, start_s, end_s, what):
        """That a part of the export nulls with what is expected; what rings on from steady tracks belongs there."""
        part = slice(*(round((track.at_s + at_s) * self.rate_hz) for at_s in (start_s, end_s)))
        total = expected + sum(other for name, other in self.expected.items() if name != track.name)
        null_db = sound.null_db(total[part], self.exported[0][part])
        print(f"Ardour's export at {self.rate_hz} Hz, {track.name}, {what}: null {null_db:.1f} dB")
        self.assertLessEqual(null_db, suite.NULL_DB)

    def test_export_nulls_on_the_timeline(self):
        """Latency compensated, whatever a track's is; a mono track in both ears; bypassed tracks untouched."""
        for track in STEADY:
            with self.subTest(track=track.name):
                self.assert_heard(track, self.expected[track.name], 0, track.seconds, "all of it")

    def test_strict_mono_track_stays_mono(self):
        """It keeps the left output alone, which Ardour then pans: nearly as its law says."""
        start, end = (round((STRICT.at_s + at_s) * self.rate_hz) for at_s in (0, STRICT.seconds))
        rendered, heard = self.render(STRICT)[start:end], self.exported[0][start:end]
        gain = numpy.sum(rendered * heard) / numpy.sum(rendered**2)
        null_db = sound.null_db(gain * rendered, heard)
        print(f"Ardour's export at {self.rate_hz} Hz, {STRICT.name}: {20 * numpy.log10(gain):.4f} dB, null {null_db:.1f} dB")
        self.assertAlmostEqual(20 * numpy.log10(gain), PAN_LAW_DB, delta=0.01)
        self.assertLessEqual(null_db, PANNED_NULL_DB)

    def test_export_is_at_high_quality(self):
        """Freewheeling makes normal quality high, which shows where something is clipped."""
        (row,) = (track for track in STEADY if track.name == "row")
        null_db = sound.null_db(self.render(row, offline=False), self.expected["row"])
        print(f"what high quality changes, {row.name}: {null_db:.1f} dB")
        self.assertGreater(null_db, suite.NULL_DB)

    def test_automation(self):
        """Of a selector, of a value, and of the plugin's own bypass."""
        parts = [
            ({"headphone": HD_650}, 0, 1),
            ({"headphone": SR60X}, 2.2, 3),
            ({"headphone": SR60X, "output_impedance": 10}, 4.2, 5),
            ({"enabled": 0}, 5.5, AUTOMATED.seconds),
        ]
        for override, start_s, end_s in parts:
            with self.subTest(**override):
                self.assert_heard(AUTOMATED, self.render(AUTOMATED, override=override), start_s, end_s, override)

    def test_abx_of_a_side_chain(self):
        """B, from a chain on another track, is late by the ABX's own latency, for Ardour compensates no way into a side chain."""
        self.assert_heard(ABX, self.on_timeline(ABX), 0, 1.4, "A")
        (late_frames,) = (int(words[4]) for name, *words in self.facts[0]["insert"] if name == ABX.name)
        late = numpy.roll(self.render(OTHER), late_frames, axis=0)
        self.assert_heard(ABX, late, 1.6, ABX.seconds, f"B, {late_frames} frames late")

    def test_saved_and_reopened_is_identical(self):
        for kind in ("value", "insert"):
            first, second = (sorted(facts[kind]) for facts in self.facts)
            self.assertEqual(first, second)
        end = round(AUTOMATED.at_s * self.rate_hz)  # Ardour reads curves once a cycle, and its cycles begin anywhere
        self.assertTrue(numpy.array_equal(*(exported[:end] for exported in self.exported)))

    def test_instantiated_as_one_stereo_plugin(self):
        """On a mono track, too."""
        inserts = {(name, int(n)): words for name, n, *words in self.facts[0]["insert"]}
        self.assertEqual(len(inserts), sum(len(track.plugins) for track in TRACKS))
        for track in TRACKS:
            for n in range(len(track.plugins)):
                _uri, _enabled, count, latency, inputs, outputs = inserts[track.name, n]
                self.assertEqual((int(count), inputs, outputs), (1, "2" if track is not ABX else "4", "2"))
                self.assertGreater(int(latency), 0)

    def test_bypass_is_the_plugins_own(self):
        """Ardour's switch turns lv2:enabled off, and leaves the latency."""
        inserts = {name: words[2:] for name, *words in self.facts[0]["insert"]}
        (_, bypassed, *_), (_, preset, *_) = inserts["bypassed"], inserts["preset"]
        enabled = {name: float(value) for name, _, of, value in self.facts[0]["value"] if of == suite.label("chain", "enabled")}
        self.assertEqual((enabled["bypassed"], enabled["preset"]), (0, 1))


if __name__ == "__main__":
    unittest.main()
