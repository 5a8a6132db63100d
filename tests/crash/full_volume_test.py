#!/usr/bin/env python3
"""A volume that is full to its greatest size: what takes room is refused, what stops workflows is not.

A node with the smallest volume is filled with waiting workflows until not even a small one finds room.
Then it is started anew, some of the workflows are paused, and all are cancelled or terminated, from
several threads at once, so that the journal gathers them into common commits.
"""

import argparse
import os
import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

from node import Api, Node, NodeDied

DEFINITION = b"""
document: { dsl: '1.0.3', namespace: full, name: waits, version: '1.0.0' }
do: [ { hear: { listen: { to: { one: { with: { type: full.go } } } } } } ]
"""
BIG, SMALL = 100_000, 500


def expect(condition, text):
    if not condition:
        raise AssertionError(text)


def start(api, number, size):
    return api.call("POST", "/v1/workflows", {
        "namespace": "full", "id": f"w-{number}", "definition": "waits", "input": {"text": "x" * size}})


def fill(api):
    """Big workflows until one is refused, then small ones. The number of workflows."""
    number = 0
    for size in (BIG, SMALL):
        status, answer = start(api, number, size)
        while status == 201:
            number += 1
            status, answer = start(api, number, size)
        expect(status == 429 and "full" in str(answer), f"start {number}: {status} {answer}")
    return number


def each(api, numbers, verb):
    def ask(number):
        return number, *api.call("POST", f"/v1/workflows/full/w-{number}/{verb}", {"reason": "full"})
    with ThreadPoolExecutor(8) as pool:
        for number, status, answer in pool.map(ask, numbers):
            expect(status == 200, f"{verb} of w-{number}: {status} {answer}")


def run(node):
    node.start()
    api = Api(node.http_port)
    status, answer = api.call("POST", "/v1/definitions", DEFINITION)
    expect(status == 201, answer)
    count = fill(api)
    used = api.call("GET", "/v1/stats")[1]["store"]
    print(f"{count} workflows, {used['used_bytes']} of {used['map_bytes']} bytes", flush=True)
    expect(used["used_bytes"] <= used["map_bytes"], "the reserve is used by what may not")
    expect(used["used_bytes"] > used["map_bytes"] * 0.9, "refused long before the volume is full")
    status, answer = api.call("POST", "/v1/events", {
        "type": "other", "source": "/full", "id": "e", "data": "x" * BIG})
    expect(status == 429, f"an event: {status} {answer}")

    api.close()
    node.stop()
    node.start()
    each(api, range(0, count, 5), "pause")
    each(api, range(0, count, 2), "terminate")
    each(api, range(1, count, 2), "cancel")
    ended = sum(1 for _ in api.pages("/v1/workflows", namespace="full", phase="cancelled", limit=500))
    expect(ended == count, f"{ended} of {count} workflows have ended")
    api.close()
    node.stop()
    verified = node.verify()
    expect(verified[0] == 0, verified[1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=os.environ.get("ENDURE_BIN"))
    options = parser.parse_args()
    if not options.binary:
        parser.error("--binary or ENDURE_BIN must name the endure binary")
    folder = tempfile.mkdtemp(prefix="endure-full-")
    node = Node(options.binary, folder)
    node.environment = {"ENDURE_DATA_MAX_SIZE": "16MiB", "ENDURE_ENGINE_REFUSE_STARTS_ABOVE": "1.0"}
    try:
        run(node)
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
