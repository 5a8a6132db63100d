#!/usr/bin/env python3
"""The checks of the crash tests find what they are there to find. No node is needed: a made-up one
answers with the history of one order, in which each case damages something."""

import copy
import sys
import unittest

import checks
import definitions as d
from load import Before, Record

N = 3  # an order that takes two events
ID = d.order_id(N)
LEAF = f"{ID}.9"
NONCES = {"/do/0/enrich": "n-enrich", "/do/1/flaky": "n-flaky", "/do/7/notify": "n-notify"}

checks.REST_WITHIN_S = 0  # what is made up here does not change


def records(entries, status):
    """A good history: one record for each thing that came from outside."""
    events = iter(["e-1", "e-2"])
    out = [{"entries": []}]
    for kind, task in entries:
        entry = {"kind": kind, "task": task}
        if kind == "step_completed":
            entry["data"] = {"nonce": NONCES[task]} if task in NONCES else "leaf"
        elif kind == "event_received":
            entry["data"] = {"id": next(events)}
        elif kind == "event_published":
            entry["data"] = {"id": "told"}
        if kind in ("step_completed", "timer_fired", "event_received"):
            out.append({"entries": []})
        out[-1]["entries"].append(entry)
    for number, item in enumerate(out, 1):
        item.update(transition=number, at=f"2026-01-01T00:00:{number:02}Z", phase="waiting",
                    status="")
    out[-1].update(phase="completed", status=status)
    return out


def completed(history, status, output, children):
    return {"phase": "completed", "status": status, "cause": "", "waiting_for": [],
            "transition": len(history), "output": output, "children": children}


class MadeUpNode:
    """Answers as the HTTP API would."""

    def __init__(self):
        self.records = records(d.order_entries(N), "DONE")
        self.leaf_records = records(d.leaf_entries(), "")
        context = {task.rsplit("/", 1)[1]: {"nonce": nonce} for task, nonce in NONCES.items()}
        context.update(n=N, events=["e-1", "e-2"], child=d.leaf_output(N)["said"])
        self.leaves = [LEAF]
        self.shown = completed(self.records, "DONE", {"n": N, "context": context},
                               [{"id": LEAF}])
        self.leaf = completed(self.leaf_records, "", d.leaf_output(N), [])
        self.listed = [ID]
        self.queue = {"queue": "enrich", "depth": 0, "leased": 0, "delayed": 0, "dead": 0}
        self.stats = {"store": {"timers": 0, "outbox": 0}, "workflows": {"faulted": 0}}
        self.dead = []
        self.scheduled = [{"id": name, "phase": "completed", "cause": ""} for name in (
            "tick-2026-01-01T00:00:00.000Z", "tick-2026-01-01T00:00:00.200Z",
            "chain-2026-01-01T00:00:00.000Z", "heard-event-7")]
        self.schedules = {"tick": 2, "chain": 1, "heard": 1}
        self.heard = "told"

    def call(self, method, path):
        if path.startswith("/v1/schedules/"):
            return 200, {"started": self.schedules[path.rsplit("/", 1)[1]], "missed": 0,
                         "skipped": 0}
        if path.startswith(f"/v1/workflows/{d.SCHEDULED}/"):
            return 200, {"output": {"of": ID, "event": self.heard}}
        if path == "/v1/queues":
            return 200, {"items": [self.queue]}
        if path.endswith(LEAF):
            return 200, self.leaf
        return 200, self.stats if path == "/v1/stats" else self.shown

    def pages(self, path, **query):
        if query.get("namespace") == d.SCHEDULED:
            return list(self.scheduled)
        if path == "/v1/dead":
            return list(self.dead)
        return ([{"id": name, "parent": None} for name in self.listed]
                + [{"id": name, "parent": {"namespace": d.NAMESPACE, "id": ID}}
                   for name in self.leaves])

    def history(self, namespace, workflow):
        return copy.deepcopy(self.leaf_records if workflow == LEAF else self.records)


class MadeUpLoad:
    def __init__(self):
        self.api = MadeUpNode()
        self.before = Before()
        self.orders = [N]
        self.record = Record()
        self.record.started = {ID}
        self.record.executed = {nonce: (ID, task) for task, nonce in NONCES.items()}
        self.record.results_acked = {"n-enrich", "n-notify"}
        self.record.events_sent = {ID: ["e-1", "e-lost", "e-2"]}
        self.record.events_acked = {"e-1", "e-2"}


class Checks(unittest.TestCase):
    def setUp(self):
        self.load = MadeUpLoad()
        self.api, self.record = self.load.api, self.load.record

    def finds(self, text):
        problems = checks.check_load(self.api, self.load)
        self.assertTrue(any(text in problem for problem in problems), (text, problems))

    def entry(self, kind, nth=0):
        found = [(item, entry) for item in self.api.records for entry in item["entries"]
                 if entry["kind"] == kind]
        return found[nth]

    def test_a_good_history_has_no_problem(self):
        self.assertEqual(checks.check_load(self.api, self.load), [])

    def test_a_missing_transition_is_found(self):
        del self.api.records[2]
        self.finds("transitions [1, 2, 4")

    def test_a_doubled_transition_is_found(self):
        self.api.records.insert(2, self.api.records[1])
        self.finds("transitions [1, 2, 2")

    def test_a_history_that_is_behind_the_snapshot_is_found(self):
        self.api.shown["transition"] += 1
        self.finds("at transition")

    def test_a_step_that_completes_twice_is_found(self):
        item, entry = self.entry("step_completed")
        item["entries"].append(entry)
        self.finds("stands twice")
        self.finds("of its history is")

    def test_a_timer_that_fires_twice_is_found(self):
        item, entry = self.entry("timer_fired")
        item["entries"].append(entry)
        self.finds("of its history is")

    def test_a_result_that_no_worker_gave_is_found(self):
        self.entry("step_completed")[1]["data"] = {"nonce": "strange"}
        self.finds("is nobody's")

    def test_an_acknowledged_result_that_is_lost_is_found(self):
        self.record.executed["n-other"] = (ID, "/do/0/enrich")
        self.record.results_acked.add("n-other")
        self.finds("an acknowledged result is not in the history")

    def test_an_acknowledged_start_that_is_lost_is_found(self):
        self.api.listed = []
        self.finds("its start was acknowledged")

    def test_a_workflow_that_nobody_started_is_found(self):
        self.api.listed.append("ghost")
        self.finds("nobody started it")

    def test_an_event_that_is_taken_twice_is_found(self):
        self.entry("event_received", 1)[1]["data"]["id"] = "e-1"
        self.finds("took an event twice")

    def test_an_acknowledged_event_that_is_passed_over_is_found(self):
        self.record.events_acked.add("e-lost")
        self.finds("e-lost was acknowledged and is lost")

    def test_events_out_of_order_are_found(self):
        self.record.events_sent[ID] = ["e-2", "e-1"]
        self.finds("sent ['e-2', 'e-1'], took ['e-1', 'e-2']")

    def test_a_workflow_that_does_not_end_is_found(self):
        self.api.shown["phase"] = "suspended"
        self.finds("suspended")

    def test_an_output_that_forgets_a_result_is_found(self):
        del self.api.shown["output"]["context"]["flaky"]
        self.finds("is not what its history says")

    def test_a_scheduled_run_that_is_missing_or_doubled_is_found(self):
        self.api.scheduled[1]["id"] = "tick-2026-01-01T00:00:00.400Z"
        self.finds("1 gaps in its runs")
        self.api.schedules["tick"] = 3
        self.finds("but there are 2 runs")
        self.api.scheduled[1]["id"] = self.api.scheduled[0]["id"]
        self.finds("listed twice")

    def test_a_scheduled_run_that_does_not_end_is_found(self):
        self.api.scheduled[2]["phase"] = "waiting"
        self.finds("chain-2026-01-01T00:00:00.000Z: waiting")

    def test_an_event_that_starts_no_workflow_or_two_is_found(self):
        self.api.scheduled.append({"id": "heard-event-8", "phase": "completed", "cause": ""})
        self.finds("['told', 'told']")
        del self.api.scheduled[3:]
        self.finds("its events started workflows for None")

    def test_a_child_that_is_started_twice_is_found(self):
        self.api.leaves.append(f"{ID}.10")
        self.api.shown["children"].append({"id": f"{ID}.10"})
        self.finds("1 orders have 2 children")
        self.finds("its children are")

    def test_a_child_that_forgets_its_result_is_found(self):
        self.api.leaf["output"] = {}
        self.finds("its output is {}")

    def test_whatever_is_left_over_is_found(self):
        self.api.queue["delayed"] = 1
        self.api.stats["store"]["timers"] = 1
        self.api.dead = [{"step": "s"}]
        for text in ("delayed is 1", "timers: 1", "1 dead letters"):
            self.finds(text)


if __name__ == "__main__":
    sys.exit(unittest.main())
