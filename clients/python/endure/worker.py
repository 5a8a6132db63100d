"""A worker: a process that executes the steps of some queues."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
import time
from types import FrameType
from typing import Any, Callable, Optional, TypeVar, Union

from .runners import AsyncRunner, Handler, Outcome, ThreadRunner
from .session import Session
from .step import Step

log = logging.getLogger("endure")

F = TypeVar("F", bound=Callable[..., Any])

ROUND_S = 1.0


class Worker:
    """Takes steps from a node over ZeroMQ and runs their handlers. Of a cluster it learns the other
    nodes, and takes steps from all of them.

    ``capacity``: how many handlers run at once (plain functions in threads, coroutines in one
    asyncio loop; each kind up to ``capacity``).
    ``prefetch``: how many more steps of each queue may wait here, so that no thread idles while an
    answer is made durable; default: as many as ``capacity``. 0 for long steps, which other workers
    could begin meanwhile.
    ``name``: for people, in lists and in the history; default: host and process id.
    ``stop_timeout``: how many seconds running handlers get to end when the worker stops.

    A handler may be called again for the same step (after a crash or a lost connection): give
    ``step.idempotency_key`` to services with side effects.
    """

    def __init__(
        self,
        address: str = "tcp://127.0.0.1:7451",
        *,
        capacity: int = 16,
        prefetch: Optional[int] = None,
        name: Optional[str] = None,
        stop_timeout: float = 30.0,
    ) -> None:
        if capacity < 1:
            raise ValueError("capacity must be at least 1")
        if prefetch is not None and prefetch < 0:
            raise ValueError("prefetch cannot be negative")
        self.address = address
        self.capacity = capacity
        self.prefetch = capacity if prefetch is None else prefetch
        self.name = name or "%s-%d" % (socket.gethostname(), os.getpid())
        self.stop_timeout = stop_timeout
        self._handlers: dict[str, Handler] = {}
        self._sessions: dict[str, Session] = {}  # by address
        self._others: list[threading.Thread] = []
        self._lock = threading.Lock()  # of these, and of the runners
        self._threads: Optional[ThreadRunner] = None
        self._loop: Optional[AsyncRunner] = None
        self._stops = 0
        self._background: Optional[threading.Thread] = None

    def step(self, queue: str) -> Callable[[F], F]:
        """Decorates the handler of a queue: ``handler(arguments)`` or ``handler(arguments, step)``,
        plain or ``async``. What it returns is the step's result and must be JSON."""

        def register(function: F) -> F:
            if queue in self._handlers:
                raise ValueError("the queue %r has a handler already" % queue)
            self._handlers[queue] = Handler(function)
            return function

        return register

    def run(self) -> None:
        """Serves until SIGTERM, SIGINT or ``stop()``: then running steps are finished, waiting ones
        handed back. A second signal stops at once; what ran is then handed back, too."""
        if threading.current_thread() is not threading.main_thread():
            self._serve()
            return

        def on_signal(number: int, frame: Optional[FrameType]) -> None:
            self.stop()

        before = {s: signal.signal(s, on_signal) for s in (signal.SIGTERM, signal.SIGINT)}
        try:
            self._serve()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def start(self) -> None:
        """Serves on a thread of its own; end it by ``stop()`` and ``join()``."""
        self._background = threading.Thread(target=self._serve, name="endure-worker", daemon=True)
        self._background.start()

    def stop(self) -> None:
        """Begins to stop; returns at once. The second call cuts running steps off. Any thread."""
        self._stops += 1
        # Without the lock: this may be a signal that has come while it is held.
        for session in list(self._sessions.values()):
            session.wake()

    def join(self, timeout: Optional[float] = None) -> bool:
        """Waits for a worker that was begun by ``start()``; True when it has ended."""
        if self._background is None:
            return True
        self._background.join(timeout)
        return not self._background.is_alive()

    # -- the I/O thread ---------------------------------------------------------------------------

    def _serve(self) -> None:
        if not self._handlers:
            raise ValueError("the worker has no handler: decorate one with @worker.step(queue)")
        session = self._open(self.address)
        try:
            self._talk(session)
            for thread in self._others:
                thread.join()
        finally:
            self._sessions.clear()
            for runner in (self._threads, self._loop):
                if runner is not None:
                    runner.close()
            self._threads = self._loop = None
            self._others.clear()

    def _open(self, address: str) -> Session:
        from . import __version__

        credits = {queue: self.capacity + self.prefetch for queue in self._handlers}
        session = Session(
            address,
            self.name,
            "endure-python/" + __version__,
            credits,
            self._on_steps,
            self._on_lost,
            self._on_others,
        )
        with self._lock:
            self._sessions[address] = session
        return session

    def _talk(self, session: Session) -> None:
        try:
            while self._stops == 0:
                session.round(ROUND_S)
            self._finish(session)
        finally:
            session.close()

    def _on_others(self, others: dict[str, str]) -> None:
        """A node names the others of its cluster: each gets a session and a thread of its own."""
        for node, address in others.items():
            with self._lock:
                known = {session.node for session in self._sessions.values()}
                if self._stops or node in known or address in self._sessions:
                    continue
            session = self._open(address)
            session.node = node
            thread = threading.Thread(
                target=self._talk, args=(session,), name="endure-" + node, daemon=True
            )
            self._others.append(thread)
            thread.start()

    def _finish(self, session: Session) -> None:
        log.info("%s stops; %d steps in hand", self.name, len(session.held))
        session.drain()
        until = time.monotonic() + self.stop_timeout
        while session.held and self._stops < 2 and time.monotonic() < until:
            # Again each time: a step may have been under way to us when we asked for no more.
            for runner in (self._threads, self._loop):
                if runner is not None:
                    runner.hand_back()
            session.round(min(ROUND_S, max(0.0, until - time.monotonic())))
        session.goodbye()

    def _runner(self, handler: Handler) -> Union[ThreadRunner, AsyncRunner]:
        if handler.is_async:
            if self._loop is None:
                self._loop = AsyncRunner(self.capacity, self._report)
            return self._loop
        if self._threads is None:
            self._threads = ThreadRunner(self.capacity, self._report)
        return self._threads

    def _report(self, step: Step, outcome: Outcome) -> None:
        step._session.report(step, outcome)

    def _on_steps(self, steps: list[Step]) -> None:
        work: dict[int, tuple[Union[ThreadRunner, AsyncRunner], list[tuple[Handler, Step]]]] = {}
        for step in steps:
            handler = self._handlers.get(step.queue)
            if handler is None or self._stops:
                self._report(step, ("release", None))
                continue
            with self._lock:
                runner = self._runner(handler)
            work.setdefault(id(runner), (runner, []))[1].append((handler, step))
        with self._lock:
            for runner, items in work.values():
                runner.submit(items)

    def _on_lost(self, step: Step) -> None:
        if self._loop is not None:
            self._loop.cancel(step)
