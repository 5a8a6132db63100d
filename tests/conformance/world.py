"""What one scenario sees: a node, the services around it, its definitions and workflows.

Every call to the node is made again until it is answered, for in a durable run the node dies after each commit, before
any answer. How a call that changes something is made again stands with that call.
"""

import http.client
import itertools
import time

from node_process import Api
from steps import Expectation, expect
from values import read_yaml, short

PATIENCE_S = 60.0
PAUSE_S = 0.02
ENDED = ("completed", "faulted", "cancelled")


class Refused(Exception):
    """The node's answer to a definition that it does not take: its problem document."""

    def __init__(self, problem):
        super().__init__(problem.get("detail", short(problem)))
        self.problem = problem


class World:
    """`examples`: the folder of the specification's examples."""

    def __init__(self, keeper, services, folder, examples):
        self.keeper = keeper
        self.node = keeper.node
        self.services = services
        self.folder = folder
        self.examples = examples
        self.api = Api(keeper.node.http_port, timeout_s=75)
        self.sources = []  # texts, as they stand in the feature file
        self.definitions = []  # what the node answered to each
        self.refusal = None
        self.input = {}
        self.workflows = {}  # name in the scenario -> (namespace, id)
        self.published = {}  # type of events -> how many
        self.repeated = []  # calls that had no answer and were made again
        self.workers = {}
        self.steps_taken = {}  # queue -> steps
        self.may_repeat_calls = False  # deaths at random points: a call under way is made again
        self._event_numbers = itertools.count(1)

    # -- calls --------------------------------------------------------------------------------

    def ask(self, method, path, body=None, passing=(429, 503)):
        """The answer, however often the call must be made for it."""
        return self.ask_counting(method, path, body, passing)[:2]

    def ask_counting(self, method, path, body=None, passing=(429, 503), effect=None):
        """The answer, and whether the call had been made before without one.

        `effect()` looks whether a call without an answer took effect; where it did, what it gives stands for the
        answer. So a call that changes nothing the second time, but is committed all the same, comes to an end in a
        node that dies after each commit.
        """
        if not self.keeper.started:
            self.keeper.start()
        until, lost = time.monotonic() + PATIENCE_S, False
        while True:
            try:
                seen = effect() if lost and effect else None
                if seen is not None:
                    return 200, seen, lost
                status, answer = self.api.call(method, path, body)
                if status not in passing:
                    return status, answer, lost
            except (OSError, http.client.HTTPException) as error:
                status, answer = None, error
                if method != "GET" and not isinstance(error, ConnectionRefusedError):
                    lost = True
                    self.repeated.append(f"{method} {path}")
            self.keeper.check()
            expect(time.monotonic() < until, f"{method} {path} has no answer: {status} {answer}")
            time.sleep(PAUSE_S)

    def until(self, holds, what):
        """Waits until `holds()` gives something true, and gives that."""
        until = time.monotonic() + PATIENCE_S
        while True:
            value = holds()
            if value:
                return value
            self.keeper.check()
            if time.monotonic() > until:
                raise Expectation(what() if callable(what) else what)
            time.sleep(PAUSE_S)

    # -- definitions --------------------------------------------------------------------------

    def deploy(self):
        """Deploys what is not yet deployed. The same source again is no conflict."""
        for source in self.sources[len(self.definitions):]:
            status, answer, _ = self.ask_counting("POST", "/v1/definitions", source.encode("utf-8"),
                                                  effect=lambda text=source: self._deployed(text))
            if status not in (200, 201):
                self.refusal = answer
                raise Refused(answer)
            self.definitions.append(answer)

    def _deployed(self, source):
        """What stands under the names in a source that is deployed; only a valid one gets that far."""
        document = read_yaml(source)["document"]
        names = {key: document[key] for key in ("namespace", "name", "version")}
        status, stored = self.ask("GET", "/v1/definitions/{namespace}/{name}/{version}".format(**names))
        return names if status == 200 and stored.strip() == source.strip() else None

    def before_start(self):
        """The node, which must not run yet."""
        expect(not self.keeper.started, "this step must stand before those that use the node")
        return self.node

    def definition(self, name=None):
        expect(self.definitions, "the scenario has no definition")
        if name is None:
            return self.definitions[0]
        found = [each for each in self.definitions if each["name"] == name]
        expect(found, f"the scenario has no definition named {name}")
        return found[-1]

    # -- workflows ----------------------------------------------------------------------------

    def start(self, name=None, value=None):
        """Starts a workflow; its id makes a second call give the one that is there."""
        self.deploy()
        definition = self.definition(name)
        number = 1 + sum(each[1].startswith(definition["name"] + "-") for each in self.workflows.values())
        workflow = (definition["namespace"], f"{definition['name']}-{number}")
        status, answer, _ = self.ask_counting("POST", "/v1/workflows", {
            "namespace": workflow[0], "id": workflow[1], "definition": definition["name"],
            "version": definition["version"], "input": self.input if value is None else value,
            "on_conflict": "return_existing"}, effect=lambda: self._find(*workflow))
        expect(status in (200, 201), f"the start is refused: {status} {short(answer)}")
        self.workflows[name or definition["name"]] = workflow

    def _find(self, namespace, workflow):
        status, answer = self.ask("GET", f"/v1/workflows/{namespace}/{workflow}")
        return answer if status == 200 else None

    def settled(self, patience_s=10.0):
        """All workflows of the node, once they have ended; after a while those that have not, too."""
        until = time.monotonic() + patience_s
        while True:
            status, answer = self.ask("GET", "/v1/workflows?limit=1000")
            expect(status == 200, f"the list is refused: {status} {short(answer)}")
            if all(each["phase"] in ENDED for each in answer["items"]) or time.monotonic() > until:
                return answer["items"]
            time.sleep(PAUSE_S)

    def named(self, name=None):
        """(namespace, id) of a workflow, which may also be given as such."""
        if isinstance(name, tuple):
            return name
        expect(self.workflows, "no workflow was executed")
        if name is None:
            return next(iter(self.workflows.values()))
        expect(name in self.workflows, f"no workflow of {name} was executed")
        return self.workflows[name]

    def path(self, name=None, tail=""):
        namespace, workflow = self.named(name)
        return f"/v1/workflows/{namespace}/{workflow}{tail}"

    def show(self, name=None):
        status, answer = self.ask("GET", self.path(name))
        expect(status == 200, f"GET {self.path(name)}: {status} {short(answer)}")
        return answer

    def ended(self, name=None):
        """The workflow, once it has ended."""

        def look():
            status, answer = self.ask("GET", self.path(name, "/result?wait_ms=5000"))
            return answer if status == 200 and answer["phase"] in ENDED else None

        def what():
            shown = self.show(name)
            return (f"the workflow does not end: {shown['phase']} {shown.get('cause')}, "
                    f"it waits for {short(shown['waiting_for'])}")

        return self.until(look, what)

    def history(self, name=None):
        """The records of its transitions."""
        records, after = [], 0
        while True:
            status, answer = self.ask("GET", self.path(name, f"/history?after={after}&limit=1000"))
            expect(status == 200, f"the history is refused: {status} {short(answer)}")
            records += answer["items"]
            after = answer.get("next_after")
            if not after:
                return records

    def entries(self, name=None):
        return [entry for record in self.history(name) for entry in record["entries"]]

    def change(self, name, verb, done):
        """Cancel, pause, resume or terminate. Where a call had no answer, `done(phase)` tells whether it took
        effect."""
        path = self.path(name, "/" + verb)
        status, answer, lost = self.ask_counting("POST", path, {"reason": "the scenario says so"})
        if status != 200:
            expect(lost and done(self.show(name)["phase"]), f"{verb} is refused: {status} {short(answer)}")

    # -- events -------------------------------------------------------------------------------

    def send(self, event, name=None):
        """To one workflow. An event counts once by its source and id, so it may be sent again under the same."""
        event = self._identified(event)
        status, answer, lost = self.ask_counting(
            "POST", self.path(name, "/events"), event, effect=lambda: self._has_had(event, [name]))
        ended = status == 409 and lost and self.show(name)["phase"] in ENDED
        expect(status in (200, 202) or ended, f"the event is refused: {status} {short(answer)}")

    def publish(self, event):
        """To every listener, with the same promise. What the node has taken, it keeps for those that listen later."""
        event = self._identified(event)
        self.published[event["type"]] = self.published.get(event["type"], 0) + 1
        status, answer, _ = self.ask_counting("POST", "/v1/events", event, effect=lambda: self._keeps(event["type"]))
        expect(status in (200, 202), f"the event is refused: {status} {short(answer)}")

    def _keeps(self, kind):
        """Whether the node keeps as many events of the type as were published."""
        kept = [each["kept"] for each in self.ask("GET", "/v1/events")[1]["items"] if each["type"] == kind]
        return kept[0] if kept and kept[0] >= self.published[kind] else None

    def _has_had(self, event, names):
        """Whether the event stands in the history of any of the workflows: as one that was taken, or is kept."""
        kinds = ("event_received", "event_kept")
        return next((entry for name in names for entry in self.entries(name)
                     if entry["kind"] in kinds and (entry.get("data") or {}).get("id") == event["id"]), None)

    def _identified(self, event):
        return {"id": f"event-{next(self._event_numbers)}", "source": "https://scenario.example", **event}

    # -- the end ------------------------------------------------------------------------------

    def stop_workers(self):
        for worker in self.workers.values():
            worker.stop()
        for worker in self.workers.values():
            worker.join(10)
