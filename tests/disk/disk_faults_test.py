#!/usr/bin/env python3
"""A disk that is full, that fails, that is slow or read-only, under load: what the node says and does,
that nothing acknowledged is lost, and that it goes on as soon as it can.

Failing writes come from disk_shim.cpp; a file system that is really full and one that is really
read-only are mounted, where the test may do that (root), and skipped with a word where not."""

import errno
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
from checks import check_all  # noqa: E402
from mixed_load import MixedLoad  # noqa: E402
from node import Node, NodeDied  # noqa: E402
from sink import Sink  # noqa: E402

BINARY = None
SHIM = "endure_disk_shim.so"
LOAD_S = 1.5
LONGEST_S = 30.0


class Mount:
    """A small file system of its own in memory. Skips the test where this may not be mounted."""

    def __init__(self, test, folder, size):
        self.folder = folder
        folder.mkdir()
        self._mount(test, "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder)
        test.addCleanup(subprocess.run, ["umount", "--lazy", folder], check=False)

    @staticmethod
    def _mount(test, *arguments):
        done = subprocess.run(["mount", *map(str, arguments)], capture_output=True, text=True,
                              check=False)
        if done.returncode != 0:
            test.skipTest(f"no file system may be mounted here: {done.stderr.strip()}")

    def again(self, test, options):
        self._mount(test, "-o", f"remount,{options}", self.folder)


class DiskFaults(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="endure-disk-"))
        self.sink = Sink()
        self.node = Node(BINARY, self.folder, sink=self.sink.url)
        self.faults = self.folder / "faults"
        self.node.environment = {"LD_PRELOAD": str(Path(BINARY).parent / SHIM),
                                 "ENDURE_DISK_FAULTS": str(self.faults)}
        self.load = None
        self.starts = 0
        self.addCleanup(shutil.rmtree, self.folder, True)

    def tearDown(self):
        if self.load is not None:
            self.load.stop()
        self.node.discard()
        self.sink.close()

    def fault(self, text):
        fresh = self.folder / "faults.new"
        fresh.write_text(text + "\n")
        fresh.rename(self.faults)

    def begin(self):
        self.node.start()
        self.load = MixedLoad(self.node, self.sink.url, drivers=4, processes=False)
        self.load.start()
        time.sleep(LOAD_S)
        self.awaits("the definitions are there", lambda: not self.load.to_deploy)

    def finishes(self):
        """All that was begun comes to its end, and the run was legal."""
        self.assertEqual(self.load.finish(90), [])
        self.assertEqual(check_all(self.load), [])
        self.node.stop()
        self.assertEqual(self.node.verify()[0], 0)

    def stops_and_says(self, words):
        self.assertEqual(self.node.process.wait(LONGEST_S), 1)
        said = self.node.log_tail(60)
        self.assertIn(words, said)

    def awaits(self, what, happens):
        until = time.monotonic() + LONGEST_S
        while self.node.process.poll() is None and not happens():
            self.assertLess(time.monotonic(), until, f"{what}: not within {LONGEST_S} s")
            time.sleep(0.05)
        self.assertIsNone(self.node.process.poll(), "the node has ended\n" + self.node.log_tail())

    def start_is_refused(self):
        """Starts one more workflow, with a large input, which ends at once."""
        self.starts += 1
        workflow = f"fill-{self.starts}"
        self.load.record.note("start_sent", m.NAMESPACE, workflow=workflow)
        try:
            status, answer = self.load.api.call("POST", "/v1/workflows", {
                "namespace": m.NAMESPACE, "definition": "fill", "id": workflow,
                "input": {"filling": "x" * 20_000}})
        except OSError:
            return False
        if status == 201:
            self.load.record.note("start_acked", m.NAMESPACE, workflow=workflow)
        return status == 429 and "full" in answer["detail"]

    # -- cases --------------------------------------------------------------------------------

    def test_a_sync_that_fails_stops_the_node_at_once_and_nothing_is_lost(self):
        self.begin()
        self.fault(f"sync={errno.EIO}")
        self.stops_and_says("Input/output error")
        self.fault("")
        self.node.start()
        self.finishes()

    def test_a_write_that_fails_stops_the_node_and_nothing_is_lost(self):
        self.begin()
        self.fault(f"write={errno.EIO} after=3")
        self.stops_and_says("Input/output error")
        self.fault("")
        self.node.start()
        self.finishes()

    def test_a_full_disk_refuses_work_and_goes_on_by_itself_with_room_again(self):
        self.begin()
        self.fault(f"write={errno.ENOSPC}")
        self.awaits("a start is refused", self.start_is_refused)
        self.assertEqual(self.load.api.call("GET", "/healthz")[0], 200)
        self.fault("")
        self.finishes()

    def test_a_full_disk_lets_the_node_die_and_start_without_a_loss(self):
        self.begin()
        self.fault(f"write={errno.ENOSPC}")
        self.awaits("a start is refused", self.start_is_refused)
        self.node.kill()
        self.fault("")
        self.node.start()
        self.finishes()

    def test_a_slow_disk_is_slow_and_no_more(self):
        self.begin()
        self.fault("delay_ms=200")
        time.sleep(2 * LOAD_S)
        self.assertEqual(self.load.problems(), [])
        self.fault("")
        self.finishes()

    def test_a_file_system_that_is_really_full(self):
        small = Mount(self, self.node.data, "2m")
        self.begin()
        self.awaits("a start is refused", self.start_is_refused)
        small.again(self, "size=200m")
        self.finishes()

    def test_a_read_only_file_system_is_refused_in_plain_words(self):
        mounted = Mount(self, self.node.data, "50m")
        self.begin()
        self.assertEqual(self.load.finish(90), [])
        self.node.stop()
        mounted.again(self, "ro")
        self.node.spawn()
        self.assertNotIn(self.node.process.wait(LONGEST_S), (0, None))
        self.assertIn("Read-only file system", self.node.log_tail(5))
        mounted.again(self, "rw")
        try:
            self.node.start()
        except NodeDied as error:
            self.fail(str(error))
        self.assertEqual(check_all(self.load), [])
        self.node.stop()


if __name__ == "__main__":
    sys.exit(cases.run(sys.modules[__name__], beside=SHIM))
