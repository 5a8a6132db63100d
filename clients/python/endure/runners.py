"""Where handlers run: threads for plain functions, one asyncio loop for coroutines.

Both take steps from the worker's I/O thread and report outcomes to it by a callback that may be
called from any thread.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import queue
import threading
import traceback
from collections import deque
from typing import Any, Callable, Optional, Union

from . import protocol
from .errors import RUNTIME_ERROR, Fail, Retry
from .step import Step

log = logging.getLogger("endure")

# ("result", msgpack bytes), ("error", protocol.Failure) or ("release", None)
Outcome = tuple[str, Any]
Report = Callable[[Step, Outcome], None]

RELEASE: Outcome = ("release", None)
MAX_DETAIL = 8_000


class Handler:
    """A user's function, and whether it wants the step beside the arguments."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        target = function if inspect.isroutine(function) else getattr(function, "__call__", function)
        self.is_async = inspect.iscoroutinefunction(target)
        positional = [
            p
            for p in inspect.signature(function).parameters.values()
            if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD, p.VAR_POSITIONAL)
        ]
        if not positional:
            raise TypeError("a step handler takes (arguments) or (arguments, step)")
        self.wants_step = len(positional) > 1

    def __call__(self, step: Step) -> Any:
        if self.wants_step:
            return self.function(step.arguments, step)
        return self.function(step.arguments)


def encoded(value: Any) -> Outcome:
    try:
        return ("result", protocol.pack(value))
    except (TypeError, ValueError, OverflowError) as error:
        return no_json("%s: %s" % (type(error).__name__, error))


def no_json(detail: str) -> Outcome:
    fault = (RUNTIME_ERROR, "the step's result cannot be stored", detail[:MAX_DETAIL], 500)
    return ("error", (fault, False, None))


def failure_of(error: BaseException) -> Outcome:
    if isinstance(error, Retry):
        after = None if error.after is None else max(0, int(error.after * 1000))
        fault = (error.type, error.title, error.detail[:MAX_DETAIL], error.status)
        return ("error", (fault, True, after))
    if isinstance(error, Fail):
        fault = (error.type, error.title, error.detail[:MAX_DETAIL], error.status)
        return ("error", (fault, False, None))
    trace = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    fault = (RUNTIME_ERROR, "%s: %s" % (type(error).__name__, error), trace[-MAX_DETAIL:], 500)
    return ("error", ((fault[0], fault[1][:500], fault[2], fault[3]), True, None))


class ThreadRunner:
    """Up to ``capacity`` daemon threads that run plain functions."""

    def __init__(self, capacity: int, report: Report) -> None:
        self._capacity = capacity
        self._report = report
        self._steps: queue.SimpleQueue[Optional[tuple[Handler, Step]]] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []

    def submit(self, work: list[tuple[Handler, Step]]) -> None:
        for item in work:
            self._steps.put(item)
        for _ in range(min(len(work), self._capacity - len(self._threads))):
            name = "endure-step-%d" % len(self._threads)
            thread = threading.Thread(target=self._run, name=name, daemon=True)
            thread.start()
            self._threads.append(thread)

    def hand_back(self) -> None:
        """Reports the steps that no thread has begun as released."""
        while True:
            try:
                item = self._steps.get_nowait()
            except queue.Empty:
                return
            if item is not None:
                self._report(item[1], RELEASE)

    def close(self) -> None:
        for _ in self._threads:
            self._steps.put(None)

    def _run(self) -> None:
        while True:
            item = self._steps.get()
            if item is None:
                return
            handler, step = item
            if step.lost:
                self._report(step, RELEASE)
                continue
            try:
                outcome = encoded(handler(step))
            except BaseException as error:  # also SystemExit: a step must not end the worker
                outcome = failure_of(error)
            self._report(step, outcome)


class AsyncRunner:
    """One thread with an asyncio loop that runs up to ``capacity`` coroutines at once."""

    def __init__(self, capacity: int, report: Report) -> None:
        self._capacity = capacity
        self._report = report
        self._waiting: deque[tuple[Handler, Step]] = deque()
        self._running: dict[str, asyncio.Task[Outcome]] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="endure-async", daemon=True)
        self._thread.start()

    def submit(self, work: list[tuple[Handler, Step]]) -> None:
        self._loop.call_soon_threadsafe(self._accept, work)

    def hand_back(self) -> None:
        self._loop.call_soon_threadsafe(self._release_waiting)

    def cancel(self, step: Step) -> None:
        """The step was taken away: its coroutine sees CancelledError."""
        self._loop.call_soon_threadsafe(self._cancel, step)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        for task in self._running.values():
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    def _accept(self, work: list[tuple[Handler, Step]]) -> None:
        self._waiting.extend(work)
        self._fill()

    def _fill(self) -> None:
        while self._waiting and len(self._running) < self._capacity:
            handler, step = self._waiting.popleft()
            if step.lost:
                self._report(step, RELEASE)
                continue
            task = self._loop.create_task(self._one(handler, step))
            self._running[step.id] = task
            task.add_done_callback(lambda done, step=step: self._finished(step, done))

    async def _one(self, handler: Handler, step: Step) -> Outcome:
        return encoded(await handler(step))

    def _finished(self, step: Step, task: asyncio.Task[Outcome]) -> None:
        self._running.pop(step.id, None)
        if task.cancelled():
            self._report(step, RELEASE)
        else:
            error = task.exception()
            self._report(step, task.result() if error is None else failure_of(error))
        self._fill()

    def _release_waiting(self) -> None:
        while self._waiting:
            self._report(self._waiting.popleft()[1], RELEASE)

    def _cancel(self, step: Step) -> None:
        task = self._running.get(step.id)
        if task is not None:
            task.cancel()


Runner = Union[ThreadRunner, AsyncRunner]
