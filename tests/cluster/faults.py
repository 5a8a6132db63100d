"""What befalls a cluster: its nodes, its network, its shards."""

import signal
import time


def partitions(names):
    """Every way to split these names into groups, but the one in which all are together."""
    def ways(rest):
        if not rest:
            yield []
            return
        first, *others = rest
        for way in ways(others):
            yield [[first], *way]
            for number, group in enumerate(way):
                yield [*way[:number], [first, *group], *way[number + 1:]]
    return [way for way in ways(list(names)) if len(way) > 1]


class Faults:
    def __init__(self, cluster, rng, moves):
        """`moves`: whether shards are moved, too."""
        self.cluster, self.network, self.rng = cluster, cluster.network, rng
        self.down = set()
        self.log = []
        self.moves = moves      # as long as the nodes know how
        self.moves_taken = 0
        self._splits = []       # ways that are still to be seen

    def step(self):
        faults = [self.kill, self.freeze, self.restart, self.restart, self.restart_all, self.split, self.split,
                  self.one_way, self.flap, self.delay, self.mend, self.mend]
        if self.network.loses:
            faults.append(self.loss)
        if self.network.interfaces:
            faults += [self.unplug, self.black_hole]
        if self.moves:
            faults += [self.move, self.move, self.move, self.drain, self.rebalance]
        fault = self.rng.choice(faults)
        self.log.append(fault.__name__)
        fault()
        time.sleep(self.rng.uniform(0.1, 1.2))

    def _node(self):
        return self.rng.choice(self.cluster.names)

    # -- nodes ------------------------------------------------------------------------------------

    def kill(self):
        name = self._node()
        if name not in self.down:
            self.cluster[name].kill()
            self.down.add(name)

    def restart(self):
        names = [name for name in sorted(self.down) if self.rng.random() < 0.7]
        self._start(names)

    def restart_all(self):
        """All stop, some orderly, and come back in another order."""
        for name in self._shuffled(set(self.cluster.names) - self.down):
            if self.rng.random() < 0.5:
                self.cluster[name].stop()
            else:
                self.cluster[name].kill()
            self.down.add(name)
        self._start(self._shuffled(self.down))

    def _start(self, names):
        for name in names:
            self.cluster[name].spawn()
            time.sleep(self.rng.choice((0.0, 0.0, 0.3)))
        for name in names:
            self.cluster[name].wait_ready()
            self.down.discard(name)

    def _shuffled(self, names):
        return self.rng.sample(sorted(names), len(names))

    def freeze(self):
        name = self._node()
        if name in self.down:
            return
        process = self.cluster[name].process
        process.send_signal(signal.SIGSTOP)
        time.sleep(self.rng.uniform(0.2, 2.5))
        process.send_signal(signal.SIGCONT)

    # -- the network ------------------------------------------------------------------------------

    def split(self):
        """One way after the other, until all were seen."""
        if not self._splits:
            self._splits = partitions(self.cluster.names)
            self.rng.shuffle(self._splits)
        self.network.split(self._splits.pop())

    def one_way(self):
        """What one node says to another is lost, or to all, or what all say to it."""
        node, pairs = self._node(), self.network.pairs()
        self.network.cut(self.rng.choice((
            [self.rng.choice(pairs)],
            [pair for pair in pairs if pair[0] == node],
            [pair for pair in pairs if pair[1] == node])))

    def flap(self):
        a, b = self.rng.choice(self.network.pairs())
        for count in range(6):
            self.network.cut([(a, b), (b, a)], count % 2 == 0)
            time.sleep(0.1)

    def delay(self):
        self.network.delay(self.rng.choice((0.0, 0.05, 0.2, 0.2)))

    def loss(self):
        self.network.lose(self.rng.choice((0.02, 0.1, 0.1)))

    def unplug(self):
        """A node's interface goes down for a while."""
        name = self._node()
        self.network.plug(name, False)
        time.sleep(self.rng.uniform(0.1, 2.0))
        self.network.plug(name, True)

    def black_hole(self):
        self.network.black_hole(*self.rng.choice(self.network.pairs()), True)

    def mend(self):
        self.network.mend()

    # -- shards -----------------------------------------------------------------------------------

    def move(self):
        shards = self.cluster.shards
        self._ask(f"/v1/cluster/shards/{self.rng.randrange(shards)}/move", {"node": self._node()})

    def drain(self):
        self._ask(f"/v1/cluster/nodes/{self._node()}/drain", {})

    def rebalance(self):
        self._ask("/v1/cluster/rebalance", {})

    def _ask(self, path, body):
        """A refusal with a reason is fine, and so is silence."""
        try:
            status, answer = self.cluster.api(self._node(), timeout_s=3).call("POST", path, body)
        except OSError:
            return
        assert status in (200, 202, 404, 409, 429, 503), (path, status, answer)
        if status == 404:
            self.moves = False  # of a version that cannot
        self.moves_taken += status in (200, 202)

    # -- the end ----------------------------------------------------------------------------------

    def mend_all(self):
        self.mend()
        self._start(self._shuffled(self.down))


def draw_clocks(names, rng, apart_s):
    """How far each node's wall clock is ahead, in seconds."""
    return {name: rng.choice((0, apart_s, -apart_s)) for name in names}
