#!/usr/bin/env python3
"""Kills a node again and again under everything at once: workflows of every kind of task, three kinds of
workers, events, timers, schedules, cancellations. SIGKILL at random moments, also while it starts and
while it is backed up; nodes and workers that stand still beyond their leases; workers that are killed.
In the end of each round the checker judges all that happened.

  kill_loop.py --binary build/ci/bin/endure --kills 2000 [--seed 7] [--round 100]

Exit codes: 0 all held; 1 something did not: the folder of that round is left, and named."""

import argparse
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from checks import check_all, check_sink, check_stop
from mixed_load import MixedLoad
from node import Node, NodeDied
from sink import Sink
from torment import Torment, kills_of_the_node

MOST_FACTS = 60  # of clients, in one life of the node
LONGEST_LIFE_S = 6.0


def say(text):
    print(text, flush=True)


class Round:
    """One data folder, from its first start to its judgement."""

    def __init__(self, binary, seed):
        self.binary = binary
        self.seed = seed
        self.folder = Path(tempfile.mkdtemp(prefix="endure-kills-"))
        self.sink = Sink()
        self.node = Node(binary, self.folder, sink=self.sink.url)
        self.load = MixedLoad(self.node, self.sink.url)
        self.torment = Torment(self.node, self.load, seed)
        self.chance = self.torment.chance
        self.done = self.torment.done
        self.problems = self.torment.problems

    def run(self, kills):
        begun = time.monotonic()
        try:
            self.load.start()
            for _ in range(kills):
                self.torment.workers()
                self.torment.node_lives_and_dies(self._let_it_work)
            self.node.start()
            self.torment.all_go_on()
            self.problems += self.load.finish(180)
            self.problems += check_all(self.load) + check_sink(self.load, self.sink)
            if len(self.load.record.results_acked) < kills:
                self.problems.append("too little happened for this to say anything")
            self.problems += check_stop(self.node)
        except (NodeDied, AssertionError, OSError) as error:
            self.problems.append(f"{type(error).__name__}: {error}")
        finally:
            self.torment.all_go_on()
            self.problems += self.load.stop()
            self.node.discard()
            self.sink.close()
        self._report(time.monotonic() - begun)
        return not self.problems

    def _report(self, took_s):
        counts = ", ".join(f"{number} {what}" for what, number in sorted(self.done.items()))
        record = self.load.record
        say(f"{'FAILED' if self.problems else 'ok    '} seed {self.seed}: {counts}; "
            f"{len(self.load.orders) + len(self.load.mixed)} workflows, "
            f"{len(record.results_acked)} results and {len(record.events_acked)} events "
            f"acknowledged, {took_s:.0f} s")
        for problem in self.problems[:8]:
            say(f"  {problem}")
        if self.problems:
            say(f"  the folder: {self.folder}")
        else:
            shutil.rmtree(self.folder)

    # A life is as long as what happens in it, whatever the machine's speed.
    def _let_it_work(self):
        enough = self.load.record.noted + self.chance.randint(0, MOST_FACTS)
        until = time.monotonic() + LONGEST_LIFE_S
        while self.load.record.noted < enough and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(self.chance.uniform(0.0, 0.05))


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=os.environ.get("ENDURE_BIN"))
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--round", type=int, default=100, help="kills of one data folder")
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    if not options.binary:
        parser.error("--binary or ENDURE_BIN must name the endure binary")
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(10**6)
    left, failed, total = options.kills, 0, Counter()
    while left > 0:
        each = Round(options.binary, seed)
        failed += not each.run(min(left, options.round))
        total += each.done
        left -= options.round
        seed += 1
    say(f"{kills_of_the_node(total)} kills of the node, {dict(sorted(total.items()))}, {failed} rounds failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
