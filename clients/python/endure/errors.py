"""The errors of both halves: what a handler raises to end its step, and what the client raises."""

from __future__ import annotations

from typing import Any, Optional

RUNTIME_ERROR = "https://serverlessworkflow.io/spec/1.0.0/errors/runtime"
COMMUNICATION_ERROR = "https://serverlessworkflow.io/spec/1.0.0/errors/communication"


class EndureError(Exception):
    """The root of all errors of this package."""


# -- raised by handlers ----------------------------------------------------------------------


class Retry(EndureError):
    """The step failed for now. Its queue hands it out again, until its attempts are used up.

    ``after``: seconds that must pass before the next attempt (a Retry-After), at the least.
    """

    def __init__(
        self,
        detail: str = "",
        *,
        after: Optional[float] = None,
        type: str = COMMUNICATION_ERROR,
        title: str = "the step asks for another attempt",
        status: int = 503,
    ) -> None:
        super().__init__(detail or title)
        self.detail = detail
        self.after = after
        self.type = type
        self.title = title
        self.status = status


class Fail(EndureError):
    """The step failed for good: no attempt will help. The workflow sees this error (RFC 7807)."""

    def __init__(
        self,
        detail: str = "",
        *,
        type: str = RUNTIME_ERROR,
        title: str = "the step failed",
        status: int = 500,
    ) -> None:
        super().__init__(detail or title)
        self.detail = detail
        self.type = type
        self.title = title
        self.status = status


class StepLost(EndureError):
    """The step is no longer this worker's: its lease ran out, or nobody waits for it any more.

    Raised by ``step.heartbeat()``; whatever the handler then returns changes nothing.
    """


# -- raised by the client --------------------------------------------------------------------


class ApiError(EndureError):
    """The node refused a call. ``problem`` is its RFC 9457 problem document."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        self.status = status
        self.problem = problem
        self.code = str(problem.get("code") or "")
        self.title = str(problem.get("title") or "")
        self.detail = str(problem.get("detail") or "")
        self.where = str(problem.get("where") or "")
        self.errors = list(problem.get("errors") or [])
        super().__init__(self._text())

    def _text(self) -> str:
        text = self.detail or self.title or "the node answered %d" % self.status
        if self.where:
            text += " (%s)" % self.where
        for error in self.errors:
            text += "\n  line %s, %s: %s" % (
                error.get("line", "?"),
                error.get("pointer", ""),
                error.get("detail", ""),
            )
        return text


class NotFound(ApiError):
    """The named thing does not exist."""


class Conflict(ApiError):
    """It exists already, or its state forbids this."""


class Invalid(ApiError):
    """The input is wrong; repeating the call will not help."""


class RetryLater(ApiError):
    """A passing condition; ``retry_after`` is the number of seconds that the node suggests."""

    retry_after: Optional[float] = None


class Full(RetryLater):
    """A limit of space or count is reached."""


class TooLarge(ApiError):
    """The body is larger than the node allows."""


class Unauthorized(ApiError):
    """The token is missing or wrong."""


class Unreachable(EndureError):
    """No node answers at the client's address."""


def api_error(status: int, problem: dict[str, Any], retry_after: Optional[str]) -> ApiError:
    """The typed error of a problem document."""
    by_code = {
        "not_found": NotFound,
        "conflict": Conflict,
        "invalid": Invalid,
        "retry_later": RetryLater,
        "full": Full,
        "too_large": TooLarge,
        "unauthorized": Unauthorized,
    }
    by_status = {
        400: Invalid,
        401: Unauthorized,
        403: Unauthorized,
        404: NotFound,
        409: Conflict,
        413: TooLarge,
        429: RetryLater,
        503: RetryLater,
        504: RetryLater,
    }
    kind = by_code.get(str(problem.get("code"))) or by_status.get(status) or ApiError
    error = kind(status, problem)
    if isinstance(error, RetryLater) and retry_after is not None:
        try:
            error.retry_after = float(retry_after)
        except ValueError:
            error.retry_after = None
    return error
