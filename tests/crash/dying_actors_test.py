#!/usr/bin/env python3
"""Actors that die under load, at every level of the tree: each is restarted, nothing is lost and nothing
comes twice, and `endure actors` says how often and why. One that keeps dying takes the node down, in
order, and the next start goes on."""

import json
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from checks import check_all
from mixed_load import MixedLoad
from node import Node, has_fault_points
import cases  # node.py has put tests/support on the path
from sink import Sink

BINARY = None
LONGEST_S = 45.0
PATIENT = "\nengine: { passivate_after: 200ms, restart_intensity: 1000, restart_period: 60s }\n"
IMPATIENT = "\nengine: { passivate_after: 200ms, restart_intensity: 2, restart_period: 60s }\n"

# Where it throws, how often, and who dies of it.
DEATHS = (
    ("workflow.before_decision", 60, "/root/shards/"),
    ("workflow.committed", 60, "/root/shards/"),
    ("shard.before_delivery", 100, "/root/shards/"),
    ("queue.before_hand_out", 60, "/root/queues/"),
    ("queue.settled", 30, "/root/queues/"),
    ("queue.after_retry", 5, "/root/queues/"),
    ("timer.before_fire", 10, "/root/timers"),
    ("broker.round_done", 5, "/root/broker"),
    ("schedule.before_start", 15, "/root/schedules"),
)


class DyingActors(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="endure-actors-"))
        self.sink = Sink()
        self.node = Node(BINARY, self.folder, sink=self.sink.url)
        self.load = MixedLoad(self.node, self.sink.url, drivers=6, processes=False)

    def tearDown(self):
        self.load.stop()
        self.node.discard()
        self.sink.close()
        shutil.rmtree(self.folder, True)

    def set_engine(self, settings):
        text = self.node.config.read_text().splitlines()
        kept = [line for line in text if not line.startswith("engine:")]
        self.node.config.write_text("\n".join(kept) + settings)

    def dead(self, path):
        """The actors below a path that have died."""
        shown = subprocess.run([BINARY, "--node", f"127.0.0.1:{self.node.http_port}", "actors",
                                "--output", "json"], capture_output=True, text=True, check=True)
        return [actor for actor in json.loads(shown.stdout)["items"]
                if actor["path"].startswith(path) and actor["restarts"] > 0]

    def die_and_go_on(self, deaths):
        self.set_engine(PATIENT)
        self.node.environment["ENDURE_THROW_AT"] = " ".join(f"{point}:{every}"
                                                            for point, every, _ in deaths)
        self.node.start()
        self.load.start()
        until = time.monotonic() + LONGEST_S
        left = list(deaths)
        failures = {}
        while left and time.monotonic() < until:
            for actor in self.dead("/root"):
                failures.setdefault(actor["last_failure"], actor["path"])
            left = [death for death in left
                    if not any(f"thrown at {death[0]}" in said and path.startswith(death[2])
                               for said, path in failures.items())]
            time.sleep(0.2)
        self.assertEqual(left, [], f"these have not died: {failures}")
        self.assertEqual(self.load.finish(90), [])
        self.assertEqual(check_all(self.load), [])
        self.node.stop()
        self.assertEqual(self.node.verify()[0], 0)

    def test_actors_of_every_level_die_at_once(self):
        self.die_and_go_on(DEATHS)

    def test_one_that_keeps_dying_takes_the_node_down_in_order(self):
        self.set_engine(IMPATIENT)
        self.node.environment["ENDURE_THROW_AT"] = "timer.before_fire:1"
        self.node.start()
        self.load.start()
        self.assertEqual(self.node.process.wait(60), 1)
        self.assertIn("/root/timers died", self.node.log_tail())
        del self.node.environment["ENDURE_THROW_AT"]
        self.node.start()
        time.sleep(1)
        self.assertEqual(self.load.finish(60), [])
        self.assertEqual(check_all(self.load), [])


def add_case(death):
    def case(self):
        self.die_and_go_on([death])
    setattr(DyingActors, "test_deaths_at_" + death[0].replace(".", "_"), case)


def main():
    module = sys.modules[__name__]
    options, rest = cases.parse(module, each={
        "action": "store_true", "help": "also each kind of death by itself"})
    for death in DEATHS if options.each else ():
        add_case(death)
    if not has_fault_points(BINARY):
        print(f"{BINARY} was built without fault points")
        return cases.SKIPPED
    return cases.run_parsed(module, rest)


if __name__ == "__main__":
    sys.exit(main())
