"""What must hold after all that happened: no gap, no double, nothing acknowledged that is lost."""

from datetime import datetime
import sys
import time

import definitions as d
from node import ROOT

sys.path.insert(0, str(ROOT / "tests" / "trace"))

from facts import Told, read_logs  # noqa: E402
from laws import judge  # noqa: E402


def check_all(load):
    """Every problem that the histories, the queues and the record of the load show. Workflows of a load
    before, which were judged then, are left out."""
    told = Told.by(load.api, load.before.judged)
    told.save(load.logs / "told.json")
    problems = judge(told, read_logs(load.logs), self_started=(d.SCHEDULED,), all_ended=True)
    return problems + check_load(Remembering(load.api, told), load)


def check_stop(node):
    """Stops the node; every problem of the volume that it leaves."""
    node.stop()
    code, text = node.verify()
    return [] if code == 0 else [f"endure verify: exit code {code}\n{text}"]


def check_load(api, load):
    """What this load expects of its own workflows, beyond what holds for all."""
    record = load.record
    problems = list(_listed(api, load))
    done = set()  # nonces of results in histories
    taken = {}  # workflow -> ids of the events that it took
    for n in load.orders:
        problems += _check_order(api, n, record, done, taken)
        if d.has_auditor(n):
            problems += _check_auditor(api, n)
    orders = {d.order_id(n) for n in load.orders}
    for nonce in record.results_acked - done:
        workflow, task = record.executed[nonce]
        if workflow not in orders:
            continue
        problems.append(f"{workflow} {task}: an acknowledged result is not in the history")
    for workflow, sent in record.events_sent.items():
        problems += _check_events(workflow, sent, record.events_acked, taken.get(workflow, []))
    problems += check_schedules(api, load.orders, load.before.runs)
    return problems + check_at_rest(api)


class Remembering:
    """The API, but that histories are read once, and that only those workflows are there."""

    def __init__(self, api, told):
        self.call = api.call
        self._api, self._told = api, told

    def pages(self, path, **query):
        if path != "/v1/workflows":
            return self._api.pages(path, **query)
        return [item for item in self._told.workflows.values()
                if item["namespace"] == query["namespace"]]

    def history(self, namespace, workflow):
        return self._told.histories.get((namespace, workflow), [])


def check_schedules(api, orders, before):
    """Each time that was due and each event that was told started one workflow, and none two. `before`:
    how many runs of each schedule there had been when the load began."""
    items = list(api.pages("/v1/workflows", namespace=d.SCHEDULED, limit=100))
    problems = [f"{item['id']}: {item['phase']} {item['cause']}"
                for item in items if item["phase"] != "completed"]
    ids = [item["id"] for item in items]
    if len(ids) != len(set(ids)):
        problems.append("a scheduled workflow is listed twice")
    ticks = sorted(_ms_of(name) for name in ids if name.startswith("tick-"))
    gaps = [(a, b) for a, b in zip(ticks, ticks[1:]) if b - a != d.TICK_MS]
    if gaps:
        problems.append(f"tick: {len(gaps)} gaps in its runs, the first {gaps[0]}")
    heard = {}
    for name in ids:
        if not name.startswith("heard-"):
            continue
        _, shown = api.call("GET", f"/v1/workflows/{d.SCHEDULED}/{name}")
        output = shown.get("output") or {}
        heard.setdefault(output.get("of"), []).append(output.get("event"))
    for n in orders:
        told = [entry["data"]["id"] for item in api.history(d.NAMESPACE, d.order_id(n))
                for entry in item["entries"] if entry["kind"] == "event_published"]
        if heard.get(d.order_id(n), []) != told:
            problems.append(f"{d.order_id(n)}: told {told}, but its events started workflows for "
                            f"{heard.get(d.order_id(n))}")
    for name in d.SCHEDULES:
        status, shown = api.call("GET", f"/v1/schedules/{d.SCHEDULED}/{name}")
        runs = sum(1 for each in ids if each.startswith(name + "-"))
        started = shown.get("started", 0) - before.get(name, 0)
        if status != 200 or started != runs or shown["missed"] or shown["skipped"]:
            problems.append(f"schedule {name}: {status} {shown}, but there are {runs} runs")
        elif runs == 0 and orders:
            problems.append(f"schedule {name} has started nothing")
    return problems


def _ms_of(name):
    at = datetime.fromisoformat(name.split("-", 1)[1].replace("Z", "+00:00"))
    return round(at.timestamp() * 1000)


def _listed(api, load):
    items = list(api.pages("/v1/workflows", namespace=d.NAMESPACE, limit=100))
    if len(items) != len({item["id"] for item in items}):
        yield "the list of workflows names one twice"
    children = [item["parent"]["id"] for item in items
                if item["parent"] and item["parent"]["namespace"] == d.NAMESPACE]
    if sorted(children) != sorted(d.order_id(n) for n in load.orders):
        yield f"{len(load.orders)} orders have {len(children)} children, not one each"
    listed = [item["id"] for item in items if not item["parent"]]
    begun = {d.order_id(n) for n in load.orders}
    begun |= {d.auditor_id(n) for n in load.orders if d.has_auditor(n)}
    for workflow in load.record.started - set(listed):
        yield f"{workflow}: its start was acknowledged, but it is not in the list"
    for workflow in set(listed) - begun:
        yield f"{workflow}: nobody started it"


def check_history(api, workflow):
    """Problems of one history by itself, and its entries."""
    problems = []
    status, shown = api.call("GET", f"/v1/workflows/{d.NAMESPACE}/{workflow}")
    if status != 200:
        return [f"{workflow}: {status} {shown}"], [], {}
    records = api.history(d.NAMESPACE, workflow)
    numbers = [item["transition"] for item in records]
    if numbers != list(range(1, len(numbers) + 1)):
        problems.append(f"{workflow}: transitions {numbers}")
    if shown["transition"] != len(records):
        problems.append(f"{workflow}: at transition {shown['transition']}, history {len(records)}")
    if records and (records[-1]["phase"], records[-1]["status"]) != (
            shown["phase"], shown["status"]):
        problems.append(f"{workflow}: the last record and the summary differ")
    times = [item["at"] for item in records]
    if times != sorted(times):
        problems.append(f"{workflow}: times go backwards: {times}")
    if shown["phase"] != "completed" or shown["waiting_for"]:
        problems.append(f"{workflow}: {shown['phase']} {shown['cause']}, {shown['waiting_for']}")
    entries = [entry for item in records for entry in item["entries"]]
    return problems, entries, shown


def _compare(workflow, entries, expected):
    # Whether an event comes before its listener is nobody's to say; where it is taken is.
    left_out = ("status_changed", "event_kept", "listening", "ignored", "correlated")
    seen = [(entry["kind"], entry["task"]) for entry in entries if entry["kind"] not in left_out]
    if seen == expected:
        return []
    at = next((i for i, (a, b) in enumerate(zip(seen, expected)) if a != b),
              min(len(seen), len(expected)))
    return [f"{workflow}: entry {at} of its history is {seen[at:at + 3]}, "
            f"not {expected[at:at + 3]}"]


def _check_order(api, n, record, done, taken):
    workflow = d.order_id(n)
    problems, entries, shown = check_history(api, workflow)
    problems += _compare(workflow, entries, d.order_entries(n))
    context = {}
    events = []
    problems += _check_leaf(api, n, shown, context)
    for entry in entries:
        if entry["kind"] == "step_completed":
            nonce = (entry.get("data") or {}).get("nonce")
            if record.executed.get(nonce) != (workflow, entry["task"]):
                problems.append(f"{workflow} {entry['task']}: the result {nonce} is nobody's")
            if nonce in done:
                problems.append(f"{workflow} {entry['task']}: the result {nonce} stands twice")
            done.add(nonce)
            context[entry["task"].rsplit("/", 1)[1]] = entry["data"]
        elif entry["kind"] == "event_received":
            events.append(entry["data"]["id"])
    taken[workflow] = events
    if events:
        context["events"] = events
    output = shown.get("output") or {}
    seen = {key: value for key, value in (output.get("context") or {}).items() if key != "n"}
    if output.get("n") != n or seen != context:
        problems.append(f"{workflow}: the output {output} is not what its history says: {context}")
    if shown and shown["status"] != "DONE":
        problems.append(f"{workflow}: status {shown['status']!r}")
    return problems


def _check_leaf(api, n, order, context):
    children = order.get("children") or []
    if len(children) != 1:
        return [f"{d.order_id(n)}: its children are {[child['id'] for child in children]}"]
    workflow = children[0]["id"]
    problems, entries, shown = check_history(api, workflow)
    problems += _compare(workflow, entries, d.leaf_entries())
    if shown.get("output") != d.leaf_output(n):
        problems.append(f"{workflow}: its output is {shown.get('output')}")
    context["child"] = d.leaf_output(n)["said"]
    return problems


def _check_auditor(api, n):
    workflow = d.auditor_id(n)
    problems, entries, shown = check_history(api, workflow)
    problems += _compare(workflow, entries, d.auditor_entries())
    told = [entry["data"]["id"] for item in api.history(d.NAMESPACE, d.order_id(n))
            for entry in item["entries"] if entry["kind"] == "event_published"]
    if (shown.get("output") or {}).get("heard") != told:
        problems.append(f"{workflow}: heard {shown.get('output')}, but {told} was told")
    return problems


def _check_events(workflow, sent, acked, taken):
    """Taken once, in the order of sending, and none that was acknowledged passed over."""
    problems = []
    if len(taken) != len(set(taken)):
        problems.append(f"{workflow}: took an event twice: {taken}")
    places = [sent.index(event) if event in sent else -1 for event in taken]
    if -1 in places or places != sorted(places):
        problems.append(f"{workflow}: sent {sent}, took {taken}")
    elif places:
        for event in sent[:max(places)]:
            if event in acked and event not in taken:
                problems.append(f"{workflow}: {event} was acknowledged and is lost")
    return problems


def check_sink(load, sink):
    """The sink got everything that it was to get, of each workflow in its order."""
    until = time.monotonic() + 60
    while load.api.call("GET", "/v1/stats")[1]["store"]["sink_events"] != 0:
        if time.monotonic() > until:
            return ["events for the sink are left in the end"]
        time.sleep(0.1)
    problems = list(sink.problems)
    prefix = "io.serverlessworkflow.workflow."
    for n in load.orders:
        workflow = d.order_id(n)
        events = sink.events_of(f"{workflow}.{d.NAMESPACE}")
        types = [event["type"].removeprefix(prefix) for event in events]
        left_out = ("correlation-started.v1", "correlation-completed.v1", "status-changed.v1")
        if [name for name in types if name not in left_out] != ["started.v1", "completed.v1"]:
            problems.append(f"{workflow}: the sink was told {types}")
        transitions = [int(event["id"].split("/")[2]) for event in events]
        if transitions != sorted(transitions):
            problems.append(f"{workflow}: the sink was told in the order {transitions}")
        if len(sink.events_of(workflow)) != 1:
            problems.append(f"{workflow}: what it emitted did not come to the sink once")
    return problems


REST_WITHIN_S = 10


def check_at_rest(api):
    """Nothing is left: no step, no dead letter, no timer, no event on its way. Who asks for a workflow's
    end may hear of it before its queue does, so it may take a moment."""
    until = time.monotonic() + REST_WITHIN_S
    while (problems := _left_over(api)) and time.monotonic() < until:
        time.sleep(0.02)
    return problems


def _left_over(api):
    problems = []
    for item in api.call("GET", "/v1/queues")[1]["items"]:
        for count in ("depth", "leased", "delayed", "dead"):
            if item[count] != 0:
                problems.append(f"queue {item['queue']}: {count} is {item[count]} in the end")
    dead = list(api.pages("/v1/dead", limit=100))
    if dead:
        problems.append(f"{len(dead)} dead letters: {dead[:2]}")
    stats = api.call("GET", "/v1/stats")[1]
    for count in ("timers", "outbox", "waiting_events"):
        if stats["store"].get(count, 0) != 0:
            problems.append(f"{count}: {stats['store'][count]} left in the end")
    if stats["workflows"]["faulted"] != 0:
        problems.append(f"{stats['workflows']['faulted']} workflows are faulted")
    return problems
