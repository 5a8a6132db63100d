"""The monitor and the reviewer, against a client that is made up."""
import types

import pytest

endure = pytest.importorskip("endure", reason="needs pyzmq and msgpack")

import monitor
import reviewer

POST = {"id": "x-1", "text": "Where can I buy a Tidelamp?"}


class FakeClient:
    """Remembers what was asked; each name in `troubles` raises that many errors first."""

    def __init__(self, troubles=()):
        self.started = {}
        self.sent = []
        self.waiting = []
        self._troubles = list(troubles)

    def _maybe_fail(self):
        if self._troubles:
            raise self._troubles.pop(0)

    def start(self, definition, input, *, id, namespace, on_conflict):
        self._maybe_fail()
        assert (definition, namespace, on_conflict) == ("social-post", "agents", "return_existing")
        existed = id in self.started
        self.started.setdefault(id, input)
        return types.SimpleNamespace(existed=existed)

    def list(self, *, namespace, status, page):
        assert status == "WAITING_FOR_REVIEW"
        return iter(self.waiting)

    def show(self, id, *, namespace):
        return types.SimpleNamespace(input={"post": POST}, context={"enriched": {"score": 0.5}})

    def send(self, id, type, data, *, namespace):
        self._maybe_fail()
        self.sent.append((id, type, data))


def away():
    return endure.Unreachable("connection refused")


# -- monitor --------------------------------------------------------------------

def test_feeding_twice_starts_nothing_new():
    client = FakeClient()
    assert monitor.feed(client, [POST, {**POST, "id": "x-2"}], "PT4S", 0) == {
        "started": 2, "existed": 0}
    assert monitor.feed(client, [POST, {**POST, "id": "x-2"}], "PT4S", 0) == {
        "started": 0, "existed": 2}
    assert client.started["x-1"] == {"post": POST, "remindAfter": "PT4S"}


def test_the_monitor_tries_again_while_the_node_is_away(monkeypatch):
    pauses = []
    monkeypatch.setattr(monitor.time, "sleep", pauses.append)
    client = FakeClient([away(), away()])
    assert monitor.feed(client, [POST], "PT4S", 0) == {"started": 1, "existed": 0}
    assert len(pauses) == 2


def test_posts_are_read_and_blank_lines_are_passed_over(tmp_path):
    path = tmp_path / "posts.jsonl"
    path.write_text('{"id": "a", "text": "b\\u2028c"}\n\n{"id": "d", "text": "e\u2028f"}\n',
                    encoding="utf-8")
    assert [post["id"] for post in monitor.read_posts(path)] == ["a", "d"]


@pytest.mark.parametrize("line, reason", [
    ("{", "not JSON"), ("[]", "object"), ('{"id": "a"}', "text"), ('{"id": 7, "text": "b"}', "id"),
    ('{"id": "", "text": "b"}', "id"), ('{"id": "%s", "text": "b"}' % ("é" * 200), "too long"),
])
def test_a_line_that_is_no_post_is_refused_with_its_number(tmp_path, line, reason):
    path = tmp_path / "posts.jsonl"
    path.write_text('{"id": "a", "text": "b"}\n' + line + "\n", encoding="utf-8")
    with pytest.raises(monitor.BadPost, match=f":2: .*{reason}"):
        monitor.read_posts(path)


def test_a_post_that_is_seen_twice_is_started_once():
    client = FakeClient()
    assert monitor.feed(client, [POST, POST], "PT4S", 0) == {"started": 1, "existed": 1}


@pytest.mark.parametrize("post_id, expected", [
    ("rd-4142", "rd-4142"), ("at://did:plc/3k", "at:=2F=2Fdid:plc=2F3k"), ("a=2F", "a=3D2F"),
    ("ä b", "=C3=A4=20b"), ("50%?#", "50=25=3F=23"),
])
def test_a_posts_id_becomes_a_workflow_id(post_id, expected):
    assert monitor.workflow_id(post_id) == expected


# -- reviewer -------------------------------------------------------------------

@pytest.mark.parametrize("text, score, approved", [
    ("Where can I buy a lamp?", 0.5, True),
    ("Look at http://x.example now", 0.6, False),
    ("Good lamp", 0.6, False),
    ("thinking about light and water", 0.3, False),
])
def test_the_reviewers_rule(text, score, approved):
    assert reviewer.decide({"text": text}, {"score": score})[0] is approved


def test_some_decisions_come_before_the_reminder_and_some_after():
    late = [reviewer.thinking_s(1, f"p{i}", 4.0) > 4.0 for i in range(100)]
    assert 10 < sum(late) < 60


def test_a_decision_is_sent_once_and_not_before_its_time():
    client = FakeClient()
    client.waiting = [types.SimpleNamespace(id="x-1")]
    someone = reviewer.Reviewer(client, 1, 4.0)
    someone.look(100.0)
    assert client.sent == []
    someone.look(110.0)
    someone.look(111.0)
    assert len(client.sent) == 1
    id, type, data = client.sent[0]
    assert (id, type, data["approved"]) == ("x-1", "review.decided", True)


def test_a_decision_that_did_not_get_through_is_sent_again():
    client = FakeClient()
    client.waiting = [types.SimpleNamespace(id="x-1")]
    someone = reviewer.Reviewer(client, 1, 4.0)
    someone.look(100.0)
    client._troubles = [away()]
    with pytest.raises(endure.Unreachable):
        someone.look(110.0)
    someone.look(111.0)
    assert [id for id, *_ in client.sent] == ["x-1"]


def test_a_workflow_that_has_ended_meanwhile_is_left_alone():
    client = FakeClient()
    client.waiting = [types.SimpleNamespace(id="x-1")]
    someone = reviewer.Reviewer(client, 1, 4.0)
    someone.look(100.0)
    client._troubles = [endure.Conflict(409, {"code": "conflict"})]
    someone.look(110.0)
    someone.look(111.0)
    assert client.sent == []
