"""The outer world of the example, as one small HTTP service that misbehaves by a seed.

    POST /token            {client}                  → {token, expires_in}
    POST /enrichment       {post}                    → {score, topic, language, reach}    (token)
    POST /crm/contacts     {post, …}  Idempotency-Key → {contact}                          (token)
    POST /chat/messages    {post, text, effect?}  Idempotency-Key → {message}
    POST /drafts           {post, …}  Idempotency-Key → {draft}

    POST /world/outage     {service, seconds}        the service is away from now on, for so long
    GET  /world            what it was asked and how it answered

Run alone:  python3 world.py --records effects.jsonl --seed 7 --port 8099
"""
import argparse
import collections
import hashlib
import http.server
import json
import random
import signal
import threading
import time

import scoring
from ledger import KeyReused, Ledger
from misbehaviour import Fate, Window, trouble_for

LIMITS_PER_SECOND = {"enrichment": 40, "crm": 60, "chat": 60, "drafts": 60}
ROUTES = {
    "/enrichment": "enrichment", "/crm/contacts": "crm", "/chat/messages": "chat",
    "/drafts": "drafts",
}
NEEDS_TOKEN = {"enrichment", "crm"}
MAX_BODY_BYTES = 1 << 20


class Answer:
    """What goes back: `body` as JSON, or `raw` bytes; `silent` closes the connection instead."""

    def __init__(self, status, body=None, *, headers=None, raw=None, delay_s=0.0, silent=False):
        self.status = status
        self.headers = headers or {}
        self.raw = raw if raw is not None else json.dumps(body, ensure_ascii=False).encode()
        self.delay_s = delay_s
        self.silent = silent


class World:
    """The services behind the HTTP face. Any thread; `clock` gives seconds."""

    def __init__(self, ledger, seed=None, clock=time.monotonic, token_life_s=(4.0, 8.0)):
        self._ledger = ledger
        self._seed = seed
        self._clock = clock
        self._token_life_s = token_life_s
        self._lock = threading.Lock()
        self._tokens = {}
        self._token_draw = random.Random(f"{seed}/tokens")
        self._outage_until = {}
        self._asked = collections.Counter()
        self._windows = {name: Window(limit) for name, limit in LIMITS_PER_SECOND.items()}
        self._counts = collections.Counter()

    def handle(self, method, path, headers, body):
        """One request; `headers` is a mapping with lower-case names, `body` bytes."""
        if method == "GET" and path == "/world":
            return Answer(200, self.figures())
        if method != "POST":
            return Answer(405, {"error": "use POST"})
        try:
            asked = json.loads(body)
            if not isinstance(asked, dict):
                raise ValueError("not an object")
        except ValueError as error:
            return Answer(400, {"error": f"the body must be a JSON object: {error}"})
        if path == "/token":
            return self._give_token()
        if path == "/world/outage":
            return self._begin_outage(asked)
        if path not in ROUTES:
            return Answer(404, {"error": f"nothing at {path}"})
        return self._serve(ROUTES[path], headers, asked)

    def figures(self):
        with self._lock:
            return dict(sorted(self._counts.items()))

    def _count(self, service, what):
        with self._lock:
            self._counts[f"{service}.{what}"] += 1

    # -- tokens and outages ---------------------------------------------------

    def _give_token(self):
        with self._lock:
            life_s = self._token_draw.uniform(*self._token_life_s)
            token = f"{self._token_draw.getrandbits(128):032x}"
            self._tokens[token] = self._clock() + life_s
            self._counts["token.given"] += 1
        # The token ends a little before the time that is told: so do they in life.
        return Answer(200, {"token": token, "expires_in": round(life_s * 2, 1)})

    def _token_holds(self, headers):
        token = headers.get("authorization", "").removeprefix("Bearer ")
        with self._lock:
            return self._clock() < self._tokens.get(token, float("-inf"))

    def _begin_outage(self, asked):
        service, seconds = asked.get("service"), asked.get("seconds")
        if service not in LIMITS_PER_SECOND or not isinstance(seconds, (int, float)):
            return Answer(400, {"error": "service and seconds are needed"})
        with self._lock:
            self._outage_until[service] = self._clock() + seconds
            self._counts[f"{service}.outages"] += 1
        return Answer(200, {"service": service, "seconds": seconds})

    def _is_away(self, service):
        with self._lock:
            return self._clock() < self._outage_until.get(service, float("-inf"))

    # -- services -------------------------------------------------------------

    def _serve(self, service, headers, asked):
        self._count(service, "requests")
        post = asked.get("post")
        if not isinstance(post, dict) or not isinstance(post.get("id"), str):
            return Answer(400, {"error": "post.id is needed"})
        if self._is_away(service):
            self._count(service, "refused in outage")
            return Answer(503, raw=b"<html>Bad gateway</html>", headers={"Content-Type": "text/html"})
        with self._lock:
            passes = self._windows[service].take(self._clock())
        if not passes:
            self._count(service, "limited")
            return Answer(429, {"error": "slow down"}, headers={"Retry-After": "1"})
        if service in NEEDS_TOKEN and not self._token_holds(headers):
            self._count(service, "token expired")
            return Answer(401, {"error": "the token has expired"})
        return self._serve_by_fate(service, headers, asked, post)

    def _serve_by_fate(self, service, headers, asked, post):
        thing = f"{post['id']}/{asked.get('effect', service)}"
        with self._lock:
            nth = self._asked[service, thing]
            self._asked[service, thing] += 1
        trouble = trouble_for(self._seed, service, thing, nth)
        self._count(service, trouble.fate.value)
        if trouble.fate is Fate.LIMITED:
            return Answer(429, {"error": "slow down"},
                          headers={"Retry-After": str(int(trouble.seconds))})
        if trouble.fate is Fate.FAILED:
            return Answer(503, {"error": "try again later"})
        answer = self._do(service, headers, asked, post)  # from here on, it is done
        if answer.status != 200:
            return answer
        if trouble.fate is Fate.MALFORMED:
            answer.raw = answer.raw[: len(answer.raw) // 2] + b"\xff<!-- proxy -->"
        answer.silent = trouble.fate is Fate.SILENT
        answer.delay_s = trouble.seconds
        return answer

    def _do(self, service, headers, asked, post):
        if service == "enrichment":
            if not scoring.known_author(str(post.get("author", ""))):
                return Answer(404, {"error": "no such author"})
            return Answer(200, scoring.enrich(post))
        key = headers.get("idempotency-key", "")
        if not key:
            return Answer(400, {"error": "an Idempotency-Key header is needed"})
        effect = str(asked.get("effect", {"crm": "crm", "chat": "chat", "drafts": "draft"}[service]))
        fingerprint = hashlib.sha256(
            json.dumps([service, asked], sort_keys=True).encode()).hexdigest()[:16]
        try:
            made = self._ledger.apply(effect, post["id"], key, fingerprint,
                                      lambda n: _answer_of(service, n, post))
        except KeyReused:
            self._count(service, "key reused")
            return Answer(422, {"error": "this key belongs to another request"})
        return Answer(200, made)


def _answer_of(service, number, post):
    if service == "crm":
        return {"contact": f"C-{number}"}
    if service == "chat":
        return {"message": f"M-{number}"}
    return {"draft": f"Hello {post.get('author', 'there')}, thank you for writing to us. "
                     f"A person will read this before it is sent. (Draft {number})"}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    world = None  # set by `serve`

    def do_GET(self):
        self._answer("GET", b"")

    def do_POST(self):
        try:
            length = int(self.headers.get("Content-Length", "0"))
        except ValueError:
            length = -1
        if not 0 <= length <= MAX_BODY_BYTES:
            self.close_connection = True
            self._send(Answer(413, {"error": f"at most {MAX_BODY_BYTES} bytes"}))
            return
        self._answer("POST", self.rfile.read(length))

    def _answer(self, method, body):
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._send(self.world.handle(method, self.path, headers, body))

    def _send(self, answer):
        if answer.delay_s:
            time.sleep(answer.delay_s)
        if answer.silent:
            self.close_connection = True
            return
        try:
            self.send_response(answer.status)
            for name, value in {"Content-Type": "application/json", **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.raw)))
            self.end_headers()
            self.wfile.write(answer.raw)
        except OSError:  # the caller has given up
            self.close_connection = True

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


def serve(world, port=0):
    """A server bound to loopback; the caller runs `serve_forever`. Port 0: any that is free."""
    handler = type("WorldHandler", (Handler,), {"world": world})
    return Server(("127.0.0.1", port), handler)


def main():
    parser = argparse.ArgumentParser(description="the example's outer world")
    parser.add_argument("--records", required=True, help="file for the side effects (JSON Lines)")
    parser.add_argument("--seed", help="of its misbehaviour; absent: it behaves")
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    server = serve(World(Ledger(options.records), options.seed), options.port)
    print(json.dumps({"port": server.server_address[1]}), flush=True)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
