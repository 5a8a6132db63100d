"""Endure: workers that execute the steps of durable workflows, and a client of the node's HTTP API.

    import endure

    worker = endure.Worker()

    @worker.step("enrich")
    def enrich(arguments):
        return {"score": 0.9}

    worker.run()
"""

from .client import Client
from .errors import (
    ApiError,
    Conflict,
    EndureError,
    Fail,
    Full,
    Invalid,
    NotFound,
    Retry,
    RetryLater,
    StepLost,
    TooLarge,
    Unauthorized,
    Unreachable,
)
from .models import (
    DeadLetter,
    Definition,
    HistoryRecord,
    Queue,
    Started,
    Wait,
    Workflow,
    WorkflowDetails,
)
from .step import Step
from .worker import Worker

__version__ = "0.1.0"

__all__ = [
    "ApiError",
    "Client",
    "Conflict",
    "DeadLetter",
    "Definition",
    "EndureError",
    "Fail",
    "Full",
    "HistoryRecord",
    "Invalid",
    "NotFound",
    "Queue",
    "Retry",
    "RetryLater",
    "Started",
    "Step",
    "StepLost",
    "TooLarge",
    "Unauthorized",
    "Unreachable",
    "Wait",
    "Worker",
    "Workflow",
    "WorkflowDetails",
]
