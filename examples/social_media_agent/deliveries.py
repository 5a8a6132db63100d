"""The workers' own book: one JSON line for each step that they were handed, and how it went.

Only the report reads it. A worker that is killed leaves a delivery without an end, which is the point:
the next delivery of the same step is then a redelivery.
"""
import functools
import json
import os
import time

import endure


class Deliveries:
    """Appends to `path`; several processes may share it (a line is one write). None: keeps none."""

    def __init__(self, path):
        self._file = None if path is None else os.open(
            path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def noted(self, work):
        """Decorates a step's handler."""
        @functools.wraps(work)
        def handler(arguments, step):
            self._note("delivered", step)
            try:
                result = work(arguments, step)
            except endure.Retry:
                self._note("retry", step)
                raise
            except endure.Fail:
                self._note("failed", step)
                raise
            self._note("done", step)
            return result
        return handler

    def _note(self, what, step):
        if self._file is None:
            return
        line = {"what": what, "key": step.idempotency_key, "workflow": step.workflow,
                "attempt": step.attempt, "pid": os.getpid(), "at_ms": int(time.time() * 1000)}
        os.write(self._file, (json.dumps(line) + "\n").encode())


def read_deliveries(path):
    """All lines of the book; none where there is no file. A torn last line is left out."""
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.endswith("\n")]
