#!/usr/bin/env python3
"""Damage to a volume: flipped bits, a file cut short, copies that were interrupted, a folder of something
else, two nodes on one folder. It is found and named, refused or contained, and never half-read."""

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / name) for name in ("crash", "support", "trace")]

import cases  # noqa: E402
import mixed_definitions as m  # noqa: E402
from facts import Told  # noqa: E402
from laws import judge  # noqa: E402
from mixed_load import MixedLoad  # noqa: E402
from node import Api, Node, NodeDied  # noqa: E402
from sink import Sink  # noqa: E402

BINARY = None
FLIPS = 40
QUIET = ("quiet-1", "quiet-2", "quiet-3")  # workflows that wait for an hour
READER = "endure_read_volume"
# The text in the step's arguments stands nowhere else.
MARKED = """
document: { dsl: '1.0.3', namespace: mixed, name: marked, version: '1.0.0' }
do:
  - work: { call: marked, with: { mark: '${ "step of " + .of }' } }
"""
EXIT_FINDINGS = 7


def endure(*arguments):
    return subprocess.run([BINARY, *map(str, arguments)], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False)


class Damage(unittest.TestCase):
    # One run makes the volume that every case damages in its own way.
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp(prefix="endure-damage-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, True)
        sink = Sink()
        cls.addClassCleanup(sink.close)
        cls.node = Node(BINARY, cls.folder, sink=sink.url)
        cls.addClassCleanup(cls.node.discard)
        cls.node.start()
        load = MixedLoad(cls.node, sink.url, processes=False)
        load.start()
        until = time.monotonic() + 60
        while len(load.ended) < 3 and time.monotonic() < until:
            time.sleep(0.05)
        for name in QUIET:
            status, _ = load.ask("POST", "/v1/workflows", {
                "namespace": m.NAMESPACE, "definition": "noted", "id": name, "input": {}})
            assert status == 201, status
        cls.backup = cls.folder / "backup"
        done = endure("backup", "--data", cls.node.data, "--to", cls.backup)
        assert done.returncode == 0, done.stderr
        problems = load.finish(90)
        assert not problems, problems
        cls.node.stop()

    def copy(self, of=None):
        self.copies = getattr(self, "copies", 0) + 1
        to = self.folder / f"{self.id()}-{self.copies}"
        to.mkdir()
        shutil.copy((of or self.backup) / "data.mdb", to / "data.mdb")
        self.addCleanup(shutil.rmtree, to, True)
        return to

    def told(self, folder):
        done = subprocess.run([Path(BINARY).parent / READER, folder], capture_output=True,
                              text=True, check=False)
        return done.stdout if done.returncode == 0 else None

    def node_on(self, folder):
        """A node whose data is `folder`."""
        home = Path(tempfile.mkdtemp(dir=self.folder))
        node = Node(BINARY, home)
        self.addCleanup(node.discard)
        node.config.write_text(node.config.read_text().replace(str(node.data), str(folder)))
        node.data = folder
        return node

    # -- bits ---------------------------------------------------------------------------------

    # A bit of the file matters or it does not (a page that is not used, room within one). Where it
    # does, verify says so; where verify says nothing, all is as it was.
    def test_a_flipped_bit_is_found_or_changes_nothing(self):
        chance = random.Random(5)
        whole = self.told(self.copy())
        found = 0
        for _ in range(FLIPS):
            data = self.copy()
            with open(data / "data.mdb", "r+b") as file:
                file.seek(chance.randrange(2 * 4096, (data / "data.mdb").stat().st_size))
                byte = file.read(1)[0]
                file.seek(-1, os.SEEK_CUR)
                file.write(bytes([byte ^ (1 << chance.randrange(8))]))
            done = endure("verify", "--data", data)
            self.assertIn(done.returncode, (0, 1, EXIT_FINDINGS), done.stdout + done.stderr)
            if done.returncode == 0:
                self.assertEqual(self.told(data), whole)
            found += done.returncode != 0
            shutil.rmtree(data)
        self.assertGreater(found, 0)

    # The workflow whose record is damaged is refused and named; every other one goes on.
    def test_a_damaged_workflow_does_not_stop_the_others(self):
        data = self.copy()
        whole = Told.of(map(json.loads, self.told(self.copy()).splitlines()))
        live = sorted(name for name, item in whole.workflows.items() if name[1] in QUIET)
        self.assertEqual(len(live), len(QUIET))
        victim = live[0]
        raw = bytearray((data / "data.mdb").read_bytes())
        self.damage_snapshot(raw, whole.workflows[victim])
        (data / "data.mdb").write_bytes(raw)
        done = endure("verify", "--data", data)
        self.assertEqual(done.returncode, EXIT_FINDINGS, done.stdout + done.stderr)
        number = str(whole.workflows[victim]["number"])
        self.assertRegex(done.stdout, rf"snapshots\s+{number}\s+the record is damaged")
        refused = endure("restore", "--from", data, "--data", self.folder / "refused")
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn(f"snapshots/{number}", refused.stderr)
        self.assertFalse((self.folder / "refused" / "data.mdb").exists())

        node = self.node_on(data)
        node.start()
        api_node = f"127.0.0.1:{node.http_port}"
        shown = endure("--node", api_node, "show", "/".join(victim))
        self.assertNotEqual(shown.returncode, 0)
        self.assertIn("damaged", shown.stdout + shown.stderr)
        for other in live[1:]:
            ended = endure("--node", api_node, "terminate", "/".join(other))
            self.assertIn(ended.returncode, (0, 4), ended.stderr)
        node.stop()

    # Every stored state of this workflow that lies in the file: the live one is among them.
    def damage_snapshot(self, raw, summary):
        self.damage_text(raw, summary["id"])

    def damage_text(self, raw, text):
        at = raw.find(text.encode())
        hits = 0
        while at >= 0:
            # A record holds its texts as msgpack texts, with their length before; keys do not.
            if raw[at - 1] == 0xA0 + len(text):
                raw[at] ^= 0x20
                hits += 1
            at = raw.find(text.encode(), at + 1)
        self.assertGreater(hits, 0)

    # The node starts and serves; the step is named wherever somebody may look, its workflow is suspended, and
    # the steps before and behind it on its queue are done.
    def test_a_damaged_step_suspends_its_workflow_and_its_queue_goes_on(self):
        data = self.copy()
        node = self.node_on(data)
        node.start()
        api = Api(node.http_port)
        self.assertEqual(api.call("POST", "/v1/definitions", MARKED.encode())[0], 201)
        names = ("before", "victim", "behind")
        for name in names:
            status, _ = api.call("POST", "/v1/workflows", {
                "namespace": m.NAMESPACE, "definition": "marked", "id": name, "input": {"of": name}})
            self.assertEqual(status, 201)
        api.close()
        node.stop()
        raw = bytearray((data / "data.mdb").read_bytes())
        self.damage_text(raw, "step of victim")
        (data / "data.mdb").write_bytes(raw)
        done = endure("verify", "--data", data)
        self.assertEqual(done.returncode, EXIT_FINDINGS, done.stdout + done.stderr)
        self.assertRegex(done.stdout, r"ready\s+marked/.*the record is damaged")

        node.start()
        status, leased = api.call("POST", "/v1/queues/marked/lease",
                                  {"worker": "w", "max": 9, "wait_ms": 5000})
        self.assertEqual(status, 200)
        self.assertEqual([step["workflow"] for step in leased["steps"]], ["before", "behind"])
        for step in leased["steps"]:
            status, _ = api.call("POST", "/v1/steps/complete",
                                 {"token": step["token"], "result": {}})
            self.assertEqual(status, 200)
        victim = self.until(api, "victim", lambda item: item["phase"] == "suspended")
        self.assertIn("ready/marked/", victim["cause"])
        self.assertIn("ready/marked/", api.call("GET", "/v1/damage")[1]["items"][0]["table"] + "/"
                      + api.call("GET", "/v1/damage")[1]["items"][0]["key"])
        self.assertIn("endure_store_damaged_rows 1", api.call("GET", "/metrics")[1])
        self.assertRegex(node.log_tail(100), r"damaged and left out.*table=ready.*key=\S*marked/")
        address = f"127.0.0.1:{node.http_port}"
        doctor = endure("--node", address, "doctor")
        self.assertEqual(doctor.returncode, EXIT_FINDINGS)
        self.assertRegex(doctor.stdout, r"ready/marked/.*a row of mixed/victim is damaged")
        self.assertRegex(doctor.stdout, r"mixed/victim: the workflow is suspended")
        ended = endure("--node", address, "terminate", "mixed/victim")
        self.assertEqual(ended.returncode, 0, ended.stderr)
        for name in names:
            self.until(api, name, lambda item: item["phase"] in ("completed", "cancelled"))
        self.assertIn("endure_store_damaged_rows 0", api.call("GET", "/metrics")[1])
        told = Told.by(api)
        for name in [name for name in told.workflows if name[1] not in names]:
            del told.workflows[name], told.histories[name]  # still under way
        problems = judge(told, [], self_started=(m.NAMESPACE,), all_ended=True)
        self.assertEqual(problems, [])
        node.stop()
        done = endure("verify", "--data", data)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def until(self, api, name, is_so):
        until = time.monotonic() + 30
        while True:
            status, shown = api.call("GET", f"/v1/workflows/{m.NAMESPACE}/{name}")
            self.assertEqual(status, 200)
            if is_so(shown):
                return shown
            self.assertLess(time.monotonic(), until, shown)
            time.sleep(0.02)

    # -- files --------------------------------------------------------------------------------

    def test_a_file_that_was_cut_short_is_found(self):
        for part in (0.9, 0.5, 0.1):
            data = self.copy()
            size = (data / "data.mdb").stat().st_size
            with open(data / "data.mdb", "r+b") as file:
                file.truncate(int(size * part) // 4096 * 4096)
            done = endure("verify", "--data", data)
            self.assertIn(done.returncode, (1, EXIT_FINDINGS), done.stdout + done.stderr)

    def test_a_folder_of_something_else_is_refused_and_left_alone(self):
        data = self.folder / "something-else"
        data.mkdir()
        (data / "data.mdb").write_bytes(b"not a volume at all\n" * 1000)
        node = self.node_on(data)
        node.spawn()
        self.assertNotEqual(node.process.wait(30), 0)
        self.assertEqual((data / "data.mdb").read_bytes(), b"not a volume at all\n" * 1000)
        self.assertNotEqual(endure("verify", "--data", data).returncode, 0)

    def test_a_second_node_on_the_folder_is_refused_and_the_first_goes_on(self):
        data = self.copy()
        first, second = self.node_on(data), self.node_on(data)
        first.start()
        second.spawn()
        self.assertEqual(second.process.wait(30), 4)
        self.assertIn(f"in use by the process {first.process.pid}", second.log_tail())
        self.assertTrue(first.is_ready())
        first.stop()

    # -- copies -------------------------------------------------------------------------------

    def test_a_backup_is_restored_and_served(self):
        to = self.folder / "restored"
        done = endure("restore", "--from", self.backup, "--data", to)
        self.assertEqual(done.returncode, 0, done.stderr)
        again = endure("restore", "--from", self.backup, "--data", to)
        self.assertEqual(again.returncode, 4)
        self.assertEqual(self.told(self.copy(to)), self.told(self.copy()))
        node = self.node_on(to)
        node.start()
        node.stop()

    # Whatever moment a restore is killed at: there is a whole volume, or a node refuses the folder, and
    # the same command brings it to its end.
    def test_a_restore_that_is_interrupted_is_never_taken_for_whole(self):
        chance = random.Random(3)
        interrupted = 0
        for number in range(12):
            to = self.folder / f"half-{number}"
            restoring = subprocess.Popen([BINARY, "restore", "--from", self.backup, "--data", to],
                                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(chance.uniform(0.0, 0.12))
            restoring.kill()
            restoring.wait()
            if not (to / "data.mdb").exists():
                interrupted += 1
                if (to / "data.mdb.partial").exists():
                    node = self.node_on(to)
                    node.spawn()
                    self.assertEqual(node.process.wait(30), 2)
                    self.assertIn("interrupted", node.log_tail())
                done = endure("restore", "--from", self.backup, "--data", to)
                self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(endure("verify", "--data", to).returncode, 0)
            shutil.rmtree(to)
        self.assertGreater(interrupted, 0)

    # The same without a race: what a kill in the middle leaves.
    def test_half_a_restore_is_refused_by_every_verb(self):
        to = self.folder / "half"
        to.mkdir()
        whole = (self.backup / "data.mdb").read_bytes()
        (to / "data.mdb.partial").write_bytes(whole[:len(whole) // 2])
        node = self.node_on(to)
        with self.assertRaises(NodeDied):
            node.start()
        self.assertIn("was interrupted", node.log_tail())
        self.assertEqual(endure("verify", "--data", to).returncode, 2)
        self.assertFalse((to / "data.mdb").exists())
        self.assertEqual(endure("restore", "--from", self.backup, "--data", to).returncode, 0)
        self.assertEqual(endure("verify", "--data", to).returncode, 0)


if __name__ == "__main__":
    sys.exit(cases.run(sys.modules[__name__], beside=READER))
