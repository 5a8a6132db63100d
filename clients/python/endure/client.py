"""A client of a node's HTTP API (docs/http-api.md of the Endure repository)."""

from __future__ import annotations

import http.client
import json
import pathlib
import select
import socket
import threading
import time
from datetime import datetime
from typing import Any, Iterable, Iterator, List, Mapping, Optional, Union
from urllib.parse import quote, urlencode, urlsplit

from .errors import ApiError, RetryLater, Unreachable, api_error
from .models import (
    DeadLetter,
    Definition,
    HistoryRecord,
    Queue,
    Started,
    Wait,
    Workflow,
    WorkflowDetails,
    build,
)

LONGEST_WAIT_MS = 30_000
MOST_STARTS = 500  # in one call, and of so many bytes; the node takes twice that
MOST_START_BYTES = 500_000


class Client:
    """Calls one node. Each thread that uses it has its own connection, kept alive between calls.

    ``token``: the bearer token, where the node asks for one. ``timeout``: seconds for one call.
    Every call raises an ApiError (NotFound, Conflict, Invalid, RetryLater ...) where the node
    refuses, and Unreachable where none answers.
    """

    def __init__(
        self,
        url: str = "http://127.0.0.1:7450",
        token: Optional[str] = None,
        *,
        timeout: float = 60.0,
    ) -> None:
        parts = urlsplit(url if "//" in url else "http://" + url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("the url must look like http://127.0.0.1:7450, not %r" % url)
        self.url = url
        self._secure = parts.scheme == "https"
        self._host = parts.hostname
        self._port = parts.port or (443 if self._secure else 80)
        self._prefix = parts.path.rstrip("/")
        self._token = token
        self._timeout = timeout
        self._local = threading.local()

    # -- definitions ----------------------------------------------------------------------------

    def deploy(self, source: Union[str, bytes, pathlib.Path, Mapping[str, Any]]) -> Definition:
        """Deploys a definition: its text (YAML or JSON), a path to it, or a dict."""
        status, answer = self._call("POST", "/v1/definitions", body=_source(source))
        return build(Definition, answer, created=status == 201)

    def validate(
        self, source: Union[str, bytes, pathlib.Path, Mapping[str, Any]]
    ) -> List[dict[str, Any]]:
        """The errors of a definition, none if it is valid; nothing is changed."""
        answer = self._call("POST", "/v1/definitions/validate", body=_source(source))[1]
        return list(answer.get("errors") or [])

    def definitions(self) -> List[Definition]:
        items = self._call("GET", "/v1/definitions")[1]["items"]
        return [build(Definition, item) for item in items]

    # -- workflows ------------------------------------------------------------------------------

    def start(
        self,
        definition: str,
        input: Any = None,
        *,
        id: Optional[str] = None,
        namespace: str = "default",
        version: Optional[str] = None,
        on_conflict: str = "reject",
    ) -> Started:
        """Starts a workflow. The id is the idempotency key: with
        ``on_conflict="return_existing"`` the same call can be made any number of times."""
        request = _start(
            definition,
            input,
            id=id,
            namespace=namespace,
            version=version,
            on_conflict=on_conflict,
        )
        return build(Started, self._call("POST", "/v1/workflows", json_body=request)[1])

    def start_many(self, starts: Iterable[Mapping[str, Any]]) -> List[Union[Started, ApiError]]:
        """Starts many workflows by few calls. Each start is a mapping of what ``start`` takes:
        ``{"definition": "social-post", "id": "post-7", "input": {...}}``. The outcomes come in the
        same order; where a start was refused, its outcome is the error that ``start`` would raise.
        """
        outcomes: List[Union[Started, ApiError]] = []
        lot: List[str] = []
        size = 0
        for start in starts:
            text = json.dumps(_start(**start))
            if lot and (len(lot) == MOST_STARTS or size + len(text) > MOST_START_BYTES):
                outcomes += self._start_lot(lot)
                lot, size = [], 0
            lot.append(text)
            size += len(text)
        return outcomes + (self._start_lot(lot) if lot else [])

    def _start_lot(self, lot: List[str]) -> List[Union[Started, ApiError]]:
        body = ('{"items": [' + ", ".join(lot) + "]}").encode()
        try:
            answer = self._call("POST", "/v1/workflows/batch", body=body)[1]
        except RetryLater as error:  # of all of them; those of other calls have their own outcomes
            return [error] * len(lot)
        return [_outcome(item) for item in answer["items"]]

    def run(
        self,
        definition: str,
        input: Any = None,
        *,
        id: Optional[str] = None,
        namespace: str = "default",
        version: Optional[str] = None,
        on_conflict: str = "reject",
        timeout: Optional[float] = None,
    ) -> WorkflowDetails:
        """Starts a workflow and waits for its end. RetryLater after ``timeout`` seconds."""
        started = self.start(
            definition,
            input,
            id=id,
            namespace=namespace,
            version=version,
            on_conflict=on_conflict,
        )
        return self.wait(started.id, namespace=started.namespace, timeout=timeout)

    def wait(
        self, id: str, *, namespace: str = "default", timeout: Optional[float] = None
    ) -> WorkflowDetails:
        """The workflow, when it has ended. RetryLater after ``timeout`` seconds."""
        until = None if timeout is None else time.monotonic() + timeout
        longest = min(LONGEST_WAIT_MS, int(self._timeout * 500))
        while True:
            left = longest if until is None else int((until - time.monotonic()) * 1000)
            wait_ms = max(0, min(longest, left))
            try:
                path = _workflow(namespace, id) + "/result"
                return _details(self._call("GET", path, {"wait_ms": wait_ms})[1])
            except RetryLater as error:
                if until is not None and time.monotonic() >= until:
                    raise
                if error.status != 504:
                    time.sleep(min(error.retry_after or 1.0, 5.0))

    def show(self, id: str, *, namespace: str = "default") -> WorkflowDetails:
        return _details(self._call("GET", _workflow(namespace, id))[1])

    def list(
        self,
        *,
        namespace: Optional[str] = None,
        phase: Optional[str] = None,
        status: Optional[str] = None,
        definition: Optional[str] = None,
        version: Optional[str] = None,
        created_after: Union[datetime, str, None] = None,
        created_before: Union[datetime, str, None] = None,
        older_than_ms: Optional[int] = None,
        page: int = 100,
    ) -> Iterator[Workflow]:
        """All workflows that fit, newest first; ``page`` of them are fetched at a time."""
        query = {
            "namespace": namespace,
            "phase": phase,
            "status": status,
            "definition": definition,
            "version": version,
            "created_after": _time_text(created_after),
            "created_before": _time_text(created_before),
            "older_than_ms": older_than_ms,
        }
        return (build(Workflow, item) for item in self._pages("/v1/workflows", query, page))

    def history(
        self, id: str, *, namespace: str = "default", after: int = 0, page: int = 100
    ) -> Iterator[HistoryRecord]:
        """The transitions of a workflow, in order, from the one after ``after``."""
        path = _workflow(namespace, id) + "/history"
        while True:
            answer = self._call("GET", path, {"after": after, "limit": page})[1]
            for item in answer["items"]:
                yield build(HistoryRecord, item)
            if answer.get("next_after") is None:
                return
            after = answer["next_after"]

    def send(
        self,
        id: str,
        type: str,
        data: Any = None,
        *,
        namespace: str = "default",
        event_id: Optional[str] = None,
        **attributes: Any,
    ) -> Workflow:
        """Sends an event to one workflow, which keeps it until a listener takes it. ``event_id`` is
        the CloudEvent's id (else a fresh one), ``attributes`` are further ones (``source``,
        ``subject`` ...)."""
        path = _workflow(namespace, id) + "/events"
        event = {"type": type, "data": data, **attributes}
        if event_id is not None:
            event["id"] = event_id
        return build(Workflow, self._call("POST", path, json_body=event)[1])

    def publish(self, type: str, data: Any = None, **attributes: Any) -> int:
        """Sends an event to every listener; its sequence number."""
        event = {"type": type, "data": data, **attributes}
        return int(self._call("POST", "/v1/events", json_body=event)[1]["sequence"])

    def cancel(self, id: str, reason: str = "", *, namespace: str = "default") -> Workflow:
        return self._control(namespace, id, "cancel", reason)

    def terminate(self, id: str, reason: str = "", *, namespace: str = "default") -> Workflow:
        return self._control(namespace, id, "terminate", reason)

    def pause(self, id: str, reason: str = "", *, namespace: str = "default") -> Workflow:
        return self._control(namespace, id, "pause", reason)

    def resume(self, id: str, reason: str = "", *, namespace: str = "default") -> Workflow:
        return self._control(namespace, id, "resume", reason)

    # -- queues ---------------------------------------------------------------------------------

    def queues(self) -> List[Queue]:
        answer = self._call("GET", "/v1/queues")[1]
        items = answer["items"] if isinstance(answer, dict) else answer
        return [build(Queue, item) for item in items]

    def queue(self, queue: str) -> Queue:
        return build(Queue, self._call("GET", _queue(queue))[1])

    def pause_queue(self, queue: str) -> Queue:
        return build(Queue, self._call("POST", _queue(queue) + "/pause", json_body={})[1])

    def resume_queue(self, queue: str) -> Queue:
        return build(Queue, self._call("POST", _queue(queue) + "/resume", json_body={})[1])

    def dead_letters(self, queue: Optional[str] = None, *, page: int = 100) -> Iterator[DeadLetter]:
        """The dead letters of one queue, or of all."""
        path = "/v1/dead" if queue is None else _queue(queue) + "/dead"
        return (build(DeadLetter, item) for item in self._pages(path, {}, page))

    def redrive(self, step: str) -> None:
        """Puts a dead letter back on its queue, its attempts counted anew."""
        self._call("POST", "/v1/dead/%s/redrive" % quote(step, safe=""), json_body={})

    def redrive_queue(self, queue: str) -> int:
        """Puts all dead letters of a queue back; how many these were."""
        answer = self._call("POST", _queue(queue) + "/dead/redrive", json_body={})[1]
        return int(answer["redriven"])

    def drop(self, step: str, reason: str = "") -> None:
        """Gives a dead letter up: its task raises the error."""
        path = "/v1/dead/%s/drop" % quote(step, safe="")
        self._call("POST", path, json_body={"reason": reason})

    # -- the node -------------------------------------------------------------------------------

    def version(self) -> dict[str, Any]:
        return dict(self._call("GET", "/v1/version")[1])

    def stats(self) -> dict[str, Any]:
        return dict(self._call("GET", "/v1/stats")[1])

    def ready(self) -> bool:
        """True when the node takes work."""
        try:
            self._call("GET", "/readyz")
            return True
        except (RetryLater, Unreachable):
            return False

    def close(self) -> None:
        """Closes this thread's connection."""
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *error: Any) -> None:
        self.close()

    # -- HTTP -----------------------------------------------------------------------------------

    def _control(self, namespace: str, id: str, verb: str, reason: str) -> Workflow:
        path = "%s/%s" % (_workflow(namespace, id), verb)
        return build(Workflow, self._call("POST", path, json_body={"reason": reason})[1])

    def _pages(self, path: str, query: Mapping[str, Any], page: int) -> Iterator[dict[str, Any]]:
        cursor = None
        while True:
            answer = self._call("GET", path, {**query, "limit": page, "cursor": cursor})[1]
            yield from answer["items"]
            cursor = answer.get("next_cursor")
            if not cursor:
                return

    def _call(
        self,
        method: str,
        path: str,
        query: Optional[Mapping[str, Any]] = None,
        *,
        json_body: Any = None,
        body: Optional[bytes] = None,
    ) -> tuple[int, Any]:
        headers = {"Accept": "application/json"}
        if json_body is not None:
            body = json.dumps(json_body).encode()
            headers["Content-Type"] = "application/json"
        elif body is not None:
            headers["Content-Type"] = "application/yaml"
        if self._token:
            headers["Authorization"] = "Bearer " + self._token
        given = {k: v for k, v in (query or {}).items() if v is not None}
        target = self._prefix + path + ("?" + urlencode(given) if given else "")
        connection = self._connection()
        try:
            connection.request(method, target, body, headers)
            response = connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise Unreachable("no node answers at %s: %s" % (self.url, error)) from error
        if response.will_close:
            self.close()
        return response.status, _answer(response, content)

    def _connection(self) -> http.client.HTTPConnection:
        """This thread's connection; a new one where the node has closed it meanwhile, so that no
        call has to be sent twice without knowing whether the first one arrived."""
        connection: Optional[http.client.HTTPConnection]
        connection = getattr(self._local, "connection", None)
        if connection is not None and connection.sock is not None:
            if not select.select([connection.sock], [], [], 0)[0]:
                return connection
            connection.close()
        kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        connection = kind(self._host, self._port, timeout=self._timeout)
        try:
            connection.connect()
        except OSError as error:
            raise Unreachable("no node answers at %s: %s" % (self.url, error)) from error
        # Headers and body leave in two writes, which must not wait for one another.
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._local.connection = connection
        return connection


def _answer(response: http.client.HTTPResponse, content: bytes) -> Any:
    is_json = "json" in (response.getheader("Content-Type") or "")
    try:
        answer = json.loads(content) if is_json and content else content.decode("utf-8", "replace")
    except ValueError:
        answer = content.decode("utf-8", "replace")
    if response.status < 400:
        return answer
    problem = answer if isinstance(answer, dict) else {"detail": str(answer).strip()}
    raise api_error(response.status, problem, response.getheader("Retry-After"))


def _start(
    definition: str,
    input: Any = None,
    *,
    id: Optional[str] = None,
    namespace: str = "default",
    version: Optional[str] = None,
    on_conflict: str = "reject",
) -> dict[str, Any]:
    request: dict[str, Any] = {
        "namespace": namespace,
        "definition": definition,
        "input": {} if input is None else input,
        "on_conflict": on_conflict,
    }
    if id is not None:
        request["id"] = id
    if version is not None:
        request["version"] = version
    return request


def _outcome(item: dict[str, Any]) -> Union[Started, ApiError]:
    problem = item.get("error")
    if problem is None:
        return build(Started, item["workflow"])
    return api_error(int(problem.get("status") or 0), problem, None)


def _workflow(namespace: str, id: str) -> str:
    return "/v1/workflows/%s/%s" % (quote(namespace, safe=""), quote(id, safe=""))


def _queue(queue: str) -> str:
    return "/v1/queues/" + quote(queue, safe="")


def _source(source: Union[str, bytes, pathlib.Path, Mapping[str, Any]]) -> bytes:
    if isinstance(source, bytes):
        return source
    if isinstance(source, pathlib.Path):
        return source.read_bytes()
    if isinstance(source, Mapping):
        return json.dumps(source).encode()
    return source.encode()


def _time_text(time: Union[datetime, str, None]) -> Optional[str]:
    return time.isoformat() if isinstance(time, datetime) else time


def _details(answer: dict[str, Any]) -> WorkflowDetails:
    waits = [build(Wait, wait) for wait in answer.get("waiting_for") or []]
    return build(WorkflowDetails, answer, waiting_for=waits)
