"""What clients do to a cluster while it suffers, and how everything is brought to its end."""

import random
import threading
import time

from nodes import eventually

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
        apis = {name: node.api(timeout_s=5) for name, node in self.cluster.nodes.items()}
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
    status, body = api.call("POST", "/v1/queues/work/lease", {"worker": worker, "max": 8, "wait_ms": 20})
    steps = body["steps"] if status == 200 else []
    for step in steps:
        api.call("POST", "/v1/steps/complete", {"token": step["token"], "result": {"n": 1}})
    return len(steps)


def finish(cluster, acknowledged):
    """Lets everything end: steps are worked on, listeners hear what they wait for. The facts for the judge."""
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
