"""The report's judgement, on recorded data: it finds what is wrong and only that."""
import pytest

import report


def applied(post, effect, key):
    return {"post": post, "effect": effect, "key": key, "outcome": "applied"}


def again(post, effect, key):
    return {**applied(post, effect, key), "outcome": "deduplicated"}


GOOD = [applied("p1", "crm", "k1"), applied("p1", "chat", "k2"), applied("p1", "draft", "k3")]


def at(seconds):
    return 1_772_431_200_000 + round(seconds * 1000)


def record(number, seconds, *entries):
    return {"transition": number, "at_ms": at(seconds), "entries": [
        {"kind": kind, "task": task, "detail": detail} for kind, task, detail in entries]}


def good_history():
    return [
        record(1, 1, ("status_changed", "", "RECEIVED"), ("status_changed", "/do/0", "ENRICHING"),
               ("step_enqueued", "/do/0", "enrich")),
        record(2, 2, ("step_completed", "/do/0", ""), ("status_changed", "/do/0", "ENRICHED"),
               ("status_changed", "/do/1", "APPROVED"), ("step_enqueued", "/do/2", "crm"),
               ("step_enqueued", "/do/3", "chat")),
        record(3, 3, ("step_completed", "/do/3", "")),
        record(4, 4, ("step_completed", "/do/2", ""), ("status_changed", "/do/2",
                                                       "ACTION_TRIGGERED"),
               ("step_enqueued", "/do/4", "draft")),
        record(5, 5, ("step_completed", "/do/4", ""), ("status_changed", "/do/4", "COMPLETED")),
    ]


def workflow(status="COMPLETED", phase="completed", transition=5):
    return {"id": "p1", "phase": phase, "status": status, "transition": transition}


# -- repeated -------------------------------------------------------------------

def test_a_deduplicated_request_is_not_a_repeated_effect():
    assert report.repeated_effects(GOOD + [again("p1", "crm", "k1")] * 5) == []


def test_the_same_effect_under_two_keys_is_repeated():
    assert report.repeated_effects(GOOD + [applied("p1", "crm", "k9")]) == [
        "crm of p1 was applied 2 times"]


def test_the_same_key_applied_twice_is_repeated():
    found = report.repeated_effects([applied("p1", "crm", "k1"), applied("p2", "crm", "k1")])
    assert found == ["key k1 was applied 2 times"]


def test_two_reminders_are_two_effects():
    assert report.repeated_effects([applied("p1", "reminder 1", "a"),
                                    applied("p1", "reminder 2", "b")]) == []


# -- lost -----------------------------------------------------------------------

def test_nothing_is_lost_where_all_is_there():
    assert report.lost_work(["p1"], {"p1": workflow()}, GOOD) == []


@pytest.mark.parametrize("workflows, records", [
    ({}, GOOD),                                                    # never started
    ({"p1": workflow("ENRICHED", "running")}, GOOD),               # never ended
    ({"p1": workflow("COMPLETED", "faulted")}, GOOD),              # ended badly
    ({"p1": workflow("ACTION_TRIGGERED", "completed")}, GOOD),     # ended in the middle
    ({"p1": workflow()}, GOOD[:2]),                                # an effect is missing
    ({"p1": workflow()}, GOOD[:2] + [again("p1", "draft", "k3")]),  # only claimed, never applied
])
def test_what_is_missing_is_found(workflows, records):
    assert len(report.lost_work(["p1"], workflows, records)) == 1


def test_a_rejected_post_needs_no_effects_and_must_have_none():
    rejected = {"p1": workflow("REJECTED")}
    assert report.lost_work(["p1"], rejected, []) == []
    assert report.stray_effects(rejected, [applied("p1", "reminder 1", "k")]) == []
    assert report.stray_effects(rejected, GOOD[:1]) == ["crm of p1, which is REJECTED"]


def test_an_effect_of_an_unknown_post_is_stray():
    assert report.stray_effects({}, GOOD[:1]) == ["crm of p1, which is unknown"]


# -- history --------------------------------------------------------------------

def test_a_good_history_has_no_faults():
    assert report.history_faults(workflow(), good_history()) == []


@pytest.mark.parametrize("break_it", [
    lambda h: h.pop(2),                                            # a gap
    lambda h: h.insert(3, h[2]),                                   # a transition twice
    lambda h: h.pop(),                                             # fewer than the snapshot says
    lambda h: h[3]["entries"].append(h[2]["entries"][0]),          # a result twice
    lambda h: h[2]["entries"].clear(),                             # a step without a result
    lambda h: h[3]["entries"].insert(0, h[3]["entries"][-1]),      # a step enqueued twice
    lambda h: h[1]["entries"].pop(1),                              # a status left out
])
def test_a_broken_history_is_found(break_it):
    history = good_history()
    break_it(history)
    assert report.history_faults(workflow(), history)


# -- deliveries and recovery ----------------------------------------------------

def lines(*whats):
    return [{"what": what, "key": "k", "at_ms": number} for number, what in enumerate(whats)]


@pytest.mark.parametrize("whats, expected", [
    (("delivered", "done"), (0, 0)),
    (("delivered", "retry", "delivered", "done"), (1, 0)),
    (("delivered", "delivered", "done"), (0, 1)),            # the worker died over it
    (("delivered", "done", "delivered", "done"), (0, 1)),    # the node died before it heard
    (("delivered", "retry", "delivered", "delivered", "done"), (1, 1)),
])
def test_retries_and_redeliveries_are_told_apart(whats, expected):
    assert report.count_deliveries(lines(*whats)) == expected


def test_recovery_counts_from_the_kill_to_the_next_transition_of_any_workflow():
    histories = [[record(1, 1), record(2, 9.5)], [record(1, 2), record(2, 6.2)]]
    assert report.first_transition_after(at(5), histories) == 1200


def test_without_a_later_transition_there_is_no_recovery_time():
    assert report.first_transition_after(at(5), [[record(1, 1)]]) is None


# -- the whole ------------------------------------------------------------------

def test_figures_of_a_good_run():
    figures = report.judge(
        ["p1"], {"p1": workflow()}, {"p1": good_history()}, GOOD + [again("p1", "crm", "k1")],
        lines("delivered", "retry", "delivered", "done"),
        [{"what": "node", "at_ms": at(2.5), "ready_ms": 200}], 12)
    assert report.is_good(figures)
    assert (figures["lost"], figures["repeated"], figures["deduplicated"]) == (0, 0, 1)
    assert figures["kills"][0]["next_transition_ms"] == 500
    assert figures["longest_queue"] == 12


def test_a_fault_of_any_kind_makes_a_run_bad():
    history = good_history()
    history.pop(2)
    figures = report.judge(["p1"], {"p1": workflow()}, {"p1": history}, GOOD, [], [], 0)
    assert not report.is_good(figures)
    assert (figures["lost"], figures["repeated"]) == (0, 0)
    assert figures["history_faults"] > 0
