"""A node daemon that tests start, kill and start again, and plain HTTP calls to it."""

import contextlib
import fcntl
import http.client
import json
import os
import random
import re
import signal
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("base", "persistence", "actors", "runtime")
POINT = re.compile(r'ENDURE_FAULT_POINT\("([^"]+)"\)')

CONFIG = """\
node: {{ shutdown_timeout: 10s }}
data: {{ folder: '{data}', max_size: 8GiB }}
http: {{ listen: '127.0.0.1:{http}' }}
worker: {{ listen: 'tcp://127.0.0.1:{worker}', heartbeat: {heartbeat}, lost_after: {lost_after} }}
engine: {{ passivate_after: 200ms{engine} }}
"""


class NodeDied(Exception):
    """The daemon ended although nothing asked it to."""


def fault_points():
    """The named points of the source, so that no test has to list them."""
    found = set()
    for folder in SOURCES:
        for path in (ROOT / folder).rglob("*.cpp"):
            found.update(POINT.findall(path.read_text(encoding="utf-8")))
    return sorted(found)


def has_fault_points(binary):
    return b"ENDURE_CRASH_AT" in Path(binary).read_bytes()


_reserved = {}  # port -> the open lock file


def free_port():
    """A port that is free now, that the system gives to nobody by itself, and that no other test takes until
    release_port() or the end of this process.

    The range from which the system chooses would not do: while the node is down, a client that
    dials such a port again and again may at last be connected to itself."""
    folder = Path(tempfile.gettempdir()) / f"endure-test-ports-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    while True:
        port = random.SystemRandom().randrange(20_000, 32_000)
        lock = open(folder / str(port), "w", encoding="utf-8")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", port))
        except OSError:
            lock.close()
            continue
        _reserved[port] = lock
        return port


def release_port(port):
    lock = _reserved.pop(port, None)
    if lock is not None:
        lock.close()


class Node:
    """One node with its data folder; its ports stay the same over all restarts."""

    def __init__(self, binary, folder, heartbeat="500ms", lost_after="2s", settings="", engine=None):
        """`settings`: further sections of its configuration, as YAML; `engine`: further settings of that
        section."""
        self.binary = str(binary)
        self.folder = Path(folder)
        self.data = self.folder / "data"
        self.http_port, worker_port = free_port(), free_port()
        self._ports = (self.http_port, worker_port)
        self.worker_address = f"tcp://127.0.0.1:{worker_port}"
        self.process = None
        self.starts = 0
        self.environment = {}  # beside the test's own
        self.inside = contextlib.nullcontext  # where it runs and is called: a network namespace, perhaps
        self.config = self.folder / "node.yaml"
        self.config.write_text(
            CONFIG.format(data=self.data, http=self.http_port, worker=worker_port,
                          heartbeat=heartbeat, lost_after=lost_after,
                          engine="".join(f", {name}: {value}"
                                         for name, value in (engine or {}).items())) + settings,
            encoding="utf-8")

    def configure(self, settings):
        """Further sections of the configuration, as YAML, before a start."""
        with open(self.config, "a", encoding="utf-8") as config:
            config.write(settings)

    def spawn(self, crash_at=None):
        """Starts the daemon and returns at once."""
        environment = {**os.environ, **self.environment}
        environment.pop("ENDURE_CRASH_AT", None)
        if crash_at:
            environment["ENDURE_CRASH_AT"] = crash_at
        self.starts += 1
        with open(self.folder / "node.log", "ab") as log:
            log.write(f"--- start {self.starts}, crash at {crash_at}\n".encode())
            log.flush()
            with self.inside():
                self.process = subprocess.Popen(
                    [self.binary, "node", "--config", str(self.config)],
                    stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment)

    def start(self, timeout_s=60.0):
        """Starts the daemon and waits until it is ready."""
        self.spawn()
        self.wait_ready(timeout_s)

    def wait_ready(self, timeout_s=60.0):
        until = time.monotonic() + timeout_s
        while not self.is_ready():
            if self.process.poll() is not None:
                raise NodeDied(f"the node ended with {self.process.returncode} while it started\n"
                               + self.log_tail())
            if time.monotonic() > until:
                raise NodeDied(f"the node is not ready after {timeout_s} s\n" + self.log_tail())
            time.sleep(0.02)

    def api(self, timeout_s=60.0):
        return Api(self.http_port, timeout_s, self.inside)

    def is_ready(self):
        api = self.api(timeout_s=5)
        try:
            return api.call("GET", "/readyz")[0] == 200
        except OSError:
            return False
        finally:
            api.close()

    def wait_killed(self, timeout_s):
        """Waits for a death by SIGKILL. False: it lives still. Any other death is an error."""
        try:
            code = self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return False
        if code != -signal.SIGKILL:
            raise NodeDied(f"the node ended with {code} instead of SIGKILL\n" + self.log_tail())
        return True

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        if not self.wait_killed(30):
            raise NodeDied("the node outlives SIGKILL")

    def stop(self):
        """An orderly stop, whose exit code must be 0."""
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise NodeDied("the node does not stop within 30 s\n" + self.log_tail()) from None
        if code != 0:
            raise NodeDied(f"an orderly stop ended with exit code {code}\n" + self.log_tail())

    def discard(self):
        """Ends whatever still runs, and gives the ports back; for the end of a test."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for port in self._ports:
            release_port(port)

    def status(self, field):
        """A size of the process, in KiB, as /proc/<pid>/status tells it."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1])
        raise KeyError(field)

    def verify(self):
        """Runs `endure verify` on the stopped node's folder; None where that verb is missing."""
        known = subprocess.run([self.binary, "--help"], capture_output=True, text=True, check=True)
        if not re.search(r"^  verify\b", known.stdout, re.MULTILINE):
            return None
        done = subprocess.run([self.binary, "verify", "--data", str(self.data)],
                              capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    def log_tail(self, lines=25):
        text = (self.folder / "node.log").read_text(encoding="utf-8", errors="replace")
        return "\n".join(text.splitlines()[-lines:])


class Api:
    """Calls to a node over one kept connection for each thread. No answer is an OSError."""

    def __init__(self, port, timeout_s=60.0, inside=contextlib.nullcontext):
        """`inside()`: a context in which connections are made."""
        self.port = port
        self.timeout_s = timeout_s
        self.inside = inside
        self._local = threading.local()

    def call(self, method, path, body=None, headers=None):
        """The status and the answer. `body`: bytes as they are, anything else as JSON."""
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        kept = getattr(self._local, "connection", None) is not None
        try:
            return self._once(method, path, body, headers or {})
        except ConnectionError:
            # The node closes connections that idle; a question may be asked again.
            if not kept or method != "GET":
                raise
        return self._once(method, path, body, headers or {})

    def _once(self, method, path, body, headers):
        try:
            connection = self._connected()
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            content = answer.read()
            if answer.will_close:
                self.close()
            return answer.status, _decoded(answer, content)
        except http.client.HTTPException as error:
            self.close()
            raise ConnectionError(str(error)) from error
        except OSError:
            self.close()
            raise

    def _connected(self):
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout_s)
            with self.inside():
                connection.connect()
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._local.connection = connection
        return connection

    def close(self):
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None

    def pages(self, path, **query):
        """All items of a list."""
        cursor = ""
        while True:
            parts = [f"{key}={value}" for key, value in query.items()]
            if cursor:
                parts.append(f"cursor={cursor}")
            status, answer = self.call("GET", path + "?" + "&".join(parts))
            if status != 200:
                raise AssertionError(f"GET {path}: {status} {answer}")
            yield from answer["items"]
            cursor = answer.get("next_cursor")
            if not cursor:
                return

    def history(self, namespace, workflow):
        after, items = 0, []
        while True:
            status, answer = self.call(
                "GET", f"/v1/workflows/{namespace}/{workflow}/history?after={after}&limit=1000")
            if status != 200:
                raise AssertionError(f"history of {workflow}: {status} {answer}")
            items += answer["items"]
            after = answer.get("next_after")
            if not after:
                return items


def _decoded(answer, content):
    if "json" in (answer.getheader("Content-Type") or ""):
        return json.loads(content)
    return content.decode("utf-8", "replace")
