import asyncio
import os
import pathlib
import signal
import subprocess
import sys
import textwrap
import threading
import time

import endure
import pytest
from fake_node import (
    ANSWERS,
    DRAIN,
    ERRORS,
    GOODBYE,
    HEARTBEAT,
    HELLO,
    LOST,
    NODES,
    RELEASE,
    RESULTS,
    REVOKE,
    FakeNode,
)

CLIENT = pathlib.Path(endure.__file__).resolve().parents[1]


@pytest.fixture
def worker(node):
    worker = endure.Worker(node.address, capacity=2, name="w1", stop_timeout=5)
    yield worker
    worker.stop()
    worker.stop()
    node.part_with(worker)


def serve(worker, node, handler, queue="enrich"):
    worker.step(queue)(handler)
    worker.start()
    return node.welcome()


def test_the_hello_names_the_worker_its_queues_and_credits(worker, node):
    worker.step("act")(lambda arguments: None)
    instance, name, client, queues, held = serve(worker, node, lambda arguments: None)
    assert len(instance) == 32
    assert name == "w1"
    assert client == "endure-python/" + endure.__version__
    assert queues == [["act", 4], ["enrich", 4]]
    assert held == []


def test_a_plain_handler_gets_the_arguments_and_its_value_is_the_result(worker, node):
    serve(worker, node, lambda arguments: {"doubled": arguments["n"] * 2})
    node.hand_out("a", arguments={"n": 21})
    assert node.results() == {"a": {"doubled": 42}}


def test_a_handler_with_two_parameters_gets_the_step(worker, node):
    def handler(arguments, step):
        return [step.namespace, step.workflow, step.attempt, step.idempotency_key, step.lost]

    serve(worker, node, handler)
    node.hand_out("a", attempt=3)
    assert node.results() == {"a": ["default", "w-a", 3, "key-a", False]}


def test_coroutines_run_side_by_side_up_to_the_capacity(worker, node):
    together = []
    running = 0

    async def handler(arguments):
        nonlocal running
        running += 1
        together.append(running)
        await asyncio.sleep(0.02)
        running -= 1
        return arguments["token"]

    serve(worker, node, handler)
    node.hand_out("a", "b", "c", "d")
    assert node.results(4) == {t: t for t in "abcd"}
    assert max(together) == 2


def test_retry_is_retryable_and_says_when(worker, node):
    def handler(arguments):
        raise endure.Retry("slow down", after=2.5, title="rate limited", status=429)

    serve(worker, node, handler)
    node.hand_out("a")
    [[token, fault, retryable, after]] = node.expect(ERRORS)[0]
    assert (token, retryable, after) == ("a", True, 2500)
    assert fault == [endure.errors.COMMUNICATION_ERROR, "rate limited", "slow down", 429]


def test_fail_is_not_retryable(worker, node):
    async def handler(arguments):
        raise endure.Fail("no such post", type="https://example.com/gone", title="gone", status=410)

    serve(worker, node, handler)
    node.hand_out("a")
    assert node.expect(ERRORS)[0] == [
        ["a", ["https://example.com/gone", "gone", "no such post", 410], False, None]
    ]


@pytest.mark.parametrize("error", [KeyError("post"), SystemExit(3)])
def test_any_other_exception_is_retryable_and_carries_its_trace(worker, node, error):
    def handler(arguments):
        raise error

    serve(worker, node, handler)
    node.hand_out("a")
    [[_, fault, retryable, after]] = node.expect(ERRORS)[0]
    assert retryable is True and after is None
    assert fault[1].startswith(type(error).__name__)
    assert "in handler" in fault[2]


@pytest.mark.parametrize("value", [{1, 2}, object(), 1 << 70])
def test_a_result_that_cannot_be_packed_fails_the_step_for_good(worker, node, value):
    serve(worker, node, lambda arguments: value)
    node.hand_out("a")
    [[_, fault, retryable, _]] = node.expect(ERRORS)[0]
    assert retryable is False
    assert fault[1] == "the step's result cannot be stored"


def test_a_result_larger_than_the_node_takes_fails_the_step_for_good(worker, node):
    node.result_bytes = 100
    serve(worker, node, lambda arguments: "x" * 200)
    node.hand_out("a")
    [[_, fault, retryable, _]] = node.expect(ERRORS)[0]
    assert retryable is False
    assert "the node takes 100" in fault[2]


def test_a_result_that_the_node_calls_invalid_becomes_an_error(worker, node):
    serve(worker, node, lambda arguments: b"bytes")
    node.hand_out("a")
    node.expect(RESULTS)
    node.send(ANSWERS, [["a", "invalid", "the result holds binary data"]])
    [[token, fault, retryable, _]] = node.expect(ERRORS)[0]
    assert (token, retryable) == ("a", False)
    assert "binary" in fault[2]


def test_a_result_is_sent_again_until_it_is_answered(worker, node):
    serve(worker, node, lambda arguments: 1)
    node.hand_out("a")
    assert node.expect(RESULTS)[0] == [["a", 1]]
    node.send(ANSWERS, [["a", "retry", "the node is starting"]])
    assert node.results() == {"a": 1}
    node.nothing_but_heartbeats(0.8)


def test_heartbeats_extend_what_is_held_before_its_lease_ends(worker, node):
    done = threading.Event()
    serve(worker, node, lambda arguments: done.wait(5))
    node.hand_out("long", lease_ms=300)
    node.nothing_but_heartbeats(0.6)
    done.set()
    node.results()
    assert node.beats.count(["long"]) >= 2
    assert all(tokens in ([], ["long"]) for tokens in node.beats)


def test_a_step_that_was_lost_is_told_to_its_handler(worker, node):
    begun = threading.Event()
    raised = []

    def handler(arguments, step):
        begun.set()
        try:
            while True:
                step.heartbeat()
                time.sleep(0.01)
        except endure.StepLost as lost:
            raised.append((str(lost), step.lost))
            return "too late"

    serve(worker, node, handler)
    node.hand_out("a")
    assert begun.wait(5)
    node.expect(HEARTBEAT)
    node.send(REVOKE, [["a", "the workflow was cancelled"]])
    assert node.results() == {"a": "too late"}  # its answer gives the credit back
    assert raised == [("the workflow was cancelled", True)]


def test_a_coroutine_whose_step_was_lost_is_cancelled(worker, node):
    cancelled = []

    async def handler(arguments):
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    serve(worker, node, handler)
    node.hand_out("a")
    node.expect(HEARTBEAT)
    time.sleep(0.05)
    node.send(LOST, ["a"])
    assert node.expect(RELEASE)[0] == ["a"]
    assert cancelled == [True]


def test_after_a_restart_of_the_node_held_steps_are_named_and_results_sent_again(worker, node):
    may_end = threading.Event()

    def handler(arguments):
        if arguments["token"] == "running":
            may_end.wait(5)
        return arguments["token"]

    first = serve(worker, node, handler)
    node.hand_out("running", "ended")
    assert node.expect(RESULTS)[0] == [["ended", "ended"]]  # not answered: the node dies
    node.restart()
    second = node.welcome(epoch=2)
    assert second[0] == first[0]
    assert sorted(second[4]) == ["ended", "running"]
    assert second[3] == [["enrich", 2]]  # four less the two that it holds
    assert node.results() == {"ended": "ended"}
    may_end.set()
    assert node.results() == {"running": "running"}


def test_a_silent_node_is_dialled_anew(worker, node):
    serve(worker, node, lambda arguments: 1)
    deadline = time.monotonic() + 10
    message = [1, HEARTBEAT]
    while message is None or message[1] == HEARTBEAT:  # unanswered
        assert time.monotonic() < deadline
        _, message = node.receive(5)
        if message is None:
            break
    assert message is None or message[1] == HELLO


def test_a_step_that_is_handed_out_twice_runs_once(worker, node):
    runs = []
    hold = threading.Event()

    def handler(arguments):
        runs.append(arguments["token"])
        hold.wait(5)

    serve(worker, node, handler)
    node.hand_out("a")
    node.hand_out("a")
    node.nothing_but_heartbeats(0.1)
    hold.set()
    assert node.results() == {"a": None}
    assert runs == ["a"]


@pytest.mark.parametrize(
    "frame", [b"\xc1", b"\x93\x01", b"\x00", b"\x92\x09\x10", b"\x92\x01\x7f", b"\x93\x01\x11\x05"]
)
def test_nonsense_from_the_node_is_survived(worker, node, frame):
    serve(worker, node, lambda arguments: 1)
    node.send_raw(frame)
    node.hand_out("a")
    assert node.results() == {"a": 1}


def test_stopping_finishes_what_runs_and_hands_back_the_rest(worker, node):
    running = threading.Event()
    may_end = threading.Event()

    def handler(arguments):
        running.set()
        may_end.wait(5)
        return arguments["token"]

    worker.capacity = 1
    serve(worker, node, handler)
    node.hand_out("a", "b", "c")
    assert running.wait(5)
    worker.stop()
    node.expect(DRAIN)
    assert sorted(node.expect(RELEASE)[0]) == ["b", "c"]
    node.hand_out("late")
    assert node.expect(RELEASE)[0] == ["late"]
    may_end.set()
    assert node.results() == {"a": "a"}
    assert node.expect(GOODBYE) == [[]]
    node.send(GOODBYE, "goodbye")
    assert worker.join(5)


def test_a_second_stop_hands_back_what_runs(worker, node):
    running = threading.Event()
    may_end = threading.Event()

    def handler(arguments):
        running.set()
        may_end.wait(5)

    serve(worker, node, handler)
    node.hand_out("a")
    assert running.wait(5)
    worker.stop()
    node.expect(DRAIN)
    worker.stop()
    assert node.expect(GOODBYE) == [["a"]]
    assert worker.join(5)
    may_end.set()


def test_run_ends_by_sigterm_after_the_running_step(tmp_path):
    node = FakeNode()
    script = tmp_path / "worker.py"
    script.write_text(
        textwrap.dedent(
            """
            import sys, time
            sys.path.insert(0, %r)
            import endure

            worker = endure.Worker(%r)

            @worker.step("enrich")
            def enrich(arguments):
                time.sleep(0.3)
                return "done"

            worker.run()
            print("ended well")
            """
            % (str(CLIENT), node.address)
        )
    )
    process = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    try:
        node.welcome()
        node.hand_out("a")
        node.nothing_but_heartbeats(0.1)
        os.kill(process.pid, signal.SIGTERM)
        node.expect(DRAIN)
        assert node.results() == {"a": "done"}
        node.expect(GOODBYE)
        node.send(GOODBYE, "goodbye")
        assert process.communicate(timeout=10)[0] == "ended well\n"
        assert process.returncode == 0
    finally:
        process.kill()
        process.wait()
        node.close()


def test_wrong_use_is_said_at_once():
    worker = endure.Worker()
    with pytest.raises(ValueError, match="no handler"):
        worker.run()
    with pytest.raises(TypeError, match="arguments"):
        worker.step("a")(lambda: None)
    worker.step("b")(lambda arguments: None)
    with pytest.raises(ValueError, match="already"):
        worker.step("b")(lambda arguments: None)
    with pytest.raises(ValueError, match="capacity"):
        endure.Worker(capacity=0)


def test_a_worker_learns_the_other_nodes_of_a_cluster_and_works_for_all(worker, node):
    serve(worker, node, lambda arguments: arguments["n"])
    other = FakeNode()
    try:
        node.send(NODES, [["n2", other.address]])
        instance, name, _, queues, held = other.welcome(node="n2")
        assert (name, queues, held) == ("w1", [["enrich", 4]], [])
        # Named again, by both, nobody is connected to twice.
        node.send(NODES, [["n2", other.address]])
        other.send(NODES, [["n1", "tcp://127.0.0.1:1"]])
        node.hand_out("a", arguments={"n": 1})
        other.hand_out("b", arguments={"n": 2})
        assert node.results() == {"a": 1}
        assert other.results() == {"b": 2}
        other.nothing_but_heartbeats(0.3)
        worker.stop()
        node.expect(DRAIN)
        other.expect(DRAIN)
        node.expect(GOODBYE)
        node.send(GOODBYE, "goodbye")
        other.expect(GOODBYE)
        other.send(GOODBYE, "goodbye")
        assert worker.join(5)
    finally:
        other.close()
