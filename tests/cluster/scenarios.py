#!/usr/bin/env python3
"""Random lives of a cluster, each from its seed: nodes that are killed, stopped and started again in any order,
whose clocks are an hour apart, networks that split in every way, lose one direction, flap, delay and lose packets,
shards that move, all under load. In the end everything is mended, and every workflow that was acknowledged must have
ended once and rightly; at no time two nodes may have owned one shard; the judge of tests/trace reads the histories of
all nodes.

The network is one of namespaces where they may be made (as root, with iproute2), else a proxy on loopback.

usage: scenarios.py [--binary PATH] [--scenarios N] [--seed S] [--seconds T] [--network namespaces|proxy]
       scenarios.py --splits N    N nodes, split in every way there is, one after the other
"""

import argparse
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "trace"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import definitions  # noqa: E402
from facts import Told  # noqa: E402
from faults import Faults, draw_clocks, partitions  # noqa: E402
from laws import judge  # noqa: E402
from load import Load, finish  # noqa: E402
from network import Namespaces, Proxies, why_no_namespaces  # noqa: E402
from node_process import ROOT  # noqa: E402
from nodes import Cluster, eventually  # noqa: E402
from owners import Watch  # noqa: E402

YAML = {"Content-Type": "application/yaml"}
CLOCK_SHIM = "endure_clock_shim.so"  # beside the program


class Life:
    """One cluster under load and watched, from its birth to its judgement."""

    def __init__(self, binary, folder, seed, count, shards, network):
        self.seed = seed
        self.cluster = Cluster(binary, folder, count, shards=shards, network=network)
        self.loads = [Load(self.cluster, seed, number) for number in range(3)]
        self.watch = Watch(self.cluster)

    def set_clocks(self, offsets):
        shim = Path(self.cluster.binary).resolve().parent / CLOCK_SHIM
        assert shim.exists(), f"{shim} is missing: build the target endure_clock_shim"
        for name, offset_s in offsets.items():
            self.cluster[name].environment = {"LD_PRELOAD": str(shim), "ENDURE_CLOCK_OFFSET_S": str(offset_s)}

    def begin(self):
        self.cluster.start()
        self.cluster.wait_whole()
        for source in definitions.ALL:
            status, body = self.cluster.api("n1").call("POST", "/v1/definitions", source.encode(), YAML)
            assert status == 201, body
        for thread in (*self.loads, self.watch):
            thread.start()

    def __enter__(self):
        self.cluster.__enter__()
        return self

    def __exit__(self, *failure):
        for thread in (*self.loads, self.watch):
            thread.ending = True
        self.cluster.__exit__(*failure)

    def end(self, mend_all):
        """How many workflows were acknowledged, and how long the cluster took to be whole again."""
        for load in self.loads:
            load.ending = True
        mend_all()
        mended = time.monotonic()
        self.cluster.wait_whole(timeout_s=120)
        healed_s = time.monotonic() - mended
        for load in self.loads:
            load.join(30)
        eventually(self.no_shard_moves, "the end of all moves", timeout_s=120)
        acknowledged = {name: kind for load in self.loads for name, kind in load.acknowledged.items()}
        facts = finish(self.cluster, acknowledged)
        problems = self.watch.end()
        assert not problems, problems[:5]
        assert self.watch.owners.claims > 0, "nobody was asked for its shards"
        check(self.cluster, acknowledged, facts)
        self.cluster.stop()
        return len(acknowledged), healed_s

    def no_shard_moves(self):
        return all(entry.get("state", "owned") == "owned"
                   for name in self.cluster.names for entry in self.cluster.status(name)["shards"])

    def refused(self):
        return sum(load.refused for load in self.loads)


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


def scenario(binary, seed, seconds, network):
    """A random life; what there is to say of it."""
    rng = random.Random(seed)
    count, shards = rng.choice((3, 3, 3, 5)), rng.choice((8, 32, 64))
    with tempfile.TemporaryDirectory(prefix="endure-scenario-") as folder:
        with Life(binary, folder, seed, count, shards, network) as life:
            # A timer is due by the clock of the node that has set it. Where its shard moves to one that is an hour
            # behind it waits for an hour, so that shards move between clocks that are a little apart.
            hours = rng.random() < 0.5
            clocks = draw_clocks(life.cluster.names, rng, 3600 if hours else 5)
            life.set_clocks(clocks)
            life.begin()
            faults = Faults(life.cluster, rng, moves=not hours)
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                faults.step()
            workflows, healed_s = life.end(faults.mend_all)
            unknown = " (this version has none)" if not hours and not faults.moves else ""
            moves = f"{faults.moves_taken} moves{unknown}"
            return (f"{count} nodes, clocks {sorted(clocks.values())} s, {workflows} workflows, {life.refused()} calls refused, "
                    f"{len(faults.log)} faults ({', '.join(sorted(set(faults.log)))}), {moves}, "
                    f"{life.watch.owners.claims} claims, whole after {healed_s:.1f} s{packets(life)}")


def sees(cluster, name):
    """The nodes that this one is linked with, and itself."""
    return {node["node"] for node in cluster.status(name)["nodes"] if node["state"] in ("up", "self")}


def all_splits(binary, seed, count, network):
    """Every split of `count` nodes, one after the other, each until all have noticed, each mended."""
    with tempfile.TemporaryDirectory(prefix="endure-splits-") as folder:
        with Life(binary, folder, seed, count, 32, network) as life:
            life.begin()
            ways = partitions(life.cluster.names)
            slowest_s = 0.0
            for way in ways:
                life.cluster.network.split(way)
                eventually(lambda: all(sees(life.cluster, name) == set(group) for group in way for name in group),
                           f"the split {way}")
                time.sleep(0.3)
                life.cluster.network.mend()
                mended = time.monotonic()
                life.cluster.wait_whole(timeout_s=120)
                slowest_s = max(slowest_s, time.monotonic() - mended)
            workflows, _ = life.end(life.cluster.network.mend)
            return (f"{count} nodes, all {len(ways)} splits, {workflows} workflows, {life.refused()} calls refused, "
                    f"{life.watch.owners.claims} claims, whole after {slowest_s:.1f} s at most{packets(life)}")


def packets(life):
    figures = life.cluster.network.figures()
    return f", {figures}" if figures else ""


def choose_network(wanted):
    reason = None if wanted == "proxy" else why_no_namespaces()
    if wanted == "namespaces" and reason:
        sys.exit(f"network namespaces cannot be made: {reason}")
    chosen = Proxies if wanted == "proxy" or reason else Namespaces
    print(f"network: {chosen.kind}" + (f" (no namespaces: {reason})" if reason else ""), flush=True)
    return chosen


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=ROOT / "build/release/bin/endure")
    parser.add_argument("--scenarios", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--network", choices=("namespaces", "proxy"))
    parser.add_argument("--splits", type=int, choices=(2, 3, 4, 5), help="every split of so many nodes")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by a signal"))  # and leaves nothing behind
    network = choose_network(options.network)
    for seed in range(options.seed, options.seed + options.scenarios):
        begun = time.monotonic()
        try:
            if options.splits:
                said = all_splits(options.binary, seed, options.splits, network)
            else:
                said = scenario(options.binary, seed, options.seconds, network)
        except BaseException:
            print(f"seed {seed}: failed", flush=True)
            raise
        print(f"seed {seed}: {said}, {time.monotonic() - begun:.0f} s: legal", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
