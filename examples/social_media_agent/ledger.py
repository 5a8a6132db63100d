"""The world's own book of side effects: one JSON line each, written before the caller hears of it.

The book says what was applied and what was recognised by its idempotency key and not applied again.
It does not know what *should* have happened: `report.py` judges that.
"""
import json
import os
import threading
import time

APPLIED = "applied"
DEDUPLICATED = "deduplicated"


class KeyReused(Exception):
    """The key was seen before, with another request."""


class Ledger:
    """Any thread. Reopening the same file goes on with every key that it holds."""

    def __init__(self, path):
        self._lock = threading.Lock()
        self._answers = {}  # key → (request's fingerprint, answer)
        for record in read_ledger(path):
            if record["outcome"] == APPLIED:
                self._answers[record["key"]] = (record["fingerprint"], record["answer"])
        self._file = open(path, "a", encoding="utf-8")

    def apply(self, effect, post, key, fingerprint, make_answer):
        """Applies an effect once for its key; returns the answer, the first time and every other.

        `make_answer(n)` gives the answer of the effect that is applied as the nth.
        """
        with self._lock:
            if key in self._answers:
                before, answer = self._answers[key]
                if before != fingerprint:
                    raise KeyReused(key)
                self._write(effect, post, key, DEDUPLICATED, fingerprint, answer)
                return answer
            answer = make_answer(len(self._answers) + 1)
            self._write(effect, post, key, APPLIED, fingerprint, answer)
            self._answers[key] = (fingerprint, answer)
            return answer

    def _write(self, effect, post, key, outcome, fingerprint, answer):
        record = {
            "at_ms": int(time.time() * 1000), "effect": effect, "post": post, "key": key,
            "outcome": outcome, "fingerprint": fingerprint, "answer": answer,
        }
        self._file.write(json.dumps(record, ensure_ascii=False) + "\n")
        self._file.flush()  # to the kernel: it outlives this process, whatever kills that

    def close(self):
        self._file.close()


def read_ledger(path):
    """All records of a book; none where there is no file. A torn last line is left out."""
    if not os.path.exists(path):
        return []
    records = []
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line.endswith("\n"):
                records.append(json.loads(line))
    return records
