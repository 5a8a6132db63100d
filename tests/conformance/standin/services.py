"""Loopback stand-ins for the services that scenarios call, so that no scenario leaves the machine.

One HTTP and one HTTPS server play all hosts, by the Host header. The node reaches them by its setting
`http_client.connect_to` and trusts them by `http_client.ca_file`; the definitions keep the addresses that they have.
"""

import http.server
import json
import socket
import threading
import time
from pathlib import Path

from . import httpbin, petstore

HOSTS = {"petstore.swagger.io": petstore.answer, "httpbin.org": httpbin.answer}
# What a scenario scripts itself: a shop of ours, and the hosts of the specification's examples.
SCRIPTED = ("shop.example", "keycloak", "fake.com", "myorg.io", "swapi.dev", "superbet-casinos.com", "fake-hospital.com",
            "fake-chat-api.com", "virtual-wf-powered-race.com", "external-service.example.com", "example.com",
            "hospital.example.com", "raw.githubusercontent.com")
# Programs in place of docker and npx.
PROGRAMS = Path(__file__).resolve().parent / "programs"

SETTINGS = """\
http_client:
  timeout: {timeout}
  ca_file: '{ca}'
  connect_to:
{lines}
"""


def names():
    return [*HOSTS, *SCRIPTED]


class Services:
    """The servers and programs of one scenario. What they were asked is kept in `requests`, in order."""

    def __init__(self, certificates, timeout="20s"):
        self.programs = PROGRAMS
        self.requests = []
        self.scripts = {}  # "GET /path" -> answers; the last one is given again and again
        self._lock = threading.Lock()
        self._certificates = certificates
        self._timeout = timeout
        self._plain = self._serve(None)
        self._secure = self._serve(certificates.context())

    def settings(self):
        ports = ((80, self._plain.server_port), (443, self._secure.server_port))
        lines = "\n".join(f"    - '{host}:{port}=127.0.0.1:{own}'" for host in names() for port, own in ports)
        return SETTINGS.format(timeout=self._timeout, ca=self._certificates.ca, lines=lines)

    def script(self, call, answers):
        with self._lock:
            self.scripts[call] = list(answers)

    def count(self, call):
        with self._lock:
            return sum(each["call"] == call for each in self.requests)

    def close(self):
        for server in (self._plain, self._secure):
            server.shutdown()
            server.server_close()

    def _serve(self, context):
        server = _Server(("127.0.0.1", 0), _handler(self))
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return server

    def answer(self, request):
        """(status, headers, body) of a request: {method, host, path, query, headers, body, call}."""
        with self._lock:
            self.requests.append(request)
            script = self.scripts.get(request["call"])
            scripted = None
            if script:
                scripted = script.pop(0) if len(script) > 1 else script[0]
        if scripted is not None:
            return _scripted(scripted)
        play = HOSTS.get(request["host"])
        return play(request) if play else (404, {}, {"error": f"nothing is scripted for {request['call']}"})


def _scripted(answer):
    time.sleep(float(answer.get("delay_s", 0)))
    return int(answer.get("status", 200)), answer.get("headers", {}), answer.get("text", answer.get("body"))


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        """A node that dies leaves broken connections; they are no news."""


def _handler(services):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30

        def setup(self):
            self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            super().setup()

        def log_message(self, *_):
            """Nothing is logged: what counts is in `requests`."""

        def _any(self):
            path, _, query = self.path.partition("?")
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            host = self.headers.get("Host", "").split(":")[0]
            status, headers, value = services.answer({
                "method": self.command, "host": host, "path": path, "query": query, "body": body,
                "call": f"{self.command} {path}",
                "headers": {name.lower(): value for name, value in self.headers.items()}})
            self._send(status, headers, value)

        # No Date: an answer is the same in every run.
        def _send(self, status, headers, value):
            content, kind = _content(value)
            self.send_response_only(status)
            for name, text in {**({"Content-Type": kind} if content else {}), **headers}.items():
                self.send_header(name, text)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _any

    return Handler


def _content(value):
    if value is None:
        return b"", ""
    if isinstance(value, bytes):
        return value, "application/octet-stream"
    if isinstance(value, str):
        return value.encode("utf-8"), "text/plain"
    return json.dumps(value).encode("utf-8"), "application/json"
