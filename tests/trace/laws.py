"""Whether a run was legal: what the clients saw (facts.py) against what the node tells of itself, and
every history against the model of a workflow (life.py).

The laws hold for every definition. What a particular load expects of its own workflows is checked
beside them (tests/crash/checks.py)."""

from collections import Counter, defaultdict

from life import ENDED, Life
from facts import StepName


def judge(told, facts, self_started=(), all_ended=False):
    """Every violation, as a sentence. `self_started`: namespaces whose workflows nobody starts by a
    call. `all_ended`: the load has come to its end, so nothing may be under way any more."""
    lives = {name: Life("/".join(name)).live_through(records)
             for name, records in told.histories.items()}
    problems = [problem for life in lives.values() for problem in life.problems]
    by_kind = defaultdict(list)
    for fact in facts:
        by_kind[fact["what"]].append(fact)
    for law in (_summaries, _starts, _events, _results, _hand_outs, _again, _attempts, _verbs,
                _families):
        problems += law(told, lives, by_kind)
    problems += _nobodys(told, by_kind, self_started)
    if all_ended:
        problems += _under_way(told, lives)
    return problems


def name_of(fact):
    return (fact["namespace"], fact["workflow"])


# The summary, which comes from the snapshot, says what the last record says.
def _summaries(told, _lives, _facts):
    for name, item in told.workflows.items():
        records = told.histories[name]
        if item["transition"] != len(records):
            yield f"{'/'.join(name)}: at transition {item['transition']}, history {len(records)}"
        elif records and (records[-1]["phase"], records[-1]["status"]) != (
                item["phase"], item["status"]):
            yield f"{'/'.join(name)}: the last record and the summary differ"


def _starts(told, _lives, facts):
    for fact in facts["start_acked"]:
        if name_of(fact) not in told.workflows:
            yield f"{'/'.join(name_of(fact))}: its start was acknowledged, and it is not there"


def _nobodys(told, facts, self_started):
    sent = {name_of(fact) for fact in facts["start_sent"]}
    for name, item in told.workflows.items():
        if name not in sent and not item["parent"] and name[0] not in self_started:
            yield f"{'/'.join(name)}: nobody started it"


# An event to one workflow that was acknowledged stands in its history: taken, kept or passed over.
def _events(told, _lives, facts):
    sent = {fact["event"] for fact in facts["event_sent"]}
    seen = defaultdict(set)
    published = set()
    for name, records in told.histories.items():
        for entry in (entry for record in records for entry in record["entries"]):
            event = entry.get("data")
            if not isinstance(event, dict) or "id" not in event:
                continue
            if entry["kind"] == "event_published":
                published.add(event["id"])
            elif entry["kind"] in ("event_received", "event_kept"):
                seen[name].add(event["id"])
    for fact in facts["event_acked"]:
        if fact["workflow"] is not None and fact["event"] not in seen[name_of(fact)]:
            yield (f"{'/'.join(name_of(fact))}: the event {fact['event']} was acknowledged and is "
                   "lost")
    for name, events in seen.items():
        for event in events - sent - published:
            yield f"{'/'.join(name)}: it took the event {event}, which nobody sent"


# Each result that was acknowledged stands in a history, each that stands there was sent for that very
# task, and none stands there twice.
def _results(_told, lives, facts):
    sent = {fact["nonce"]: (name_of(fact), fact["task"]) for fact in facts["result_sent"]}
    stands = Counter()
    for name, life in lives.items():
        for _, task, data in life.results:
            nonce = data.get("nonce") if isinstance(data, dict) else None
            if nonce is None:
                continue
            stands[nonce] += 1
            if sent.get(nonce) != (name, task):
                yield f"{'/'.join(name)} {task}: the result {nonce} is nobody's"
    for nonce, times in stands.items():
        if times > 1:
            yield f"the result {nonce} of {sent.get(nonce)} stands in {times} places"
    for fact in facts["result_acked"]:
        if not stands[fact["nonce"]]:
            yield (f"{'/'.join(name_of(fact))} {fact['task']}: the result {fact['nonce']} was "
                   "acknowledged and is not in the history")


# A worker only ever sees steps whose commit is durable: each stands in the history, enqueued at the
# very time that its token says. And a key for side effects belongs to one step.
def _hand_outs(told, lives, facts):
    keys = {}
    for fact in facts["step_taken"]:
        name, token = name_of(fact), StepName(fact["token"])
        life = lives.get(name)
        if life is None:
            yield f"{'/'.join(name)}: a worker got a step of it, and it is not there"
            continue
        if told.workflows[name]["number"] != token.number:
            yield f"{'/'.join(name)}: a worker got a step of another workflow under its name"
        if (fact["task"], token.enqueued_ms) not in life.enqueued:
            yield (f"{'/'.join(name)} {fact['task']}: a worker got a step that its history does "
                   f"not know (enqueued at {token.enqueued_ms})")
        if keys.setdefault(fact["key"], token.step) != token.step:
            yield f"{'/'.join(name)}: the idempotency key {fact['key']} names two steps"


# Once the node has acknowledged a step's result, or said that its workflow has ended, nobody who asks
# afterwards gets that step.
def _again(_told, _lives, facts):
    acked = {}
    for fact in facts["result_acked"]:
        acked.setdefault(fact["key"], fact["t"])
    ended = {}
    for fact in facts["end_seen"]:
        ended.setdefault(name_of(fact), fact["t"])
    for fact in facts["verb_acked"]:
        if fact["verb"] in ("cancel", "terminate"):
            ended.setdefault(name_of(fact), fact["t"])
    for fact in facts["step_taken"]:
        if fact["asked"] is None:
            continue
        where = f"{'/'.join(name_of(fact))} {fact['task']}"
        if fact["asked"] > acked.get(fact["key"], fact["asked"]):
            yield f"{where}: it was handed out again after its result was acknowledged"
        if fact["asked"] > ended.get(name_of(fact), fact["asked"]):
            yield f"{where}: it was handed out after its workflow had ended"


# An attempt whose failure was acknowledged counts, over every death of the node: the worker that was
# told so does not get that attempt again.
def _attempts(_told, _lives, facts):
    failed = defaultdict(list)
    for fact in facts["error_acked"]:
        failed[(fact["key"], fact["worker"])].append((fact["t"], fact["attempt"]))
    for fact in facts["step_taken"]:
        for at, attempt in failed.get((fact["key"], fact["worker"]), ()):
            if fact["t"] > at and fact["attempt"] <= attempt:
                yield (f"{'/'.join(name_of(fact))} {fact['task']}: attempt {fact['attempt']} was "
                       f"handed out after the failure of attempt {attempt} was acknowledged")


def _verbs(told, _lives, facts):
    for fact in facts["verb_acked"]:
        item = told.workflows.get(name_of(fact))
        if item is None or (fact["verb"] in ("cancel", "terminate") and item["phase"] not in ENDED):
            yield (f"{'/'.join(name_of(fact))}: its {fact['verb']} was acknowledged, and it is "
                   f"{item['phase'] if item else 'not there'}")


# A child is there once for each time that its parent's history says so, and never without it.
def _families(told, lives, _facts):
    born = Counter()
    for item in told.workflows.values():
        if item["parent"]:
            born[(item["parent"]["namespace"], item["parent"]["id"])] += 1
    for name, records in told.histories.items():
        said = sum(1 for record in records for entry in record["entries"]
                   if entry["kind"] == "child_started")
        if said != born[name]:
            yield f"{'/'.join(name)}: it has {born[name]} children, its history says {said}"


def _under_way(told, lives):
    for name, item in told.workflows.items():
        if item["phase"] in ENDED:
            continue
        life = lives[name]
        yield (f"{'/'.join(name)}: it has not ended, it is {item['phase']} {item['cause']}; open: "
               f"steps {sorted(life.steps)}, timers {sorted(life.timers)}, "
               f"listeners {sorted(life.listeners)}, children {sorted(+life.children)}")
