#!/usr/bin/env python3
"""A backlog of steps that nobody works on lies on the disk: the node's own memory must not grow with it.

  backlog_test.py --binary build/release/bin/endure                   20,000 steps, at most 60 MB
  backlog_test.py --binary … --steps 1000000 --limit-mb 100           the long setting
  backlog_test.py --binary … --steps 1000000 --limit-mb 100 --each 50    many steps a workflow: faster

What counts is memory that the process alone holds (RssAnon of /proc/<pid>/status). The pages of the
volume that LMDB has mapped (RssFile) are the system's page cache, which it takes back whenever
somebody needs memory; they are printed beside. In the end the backlog is looked at, the node is
started anew, and the backlog must be whole, ready to be worked on, and as small in memory again.
"""

import argparse
import os
import shutil
import sys
import tempfile
import threading
import time

from node import Api, Node, NodeDied

DEFINITION = """
document: {{ dsl: '1.0.3', namespace: backlog, name: waits, version: '1.0.0' }}
do:
  - all:
      fork:
        branches:
{branches}
"""
BRANCH = "          - b{0}: {{ call: nobody, with: {{ post: '${{ .post }}', branch: {0} }} }}\n"
ONE = """
document: { dsl: '1.0.3', namespace: backlog, name: waits, version: '1.0.0' }
do: [ { work: { call: nobody, with: { post: '${ .post }' } } } ]
"""
WARM_UP_STEPS = 200  # before the baseline is taken: all threads, caches and pools exist then
INPUT = {"post": {"text": "x" * 250, "lang": "en"}}


class Starter:
    """Starts workflows from several threads, each over its own kept connection."""

    def __init__(self, port, threads):
        self.api = Api(port)
        self.threads = threads
        self.retries = 0
        self.longest_s = 0.0
        self.errors = []
        self._next = 0
        self._lock = threading.Lock()

    def run(self, count):
        """Starts so many more; every start must be acknowledged."""
        target = self._next + count
        threads = [threading.Thread(target=self._start, args=(target,)) for _ in range(self.threads)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self.errors:
            raise AssertionError(self.errors[0])

    def _start(self, target):
        while not self.errors:
            with self._lock:
                if self._next >= target:
                    return
                number = self._next
                self._next += 1
            body = {"namespace": "backlog", "id": f"b-{number}", "definition": "waits",
                    "input": INPUT, "on_conflict": "return_existing"}
            begun = time.monotonic()
            try:
                status, answer = self.api.call("POST", "/v1/workflows", body)
                while status in (429, 503):  # one that came too late may have had its effect
                    self.retries += 1
                    time.sleep(0.05)
                    status, answer = self.api.call("POST", "/v1/workflows", body)
            except OSError as error:
                status, answer = 0, error
            if status not in (200, 201):
                self.errors.append(f"start {number}: {status} {answer}")
            self.longest_s = max(self.longest_s, time.monotonic() - begun)


def definition(each):
    if each == 1:
        return ONE
    return DEFINITION.format(branches="".join(BRANCH.format(n) for n in range(each)).rstrip("\n"))


def own_mb(node):
    return node.status("RssAnon") / 1024


def say_memory(node, what):
    print(f"{what}: own {own_mb(node):.1f} MB, mapped files {node.status('RssFile') / 1024:.1f} MB",
          flush=True)


def expect(condition, text):
    if not condition:
        raise AssertionError(text)


def check_backlog(api, steps):
    queue = api.call("GET", "/v1/queues/nobody")[1]
    expect(queue["depth"] == steps, f"{queue['depth']} steps in the queue, {steps} expected")
    expect(queue["oldest_age_ms"] is not None, "the oldest step's age is not known")


def settle(node, limit_mb):
    """Lets passing things pass: the smallest that the process becomes within some seconds."""
    least = own_mb(node)
    for _ in range(20):
        if least <= limit_mb:
            break
        time.sleep(0.5)
        least = min(least, own_mb(node))
    return least


def run(node, options):
    node.start()
    api = Api(node.http_port)
    status, answer = api.call("POST", "/v1/definitions", definition(options.each).encode())
    expect(status == 201, answer)
    starter = Starter(node.http_port, options.threads)
    warm_up = max(1, WARM_UP_STEPS // options.each)
    starter.run(warm_up)
    baseline = own_mb(node)
    say_memory(node, f"baseline, {warm_up * options.each} steps")

    begun = time.monotonic()
    total = max(options.steps // options.each, warm_up + 1)
    most = 0.0
    while starter._next < total:
        starter.run(min(total - starter._next, max(1, (total - warm_up) // 10)))
        most = max(most, own_mb(node) - baseline)
    took = time.monotonic() - begun
    steps = total * options.each
    say_memory(node, f"{steps} steps, {(total - warm_up) / took:.0f} starts/s, the longest "
               f"{starter.longest_s:.1f} s, {starter.retries} repeated")
    check_backlog(api, steps)
    growth = settle(node, baseline + options.limit_mb) - baseline
    print(f"grown by {growth:.1f} MB, {most:.1f} MB at the most while it was filled; "
          f"{options.limit_mb} MB allowed", flush=True)
    expect(growth < options.limit_mb, f"the node has grown by {growth:.1f} MB")

    api.close()
    node.stop()
    node.start()
    check_backlog(api, steps)
    leased = api.call("POST", "/v1/queues/nobody/lease", {"worker": "w", "max": 10})[1]["steps"]
    expect(len(leased) == 10, f"{len(leased)} steps handed out of a whole backlog")
    for step in leased:
        status, answer = api.call("POST", "/v1/steps/complete", {"token": step["token"],
                                                                 "result": None})
        expect(status == 200, answer)
    check_backlog(api, steps - 10)
    say_memory(node, "after a restart")
    after = settle(node, baseline + options.limit_mb) - baseline
    expect(after < options.limit_mb, f"after a restart the node is {after:.1f} MB larger")
    node.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=os.environ.get("ENDURE_BIN"))
    parser.add_argument("--steps", type=int, default=20_000, help="the backlog (default 20,000)")
    parser.add_argument("--each", type=int, default=1, help="steps a workflow (default 1)")
    parser.add_argument("--threads", type=int, default=32, help="that start workflows")
    parser.add_argument("--limit-mb", type=float, default=60.0, help="the growth that is allowed")
    options = parser.parse_args()
    if not options.binary:
        parser.error("--binary or ENDURE_BIN must name the endure binary")
    folder = tempfile.mkdtemp(prefix="endure-backlog-")
    node = Node(options.binary, folder)
    try:
        run(node, options)
    except (AssertionError, NodeDied, OSError) as error:
        print(f"FAILED: {error}\n{node.log_tail()}")
        return 1
    finally:
        node.discard()
        shutil.rmtree(folder)
    print("ok")
    return 0


if __name__ == "__main__":
    sys.exit(main())
