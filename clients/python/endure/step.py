"""A step as its handler sees it."""

from __future__ import annotations

from typing import Any, Callable, Optional

from .errors import StepLost


class Step:
    """One attempt at one piece of work.

    ``idempotency_key`` is the same for every attempt of this step: give it to services that
    recognise repeated requests.
    """

    __slots__ = (
        "id",
        "namespace",
        "workflow",
        "queue",
        "task",
        "attempt",
        "lease_ms",
        "idempotency_key",
        "arguments",
        "_beat",
        "_session",
        "_why_lost",
    )

    def __init__(self, fields: list[Any], beat: Callable[[Step], None]) -> None:
        (
            self.id,
            self.namespace,
            self.workflow,
            self.queue,
            self.task,
            self.attempt,
            self.lease_ms,
            self.idempotency_key,
            self.arguments,
        ) = fields[:9]
        self._beat = beat
        self._session: Any = None  # of the node that it came from
        self._why_lost: Optional[str] = None

    @property
    def lost(self) -> bool:
        """True when the step was taken away; a long handler may look and give up."""
        return self._why_lost is not None

    def heartbeat(self) -> None:
        """Extends the lease now. Leases are extended by themselves as long as the process lives;
        this is for learning early that the step was taken away: it then raises StepLost."""
        if self._why_lost is not None:
            raise StepLost(self._why_lost)
        self._beat(self)

    def __repr__(self) -> str:
        return "<Step %s/%s %s attempt %d>" % (
            self.namespace,
            self.workflow,
            self.task,
            self.attempt,
        )
