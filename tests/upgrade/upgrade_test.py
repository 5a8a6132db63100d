#!/usr/bin/env python3
"""Volumes that earlier versions wrote: this build opens each, tells what the earlier one told, brings every
workflow to its end, and all of it is legal.

  upgrade_test.py --binary build/ci/bin/endure                 each volume of this folder
  upgrade_test.py --binary build/ci/bin/endure --write 0.2.0   keeps one of this build: 0.2.0.volume, 0.2.0.json"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
import zlib
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support"), str(HERE.parent / "trace")]

import cases  # noqa: E402
import scenario  # noqa: E402
from facts import Told  # noqa: E402
from laws import judge  # noqa: E402
from node_process import Api, Node, NodeDied  # noqa: E402

BINARY = None
TOOL = "endure_volume_text"
ENGINE = {"retention": "0s"}
EVENTS = "events: { keep_for: 30d }\n"
FORMAT_ROW = re.compile(r"(?m)^(  666f726d617400) (.*)$")  # the row `format` of the table meta
# What the judge is told that clients did.
SENT = [{"t": 0, "what": "event_sent", "namespace": scenario.NAMESPACE, "workflow": None,
         "event": event} for event in scenario.EVENTS]


def tool(*arguments):
    return subprocess.run([Path(BINARY).parent / TOOL, *map(str, arguments)], check=True,
                          capture_output=True, text=True).stdout


def newest():
    return max(HERE.glob("*.volume"),
               key=lambda path: [int(part) for part in path.stem.split(".")])


def held_of(volume):
    """The token of the step that a worker held."""
    with open(volume.with_suffix(".json"), encoding="utf-8") as lines:
        return json.loads(next(lines))["held"]


def node_in(folder):
    return Node(BINARY, folder, settings=EVENTS, engine=ENGINE)


def write(version):
    """What a node that was killed in the middle of it all leaves, and what it told before."""
    with tempfile.TemporaryDirectory(prefix="endure-upgrade-") as folder:
        node = node_in(folder)
        try:
            node.start()
            api = scenario.Api(Api(node.http_port))
            held = scenario.begin(api)
            time.sleep(0.5)  # what is not awaited comes to rest
            told = Told.by(api.api)
            node.kill()
        finally:
            node.discard()
        volume = f"# A volume of Endure {version}; see volume_text.cpp.\n" + tool("dump", node.data)
    (HERE / f"{version}.volume").write_text(volume, encoding="ascii")
    lines = [json.dumps({"held": held})]
    lines += [json.dumps({"summary": item, "records": told.histories[name]}, sort_keys=True)
              for name, item in sorted(told.workflows.items())]
    (HERE / f"{version}.json").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{version}: {len(told.workflows)} workflows, {len(volume)} bytes")


class Upgrade(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="endure-upgrade-"))
        self.addCleanup(shutil.rmtree, self.folder, True)

    def node_on(self, text, name="node"):
        home = self.folder / name
        home.mkdir()
        node = node_in(home)
        self.addCleanup(node.discard)
        (home / "volume").write_text(text, encoding="ascii")
        tool("load", home / "volume", node.data)
        return node

    def test_every_volume_is_served_to_its_end(self):
        volumes = sorted(HERE.glob("*.volume"))
        self.assertTrue(volumes)
        for volume in volumes:
            with self.subTest(volume.name):
                self.serve(volume)

    def serve(self, volume):
        node = self.node_on(volume.read_text(encoding="ascii"), volume.stem)
        rest = volume.with_suffix(".json").read_text(encoding="utf-8").splitlines()[1:]
        before = Told.of(map(json.loads, rest))
        node.start()
        api = scenario.Api(Api(node.http_port))
        self.compare(before, Told.by(api.api))
        scenario.end(api, held_of(volume))
        after = Told.by(api.api)
        self.compare(before, after)
        self.legal(after)
        node.stop()
        self.assertEqual(node.verify()[0], 0, node.verify()[1])
        # And what this build wrote is what a next start of it reads.
        node.start()
        again = Told.by(Api(node.http_port))
        self.assertEqual(again.histories, after.histories)
        node.stop()

    def legal(self, told):
        problems = judge(told, SENT, self_started=(scenario.NAMESPACE,), all_ended=True)
        self.assertEqual(problems, [])

    # What was told is still told, word for word; more may have come.
    def compare(self, before, after):
        for name, item in before.workflows.items():
            self.assertIn(name, after.workflows)
            for field in ("number", "definition", "created", "parent"):
                self.assertEqual(after.workflows[name][field], item[field], (name, field))
            records = before.histories[name]
            self.assertEqual(after.histories[name][:len(records)], records, name)

    # Format 1 had no tables for events that are kept, nor for sinks. They are made when it is opened.
    def test_a_volume_of_format_1_is_upgraded(self):
        lines = newest().read_text(encoding="ascii").splitlines()
        kept, table = [], None
        for line in lines:
            table = table if line.startswith(" ") else line
            if table not in ("kept", "event_types", "event_ids", "looking", "sinks"):
                kept.append(line)
        older = self.with_format("\n".join(kept) + "\n", 1)
        node = self.node_on(older)
        code, said = node.verify()
        self.assertNotEqual(code, 0)
        self.assertIn("the volume has an older format: start a node on it once", said)
        node.start()
        api = scenario.Api(Api(node.http_port))
        scenario.end(api, held_of(newest()))
        self.legal(Told.by(api.api))
        node.stop()
        self.assertEqual(node.verify()[0], 0, node.verify()[1])

    def with_format(self, text, number):
        record = bytes.fromhex(FORMAT_ROW.search(text)[2])
        other = self.sealed(record[0], record[5:-1] + bytes([number]))
        return FORMAT_ROW.sub(rf"\1 {other.hex()}", text)

    # A volume of a version to come: refused before anything is changed, and named.
    def test_a_newer_volume_is_refused_and_left_alone(self):
        text = self.with_format(newest().read_text(encoding="ascii"), 99)
        node = self.node_on(text)
        with self.assertRaises(NodeDied) as died:
            node.start()
        self.assertIn("the volume has format 99, this program knows up to", str(died.exception))
        self.assertIn("use the newer program", str(died.exception))
        self.assertEqual(tool("dump", node.data).splitlines(), text.splitlines()[1:])

    # A single record of a version to come: the node says which, and does not go on without it.
    def test_a_newer_record_is_refused_with_its_key(self):
        lines = newest().read_text(encoding="ascii").splitlines()
        at = lines.index("ready") + 1
        key, value = lines[at].split()
        record = bytes.fromhex(value)
        lines[at] = f"  {key} {self.sealed(99, record[5:]).hex()}"
        node = self.node_on("\n".join(lines) + "\n")
        code, said = node.verify()
        self.assertEqual(code, 7, said)
        self.assertRegex(said, r"ready\s+\S+.*schema version 99, this program reads up to")
        node.spawn()
        self.assertNotEqual(node.process.wait(60), 0)
        self.assertRegex(node.log_tail(), r"schema version 99")
        self.assertRegex(node.log_tail(), r"ready/")

    # persistence/envelope.hpp
    def sealed(self, version, payload):

        crc = zlib.crc32(bytes([version]) + payload)
        return bytes([version]) + crc.to_bytes(4, "little") + payload


def main():
    module = sys.modules[__name__]
    options, rest = cases.parse(module, write={"metavar": "VERSION"})
    if options.write:
        write(options.write)
        return 0
    return cases.run_parsed(module, rest, beside=TOOL)


if __name__ == "__main__":
    sys.exit(main())
