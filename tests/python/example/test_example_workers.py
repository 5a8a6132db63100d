"""What the workers make of the outer world's answers."""
import json
import threading
import types

import pytest

endure = pytest.importorskip("endure", reason="needs pyzmq and msgpack")

import outside as outside_module
import world as world_module
from deliveries import Deliveries, read_deliveries
from ledger import Ledger, read_ledger
from misbehaviour import Fate, Trouble
from outside import Outside
from world import World, serve

POST = {"id": "x-1", "author": "@mira_sails", "text": "Where can I buy a Tidelamp?"}


@pytest.fixture
def start(tmp_path, monkeypatch):
    """start(*fates, **World's own): an Outside that speaks to a world with these fates."""
    servers = []

    def begin(*fates, **options):
        monkeypatch.setattr(
            world_module, "trouble_for",
            lambda seed, service, thing, nth: fates[nth] if nth < len(fates)
            else Trouble(Fate.FINE))
        world = World(Ledger(str(tmp_path / "effects.jsonl")), seed=1, **options)
        server = serve(world)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        return Outside(f"http://127.0.0.1:{server.server_address[1]}")

    yield begin
    for server in servers:
        server.shutdown()
        server.server_close()


def crm(outside):
    return outside.post("/crm/contacts", {"post": POST}, key="k1", with_token=True)


def test_a_good_answer_is_returned(start):
    assert crm(start()) == {"contact": "C-1"}


@pytest.mark.parametrize("trouble", [Trouble(Fate.FAILED), Trouble(Fate.MALFORMED),
                                     Trouble(Fate.SILENT)])
def test_what_may_be_better_next_time_asks_for_another_attempt(start, trouble, tmp_path):
    outside = start(trouble)
    with pytest.raises(endure.Retry):
        crm(outside)
    assert crm(outside) == {"contact": "C-1"}
    applied = [one for one in read_ledger(str(tmp_path / "effects.jsonl"))
               if one["outcome"] == "applied"]
    assert len(applied) == 1


def test_a_service_that_is_too_slow_asks_for_another_attempt(start, monkeypatch):
    monkeypatch.setattr(outside_module, "TIMEOUT_S", 0.05)
    with pytest.raises(endure.Retry):
        start(Trouble(Fate.LATE, 0.3)).post("/drafts", {"post": POST}, key="k1")


def test_a_rate_limit_is_waited_for(start):
    with pytest.raises(endure.Retry) as caught:
        crm(start(Trouble(Fate.LIMITED, 2)))
    assert caught.value.after == 2


def test_an_expired_token_is_renewed_by_the_next_attempt(start):
    now = types.SimpleNamespace(s=0.0)
    outside = start(clock=lambda: now.s, token_life_s=(5.0, 5.0))
    assert crm(outside)
    now.s = 6.0
    with pytest.raises(endure.Retry, match="token"):
        crm(outside)
    assert crm(outside) == {"contact": "C-1"}


def test_what_never_helps_fails_with_the_status(start):
    stranger = {**POST, "author": "@sol.y.mar"}
    with pytest.raises(endure.Fail) as caught:
        start().post("/enrichment", {"post": stranger}, with_token=True)
    assert caught.value.status == 404


def test_no_service_at_all_asks_for_another_attempt():
    with pytest.raises(endure.Retry):
        Outside("http://127.0.0.1:9").post("/drafts", {}, key="k")


def test_deliveries_are_noted_with_their_ends(tmp_path):
    path = str(tmp_path / "deliveries.jsonl")
    book = Deliveries(path)
    step = types.SimpleNamespace(idempotency_key="k", workflow="x-1", attempt=1)
    results = iter([endure.Retry("busy"), {"ok": True}])

    @book.noted
    def work(arguments, step):
        result = next(results)
        if isinstance(result, Exception):
            raise result
        return result

    with pytest.raises(endure.Retry):
        work({}, step)
    assert work({}, step) == {"ok": True}
    with open(path, "a", encoding="utf-8") as file:
        file.write('{"what": "deliv')
    assert [line["what"] for line in read_deliveries(path)] == [
        "delivered", "retry", "delivered", "done"]
    assert json.dumps(read_deliveries(path)[0])
