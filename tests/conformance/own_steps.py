"""The steps of Endure's own scenarios, beside those of the kit: workers, events, control, stand-ins, waits."""

import re
from datetime import datetime

import kit_steps
from kit_steps import WHO, name_of, same_error
from steps import expect, step
from values import difference, read_yaml, short
from workers import answering, failing, zeromq_worker
from world import ENDED, Refused


# -- definitions ----------------------------------------------------------------------------------


@step(r"the definition should be refused at '(?P<pointer>[^']*)'(?: with '(?P<words>[^']+)')?")
def should_be_refused(world, pointer, words=None):
    try:
        world.deploy()
    except Refused as refusal:
        errors = refusal.problem.get("errors", [])
        found = [each for each in errors if each["pointer"] == pointer]
        expect(found, f"it is refused elsewhere: {short(errors)}")
        expect(not words or any(words in each["detail"] for each in found), f"it says otherwise: {short(found)}")
        return
    expect(False, "the definition is taken")


@step(r"the workflow '(?P<who>[^']+)' is executed with input:")
def execute_with(world, who, text):
    world.start(who, read_yaml(text))


# -- the workflow from outside --------------------------------------------------------------------


@step(r"the workflow" + WHO + r" status should be '(?P<status>[^']*)'")
def status_is(world, status, who=None):
    world.until(lambda: world.show(who)["status"] == status,
                lambda: f"the status is {world.show(who)['status']!r}, not {status!r}")


@step(r"the workflow" + WHO + r" should be (?P<phase>waiting|suspended|running)(?: because '(?P<words>[^']+)')?")
def phase_becomes(world, phase, words=None, who=None):
    def holds():
        shown = world.show(who)
        return shown["phase"] == phase and (words or "") in (shown["cause"] or "")

    world.until(holds, lambda: f"the workflow is {short(world.show(who))}")


@step(r"the workflow" + WHO + r" should wait for (?P<kind>event|step|timer|child)(?: '(?P<what>[^']+)')?")
def waits_for(world, kind, what=None, who=None):
    def holds():
        return any(wait["kind"] == kind and (what is None or what in (wait.get("type"), wait.get("queue"),
                                                                      wait.get("purpose")))
                   for wait in world.show(who)["waiting_for"])

    world.until(holds, lambda: f"the workflow waits for {short(world.show(who)['waiting_for'])}")


@step(r"the workflow" + WHO + r" is (?P<verb>cancelled|terminated|paused|resumed)")
def control(world, verb, who=None):
    verbs = {"cancelled": ("cancel", lambda phase: phase == "cancelled"),
             "terminated": ("terminate", lambda phase: phase in ENDED),
             "paused": ("pause", lambda phase: phase == "suspended"),
             "resumed": ("resume", lambda phase: phase != "suspended")}
    world.change(who, *verbs[verb])


@step(r"the workflow" + WHO + r" context should be:")
def context_is(world, text, who=None):
    differs = difference(world.ended(who)["context"], read_yaml(text))
    expect(not differs, f"the context differs: {differs}")


# -- events ---------------------------------------------------------------------------------------


@step(r"an event is sent(?: to '(?P<who>[^']+)')?:")
def event_sent(world, text, who=None):
    world.send(read_yaml(text), who)


@step(r"an event is published:")
def event_published(world, text):
    world.publish(read_yaml(text))


# -- workers --------------------------------------------------------------------------------------


@step(r"worker '(?P<queue>[^']+)' answers(?: (?P<count>\d+) steps with)?:")
def worker_answers(world, queue, text, count="1"):
    for _ in range(int(count or 1)):
        answering(world, queue, read_yaml(text))


@step(r"worker '(?P<queue>[^']+)' fails(?: (?P<count>\d+) times)?(?: with)?:")
def worker_fails(world, queue, text, count="1"):
    for _ in range(int(count or 1)):
        failing(world, queue, read_yaml(text))


@step(r"worker '(?P<queue>[^']+)' should have got:")
def worker_got(world, queue, text):
    got = world.steps_taken.get(queue)
    expect(got, f"no step of {queue} was taken")
    differs = difference(got[-1]["arguments"], read_yaml(text))
    expect(not differs, f"the arguments differ: {differs}")


@step(r"worker '(?P<queue>[^']+)' should have got attempts? (?P<attempts>[\d, ]+)")
def worker_attempts(world, queue, attempts):
    got = [each["attempt"] for each in world.steps_taken.get(queue, [])]
    expect(got == [int(each) for each in attempts.split(",")], f"the attempts are {got}")


@step(r"a worker over ZeroMQ serves:")
def zeromq(world, text):
    zeromq_worker(world, read_yaml(text))


@step(r"the dead letter of '(?P<queue>[^']+)' is (?P<verb>redriven|dropped)")
def dead_letter(world, queue, verb):
    path = f"/v1/queues/{queue}/dead"
    letters = world.until(lambda: world.ask("GET", path)[1]["items"], f"there is no dead letter of {queue}")
    expect(len(letters) == 1, f"there are {len(letters)} dead letters of {queue}")
    call = f"/v1/dead/{letters[0]['step']}/{'redrive' if verb == 'redriven' else 'drop'}"
    status, answer, lost = world.ask_counting("POST", call, {})
    gone = lost and not world.ask("GET", path)[1]["items"]
    expect(status == 200 or gone, f"{call} is refused: {status} {short(answer)}")


# -- stand-ins ------------------------------------------------------------------------------------


@step(r"(?:given )?'(?P<call>[A-Z]+ /[^']*)' answers:")
def scripted(world, call, text):
    answers = read_yaml(text)
    world.services.script(call, answers if isinstance(answers, list) else [answers])


@step(r"'(?P<call>[A-Z]+ /[^']*)' should have been called (?P<count>\d+) times?")
def called(world, call, count):
    got = world.services.count(call)
    expect(got == int(count) or (world.may_repeat_calls and got >= int(count)),
           f"{call} was called {got} times, not {count}; calls: {[each['call'] for each in world.services.requests]}")


@step(r"'(?P<call>[A-Z]+ /[^']*)' should have been called with (?P<part>body|query|header '(?P<header>[^']+)'):")
def called_with(world, call, part, text, header=None):
    requests = [each for each in world.services.requests if each["call"] == call]
    expect(requests, f"{call} was not called; calls: {[each['call'] for each in world.services.requests]}")
    last = requests[-1]
    if header:
        got = last["headers"].get(header.lower())
    else:
        got = read_yaml(last["body"].decode()) if part == "body" else last["query"]
    differs = difference(got, read_yaml(text))
    expect(not differs, f"the {part} differs: {differs}")


# -- the history ----------------------------------------------------------------------------------


def entries_of(world, task, kind, who=None):
    return [entry for entry in world.entries(who)
            if entry["kind"] == kind and entry["task"] and name_of(entry["task"]) == task]


@step(r"(?P<task>\S+) should run (?P<count>\d+) times?")
def runs_times(world, task, count):
    got = kit_steps.runs(world).count(task)
    expect(got == int(count), f"{task} ran {got} times, not {count}")


@step(r"(?P<task>\S+) should not run")
def does_not_run(world, task):
    begun = kit_steps.runs(world)
    expect(task not in begun, f"{task} ran: {', '.join(begun)}")


@step(r"(?P<task>\S+) should be skipped")
def is_skipped(world, task):
    world.ended()
    expect(entries_of(world, task, "task_skipped"), f"{task} was not skipped")


@step(r"(?P<task>\S+) should be retried after (?P<pauses>\d+ ms(?:, \d+ ms)*)")
def retried_after(world, task, pauses):
    world.ended()
    got = [re.search(r"in (\d+ ms)", entry["detail"]).group(1) for entry in entries_of(world, task, "task_retried")]
    expect(got == pauses.split(", "), f"{task} was retried after {', '.join(got) or 'nothing'}")


@step(r"(?P<task>\S+) should be retried (?P<count>\d+) times(?: after (?P<low>\d+) to (?P<high>\d+) ms)?")
def retried_times(world, task, count, low=None, high=None):
    world.ended()
    got = [int(re.search(r"in (\d+) ms", entry["detail"]).group(1))
           for entry in entries_of(world, task, "task_retried")]
    expect(len(got) == int(count), f"{task} was retried {len(got)} times, not {count}")
    within = low is None or all(int(low) <= pause <= int(high) for pause in got)
    expect(within, f"{task} was retried after {got} ms")


@step(r"(?P<task>\S+) should wait (?P<pause>\d+) ms")
def waits(world, task, pause):
    armed = [(record["at"], entry["detail"]) for record in world.history() for entry in record["entries"]
             if entry["kind"] == "timer_armed" and name_of(entry["task"]) == task]
    expect(armed, f"{task} has armed no timer")
    got = [round((_time(due) - _time(at)).total_seconds() * 1000) for at, due in armed]
    expect(all(each == int(pause) for each in got), f"the timers of {task} were armed for {got} ms")


def _time(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


@step(r"(?P<task>\S+) should have faulted with error:")
def has_faulted_with(world, task, text):
    """At any of its runs."""
    world.ended()
    faults = entries_of(world, task, "task_faulted")
    expect(faults, f"{task} has not faulted")
    same_error(faults[0]["data"], read_yaml(text))


@step(r"'(?P<call>[A-Z]+ /[^']*)' should be called (?P<count>\d+) times?(?P<more> at least)?")
def becomes_called(world, call, count, more=None):
    """Waits for it."""
    world.until(lambda: world.services.count(call) >= int(count),
                lambda: f"{call} was called {world.services.count(call)} times, not {count}")
    if not more:
        called(world, call, count)


@step(r"the children of '(?P<who>[^']+)' should be (?P<phase>\w+)")
def children_are(world, who, phase):
    namespace, workflow = world.named(who)
    path = f"/v1/workflows?namespace={namespace}&parent={workflow}"

    def holds():
        children = world.ask("GET", path)[1]["items"]
        return children and all(child["phase"] == phase for child in children)

    world.until(holds, lambda: f"the children are {short(world.ask('GET', path)[1]['items'])}")
