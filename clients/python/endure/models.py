"""What the client returns. Times are datetimes in UTC; fields that a newer node adds are kept out
of the way: only those named here are read."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Optional, TypeVar

T = TypeVar("T")


def time_of(text: Optional[str]) -> Optional[datetime]:
    """An RFC 3339 time, or None."""
    if not text:
        return None
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(timezone.utc)


def build(kind: type[T], data: dict[str, Any], **more: Any) -> T:
    """The dataclass from those of its fields that the JSON object has."""
    values: dict[str, Any] = {}
    for spec in dataclasses.fields(kind):  # type: ignore[arg-type]
        if spec.name in more:
            values[spec.name] = more[spec.name]
        elif spec.name in data:
            value = data[spec.name]
            values[spec.name] = time_of(value) if spec.metadata.get("time") else value
    return kind(**values)


def _time() -> Any:
    return field(default=None, metadata={"time": True})


@dataclass(frozen=True)
class Definition:
    """A deployed definition. ``created`` is False where the same source stood there before."""

    namespace: str
    name: str
    version: str
    queues: list[str] = field(default_factory=list)
    tasks: Any = None
    created: bool = False


@dataclass(frozen=True)
class Workflow:
    """A workflow as lists show it."""

    id: str
    namespace: str = "default"
    number: int = 0
    definition: dict[str, str] = field(default_factory=dict)
    phase: str = ""
    status: str = ""
    cause: str = ""
    transition: int = 0
    created: Optional[datetime] = _time()
    updated: Optional[datetime] = _time()

    @property
    def ended(self) -> bool:
        return self.phase in ("completed", "faulted", "cancelled")


@dataclass(frozen=True)
class Started(Workflow):
    """The answer to a start; ``existed``: ``on_conflict="return_existing"`` found it."""

    existed: bool = False


@dataclass(frozen=True)
class Wait:
    """One thing that a workflow waits for: a step, a timer or an event."""

    kind: str
    task: str = ""
    queue: str = ""
    type: str = ""
    due: Optional[datetime] = _time()
    since: Optional[datetime] = _time()


@dataclass(frozen=True)
class WorkflowDetails(Workflow):
    input: Any = None
    context: Any = None
    output: Any = None
    error: Optional[dict[str, Any]] = None
    waiting_for: list[Wait] = field(default_factory=list)


@dataclass(frozen=True)
class HistoryRecord:
    """One transition of a workflow."""

    transition: int
    at: Optional[datetime] = _time()
    event: str = ""
    phase: str = ""
    status: str = ""
    worker: str = ""
    attempt: int = 0
    entries: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Queue:
    queue: str
    paused: bool = False
    depth: int = 0
    leased: int = 0
    delayed: int = 0
    dead: int = 0
    consumers: int = 0
    oldest: Optional[datetime] = _time()
    oldest_age_ms: Optional[int] = None
    delivered: int = 0
    completed: int = 0
    failed: int = 0
    redelivered: int = 0


@dataclass(frozen=True)
class DeadLetter:
    """A step out of attempts. ``step`` names it for redrive and drop."""

    step: str
    queue: str = ""
    namespace: str = ""
    workflow: str = ""
    task: str = ""
    attempts: int = 0
    error: Optional[dict[str, Any]] = None
    since: Optional[datetime] = _time()
    arguments: Any = None
