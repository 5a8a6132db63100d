"""The HTTP client against a server in this process that answers what the test tells it to."""

import http.server
import json
import pathlib
import threading
from datetime import datetime, timezone

import endure
import pytest

SUMMARY = {
    "namespace": "agents",
    "id": "post-7",
    "number": 12,
    "definition": {"namespace": "agents", "name": "social-post", "version": "1.0.0"},
    "phase": "waiting",
    "status": "WAITING_FOR_REVIEW",
    "cause": "",
    "transition": 5,
    "created": "2026-01-31T12:00:00.000Z",
    "updated": "2026-01-31T12:00:01.500Z",
    "a_field_of_a_newer_node": 1,
}


class Server:
    """Answers each request by the next of `answers`: (status, body, headers)."""

    def __init__(self):
        self.requests = []
        self.answers = []
        self.connections = 0
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                server.connections += 1
                super().setup()

            def respond(self):
                size = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(size)
                server.requests.append((self.command, self.path, body, self.headers))
                status, answer, headers = server.answers.pop(0)
                content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(status)
                kind = "application/problem+json" if status >= 400 else "application/json"
                headers = {"Content-Type": kind, **headers}
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = respond

            def log_message(self, *args):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = "http://127.0.0.1:%d" % self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def answer(self, body, status=200, **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers.append((status, body, named))

    def close(self):
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def server():
    server = Server()
    yield server
    server.close()


@pytest.fixture
def client(server):
    with endure.Client(server.url, token="secret", timeout=5) as client:
        yield client


def body(server, index=-1):
    return json.loads(server.requests[index][2])


def path(server, index=-1):
    return server.requests[index][:2]


def test_a_workflow_is_started_with_all_that_is_given(server, client):
    server.answer(SUMMARY, 201)
    started = client.start(
        "social-post",
        {"post": 7},
        id="post-7",
        namespace="agents",
        version="1.0.0",
        on_conflict="return_existing",
    )
    assert path(server) == ("POST", "/v1/workflows")
    assert body(server) == {
        "namespace": "agents",
        "id": "post-7",
        "definition": "social-post",
        "version": "1.0.0",
        "input": {"post": 7},
        "on_conflict": "return_existing",
    }
    assert server.requests[0][3]["Authorization"] == "Bearer secret"
    assert isinstance(started, endure.Started)
    assert (started.id, started.existed, started.ended) == ("post-7", False, False)
    assert started.updated == datetime(2026, 1, 31, 12, 0, 1, 500_000, timezone.utc)


def started(id, **more):
    return {"workflow": {**SUMMARY, "id": id, "existed": False, **more}}


def test_many_workflows_are_started_by_one_call(server, client):
    problem = {"code": "conflict", "status": 409, "title": "Conflict", "detail": "it exists"}
    server.answer({"items": [started("a"), {"error": problem}, started("c")], "refused": 1})
    outcomes = client.start_many(
        [
            {"definition": "social-post", "id": "a", "namespace": "agents"},
            {"definition": "social-post", "id": "b", "input": {"post": 7}},
            {"definition": "social-post", "id": "c", "on_conflict": "return_existing"},
        ]
    )
    assert path(server) == ("POST", "/v1/workflows/batch")
    items = body(server)["items"]
    assert [item["id"] for item in items] == ["a", "b", "c"]
    assert items[0] == {
        "namespace": "agents",
        "definition": "social-post",
        "input": {},
        "on_conflict": "reject",
        "id": "a",
    }
    assert items[1]["input"] == {"post": 7}
    assert isinstance(outcomes[0], endure.Started) and outcomes[0].id == "a"
    assert isinstance(outcomes[1], endure.Conflict) and outcomes[1].detail == "it exists"
    assert outcomes[2].id == "c"


def test_more_starts_than_one_call_takes_are_spread_over_several(server, client):
    server.answer({"items": [started(str(n)) for n in range(500)], "refused": 0})
    server.answer({"code": "retry_later", "detail": "slow down"}, 429, Retry_After="2")
    server.answer({"items": [started("large")], "refused": 0})
    starts = [{"definition": "a", "id": str(n)} for n in range(501)]
    outcomes = client.start_many(starts + [{"definition": "a", "input": "x" * 600_000}])
    assert len(outcomes) == 502
    assert [outcome.id for outcome in outcomes[:500]] == [str(n) for n in range(500)]
    assert isinstance(outcomes[500], endure.RetryLater) and outcomes[500].retry_after == 2
    assert outcomes[501].id == "large"
    assert [len(body(server, n)["items"]) for n in range(3)] == [500, 1, 1]
    assert client.start_many([]) == []
    assert len(server.requests) == 3


def test_run_waits_through_answers_that_say_not_yet(server, client):
    server.answer({**SUMMARY, "existed": True})
    server.answer({"code": "retry_later", "detail": "still runs"}, 504)
    server.answer(
        {
            **SUMMARY,
            "phase": "completed",
            "output": {"ok": True},
            "waiting_for": [{"kind": "timer", "due": "2026-02-01T00:00:00Z"}],
        }
    )
    ended = client.run("social-post", namespace="agents", id="post-7")
    assert ended.ended and ended.output == {"ok": True}
    assert ended.waiting_for[0].due == datetime(2026, 2, 1, tzinfo=timezone.utc)
    assert path(server)[1].startswith("/v1/workflows/agents/post-7/result?wait_ms=")
    assert len(server.requests) == 3


def test_waiting_ends_with_its_timeout(server, client):
    server.answer({"code": "retry_later"}, 504)
    with pytest.raises(endure.RetryLater):
        client.wait("post-7", timeout=0)


def test_a_list_fetches_page_after_page(server, client):
    server.answer({"items": [SUMMARY, SUMMARY], "next_cursor": "a b&c"})
    server.answer({"items": [{**SUMMARY, "id": "post-8"}], "next_cursor": None})
    created = datetime(2026, 1, 1, tzinfo=timezone.utc)
    found = list(client.list(namespace="agents", status="WAITING_FOR_REVIEW", created_after=created, page=2))
    assert [workflow.id for workflow in found] == ["post-7", "post-7", "post-8"]
    assert path(server, 0)[1] == (
        "/v1/workflows?namespace=agents&status=WAITING_FOR_REVIEW"
        "&created_after=2026-01-01T00%3A00%3A00%2B00%3A00&limit=2"
    )
    assert path(server, 1)[1].endswith("&cursor=a+b%26c")


def test_a_history_goes_on_after_its_last_record(server, client):
    record = {"transition": 1, "at": "2026-01-31T12:00:00Z", "event": "started", "entries": [{"kind": "x"}]}
    server.answer({"items": [record], "next_after": 1})
    server.answer({"items": [{**record, "transition": 2}], "next_after": None})
    assert [r.transition for r in client.history("post-7", namespace="agents")] == [1, 2]
    assert path(server)[1] == "/v1/workflows/agents/post-7/history?after=1&limit=100"


@pytest.mark.parametrize("verb", ["cancel", "terminate", "pause", "resume"])
def test_control_verbs_carry_their_reason(server, client, verb):
    server.answer(SUMMARY)
    getattr(client, verb)("post-7", "by hand", namespace="agents")
    assert path(server) == ("POST", "/v1/workflows/agents/post-7/" + verb)
    assert body(server) == {"reason": "by hand"}


def test_events_go_to_one_or_to_all(server, client):
    server.answer(SUMMARY, 202)
    client.send("post-7", "review.decided", {"approved": True}, namespace="agents", subject="post-7")
    assert path(server) == ("POST", "/v1/workflows/agents/post-7/events")
    assert body(server) == {"type": "review.decided", "data": {"approved": True}, "subject": "post-7"}
    server.answer({"sequence": 9}, 202)
    assert client.publish("news") == 9


def test_definitions_are_deployed_from_text_path_and_dict(server, client, tmp_path):
    answer = {"namespace": "a", "name": "n", "version": "1.0.0", "queues": ["enrich"], "tasks": 2}
    file = tmp_path / "d.yaml"
    file.write_text("from: path")
    for source, sent in (
        ("from: text", b"from: text"),
        (pathlib.Path(file), b"from: path"),
        ({"from": "dict"}, b'{"from": "dict"}'),
    ):
        server.answer(answer, 201)
        deployed = client.deploy(source)
        assert server.requests[-1][2] == sent
        assert (deployed.name, deployed.queues, deployed.created) == ("n", ["enrich"], True)
    server.answer({"valid": False, "errors": [{"line": 3}]})
    assert client.validate("x") == [{"line": 3}]


def test_queues_and_dead_letters(server, client):
    server.answer({"items": [{"queue": "enrich", "depth": 3, "paused": True}]})
    assert client.queues() == [endure.Queue("enrich", paused=True, depth=3)]
    server.answer({"items": [{"step": "s/1", "queue": "enrich", "attempts": 5}], "next_cursor": ""})
    [dead] = client.dead_letters("enrich")
    assert (dead.step, dead.attempts) == ("s/1", 5)
    server.answer({})
    client.redrive(dead.step)
    assert path(server) == ("POST", "/v1/dead/s%2F1/redrive")
    server.answer({})
    client.drop(dead.step, "too old")
    assert body(server) == {"reason": "too old"}
    server.answer({"redriven": 4})
    assert client.redrive_queue("enrich") == 4


@pytest.mark.parametrize(
    "status, code, kind",
    [
        (404, "not_found", endure.NotFound),
        (409, "conflict", endure.Conflict),
        (400, "invalid", endure.Invalid),
        (429, "retry_later", endure.RetryLater),
        (503, "full", endure.Full),
        (413, "too_large", endure.TooLarge),
        (401, "unauthorized", endure.Unauthorized),
        (500, "io", endure.ApiError),
        (404, None, endure.NotFound),
        (418, None, endure.ApiError),
    ],
)
def test_problems_become_typed_errors(server, client, status, code, kind):
    problem = {"title": "no", "detail": "because", "where": "id", "status": status}
    server.answer({**problem, **({"code": code} if code else {})}, status, Retry_After="3")
    with pytest.raises(endure.ApiError) as caught:
        client.show("x")
    assert type(caught.value) is kind
    assert caught.value.status == status
    assert "because" in str(caught.value) and "id" in str(caught.value)
    if isinstance(caught.value, endure.RetryLater):
        assert caught.value.retry_after == 3.0


def test_the_errors_of_a_definition_are_named_with_their_lines(server, client):
    errors = [{"line": 7, "pointer": "/do/0", "detail": "unknown task"}]
    server.answer({"code": "invalid", "detail": "1 error", "errors": errors}, 400)
    with pytest.raises(endure.Invalid, match="line 7, /do/0: unknown task") as caught:
        client.deploy("x")
    assert caught.value.errors == errors


def test_an_error_that_is_no_problem_document_is_still_told(server, client):
    server.answer(b"<html>gateway timeout</html>", 502, Content_Type="text/html")
    with pytest.raises(endure.ApiError, match="gateway timeout"):
        client.show("x")


def test_one_connection_serves_many_calls_and_is_made_anew_when_it_was_closed(server, client):
    for _ in range(3):
        server.answer({"version": "0.1.0"})
        client.version()
    assert server.connections == 1
    server.answer({"version": "0.1.0"}, Connection="close")
    client.version()
    server.answer({"version": "0.1.0"})
    assert client.version() == {"version": "0.1.0"}
    assert server.connections == 2


def test_names_are_quoted_in_paths(server, client):
    server.answer(SUMMARY)
    client.show("a b/c", namespace="x?y")
    assert path(server)[1] == "/v1/workflows/x%3Fy/a%20b%2Fc"


def test_nobody_at_home():
    with pytest.raises(endure.Unreachable, match="127.0.0.1:1"):
        endure.Client("http://127.0.0.1:1").version()
    with pytest.raises(ValueError, match="url"):
        endure.Client("ftp://somewhere")
