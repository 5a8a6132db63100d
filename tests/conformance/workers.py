"""Workers of scenarios: one that takes a single step over HTTP when the scenario says so, and one over ZeroMQ that serves
queues in the background."""

import threading

import endure
from steps import expect
from values import short


def take(world, queue):
    """The next step of a queue. A lease is nothing durable: a call without an answer is simply made again."""

    def ask():
        status, answer = world.ask("POST", f"/v1/queues/{queue}/lease",
                                   {"worker": "scenario", "max": 1, "wait_ms": 500})
        expect(status == 200, f"the lease is refused: {status} {short(answer)}")
        return answer["steps"]

    step = world.until(ask, f"no step comes on the queue {queue}")[0]
    world.steps_taken.setdefault(queue, []).append(step)
    return step


# An answer counts once. Where it was lost and the call is made again, a conflict says that it did.
def _end(world, step, verb, body):
    status, answer, lost = world.ask_counting("POST", f"/v1/steps/{verb}", {"token": step["token"], **body})
    expect(status == 200 or (status == 409 and lost), f"{verb} is refused: {status} {short(answer)}")


def answering(world, queue, result):
    _end(world, take(world, queue), "complete", {"result": result})


def failing(world, queue, failure):
    """`failure`: an error; its members `retryable` and `retry_after_ms` say what the queue does about it."""
    error = dict(failure)
    body = {"retryable": error.pop("retryable", True)}
    if "retry_after_ms" in error:
        body["retry_after_ms"] = error.pop("retry_after_ms")
    _end(world, take(world, queue), "fail", {**body, "error": error})


def zeromq_worker(world, queues):
    """`queues`: name -> answers in order, the last one for good. An answer with `fail` or `retry` is an error."""
    worker = endure.Worker(world.node.worker_address, capacity=2, name="scenario", stop_timeout=2)
    lock = threading.Lock()
    answered = {}  # idempotency key and attempt -> answer: a step that comes again gets what it got before

    def serve(queue, answers):
        left = list(answers)

        @worker.step(queue)
        def handle(arguments, step):
            with lock:
                world.steps_taken.setdefault(queue, []).append({"arguments": arguments, "attempt": step.attempt})
                key = (step.idempotency_key, step.attempt)
                if key not in answered:
                    answered[key] = left.pop(0) if len(left) > 1 else left[0]
                answer = answered[key]
            if isinstance(answer, dict) and "fail" in answer:
                raise endure.Fail(**answer["fail"])
            if isinstance(answer, dict) and "retry" in answer:
                raise endure.Retry(**answer["retry"])
            return answer

    for queue, answers in queues.items():
        serve(queue, answers if isinstance(answers, list) else [answers])
    worker.start()
    world.workers[f"zeromq {len(world.workers)}"] = worker
