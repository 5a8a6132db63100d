#!/usr/bin/env python3
"""Random lives of a cluster, each from its seed: nodes that are killed, stopped and started again, networks that
split, lose one direction, flap and delay, all under load. In the end everything is mended, and every workflow that
was acknowledged must have ended once and rightly; the judge of tests/trace reads the histories of all nodes.

Networks are broken by a proxy on loopback.

usage: scenarios.py [--binary PATH] [--scenarios N] [--seed S] [--seconds T]
"""

import argparse
import random
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "trace"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import definitions  # noqa: E402
from facts import Told  # noqa: E402
from laws import judge  # noqa: E402
from node_process import ROOT, Api  # noqa: E402
from nodes import Cluster, eventually  # noqa: E402

YAML = {"Content-Type": "application/yaml"}
KINDS = ("simple", "parent", "parent", "listening", "emitter", "step")


class Load(threading.Thread):
    """Starts workflows on random nodes and works on their steps; remembers what was acknowledged."""

    def __init__(self, cluster, seed, number):
        super().__init__(daemon=True)
        self.cluster = cluster
        self.rng = random.Random(f"{seed}/{number}")
        self.number = number
        self.acknowledged = {}  # id: kind
        self.calls = self.refused = 0
        self.ending = False

    def run(self):
        apis = {name: Api(node.http_port, timeout_s=5) for name, node in self.cluster.nodes.items()}
        while not self.ending:
            api = apis[self.rng.choice(self.cluster.names)]
            try:
                if self.rng.random() < 0.4:
                    work(api, f"w{self.number}")
                else:
                    self.start_one(api)
            except OSError:
                self.refused += 1
                time.sleep(0.02)

    def start_one(self, api):
        self.calls += 1
        name = f"l{self.number}-{self.calls}"
        kind = self.rng.choice(KINDS)
        status, _ = api.call("POST", "/v1/workflows", {
            "namespace": "tests", "id": name, "definition": kind, "input": {"id": name, "n": 1}})
        if status == 201:
            self.acknowledged[name] = kind
        else:
            self.refused += 1
            time.sleep(0.01)


def work(api, worker):
    """Leases some steps and ends them; how many."""
    status, body = api.call("POST", "/v1/queues/work/lease", {"worker": worker, "max": 8, "wait_ms": 100})
    steps = body["steps"] if status == 200 else []
    for step in steps:
        api.call("POST", "/v1/steps/complete", {"token": step["token"], "result": {"n": 1}})
    return len(steps)


class Faults:
    def __init__(self, cluster, rng):
        self.cluster, self.rng = cluster, rng
        self.down = set()
        self.log = []

    def step(self):
        fault = self.rng.choice((self.kill, self.freeze, self.split, self.one_way, self.flap, self.delay,
                                 self.mend, self.restart))
        self.log.append(fault.__name__)
        fault()
        time.sleep(self.rng.uniform(0.1, 1.2))

    def kill(self):
        name = self.rng.choice(self.cluster.names)
        if name not in self.down:
            self.cluster[name].kill()
            self.down.add(name)

    def restart(self):
        for name in list(self.down):
            if self.rng.random() < 0.7:
                self.cluster[name].start()
                self.down.discard(name)

    def freeze(self):
        name = self.rng.choice(self.cluster.names)
        if name in self.down:
            return
        process = self.cluster[name].process
        process.send_signal(signal.SIGSTOP)
        time.sleep(self.rng.uniform(0.2, 2.5))
        process.send_signal(signal.SIGCONT)

    def split(self):
        side = {name for name in self.cluster.names if self.rng.random() < 0.5}
        for (a, b), link in self.cluster.links.items():
            link.cut = (a in side) != (b in side)

    def one_way(self):
        link = self.rng.choice(list(self.cluster.links.values()))
        link.deaf = self.rng.choice(((True, False), (False, True)))

    def flap(self):
        link = self.rng.choice(list(self.cluster.links.values()))
        for _ in range(6):
            link.cut = not link.cut
            time.sleep(0.1)

    def delay(self):
        for link in self.cluster.links.values():
            link.delay_s = self.rng.choice((0.0, 0.05, 0.2))

    def mend(self):
        for link in self.cluster.links.values():
            link.heal()

    def mend_all(self):
        self.mend()
        if self.down:
            self.cluster.start(*sorted(self.down))
        self.down.clear()


def finish(cluster, acknowledged):
    """Lets everything end: steps are worked on, listeners hear what they wait for."""
    api = cluster.api("n1")
    told = 0

    def ended():
        nonlocal told
        work(api, "last")
        told += 1
        api.call("POST", "/v1/events", {"specversion": "1.0", "id": f"end-{told}", "type": "tests.news",
                                        "source": "https://tests.example/end"})
        live = [item for phase in ("pending", "running", "waiting", "suspended")
                for item in api.pages("/v1/workflows", phase=phase, limit=500)]
        return not live
    eventually(ended, f"the end of {len(acknowledged)} workflows", timeout_s=120)
    facts = [{"t": 0, "what": "event_sent", "namespace": None, "workflow": None, "event": f"end-{n}"}
             for n in range(1, told + 1)]
    for name in acknowledged:
        facts += [{"t": 0, "what": what, "namespace": "tests", "workflow": name}
                  for what in ("start_sent", "start_acked")]
    eventually(lambda: all(cluster.status(n)["relay"]["waiting"] == 0 for n in cluster.names), "empty relays")
    return facts


def check(cluster, acknowledged, facts):
    api = cluster.api("n2")
    listed = {}
    for item in api.pages("/v1/workflows", namespace="tests", limit=500):
        assert item["id"] not in listed, f"{item['id']} is on two nodes"
        listed[item["id"]] = item
    lost = [name for name in acknowledged if name not in listed]
    assert not lost, f"lost: {lost[:5]}"
    wrong = [i for i in listed.values() if i["phase"] != "completed"]
    assert not wrong, f"not completed: {wrong[:3]}"
    for name, item in listed.items():
        if item["definition"]["name"] != "parent":
            continue
        status, body = api.call("GET", f"/v1/workflows/tests/{name}")
        assert status == 200 and body["output"] == {"twice": 6}, body
        assert all(f"{name}.{wait}" in listed for wait in (1, 2, 3)), name
    problems = judge(Told.by(api), facts, {"tests"}, True)
    assert not problems, problems[:5]


def scenario(binary, seed, seconds):
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="endure-scenario-") as folder:
        count, shards = rng.choice((3, 3, 3, 5)), rng.choice((8, 32, 64))
        with Cluster(binary, folder, count, shards=shards, linked=True) as cluster:
            cluster.start()
            cluster.wait_whole()
            for source in definitions.ALL:
                status, body = cluster.api("n1").call("POST", "/v1/definitions", source.encode(), YAML)
                assert status == 201, body
            loads = [Load(cluster, seed, number) for number in range(3)]
            for load in loads:
                load.start()
            faults = Faults(cluster, rng)
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                faults.step()
            for load in loads:
                load.ending = True
            faults.mend_all()
            for load in loads:
                load.join(30)
            cluster.wait_whole(timeout_s=120)
            acknowledged = {name: kind for load in loads for name, kind in load.acknowledged.items()}
            check(cluster, acknowledged, finish(cluster, acknowledged))
            cluster.stop()
            return len(cluster.names), len(acknowledged), sum(load.refused for load in loads), faults.log


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=ROOT / "build/release/bin/endure")
    parser.add_argument("--scenarios", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=8.0)
    options = parser.parse_args()
    for seed in range(options.seed, options.seed + options.scenarios):
        begun = time.monotonic()
        try:
            nodes, workflows, refused, log = scenario(options.binary, seed, options.seconds)
        except BaseException:
            print(f"seed {seed}: failed", flush=True)
            raise
        print(f"seed {seed}: {nodes} nodes, {workflows} workflows, {refused} calls refused, "
              f"{len(log)} faults ({', '.join(sorted(set(log)))}), {time.monotonic() - begun:.0f} s: legal",
              flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
