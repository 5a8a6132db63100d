#!/usr/bin/env python3
"""Workers that vanish while they hold steps: killed, stopped beyond the lease, or silent over HTTP.

Their steps go to another worker with one more attempt counted, the others' attempts are untouched,
and what a late worker still says changes nothing.
"""

import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

from checks import check_at_rest
from node import Api, Node
import cases  # node.py has put tests/support on the path

BINARY = None
HERE = Path(__file__).resolve().parent

DEFINITION = """
document: {{ dsl: '1.0.3', namespace: crash, name: work, version: '1.0.0' }}
do:
  - work:
      call: work
      metadata: {{ lease: {lease}, maxAttempts: 5, backoff: PT0.05S, maxBackoff: PT0.1S }}
"""


class HoldingWorker:
    """A process that holds up to `capacity` steps, each for `seconds`."""

    def __init__(self, node, name, capacity, seconds):
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "holding_worker.py"), node.worker_address, name,
             str(capacity), str(seconds), "work"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.lines = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(line.split())

    def takes(self, count, timeout_s=60):
        """Waits until it holds `count` further steps; (workflow, attempt, key) of each."""
        taken = [self.lines.get(timeout=timeout_s) for _ in range(count)]
        return [(workflow, int(attempt), key) for workflow, attempt, key in taken]

    def signal(self, number):
        self.process.send_signal(number)

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class LostWorker(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="endure-lost-worker-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def start_node(self, **timing):
        node = Node(BINARY, self.folder, **timing)
        self.addCleanup(node.discard)
        node.start()
        self.api = Api(node.http_port)
        self.addCleanup(self.api.close)
        return node

    def worker(self, node, name, capacity, seconds):
        worker = HoldingWorker(node, name, capacity, seconds)
        self.addCleanup(worker.end)
        return worker

    def deploy(self, lease):
        status, answer = self.api.call(
            "POST", "/v1/definitions", DEFINITION.format(lease=lease).encode())
        self.assertEqual(status, 201, answer)

    def begin(self, *ids):
        for workflow in ids:
            status, answer = self.api.call("POST", "/v1/workflows", {
                "namespace": "crash", "id": workflow, "definition": "work", "input": {}})
            self.assertEqual(status, 201, answer)

    def ended(self, workflow):
        """The one record in which the workflow's step was completed."""
        status, answer = self.api.call(
            "GET", f"/v1/workflows/crash/{workflow}/result?wait_ms=60000")
        self.assertEqual((status, answer.get("phase")), (200, "completed"), answer)
        records = self.api.history("crash", workflow)
        self.assertEqual([item["transition"] for item in records], [1, 2])
        completed = [item for item in records
                     if any(entry["kind"] == "step_completed" for entry in item["entries"])]
        self.assertEqual(len(completed), 1)
        return completed[0]

    def test_a_killed_workers_steps_go_to_another_worker_with_one_more_attempt(self):
        node = self.start_node(heartbeat="300ms", lost_after="1500ms")
        self.deploy("PT10M")
        ids = [f"w-{n}" for n in range(8)]
        victim = self.worker(node, "victim", 3, 600)
        self.begin(*ids)
        held = victim.takes(3)
        self.assertEqual([attempt for _, attempt, _ in held], [1, 1, 1])
        victim.signal(signal.SIGKILL)

        heir = self.worker(node, "heir", 3, 0)
        keys = {workflow: key for workflow, _, key in heir.takes(8)}
        lost = {workflow for workflow, _, _ in held}
        for workflow in ids:
            record = self.ended(workflow)
            self.assertEqual(record["worker"], "heir")
            self.assertEqual(record["attempt"], 2 if workflow in lost else 1, workflow)
        for workflow, _, key in held:
            self.assertEqual(keys[workflow], key, "the idempotency key changed with the attempt")
        self.assertEqual(check_at_rest(self.api), [])

    def test_a_worker_stopped_beyond_its_lease_loses_the_step_and_its_late_result_changes_nothing(
            self):
        node = self.start_node(heartbeat="300ms", lost_after="5m")
        self.deploy("PT2S")
        sleeper = self.worker(node, "sleeper", 1, 0.5)
        self.begin("w-1")
        self.assertEqual(sleeper.takes(1)[0][:2], ("w-1", 1))
        sleeper.signal(signal.SIGSTOP)

        heir = self.worker(node, "heir", 3, 0)
        self.assertEqual(heir.takes(1)[0][:2], ("w-1", 2))
        record = self.ended("w-1")
        self.assertEqual((record["worker"], record["attempt"]), ("heir", 2))
        heir.end()

        # It goes on where it was stopped: its result comes late, and it is as good as before.
        sleeper.signal(signal.SIGCONT)
        self.begin("w-2")
        self.assertEqual(sleeper.takes(1)[0][0], "w-2")
        self.assertEqual(self.ended("w-2")["worker"], "sleeper")
        self.assertEqual(self.ended("w-1"), record)
        self.assertEqual(check_at_rest(self.api), [])

    def test_a_worker_stopped_until_it_counts_as_lost_says_hello_anew(self):
        node = self.start_node(heartbeat="200ms", lost_after="1s")
        self.deploy("PT10M")
        sleeper = self.worker(node, "sleeper", 1, 0.5)
        self.begin("w-1")
        self.assertEqual(sleeper.takes(1)[0][:2], ("w-1", 1))
        sleeper.signal(signal.SIGSTOP)
        heir = self.worker(node, "heir", 3, 0)
        self.assertEqual(heir.takes(1)[0][:2], ("w-1", 2))
        record = self.ended("w-1")
        heir.end()
        sleeper.signal(signal.SIGCONT)
        self.begin("w-2")
        self.assertEqual(self.ended("w-2")["worker"], "sleeper")
        self.assertEqual(self.ended("w-1"), record)
        self.assertEqual(check_at_rest(self.api), [])

    def test_a_lease_over_http_that_runs_out_goes_to_another_and_its_token_is_stale(self):
        node = self.start_node()
        self.deploy("PT2S")
        self.begin("w-1")
        status, answer = self.api.call("POST", "/v1/queues/work/lease",
                                       {"worker": "silent", "wait_ms": 10000})
        self.assertEqual((status, len(answer["steps"])), (200, 1))
        late = answer["steps"][0]
        heir = self.worker(node, "heir", 3, 0)
        self.assertEqual(heir.takes(1)[0][:2], ("w-1", 2))
        record = self.ended("w-1")
        for path, body in (("complete", {"result": {"by": "silent"}}),
                           ("fail", {"error": {"title": "late"}, "retryable": True})):
            status, answer = self.api.call("POST", f"/v1/steps/{path}",
                                           {"token": late["token"], **body})
            self.assertEqual(status, 409, answer)
        self.assertEqual(self.ended("w-1"), record)
        self.assertEqual(check_at_rest(self.api), [])

    def test_a_worker_that_lives_through_the_nodes_death_ends_its_long_step_once(self):
        node = self.start_node(heartbeat="300ms", lost_after="10s")
        self.deploy("PT9S")
        holder = self.worker(node, "holder", 1, 8)
        self.begin("w-1")
        self.assertEqual(holder.takes(1)[0][:2], ("w-1", 1))
        time.sleep(3.8)  # beyond a third of the lease: a heartbeat has made it durable
        node.kill()
        self.api.close()
        node.start()
        record = self.ended("w-1")
        self.assertEqual((record["worker"], record["attempt"]), ("holder", 1))
        self.assertTrue(holder.lines.empty(), "the step was handed out again")
        self.assertEqual(check_at_rest(self.api), [])


if __name__ == "__main__":
    sys.exit(cases.run(sys.modules[__name__]))
