#!/usr/bin/env python3
"""From one node with many waiting workflows to three, under calls: how long a workflow was not to be reached, and
whether each of them gets its event in the end, once.

usage: grow.py [--binary PATH] [--workflows N] [--shards N]
"""

import argparse
import random
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import definitions  # noqa: E402
from move_test import counts, must, one_owner, rebalance, wait_moved  # noqa: E402
from nodes import Cluster, eventually  # noqa: E402
from support.node_process import ROOT, Api  # noqa: E402

YAML = {"Content-Type": "application/yaml"}
BATCH = 1_000


def begin(cluster, workflows):
    cluster.start()
    cluster.wait_whole()
    api = cluster.api("n1")
    must(api.call("POST", "/v1/definitions", definitions.LISTEN.encode(), YAML), 201)
    for first in range(0, workflows, BATCH):
        items = [{"namespace": "tests", "id": f"w{i}", "definition": "listening", "input": {"id": f"w{i}"}}
                 for i in range(first, min(first + BATCH, workflows))]
        body = must(api.call("POST", "/v1/workflows/batch", {"items": items}), 200)
        while body["refused"]:  # the node takes no more at once
            time.sleep(0.1)
            items = [item for item, answer in zip(items, body["items"]) if "workflow" not in answer]
            body = must(api.call("POST", "/v1/workflows/batch", {"items": items}), 200)
    eventually(lambda: api.call("GET", "/v1/stats")[1]["workflows"]["stored"] >= workflows, "all workflows", 300)


class Caller(threading.Thread):
    """Looks at random workflows by random nodes, all the time."""

    def __init__(self, cluster, workflows, number):
        super().__init__(daemon=True)
        self.cluster, self.workflows = cluster, workflows
        self.rng = random.Random(number)
        self.calls, self.slowest_s, self.failures = 0, 0.0, []
        self.ending = False

    def run(self):
        apis = [Api(self.cluster[name].http_port, 30) for name in self.cluster.names]
        while not self.ending:
            name = f"w{self.rng.randrange(self.workflows)}"
            begun = time.monotonic()
            status, body = self.rng.choice(apis).call("GET", f"/v1/workflows/tests/{name}")
            self.slowest_s = max(self.slowest_s, time.monotonic() - begun)
            self.calls += 1
            if status != 200 or body["phase"] != "waiting":
                self.failures.append((name, status, body))


def grow(cluster, workflows):
    for name in ("n2", "n3"):
        cluster.add(name)
        must(cluster.join(name), 200, 201)
        cluster.start(name)
    cluster.wait_whole()
    callers = [Caller(cluster, workflows, number) for number in range(3)]
    for caller in callers:
        caller.start()
    begun = time.monotonic()
    moves = rebalance(cluster, "n2")
    wait_moved(cluster, 600)
    took_s = time.monotonic() - begun
    one_owner(cluster)
    for caller in callers:
        caller.ending = True
    for caller in callers:
        caller.join()
    failures = [failure for caller in callers for failure in caller.failures]
    assert not failures, (len(failures), failures[:3])
    figures = cluster.status("n1")["moves"]
    slowest_s = max(caller.slowest_s for caller in callers)
    print(f"{workflows} waiting workflows, {len(moves)} of {cluster.shards} shards with {figures['rows']} rows moved in "
          f"{took_s:.1f} s; a shard was without an owner for {figures['longest_ms']} ms at most; "
          f"{sum(caller.calls for caller in callers)} calls meanwhile, the slowest {slowest_s:.2f} s, none refused; "
          f"{counts(cluster)}", flush=True)
    assert slowest_s < 2 and figures["longest_ms"] < 2_000, (slowest_s, figures)


def end(cluster, workflows):
    """Each has its event, on whichever node it is now."""
    event = {"specversion": "1.0", "id": "end", "source": "https://tests.example/grow", "type": "tests.news"}
    must(cluster.api("n3").call("POST", "/v1/events", event), 202)
    eventually(lambda: not next(cluster.api("n2").pages("/v1/workflows", phase="waiting", limit=1), None),
               "the end of all workflows", 600)
    ended = [item["id"] for item in cluster.api("n1").pages("/v1/workflows", phase="completed", limit=500)]
    assert len(ended) == len(set(ended)) == workflows, (len(ended), len(set(ended)))
    for number in random.Random(1).sample(range(workflows), 50):
        history = cluster.api("n2").history("tests", f"w{number}")
        assert [record["transition"] for record in history] == list(range(1, len(history) + 1)), history
    print(f"{workflows} workflows completed, each once", flush=True)
    cluster.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=ROOT / "build/release/bin/endure")
    parser.add_argument("--workflows", type=int, default=100_000)
    parser.add_argument("--shards", type=int, default=64)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="endure-grow-") as folder:
        with Cluster(options.binary, folder, 1, shards=options.shards) as cluster:
            begin(cluster, options.workflows)
            grow(cluster, options.workflows)
            end(cluster, options.workflows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
