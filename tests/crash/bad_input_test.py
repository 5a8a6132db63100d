#!/usr/bin/env python3
"""Bad input never changes state: whatever is refused, the node's durable state is as it was before.

Each case sends one bad thing to a node that holds workflows of all kinds, and then compares how
many changes the journal has committed, all workflows with their histories, queues and dead letters.
"""

import json
import socket
import sys
import tempfile
import unittest

import msgpack

from node import Api, Node
import cases  # node.py has put tests/support on the path
from raw_worker import RawWorker, protocol

BINARY = None

HEAD = "document: { dsl: '1.0.3', namespace: bad, name: %s, version: '1.0.0' }\n"
GOOD = {
    "stepping": "do: [ { work: { call: held, metadata: { lease: PT10M } } } ]\n",
    "listening": "do: [ { hear: { listen: { to: { one: { with: { type: bad.go } } } } } } ]\n",
    "resting": "do: [ { rest: { wait: P30D } } ]\n",
}

BAD_DEFINITIONS = {
    "no YAML": "document: { dsl: '1.0.3', name: x\n  do: [",
    "a key twice": (HEAD % "x") + "do: [ { a: { set: { b: 1, b: 2 } } } ]\n",
    "no document": "do: [ { a: { set: { b: 1 } } } ]\n",
    "another language version": (HEAD % "x").replace("1.0.3", "2.0.0") + "do: [ { a: { set: {} } } ]",
    "no such kind of task": (HEAD % "x") + "do: [ { a: { sett: { b: 1 } } } ]\n",
    "an unsupported call": (HEAD % "x") + "do: [ { a: { call: grpc, with: {} } } ]\n",
    "a function of a catalog": (HEAD % "x") + "do: [ { a: { call: 'f:1.0.0@public' } } ]\n",
    "a function by URL": (HEAD % "x") + "do: [ { a: { call: 'https://f.example/f' } } ]\n",
    "a function with a bad name": (HEAD % "x") + "do: [ { a: { call: 'no such name' } } ]\n",
    "a queue of the node": (HEAD % "x") + "do: [ { a: { call: endure.http } } ]\n",
    "an unsupported task": (HEAD % "x") + "do: [ { a: { call: grpc, with: {} } } ]\n",
    "a then that leads nowhere": (HEAD % "x") + "do: [ { a: { set: { b: 1 }, then: c } } ]\n",
    "no jq": (HEAD % "x") + "do: [ { a: { set: { b: '${ .a | | }' } } } ]\n",
    "a bad priority": (HEAD % "x") + "do: [ { a: { call: q, metadata: { priority: 10 } } } ]\n",
    "deep nesting": (HEAD % "x") + "do: [ { a: { set: { b: " + "[" * 200 + "]" * 200 + " } } } ]\n",
    "an anchor bomb": (HEAD % "x") + "do: [ { a: { set: { l0: &l0 [x, x, x, x, x, x, x, x]"
    + "".join(f", l{i}: &l{i} [" + ", ".join([f"*l{i - 1}"] * 8) + "]" for i in range(1, 9))
    + " } } } ]\n",
}

_DEEP = b"[" * 100 + b"]" * 100
_START = {"namespace": "bad", "definition": "resting"}
_FLOW = "/v1/workflows/bad"

# name: (method, path, body, allowed answers)
BAD_CALLS = {
    "a start without a definition": ("POST", "/v1/workflows", {"namespace": "bad"}, 400),
    "a start of an unknown definition": (
        "POST", "/v1/workflows", {**_START, "definition": "nobody"}, 404),
    "a start of an unknown version": ("POST", "/v1/workflows", {**_START, "version": "9.9.9"}, 404),
    "a start that is no JSON": ("POST", "/v1/workflows", b"{\"namespace\": ", 400),
    "a start that is a list": ("POST", "/v1/workflows", b"[]", 400),
    "a start with text after it": (
        "POST", "/v1/workflows", json.dumps(_START).encode() + b" {}", 400),
    "a start with broken UTF-8": (
        "POST", "/v1/workflows",
        b'{"namespace": "bad", "definition": "resting", "input": "\xff\xfe"}', 400),
    "an id that is too long": ("POST", "/v1/workflows", {**_START, "id": "x" * 201}, 400),
    "an empty id": ("POST", "/v1/workflows", {**_START, "id": ""}, 400),
    "an id with a control character": ("POST", "/v1/workflows", {**_START, "id": "a\nb"}, 400),
    "an id that is a number": ("POST", "/v1/workflows", {**_START, "id": 7}, 400),
    "a namespace that is too long": (
        "POST", "/v1/workflows", {**_START, "namespace": "n" * 201}, (400, 404)),
    "an id that is taken": ("POST", "/v1/workflows", {**_START, "id": "rests"}, 409),
    "no such on_conflict": ("POST", "/v1/workflows", {**_START, "on_conflict": "replace"}, 400),
    "input that is too deep": (
        "POST", "/v1/workflows",
        b'{"namespace": "bad", "definition": "resting", "input": ' + _DEEP + b"}", 400),
    "a body that is too large": (
        "POST", "/v1/workflows", {**_START, "input": "x" * (1 << 20)}, 413),
    "a definition that is too large": ("POST", "/v1/definitions", b"#" * ((1 << 20) + 1), 413),
    "an event to an unknown workflow": (
        "POST", _FLOW + "/nobody/events", {"type": "bad.go"}, 404),
    "an event to an ended workflow": ("POST", _FLOW + "/ended/events", {"type": "bad.go"}, 409),
    "an event without a type": ("POST", _FLOW + "/listens/events", {"data": 1}, 400),
    "an event that is no JSON": ("POST", _FLOW + "/listens/events", b"nonsense", 400),
    "an event that is too deep": (
        "POST", _FLOW + "/listens/events", b'{"type": "bad.go", "data": ' + _DEEP + b"}", 400),
    "an event to all without a type": ("POST", "/v1/events", {}, 400),
    "an event of another specversion": (
        "POST", "/v1/events", {"type": "bad.go", "specversion": "9.0"}, 400),
    "cancelling an unknown workflow": ("POST", _FLOW + "/nobody/cancel", {}, 404),
    "terminating an unknown workflow": ("POST", _FLOW + "/nobody/terminate", {}, 404),
    "cancelling an ended workflow": ("POST", _FLOW + "/ended/cancel", {}, 409),
    "terminating an ended workflow": ("POST", _FLOW + "/ended/terminate", {}, 409),
    "resuming what is not paused": ("POST", _FLOW + "/rests/resume", {}, (400, 409)),
    "a reason that is too long": (
        "POST", _FLOW + "/rests/cancel", {"reason": "r" * 100_000}, 400),
    "a reason that is a number": ("POST", _FLOW + "/rests/cancel", {"reason": 7}, 400),
    "no such verb": ("POST", _FLOW + "/rests/explode", {}, 404),
    "no such method": ("DELETE", _FLOW + "/rests", None, 405),
    "an unknown workflow": ("GET", _FLOW + "/nobody", None, 404),
    "the history of an unknown workflow": ("GET", _FLOW + "/nobody/history", None, 404),
    "a path that is not there": ("GET", "/v1/nothing", None, 404),
    "a bad escape in a path": ("GET", _FLOW + "/%zz", None, (400, 404)),
    "a page that is too large": ("GET", "/v1/workflows?limit=1001", None, 400),
    "an empty page": ("GET", "/v1/workflows?limit=0", None, 400),
    "a cursor that nobody gave": ("GET", "/v1/workflows?cursor=nonsense", None, 400),
    "no such phase": ("GET", "/v1/workflows?phase=happy", None, 400),
    "no such filter": ("GET", "/v1/workflows?fase=running", None, 400),
    "an unknown queue": ("GET", "/v1/queues/nobody", None, 404),
    "pausing an unknown queue": ("POST", "/v1/queues/nobody/pause", {}, 404),
    "a queue with a bad name": ("POST", "/v1/queues/no%20such%2Fname/pause", {}, (400, 404)),
    "redriving no dead letter": ("POST", "/v1/dead/nonsense/redrive", {}, (400, 404)),
    "dropping no dead letter": ("POST", "/v1/dead/nonsense/drop", {}, (400, 404)),
    "a lease of no steps": ("POST", "/v1/queues/held/lease", {"worker": "w", "max": 0}, 400),
    "a lease without a worker": ("POST", "/v1/queues/held/lease", {"max": 1}, 400),
    "a lease of the node's own queue": (
        "POST", "/v1/queues/endure.http/lease", {"worker": "w"}, 400),
    "a token that is none": (
        "POST", "/v1/steps/complete", {"token": "nonsense", "result": 1}, 400),
    "a completion without a token": ("POST", "/v1/steps/complete", {"result": 1}, 400),
    "a failure without an error": ("POST", "/v1/steps/fail", {"token": "nonsense"}, 400),
}


class BadInput(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="endure-bad-input-")
        cls.addClassCleanup(folder.cleanup)
        cls.node = Node(BINARY, folder.name, heartbeat="10m", lost_after="30m")
        cls.addClassCleanup(cls.node.discard)
        cls.node.start()
        cls.api = Api(cls.node.http_port)
        cls.addClassCleanup(cls.api.close)
        for name, tasks in GOOD.items():
            status, answer = cls.api.call(
                "POST", "/v1/definitions", ((HEAD % name) + tasks).encode())
            assert status == 201, answer
        for workflow, definition in (("ended", "stepping"), ("steps", "stepping"),
                                     ("queued", "stepping"), ("listens", "listening"),
                                     ("rests", "resting")):
            status, answer = cls.api.call("POST", "/v1/workflows", {
                "namespace": "bad", "id": workflow, "definition": definition})
            assert status == 201, answer
        # The worker ends the first step and keeps the second one under its lease.
        cls.worker = RawWorker(cls.node.worker_address)
        cls.addClassCleanup(cls.worker.close)
        assert cls.worker.hello("raw-instance", [["held", 1]])[1] == protocol.WELCOME
        step = cls.worker.answer_to(protocol.STEPS)[2][0]
        assert step[2] == "ended", step
        cls.spent = step[0]
        assert cls.worker.results((cls.spent, msgpack.packb("done"))) == ["ok"]
        step = cls.worker.answer_to(protocol.STEPS)[2][0]
        assert step[2] == "steps", step
        cls.token = step[0]

    @classmethod
    def state(cls):
        """All that is durable or can be seen, without what only counts calls."""
        api = cls.api
        counts = ("queue", "paused", "depth", "leased", "delayed", "dead")
        workflows = [api.call("GET", f"/v1/workflows/bad/{item['id']}")[1]
                     for item in api.pages("/v1/workflows", limit=100)]
        return {
            "definitions": api.call("GET", "/v1/definitions")[1],
            "workflows": workflows,
            "histories": [api.history("bad", item["id"]) for item in workflows],
            "queues": [{key: item[key] for key in counts}
                       for item in api.call("GET", "/v1/queues")[1]["items"]],
            "dead": list(api.pages("/v1/dead", limit=100)),
            "changes": api.call("GET", "/v1/stats")[1]["store"]["changes"],
        }

    def setUp(self):
        self.before = self.state()

    def unchanged(self):
        after = self.state()
        before, self.before = self.before, after  # each case is judged by itself
        for part, value in after.items():
            self.assertEqual(value, before[part], part)

    # -- HTTP ---------------------------------------------------------------------------------

    def test_bad_definitions_are_refused_with_their_place(self):
        for name, source in BAD_DEFINITIONS.items():
            with self.subTest(name):
                status, answer = self.api.call("POST", "/v1/definitions", source.encode())
                self.assertEqual(status, 400, answer)
                self.assertTrue(answer["errors"], answer)
                self.unchanged()

    def test_bad_calls_are_refused_with_a_problem_document(self):
        for name, (method, path, body, allowed) in BAD_CALLS.items():
            with self.subTest(name):
                status, answer = self.api.call(method, path, body)
                allowed = allowed if isinstance(allowed, tuple) else (allowed,)
                self.assertIn(status, allowed, answer)
                self.assertEqual(answer["status"], status)
                self.assertTrue(answer["code"] and answer["title"] and answer["type"], answer)
                self.unchanged()

    def test_another_source_for_a_deployed_version_is_a_conflict(self):
        status, answer = self.api.call(
            "POST", "/v1/definitions", ((HEAD % "resting") + GOOD["listening"]).encode())
        self.assertEqual((status, answer["code"]), (409, "conflict"))
        # The store itself refuses it, so a commit is counted; what is stored must be the same.
        self.before["changes"] = self.state()["changes"]
        self.unchanged()

    def test_a_spent_token_is_stale_over_http(self):
        for path, body in (("complete", {"result": "again"}),
                           ("fail", {"error": {"title": "late"}, "retryable": False})):
            with self.subTest(path):
                status, answer = self.api.call("POST", f"/v1/steps/{path}",
                                               {"token": self.spent, **body})
                self.assertEqual((status, answer["code"]), (409, "conflict"))
                self.unchanged()
        status, answer = self.api.call("POST", "/v1/steps/heartbeat", {"tokens": [self.spent]})
        self.assertIn(status, (200, 409), answer)
        self.unchanged()

    def test_what_is_no_http_changes_nothing(self):
        for name, text in {
            "no request": b"\x00\x01\x02\x03\r\n\r\n",
            "a start line without end": b"GET /" + b"x" * 100_000,
            "a length that is no number": (
                b"POST /v1/workflows HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: many\r\n\r\n{}"),
            "two lengths": (b"POST /v1/workflows HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                            b"Content-Length: 2\r\nContent-Length: 60\r\n\r\n{}"),
            "a body that never comes": (
                b"POST /v1/workflows HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 60\r\n\r\n{"),
            "a chunk that is none": (
                b"POST /v1/workflows HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n"),
        }.items():
            with self.subTest(name):
                with socket.create_connection(("127.0.0.1", self.node.http_port), 20) as raw:
                    raw.sendall(text)
                    raw.shutdown(socket.SHUT_WR)
                    try:
                        start = raw.recv(100)
                    except ConnectionResetError:
                        start = b""
                    self.assertNotIn(b" 20", start[:12])
                self.unchanged()

    # -- the worker protocol --------------------------------------------------------------------

    def test_bad_messages_are_refused_by_their_code(self):
        v, token = protocol.VERSION, self.token
        for name, frames, code in (
            ("no msgpack", [b"\xc1\xff\x00"], "malformed"),
            ("a number", [msgpack.packb(7)], "malformed"),
            ("an empty array", [msgpack.packb([])], "malformed"),
            ("a message cut short", [protocol.results([(token, b"\xa4lost")])[:-1]], "malformed"),
            ("two frames", [msgpack.packb([v, protocol.HEARTBEAT, []])] * 2, "malformed"),
            ("text after the message", [msgpack.packb([v, protocol.HEARTBEAT, []]) + b"\x01"],
             "malformed"),
            ("results that are a map", [msgpack.packb([v, protocol.RESULTS, {token: 1}])],
             "malformed"),
            ("results without a value", [msgpack.packb([v, protocol.RESULTS, [[token]]])],
             "malformed"),
            ("an error without its parts", [msgpack.packb([v, protocol.ERRORS, [[token, []]]])],
             "malformed"),
            ("tokens that are numbers", [msgpack.packb([v, protocol.RELEASE, [7]])], "malformed"),
            ("another version", [msgpack.packb([2, protocol.RESULTS, [[token, 1]]])], "version"),
            ("version 0", [msgpack.packb([0, protocol.RELEASE, [token]])], "version"),
            ("an unknown type", [msgpack.packb([v, 99, [[token, 1]]])], "unknown_type"),
            ("a type of the node's", [msgpack.packb([v, protocol.STEPS, []])], "unknown_type"),
            ("a message that is too large",
             [protocol.results([(token, msgpack.packb("x" * (4 << 20)))])], "too_large"),
            ("a credit for another queue", [msgpack.packb([v, protocol.CREDIT, [["other", 1]]])],
             "bad_queue"),
            ("a hello of another instance",
             [msgpack.packb([v, protocol.HELLO, "other", "w", "c", [["held", 1]], []])],
             "malformed"),
        ):
            with self.subTest(name):
                self.worker.send(*frames)
                self.assertEqual(self.worker.refusal(), code)
                self.unchanged()

    def test_bad_results_are_answered_one_by_one(self):
        deep = b"\x91" * 200 + b"\x90"
        for name, token, value, code in (
            ("a second result", self.spent, msgpack.packb("again"), "stale"),
            ("a token that is none", "nonsense", msgpack.packb(1), "invalid"),
            ("a token with a change", _changed(self.token), msgpack.packb(1), ("invalid", "stale")),
            ("a result that is too large", self.token, msgpack.packb("x" * (1 << 20)), "invalid"),
            ("a result with bytes", self.token, msgpack.packb(b"bytes"), "invalid"),
            ("a result that is no number", self.token, msgpack.packb(float("nan")), "invalid"),
            ("a key that is no text", self.token, msgpack.packb({1: 2}), "invalid"),
            ("a result that is too deep", self.token, deep, "invalid"),
        ):
            with self.subTest(name):
                answer = self.worker.results((token, value))
                codes = code if isinstance(code, tuple) else (code,)
                self.assertIn(answer[0] if answer else None, codes, answer)
                self.unchanged()

    def test_a_second_error_for_a_spent_token_is_stale(self):
        for retryable in (True, False):
            self.worker.send(protocol.errors(
                [(self.spent, (("about:blank", "late", "", 500), retryable, None))]))
            self.assertEqual(self.worker.answer_to(protocol.ANSWERS)[2][0][1], "stale")
            self.unchanged()

    def test_bad_hellos_begin_no_session(self):
        v = protocol.VERSION
        for name, fields, code in (
            ("anything but a hello", [v, protocol.RESULTS, [[self.token, 1]]], "unknown_session"),
            ("a release without a session", [v, protocol.RELEASE, [self.token]], "unknown_session"),
            ("no queue", [v, protocol.HELLO, "i", "w", "c", [], []], "malformed"),
            ("no instance", [v, protocol.HELLO, "", "w", "c", [["held", 1]], []], "malformed"),
            ("a bad queue", [v, protocol.HELLO, "i", "w", "c", [["a b/c", 1]], []], "bad_queue"),
            ("the node's own queue", [v, protocol.HELLO, "i", "w", "c", [["endure.http", 1]], []],
             "bad_queue"),
            ("too many queues",
             [v, protocol.HELLO, "i", "w", "c", [[f"q{i}", 1] for i in range(65)], []], "limit"),
            ("too much credit", [v, protocol.HELLO, "i", "w", "c", [["held", 10_001]], []],
             "limit"),
        ):
            with self.subTest(name):
                stranger = RawWorker(self.node.worker_address)
                try:
                    stranger.say(*fields)
                    self.assertEqual(stranger.refusal(), code)
                finally:
                    stranger.close()
                self.unchanged()

    def test_a_flood_of_one_huge_message_ends_its_connection_alone(self):
        stranger = RawWorker(self.node.worker_address)
        try:
            stranger.send(b"\xc4" * (9 << 20))
            self.assertIsNone(stranger.receive(2.0))
        finally:
            stranger.close()
        self.unchanged()

    def test_zz_after_all_that_the_step_is_still_held_and_its_result_is_taken(self):
        self.assertEqual(self.worker.results((self.token, msgpack.packb("good"))), ["ok"])
        status, answer = self.api.call("GET", "/v1/workflows/bad/steps/result?wait_ms=20000")
        self.assertEqual((status, answer["output"]), (200, "good"))


def _changed(token):
    """The token with one character changed near its end."""
    at = len(token) - 3
    return token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1:]


if __name__ == "__main__":
    sys.exit(cases.run(sys.modules[__name__]))
