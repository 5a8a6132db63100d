"""What may happen to one workflow: a small model that lives through a history, record by record, and
names every record that could not follow from what came before.

It knows nothing of the engine and nothing of the definition that ran: only what holds for every
workflow whatever it does. A history is a list of records as the HTTP API gives them."""

from collections import Counter
from datetime import datetime

LIVE = ("pending", "running", "waiting", "suspended")
ENDED = ("cancelled", "faulted", "completed")
LAST_WORDS = {"cancelled": ("cancelled", "terminated"), "faulted": ("faulted",),
              "completed": ("completed",)}
# Entries that one event from outside makes, at most once a record, but where a resume replays what
# was kept meanwhile.
FROM_OUTSIDE = {"step_completed": "step_completed", "step_failed": "step_failed",
                "timer_fired": "timer_fired", "child_ended": "child_ended"}


def ms_of(text):
    """Milliseconds since 1970 of an RFC 3339 time."""
    return round(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)


class Life:
    """One workflow. `problems` says what was illegal; the other members what is open after the last
    record."""

    def __init__(self, name):
        self.name = name
        self.problems = []
        self.transition = 0
        self.at_ms = 0
        self.phase = None
        self.started = 0
        self.ended_at_ms = None
        self.tasks = Counter()  # under way
        self.steps = {}  # task -> when it was enqueued, in ms
        self.dead = set()  # of those, the dead letters
        self.timers = {}  # task -> when it is due, in ms
        self.listeners = set()  # tasks
        self.children = Counter()  # task -> children that it started and that have not ended
        self.enqueued = {}  # (task, ms) -> times; every step that there ever was
        self.events = {}  # identity of an event -> the transition that took it
        self.results = []  # (transition, task, data)
        self._task = ""

    def live_through(self, records):
        for record in records:
            self.add(record)
        return self

    def wrong(self, text):
        self.problems.append(f"{self.name}: transition {self.transition}: {text}")

    # -- a record ------------------------------------------------------------------------------

    def add(self, record):
        number = record["transition"]
        if number != self.transition + 1:
            self.wrong(f"it is followed by transition {number}")
        self.transition = number
        at_ms = ms_of(record["at"])
        if at_ms < self.at_ms:
            self.wrong(f"its time {record['at']} is before the one of the transition before it")
        was_ended = self.phase in ENDED
        self.at_ms = max(self.at_ms, at_ms)
        before, self.phase = self.phase, record["phase"]
        self._one_cause(record)
        for entry in record["entries"]:
            self._add_entry(entry, was_ended)
        self._close_record(before, record)

    # One event, one transition: two results never share a record, nor come without their event.
    def _one_cause(self, record):
        kinds = Counter(entry["kind"] for entry in record["entries"])
        replays = kinds["resumed"] or kinds["step_redriven"] or kinds["step_dropped"]
        for kind, event in FROM_OUTSIDE.items():
            if kinds[kind] > 1 and not replays:
                self.wrong(f"{kinds[kind]} entries {kind} in one transition")
            if kinds[kind] and record["event"] != event and not replays:
                self.wrong(f"an entry {kind}, but it was caused by {record['event']!r}")

    def _close_record(self, before, record):
        words = [entry["kind"] for entry in record["entries"]]
        if before in ENDED:
            if self.phase != before:
                self.wrong(f"it had ended as {before} and is {self.phase}")
            return
        if self.phase in ENDED:
            self.ended_at_ms = self.at_ms
            if not any(word in words for word in LAST_WORDS[self.phase]):
                self.wrong(f"it is {self.phase}, but its history does not say so")
            return
        for phase, ends in LAST_WORDS.items():
            if any(word in words for word in ends):
                self.wrong(f"its history says {phase}, but it is {self.phase}")
        self._waits_for_something()

    # Whatever is alive has something that will move it, and its phase says of which kind.
    def _waits_for_something(self):
        alive = set(self.steps) - self.dead
        if self.phase == "running" and not alive:
            self.wrong("it is running and has no step")
        if self.phase == "waiting" and alive:
            self.wrong(f"it is only waiting and has steps: {sorted(alive)}")
        if self.phase == "waiting" and not (
                self.timers or self.listeners or any(self.children.values())):
            self.wrong("it waits for nothing: no timer, no listener, no child")

    # -- entries -------------------------------------------------------------------------------

    def _add_entry(self, entry, was_ended):
        kind = entry["kind"]
        if was_ended and (kind not in ("step_completed", "step_failed") or entry.get("task")):
            self.wrong(f"{kind} {entry.get('task', '')} after its end")
            return
        if not self.started and kind not in ("created", "started", "suspended", "paused", "resumed",
                                             "cancelled", "terminated", "event_kept"):
            self.wrong(f"{kind} before it was started")
        handler = getattr(self, "_on_" + kind, None)
        if handler is not None:
            handler(entry.get("task") or "", entry)

    def _on_created(self, _task, _entry):
        if self.transition != 1:
            self.wrong("it was created a second time")

    def _on_started(self, _task, _entry):
        self.started += 1
        if self.started > 1:
            self.wrong("it was started a second time")

    def _on_task_started(self, task, _entry):
        self.tasks[task] += 1

    def _on_task_completed(self, task, _entry):
        self._end_task(task, "completed")

    def _on_task_faulted(self, task, _entry):
        self._leave(task)
        self.tasks[task] = 0

    def _end_task(self, task, how):
        if self.tasks[task] < 1:
            self.wrong(f"{task} {how}, but was not under way")
        self.tasks[task] = max(0, self.tasks[task] - 1)
        self._leave(task)

    # What a task, or a task within it, still had open is withdrawn with it.
    def _leave(self, task):
        def within(other):
            return other == task or other.startswith(task + "/")
        for opened in (self.steps, self.timers):
            for other in [other for other in opened if within(other)]:
                del opened[other]
        self.dead = {other for other in self.dead if not within(other)}
        self.listeners = {other for other in self.listeners if not within(other)}
        for other in [other for other in self.children if within(other)]:
            del self.children[other]

    # -- steps

    def _on_step_enqueued(self, task, _entry):
        if task in self.steps:
            self.wrong(f"{task} has a second step beside its first")
        self.steps[task] = self.at_ms
        key = (task, self.at_ms)
        self.enqueued[key] = self.enqueued.get(key, 0) + 1

    def _on_step_completed(self, task, entry):
        if not task:
            return  # of a process that nobody waits for
        if task not in self.steps:
            self.wrong(f"a result of {task}, which has no step (any more)")
        self.steps.pop(task, None)
        self.dead.discard(task)
        self.results.append((self.transition, task, entry.get("data")))

    def _on_step_failed(self, task, _entry):
        if task and task not in self.steps:
            self.wrong(f"{task} failed, but has no step (any more)")

    def _on_step_dead(self, task, _entry):
        self.dead.add(task)

    def _on_step_redriven(self, task, _entry):
        if task not in self.dead:
            self.wrong(f"{task} is redriven, but was no dead letter")
        self.dead.discard(task)

    def _on_step_dropped(self, task, _entry):
        self.steps.pop(task, None)
        self.dead.discard(task)

    # -- timers

    def _on_timer_armed(self, task, entry):
        if task in self.timers:
            self.wrong(f"{task} arms a second timer beside its first")
        self.timers[task] = ms_of(entry["detail"])

    def _on_task_retried(self, task, entry):
        self._leave(task)
        words = entry["detail"].split()
        delay_ms = int(words[words.index("in") + 1])
        if delay_ms:
            self.timers[task] = self.at_ms + delay_ms

    def _on_timer_fired(self, task, entry):
        if "timeout" in (entry.get("detail") or ""):
            return  # those are armed without a word
        due_ms = self.timers.pop(task, None)
        if due_ms is None:
            self.wrong(f"the timer of {task} fired, but was not armed (any more)")
        elif self.at_ms < due_ms:
            self.wrong(f"the timer of {task} fired {due_ms - self.at_ms} ms early")

    # -- events and children

    def _on_listening(self, task, _entry):
        self.listeners.add(task)

    def _on_event_received(self, task, entry):
        # One that was kept is taken at once: such a task never says that it listens.
        if task not in self.listeners and not self.tasks[task]:
            self.wrong(f"{task} took an event and was not under way")
        event = entry.get("data")
        if not isinstance(event, dict) or "id" not in event:
            return
        identity = (event.get("source"), event["id"])
        before = self.events.setdefault(identity, self.transition)
        if before != self.transition:
            self.wrong(f"it took the event {event['id']} a second time, after transition {before}")

    def _on_child_started(self, task, _entry):
        self.children[task] += 1

    def _on_child_ended(self, task, _entry):
        if self.children[task] < 1:
            self.wrong(f"a child of {task} ended that was not under way (any more)")
        self.children[task] -= 1
