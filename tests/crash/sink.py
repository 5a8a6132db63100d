"""A sink for the lifecycle events of a node: takes what comes, and remembers it in its order."""

import http.server
import json
import threading


class Sink:
    """An HTTP server on loopback. Every seventh request is answered with 503, so that the node has
    to send it again."""

    def __init__(self):
        self._lock = threading.Lock()
        self._requests = 0
        self._events = {}  # subject -> events, each once, in the order of their first coming
        self._ids = set()
        self.problems = []
        sink = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.send_response(sink.take(self.headers.get("Content-Type", ""), body))
                self.send_header("Content-Length", "0")
                self.end_headers()

            # For `call: http` of the load: something that answers.
            def do_GET(self):
                body = b'{"answer": 42}'
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass  # the node died in the middle of a request

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/events"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def take(self, content_type, body):
        with self._lock:
            self._requests += 1
            if self._requests % 7 == 0:
                return 503
            if not content_type.startswith("application/cloudevents+json"):
                self.problems.append(f"the sink got {content_type!r}")
                return 202
            event = json.loads(body)
            if event["id"] not in self._ids:
                self._ids.add(event["id"])
                self._events.setdefault(event["subject"], []).append(event)
            return 202

    def forget(self):
        """For a new beginning: what came so far was looked at."""
        with self._lock:
            self._events.clear()
            self._ids.clear()

    def events_of(self, subject):
        with self._lock:
            return list(self._events.get(subject, []))
