"""What a node takes of its machine, sampled while it runs, as rows of a CSV file."""

import csv
import threading
import time
from pathlib import Path

from node import Api

EVERY_S = 1.0

# Of each sample: the columns that say where it was taken, and the figures.
WHERE = ("at_s", "round", "part", "life", "life_s")
FIGURES = {
    "anonymous_mb": "memory without pages of files, MB",
    "rss_mb": "memory with pages of files, MB",
    "descriptors": "file descriptors",
    "threads": "threads",
    "children": "processes under it",
    "children_mb": "their memory without pages of files, MB",
    "map_used_mb": "pages of the volume that are in use, MB",
    "file_mb": "data.mdb, MB",
    "readers": "LMDB readers",
    "reader_behind": "commits since the oldest reader's view",
    "workflows": "workflows in the volume",
    "kept_events": "kept events",
    "active": "workflows in memory",
}


class Sampler:
    """Takes samples on its own thread until stop(). Whoever runs the load sets `round` and `part`; a
    sample during which either changed, or the node died, is no sample."""

    def __init__(self, node, path):
        self.round = 0
        self.part = ""
        self.rows = []
        self._node = node
        self._begun = time.monotonic()
        self._api = Api(node.http_port, timeout_s=3)
        self._file = open(path, "w", newline="", encoding="utf-8")
        self._csv = csv.DictWriter(self._file, [*WHERE, *FIGURES])
        self._csv.writeheader()
        self._stopping = threading.Event()
        self._life = (0, 0.0)  # the number of the node's last start, and when it was first seen
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self):
        self._stopping.set()
        self._thread.join(30)
        self._file.close()

    def _run(self):
        while not self._stopping.wait(EVERY_S):
            where = self._where()
            try:
                figures = self._figures()
            except (OSError, KeyError, ValueError, TypeError, IndexError):
                continue  # it is starting, or dying
            if self._where()[:3] != where[:3]:
                continue
            row = {**dict(zip(("round", "part", "life"), where)), "at_s": _rounded(where[3]),
                   "life_s": _rounded(where[4]), **{name: _rounded(value) for name, value in figures.items()}}
            self.rows.append(row)
            self._csv.writerow(row)
            self._file.flush()

    def _where(self):
        now = time.monotonic()
        if self._life[0] != self._node.starts:
            self._life = (self._node.starts, now)
        return (self.round, self.part, self._node.starts, now - self._begun, now - self._life[1])

    def _figures(self):
        pid = self._node.process.pid
        children = _descendants(pid)
        own = _status(pid)
        status, stats = self._api.call("GET", "/v1/stats")
        if status != 200:
            raise ValueError(status)
        store = stats["store"]
        return {
            "anonymous_mb": own["RssAnon"] / 1024,
            "rss_mb": own["VmRSS"] / 1024,
            "descriptors": sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir()),
            "threads": own["Threads"],
            "children": len(children),
            "children_mb": sum(_anonymous(child) for child in children) / 1024,
            "map_used_mb": store["used_bytes"] / 1e6,
            "file_mb": (self._node.data / "data.mdb").stat().st_size / 1e6,
            "readers": store["readers"],
            "reader_behind": store["reader_behind"],
            "workflows": store["workflows"],
            "kept_events": store["kept_events"],
            "active": stats["workflows"]["active"],
        }


def _rounded(value):
    return round(value, 2) if isinstance(value, float) else value


def _status(pid):
    fields = {}
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name in ("RssAnon", "VmRSS", "Threads"):
            fields[name] = int(value.split()[0])
    return fields


def _anonymous(pid):
    try:
        return _status(pid).get("RssAnon", 0)
    except (OSError, ValueError):
        return 0  # it has ended


def _descendants(pid):
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += [int(child)]
            try:
                found += _descendants(int(child))
            except OSError:
                pass  # it has ended
    return found
