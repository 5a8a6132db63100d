"""What the clients of a node saw, as JSON Lines, and a node's histories beside it.

A line is one fact: when (`t`, CLOCK_MONOTONIC in ns, the same for all processes of the machine) and
`what`, one of

  start_sent start_acked          namespace, workflow
  event_sent event_acked          namespace, workflow (null: to every listener), event (its id)
  step_taken                      namespace, workflow, task, attempt, key, token, worker, and `asked`:
                                  when the call was made that it answers; null where none was made
  result_sent result_acked        namespace, workflow, task, key, nonce
  error_acked                     namespace, workflow, task, key, attempt, worker
  verb_acked                      namespace, workflow, verb (cancel, terminate, …)
  end_seen                        namespace, workflow: the node said that it has ended

A client writes `…_sent` before it sends and `…_acked` after the answer came, so that a line that is
missing because its writer was killed never makes a legal run look illegal."""

import base64
import json
import os
import threading
import time
from pathlib import Path


class Log:
    """Appends facts to one file. Any thread; each line is one write, so a killed process leaves whole
    lines."""

    def __init__(self, path):
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._lock = threading.Lock()

    def write(self, what, **facts):
        with self._lock:
            line = json.dumps({"t": time.monotonic_ns(), "what": what, **facts})
            os.write(self._file, line.encode() + b"\n")

    def close(self):
        with self._lock:
            os.close(self._file)


def read_logs(folder):
    """All facts of the files `*.jsonl` of a folder, in the order in which they happened."""
    facts = []
    for path in sorted(Path(folder).glob("*.jsonl")):
        with open(path, encoding="utf-8") as lines:
            facts += [json.loads(line) for line in lines]
    return sorted(facts, key=lambda fact: fact["t"])


class StepName:
    """What a token says: which step, which attempt, and in which life of the node it was given."""

    def __init__(self, token):
        plain = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
        queue, _, enqueued, number, wait, attempt, epoch = plain.rsplit("|", 6)
        self.queue, self.enqueued_ms, self.number = queue, int(enqueued), int(number)
        self.wait, self.attempt, self.epoch = int(wait), int(attempt), int(epoch)

    @property
    def step(self):
        return (self.number, self.wait)


class Told:
    """What the node tells of itself in the end: every workflow and its history."""

    def __init__(self):
        self.workflows = {}  # (namespace, id) -> summary
        self.histories = {}  # (namespace, id) -> records

    @staticmethod
    def by(api, but=frozenset()):
        """`but`: names that are not asked for again."""
        told = Told()
        for item in api.pages("/v1/workflows", limit=200):
            name = (item["namespace"], item["id"])
            if name in but:
                continue
            told.workflows[name] = item
            told.histories[name] = api.history(*name)
        return told

    # As JSON Lines, one a workflow: a run that failed can be judged again without its node.
    def save(self, path):
        with open(path, "w", encoding="utf-8") as out:
            for name, item in self.workflows.items():
                out.write(json.dumps({"summary": item, "records": self.histories[name]}) + "\n")

    @staticmethod
    def load(path):
        with open(path, encoding="utf-8") as lines:
            return Told.of(json.loads(line) for line in lines)

    @staticmethod
    def of(lines):
        told = Told()
        for each in lines:
            name = (each["summary"]["namespace"], each["summary"]["id"])
            told.workflows[name] = each["summary"]
            told.histories[name] = each["records"]
        return told
