"""What came of a run, judged from three books that know nothing of each other: the posts that went
in, the side effects that the outer world recorded, and the node's history of every workflow.

Everything here is a pure function of these, so that it can be tested on recorded data.
"""
import collections

from ledger import APPLIED

ENDED = {"completed", "faulted", "cancelled"}

# Which business status may follow which.
NEXT_STATUS = {
    "": {"RECEIVED"},
    "RECEIVED": {"ENRICHING"},
    "ENRICHING": {"ENRICHED"},
    "ENRICHED": {"WAITING_FOR_REVIEW", "APPROVED", "REJECTED"},
    "WAITING_FOR_REVIEW": {"APPROVED", "REJECTED"},
    "APPROVED": {"ACTION_TRIGGERED"},
    "ACTION_TRIGGERED": {"COMPLETED"},
    "COMPLETED": set(),
    "REJECTED": set(),
}
EFFECTS_OF = {"COMPLETED": {"crm", "chat", "draft"}, "REJECTED": set()}


# -- the world's records against the workflows ---------------------------------

def repeated_effects(records):
    """(post, effect) pairs that were applied more than once, and keys that were: must be none."""
    by_effect = collections.Counter()
    by_key = collections.Counter()
    for record in records:
        if record["outcome"] == APPLIED:
            by_effect[record["post"], record["effect"]] += 1
            by_key[record["key"]] += 1
    repeated = [f"{effect} of {post} was applied {count} times"
                for (post, effect), count in sorted(by_effect.items()) if count > 1]
    repeated += [f"key {key} was applied {count} times"
                 for key, count in sorted(by_key.items()) if count > 1]
    return repeated


def lost_work(post_ids, workflows, records):
    """What should be there and is not: posts without a workflow, workflows without an end, ended ones
    without their effects. `workflows`: id → {phase, status}."""
    applied = collections.defaultdict(set)
    for record in records:
        if record["outcome"] == APPLIED:
            applied[record["post"]].add(record["effect"])
    lost = []
    for post in post_ids:
        workflow = workflows.get(post)
        if workflow is None:
            lost.append(f"{post}: no workflow")
        elif workflow["phase"] not in ENDED:
            lost.append(f"{post}: still {workflow['phase']} ({workflow['status']})")
        elif workflow["phase"] != "completed" or workflow["status"] not in EFFECTS_OF:
            lost.append(f"{post}: ended as {workflow['phase']} ({workflow['status']})")
        else:
            for effect in sorted(EFFECTS_OF[workflow["status"]] - applied[post]):
                lost.append(f"{post}: {workflow['status']}, but its {effect} never arrived")
    return lost


def stray_effects(workflows, records):
    """Effects that no workflow should have had: acting on a rejected or unknown post."""
    stray = []
    for record in records:
        status = workflows.get(record["post"], {}).get("status", "unknown")
        if record["effect"] in EFFECTS_OF["COMPLETED"] - EFFECTS_OF.get(status, set()):
            stray.append(f"{record['effect']} of {record['post']}, which is {status}")
    return stray


# -- the node's history ---------------------------------------------------------

def history_faults(workflow, history):
    """What is wrong with one workflow's history: gaps and doubles in its transitions, statuses out
    of order, steps without a result or with two."""
    faults = []
    numbers = [record["transition"] for record in history]
    if numbers != list(range(1, len(numbers) + 1)):
        faults.append(f"transitions are not 1 to {len(numbers)}: {numbers}")
    elif workflow["transition"] != len(numbers):
        faults.append(f"{len(numbers)} records, but it is at transition {workflow['transition']}")
    faults += _status_faults(history)
    faults += _step_faults(history)
    return [f"{workflow['id']}: {fault}" for fault in faults]


def _status_faults(history):
    faults = []
    status = ""
    for entry in _entries(history, {"status_changed"}):
        if entry["detail"] not in NEXT_STATUS.get(status, set()):
            faults.append(f"status {entry['detail']} after {status or 'none'}")
        status = entry["detail"]
    return faults


def _step_faults(history):
    """Per task, a step is enqueued, then ends once, and only then is one enqueued again."""
    faults = []
    open_steps = set()
    for entry in _entries(history, {"step_enqueued", "step_completed", "step_failed"}):
        task = entry["task"]
        if entry["kind"] == "step_enqueued":
            if task in open_steps:
                faults.append(f"a second step for {task} before the first had ended")
            open_steps.add(task)
        elif task in open_steps:
            open_steps.discard(task)
        else:
            faults.append(f"a second result for {task}")
    return faults + [f"no result for {task}" for task in sorted(open_steps)]


def _entries(history, kinds):
    return [entry for record in history for entry in record["entries"] if entry["kind"] in kinds]


# -- deliveries, recovery -------------------------------------------------------

def count_deliveries(lines):
    """(retries, redeliveries): a worker asked for another attempt; a step was handed out again
    although no attempt at it had ended (its worker or the node had died)."""
    retries = sum(line["what"] == "retry" for line in lines)
    unfinished = collections.Counter()
    redeliveries = 0
    for line in sorted(lines, key=lambda line: line["at_ms"]):
        key = line["key"]
        if line["what"] == "delivered":
            redeliveries += unfinished[key] > 0
            unfinished[key] = 1
        elif line["what"] == "retry":
            unfinished[key] = 0
        # After `done` the step stays open: handed out once more, the node had not heard of it.
    return retries, redeliveries


def first_transition_after(at_ms, histories):
    """Milliseconds from `at_ms` to the next transition of any workflow; None where there was none."""
    later = [record["at_ms"] for history in histories for record in history
             if record["at_ms"] > at_ms]
    return min(later) - at_ms if later else None


# -- the whole ------------------------------------------------------------------

def judge(posts, workflows, histories, records, deliveries, kills, longest_queue):
    """The figures of a run, ready for JSON; `findings` lists in words all that is wrong.

    posts: ids; workflows: id → {phase, status, transition}; histories: id → [{transition, at_ms,
    entries}]; records: the world's; deliveries: the workers'; kills: [{what, at_ms, ready_ms}].
    """
    lost = lost_work(posts, workflows, records)
    repeated = repeated_effects(records)
    stray = stray_effects(workflows, records)
    faults = [fault for id, history in sorted(histories.items())
              for fault in history_faults(workflows[id], history)]
    retries, redeliveries = count_deliveries(deliveries)
    statuses = collections.Counter(workflow["status"] for workflow in workflows.values())
    for kill in kills:
        if kill["what"] == "node":
            kill["next_transition_ms"] = first_transition_after(kill["at_ms"], histories.values())
    return {
        "posts": len(posts),
        "workflows": len(workflows),
        "completed": statuses["COMPLETED"],
        "rejected": statuses["REJECTED"],
        "effects": sum(record["outcome"] == APPLIED for record in records),
        "deduplicated": sum(record["outcome"] != APPLIED for record in records),
        "transitions": sum(map(len, histories.values())),
        "retries": retries,
        "redeliveries": redeliveries,
        "longest_queue": longest_queue,
        "kills": kills,
        "history_faults": len(faults),
        "stray": len(stray),
        "lost": len(lost),
        "repeated": len(repeated),
        "findings": lost + repeated + stray + faults,
    }


def is_good(figures):
    return not figures["findings"]
