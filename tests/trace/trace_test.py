#!/usr/bin/env python3
"""The model and the laws find what they are there to find. No node is needed: each case damages one thing
in the histories and the logs of a run that is legal as it stands."""

import base64
import copy
import sys
import unittest

from facts import StepName, Told
from laws import judge

NS, ID = "test", "order-1"
T0 = 1_767_225_600_000  # 2026-01-01T00:00:00Z


def at(ms):
    return f"2026-01-01T00:00:{ms // 1000:02}.{ms % 1000:03}Z"


def token(task_ms, wait, attempt=1, epoch=1, number=7):
    plain = f"work|5|{T0 + task_ms}|{number}|{wait}|{attempt}|{epoch}"
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def entry(kind, task="", **rest):
    return {"kind": kind, "task": task, **rest}


def record(number, ms, event, phase, *entries):
    return {"transition": number, "at": at(ms), "event": event, "phase": phase, "status": "",
            "entries": list(entries)}


def good_records():
    """A step, a timer, an event, a child, and the end."""
    a, b, c, d = "/do/0/a", "/do/1/b", "/do/2/c", "/do/3/d"
    return [
        record(1, 0, "started", "running", entry("started"), entry("task_started", a),
               entry("step_enqueued", a)),
        record(2, 50, "step_completed", "waiting", entry("step_completed", a, data={"nonce": "n1"}),
               entry("task_completed", a), entry("task_started", b),
               entry("timer_armed", b, detail=at(150))),
        record(3, 151, "timer_fired", "waiting", entry("timer_fired", b), entry("task_completed", b),
               entry("task_started", c), entry("listening", c)),
        record(4, 200, "event_received", "waiting",
               entry("event_received", c, data={"source": "s", "id": "e1"}),
               entry("task_completed", c), entry("task_started", d), entry("child_started", d)),
        record(5, 300, "child_ended", "completed", entry("child_ended", d),
               entry("task_completed", d), entry("completed")),
    ]


def child_records():
    return [record(1, 200, "created", "pending", entry("created")),
            record(2, 250, "started", "completed", entry("started"), entry("completed"))]


def summary(name, number, records, parent=None):
    return {"namespace": NS, "id": name, "number": number, "phase": records[-1]["phase"],
            "status": "", "cause": "", "transition": len(records),
            "parent": {"namespace": NS, "id": parent} if parent else None}


def fact(t, what, **rest):
    return {"t": t, "what": what, "namespace": NS, "workflow": ID, **rest}


def good_facts():
    key = f"{NS}/{ID}/7/1"
    step = {"task": "/do/0/a", "key": key}
    return [fact(1, "start_sent"), fact(2, "start_acked"),
            fact(4, "step_taken", attempt=1, token=token(0, 1), worker="w", asked=3, **step),
            fact(5, "result_sent", nonce="n1", **step), fact(6, "result_acked", nonce="n1", **step),
            fact(7, "event_sent", event="e1"), fact(8, "event_acked", event="e1"),
            fact(9, "end_seen")]


class Run:
    def __init__(self):
        self.told = Told()
        self.records = copy.deepcopy(good_records())
        self.facts = good_facts()

    def judge(self, **options):
        children = child_records()
        for name, item in ((ID, summary(ID, 7, self.records)),
                           (ID + ".4", summary(ID + ".4", 8, children, ID))):
            self.told.workflows.setdefault((NS, name), item)
        self.told.histories.setdefault((NS, ID), self.records)
        self.told.histories.setdefault((NS, ID + ".4"), children)
        return judge(self.told, self.facts, **options)


class Laws(unittest.TestCase):
    def setUp(self):
        self.run_ = Run()
        self.records, self.facts = self.run_.records, self.run_.facts

    def finds(self, text, **options):
        problems = self.run_.judge(**options)
        self.assertTrue(any(text in problem for problem in problems), (text, problems))

    def test_a_legal_run_has_no_problem(self):
        self.assertEqual(self.run_.judge(all_ended=True), [])

    def test_a_token_says_which_step(self):
        name = StepName(token(40, 3, 2, 9))
        self.assertEqual((name.queue, name.enqueued_ms, name.step, name.attempt, name.epoch),
                         ("work", T0 + 40, (7, 3), 2, 9))

    # -- histories

    def test_a_gap(self):
        del self.records[1]
        self.finds("followed by transition 3")

    def test_a_transition_twice(self):
        self.records.insert(1, self.records[1])
        self.finds("followed by transition 2")

    def test_a_result_twice(self):
        self.records.insert(2, copy.deepcopy(self.records[1]))
        self.records[2]["entries"] = [entry("step_completed", "/do/0/a", data={"nonce": "n1"})]
        for number, item in enumerate(self.records, 1):
            item["transition"] = number
        self.finds("has no step (any more)")
        self.finds("stands in 2 places")

    def test_a_timer_that_fires_early(self):
        self.records[2]["at"] = at(149)
        self.finds("fired 1 ms early")

    def test_a_timer_that_fires_twice(self):
        self.records[3]["entries"].insert(0, entry("timer_fired", "/do/1/b"))
        self.finds("was not armed (any more)")

    def test_a_time_that_runs_backwards(self):
        self.records[3]["at"] = at(100)
        self.finds("is before the one of the transition before it")

    def test_an_event_that_is_taken_twice(self):
        self.records[4]["entries"].insert(
            0, entry("event_received", "/do/2/c", data={"source": "s", "id": "e1"}))
        self.finds("took the event e1 a second time")

    def test_two_results_in_one_transition(self):
        self.records[1]["entries"].append(entry("step_completed", "/do/0/a", data={"nonce": "n1"}))
        self.finds("2 entries step_completed in one transition")

    def test_an_effect_without_its_cause(self):
        self.records[1]["event"] = "timer_fired"
        self.finds("it was caused by 'timer_fired'")

    def test_anything_after_the_end(self):
        self.records.append(record(6, 400, "timer_fired", "completed",
                                   entry("timer_fired", "/do/1/b")))
        self.finds("after its end")

    def test_a_life_after_the_end(self):
        self.records.append(record(6, 400, "resumed", "running"))
        self.finds("had ended as completed and is running")

    def test_a_workflow_that_waits_for_nothing(self):
        self.records[1]["entries"] = self.records[1]["entries"][:2]
        self.finds("it waits for nothing")

    def test_a_running_workflow_without_a_step(self):
        self.records[0]["entries"].pop()
        self.finds("it is running and has no step")

    def test_an_end_that_the_history_does_not_know(self):
        self.records[4]["entries"].pop()
        self.finds("its history does not say so")

    def test_a_workflow_that_is_started_twice(self):
        self.records[2]["entries"].append(entry("started"))
        self.finds("started a second time")

    def test_a_child_that_ends_twice(self):
        self.records[4]["entries"].insert(0, entry("child_ended", "/do/3/d"))
        self.finds("that was not under way")

    # -- clients against histories

    def test_a_start_that_is_lost(self):
        self.facts += [fact(20, "start_sent", workflow="gone"),
                       fact(21, "start_acked", workflow="gone")]
        for each in self.facts[-2:]:
            each["workflow"] = "gone"
        self.finds("gone: its start was acknowledged, and it is not there")

    def test_a_workflow_that_nobody_started(self):
        del self.facts[0]
        self.finds("nobody started it")

    def test_a_result_that_is_lost(self):
        self.records[1]["entries"][0]["data"] = {"nonce": "other"}
        self.finds("the result n1 was acknowledged and is not in the history")
        self.finds("the result other is nobody's")

    def test_an_event_that_is_lost(self):
        self.facts += [fact(20, "event_sent", event="e2"), fact(21, "event_acked", event="e2")]
        self.finds("the event e2 was acknowledged and is lost")

    def test_an_event_that_nobody_sent(self):
        self.facts = self.run_.facts = [each for each in self.facts if "event" not in each]
        self.finds("took the event e1, which nobody sent")

    def test_a_step_that_was_handed_out_before_its_commit(self):
        self.facts[2]["token"] = token(13, 1)
        self.finds("a worker got a step that its history does not know")

    def test_a_step_of_a_workflow_that_never_was(self):
        self.facts[2]["workflow"] = "gone"
        self.finds("a worker got a step of it, and it is not there")

    def test_a_key_that_names_two_steps(self):
        self.facts.append({**self.facts[2], "t": 5, "token": token(0, 2)})
        self.finds("names two steps")

    def test_a_step_that_is_handed_out_after_its_result(self):
        self.facts.append({**self.facts[2], "t": 20, "asked": 19})
        self.finds("handed out again after its result was acknowledged")
        self.finds("handed out after its workflow had ended")

    def test_an_attempt_that_does_not_count(self):
        step = {"task": "/do/0/a", "key": f"{NS}/{ID}/7/1", "attempt": 1, "worker": "w"}
        self.facts.insert(3, fact(4.5, "error_acked", **step))
        self.facts.insert(4, {**self.facts[2], "t": 4.6, "asked": 4.6})
        self.finds("attempt 1 was handed out after the failure of attempt 1")

    def test_a_cancellation_that_is_forgotten(self):
        self.facts.append(fact(3, "verb_acked", verb="cancel"))
        del self.records[4]
        self.finds("its cancel was acknowledged, and it is waiting")
        self.finds("it has not ended", all_ended=True)

    def test_a_child_too_many(self):
        self.run_.told.workflows[(NS, "twin")] = summary("twin", 9, child_records(), ID)
        self.run_.told.histories[(NS, "twin")] = child_records()
        self.finds("it has 2 children, its history says 1")

    def test_a_summary_that_is_ahead_of_its_history(self):
        self.run_.told.workflows[(NS, ID)] = {**summary(ID, 7, self.records), "transition": 6}
        self.finds("at transition 6, history 5")


if __name__ == "__main__":
    sys.exit(unittest.main())
