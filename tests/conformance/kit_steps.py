"""The steps that the specification's conformance test kit describes."""

import json

from steps import expect, step
from values import at_path, difference, read_yaml, short

QUOTED = r"'[^']+'(?:, *'[^']+')*"
WHO = r"(?: '(?P<who>[^']+)')?"


# -- arrange --------------------------------------------------------------------------------------


@step(r"(?:given )?(?:a|another) workflow with definition:")
def given_definition(world, text):
    world.sources.append(text)


@step(r"(?:given )?the workflow input is:")
def given_input(world, text):
    world.input = read_yaml(text)


# -- act ------------------------------------------------------------------------------------------


@step(r"the workflow" + WHO + r" is executed")
def execute(world, who=None):
    world.start(who)


# -- assert: the workflow -------------------------------------------------------------------------


def phase_is(world, who, phase):
    ended = world.ended(who)
    why = ended.get("cause") or short(ended.get("error"))
    expect(ended["phase"] == phase, f"the workflow is {ended['phase']}, not {phase}: {why}")
    return ended


@step(r"the workflow" + WHO + r" should cancel")
def should_cancel(world, who=None):
    phase_is(world, who, "cancelled")


@step(r"the workflow" + WHO + r" should complete")
def should_complete(world, who=None):
    phase_is(world, who, "completed")


@step(r"the workflow" + WHO + r" should complete with output:")
def should_complete_with(world, text, who=None):
    differs = difference(phase_is(world, who, "completed")["output"], read_yaml(text))
    expect(not differs, f"the output differs: {differs}")


@step(r"the workflow" + WHO + r" should fault")
def should_fault(world, who=None):
    phase_is(world, who, "faulted")


@step(r"the workflow" + WHO + r" should fault with error:")
def should_fault_with(world, text, who=None):
    same_error(phase_is(world, who, "faulted")["error"], read_yaml(text))


def same_error(got, expected):
    """What the scenario names must be as it says; further members (a detail, say) may be there."""
    named = {key: got.get(key) for key in expected if key in got}
    differs = difference(named, expected)
    expect(not differs, f"the error differs: {differs}; it is {short(got)}")


def output(world, who):
    return phase_is(world, who, "completed")["output"]


@step(r"the workflow" + WHO + r" output should have properties (?P<names>" + QUOTED + ")")
def has_properties(world, names, who=None):
    value = output(world, who)
    for name in names.split(","):
        path = name.strip().strip("'")
        expect(at_path(value, path)[0], f"the output has no {path}: {short(value)}")


def property_of(world, who, path):
    value = output(world, who)
    found, part = at_path(value, path)
    expect(found, f"the output has no {path}: {short(value)}")
    return part


@step(r"the workflow" + WHO + r" output should have an? '(?P<path>[^']+)' property with value:")
def has_property_with(world, path, text, who=None):
    differs = difference(property_of(world, who, path), read_yaml(text))
    expect(not differs, f"{path} differs: {differs}")


@step(r"the workflow" + WHO + r" output should have an? '(?P<path>[^']+)' property containing (?P<count>\d+) items?")
def has_property_of(world, path, count, who=None):
    part = property_of(world, who, path)
    expect(isinstance(part, (list, dict)), f"{path} has no items: {short(part)}")
    expect(len(part) == int(count), f"{path} has {len(part)} items, not {count}: {short(part)}")


# -- assert: tasks, from the history --------------------------------------------------------------


def name_of(task):
    """The last part of a task's pointer."""
    return task.rsplit("/", 1)[-1].replace("~1", "/").replace("~0", "~")


def runs(world, who=None):
    """The names of the tasks, in the order in which they began to run."""
    world.ended(who)
    return [name_of(entry["task"]) for entry in world.entries(who) if entry["kind"] == "task_started"]


@step(r"(?P<task>\S+) should run first")
def runs_first(world, task):
    begun = runs(world)
    expect(begun and begun[0] == task, f"the tasks ran in this order: {', '.join(begun)}")


@step(r"(?P<task>\S+) should run last")
def runs_last(world, task):
    begun = runs(world)
    expect(begun and begun[-1] == task, f"the tasks ran in this order: {', '.join(begun)}")


@step(r"(?P<task>\S+) should run (?P<way>before|after) (?P<other>\S+)")
def runs_relative(world, task, way, other):
    begun = runs(world)
    for name in (task, other):
        expect(name in begun, f"{name} did not run; these did: {', '.join(begun)}")
    earlier = begun.index(task) < begun.index(other)
    expect(earlier == (way == "before"), f"the tasks ran in this order: {', '.join(begun)}")


def last_end(world, task):
    """The entry by which the last run of a task ended; None: it began and did not end."""
    world.ended()
    begun, end = False, None
    for entry in world.entries():
        if name_of(entry["task"]) != task or not entry["task"]:
            continue
        if entry["kind"] == "task_started":
            begun, end = True, None
        elif entry["kind"] in ("task_completed", "task_faulted", "step_completed"):
            end = {**(end or {}), **entry}
    expect(begun, f"{task} did not run")
    return end


@step(r"(?P<task>\S+) should cancel")
def task_cancels(world, task):
    end = last_end(world, task)
    expect(end is None, f"{task} ended: {json.dumps(end)}")


@step(r"(?P<task>\S+) should complete")
def task_completes(world, task):
    end = last_end(world, task)
    expect(end and end["kind"] == "task_completed", f"{task} did not complete: {json.dumps(end)}")


@step(r"(?P<task>\S+) should complete with output:")
def task_completes_with(world, task, text):
    end = last_end(world, task)
    expect(end and end["kind"] == "task_completed", f"{task} did not complete: {json.dumps(end)}")
    expect("data" in end, f"the history does not hold the output of {task}: only those of steps are recorded")
    differs = difference(end["data"], read_yaml(text))
    expect(not differs, f"the output of {task} differs: {differs}")


@step(r"(?P<task>\S+) should fault")
def task_faults(world, task):
    end = last_end(world, task)
    expect(end and end["kind"] == "task_faulted", f"{task} did not fault: {json.dumps(end)}")


@step(r"(?P<task>\S+) should fault with error:")
def task_faults_with(world, task, text):
    end = last_end(world, task)
    expect(end and end["kind"] == "task_faulted", f"{task} did not fault: {json.dumps(end)}")
    same_error(end["data"], read_yaml(text))
