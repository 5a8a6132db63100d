"""Several real daemons that are one cluster, with keys of their own."""

import functools
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.node_process import Node, free_port, release_port  # noqa: E402

SETTINGS = """\
cluster:
  name: {cluster}
  listen: '{listen}'
  keys: '{keys}'
  shards: {shards}
  heartbeat: 100ms
  lost_after: {lost_after}
  nodes:
{nodes}
"""


class Cluster:
    """`count` nodes n1, n2, …; none of them runs yet."""

    def __init__(self, binary, folder, count, shards=32, lost_after="1s", name="test", network=None, names=None):
        """`network`: makes one of network.py, by which the nodes reach each other; None: loopback."""
        self.binary = str(binary)
        self.folder = Path(folder)
        self.names = names or [f"n{i + 1}" for i in range(count)]
        self.shards, self.lost_after, self.name = shards, lost_after, name
        self.network = network(self.names) if network else None
        self.ports = {} if network else {name: free_port() for name in self.names}
        self.keys = self.folder / "keys"
        self.nodes = {}
        for node_name in self.names:
            self._make(node_name, self.names)

    def add(self, name, listed=None):
        """One more node, which does not run yet, and belongs to the cluster only once join() has said so.
        Its configuration names itself and `listed`: by default all others."""
        self.ports[name] = free_port()
        self.names.append(name)
        self._make(name, [*(listed or self.names[:-1]), name])

    def join(self, name, by=None):
        """The status and the answer of whoever is asked to let the node belong to the cluster."""
        return self.api(by or self.names[0]).call(
            "POST", "/v1/cluster/nodes", {"node": name, "address": self.address(name)})

    def remove(self, name, by=None):
        return self.api(by or self.names[0]).call("POST", f"/v1/cluster/nodes/{name}/remove", {})

    def address(self, name, seen_by=None):
        return self.network.address(seen_by, name) if self.network else f"tcp://127.0.0.1:{self.ports[name]}"

    def _make(self, name, listed):
        subprocess.run([self.binary, "cluster", "keygen", name, "--folder", str(self.keys)],
                       check=True, capture_output=True)
        own = self.folder / name
        own.mkdir()
        node = Node(self.binary, own)
        if self.network:
            node.inside = functools.partial(self.network.inside, name)
        node.configure(self.settings(name, listed))
        text = node.config.read_text(encoding="utf-8")
        node.config.write_text(text.replace("node: { ", f"node: {{ name: {name}, "), encoding="utf-8")
        self.nodes[name] = node

    def settings(self, node, listed):
        nodes = "\n".join(f"  - {other}={self.address(other, node)}" for other in listed)
        listen = self.network.listen(node) if self.network else self.address(node)
        return SETTINGS.format(cluster=self.name, listen=listen, keys=self.keys, shards=self.shards,
                               lost_after=self.lost_after, nodes=nodes)

    def __getitem__(self, name):
        return self.nodes[name]

    def api(self, name, timeout_s=30.0):
        return self.nodes[name].api(timeout_s)

    def start(self, *names):
        for name in names or self.names:
            self.nodes[name].spawn()
        for name in names or self.names:
            self.nodes[name].wait_ready()

    def status(self, name):
        status, answer = self.api(name).call("GET", "/v1/cluster")
        assert status == 200, answer
        return answer

    def whole(self, names=None):
        """Whether each of them is born and linked with all others of them, and knows every shard."""
        names = names or self.names
        for name in names:
            answer = self.status(name)
            up = {n["node"] for n in answer["nodes"] if n["state"] in ("up", "self")}
            if not answer["born"] or not up.issuperset(names):
                return False
            if len(names) == len(self.names) and any(not s["owner"] for s in answer["shards"]):
                return False
        return True

    def wait_whole(self, names=None, timeout_s=60.0):
        until = time.monotonic() + timeout_s
        while not self.whole(names):
            if time.monotonic() > until:
                raise AssertionError(f"the cluster is not whole: {self.status((names or self.names)[0])}")
            time.sleep(0.05)

    def owners(self, name):
        return {s["shard"]: s["owner"] for s in self.status(name)["shards"]}

    def stop(self):
        """Orderly, one after the other; what each leaves is sound."""
        for name in self.names:
            if self[name].process.poll() is None:
                self[name].stop()
            code, text = self[name].verify()
            assert code == 0, (name, text)

    def __enter__(self):
        return self

    def __exit__(self, failure, *_):
        if failure is not None:
            for name in self.names:
                if self[name].process:
                    print(f"--- {name}\n{self[name].log_tail(15)}", file=sys.stderr)
        self.discard()

    def discard(self):
        for node in self.nodes.values():
            node.discard()
        if self.network:
            self.network.close()
        for port in self.ports.values():
            release_port(port)


def run_cases(cases, binary, count):
    """One case after the other, on one cluster of that many nodes."""
    with tempfile.TemporaryDirectory(prefix="endure-cluster-") as folder:
        with Cluster(binary, folder, count) as cluster:
            for case in cases:
                begun = time.monotonic()
                case(cluster)
                print(f"{case.__name__}: fine ({time.monotonic() - begun:.1f} s)", flush=True)


def eventually(condition, what, timeout_s=60.0):
    """Waits until condition() is true; its last value is returned."""
    until = time.monotonic() + timeout_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > until:
            raise AssertionError(f"{what} did not come about within {timeout_s} s")
        time.sleep(0.05)
