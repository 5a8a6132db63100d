"""Watches who says that it owns which shard, while a cluster suffers."""

import threading
import time


class Owners:
    """What was claimed so far, and what no two claims may say. Pure: times come with the answers."""

    def __init__(self):
        self.claims = 0
        self.problems = []
        self._owner = {}    # (shard, epoch): node
        self._highest = {}  # shard: its claims that no later one outdoes, as [(epoch, node, answered)]

    def heard(self, answer, asked, answered):
        """One answer of GET /v1/cluster, and when it was asked for and came."""
        node = answer["node"]
        for entry in answer["shards"]:
            if entry["here"] and entry["owner"] == node:
                self._claimed(node, entry["shard"], entry["epoch"], asked, answered)

    def _claimed(self, node, shard, epoch, asked, answered):
        self.claims += 1
        first = self._owner.setdefault((shard, epoch), node)
        if first != node:
            self.problems.append(f"{first} and {node} have both owned shard {shard} at epoch {epoch}")
        higher = self._highest.setdefault(shard, [])
        # Whoever is asked after an answer was there must not know less than it.
        for other_epoch, other, there in higher:
            if other_epoch > epoch and there < asked:
                self.problems.append(f"{node} claims shard {shard} at epoch {epoch} after {other} had it "
                                     f"at epoch {other_epoch}")
        if not any(e >= epoch and there <= answered for e, _, there in higher):
            self._highest[shard] = [c for c in higher if c[0] > epoch or c[2] < answered] + [(epoch, node, answered)]


class Watch(threading.Thread):
    """Asks all nodes again and again, those that answer."""

    def __init__(self, cluster, every_s=0.1):
        super().__init__(daemon=True)
        self.owners = Owners()
        self.answers = 0
        self.ending = False
        self._every_s = every_s
        self._apis = [node.api(timeout_s=1) for node in cluster.nodes.values()]

    def run(self):
        while not self.ending:
            for api in self._apis:
                asked = time.monotonic()
                try:
                    status, answer = api.call("GET", "/v1/cluster")
                except OSError:
                    continue
                if status == 200:
                    self.answers += 1
                    self.owners.heard(answer, asked, time.monotonic())
            time.sleep(self._every_s)

    def end(self):
        """What was wrong."""
        self.ending = True
        self.join(30)
        return self.owners.problems
