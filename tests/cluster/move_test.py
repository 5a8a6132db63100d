#!/usr/bin/env python3
"""Shards that go from node to node while everything runs: workflows of all kinds come along whole, calls about them
are answered meanwhile, and deaths at every point of a move leave one owner.

usage: move_test.py [--binary PATH] [--only NAME]
"""

import argparse
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import definitions  # noqa: E402
from cluster_test import all_phases, deploy_all, must, phase_of, show, start, wait_completed  # noqa: E402
from nodes import eventually, run_cases  # noqa: E402
from support.node_process import ROOT, Api, NodeDied, fault_points, has_fault_points  # noqa: E402

YAML = {"Content-Type": "application/yaml"}

TIMER = """\
document: { dsl: '1.0.3', namespace: tests, name: sleeper, version: '1.0.0' }
do:
  - sleep: { wait: { seconds: 4 } }
  - answer: { set: { woke: true } }
"""


REACTING = """\
document: { dsl: '1.0.3', namespace: tests, name: reacting, version: '1.0.0' }
schedule: { on: { one: { with: { type: tests.spark } } } }
do:
  - answer: { set: { spark: "${ $workflow.input[0].id }" } }
"""


def moving(cluster, name="n1"):
    return [s for s in cluster.status(name)["shards"] if s["state"] != "owned"]


def wait_moved(cluster, timeout_s=60):
    """Until no node has a shard that is to go elsewhere."""
    eventually(lambda: not any(moving(cluster, n) for n in cluster.names), "the end of all moves", timeout_s)


def one_owner(cluster):
    """All nodes agree; each shard is served by exactly one of them."""
    def agreed():
        views = [cluster.status(name)["shards"] for name in cluster.names]
        for shards in zip(*views):
            if len({(s["owner"], s["epoch"]) for s in shards}) != 1 or sum(s["here"] for s in shards) != 1:
                return False
        return True
    eventually(agreed, "one owner of each shard, known to all")


def move(cluster, asked, shard, node):
    return must(cluster.api(asked).call("POST", f"/v1/cluster/shards/{shard}/move", {"node": node}), 202)


def drain(cluster, asked, node):
    body = must(cluster.api(asked).call("POST", f"/v1/cluster/nodes/{node}/drain", {}), 202)
    assert not body["refused"], body
    return body["moves"]


def rebalance(cluster, asked):
    body = must(cluster.api(asked).call("POST", "/v1/cluster/rebalance", {}), 202)
    assert not body["refused"], body
    return body["moves"]


def counts(cluster):
    owners = list(cluster.owners("n1").values())
    return {name: owners.count(name) for name in cluster.names}


# -- cases --------------------------------------------------------------------------------------


def begin(cluster):
    cluster.start()
    cluster.wait_whole()
    deploy_all(cluster, "n1")
    must(cluster.api("n1").call("POST", "/v1/definitions", TIMER.encode(), YAML), 201)


def refusals(cluster):
    """What makes no sense is refused, and says why."""
    api = cluster.api("n2")
    for path, body, status, what in (
            ("/v1/cluster/shards/999/move", {"node": "n1"}, 400, "0 to 31"),
            ("/v1/cluster/shards/x/move", {"node": "n1"}, 400, "0 to 31"),
            ("/v1/cluster/shards/1/move", {"node": "nobody"}, 404, "n1"),
            ("/v1/cluster/shards/1/move", {}, 400, "node"),
            ("/v1/cluster/nodes/nobody/drain", {}, 404, "no node")):
        answered, problem = api.call("POST", path, body)
        assert answered == status and what in str(problem), (path, answered, problem)
    owner = cluster.owners("n1")[3]
    move(cluster, "n1", 3, owner)  # it is there: nothing happens
    wait_moved(cluster)
    assert cluster.owners("n1")[3] == owner


def all_kinds(cluster):
    """Everything that a workflow can wait for goes with it."""
    for i in range(30):
        start(cluster, "n1", f"done{i}", "simple")
        start(cluster, "n1", f"ear{i}", "listening")
        start(cluster, "n1", f"work{i}", "step", n=i)
        start(cluster, "n1", f"sleep{i}", "sleeper")
        start(cluster, "n1", f"family{i}", "parent")
    wait_completed(cluster, "n1", "done", 30)
    eventually(lambda: set(all_phases(cluster, "n1", "ear").values()) == {"waiting"}, "listeners")
    before = {f"done{i}": cluster.api("n1").history("tests", f"done{i}") for i in range(30)}
    owners = cluster.owners("n1")
    for shard, owner in owners.items():
        move(cluster, "n3", shard, {"n1": "n2", "n2": "n3", "n3": "n1"}[owner])
    wait_moved(cluster)
    one_owner(cluster)
    now = cluster.owners("n1")
    assert all(now[shard] != owner for shard, owner in owners.items()), (owners, now)
    for name, history in before.items():
        assert cluster.api("n2").history("tests", name) == history, name
        assert must(show(cluster, "n2", name), 200)["output"]["done"] is True
    listed = [item["id"] for item in cluster.api("n3").pages("/v1/workflows", namespace="tests", limit=100)]
    assert len(listed) == len(set(listed)), "a workflow is listed twice"
    # Each goes on where it is now.
    event = {"specversion": "1.0", "id": "moved", "source": "https://tests.example/a", "type": "tests.news"}
    must(cluster.api("n1").call("POST", "/v1/events", event), 202)
    wait_completed(cluster, "n2", "ear", 30)
    done = 0
    while done < 30:
        steps = must(cluster.api("n2").call("POST", "/v1/queues/work/lease",
                                            {"worker": "w", "max": 8, "wait_ms": 2000}), 200)["steps"]
        assert steps, f"only {done} steps came"
        for step in steps:
            must(cluster.api("n2").call("POST", "/v1/steps/complete", {"token": step["token"], "result": {}}), 200)
            done += 1
    wait_completed(cluster, "n1", "work", 30)
    wait_completed(cluster, "n1", "sleep", 30)
    eventually(lambda: all(phase_of(cluster, "n1", f"family{i}") == "completed" for i in range(30)), "families")
    eventually(lambda: must(cluster.api("n1").call("GET", "/v1/queues/work"), 200)["depth"] == 0, "an empty queue")


def there_and_back(cluster):
    """A shard that comes back has what happened to it elsewhere."""
    shard = 5
    home = cluster.owners("n1")[shard]
    others = [name for name in cluster.names if name != home]
    for i in range(40):
        start(cluster, "n1", f"back{i}", "listening")
    for turn, node in enumerate([*others, home, others[1], home]):
        move(cluster, "n1", shard, node)
        wait_moved(cluster)
        one_owner(cluster)
        assert cluster.owners("n1")[shard] == node
        event = {"specversion": "1.0", "id": f"turn{turn}", "source": "https://tests.example/back",
                 "type": "tests.other"}
        must(cluster.api(node).call("POST", "/v1/events", event), 202)
    must(cluster.api("n1").call("POST", "/v1/events", {
        "specversion": "1.0", "id": "end", "source": "https://tests.example/back", "type": "tests.news"}), 202)
    wait_completed(cluster, "n1", "back", 40)
    one_owner(cluster)


def under_load(cluster):
    """Calls are answered while their shards go from node to node: none is refused, none is lost."""
    acknowledged, refused, slowest = [], [], [0.0]
    ending = threading.Event()

    def load(number):
        apis = [Api(cluster[name].http_port, 30) for name in cluster.names]
        count = 0
        while not ending.is_set():
            name = f"load{number}-{count}"
            count += 1
            begun = time.monotonic()
            status, body = apis[count % 3].call("POST", "/v1/workflows", {
                "namespace": "tests", "id": name, "definition": "parent", "input": {"id": name}})
            if status == 429:  # the machine is busy; that has nothing to do with moves
                time.sleep(0.05)
                continue
            if status == 201:
                acknowledged.append(name)
            else:
                refused.append((status, body))
            status, body = apis[(count + 1) % 3].call("GET", f"/v1/workflows/tests/{name}")
            if status != 200:
                refused.append((status, body))
            slowest[0] = max(slowest[0], time.monotonic() - begun)

    threads = [threading.Thread(target=load, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    try:
        for node in ("n1", "n2", "n3"):
            drain(cluster, "n2", node)
            wait_moved(cluster, 120)
            one_owner(cluster)
            assert counts(cluster)[node] == 0, counts(cluster)
        rebalance(cluster, "n3")
        wait_moved(cluster, 120)
        one_owner(cluster)
    finally:
        ending.set()
        for thread in threads:
            thread.join()
    after = counts(cluster)
    assert max(after.values()) - min(after.values()) <= 1, after
    assert not refused, (len(refused), refused[:3])
    eventually(lambda: all(phase_of(cluster, "n1", name) == "completed" for name in acknowledged),
               f"the end of {len(acknowledged)} families", 120)
    longest = max(cluster.status(name)["moves"]["longest_ms"] for name in cluster.names)
    print(f"  {len(acknowledged)} families; the slowest start and look took {slowest[0]:.2f} s, "
          f"the longest time without an owner was {longest} ms", flush=True)


def schedules(cluster):
    """A schedule goes on at its new node, without a gap in its runs and without one twice."""
    source = definitions.SCHEDULED.replace("NAME", "moving")
    must(cluster.api("n1").call("POST", "/v1/definitions", source.encode(), YAML), 201)
    eventually(lambda: len(all_phases(cluster, "n2", "moving-")) >= 2, "two runs")
    for node in ("n1", "n2", "n3"):
        drain(cluster, "n2", node)
        wait_moved(cluster)
    runs = len(all_phases(cluster, "n2", "moving-"))
    eventually(lambda: len(all_phases(cluster, "n2", "moving-")) >= runs + 2, "two more runs")
    listed = must(cluster.api("n2").call("GET", "/v1/schedules"), 200)["items"]
    assert [item["name"] for item in listed] == ["moving"], listed
    must(cluster.api("n2").call("POST", "/v1/schedules/tests/moving/pause", {}), 200)
    rebalance(cluster, "n1")
    wait_moved(cluster)


def event_schedules(cluster):
    """A schedule that events start has one run for each of them, while its shard goes round."""
    must(cluster.api("n1").call("POST", "/v1/definitions", REACTING.encode(), YAML), 201)
    sent, ending = [], threading.Event()

    def publish():
        apis = [Api(cluster[name].http_port, 30) for name in cluster.names]
        while not ending.is_set():
            name = f"spark-{len(sent)}"
            status, _ = apis[len(sent) % 3].call("POST", "/v1/events", {
                "specversion": "1.0", "id": name, "source": "https://tests.example/sparks", "type": "tests.spark",
                "data": {"id": name}})
            if status == 202:
                sent.append(name)
            time.sleep(0.003)
    thread = threading.Thread(target=publish)
    thread.start()
    try:
        for _ in range(2):
            for node in cluster.names:
                body = must(cluster.api("n2").call("POST", f"/v1/cluster/nodes/{node}/drain", {}), 202)
                assert not body["refused"], body
                wait_moved(cluster, 120)
    finally:
        ending.set()
        thread.join()
    expected = len(sent)
    eventually(lambda: len(all_phases(cluster, "n1", "reacting-")) >= expected, f"{expected} runs")
    time.sleep(1)
    runs = all_phases(cluster, "n1", "reacting-")
    assert len(runs) == expected and set(runs.values()) == {"completed"}, (expected, len(runs))
    had = sorted(must(show(cluster, "n2", run), 200)["output"]["spark"] for run in runs)
    assert had == sorted(sent), set(sent).symmetric_difference(had)
    print(f"  {expected} events, {len(runs)} runs", flush=True)
    rebalance(cluster, "n1")
    wait_moved(cluster)


def absent_target(cluster):
    """A move to a node that is away waits for it; the shard is served meanwhile."""
    shard = next(s for s, owner in cluster.owners("n1").items() if owner == "n1")
    cluster["n3"].kill()
    eventually(lambda: any(n["node"] == "n3" and n["state"] != "up" for n in cluster.status("n1")["nodes"]), "loss")
    move(cluster, "n1", shard, "n3")
    time.sleep(0.5)
    entry = cluster.status("n1")["shards"][shard]
    assert entry["here"] and entry["state"] == "moving" and entry["to"] == "n3", entry
    cluster.start("n3")
    cluster.wait_whole()
    wait_moved(cluster)
    one_owner(cluster)
    assert cluster.owners("n1")[shard] == "n3"
    # And back; where it is called off before it begins, it stays.
    cluster["n1"].kill()
    eventually(lambda: any(n["node"] == "n1" and n["state"] != "up" for n in cluster.status("n3")["nodes"]), "loss")
    move(cluster, "n3", shard, "n1")
    move(cluster, "n3", shard, "n3")
    cluster.start("n1")
    cluster.wait_whole()
    wait_moved(cluster)
    assert cluster.owners("n2")[shard] == "n3"


def stopped_nodes(cluster):
    """Either of the two is stopped, not dead, in the midst of it: the shard has one owner in the end."""
    for i in range(200):
        start(cluster, "n1", f"stop{i}", "listening")
    for victim in ("n1", "n2"):
        moves = drain(cluster, "n3", "n1") if counts(cluster)["n1"] else []
        process = cluster[victim].process
        time.sleep(0.02)
        process.send_signal(signal.SIGSTOP)
        time.sleep(1.5)
        process.send_signal(signal.SIGCONT)
        cluster.wait_whole()
        wait_moved(cluster)
        one_owner(cluster)
        assert moves
        rebalance(cluster, "n2")
        wait_moved(cluster)
    must(cluster.api("n1").call("POST", "/v1/events", {
        "specversion": "1.0", "id": "stop", "source": "https://tests.example/stop", "type": "tests.news"}), 202)
    wait_completed(cluster, "n1", "stop", 200)


def deaths(cluster):
    """Either of the two dies at every point of a move; what is left half-done is finished or undone."""
    if not has_fault_points(cluster.binary):
        return
    families = deaths_seen = 0
    shard = next(s for s, owner in cluster.owners("n3").items() if owner == "n1")
    wish = f"/v1/cluster/shards/{shard}/move"
    for point in (p for p in fault_points() if p.startswith("move.")):
        for victim in ("n1", "n2"):
            for nth in (1, 2, 3, 5, 7, 9):
                names = [f"dead{families}-{i}" for i in range(6)]
                families += 1
                for name in names:
                    start(cluster, "n3", name, "parent")
                cluster[victim].stop()
                cluster[victim].spawn(crash_at=f"{point}:{nth}")
                died = False
                try:
                    cluster[victim].wait_ready()
                    cluster.wait_whole(timeout_s=20)
                except (NodeDied, OSError, AssertionError):  # over what the time before has left to do
                    died = cluster[victim].wait_killed(5)
                    assert died, f"{victim} neither lives nor is dead"
                for target in ("n2", "n1", "n2"):
                    if died:
                        break
                    status, body = cluster.api("n3").call("POST", wish, {"node": target})
                    assert status in (202, 503), body  # 503: the owner died over the wish itself
                    until = time.monotonic() + 5
                    while cluster.owners("n3")[shard] != target and not died and time.monotonic() < until:
                        died = cluster[victim].wait_killed(0.05)
                deaths_seen += died
                if not died:  # its time may come yet
                    cluster[victim].kill()
                cluster.start(victim)
                cluster.wait_whole()
                wait_moved(cluster)
                one_owner(cluster)
                assert cluster.owners("n3")[shard] in ("n1", "n2"), (point, victim, nth)
                eventually(lambda: all(phase_of(cluster, "n3", name) == "completed" for name in names),
                           f"the end of the families of {point}:{nth} in {victim}")
                if cluster.owners("n3")[shard] != "n1":
                    move(cluster, "n3", shard, "n1")
                    wait_moved(cluster)
                    one_owner(cluster)
    print(f"  {deaths_seen} deaths", flush=True)
    assert deaths_seen > 12, deaths_seen


def command_line(cluster):
    url = f"http://127.0.0.1:{cluster['n2'].http_port}"

    def run(*words):
        return subprocess.run([cluster.binary, "--node", url, "cluster", *words], capture_output=True, text=True,
                              check=False)
    shard, owner = next(iter(cluster.owners("n1").items()))
    target = next(name for name in cluster.names if name != owner)
    done = run("move", str(shard), target, "--wait")
    assert done.returncode == 0 and target in done.stdout, (done.stdout, done.stderr)
    assert cluster.owners("n1")[shard] == target
    done = run("drain", "n3", "--wait")
    assert done.returncode == 0 and counts(cluster)["n3"] == 0, (done.stdout, done.stderr)
    done = run("rebalance", "--wait")
    assert done.returncode == 0 and counts(cluster)["n3"] > 0, (done.stdout, done.stderr)
    done = run("rebalance")
    assert done.returncode == 0 and "even" in done.stdout, (done.stdout, done.stderr)
    done = run("move", "999", "n1")
    assert done.returncode != 0 and "0 to 31" in done.stderr, done.stderr
    done = run("status", "--shards")
    assert done.returncode == 0 and "STATE" in done.stdout, done.stdout


def volumes(cluster):
    """What the nodes leave is sound."""
    cluster.stop()


CASES = (begin, refusals, all_kinds, there_and_back, under_load, schedules, event_schedules, absent_target, stopped_nodes, deaths,
         command_line, volumes)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", default=ROOT / "build/release/bin/endure")
    parser.add_argument("--only", help="one case, between the first and the last")
    options = parser.parse_args()
    cases = [case for case in CASES if options.only in (None, case.__name__) or case in (begin, volumes)]
    run_cases(cases, options.binary, 3)
    return 0


if __name__ == "__main__":
    sys.exit(main())
