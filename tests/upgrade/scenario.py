"""A node at a moment in which something of everything is under way, and how each of it comes to its end."""

import time

NAMESPACE = "kept"

DEFINITIONS = (
    """
document: { dsl: '1.0.3', namespace: kept, name: listens, version: '1.0.0' }
do:
  - hear:
      listen: { to: { one: { with: { type: kept.heard } } }, read: envelope }
      metadata: { status: WAITING_FOR_REVIEW }
  - keep: { set: { heard: "${ .[0].id }" } }
""",
    """
document: { dsl: '1.0.3', namespace: kept, name: two-events, version: '1.0.0' }
do:
  - first: { listen: { to: { one: { with: { type: kept.first } } } } }
  - second: { listen: { to: { one: { with: { type: kept.second } } } } }
""",
    """
document: { dsl: '1.0.3', namespace: kept, name: naps, version: '1.0.0' }
do:
  - nap: { wait: PT5S }
""",
    """
document: { dsl: '1.0.3', namespace: kept, name: sleeps, version: '1.0.0' }
do:
  - sleep: { wait: P36500D }
""",
    """
document: { dsl: '1.0.3', namespace: kept, name: parent, version: '1.0.0' }
do:
  - child:
      run:
        workflow: { namespace: kept, name: listens, version: latest, input: {} }
  - said: { set: { child: "${ .heard }" } }
""",
    """
document: { dsl: '1.0.3', namespace: kept, name: fails, version: '1.0.0' }
do:
  - fail: { raise: { error: { type: 'https://errors.example/made-up', status: 500 } } }
""",
    """
document: { dsl: '1.0.3', namespace: kept, name: forks, version: '1.0.0' }
do:
  - both:
      fork:
        branches:
          - left: { listen: { to: { one: { with: { type: kept.left } } } } }
          - right:
              do:
                - loop:
                    for: { each: item, in: "[1, 2]" }
                    do:
                      - wait: { listen: { to: { one: { with: { type: kept.right } } } } }
""",
    """
document: { dsl: '1.0.3', namespace: kept, name: hourly, version: '1.0.0', metadata: { schedule: { missed: skip } } }
schedule: { every: { hours: 1 } }
do:
  - done: { set: { done: true } }
""",
    """
document: { dsl: '1.0.3', namespace: kept, name: on-told, version: '1.0.0' }
schedule: { on: { one: { with: { type: kept.told } } }, read: envelope }
do:
  - done: { set: { of: "${ $workflow.input[0].id }" } }
""",
)
EVENTS = tuple(f"event-{number}" for number in range(11))  # their ids
QUEUES = ("ready", "delayed", "dead", "held")


def one_step(queue):
    attempts = 1 if queue == "dead" else 2
    return f"""
document: {{ dsl: '1.0.3', namespace: kept, name: {queue}, version: '1.0.0' }}
do:
  - work:
      call: {queue}
      with: {{ of: "${{ .of }}" }}
      metadata: {{ maxAttempts: {attempts}, backoff: PT15S, maxBackoff: PT15S, lease: PT30S }}
"""


class Api:
    """Calls that must be answered as they are expected to be."""

    def __init__(self, api):
        self.api = api

    def expect(self, status, method, path, body=None):
        code, answer = self.api.call(method, path, body)
        allowed = status if isinstance(status, tuple) else (status,)
        assert code in allowed, (method, path, code, answer)
        return answer

    def shown(self, workflow):
        return self.expect(200, "GET", f"/v1/workflows/{NAMESPACE}/{workflow}")

    def start(self, definition, workflow, value=None):
        self.expect((201, 200), "POST", "/v1/workflows", {
            "namespace": NAMESPACE, "definition": definition, "id": workflow, "input": value or {}})

    def send(self, workflow, kind, event):
        self.expect(202, "POST", f"/v1/workflows/{NAMESPACE}/{workflow}/events",
                    {"type": kind, "id": event, "data": {}})

    def publish(self, kind, event):
        self.expect(202, "POST", "/v1/events", {"type": kind, "id": event, "data": {}})

    def verb(self, workflow, verb):
        self.expect(200, "POST", f"/v1/workflows/{NAMESPACE}/{workflow}/{verb}", {})

    def lease(self, queue):
        until = time.monotonic() + 60
        while time.monotonic() < until:
            steps = self.expect(200, "POST", f"/v1/queues/{queue}/lease",
                                {"worker": "w", "max": 1, "wait_ms": 1000})["steps"]
            if steps:
                return steps[0]
        raise AssertionError(f"no step on {queue}")

    def complete(self, token):
        self.expect(200, "POST", "/v1/steps/complete", {"token": token, "result": {"done": True}})

    def fail(self, step):
        self.expect(200, "POST", "/v1/steps/fail", {
            "token": step["token"], "error": {"title": "broken", "detail": "it broke"}})

    def until(self, workflow, phase):
        until = time.monotonic() + 60
        while (shown := self.shown(workflow))["phase"] != phase:
            assert time.monotonic() < until, (workflow, phase, shown)
            time.sleep(0.02)
        return shown


def begin(api):
    """Something of everything. The node must be killed soon after: a timer and a retry are under way. Returns the
    token of a step that a worker holds."""
    for text in (*DEFINITIONS, *map(one_step, QUEUES)):
        api.expect(201, "POST", "/v1/definitions", text.encode())
    api.start("listens", "completed")
    api.send("completed", "kept.heard", "event-0")
    api.until("completed", "completed")
    api.start("fails", "faulted")
    api.until("faulted", "faulted")
    api.start("sleeps", "cancelled")
    api.verb("cancelled", "cancel")
    api.start("sleeps", "paused")
    api.verb("paused", "pause")
    api.start("sleeps", "sleeping")
    api.start("listens", "listening")
    api.start("two-events", "early")
    api.send("early", "kept.second", "event-1")  # before its listener: it is kept in the mailbox
    api.start("forks", "forked")
    api.send("forked", "kept.right", "event-2")
    api.start("parent", "parent")
    api.publish("kept.nobody", "event-3")  # kept for listeners to come
    api.publish("kept.told", "event-4")  # starts a workflow
    for queue in QUEUES:
        api.start(queue, queue, {"of": queue})
    api.fail(api.lease("dead"))  # its only attempt
    api.until("dead", "suspended")
    held = api.lease("held")["token"]
    api.expect(200, "POST", "/v1/steps/heartbeat", {"tokens": [held]})
    api.start("naps", "napping")
    api.fail(api.lease("delayed"))
    until = time.monotonic() + 10
    while len(runs(api, "on-told-")) < 1:
        assert time.monotonic() < until
        time.sleep(0.02)
    return held


def end(api, held):
    """Each comes to its end, by what it waits for."""
    api.until("napping", "completed")  # its time has come
    api.send("listening", "kept.heard", "event-5")
    api.until("listening", "completed")
    api.send("early", "kept.first", "event-6")
    api.until("early", "completed")
    for kind, event in (("kept.left", "event-7"), ("kept.right", "event-8")):
        api.send("forked", kind, event)
    api.until("forked", "completed")
    child = api.shown("parent")["children"][0]["id"]
    api.send(child, "kept.heard", "event-9")
    assert api.until("parent", "completed")["output"] == {"child": "event-9"}
    api.complete(held)  # its worker comes back with what it had: nobody else has the step
    letters = api.expect(200, "GET", "/v1/dead?limit=10")["items"]
    assert len(letters) == 1, letters
    api.expect(200, "POST", f"/v1/dead/{letters[0]['step']}/redrive")
    for queue in ("ready", "delayed", "dead"):
        api.complete(api.lease(queue)["token"])
    for queue in QUEUES:
        api.until(queue, "completed")
    api.verb("paused", "resume")
    for workflow in ("paused", "sleeping"):
        assert api.shown(workflow)["phase"] == "waiting"
        api.verb(workflow, "terminate")
    api.publish("kept.told", "event-10")
    until = time.monotonic() + 60
    while len(runs(api, "on-told-")) < 2:
        assert time.monotonic() < until
        time.sleep(0.05)
    for name in ("hourly", "on-told"):
        api.expect(200, "POST", f"/v1/schedules/{NAMESPACE}/{name}/pause")


def runs(api, beginning):
    return [item["id"] for item in api.api.pages("/v1/workflows", namespace=NAMESPACE, limit=100)
            if item["id"].startswith(beginning)]
