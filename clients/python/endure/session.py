"""The worker's side of the conversation with one node: a DEALER socket, the steps that it holds,
and what is not answered yet. Everything here but ``report`` runs on the worker's I/O thread.

A step is held from its arrival until its result or error was answered. Whatever the connection
does in between, the result is sent again until the node has said ``ok`` or ``stale``.
"""

from __future__ import annotations

import logging
import os
import time
import uuid
from collections import deque
from typing import Any, Callable, Optional

import zmq

from . import protocol
from .runners import Outcome, no_json
from .step import Step

log = logging.getLogger("endure")

FIRST_HEARTBEAT_S = 1.0  # until the node has named its own
SILENT_BEATS = 3  # a node that missed so many answers is dialled anew
RESEND_AFTER_S = 0.5
GOODBYE_WAIT_S = 1.0
FRAMES_PER_ROUND = 100
# So many outcomes in one round mean that more will come soon: the next round begins by itself.
BUSY_OUTCOMES = 8
BUSY_ROUND_S = 0.001


class Held:
    """A step between its arrival and the answer to its outcome."""

    __slots__ = ("step", "extended", "outcome", "resend_at")

    def __init__(self, step: Step, now: float) -> None:
        self.step = step
        self.extended = now  # when its lease last began anew
        self.outcome: Optional[Outcome] = None
        self.resend_at: Optional[float] = None


class Session:
    """One worker's session with a node. ``on_steps`` gets the steps of one message;
    ``on_lost`` a step that was taken away; ``on_others`` the other nodes of a cluster, by name."""

    def __init__(
        self,
        address: str,
        name: str,
        client: str,
        credits: dict[str, int],
        on_steps: Callable[[list[Step]], None],
        on_lost: Callable[[Step], None],
        on_others: Callable[[dict[str, str]], None],
    ) -> None:
        self.address = address
        self.node = ""  # once it has said its name
        self.name = name
        self.client = client
        self.instance = uuid.uuid4().hex
        self.credits = credits
        self.held: dict[str, Held] = {}
        self.welcomed = False
        self.draining = False
        self.left = False
        self._on_steps = on_steps
        self._on_lost = on_lost
        self._on_others = on_others
        self._heartbeat_s = FIRST_HEARTBEAT_S
        self._message_bytes = 1 << 20
        self._result_bytes = 1 << 20
        self._epoch: Optional[int] = None
        self._ended: deque[tuple[Step, Outcome]] = deque()
        self._to_beat: deque[str] = deque()
        self._woken = False
        self._busy = False
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)
        self._context = zmq.Context()
        self._socket: Optional[zmq.Socket[bytes]] = None
        self._poller = zmq.Poller()
        self._poller.register(self._wake_read, zmq.POLLIN)
        self._next_beat = 0.0
        self._next_hello = 0.0
        self._heard = 0.0
        self._connect()

    # -- from any thread -----------------------------------------------------------------------

    def report(self, step: Step, outcome: Outcome) -> None:
        """The outcome of a step; it is sent by the next round."""
        self._ended.append((step, outcome))
        self.wake()

    def beat(self, step: Step) -> None:
        self._to_beat.append(step.id)
        self.wake()

    def wake(self) -> None:
        # A write is due only when the I/O thread has emptied the pipe since the last one: it marks
        # that first and looks at the deques afterwards, so nothing is overlooked. While it is busy
        # it looks by itself: each write would hand the interpreter from thread to thread.
        if not self._woken:
            self._woken = True
            try:
                os.write(self._wake_write, b"x")
            except (BlockingIOError, OSError):
                pass

    # -- the I/O thread -------------------------------------------------------------------------

    def round(self, timeout_s: float) -> None:
        """Waits for messages or outcomes, and handles what is there."""
        now = time.monotonic()
        if self._busy:
            timeout_s = BUSY_ROUND_S
        due = min(self._next_beat if self.welcomed else self._next_hello, now + timeout_s)
        ready = dict(self._poller.poll(max(0.0, due - now) * 1000))
        if self._wake_read in ready:
            try:
                os.read(self._wake_read, 4096)
            except BlockingIOError:
                pass
        # The outcomes that are counted are sent below, whatever this says.
        self._busy = len(self._ended) >= BUSY_OUTCOMES
        self._woken = self._busy
        if self._socket in ready:
            self._receive()
        self._send_ended()
        self._on_time(time.monotonic())

    def drain(self) -> None:
        """Asks for no further steps."""
        self.draining = True
        self._send(protocol.message(protocol.DRAIN))

    def goodbye(self) -> None:
        """Hands back what is still held and waits a moment for the node's goodbye."""
        if self._send(protocol.message(protocol.GOODBYE, list(self.held))):
            until = time.monotonic() + GOODBYE_WAIT_S
            while not self.left and time.monotonic() < until:
                self.round(max(0.0, until - time.monotonic()))

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close(linger=0)
        self._context.term()
        os.close(self._wake_read)
        os.close(self._wake_write)
        self._woken = True  # a late report must not write to a closed pipe

    # -- connection -----------------------------------------------------------------------------

    def _connect(self) -> None:
        if self._socket is not None:
            self._poller.unregister(self._socket)
            self._socket.close(linger=0)
        socket = self._context.socket(zmq.DEALER)
        socket.set(zmq.LINGER, 0)
        socket.set(zmq.IMMEDIATE, 1)  # nothing queues up for a connection that is not there
        socket.set(zmq.PROBE_ROUTER, 1)  # the node answers each new connection: time for a hello
        socket.set(zmq.RECONNECT_IVL, 100)
        socket.set(zmq.RECONNECT_IVL_MAX, 2000)
        socket.connect(self.address)
        self._socket = socket
        self._poller.register(socket, zmq.POLLIN)
        self.welcomed = False
        now = time.monotonic()
        self._heard = now
        self._next_hello = now + FIRST_HEARTBEAT_S

    def _send(self, frame: bytes) -> bool:
        assert self._socket is not None
        try:
            self._socket.send(frame, zmq.DONTWAIT)
            return True
        except zmq.Again:
            return False

    def _hello(self, now: float) -> None:
        held_by_queue: dict[str, int] = {}
        for held in self.held.values():
            held_by_queue[held.step.queue] = held_by_queue.get(held.step.queue, 0) + 1
        queues = [
            [queue, 0 if self.draining else max(0, credit - held_by_queue.get(queue, 0))]
            for queue, credit in self.credits.items()
        ]
        self._send(
            protocol.message(
                protocol.HELLO, self.instance, self.name, self.client, queues, list(self.held)
            )
        )
        self._next_hello = now + FIRST_HEARTBEAT_S

    def _on_time(self, now: float) -> None:
        if now - self._heard > max(SILENT_BEATS * self._heartbeat_s, 3.0):
            if self.welcomed:
                log.warning("the node at %s is silent; connecting anew", self.address)
            self._connect()
        elif not self.welcomed:
            if now >= self._next_hello:
                self._hello(now)
        elif now >= self._next_beat:
            self._next_beat = now + self._heartbeat_s
            self._send_heartbeat(now)
            self._resend(now)
        elif self._to_beat:
            self._send_heartbeat(now)

    def _send_heartbeat(self, now: float) -> None:
        tokens = set()
        while self._to_beat:
            tokens.add(self._to_beat.popleft())
        for token, held in self.held.items():
            if now - held.extended > held.step.lease_ms / 3000:
                tokens.add(token)
        known = [token for token in tokens if token in self.held]
        for token in known:
            self.held[token].extended = now
        self._send(protocol.message(protocol.HEARTBEAT, known))

    # -- outcomes -------------------------------------------------------------------------------

    def _send_ended(self) -> None:
        ended: list[Held] = []
        released: list[str] = []
        while self._ended:
            step, outcome = self._ended.popleft()
            held = self.held.get(step.id)
            if held is None:
                continue
            if outcome[0] == "release":
                # Where the message is lost, the next hello tells: the token is not among the held.
                released.append(step.id)
                del self.held[step.id]
                continue
            if outcome[0] == "result" and len(outcome[1]) > self._result_bytes:
                outcome = no_json(
                    "it has %d bytes; the node takes %d" % (len(outcome[1]), self._result_bytes)
                )
            held.outcome = outcome
            ended.append(held)
        if released:
            self._send(protocol.message(protocol.RELEASE, released))
        if ended and self.welcomed:
            self._send_outcomes(ended)

    def _send_outcomes(self, ended: list[Held]) -> None:
        results: list[tuple[str, bytes]] = []
        errors: list[tuple[str, protocol.Failure]] = []
        size = 0
        for held in ended:
            assert held.outcome is not None
            held.resend_at = None
            kind, data = held.outcome
            if kind == "error":
                errors.append((held.step.id, data))
                continue
            size += len(data) + 256
            if results and size > self._message_bytes // 2:
                self._send(protocol.results(results))
                results, size = [], len(data) + 256
            results.append((held.step.id, data))
        if results:
            self._send(protocol.results(results))
        for first in range(0, len(errors), 100):
            self._send(protocol.errors(errors[first : first + 100]))

    def _resend(self, now: float) -> None:
        due = [h for h in self.held.values() if h.resend_at is not None and h.resend_at <= now]
        if due:
            self._send_outcomes(due)

    # -- what the node says ---------------------------------------------------------------------

    def _receive(self) -> None:
        assert self._socket is not None
        for _ in range(FRAMES_PER_ROUND):
            try:
                frame = self._socket.recv(zmq.DONTWAIT)
            except zmq.Again:
                return
            self._heard = time.monotonic()
            if not frame:
                continue
            try:
                self._on_message(protocol.unpack(frame))
            except (ValueError, TypeError, IndexError, KeyError) as error:
                log.error("a message of the node cannot be read: %s", error)

    def _on_message(self, message: list[Any]) -> None:
        version, kind, fields = message[0], message[1], message[2:]
        if version != protocol.VERSION:
            log.error("the node speaks version %s of the worker protocol", version)
        elif kind == protocol.STEPS:
            self._take_steps(fields[0])
        elif kind == protocol.ANSWERS:
            self._take_answers(fields[0])
        elif kind == protocol.LOST:
            for token in fields[0]:
                self._take_lost(token, "the node does not grant it any more")
        elif kind == protocol.REVOKE:
            for item in fields[0]:
                self._take_lost(item[0], item[1])
        elif kind == protocol.WELCOME:
            self._take_welcome(fields)
        elif kind == protocol.REFUSED:
            self._take_refusal(fields[0], fields[1])
        elif kind == protocol.NODES:
            self._on_others({item[0]: item[1] for item in fields[0]})
        elif kind == protocol.GOODBYE:
            self.left = True
            self.welcomed = False
            self._next_hello = time.monotonic() + FIRST_HEARTBEAT_S

    def _take_welcome(self, fields: list[Any]) -> None:
        node, epoch, heartbeat_ms, limits = fields[:4]
        if epoch != self._epoch:
            log.info("%s serves %s at %s", self.name, node, self.address)
        self._epoch = epoch
        self.node = node
        self._heartbeat_s = max(0.05, heartbeat_ms / 1000)
        self._message_bytes, self._result_bytes = limits[0], limits[1]
        self.welcomed = True
        self._next_beat = time.monotonic() + self._heartbeat_s
        if self.draining:
            self._send(protocol.message(protocol.DRAIN))
        self._send_outcomes([held for held in self.held.values() if held.outcome is not None])

    def _take_steps(self, items: list[list[Any]]) -> None:
        now = time.monotonic()
        steps = []
        for item in items:
            step = Step(item, self.beat)
            if step.id not in self.held:
                step._session = self
                self.held[step.id] = Held(step, now)
                steps.append(step)
        self._on_steps(steps)

    def _take_answers(self, items: list[list[Any]]) -> None:
        for token, code, text in (item[:3] for item in items):
            held = self.held.get(token)
            if held is None:
                continue
            if code in ("ok", "stale"):
                del self.held[token]
                if code == "stale":
                    log.info("%s: the answer was not needed: %s", held.step, text)
            elif code == "retry":
                held.resend_at = time.monotonic() + RESEND_AFTER_S
            elif held.outcome is not None and held.outcome[0] == "result":
                log.error("%s: the node refuses the result: %s", held.step, text)
                held.outcome = no_json(text)
                self._send_outcomes([held])
            else:
                log.error("%s: the node refuses the error: %s", held.step, text)
                del self.held[token]

    def _take_lost(self, token: str, why: str) -> None:
        held = self.held.get(token)
        if held is None or held.step.lost:
            return
        held.step._why_lost = why
        log.warning("%s was taken away: %s", held.step, why)
        if held.outcome is None:
            self._on_lost(held.step)

    def _take_refusal(self, code: str, what: str) -> None:
        if code == "unknown_session":
            self.welcomed = False
            self._hello(time.monotonic())
        else:
            log.error("the node refuses a message (%s): %s", code, what)
