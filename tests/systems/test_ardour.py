# SPDX-FileCopyrightText: 2026 The Loadline authors
# SPDX-License-Identifier: ISC
"""What Ardour tells its users about the plugins."""

import pathlib
import re
import unittest

import ardour
import processes
import suite

processes.need(ardour.PROGRAM)

PLUGINS = (*suite.PLUGINS, "abx")


def preset_values():
    """{preset: {symbol: value}} as the bundle has them."""
    for folder in suite.LV2_PATH:
        file = pathlib.Path(folder, "loadline.lv2", "presets.ttl")
        if file.exists():
            _, *presets = re.split(r"^<(urn:loadline:preset:.*?)>", file.read_text(), flags=re.MULTILINE)
            found = (re.findall(r'lv2:symbol "(\w+)" ;\s+pset:value (\S+) ;', body) for body in presets[1::2])
            return {uri: {symbol: float(value) for symbol, value in pairs} for uri, pairs in zip(presets[::2], found)}
    raise AssertionError("no bundle on LV2_PATH")


class Knowledge(unittest.TestCase):
    """What Ardour tells about the plugins, before any of them sounds."""

    @classmethod
    def setUpClass(cls):
        with processes.Workplace() as workplace:
            session = ardour.Ardour(workplace, 48000)
            uris = [suite.uri(plugin) for plugin in PLUGINS]
            cls.facts = session.run(("create", session.directory, ardour.SESSION, session.rate_hz), ("list", uris))

    def told(self, kind, key):
        return [words for told_key, *words in self.facts[kind] if told_key == key]

    def test_found_in_its_category(self):
        expected = {plugin: ("Simulator Plugin", 2) for plugin in suite.PLUGINS} | {"abx": ("Utility Plugin", 4)}
        for plugin in PLUGINS:
            ((name, category, creator, inputs, outputs),) = self.told("plugin", suite.uri(plugin))
            self.assertTrue(name.startswith("Loadline "))
            self.assertEqual((category, int(inputs)), expected[plugin])
            self.assertEqual((creator, outputs), ("The Loadline authors", "2"))

    def test_presets_are_from_the_factory(self):
        """Ardour takes a preset without a comment for one that the user made; more of a comment it does not tell here."""
        for plugin in PLUGINS:
            told = self.told("preset", suite.uri(plugin))
            self.assertEqual({name: uri for uri, name, _, _ in told}, suite.presets(plugin))
            self.assertEqual({(valid, user) for _, _, valid, user in told}, {("true", "false")})

    def test_presets_set_what_they_state(self):
        count = 0
        for plugin in PLUGINS:
            for uri in suite.presets(plugin).values():
                loaded = dict(self.told("loaded", uri))
                for symbol, value in preset_values()[uri].items():
                    with self.subTest(preset=uri, symbol=symbol):
                        self.assertAlmostEqual(float(loaded[suite.label(plugin, symbol)]), value, delta=1e-6 * abs(value))
                        count += 1
        print(f"Ardour's controls after loading each preset: {count} values as stated")
        self.assertGreater(count, 0)

    def test_every_control_and_meter(self):
        for plugin in PLUGINS:
            rows = suite.symbols(plugin).values()
            told = {words[1]: words for words in self.told("port", suite.uri(plugin))}
            self.assertEqual(set(told), {row["name"] for row in rows})
            for row in rows:
                with self.subTest(plugin=plugin, symbol=row["symbol"]):
                    self.check_port(row, *told[row["name"]])

    def check_port(self, row, flow, _, lower, normal, upper, toggled, _logarithmic, integer, enumeration, shown, tooltip):
        self.assertEqual(flow, "output" if row["kind"] == "meter" else "input")
        self.assertAlmostEqual(float(lower), row["minimum"], delta=1e-6 * abs(row["minimum"]))
        self.assertAlmostEqual(float(upper), row["maximum"], delta=1e-6 * abs(row["maximum"]))
        if flow == "input":
            self.assertAlmostEqual(float(normal), row["default"], delta=1e-6 * abs(row["default"]))
            self.assertEqual(toggled == "true", row["kind"] in ("switch", "trigger"))
            self.assertEqual(enumeration == "true", row["kind"] == "choice")
            self.assertEqual(integer == "true", row["kind"] in ("choice", "integer"))
        example = shown % 1 if shown else "1"
        self.assertEqual(example.lstrip("1.0").strip(), row["unit"] or "")
        self.assertEqual(tooltip, row["comment"])

    def test_drop_downs(self):
        for plugin in PLUGINS:
            told = self.told("choice", suite.uri(plugin))
            for row in suite.symbols(plugin).values():
                if row["kind"] == "choice":
                    listed = {choice: int(float(value)) for name, choice, value in told if name == row["name"]}
                    self.assertEqual(listed, suite.choices(row))


if __name__ == "__main__":
    unittest.main()
