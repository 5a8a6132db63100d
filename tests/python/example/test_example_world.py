"""The outer world of the example: its misbehaviour, and that a key is applied once."""
import json
import threading
import urllib.request

import pytest

import misbehaviour
import world as world_module
from ledger import APPLIED, DEDUPLICATED, KeyReused, Ledger, read_ledger
from misbehaviour import Fate, Trouble, Window, trouble_for
from world import World, serve

POST = {"id": "x-1", "author": "@mira_sails", "text": "Where can I buy a Tidelamp?"}


class Clock:
    now_s = 1000.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def book(tmp_path):
    return str(tmp_path / "effects.jsonl")


@pytest.fixture
def clock():
    return Clock()


def ask(world, path, body, **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return world.handle("POST", path, headers, json.dumps(body).encode())


def token(world):
    return "Bearer " + json.loads(ask(world, "/token", {}).raw)["token"]


def fated(monkeypatch, *fates):
    """The nth request of a thing meets fates[n], later ones go well."""
    monkeypatch.setattr(
        world_module, "trouble_for",
        lambda seed, service, thing, nth: fates[nth] if nth < len(fates) else Trouble(Fate.FINE))


# -- misbehaviour ---------------------------------------------------------------

def test_the_same_seed_brings_the_same_trouble():
    first = [trouble_for(7, "crm", f"p{i}", 0) for i in range(200)]
    again = [trouble_for(7, "crm", f"p{i}", 0) for i in range(200)]
    other = [trouble_for(8, "crm", f"p{i}", 0) for i in range(200)]
    assert first == again
    assert first != other


def test_every_kind_of_trouble_is_met():
    met = {trouble_for(1, "chat", f"p{i}", 0).fate for i in range(1000)}
    assert met == set(Fate)


def test_trouble_with_one_thing_ends():
    for post in range(500):
        assert trouble_for(3, "crm", f"p{post}", misbehaviour.PATIENCE).fate is Fate.FINE


def test_without_a_seed_all_goes_well():
    assert {trouble_for(None, "crm", f"p{i}", 0).fate for i in range(300)} == {Fate.FINE}


def test_a_window_passes_its_limit_and_opens_again_with_the_next_second():
    window = Window(2)
    assert [window.take(10.1), window.take(10.2), window.take(10.9)] == [True, True, False]
    assert window.take(11.0)


# -- the ledger -----------------------------------------------------------------

def test_a_key_is_applied_once_and_answered_twice(book):
    ledger = Ledger(book)
    first = ledger.apply("crm", "p1", "k1", "f", lambda n: {"contact": n})
    second = ledger.apply("crm", "p1", "k1", "f", lambda n: {"contact": n + 100})
    assert first == second == {"contact": 1}
    assert [record["outcome"] for record in read_ledger(book)] == [APPLIED, DEDUPLICATED]


def test_a_ledger_that_is_opened_again_knows_its_keys(book):
    ledger = Ledger(book)
    ledger.apply("crm", "p1", "k1", "f", lambda n: {"contact": n})
    ledger.close()
    assert Ledger(book).apply("crm", "p1", "k1", "f", lambda n: {"contact": 99}) == {"contact": 1}


def test_a_key_with_another_request_is_refused_and_not_recorded(book):
    ledger = Ledger(book)
    ledger.apply("crm", "p1", "k1", "f", lambda n: {})
    with pytest.raises(KeyReused):
        ledger.apply("crm", "p1", "k1", "g", lambda n: {})
    assert len(read_ledger(book)) == 1


def test_two_threads_with_one_key_apply_it_once(book):
    ledger = Ledger(book)
    threads = [threading.Thread(target=ledger.apply, args=("crm", "p", "k", "f", lambda n: {}))
               for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    outcomes = [record["outcome"] for record in read_ledger(book)]
    assert outcomes.count(APPLIED) == 1
    assert outcomes.count(DEDUPLICATED) == 15


def test_a_torn_last_line_is_left_out(book):
    Ledger(book).apply("crm", "p1", "k1", "f", lambda n: {})
    with open(book, "a", encoding="utf-8") as file:
        file.write('{"effect": "cr')
    assert len(read_ledger(book)) == 1


# -- the services ---------------------------------------------------------------

def test_an_effect_without_a_key_is_refused(book):
    answer = ask(World(Ledger(book)), "/chat/messages", {"post": POST, "text": "hi"})
    assert answer.status == 400
    assert read_ledger(book) == []


def test_a_malformed_answer_comes_after_the_effect_and_the_next_try_is_deduplicated(
        book, monkeypatch):
    fated(monkeypatch, Trouble(Fate.MALFORMED))
    world = World(Ledger(book), seed=1)
    first = ask(world, "/chat/messages", {"post": POST, "text": "hi"}, idempotency_key="k1")
    with pytest.raises(ValueError):
        json.loads(first.raw)
    second = ask(world, "/chat/messages", {"post": POST, "text": "hi"}, idempotency_key="k1")
    assert json.loads(second.raw) == {"message": "M-1"}
    assert [record["outcome"] for record in read_ledger(book)] == [APPLIED, DEDUPLICATED]


@pytest.mark.parametrize("trouble, status", [(Trouble(Fate.LIMITED, 2), 429),
                                             (Trouble(Fate.FAILED), 503)])
def test_a_refusal_does_nothing(book, monkeypatch, trouble, status):
    fated(monkeypatch, trouble)
    answer = ask(World(Ledger(book), seed=1), "/chat/messages", {"post": POST, "text": "hi"},
                 idempotency_key="k1")
    assert answer.status == status
    assert read_ledger(book) == []
    assert status != 429 or answer.headers["Retry-After"] == "2"


@pytest.mark.parametrize("trouble", [Trouble(Fate.SILENT), Trouble(Fate.LATE, 2.7)])
def test_silence_and_lateness_come_after_the_effect(book, monkeypatch, trouble):
    fated(monkeypatch, trouble)
    answer = ask(World(Ledger(book), seed=1), "/drafts", {"post": POST}, idempotency_key="k1")
    assert answer.silent == (trouble.fate is Fate.SILENT)
    assert answer.delay_s == trouble.seconds
    assert len(read_ledger(book)) == 1


def test_a_token_is_needed_and_expires(book, clock):
    world = World(Ledger(book), clock=clock, token_life_s=(5.0, 5.0))
    assert ask(world, "/enrichment", {"post": POST}).status == 401
    bearer = token(world)
    assert ask(world, "/enrichment", {"post": POST}, authorization=bearer).status == 200
    clock.now_s += 5.0
    assert ask(world, "/enrichment", {"post": POST}, authorization=bearer).status == 401
    assert ask(world, "/enrichment", {"post": POST}, authorization=token(world)).status == 200


def test_an_outage_lasts_as_long_as_it_was_set_and_touches_one_service(book, clock):
    world = World(Ledger(book), clock=clock)
    assert ask(world, "/world/outage", {"service": "enrichment", "seconds": 30}).status == 200
    assert ask(world, "/enrichment", {"post": POST}, authorization=token(world)).status == 503
    assert ask(world, "/drafts", {"post": POST}, idempotency_key="k").status == 200
    clock.now_s += 30
    assert ask(world, "/enrichment", {"post": POST}, authorization=token(world)).status == 200


def test_more_than_the_limit_in_a_second_is_rate_limited(book, clock):
    world = World(Ledger(book), clock=clock)
    limit = world_module.LIMITS_PER_SECOND["drafts"]
    statuses = [ask(world, "/drafts", {"post": POST}, idempotency_key=f"k{i}").status
                for i in range(limit + 1)]
    assert statuses == [200] * limit + [429]


@pytest.mark.parametrize("path, body, status", [
    ("/drafts", b"not json", 400), ("/drafts", b"[]", 400), ("/drafts", b"{}", 400),
    ("/drafts", b'{"post": {"id": 7}}', 400), ("/nowhere", b"{}", 404),
    ("/world/outage", b'{"service": "moon", "seconds": 1}', 400),
])
def test_nonsense_is_refused_and_changes_nothing(book, path, body, status):
    world = World(Ledger(book))
    assert world.handle("POST", path, {"idempotency-key": "k"}, body).status == status
    assert read_ledger(book) == []


def test_the_same_post_is_always_enriched_alike(book):
    world = World(Ledger(book))
    answers = {ask(world, "/enrichment", {"post": POST}, authorization=token(world)).raw
               for _ in range(3)}
    assert len(answers) == 1
    assert json.loads(answers.pop())["score"] > 0.65


def test_it_answers_over_http(book):
    server = serve(World(Ledger(book)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        url = f"http://127.0.0.1:{server.server_address[1]}/drafts"
        request = urllib.request.Request(url, json.dumps({"post": POST}).encode(),
                                         {"Idempotency-Key": "k"})
        with urllib.request.urlopen(request, timeout=5) as answer:
            assert "thank you" in json.load(answer)["draft"]
    finally:
        server.shutdown()
        server.server_close()
