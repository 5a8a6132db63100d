"""The node's side of the worker protocol, driven by hand: a ROUTER in the test's own thread."""

import time

import msgpack
import zmq

HELLO, RESULTS, ERRORS, HEARTBEAT, CREDIT, RELEASE, DRAIN, GOODBYE = 1, 2, 3, 4, 5, 6, 7, 8
WELCOME, STEPS, ANSWERS, LOST, REVOKE, REFUSED, NODES = 16, 17, 18, 19, 20, 21, 22


class FakeNode:
    def __init__(self, heartbeat_ms=100, address="tcp://127.0.0.1:*", result_bytes=1 << 20):
        self.heartbeat_ms = heartbeat_ms
        self.result_bytes = result_bytes
        self.beats = []  # the tokens of each heartbeat
        self.route = None
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.ROUTER)
        self._socket.set(zmq.LINGER, 0)
        self._socket.set(zmq.ROUTER_MANDATORY, 1)
        self._socket.bind(address)
        self.address = self._socket.get(zmq.LAST_ENDPOINT).decode()

    def close(self):
        self._socket.close(linger=0)
        self._context.term()

    def restart(self, **changes):
        """Closes and binds the same port again, as a node that was killed and came back."""
        self.close()
        settings = {"heartbeat_ms": self.heartbeat_ms, "result_bytes": self.result_bytes}
        deadline = time.monotonic() + 5
        while True:
            try:
                self.__init__(address=self.address, **{**settings, **changes})
                return
            except zmq.ZMQError:
                if time.monotonic() > deadline:
                    raise

    def receive(self, timeout=5.0):
        """The next frame as (routing id, message), None for a probe. Fails after `timeout`."""
        assert self._socket.poll(timeout * 1000), "nothing came from the worker"
        route, frame = self._socket.recv_multipart()
        return route, msgpack.unpackb(frame) if frame else None

    def expect(self, kind, timeout=5.0):
        """The fields of the next message of this type. Heartbeats and probes before it are answered,
        anything else fails the test."""
        deadline = time.monotonic() + timeout
        while True:
            route, message = self.receive(max(0.001, deadline - time.monotonic()))
            self.route = route
            if message is None:
                self.send(REFUSED, "unknown_session", "say hello")
                continue
            assert message[0] == 1
            if message[1] == kind:
                return message[2:]
            assert message[1] in (HEARTBEAT, HELLO), message
            if message[1] == HEARTBEAT:
                self.beats.append(message[2])
                self.send(LOST, [])

    def nothing_but_heartbeats(self, seconds):
        deadline = time.monotonic() + seconds
        while self._socket.poll(max(0, deadline - time.monotonic()) * 1000):
            self.route, message = self.receive()
            assert message[1] == HEARTBEAT, message
            self.beats.append(message[2])
            self.send(LOST, [])

    def part_with(self, worker):
        """Answers the goodbye of a worker that stops."""
        for _ in range(500):
            if worker.join(0.01):
                return
            while self._socket.poll(0):
                self.route, message = self.receive()
                if message is not None and message[1] == GOODBYE:
                    self.send(GOODBYE, "goodbye")
        raise AssertionError("the worker does not stop")

    def send(self, kind, *fields):
        self._socket.send_multipart([self.route, msgpack.packb([1, kind, *fields])])

    def send_raw(self, frame):
        self._socket.send_multipart([self.route, frame])

    def welcome(self, epoch=1, node="n1"):
        """Takes the hello and answers it; the hello's fields."""
        hello = self.expect(HELLO)
        self.send(WELCOME, node, epoch, self.heartbeat_ms, [4 << 20, self.result_bytes, 10_000])
        return hello

    def hand_out(self, *tokens, queue="enrich", arguments=None, lease_ms=30_000, attempt=1):
        self.send(
            STEPS,
            [
                [t, "default", "w-" + t, queue, "/do/0/" + queue, attempt, lease_ms, "key-" + t]
                + [{"token": t} if arguments is None else arguments]
                for t in tokens
            ],
        )

    def results(self, count=1):
        """The results of the next `count` steps as {token: value}, each answered ok."""
        found = {}
        while len(found) < count:
            items = self.expect(RESULTS)[0]
            found.update((token, value) for token, value in items)
            self.send(ANSWERS, [[token, "ok", ""] for token, _ in items])
        return found
