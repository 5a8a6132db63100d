#!/usr/bin/env python3
"""A cluster of real daemons: birth, routing, lists, definitions, messages between workflows, events for all,
schedules, workers over HTTP, and what happens while a node is away.

usage: cluster_test.py [--binary PATH] [--only NAME]
"""

import argparse
import shutil
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import definitions  # noqa: E402
from nodes import eventually, run_cases  # noqa: E402
from support.node_process import ROOT, fault_points, has_fault_points  # noqa: E402

YAML = {"Content-Type": "application/yaml"}


def must(answer, *expected):
    status, body = answer
    assert status in expected, (status, body)
    return body


def deploy_all(cluster, name):
    for source in definitions.ALL:
        must(cluster.api(name).call("POST", "/v1/definitions", source.encode(), YAML), 200, 201)


def start(cluster, name, workflow, definition, **data):
    """Again, as often as the node turns it away because this machine is busy."""
    def answer():
        said = cluster.api(name).call("POST", "/v1/workflows", {
            "namespace": "tests", "id": workflow, "definition": definition,
            "input": {"id": workflow, **data}, "on_conflict": "return_existing"})
        return said if said[0] != 429 else None
    return must(eventually(answer, f"the start of {workflow}"), 200, 201)


def show(cluster, name, workflow):
    return cluster.api(name).call("GET", f"/v1/workflows/tests/{workflow}")


def phase_of(cluster, name, workflow):
    status, body = show(cluster, name, workflow)
    return body["phase"] if status == 200 else None


def all_phases(cluster, name, prefix):
    items = cluster.api(name).pages("/v1/workflows", limit=100)
    return {item["id"]: item["phase"] for item in items if item["id"].startswith(prefix)}


def wait_completed(cluster, name, prefix, count):
    def done():
        phases = all_phases(cluster, name, prefix)
        return len(phases) == count and set(phases.values()) == {"completed"}
    eventually(done, f"the end of {count} workflows {prefix}*")


# -- cases --------------------------------------------------------------------------------------


def birth(cluster):
    """Until all nodes have met, none serves; in whatever order they come."""
    cluster.start("n3")
    status, body = cluster.api("n3").call("GET", "/v1/workflows")
    assert status == 503 and "waits to meet" in body["detail"], (status, body)
    assert cluster.api("n3").call("GET", "/healthz")[0] == 200
    cluster.start("n1")
    time.sleep(0.5)
    assert cluster.api("n1").call("GET", "/v1/queues")[0] == 503
    cluster.start("n2")
    cluster.wait_whole()
    owners = cluster.owners("n1")
    assert set(owners.values()) == {"n1", "n2", "n3"}, owners
    assert owners == cluster.owners("n2") == cluster.owners("n3")


def routing(cluster):
    """Every call works on every node."""
    deploy_all(cluster, "n1")
    for name in cluster.names:
        listed = must(cluster.api(name).call("GET", "/v1/definitions"), 200)["items"]
        assert len(listed) == len(definitions.ALL), (name, listed)
    for i in range(60):
        start(cluster, cluster.names[i % 3], f"r{i}", "simple")
    for name in cluster.names:
        wait_completed(cluster, name, "r", 60)
    own = [len(list(cluster.api(name).pages("/v1/workflows"))) for name in cluster.names]
    assert own == [60, 60, 60], own
    for i in range(60):
        for name in cluster.names:
            body = must(show(cluster, name, f"r{i}"), 200)
            assert body["output"]["id"] == f"r{i}", body
        assert cluster.api("n2").history("tests", f"r{i}")[0]["transition"] == 1
    # The same id again starts nothing, whoever is asked.
    for name in cluster.names:
        assert start(cluster, name, "r7", "simple")["existed"] is True
    body = must(cluster.api("n3").call("POST", "/v1/workflows/batch", {"items": [
        {"namespace": "tests", "id": f"b{i}", "definition": "simple", "input": {"id": "b"}}
        for i in range(100)]}), 200)
    assert body["refused"] == 0 and [i["workflow"]["id"] for i in body["items"]] == [
        f"b{i}" for i in range(100)]
    wait_completed(cluster, "n1", "b", 100)
    assert cluster.api("n1").call("GET", "/v1/workflows/tests/nobody")[0] == 404
    status, body = cluster.api("n2").call("GET", "/v1/workflows/tests/r1/result?wait_ms=5000")
    assert status == 200 and body["phase"] == "completed"


def children(cluster):
    """Children lie on the nodes of their own names; their ends come back."""
    for i in range(20):
        start(cluster, cluster.names[i % 3], f"family{i}", "parent")
    eventually(lambda: all(phase_of(cluster, "n1", f"family{i}") == "completed" for i in range(20)),
               "the end of 20 parents")
    for i in range(20):
        body = must(show(cluster, "n2", f"family{i}"), 200)
        assert body["output"] == {"twice": 6}, body
        names = {item["id"] for item in cluster.api("n3").pages(
            "/v1/workflows", namespace="tests", parent=f"family{i}")}
        assert len(names) == 3, names
    waiting = eventually(lambda: all(cluster.status(n)["relay"]["waiting"] == 0 for n in cluster.names),
                         "empty relays")
    assert waiting
    assert sum(cluster.status(n)["relay"]["taken"] for n in cluster.names) > 40


def events(cluster):
    """An event reaches listeners on all nodes, once, from a call or from a workflow."""
    for i in range(12):
        start(cluster, "n1", f"ear{i}", "listening")
    eventually(lambda: set(all_phases(cluster, "n1", "ear").values()) == {"waiting"}, "listeners")
    event = {"specversion": "1.0", "id": "e1", "source": "https://tests.example/a",
             "type": "tests.news", "data": {"n": 1}}
    must(cluster.api("n2").call("POST", "/v1/events", event), 202)
    wait_completed(cluster, "n3", "ear", 12)
    again = must(cluster.api("n2").call("POST", "/v1/events", event), 202)
    assert again["duplicate"] is True
    # One that nobody listens for yet is kept, on every node, until its time is over.
    for i in range(6):
        start(cluster, "n3", f"late{i}", "listening")
    must(cluster.api("n1").call("POST", "/v1/workflows", {
        "namespace": "tests", "id": "teller", "definition": "emitter", "input": {"id": "teller"}}), 201)
    wait_completed(cluster, "n1", "late", 6)
    # To one workflow, by name, from any node.
    start(cluster, "n1", "one", "listening")
    for name in cluster.names:
        status, body = cluster.api(name).call(
            "POST", "/v1/workflows/tests/one/events", {**event, "id": "direct"})
        assert status in (202, 409), (status, body)
    eventually(lambda: phase_of(cluster, "n2", "one") == "completed", "the end of 'one'")


def workers(cluster):
    """A worker over HTTP gets the steps of all nodes from one, and ends them there."""
    for i in range(15):
        start(cluster, "n1", f"step{i}", "step", n=i)
    depth = eventually(lambda: must(cluster.api("n2").call("GET", "/v1/queues/work"), 200)["depth"] == 15,
                       "15 steps")
    assert depth
    api = cluster.api("n2")
    done = 0
    while done < 15:
        steps = must(api.call("POST", "/v1/queues/work/lease",
                              {"worker": "w", "max": 4, "wait_ms": 2000}), 200)["steps"]
        assert steps, f"only {done} steps came"
        tokens = [step["token"] for step in steps]
        assert must(api.call("POST", "/v1/steps/heartbeat", {"tokens": tokens}), 200)["lost"] == []
        for token in tokens:
            must(cluster.api("n3").call("POST", "/v1/steps/complete", {"token": token, "result": {}}), 200)
            assert api.call("POST", "/v1/steps/complete", {"token": token})[0] == 409
            done += 1
    wait_completed(cluster, "n1", "step", 15)


def worker_programs(cluster):
    """A worker over ZeroMQ that knows one node learns the others: a program, and one in Python."""
    for i in range(15):
        start(cluster, "n1", f"program{i}", "step", n=i)
    worker = subprocess.Popen([cluster.binary, "worker", "--queue", "work", "--address",
                               cluster["n1"].worker_address, "--", "cat"], stderr=subprocess.DEVNULL)
    try:
        wait_completed(cluster, "n2", "program", 15)
    finally:
        worker.terminate()
        assert worker.wait(30) == 0
    for i in range(15):
        start(cluster, "n1", f"python{i}", "step", n=i)
    sys.path.insert(0, str(ROOT / "clients/python"))
    import endure
    worker = endure.Worker(cluster["n3"].worker_address, capacity=2, name="python")
    worker.step("work")(lambda arguments: arguments)
    worker.start()
    try:
        wait_completed(cluster, "n2", "python", 15)
    finally:
        worker.stop()
        assert worker.join(30)


def schedules(cluster):
    """A schedule runs on one node alone; its runs are found from all."""
    for name in ("nightly", "hourly", "weekly"):
        source = definitions.SCHEDULED.replace("NAME", name)
        must(cluster.api("n1").call("POST", "/v1/definitions", source.encode(), YAML), 201)
    for node in cluster.names:
        listed = must(cluster.api(node).call("GET", "/v1/schedules"), 200)["items"]
        assert [item["name"] for item in listed] == ["hourly", "nightly", "weekly"], listed
    eventually(lambda: len(all_phases(cluster, "n2", "nightly-")) >= 3, "three runs")
    for name in ("nightly", "hourly", "weekly"):
        must(cluster.api("n3").call("POST", f"/v1/schedules/tests/{name}/pause", {}), 200)
    run = next(iter(all_phases(cluster, "n1", "nightly-")))
    for node in cluster.names:
        assert must(show(cluster, node, run), 200)["id"] == run
    must(cluster.api("n1").call("POST", "/v1/schedules/tests/weekly/trigger", {}), 201)


def absence(cluster):
    """While a node is away its workflows wait; what is for it waits, too; then all goes on."""
    owners = cluster.owners("n1")
    assert "n3" in owners.values()
    for i in range(10):
        start(cluster, "n1", f"before{i}", "listening")
    cluster["n3"].kill()
    eventually(lambda: not any(n["state"] == "up" for n in cluster.status("n1")["nodes"]
                               if n["node"] == "n3"), "the loss of n3")
    refused = started = 0
    for i in range(60):
        begun = time.monotonic()
        status, body = cluster.api("n1").call("POST", "/v1/workflows", {
            "namespace": "tests", "id": f"away{i}", "definition": "parent"})
        assert time.monotonic() - begun < 5
        assert status in (201, 503), (status, body)
        if status == 503:
            assert body["node"] == "n3" and body["detail"], body
            refused += 1
        else:
            started += 1
    assert refused > 5 and started > 20, (refused, started)
    listed = must(cluster.api("n2").call("GET", "/v1/workflows?limit=1"), 200)
    assert [m["node"] for m in listed["missing"]] == ["n3"], listed
    deployed = definitions.SIMPLE.replace("1.0.0", "2.0.0")
    status, _ = cluster.api("n1").call("POST", "/v1/definitions", deployed.encode(), YAML)
    event = {"specversion": "1.0", "id": "e2", "source": "https://tests.example/a", "type": "tests.news"}
    must(cluster.api("n2").call("POST", "/v1/events", event), 202)
    assert cluster.status("n2")["relay"]["waiting"] > 0
    cluster.start("n3")
    cluster.wait_whole()
    wait_completed(cluster, "n3", "before", 10)

    def all_ended():
        phases = all_phases(cluster, "n1", "away")
        return len([p for p in phases if p.count(".") == 0]) == started and set(
            phases.values()) == {"completed"}
    eventually(all_ended, "the end of the families that began while n3 was away")
    if status in (200, 201):
        eventually(lambda: any(d["version"] == "2.0.0" for d in must(
            cluster.api("n3").call("GET", "/v1/definitions"), 200)["items"]), "the copy of a definition")
    eventually(lambda: all(cluster.status(n)["relay"]["waiting"] == 0 for n in cluster.names),
               "empty relays")


def deaths(cluster):
    """A node that dies while it takes messages takes each of them once."""
    if not has_fault_points(cluster.binary):
        return
    for point in (p for p in fault_points() if p.startswith("relay.")):
        cluster["n2"].stop()
        cluster["n2"].spawn(crash_at=f"{point}:3")
        families = []
        prefix = point.replace(".", "-").replace("_", "-")
        until = time.monotonic() + 60
        while not cluster["n2"].wait_killed(0.05):
            assert time.monotonic() < until, f"{point} was not passed"
            name = f"{prefix}{len(families)}"
            status, _ = cluster.api("n1").call("POST", "/v1/workflows", {
                "namespace": "tests", "id": name, "definition": "parent"})
            if status == 201:
                families.append(name)
        cluster.start("n2")
        cluster.wait_whole()
        eventually(lambda: all(phase_of(cluster, "n1", name) == "completed" for name in families),
                   f"the end of {len(families)} families after {point}")
        for name in families:
            names = [item["id"] for item in cluster.api("n3").pages(
                "/v1/workflows", namespace="tests", parent=name)]
            assert len(names) == len(set(names)) == 3, (name, names)


def command_line(cluster):
    url = f"http://127.0.0.1:{cluster['n2'].http_port}"
    for verb in (["cluster", "status", "--shards"], ["list"], ["queue", "list"], ["cluster", "doctor"]):
        done = subprocess.run([cluster.binary, "--node", url, *verb], capture_output=True, text=True,
                              check=False)
        assert done.returncode == 0, (verb, done.stdout, done.stderr)
    cluster["n1"].stop()
    done = subprocess.run([cluster.binary, "--node", url, "list"], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "without the node n1" in done.stderr, done.stderr
    done = subprocess.run([cluster.binary, "--node", url, "cluster", "doctor"], capture_output=True,
                          text=True, check=False)
    assert done.returncode == 7 and "n1" in done.stdout, done.stdout
    cluster.start("n1")
    cluster.wait_whole()


def strangers(cluster):
    """A node that comes with an empty folder, or of another cluster, is not let in."""
    node = cluster["n2"]
    node.stop()
    kept = node.data.rename(node.data.with_name("kept"))
    cluster.start("n2")
    eventually(lambda: any("another volume" in n["refusal"] and n["state"] == "refused"
                           for n in cluster.status("n1")["nodes"] if n["node"] == "n2"),
               "the refusal of an empty n2")
    assert cluster.api("n2").call("GET", "/v1/workflows")[0] == 503
    node.stop()
    shutil.rmtree(node.data)
    kept.rename(node.data)
    text = node.config.read_text(encoding="utf-8")
    node.config.write_text(text.replace("shards: 32", "shards: 16"), encoding="utf-8")
    done = subprocess.run([cluster.binary, "node", "--config", str(node.config)], capture_output=True,
                          text=True, check=False, timeout=60)
    assert done.returncode != 0 and "of 32 shards" in done.stderr, done.stderr
    node.config.write_text(text, encoding="utf-8")
    cluster.start("n2")
    cluster.wait_whole()


def volumes(cluster):
    """What the nodes leave is sound."""
    cluster.stop()


CASES = (birth, routing, children, events, workers, worker_programs, schedules, absence, deaths, command_line, strangers, volumes)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", default=ROOT / "build/release/bin/endure")
    options = parser.parse_args()
    run_cases(CASES, options.binary, 3)
    return 0


if __name__ == "__main__":
    sys.exit(main())
