#!/usr/bin/env python3
"""Orderly stops by SIGTERM: under load, and while workers hold steps.

Each ends with exit code 0 within `node.shutdown_timeout`, loses nothing and costs no attempt: steps that were
handed out and not begun go back, those at work stay with their workers, and what was acknowledged is never handed
out again. The checker judges the histories."""

import argparse
import os
import sys
import tempfile
import time
import unittest

from checks import check_all, check_at_rest, check_sink
from lost_worker_test import HoldingWorker
from mixed_load import MixedLoad
from node import Api, Node
from sink import Sink

BINARY = None
SHUTDOWN_TIMEOUT_S = 10  # of these nodes (tests/support/node_process.py)
STOPS = 6

DEFINITION = """
document: { dsl: '1.0.3', namespace: crash, name: work, version: '1.0.0' }
do:
  - work:
      call: work
      metadata: { lease: PT9S, maxAttempts: 1 }
"""


def stop(case, node):
    begun = time.monotonic()
    node.stop()  # its exit code must be 0
    case.assertLess(time.monotonic() - begun, SHUTDOWN_TIMEOUT_S)


class OrderlyStop(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="endure-stop-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def test_a_loaded_node_that_is_stopped_again_and_again_loses_nothing_and_repeats_nothing(self):
        sink = Sink()
        self.addCleanup(sink.close)
        node = Node(BINARY, self.folder, sink=sink.url)
        self.addCleanup(node.discard)
        load = MixedLoad(node, sink.url)
        load.start()
        self.addCleanup(load.stop)
        for _ in range(STOPS):
            node.start()
            enough = load.record.noted + 60
            until = time.monotonic() + 20
            while load.record.noted < enough and time.monotonic() < until:
                time.sleep(0.01)
            stop(self, node)
            code, text = node.verify()
            self.assertEqual(code, 0, text)
        node.start()
        self.assertEqual(load.finish(180), [])
        self.assertEqual(check_all(load) + check_sink(load, sink), [])
        self.assertGreater(len(load.record.results_acked), STOPS, "too little happened")

    # One attempt is all that each step has: a stop that counted as one would make dead letters.
    def test_steps_at_work_outlive_a_stop_and_those_not_begun_go_back_without_an_attempt(self):
        node = Node(BINARY, self.folder, heartbeat="300ms", lost_after="10s")
        self.addCleanup(node.discard)
        node.start()
        api = Api(node.http_port)
        self.addCleanup(api.close)
        status, answer = api.call("POST", "/v1/definitions", DEFINITION.encode())
        self.assertEqual(status, 201, answer)
        ids = [f"w-{n}" for n in range(6)]
        for workflow in ids:
            status, answer = api.call("POST", "/v1/workflows", {
                "namespace": "crash", "id": workflow, "definition": "work", "input": {}})
            self.assertEqual(status, 201, answer)
        holder = HoldingWorker(node, "holder", 2, 8)
        self.addCleanup(holder.end)
        held = holder.takes(2)
        time.sleep(3.8)  # beyond a third of the lease: a heartbeat has made it durable
        api.close()
        stop(self, node)
        node.start()

        heir = HoldingWorker(node, "heir", 4, 0)
        self.addCleanup(heir.end)
        begun = {workflow for workflow, _, _ in held}
        self.assertEqual({workflow for workflow, _, _ in heir.takes(4)}, set(ids) - begun)
        for workflow in ids:
            status, answer = api.call(
                "GET", f"/v1/workflows/crash/{workflow}/result?wait_ms=60000")
            self.assertEqual((status, answer.get("phase")), (200, "completed"), answer)
            record = api.history("crash", workflow)[-1]
            self.assertEqual(record["attempt"], 1)
            self.assertEqual(record["worker"], "holder" if workflow in begun else "heir")
        self.assertTrue(holder.lines.empty(), "a step at work was handed out again")
        self.assertEqual(check_at_rest(api), [])


def main():
    global BINARY
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=os.environ.get("ENDURE_BIN"))
    options, rest = parser.parse_known_args()
    if not options.binary:
        parser.error("--binary or ENDURE_BIN must name the endure binary")
    BINARY = options.binary
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
