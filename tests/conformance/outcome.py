"""What a run of a scenario left behind, in a form in which two runs can be compared.

Left out: when things happened, how long was waited, and identifiers that are made anew. Everything else must be equal:
phases, outputs, errors, statuses, contexts, and each entry of each transition in order.
"""

import re

from values import difference, short

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
EVENT_RUN = re.compile(r"(.*-event-)(\d+)")
# How long was waited: a retry's pause, which jitter draws anew, and what a timeout's detail says.
PAUSE = re.compile(r"(?<=\bin )\d+ ms|(?<=\()\d+ ms(?=\))")


def _plain(value):
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, str):
        return PAUSE.sub("a while", UUID.sub("<uuid>", TIME.sub("<time>", value)))
    return value


def outcome(world):
    """The end of each workflow on the scenario's node, children and those that a schedule started among them, and its
    history."""
    left = {f"{each['namespace']}/{each['id']}": (each["namespace"], each["id"]) for each in world.settled()}
    # Runs of one schedule, whose names differ by their time alone, are taken for one.
    return {_plain(_counted(name, left)): _workflow(world, workflow) for name, workflow in sorted(left.items())}


def _counted(name, names):
    """A run that an event started has that event's number, of which deaths leave some out: the how-manieth is it?"""
    run = EVENT_RUN.fullmatch(name)
    if not run:
        return name
    others = (EVENT_RUN.fullmatch(each) for each in names)
    numbers = sorted(int(each[2]) for each in others if each and each[1] == run[1])
    return f"{run[1]}{numbers.index(int(run[2])) + 1}"


def _workflow(world, workflow):
    shown = world.show(workflow)
    kept = ("phase", "status", "cause", "output", "error", "context", "input", "transition")
    records = [{"event": record["event"], "phase": record["phase"], "status": record["status"],
                "attempt": record.get("attempt"), "entries": record["entries"]}
               for record in world.history(workflow)]
    return _plain({"shown": {key: shown.get(key) for key in kept}, "history": records})


def differs(got, expected, any_order):
    """None where two outcomes are equal, else a sentence. `any_order`: branches ran side by side, so the same
    entries may stand in another order and in other transitions."""
    if any_order:
        got, expected = _unordered(got), _unordered(expected)
    return difference(got, expected)


def _unordered(workflows):
    result = {}
    for name, workflow in workflows.items():
        shown = {key: value for key, value in workflow["shown"].items() if key != "transition"}
        entries = [short(entry, 10**9) for record in workflow["history"] for entry in record["entries"]]
        result[name] = {"shown": shown, "entries": sorted(entries)}
    return result
