"""The steps of the scenarios that run the specification's own examples."""

import json
import re

from steps import expect, step
from values import read_yaml, short


EXAMPLE = r"(?:given )?the example '(?P<name>[^']+)'"


def example_of(scenario):
    """The file that a scenario runs, or None."""
    found = (re.fullmatch(EXAMPLE, each.text) for each in scenario.steps)
    return next((each.group("name") for each in found if each), None)


@step(EXAMPLE)
def example(world, name):
    path = world.examples / name
    expect(path.is_file(), f"there is no example {name}")
    world.sources.append(path.read_bytes().decode("utf-8"))


@step(r"the secret '(?P<name>[^']+)' is:")
def secret(world, name, text):
    variable = "ENDURE_SECRET_" + name.upper().replace("-", "_").replace(".", "_")
    world.before_start().environment[variable] = json.dumps(read_yaml(text))


@step(r"the node is set up with:")
def node_settings(world, text):
    """Further sections of its configuration; `${programs}` is the folder of the stand-in programs."""
    world.before_start().configure(text.replace("${programs}", str(world.services.programs)))


@step(r"the definitions? (?:is|are) deployed")
def deploy(world):
    world.deploy()


@step(r"the schedule '(?P<name>[^']+)' is triggered")
def trigger(world, name):
    definition = world.definition(name)
    path = f"/v1/schedules/{definition['namespace']}/{name}/trigger"
    workflow = f"{name}-by-hand"
    status, answer, lost = world.ask_counting("POST", path, {"id": workflow})
    expect(status in (200, 201) or (status == 409 and lost), f"{path}: {status} {short(answer)}")
    world.workflows[name] = (definition["namespace"], workflow)


@step(r"the schedule should have started '(?P<name>[^']+)'(?: (?P<count>\d+) times)?")
def started_by_schedule(world, name, count="1"):
    """Waits for it. The first of them is the workflow of that name then."""
    definition = world.definition(name)
    path = f"/v1/workflows?namespace={definition['namespace']}&definition={name}&limit=1000"

    def items():
        got = world.ask("GET", path)[1]["items"]
        return got if len(got) >= int(count or 1) else None

    got = world.until(items, lambda: f"of {name} {len(world.ask('GET', path)[1]['items'])} workflows were started")
    world.workflows[name] = (definition["namespace"], got[-1]["id"])


@step(r"the schedule '(?P<name>[^']+)' is (?P<verb>paused|resumed|deleted)")
def change_schedule(world, name, verb):
    definition = world.definition(name)
    path = f"/v1/schedules/{definition['namespace']}/{name}"
    call = f"{path}/{ {'paused': 'pause', 'resumed': 'resume', 'deleted': 'delete'}[verb]}"
    status, answer, lost = world.ask_counting("POST", call, {})
    expect(status == 200 or (status == 404 and lost), f"{call}: {status} {short(answer)}")


@step(r"the schedule '(?P<name>[^']+)' should have '(?P<field>[^']+)' '(?P<value>[^']+)'")
def schedule_has(world, name, field, value):
    definition = world.definition(name)
    status, answer = world.ask("GET", f"/v1/schedules/{definition['namespace']}/{name}")
    expect(status == 200 and str(answer.get(field)) == value, f"the schedule is {status} {short(answer)}")
