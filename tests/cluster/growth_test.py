#!/usr/bin/env python3
"""A cluster of real daemons that grows and shrinks while it runs: one node becomes three, nodes come while others
are away, strangers and removed nodes are refused, and nodes die while they decide who belongs to it.

usage: growth_test.py [--binary PATH]
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import definitions  # noqa: E402
from nodes import Cluster, eventually, run_cases  # noqa: E402
from support.node_process import ROOT, has_fault_points  # noqa: E402

NAMES = ["n1", "n2"]
YAML = {"Content-Type": "application/yaml"}


def must(answer, *expected):
    status, body = answer
    assert status in expected, (status, body)
    return body


def run(cluster, by, *arguments):
    url = f"http://127.0.0.1:{cluster[by].http_port}"
    return subprocess.run([cluster.binary, "--node", url, *arguments], capture_output=True, text=True,
                          check=False, timeout=60)


def start(cluster, by, workflow, definition):
    return must(cluster.api(by).call("POST", "/v1/workflows", {
        "namespace": "tests", "id": workflow, "definition": definition, "input": {"id": workflow}}), 201)


def wait_completed(cluster, by, *workflows):
    def done():
        return all(cluster.api(by).call("GET", f"/v1/workflows/tests/{w}")[1].get("phase") == "completed"
                   for w in workflows)
    eventually(done, f"the end of {workflows}")


def numbers(cluster, by):
    """Of all nodes that belong to the cluster, as this one knows."""
    return {node["node"]: node["number"] for node in cluster.status(by)["nodes"] if node["number"] is not None}


def agree(cluster, names, expected):
    """Until each of the nodes knows exactly these, and they are linked."""
    eventually(lambda: all(numbers(cluster, name) == expected for name in names), f"{expected} for {names}")
    cluster.wait_whole(list(names))


def publish(cluster, by, identity):
    event = {"specversion": "1.0", "id": identity, "source": "https://tests.example/a", "type": "tests.news"}
    must(cluster.api(by).call("POST", "/v1/events", event), 202)


def link(cluster, by, to):
    return next(node for node in cluster.status(by)["nodes"] if node["node"] == to)


# -- cases --------------------------------------------------------------------------------------


def alone(cluster):
    """One node is a cluster."""
    cluster.start("n1")
    cluster.wait_whole()
    for source in definitions.ALL:
        must(cluster.api("n1").call("POST", "/v1/definitions", source.encode(), YAML), 201)
    start(cluster, "n1", "first", "simple")
    wait_completed(cluster, "n1", "first")
    assert numbers(cluster, "n1") == {"n1": 0}


def growing(cluster):
    """It becomes three, of which one runs before it is added and one is added first."""
    cluster.add("n2")
    cluster.start("n2")
    eventually(lambda: "endure cluster add n2=" in cluster.api("n2").call("GET", "/v1/workflows")[1]["detail"],
               "the refusal of n2")
    status, body = cluster.api("n2").call("POST", "/v1/cluster/nodes", {"node": "n2", "address": "tcp://h:1"})
    assert status == 503, (status, body)
    assert numbers(cluster, "n2") == {}
    done = run(cluster, "n1", "cluster", "add", f"n2={cluster.address('n2')}")
    assert done.returncode == 0 and "n2 is node 1" in done.stdout and "rebalance" in done.stdout, done
    agree(cluster, ("n1", "n2"), {"n1": 0, "n2": 1})

    cluster.add("n3", listed=["n1"])
    added = must(cluster.join("n3", by="n2"), 201)
    assert added["number"] == 2 and added["missing"] == [], added
    assert must(cluster.join("n3", by="n1"), 200)["changed"] is False
    cluster.start("n3")
    agree(cluster, cluster.names, {"n1": 0, "n2": 1, "n3": 2})

    # Every call on every node, events for all, and definitions.
    start(cluster, "n3", "second", "parent")
    start(cluster, "n2", "ear", "listening")
    wait_completed(cluster, "n2", "second")
    eventually(lambda: cluster.api("n1").call("GET", "/v1/workflows/tests/ear")[1]["phase"] == "waiting", "an ear")
    publish(cluster, "n3", "e1")
    wait_completed(cluster, "n3", "ear")
    for name in cluster.names:
        found = must(cluster.api(name).call("GET", "/v1/definitions"), 200)["items"]
        assert len(found) == len(definitions.ALL), (name, found)
        done = run(cluster, name, "cluster", "doctor")
        assert done.returncode == 0, (name, done.stdout)


def moving(cluster):
    """The new nodes get their shares, and all goes on."""
    must(cluster.api("n3").call("POST", "/v1/cluster/rebalance", {}), 202)
    eventually(lambda: all(set(cluster.owners(n).values()) == {"n1", "n2", "n3"} for n in cluster.names), "shares")
    eventually(lambda: all(shard["state"] == "owned" for n in cluster.names for shard in cluster.status(n)["shards"]),
               "the end of all moves")
    names = [f"moved{i}" for i in range(12)]
    for i, name in enumerate(names):
        start(cluster, cluster.names[i % 3], name, "parent")
    wait_completed(cluster, "n2", *names)


def refusals(cluster):
    """Wrong names and addresses, another address, a node with shards; a stranger."""
    api = cluster.api("n2")
    for wrong in ({"node": "n 4", "address": "tcp://h:1"}, {"node": "n4", "address": "h:1"}, {"node": "n4"}):
        status, body = api.call("POST", "/v1/cluster/nodes", wrong)
        assert status == 400, (wrong, status, body)
    status, body = api.call("POST", "/v1/cluster/nodes", {"node": "n3", "address": "tcp://10.0.0.9:7452"})
    assert status == 409 and cluster.address("n3") in body["detail"], (status, body)
    status, body = cluster.remove("n1", by="n3")
    assert status == 409 and "shards: endure cluster drain n1" in body["detail"], (status, body)
    publish(cluster, "n1", "e0")  # so it stays, and takes events
    assert cluster.remove("nobody")[0] == 404

    cluster.add("stranger")
    cluster.start("stranger")
    eventually(lambda: all("does not belong" in link(cluster, "stranger", name)["refusal"]
                           for name in ("n1", "n2", "n3")), "the refusal of a stranger")
    assert cluster.api("stranger").call("GET", "/v1/workflows")[0] == 503
    assert "stranger" not in {node["node"] for node in cluster.status("n1")["nodes"]}
    cluster["stranger"].stop()
    cluster.names.remove("stranger")


def absence(cluster):
    """A node is added while another is away, and hears of it when it is back. Without the node that decides
    none is added."""
    cluster["n2"].kill()
    eventually(lambda: link(cluster, "n1", "n2")["state"] != "up", "the loss of n2")
    status, body = cluster.remove("n2", by="n3")
    assert status == 409 and "n2 is away" in body["detail"], (status, body)
    cluster.add("n4")
    added = must(cluster.join("n4", by="n3"), 201)
    assert added["number"] == 3 and [m["node"] for m in added["missing"]] == ["n2"], added
    cluster.start("n4")
    agree(cluster, ("n1", "n3", "n4"), {"n1": 0, "n2": 1, "n3": 2, "n4": 3})
    publish(cluster, "n4", "e2")
    cluster["n1"].kill()
    cluster.start("n2")
    eventually(lambda: numbers(cluster, "n2").get("n4") == 3, "what n2 hears from n3 or n4")
    cluster.add("n5")
    status, body = cluster.join("n5", by="n4")
    assert status == 503 and body["node"] == "n1", (status, body)
    cluster.start("n1")
    eventually(lambda: cluster.join("n5", by="n4")[0] in (200, 201), "the addition of n5")
    cluster.start("n5")
    agree(cluster, cluster.names, {"n1": 0, "n2": 1, "n3": 2, "n4": 3, "n5": 4})
    eventually(lambda: all(cluster.status(n)["relay"]["waiting"] == 0 for n in cluster.names), "empty relays")


def removals(cluster):
    """A node that was removed is let in no more, whether it heard of it or not; nothing waits for it."""
    assert cluster.remove("n3", by="n2")[0] == 409
    must(cluster.api("n2").call("POST", "/v1/cluster/nodes/n3/drain", {}), 202)
    eventually(lambda: cluster.remove("n3", by="n3")[0] == 200, "the removal of n3 once it has no shards")
    must(cluster.remove("n3", by="n2"), 200)
    status, body = cluster.api("n3").call("GET", "/v1/workflows")
    assert status == 409 and "was removed" in body["detail"], (status, body)
    must(cluster.api("n1").call("POST", "/v1/cluster/nodes/n4/drain", {}), 202)
    eventually(lambda: all(set(cluster.owners(n).values()) == {"n1", "n2", "n5"} for n in ("n1", "n2", "n5")),
               "the drain of n4")
    cluster["n4"].kill()
    eventually(lambda: link(cluster, "n1", "n4")["state"] != "up", "the loss of n4")
    publish(cluster, "n2", "e3")
    eventually(lambda: cluster.status("n2")["relay"]["waiting"] > 0, "what waits for n4")
    done = run(cluster, "n5", "cluster", "remove", "n4")
    assert done.returncode == 0 and "n4 does not belong to the cluster any more" in done.stdout, done
    eventually(lambda: all(cluster.status(n)["relay"]["waiting"] == 0 for n in ("n1", "n2", "n5")),
               "relays without messages for n4")
    cluster.start("n4")
    eventually(lambda: "n4 was removed" in link(cluster, "n4", "n1")["refusal"], "the refusal of n4")
    status, body = cluster.join("n4")
    assert status == 409 and "was removed" in body["detail"], (status, body)
    for name in ("n1", "n2", "n5"):
        status = cluster.status(name)
        assert status["members"]["gone"] == ["n3", "n4"], status["members"]
        assert {node["node"] for node in status["nodes"]} == {"n1", "n2", "n5"}, status["nodes"]
    # n2 and n5 name them still.
    done = run(cluster, "n5", "cluster", "doctor")
    assert done.returncode == 7 and "was removed from the cluster" in done.stdout, done.stdout
    for name in ("n3", "n4"):
        cluster[name].stop()
        cluster.names.remove(name)
    for name in cluster.names:
        cluster[name].stop()
    cluster.start()
    agree(cluster, cluster.names, {"n1": 0, "n2": 1, "n5": 4})


def deaths(cluster):
    """Who dies while it writes a list down has it or not; asked again all agree, under one number."""
    if not has_fault_points(cluster.binary):
        return
    expected, number = numbers(cluster, "n1"), 5  # so many were given
    for victim, point in (("n1", "members.before_commit"), ("n1", "members.in_commit"), ("n1", "members.committed"),
                          ("n2", "members.in_commit"), ("n2", "members.committed")):
        cluster[victim].stop()
        cluster[victim].spawn(crash_at=f"{point}:1")
        cluster[victim].wait_ready()
        cluster.wait_whole()
        name = f"d{number}"
        cluster.add(name)
        cluster.names.remove(name)  # it is never started
        until = time.monotonic() + 30
        while not cluster[victim].wait_killed(0.05):  # it decides nothing before it has heard another one
            assert time.monotonic() < until, f"{point} was not passed"
            cluster.join(name, by="n5")
        cluster.start(victim)
        eventually(lambda name=name: cluster.join(name, by="n5")[0] in (200, 201), f"the addition of {name}")
        agree(cluster, cluster.names, {**expected, name: number})
        must(cluster.remove(name), 200)
        agree(cluster, cluster.names, expected)
        number += 1

    cluster.add("n6", listed=["n2"])
    must(cluster.join("n6"), 201)
    cluster["n6"].spawn(crash_at="members.in_join:1")
    assert cluster["n6"].wait_killed(30)
    cluster.start("n6")
    agree(cluster, cluster.names, {**expected, "n6": number})


def handing_over(binary):
    """The node that decides leaves, by way of another one; then the next one decides."""
    with tempfile.TemporaryDirectory(prefix="endure-growth-") as folder:
        # The only shard of this cluster is born on the second node.
        with Cluster(binary, folder, 2, shards=1, names=NAMES) as cluster:
            first, second = cluster.names
            cluster.start()
            cluster.wait_whole()
            assert set(cluster.owners(first).values()) == {second}, cluster.owners(first)
            assert cluster.remove(second, by=first)[0] == 409
            must(cluster.remove(first, by=second), 200)
            assert cluster.status(second)["members"]["decider"] == second
            status, body = cluster.remove(second, by=second)
            assert status == 409 and "last node" in body["detail"], (status, body)
            cluster[first].stop()
            cluster.names.remove(first)
            cluster.add("third", listed=[second])
            assert must(cluster.join("third", by=second), 201)["number"] == 2
            cluster.start("third")
            agree(cluster, cluster.names, {second: 1, "third": 2})
            cluster.stop()


def volumes(cluster):
    """What the nodes leave is sound."""
    cluster.stop()


CASES = (alone, growing, moving, refusals, absence, removals, deaths, volumes)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", default=ROOT / "build/release/bin/endure")
    options = parser.parse_args()
    run_cases(CASES, options.binary, 1)
    handing_over(options.binary)
    print("handing_over: fine", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
