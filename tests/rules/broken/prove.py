#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Loadline authors
# SPDX-License-Identifier: ISC
"""Proves that the tests which run over every plugin can fail.

    prove.py FILE... -- PROGRAM...

makes bundles of the files, runs the programs over them (those that only play not over faults of
words), and expects of each plugin that it fails the tests which faults.py names for it, and no
other. Every test has to have a plugin that fails it.
"""
import os
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from faults import BEHAVIOUR, BINARIES, FAULTS, URI, manifest

# Says something of the machine, whatever the plugin.
NO_RULES = {"the_specification_is_loaded"}

# The programs with rules of what a plugin says of itself.
READERS = {"test_description", "test_features", "test_session"}


def run(program, bundle, directory):
    """The names of a program's tests, by plugin: {plugin: {test: failed}}."""
    environment = os.environ | {
        "CMOCKA_MESSAGE_OUTPUT": "XML",
        "CMOCKA_XML_FILE": str(directory / "%g.xml"),
        "LOADLINE_BUNDLE_PATH": str(bundle),
        "LOADLINE_LONG": "0",  # that a rule can fail shows on the bounded grids
    }
    directory.mkdir()
    done = subprocess.run([program], env=environment, capture_output=True, text=True)
    results = {}
    for path in directory.glob("*.xml"):
        suite = xml.parse(path).getroot().find("testsuite")
        if suite.get("name").startswith(URI):
            results[suite.get("name").removeprefix(URI)] = {
                case.get("name"): len(case) > 0 for case in suite.findall("testcase")
            }
    if done.returncode < 0:
        results["crash"] = {f"{program} ended with signal {-done.returncode}: {done.stderr[-500:]}": True}
    return results


def make_bundle(directory, files, faults):
    """A bundle of the files, in which only those faults can be found."""
    directory.mkdir()
    for file in files:
        shutil.copy(file, directory)
    (directory / "manifest.ttl").write_text(manifest(faults), encoding="utf-8")
    return directory


def prove(files, programs, directory):
    """What the programs found, {plugin: {test: failed}}."""
    whole = make_bundle(directory / "broken.lv2", files, FAULTS)
    sounding = make_bundle(directory / "sounding.lv2", files, BEHAVIOUR + BINARIES)
    results = {}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = [
            pool.submit(run, program, whole if program.name in READERS else sounding, directory / program.name)
            for program in reversed(programs)  # test_soak takes longest
        ]
    for done in runs:
        for plugin, tests in done.result().items():
            results.setdefault(plugin, {}).update(tests)
    return results


def judge(results):
    """One line for each thing that is not as it should be."""
    complaints = []
    known = {test for plugin in results.values() for test in plugin} - NO_RULES
    for fault in FAULTS:
        if fault.name not in results:
            complaints.append(f"{fault.name}: was not tested")
            continue
        failed = {test for test, has_failed in results[fault.name].items() if has_failed}
        for test in sorted(failed - set(fault.rules) - set(fault.on_some_machines)):
            complaints.append(f"{fault.name}: fails {test}")
        for test in sorted(set(fault.rules) - failed):
            complaints.append(f"{fault.name}: {'passes' if test in known else 'knows no'} {test}")
    for test in sorted(known - {test for fault in FAULTS for test in fault.rules}):
        complaints.append(f"{test}: no plugin in faults.py breaks it")
    return complaints


def main():
    if "--" not in sys.argv:
        sys.exit("usage: prove.py FILE... -- PROGRAM...")
    divider = sys.argv.index("--")
    files, programs = sys.argv[1:divider], [Path(program) for program in sys.argv[divider + 1 :]]
    with tempfile.TemporaryDirectory() as directory:
        results = prove(files, programs, Path(directory))
    complaints = list(results.pop("crash", {})) + judge(results)
    print(*complaints, sep="\n")
    print(f"{len(FAULTS)} plugins, {len({rule for fault in FAULTS for rule in fault.rules})} rules")
    sys.exit(1 if complaints else 0)


if __name__ == "__main__":
    main()
