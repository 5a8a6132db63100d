"""A mixed load on a node that may die and return at any moment, and a record of everything that the
node acknowledged: the starts, the events, the results of steps."""

import queue
import sys
import threading
import time
import uuid

import msgpack

import definitions as d
from node import Api, ROOT

sys.path.insert(0, str(ROOT / "clients" / "python"))
sys.path.insert(0, str(ROOT / "tests" / "trace"))

import endure  # noqa: E402
import endure.worker  # noqa: E402
from endure.session import Session  # noqa: E402
from facts import Log, read_logs  # noqa: E402

PAUSE_S = 0.05  # between two attempts to reach a node that is down
PAUSED = d.SCHEDULES[:2]  # in the end of a load: those by time


class Record:
    """What was sent, and what of it the node acknowledged. Safe for all threads. Where it has a log,
    each of it is also written there (tests/trace)."""

    def __init__(self, log=None):
        self._lock = threading.Lock()
        self._log = log
        self.started = set()  # ids of workflows
        self.events_sent = {}  # workflow -> ids of events, in the order in which they were sent
        self.events_acked = set()
        self.executed = {}  # nonce -> (workflow, task)
        self.keys = {}  # idempotency key -> (workflow, task)
        self.results_acked = set()  # nonces
        self.problems = []
        self.noted = 0  # facts so far

    def note(self, what, namespace=d.NAMESPACE, **facts):
        self.noted += 1
        if self._log is not None:
            self._log.write(what, namespace=namespace, **facts)

    def absorb(self, facts):
        """What other processes did and were told: workers that may have been killed."""
        for fact in facts:
            if fact["what"] == "result_sent":
                self.executed[fact["nonce"]] = (fact["workflow"], fact["task"])
            elif fact["what"] == "result_acked":
                self.results_acked.add(fact["nonce"])

    # `broadcast`: to every listener, of which this workflow is to be the only one.
    def sending(self, workflow, event, broadcast=False):
        self.note("event_sent", workflow=None if broadcast else workflow, event=event)
        with self._lock:
            self.events_sent.setdefault(workflow, []).append(event)

    def has_sent(self, workflow, event, broadcast=False):
        self.note("event_acked", workflow=None if broadcast else workflow, event=event)
        self.events_acked.add(event)

    def takes(self, step, worker, asked=None):
        """A worker got a step, with the call that was made at `asked`."""
        self.note("step_taken", step["namespace"], workflow=step["workflow"], task=step["task"],
                  attempt=step["attempt"], key=step["key"], token=step["token"], worker=worker,
                  asked=asked)

    def executes(self, workflow, task, key):
        """A worker is about to do a step; the result that it will give."""
        nonce = uuid.uuid4().hex
        self.note("result_sent", ns_of(key), workflow=workflow, task=task, key=key, nonce=nonce)
        with self._lock:
            self.executed[nonce] = (workflow, task)
            if self.keys.setdefault(key, (workflow, task)) != (workflow, task):
                self.problems.append(f"the idempotency key {key} names two steps")
        return {"nonce": nonce}

    def has_result(self, workflow, task, key, nonce):
        self.note("result_acked", ns_of(key), workflow=workflow, task=task, key=key, nonce=nonce)
        self.results_acked.add(nonce)


def ns_of(key):
    """An idempotency key names its workflow."""
    return key.split("/", 1)[0]


class RecordingSession(Session):
    """The Python client's session, which also writes down which steps it got and which results were
    acknowledged."""

    record = None

    def _take_steps(self, items):
        for item in items:
            self.record.takes({"token": item[0], "namespace": item[1], "workflow": item[2],
                               "task": item[4], "attempt": item[5], "key": item[7]}, self.name)
        super()._take_steps(items)

    def _take_answers(self, items):
        for token, code in (item[:2] for item in items):
            held = self.held.get(token)
            if held is not None and held.outcome is not None:
                self._take_answer(held.step, *held.outcome, code)
        super()._take_answers(items)

    def _take_answer(self, step, kind, data, code):
        if code == "invalid":
            self.record.problems.append(f"{step}: the node calls the answer invalid")
        elif code == "ok" and kind == "result":
            self.record.has_result(step.workflow, step.task, step.idempotency_key,
                                   msgpack.unpackb(data)["nonce"])
        elif code == "ok" and kind == "error":
            self.record.note("error_acked", step.namespace, workflow=step.workflow, task=step.task,
                             key=step.idempotency_key, attempt=step.attempt, worker=self.name)


def make_worker(address, record, name):
    """A ZeroMQ worker for two queues; steps of `flaky` fail at their first attempt."""
    RecordingSession.record = record
    endure.worker.Session = RecordingSession
    worker = endure.Worker(address, capacity=4, name=name, stop_timeout=5)

    @worker.step("enrich")
    def enrich(arguments, step):
        return record.executes(step.workflow, step.task, step.idempotency_key)

    @worker.step("flaky")
    def flaky(arguments, step):
        result = record.executes(step.workflow, step.task, step.idempotency_key)
        if step.attempt == 1:
            raise endure.Retry("every first attempt fails")
        return result

    return worker


class Before:
    """What a node went through before a load begins on it: the loads before that one."""

    def __init__(self):
        self.loads = 0
        self.judged = set()  # names of workflows
        self.runs = {}  # of each schedule

    @property
    def workflows(self):
        """Numbers of workflows up to this one have been used."""
        return self.loads * 1_000_000

    def add(self, api):
        """What is there now was judged. What is not there any more need not be remembered."""
        self.loads += 1
        self.judged = {(item["namespace"], item["id"])
                       for item in api.pages("/v1/workflows", limit=200)}
        for name in d.SCHEDULES:
            self.runs[name] = api.call("GET", f"/v1/schedules/{d.SCHEDULED}/{name}")[1]["started"]


class Load:
    """Threads that start orders and see each of them through, and the workers of all steps.

    They stand every death of the node: a call without an answer is made again until there is one.
    `finish()` lets what was begun come to its end and begins nothing more. `pause_s`: of each driver, between
    two orders."""

    def __init__(self, node, drivers=8, workers=2, before=None, pause_s=0.0):
        self.node = node
        self.before = before or Before()
        self.logs = node.folder / (f"logs-{self.before.loads}" if self.before.loads else "logs")
        self.logs.mkdir(exist_ok=True)
        self.record = Record(Log(self.logs / "clients.jsonl"))
        self.api = Api(node.http_port, timeout_s=20)
        self._pause_s = pause_s
        self._numbers = iter(range(self.before.workflows, self.before.workflows + 1_000_000))
        self._numbers_lock = threading.Lock()
        self._deploying = threading.Lock()
        self.to_deploy = [d.ORDER, d.AUDITOR, d.LEAF, d.TICK, d.CHAIN, d.HEARD]
        self.orders = []
        self.ended = []  # of those, as the node said
        self._finishing = threading.Event()
        self._stopping = threading.Event()
        self._errors = queue.Queue()
        self._workers = [make_worker(node.worker_address, self.record, f"zmq-{i}")
                         for i in range(workers)]
        self._drivers = [threading.Thread(target=self._guarded, args=(self._drive,), daemon=True)
                         for _ in range(drivers)]
        self._http_worker = threading.Thread(target=self._guarded, args=(self._lease_by_http,),
                                             daemon=True)

    def start(self):
        for worker in self._workers:
            worker.start()
        for thread in [*self._drivers, self._http_worker]:
            thread.start()

    def finish(self, timeout_s=90.0):
        """Waits until every order has ended, and stops the workers. Returns what went wrong."""
        self._finishing.set()
        until = time.monotonic() + timeout_s
        for thread in self._drivers:
            while thread.is_alive() and time.monotonic() < until and self._errors.empty():
                thread.join(0.1)
        if any(thread.is_alive() for thread in self._drivers):
            self._errors.put(f"the load has not come to its end within {timeout_s} s")
        elif not self._schedules_rest(until):
            self._errors.put(f"the schedules have not come to rest within {timeout_s} s")
        return self.stop()

    # Those by time start nothing more, and every run that was begun, and every event, has its end. A schedule
    # whose start was cut short does not know what became of it until it tries again, a second later.
    def _schedules_rest(self, until):
        for name in PAUSED:
            self._expect((200,), "POST", f"/v1/schedules/{d.SCHEDULED}/{name}/pause")
        while time.monotonic() < until:
            _, stats = self.ask("GET", "/v1/stats")
            live = [phase for phase in ("pending", "running", "waiting") if self.ask(
                "GET", f"/v1/workflows?namespace={d.SCHEDULED}&phase={phase}&limit=1")[1]["items"]]
            unsure = [name for name in d.SCHEDULES if self.ask(
                "GET", f"/v1/schedules/{d.SCHEDULED}/{name}")[1].get("waiting_events")]
            if not live and not unsure and (
                    stats["store"]["outbox"] == stats["store"]["waiting_events"] == 0):
                return True
            time.sleep(PAUSE_S)
        return False

    def stop(self):
        self._finishing.set()
        self._stopping.set()
        for worker in self._workers:
            worker.stop()
        for worker in self._workers:
            if not worker.join(15):
                self._errors.put("a worker does not stop")
        for thread in [*self._drivers, self._http_worker]:
            thread.join(30)
        self.record.absorb(read_logs(self.logs))
        return self.problems() + self.record.problems

    def problems(self):
        found = []
        while not self._errors.empty():
            found.append(self._errors.get())
        return found

    # -- threads ------------------------------------------------------------------------------

    def _guarded(self, work):
        try:
            work()
        except Exception as error:  # a thread's end must be seen by the test
            self._errors.put(f"{work.__name__}: {type(error).__name__}: {error}")

    def ask(self, method, path, body=None):
        """The node's answer, however often the call must be made for it. (None, None): stopped."""
        while not self._stopping.is_set():
            answer = self.try_once(method, path, body)
            if answer is not None:
                return answer
        return None, None

    def try_once(self, method, path, body=None):
        """The node's answer; None where it gave none, so that nobody knows what became of it."""
        try:
            status, answer = self.api.call(method, path, body)
        except OSError:
            time.sleep(PAUSE_S)
            return None
        # Of a node whose disk fails nobody knows either what became of the call.
        if status in (429, 503) or (status == 500 and answer.get("code") == "io"):
            time.sleep(PAUSE_S)
            return None
        return status, answer

    def _drive(self):
        with self._deploying:
            while self.to_deploy:
                self._expect((200, 201), "POST", "/v1/definitions", self.to_deploy[-1].encode())
                self.to_deploy.pop()
            for name in PAUSED if self.before.loads else ():
                self._expect((200,), "POST", f"/v1/schedules/{d.SCHEDULED}/{name}/resume")
        while not self._finishing.is_set():
            with self._numbers_lock:
                n = next(self._numbers)
                self.orders.append(n)
            if d.has_auditor(n):
                self._start("auditor", d.auditor_id(n), {"about": d.order_id(n)})
            self._start("order", d.order_id(n), {"n": n})
            if n % 6 == 0:
                self._decide_again_and_again(d.order_id(n))
            elif n % 6 == 3:
                self._decide(d.order_id(n))
            elif n % 6 == 4:
                self._close_early(d.order_id(n))
            elif n % 3 == 1:
                self._close(d.order_id(n))
            self._await(d.order_id(n))
            if d.has_auditor(n):
                self._await(d.auditor_id(n))
            self.ended.append(n)
            self._stopping.wait(self._pause_s)

    def _expect(self, allowed, method, path, body=None):
        status, answer = self.ask(method, path, body)
        if status is not None and status not in allowed:
            raise AssertionError(f"{method} {path}: {status} {answer}")
        return status, answer

    def _start(self, definition, workflow, value, namespace=d.NAMESPACE):
        self.record.note("start_sent", namespace, workflow=workflow)
        status, _ = self._expect((200, 201), "POST", "/v1/workflows", {
            "namespace": namespace, "id": workflow, "definition": definition, "input": value,
            "on_conflict": "return_existing"})
        if status is None:
            return
        self.record.note("start_acked", namespace, workflow=workflow)
        if namespace == d.NAMESPACE:
            self.record.started.add(workflow)

    # Sends events to the order itself until enough of them are acknowledged. One whose fate is
    # unknown is never sent again: another one is, with an id of its own.
    def _decide(self, workflow):
        acked = 0
        while acked < d.DECISIONS and not self._stopping.is_set():
            event = f"decision-{workflow}-{uuid.uuid4().hex[:8]}"
            self.record.sending(workflow, event)
            answer = self.try_once("POST", f"/v1/workflows/{d.NAMESPACE}/{workflow}/events",
                                   {"type": "crash.decision", "id": event, "data": {}})
            if answer is None:
                continue
            if answer[0] == 409 and self._ended(workflow):
                return  # events whose fate was unknown had arrived
            if answer[0] != 202:
                raise AssertionError(f"event to {workflow}: {answer}")
            self.record.has_sent(workflow, event)
            acked += 1

    # The same, but what is not answered is sent again as it is, and what was answered once more: it must
    # count once.
    def _decide_again_and_again(self, workflow):
        path = f"/v1/workflows/{d.NAMESPACE}/{workflow}/events"
        for _ in range(d.DECISIONS):
            event = f"decision-{workflow}-{uuid.uuid4().hex[:8]}"
            body = {"type": "crash.decision", "id": event, "data": {}}
            self.record.sending(workflow, event)
            status, _ = self._expect((202,), "POST", path, body)
            if status is not None:
                self.record.has_sent(workflow, event)
                self._expect((202,), "POST", path, body)

    # Sends an event to every listener long before this order is one of them: it must be kept.
    def _close_early(self, workflow):
        event = f"closed-{workflow}-{uuid.uuid4().hex[:8]}"
        self.record.sending(workflow, event, broadcast=True)
        status, _ = self._expect((202,), "POST", "/v1/events", {
            "type": "crash.closed", "id": event, "subject": workflow, "data": {}})
        if status is not None:
            self.record.has_sent(workflow, event, broadcast=True)

    # Sends an event to every listener, once this order is known to be one of them.
    def _close(self, workflow):
        while not self._stopping.is_set():
            _, shown = self._expect((200,), "GET", f"/v1/workflows/{d.NAMESPACE}/{workflow}")
            if shown is None or shown["phase"] == "completed":
                return
            if not any(wait.get("type") == "crash.closed" for wait in shown["waiting_for"]):
                if shown["status"] == "WAITING_FOR_CLOSE":
                    return  # an event whose fate was unknown had arrived
                time.sleep(PAUSE_S)
                continue
            event = f"closed-{workflow}-{uuid.uuid4().hex[:8]}"
            self.record.sending(workflow, event, broadcast=True)
            answer = self.try_once("POST", "/v1/events", {
                "type": "crash.closed", "id": event, "subject": workflow, "data": {}})
            if answer is None:
                continue
            if answer[0] != 202:
                raise AssertionError(f"event to all: {answer}")
            self.record.has_sent(workflow, event, broadcast=True)
            return

    def _ended(self, workflow):
        _, shown = self.ask("GET", f"/v1/workflows/{d.NAMESPACE}/{workflow}")
        return shown is None or shown["phase"] == "completed"

    def _await(self, workflow, namespace=d.NAMESPACE):
        path = f"/v1/workflows/{namespace}/{workflow}/result?wait_ms=3000"
        while not self._stopping.is_set():
            status, answer = self.ask("GET", path)
            if status == 200:
                self.record.note("end_seen", namespace, workflow=workflow)
                return
            if status not in (504, None):
                raise AssertionError(f"{path}: {status} {answer}")

    # Steps of the queue `notify` go to a worker that speaks HTTP.
    def _lease_by_http(self):
        while not self._stopping.is_set():
            self._lease_once("notify", "http-0", 500)

    def _lease_once(self, queue_name, worker, wait_ms):
        asked = time.monotonic_ns()
        answer = self.try_once("POST", f"/v1/queues/{queue_name}/lease",
                               {"worker": worker, "max": 4, "wait_ms": wait_ms})
        if answer is None:
            return
        if answer[0] != 200:
            raise AssertionError(f"lease: {answer}")
        for step in answer[1]["steps"]:
            self.record.takes({**step, "key": step["idempotency_key"]}, worker, asked)
            self._complete_by_http(step)

    def _complete_by_http(self, step):
        result = self.record.executes(step["workflow"], step["task"], step["idempotency_key"])
        status, answer = self._expect((200, 409), "POST", "/v1/steps/complete",
                                      {"token": step["token"], "result": result})
        if status == 200:
            self.record.has_result(step["workflow"], step["task"], step["idempotency_key"],
                                   result["nonce"])
