#!/usr/bin/env python3
"""A real node makes its calls: TLS with a certificate of its own, OpenAPI by another host's name,
secrets, OAuth, an MCP program, and a subscription that goes on after kill -9.

usage: calls_test.py --binary build/endure      exit code 0: all as it should be; 77: no openssl
"""

import argparse
import http.server
import json
import os
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "crash"))
from node import Api, Node  # noqa: E402

SECRET = "hunter2-is-no-secret"

OPENAPI = {
    "openapi": "3.0.3",
    "servers": [{"url": "/v1"}],
    "paths": {"/pets/{id}": {"get": {
        "operationId": "getPet",
        "parameters": [{"name": "id", "in": "path", "required": True}]}}},
}

MCP_PROGRAM = """\
import json, os, sys
for line in sys.stdin:
    message = json.loads(line)
    if 'id' not in message: continue
    result = {'protocolVersion': '2025-06-18'}
    if message['method'] != 'initialize':
        result = {'said': message['params']['say'], 'token': os.environ['TOKEN']}
    print(json.dumps({'jsonrpc': '2.0', 'id': message['id'], 'result': result}), flush=True)
"""


class Service(http.server.BaseHTTPRequestHandler):
    """Whatever the definitions call; records what it was asked."""

    protocol_version = "HTTP/1.1"
    requests = []
    hold = threading.Event()  # set: the stream of events may go on

    def log_message(self, *_):
        pass

    def answer(self, body, status=200):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_POST(self):  # noqa: N802
        body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        self.requests.append((self.path, dict(self.headers), body))
        if self.path == "/oauth2/token":
            return self.answer({"access_token": "a-token", "expires_in": 60})
        return self.answer({"echo": body, "key": self.headers.get("X-Key")})

    def do_GET(self):  # noqa: N802
        self.requests.append((self.path, dict(self.headers), ""))
        if self.path == "/openapi.json":
            return self.answer(OPENAPI)
        if self.path == "/asyncapi.json":
            return self.answer({
                "asyncapi": "3.0.0",
                "servers": {"web": {"host": "events.example", "protocol": "https"}},
                "channels": {"c": {"address": "/stream"}},
                "operations": {"o": {"channel": {"$ref": "#/channels/c"}}}})
        if self.path == "/stream":
            return self.stream()
        if self.headers.get("Authorization", "").startswith("Basic "):
            return self.answer({"in": True})
        if self.path == "/token" and self.headers.get("Authorization") != "Bearer a-token":
            return self.answer({}, 401)
        return self.answer({"path": self.path, "host": self.headers["Host"]})

    def stream(self):
        """Events with ids; those behind Last-Event-ID, the third one only when it may."""
        after = int(self.headers.get("Last-Event-ID", "0"))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        try:
            for n in range(after + 1, 5):
                if n == 3 and not self.hold.wait(60):
                    break
                self.wfile.write(f"id: {n}\ndata: {json.dumps({'n': n})}\n\n".encode())
                self.wfile.flush()
        except OSError:
            pass  # the node has what it wanted, or was killed


def serve(folder):
    """A TLS server on loopback, and the file that makes it trusted."""
    certificate, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
         "/CN=pets.example", "-addext", "subjectAltName=DNS:pets.example,DNS:events.example",
         "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, certificate


class Test:
    def __init__(self, node):
        self.node = node
        self.api = Api(node.http_port)
        self.count = 0

    def start(self, tasks, use=None):
        self.count += 1
        name = f"calls-{self.count}"
        document = {"document": {"dsl": "1.0.3", "namespace": "test", "name": name,
                                 "version": "1.0.0"}, "do": tasks}
        if use:
            document["use"] = use
        status, answer = self.api.call("POST", "/v1/definitions", document)
        assert status == 201, answer
        status, answer = self.api.call("POST", "/v1/workflows", {
            "namespace": "test", "definition": name, "id": name})
        assert status == 201, answer
        return name

    def end_of(self, name, phase="completed"):
        status, answer = self.api.call("GET", f"/v1/workflows/test/{name}/result?wait_ms=60000")
        assert status == 200 and answer["phase"] == phase, answer
        return answer

    def run(self, tasks, use=None, phase="completed"):
        answer = self.end_of(self.start(tasks, use), phase)
        return answer["output"] if phase == "completed" else answer["error"]


def call(kind, **arguments):
    return {"call": kind, "with": arguments}


def check_openapi(test):
    output = test.run([{"pet": call(
        "openapi", document={"endpoint": "https://pets.example/openapi.json"},
        operationId="getPet", parameters={"id": 7})}])
    assert output == {"path": "/v1/pets/7", "host": "pets.example"}, output


def check_secrets(test):
    name = test.start(
        [{"login": call("http", method="get", endpoint={
            "uri": "https://pets.example/x", "authentication": {"basic": {"use": "login"}}})},
         {"post": call("http", method="post", endpoint="https://pets.example/y",
                       headers={"X-Key": "${ $secrets.login.password }"},
                       body={"password": "${ $secrets.login.password }"})}],
        use={"secrets": ["login"]})
    output = test.end_of(name)["output"]
    sent = [r for r in Service.requests if r[0] == "/y"][-1]
    assert sent[1]["X-Key"] == SECRET and json.loads(sent[2]) == {"password": SECRET}, sent
    assert output["key"] == "(hidden)", output
    history = test.api.call("GET", f"/v1/workflows/test/{name}/history?limit=100")[1]
    assert SECRET not in json.dumps([output, history])
    fault = test.run(
        [{"x": call("http", method="get", endpoint={
            "uri": "https://pets.example/x", "authentication": {"bearer": {"use": "unset"}}})}],
        use={"secrets": ["unset"]}, phase="faulted")
    assert fault["status"] == 403 and fault["type"].endswith("/authorization"), fault


def check_oauth(test):
    endpoint = {"uri": "https://pets.example/token", "authentication": {"oauth2": {
        "authority": "https://pets.example", "grant": "client_credentials",
        "client": {"id": "me", "secret": "s"}}}}
    for _ in range(2):
        test.run([{"a": call("http", method="get", endpoint=endpoint)}])
    assert len([r for r in Service.requests if r[0] == "/oauth2/token"]) == 1


def check_mcp(test):
    output = test.run(
        [{"m": call("mcp", method="tools/call", parameters={"say": "hello"},
                    transport={"stdio": {
                        "command": sys.executable, "arguments": ["-c", MCP_PROGRAM],
                        "environment": {"TOKEN": "${ $secrets.login.password }"}}})}],
        use={"secrets": ["login"]})
    assert output == {"said": "hello", "token": "(hidden)"}, output


def check_subscription(test):
    """Killed between two messages: what was consumed stays, what follows is consumed once."""
    name = test.start([{"s": call(
        "asyncapi", document={"endpoint": "https://pets.example/asyncapi.json"}, operation="o",
        subscription={
            "consume": {"until": "${ (. | length) == 3 }"},
            "foreach": {"item": "m", "do": [
                {"n": {"set": {"n": "${ $m.payload.n }"}}}], "output": {"as": "."}}})}])
    path = f"/v1/workflows/test/{name}/history?limit=100"
    until = time.monotonic() + 60
    while '"id": "2"' not in json.dumps(test.api.call("GET", path)[1]):
        assert time.monotonic() < until, "the second message is not recorded"
        time.sleep(0.05)
    test.node.kill()
    test.node.start()
    test.api = Api(test.node.http_port)
    Service.hold.set()
    output = test.end_of(name)["output"]
    assert output == [{"n": 1}, {"n": 2}, {"n": 3}], output


CHECKS = (check_openapi, check_secrets, check_oauth, check_mcp, check_subscription)


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--binary", required=True)
    binary = options.parse_args().binary
    if shutil.which("openssl") is None:
        print("skipped: there is no openssl to make a certificate with")
        return 77
    os.environ["ENDURE_SECRET_LOGIN"] = json.dumps({"username": "me", "password": SECRET})
    with tempfile.TemporaryDirectory(prefix="endure-calls-") as folder:
        server, certificate = serve(Path(folder))
        node = Node(binary, folder)
        port = server.server_address[1]
        node.config.write_text(
            node.config.read_text() + f"http_client: {{ ca_file: '{certificate}', connect_to: "
            f"['pets.example:443=127.0.0.1:{port}', 'events.example:443=127.0.0.1:{port}'] }}\n")
        try:
            node.start()
            test = Test(node)
            for check in CHECKS:
                check(test)
                print(f"{check.__name__}: as it should be", flush=True)
            node.stop()
            assert SECRET.encode() not in (node.data / "data.mdb").read_bytes()
            assert SECRET not in node.log_tail(10_000)
        finally:
            node.discard()
            server.shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(main())
